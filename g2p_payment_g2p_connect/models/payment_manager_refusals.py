import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import const, doubts
from .constants import G2P_CONNECT


class G2PConnectPaymentManager(models.Model):
    """What this payment system's own codes mean: an administrator's word, as a payment that failed is paid again."""

    _inherit = G2P_CONNECT

    final_refusal_codes = fields.Text(
        "Further Codes That Mean Refused",
        copy=False,
        tracking=True,
        help="Reason codes, one a line, with which this payment system refuses a single payment for good and before "
        "it moves any money, by its written word: a payment that is refused so can be paid again. The code rjct "
        "stands for refusals without a code. Payments that are refused with any other code stay open.",
    )

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains("final_refusal_codes")
    def _check_final_refusal_codes(self):
        problems = [problem for manager in self for problem in manager._find_code_problems()]
        if problems:
            raise ValidationError("\n".join(problems))

    def _find_code_problems(self):
        """Return which codes cannot be taken (list of texts)."""
        problems = []
        for code in self._get_final_refusal_codes():
            if not const.CODE.fullmatch(code):
                problem = self.env._(
                    "%(manager)s: %(code)s is no reason code. Use small letters, digits, points, hyphens and "
                    "underscores, such as rjct.funds.insufficient.",
                    manager=self.name,
                    code=code,
                )
            elif code in const.UNKNOWN_REFERENCE_CODES or doubts.speaks_of_doubt(code):
                problem = self.env._(
                    "%(manager)s: %(code)s cannot mean that a payment is refused for good: it speaks of another "
                    "payment, of one at work, or of one that is not known. Leave it out; such payments stay open.",
                    manager=self.name,
                    code=code,
                )
            else:
                continue
            problems.append(problem)
        return problems

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        # Looked at afterwards, as a default of the context or of the user is no value of the call.
        if any(managers.mapped("final_refusal_codes")):
            self._check_may_declare_codes()
        return managers

    def write(self, vals):
        if "final_refusal_codes" in vals:
            new = vals["final_refusal_codes"] or ""
            if any((manager.final_refusal_codes or "") != new for manager in self):
                self._check_may_declare_codes()
        return super().write(vals)

    # ---- Business ---------------------------------------------------------------------------------------------
    def _check_may_declare_codes(self):
        if not self.env.user._is_system():
            raise AccessError(
                self.env._(
                    "Only system administrators may say which further codes mean that a payment was refused. Ask one "
                    "of them, with the payment system's documentation."
                )
            )

    def _get_final_refusal_codes(self):
        """Return the codes, each once, in the order they were written (list of str)."""
        return list(dict.fromkeys(re.findall(r"[^\s,;]+", self.final_refusal_codes or "")))
