import re

from odoo import api, fields, models

from odoo.addons.g2p_programs.sets import set_update

from ..const import PAYABLE, UNCLEAR, UNKNOWN
from .constants import CHECK_STATES, INTEROP, NOT_CHECKED

#: What a payment looks like whose payee was not looked up, or is another one by now.
UNCHECKED = {
    "payee_check_state": NOT_CHECKED,
    "payee_check_name": False,
    "payee_check_code": False,
    "payee_checked_at": False,
}
#: What a look-up asked for: when one of these changes, its answer means nothing any more.
PAYEE_COLUMNS = frozenset(("payee_id_type", "payee_id_value", "payee_bank_code"))


class G2PPayment(models.Model):
    """Whether the payment system knows the payee, and what its codes mean to people."""

    _inherit = "g2p.payment"

    payee_check_state = fields.Selection(
        CHECK_STATES, "Payee Check", required=True, default=NOT_CHECKED, readonly=True, copy=False
    )
    payee_check_name = fields.Char("Name at the Payment System", readonly=True, copy=False)
    payee_check_code = fields.Char("Code of the Payee Check", readonly=True, copy=False)
    payee_checked_at = fields.Datetime(readonly=True, copy=False)
    payee_names_differ = fields.Boolean(
        "Names Differ",
        compute="_compute_payee_names_differ",
        help="The payment system knows the payee under another name: compare them before the release.",
    )
    layer_note = fields.Char("What the Payment System Says", compute="_compute_layer_note")

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("payee_name", "payee_check_name")
    def _compute_payee_names_differ(self):
        for payment in self:
            told = _words(payment.payee_check_name)
            payment.payee_names_differ = bool(told) and told != _words(payment.payee_name)

    @api.depends("batch_id.manager_model", "state", "status", "status_code")
    def _compute_layer_note(self):
        manager = self.env[INTEROP]
        for payment in self:
            is_told = payment.batch_id.manager_model == INTEROP and payment.state in ("sent", "reconciled")
            payment.layer_note = is_told and manager._explain_codes(payment.status_code)

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def write(self, vals):
        if not PAYEE_COLUMNS.isdisjoint(vals) and "payee_check_state" not in vals:
            vals = {**vals, **UNCHECKED}
        if "batch_id" not in vals:
            return super().write(vals)
        manager = self.env["g2p.payment.batch"].browse(vals["batch_id"])._get_manager_key()
        elsewhere = self.filtered(lambda one: one.batch_id._get_manager_key() != manager)
        result = super().write(vals)
        elsewhere._forget_payee_checks()
        return result

    # ---- Business ---------------------------------------------------------------------------------------------
    def _forget_payee_checks(self):
        """Let these payments count as not checked, as what was asked for is not what would be sent any more."""
        stale = self.filtered(lambda one: one.payee_check_state != NOT_CHECKED)
        return set_update(stale, UNCHECKED)

    def _explain_payee_checks(self):
        """Return why payees are not confirmed and what to do, for those that are not (dict {payment: text})."""
        texts = {
            UNKNOWN: self.env._(
                "the payment system does not know this payee: cancel the payment, or correct the registrant and "
                "prepare again"
            ),
            UNCLEAR: self.env._(
                "the payment system gave no certain answer about this payee: check payees again, or cancel the payment"
            ),
            NOT_CHECKED: self.env._("the payee was not checked: press Check Payees on the batch and wait"),
        }
        return {one: texts[one.payee_check_state] for one in self if one.payee_check_state != PAYABLE}


def _words(name):
    """Return the words of a name, whatever their order and case: the registry writes "FAMILY, GIVEN"."""
    return sorted(re.findall(r"[^\W_]+", (name or "").casefold()))
