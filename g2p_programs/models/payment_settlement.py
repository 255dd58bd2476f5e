from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..sets import set_update


class G2PPaymentBatch(models.Model):
    """The books of a settled batch: one posted entry, expense and fee against clearing (ENGINE.md section 5)."""

    _inherit = "g2p.payment.batch"

    settlement_move_id = fields.Many2one(
        "account.move", "Journal Entry", readonly=True, copy=False, ondelete="restrict"
    )
    settlement_problem = fields.Char(readonly=True, copy=False)

    def action_post_settlement(self):
        """Book settled batches whose entry could not be made before (missing accounts, closed period).

        :return: True
        :raise AccessError: when the user is not of finance
        """
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("g2p_programs.g2p_finance_validator"):
            raise AccessError(self.env._("Only finance may book. Ask a Finance Validator to do it."))
        # sudo: the right was checked; amounts come from the payments.
        self.sudo()._post_settlement()
        return True

    def _post_settlement(self):
        """Post one entry for what was paid of each settled batch and is not booked; what is lacking is said there."""
        for batch in self.filtered(lambda one: one.dispatch_state == "done"):
            amount, fee, ids = batch._sum_unbooked()
            if not ids:
                continue
            problem = batch._settlement_problem()
            if problem:
                batch._guarded_write({"settlement_problem": problem})
            else:
                batch._try_settlement(amount, fee, ids)

    def _sum_unbooked(self):
        """Return amount and fee (exact decimals) and the ids of this batch's paid payments without an entry."""
        self.env["g2p.payment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, amount_paid::text, coalesce(payment_fee, 0)::text FROM g2p_payment
                 WHERE batch_id = %s AND status = 'paid' AND settlement_move_id IS NULL ORDER BY id
                """,
                self.id,
            )
        )
        amount = sum((Decimal(row[1]) for row in rows), Decimal())
        fee = sum((Decimal(row[2]) for row in rows), Decimal())
        return amount, fee, [row[0] for row in rows]

    def _try_settlement(self, amount, fee, payment_ids):
        """Book one batch, or say on it why it could not be booked."""
        try:
            with self.env.cr.savepoint():
                move = self._make_settlement_move(float(amount), float(fee), self.name)
        except UserError as error:
            self._guarded_write({"settlement_problem": str(error)})
        else:
            self._guarded_write({"settlement_move_id": move.id, "settlement_problem": False})
            set_update(self.env["g2p.payment"].browse(payment_ids), {"settlement_move_id": move.id})
            self._post_early_reversals(payment_ids)

    def _post_early_reversals(self, payment_ids):
        """Undo what was booked just now of payments whose money finance had confirmed to be back before."""
        self.env["g2p.payment.reversal"].search(
            [
                ("payment_id", "in", payment_ids),
                ("state", "=", "confirmed"),
                ("account_move_id", "=", False),
            ]
        )._post_reversal()

    def _settlement_problem(self):
        program = self.program_id
        missing = [
            self.env["g2p.program"]._fields[name].string
            for name in ("journal_id", "expense_account_id", "clearing_account_id")
            if not program[name]
        ]
        if not missing:
            return False
        return self.env._(
            "Not booked: program %(program)s lacks %(missing)s. Fill it in and book again.",
            program=program.name,
            missing=", ".join(missing),
        )

    def _make_settlement_move(self, amount, fee, reference):
        """Post the entry of an amount and a fee; negative amounts undo.

        :param float amount: paid to payees, in the batch's currency
        :param float fee: cost of paying, in the batch's currency
        :param str reference: what the entry is about
        :return: posted ``account.move``
        """
        program = self.program_id
        fee_account = program.fee_account_id or program.expense_account_id
        lines = [self._prepare_settlement_line(program.expense_account_id, amount)]
        if fee:
            lines.append(self._prepare_settlement_line(fee_account, fee))
        # Rounding to the company's currency happens line by line: the clearing line takes their sum.
        balance = sum(line["balance"] for line in lines)
        lines.append(self._prepare_settlement_line(program.clearing_account_id, -amount - fee, -balance))
        move = (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": program.journal_id.id,
                    "company_id": self.company_id.id,
                    "date": fields.Date.context_today(self),
                    "ref": reference,
                    "line_ids": [(0, 0, line) for line in lines],
                }
            )
        )
        move.action_post()
        return move

    def _prepare_settlement_line(self, account, amount, balance=None):
        """Return the values of one journal item (dict), in the batch's and the company's currency."""
        if balance is None:
            balance = self.currency_id._convert(amount, self.company_id.currency_id, self.company_id)
        return {
            "account_id": account.id,
            "name": self.name,
            "currency_id": self.currency_id.id,
            "amount_currency": amount,
            "balance": balance,
        }
