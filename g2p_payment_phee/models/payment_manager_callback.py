import secrets

from odoo import api, fields, models
from odoo.tools import consteq, hmac

from odoo.addons.g2p_programs.dispatch.facts import is_neutralized

CALLBACK_PATH = "/g2p_payment_phee/callback"


class G2PPaymentHubEEManager(models.Model):
    """Callbacks: an address of its own for each manager, that nobody can guess and that is stored nowhere."""

    _inherit = "g2p.program.payment.manager.phee"

    use_callbacks = fields.Boolean(
        help="Give the hub an address to call when a batch is done. Whatever it says there, it is only asked sooner."
    )
    callback_base_url = fields.Char(
        "Callback Base URL",
        help="Where the hub reaches this Odoo; Odoo's own base URL when empty.",
        tracking=True,
    )
    callback_salt = fields.Char(
        copy=False, exportable=False, groups="base.group_system", default=lambda self: secrets.token_hex(32)
    )

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        # sudo: a copy of a manager has an address of its own
        for manager in managers.sudo().filtered(lambda one: not one.callback_salt):
            manager.callback_salt = secrets.token_hex(32)
        return managers

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_renew_callback_address(self):
        """Give these managers new addresses for callbacks; calls to the old ones are refused from now on.

        :return: True
        """
        self.check_access("write")
        for (
            manager
        ) in self.sudo():  # sudo: the right was checked; the salt is readable by administrators only
            manager.callback_salt = secrets.token_hex(32)
        return True

    # ---- Business ---------------------------------------------------------------------------------------------
    def _find_callback_problems(self):
        """Return why callbacks could not arrive (list of texts)."""
        if not self.use_callbacks:
            return []
        label = self._fields["callback_base_url"]._description_string(self.env)
        problem = self._find_address_problem(label, self._get_callback_base())
        return [problem] if problem else []

    def _get_callback_base(self):
        # sudo: Odoo's own address is no secret
        return (
            self.callback_base_url or self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        )

    def _get_callback_url(self):
        """Return the address that the hub is given ("" when it is given none)."""
        self.ensure_one()
        token = self._make_callback_token()
        if not (self.use_callbacks and token):
            return ""
        return f"{self._get_callback_base().rstrip('/')}{CALLBACK_PATH}/{self.id}/{token}"

    def _make_callback_token(self):
        # sudo: what the address is made from is readable by administrators only
        salt = self.sudo().callback_salt
        return hmac(self.env(su=True), CALLBACK_PATH, (self.id, salt)) if salt else ""

    @api.model
    def _find_called_back(self, manager_id, token):
        """Return the manager whose address this is; none when it is nobody's.

        :param int manager_id: of the address
        :param str token: of the address
        """
        # sudo: the hub has no user; the address alone opens this, and it opens nothing but a question
        manager = self.sudo().browse(manager_id).exists()
        right = manager._make_callback_token() if manager and manager.use_callbacks else ""
        is_right = consteq((right or secrets.token_hex(32)).encode(), token.encode())
        if not is_right or is_neutralized(self.env):
            return self.browse()
        return manager
