from odoo import api, fields, models

CALLBACK_PATH = "/g2p_payment_phee/callback"


class G2PPaymentHubEEManager(models.Model):
    """Callbacks: the hub says when a batch is done, and is then asked about it."""

    _name = "g2p.program.payment.manager.phee"
    _inherit = ["g2p.program.payment.manager.phee", "g2p.payment.callback.mixin"]

    use_callbacks = fields.Boolean(
        help="Give the hub an address to call when a batch is done. Whatever it says there, it is only asked sooner."
    )

    @api.model
    def _get_callback_path(self):
        return CALLBACK_PATH

    def _takes_callbacks(self):
        return self.use_callbacks
