from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..dispatch.follow_up import call_finance
from ..dispatch.states import ASKABLE_STATES

#: Days after which finance is told that a payment system has still not said what became of a submission.
DAYS_UNTIL_OLD = 3


class G2PPaymentBatch(models.Model):
    """Money is conserved: issued = paid + failed + cancelled + open (ENGINE.md section 5)."""

    _inherit = "g2p.payment.batch"

    def _check_conservation(self):
        """Compare every batch with its release and every entitlement with its payments; tell finance what differs.

        :return: list of (batch, text) of what does not add up
        """
        self.env.flush_all()
        problems = [*self._find_lost_money(), *self._find_paid_twice()]
        for batch, text in problems:
            call_finance(batch, text)
        return problems

    def _find_lost_money(self):
        """Find released batches whose payments do not add up to what was released."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.id FROM g2p_payment_batch b LEFT JOIN LATERAL (
                    SELECT count(*) AS n, coalesce(sum(amount_issued), 0) AS issued,
                           coalesce(sum(amount_issued) FILTER (WHERE status = 'paid'), 0) AS paid,
                           coalesce(sum(amount_paid) FILTER (WHERE status = 'paid'), 0) AS paid_said,
                           coalesce(sum(amount_issued) FILTER (WHERE status = 'failed'), 0) AS failed,
                           coalesce(sum(amount_issued) FILTER (WHERE state IN ('issued', 'sent')), 0) AS still_open
                      FROM g2p_payment p WHERE p.batch_id = b.id AND p.state <> 'cancelled') AS has ON TRUE
                 WHERE (b.released AND (has.n <> b.released_count OR has.issued <> b.released_total))
                    OR has.issued <> has.paid + has.failed + has.still_open OR has.paid <> has.paid_said
                 ORDER BY b.id
                """
            )
        )
        text = self.env._("The sums of this batch do not add up: compare issued, paid, failed and open.")
        return [(self.browse(row[0]), text) for row in rows]

    def _find_paid_twice(self):
        """Find entitlements with two payments that were paid and not returned."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT min(batch_id) FROM g2p_payment
                 WHERE (status = 'paid' OR (status = 'failed' AND contradicted AND dispute_reason = 'later_paid'))
                   AND reversal_confirmed IS NOT TRUE
                 GROUP BY entitlement_id HAVING count(*) > 1
                """
            )
        )
        text = self.env._("An entitlement of this batch may have been paid twice.")
        return [(self.browse(row[0]), text) for row in rows if row[0]]

    def _tell_of_old_submissions(self):
        """Raise an activity for finance on batches whose answer is missing for far too long.

        :return: the ``g2p.payment.submission`` recordset concerned
        """
        limit = fields.Datetime.now() - timedelta(days=DAYS_UNTIL_OLD)
        old = self.env["g2p.payment.submission"].search(
            [("state", "in", ASKABLE_STATES), ("claimed_at", "<", limit)]
        )
        for submission in old:
            text = self.env._(
                "%(name)s was sent more than %(days)s days ago and is not settled. Ask the payment system's operator, "
                "and let two people decide.",
                name=submission.name,
                days=DAYS_UNTIL_OLD,
            )
            call_finance(submission.batch_id, text)
        return old
