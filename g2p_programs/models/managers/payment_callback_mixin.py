import logging
import re
import secrets

from odoo import api, fields, models
from odoo.tools import SQL, consteq, hmac

from ...dispatch.facts import is_neutralized

#: Of PostgreSQL's integer.
MAX_ID = 2**31 - 1


class _AddressFilter(logging.Filter):
    """Leaves out, of a line that tells which address was called, what nobody may guess of it."""

    _secret = re.compile(r"(/callback/\d+/)[^/?\s\"]+")

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(self._hide(one) for one in record.args)
        record.msg = self._hide(record.msg)
        return True

    def _hide(self, value):
        return self._secret.sub(r"\1***", value) if isinstance(value, str) else value


# Odoo writes a line for each request there.
logging.getLogger("werkzeug").addFilter(_AddressFilter())


class G2PPaymentCallbackMixin(models.AbstractModel):
    """Callbacks: an address of its own for each manager, that nobody can guess and that is stored nowhere.

    For rails that have the credentials mixin too, which knows what an address may be.
    """

    _name = "g2p.payment.callback.mixin"
    _description = "Payment Callbacks"

    callback_base_url = fields.Char(
        "Callback Base URL",
        help="Where the payment system reaches this Odoo; Odoo's own base URL when empty.",
        tracking=True,
    )
    callback_salt = fields.Char(
        copy=False, exportable=False, groups="base.group_system", default=lambda self: secrets.token_hex(32)
    )

    @api.model
    def _valid_field_parameter(self, field, name):
        # The rails are threads, and this mixin is none.
        return name == "tracking" or super()._valid_field_parameter(field, name)

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        # sudo: a copy of a manager has an address of its own
        managers.sudo().filtered(lambda one: not one.callback_salt)._renew_callback_address()
        return managers

    # ---- What a rail says -------------------------------------------------------------------------------------
    @api.model
    def _get_callback_path(self):
        """Return the path of this rail's controller, without a slash at its end."""
        return ""

    def _takes_callbacks(self):
        """Return whether one manager is called back at all."""
        return False

    @api.model
    def _get_callback_fields(self):
        """Return the names of the columns that a callback needs of its manager: they are read at once."""
        return ["callback_salt"]

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_renew_callback_address(self):
        """Give these managers new addresses for callbacks; calls to the old ones are refused from now on.

        :return: True
        """
        self.check_access("write")
        self.sudo()._renew_callback_address()  # sudo: the right was checked; administrators only read the salt
        return True

    # ---- Business ---------------------------------------------------------------------------------------------
    def _renew_callback_address(self):
        for manager in self:
            manager.callback_salt = secrets.token_hex(32)

    def _find_callback_problems(self):
        """Return why callbacks could not arrive at one manager (list of texts)."""
        if not self._takes_callbacks():
            return []
        label = self._fields["callback_base_url"]._description_string(self.env)
        problem = self._find_address_problem(label, self._get_callback_base())
        return [problem] if problem else []

    def _get_callback_base(self):
        # sudo: Odoo's own address is no secret; a rail may let administrators only say where it is reached
        parameters = self.env["ir.config_parameter"].sudo()
        return self.sudo().callback_base_url or parameters.get_param("web.base.url") or ""

    def _get_callback_url(self):
        """Return the address that the payment system is given ("" when it is given none)."""
        self.ensure_one()
        token = self._make_callback_token()
        if not (self._takes_callbacks() and token):
            return ""
        return f"{self._get_callback_base().rstrip('/')}{self._get_callback_path()}/{self.id}/{token}"

    def _make_callback_token(self):
        # sudo: what the address is made from is readable by administrators only
        salt = self.sudo().callback_salt
        return hmac(self.env(su=True), self._get_callback_path(), (self.id, salt)) if salt else ""

    @api.model
    def _find_called_back(self, manager_id, token):
        """Return the manager whose address this is; none when it is nobody's.

        :param int manager_id: of the address
        :param str token: of the address
        """
        # sudo: a payment system has no user; the address alone opens this
        manager = self.sudo()._fetch_called_back(manager_id)
        right = manager._make_callback_token() if manager and manager._takes_callbacks() else ""
        is_right = consteq((right or secrets.token_hex(32)).encode(), token.encode())
        if not is_right or is_neutralized(self.env):
            return self.browse()
        return manager

    @api.model
    def _fetch_called_back(self, manager_id):
        """Return the manager of this id, what callbacks need of it in memory; none when there is none.

        Hundreds of callbacks may come in a second, and the ORM needs ten times as long to read one row.
        """
        names = self._get_callback_fields()
        self.flush_model(names)
        if not 0 < manager_id <= MAX_ID:
            return self.browse()
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT %s FROM %s WHERE id = %s",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL.identifier(self._table),
                manager_id,
            )
        )
        manager = self.browse(manager_id if rows else ())
        for values in rows:
            manager._update_cache(values, validate=False)
        return manager
