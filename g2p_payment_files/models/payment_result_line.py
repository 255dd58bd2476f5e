from datetime import datetime, time
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.g2p_programs.dispatch.outcome import Row, RowResult

from ..reconciliation import judge

EFFECTS = [
    (judge.ERROR, "Error"),
    (judge.CONTRADICTS, "Contradicts"),
    (judge.WAIT, "Wait for Second Person"),
    (judge.APPLY, "Apply"),
    (judge.FINAL, "Final Already"),
    (judge.NOTHING, "Says Nothing"),
]
#: What has to be looked at first comes first.
RANKS = {effect: rank for rank, (effect, _label) in enumerate(EFFECTS)}


class G2PPaymentResultLine(models.Model):
    """What one line of an imported file says, and what it would do; or what is wrong with one of its cells."""

    _name = "g2p.payment.result.line"
    _description = "Payment Result Line"
    _inherit = ["g2p.guarded.mixin"]
    _order = "import_id desc, rank, line, id"
    _rec_name = "reference"

    import_id = fields.Many2one("g2p.payment.result.import", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    line = fields.Integer(readonly=True, aggregator=None)
    reference = fields.Char(readonly=True)
    result = fields.Selection(
        [("paid", "Paid"), ("failed", "Failed"), ("pending", "Pending")], "Status", readonly=True
    )
    said_amount = fields.Char("Amount in the File", readonly=True, help="Empty where the file does not say.")
    said_currency = fields.Char("Currency in the File", readonly=True)
    date = fields.Date(readonly=True)
    code = fields.Char("Reason Code", readonly=True)
    reason = fields.Char(readonly=True)
    external_reference = fields.Char("Bank Reference", readonly=True)

    payment_id = fields.Many2one("g2p.payment", readonly=True, ondelete="set null", index="btree_not_null")
    batch_id = fields.Many2one("g2p.payment.batch", readonly=True, ondelete="set null")
    submission_id = fields.Many2one(
        "g2p.payment.submission", readonly=True, ondelete="set null", index="btree_not_null"
    )
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True, ondelete="restrict")

    effect = fields.Selection(EFFECTS, required=True, readonly=True)
    rank = fields.Integer(readonly=True, aggregator=None)
    lot = fields.Selection(
        [("one", "One Person's Word"), ("two", "Two People's Word")],
        "Counts as",
        readonly=True,
        help="What came by file from a batch that was paid by file counts as it is; of a payment that was sent "
        "through a payment system a second person has to say the same.",
    )
    column_name = fields.Char("Column", readonly=True)
    value = fields.Char(readonly=True)
    message = fields.Char("What Is Wrong", readonly=True)
    changed = fields.Boolean(
        "Changed since the Check",
        readonly=True,
        help="Something else was heard of this payment after the file was checked. Look at it before you go on.",
    )
    exchange_id = fields.Many2one(
        "g2p.payment.exchange",
        "Told as",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The record with which this line went into the books.",
    )

    _per_import = models.Index("(import_id, rank, line, id)")
    _untold = models.Index(
        "(import_id, lot, submission_id, id) WHERE exchange_id IS NULL AND lot IS NOT NULL"
    )

    @api.model
    def _get_guarded_fields(self):
        return self._all_stored_fields_but()

    # ---- Business ---------------------------------------------------------------------------------------------
    def _get_told(self):
        """Return this line as the judge wants it."""
        return judge.Told(
            line=self.line,
            reference=self.reference,
            result=self.result,
            amount=Decimal(self.said_amount) if self.said_amount else None,
            currency=self.said_currency or "",
            day=self.date or None,
        )

    def _get_news(self, now):
        """Return these lines as the dispatch engine takes them: under the payment's own reference, in file order.

        A day is taken as its noon: no time zone makes it another day, and nothing happens later than now.

        :param datetime now: naive UTC
        :return: list of (line, :class:`~odoo.addons.g2p_programs.dispatch.outcome.Row`)
        """
        return [
            (
                line.line,
                Row(
                    reference=line.payment_id.name,
                    result=RowResult(line.result),
                    amount=Decimal(line.said_amount) if line.said_amount else None,
                    currency=line.said_currency or None,
                    code=line.code or "",
                    reason=line.reason or "",
                    when=min(datetime.combine(line.date, time(12)), now) if line.date else None,
                    external_reference=line.external_reference or "",
                ),
            )
            for line in self.sorted(lambda line: (line.line, line.id))
        ]
