from odoo import api, fields, models

from odoo.addons.g2p_programs.dispatch import called_back

from .. import const
from ..callbacks import is_authorized, receive
from ..envelope import Envelope
from ..settings import Settings
from .constants import G2P_CONNECT
from .payment_manager_protection import PROTECTION_FIELDS

CALLBACK_PATH = "/g2p_payment_g2p_connect/callback"


class G2PConnectPaymentManager(models.Model):
    """What the payment system calls back: believed or not, stored once, and applied by a job."""

    _inherit = G2P_CONNECT

    # Whoever knows our address could call it, so nobody but administrators says where it is, or sees it.
    callback_base_url = fields.Char(copy=False, groups="base.group_system")
    callback_token = fields.Char(
        help="Bearer token that the payment system's callbacks must bring; empty where it brings none.",
        copy=False,
        exportable=False,
        groups="base.group_system",
    )
    has_callback_token = fields.Boolean(
        "Callback Token Is Set",
        compute="_compute_has_callback_token",
        compute_sudo=True,
        groups="base.group_system",
    )
    callback_url = fields.Char(
        "Our Callback URL",
        compute="_compute_callback_url",
        compute_sudo=True,
        exportable=False,
        groups="base.group_system",
        help="The payment system calls /on-disburse, /disburse/txn/on-status and /disburse/on-search under it. It is "
        "named in each message, and to be kept secret as a password is.",
    )

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("callback_token")
    def _compute_has_callback_token(self):
        for manager in self:
            manager.has_callback_token = bool(manager.callback_token)

    @api.depends("callback_salt", "callback_base_url", "api_mode")
    def _compute_callback_url(self):
        for manager in self:
            manager.callback_url = manager._get_callback_url() if manager.id else False

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def write(self, vals):
        moved = self._find_moved(vals)
        result = super().write(vals)
        # sudo: whoever was told the old address by a message that went elsewhere must not be able to use it
        moved.sudo()._renew_callback_address()
        return result

    def _find_moved(self, vals):
        """Return the managers whose messages will go to an address that no administrator has chosen."""
        # Who asks decides, not the mode: a flow that writes for an officer as the superuser is the officer's.
        if self.env.user._is_system():
            return self.browse()
        names = [name for name in self._get_endpoint_fields() if name in vals]
        return self.filtered(
            lambda manager: any((manager[name] or "") != (vals[name] or "") for name in names)
        )

    # ---- Business ---------------------------------------------------------------------------------------------
    @api.model
    def _get_callback_path(self):
        return CALLBACK_PATH

    @api.model
    def _get_callback_fields(self):
        own = ["api_mode", "callback_token", "sender_id", "receiver_id"]
        return super()._get_callback_fields() + own + list(PROTECTION_FIELDS)

    def _takes_callbacks(self):
        return self.api_mode == const.MODE_ASYNC

    def _is_callback_authorized(self, authorization):
        """Return whether an Authorization header brings the token that this manager wants."""
        # sudo: the token is readable by administrators only; it is compared and goes nowhere
        return is_authorized(self.sudo().callback_token or "", authorization)

    def _take_callback(self, kind, body, headers):
        """Store one callback of this manager's payment system, where it is believed, new and about a submission.

        :param str kind: by the path that it came to
        :param bytes body: as it came
        :param dict headers: of the request, names in small letters
        :return: :class:`~..callbacks.Reply`
        :raise CallbackRefused: when it is not believed; then nothing was touched
        """
        self.ensure_one()
        settings = Settings(sender_id=self.sender_id, receiver_id=self.receiver_id or "")
        callback = receive(kind, body, Envelope(settings, self._get_protection()), settings, headers)
        stored = called_back.take(
            self.env,
            (self._name, self.id),
            callback.transaction_id,
            callback.answer,
            kind,
            callback.message_hash,
        )
        if stored and not stored.has_job:
            self.env["g2p.payment.submission"].browse(stored.submission_id)._enqueue_apply()
        return callback.make_ack()
