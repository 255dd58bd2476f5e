from urllib.parse import urlencode

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.dispatch.claim import canonical_amount
from odoo.addons.g2p_programs.slices import iter_slices

from ..documents.results import OpenPayment

#: Who may take a list of payees out of Odoo.
EXPORT_GROUPS = (
    "g2p_programs.g2p_finance_validator",
    "g2p_programs.g2p_payment_releaser",
    "g2p_programs.g2p_program_manager",
)
EXPORT_URL = "/g2p_payment_files/open_payments"
#: Payments read at once.
SLICE = 2000


class G2PPaymentBatch(models.Model):
    """The open payments as a file to be filled in by whoever paid, and imported again."""

    _inherit = "g2p.payment.batch"

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_export_open_payments(self):
        """Take the open payments of these batches as XLSX.

        :return: act_url
        :raise UserError: when the user may not, or nothing is open
        """
        return self._export_open_payments("xlsx")

    def action_export_open_payments_csv(self):
        """Take the open payments of these batches as CSV.

        :return: act_url
        :raise UserError: see action_export_open_payments
        """
        return self._export_open_payments("csv")

    # ---- Business ---------------------------------------------------------------------------------------------
    def _export_open_payments(self, kind):
        self._check_may_export()
        domain = self._get_open_payments_domain()
        if not self.env["g2p.payment"].search_count(domain, limit=1):
            raise UserError(
                self.env._("No payment of %s is open.", ", ".join(self[:20].mapped("display_name")))
            )
        query = urlencode({"kind": kind, "batch_ids": ",".join(map(str, self.ids))})
        return {"type": "ir.actions.act_url", "url": f"{EXPORT_URL}?{query}", "target": "download"}

    def _check_may_export(self):
        """Refuse whoever may not take a list of payees out.

        :raise AccessError: when the user may not read these batches
        :raise UserError: when the user is of none of the groups
        """
        self.check_access("read")
        if not any(self.env.user.has_group(group) for group in EXPORT_GROUPS):
            raise UserError(
                self.env._("Only finance, payment releasers and program managers may export open payments.")
            )

    def _get_open_payments_domain(self):
        """Return which payments wait for a result; what is disputed waits for people."""
        return [("batch_id", "in", self.ids), ("state", "=", "sent"), ("disputed", "=", False)]

    def _iter_open_payments(self):
        """Yield the open payments of these batches, with exact amounts; the whole is never in memory.

        :return: iterator of :class:`~..documents.results.OpenPayment`
        """
        self._check_may_export()
        model = self.env["g2p.payment"]
        for payments in iter_slices(model, self._get_open_payments_domain(), SLICE, ["name"]):
            self.env.cr.execute(
                """
                SELECT p.name, coalesce(p.payee_name, ''), p.amount_issued::text, c.name, c.decimal_places, b.name
                  FROM g2p_payment p
                  JOIN res_currency c ON c.id = p.currency_id
                  JOIN g2p_payment_batch b ON b.id = p.batch_id
                 WHERE p.id = ANY(%s) ORDER BY p.id
                """,
                (payments.ids,),
            )
            for name, payee, amount, currency, digits, batch in self.env.cr.fetchall():
                yield OpenPayment(name, payee, canonical_amount(amount, digits), currency, batch)
            model.invalidate_model(flush=False)
