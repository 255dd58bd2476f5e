from odoo import fields, models
from odoo.exceptions import UserError


class G2PPaymentBatch(models.Model):
    """The books of a settled batch: one posted entry, expense and fee against clearing (ENGINE.md section 5)."""

    _inherit = "g2p.payment.batch"

    settlement_move_id = fields.Many2one("account.move", "Journal Entry", readonly=True, copy=False, ondelete="restrict")
    settlement_problem = fields.Char(readonly=True, copy=False)

    def _get_guarded_fields(self):
        return (*super()._get_guarded_fields(), "settlement_move_id", "settlement_problem")

    def action_post_settlement(self):
        """Book settled batches whose entry could not be made before (missing accounts, closed period).

        :return: True
        """
        self.check_access("read")
        # sudo: booking what the engine settled is no choice of the user's; amounts come from the payments.
        self.sudo()._post_settlement()
        return True

    def _post_settlement(self):
        """Post one entry per settled batch that has none; what is lacking is said on the batch."""
        for batch in self.filtered(lambda one: one.dispatch_state == "done" and not one.settlement_move_id):
            problem = batch._settlement_problem()
            if problem:
                batch._guarded_write({"settlement_problem": problem})
                continue
            paid = batch.payment_ids.filtered(lambda payment: payment.status == "paid")
            amount, fee = sum(paid.mapped("amount_paid")), sum(paid.mapped("payment_fee"))
            if amount:
                batch._try_settlement(amount, fee)

    def _try_settlement(self, amount, fee):
        """Book one batch, or say on it why it could not be booked."""
        try:
            with self.env.cr.savepoint():
                move = self._make_settlement_move(amount, fee, self.name)
        except UserError as error:
            self._guarded_write({"settlement_problem": str(error)})
        else:
            self._guarded_write({"settlement_move_id": move.id, "settlement_problem": False})

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
