from odoo import fields, models

from ..dispatch.states import DECIDED


class G2PPaymentSubmission(models.Model):
    """Which submissions that were given up, and may have left all the same, a submission takes the place of."""

    _inherit = "g2p.payment.submission"

    replaces = fields.Boolean(
        "Sent Before",
        readonly=True,
        copy=False,
        help="Payments that it carries, or opens the way for, were given up of submissions that may have left.",
    )
    replaced_ids = fields.Many2many(
        "g2p.payment.submission",
        "g2p_payment_submission_replaced_rel",
        "submission_id",
        "replaced_id",
        "Given Up Before",
        readonly=True,
        copy=False,
    )

    # ---- Business ---------------------------------------------------------------------------------------------
    def _note_replaced(self, payment_ids, owners):
        """Write down which submissions these ones take the place of that were given up and may have left.

        Called before the payments belong to them. Also where somebody's payments of the same cycle were cancelled and
        prepared anew, or are paid again because people said that they were never executed.

        :param payment_ids: ids of the payments that they will carry
        :param owners: ids of the submissions that will, in the same order
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            WITH planned AS (
                SELECT p.id, p.cycle_id, p.partner_id, p.submission_id AS old_id, plan.owner_id
                  FROM unnest(%s::int[], %s::int[]) AS plan(payment_id, owner_id)
                  JOIN g2p_payment p ON p.id = plan.payment_id),
            given_up AS (
                SELECT found.owner_id, s.id FROM (
                    SELECT owner_id, old_id, false AS decided FROM planned WHERE old_id IS NOT NULL
                     UNION
                    SELECT planned.owner_id, earlier.submission_id, earlier.status IS NOT DISTINCT FROM 'failed'
                      FROM planned
                      JOIN g2p_payment earlier
                        ON earlier.cycle_id = planned.cycle_id AND earlier.partner_id = planned.partner_id
                     WHERE earlier.submission_id IS NOT NULL
                       AND (earlier.state = 'cancelled' OR (earlier.status = 'failed' AND earlier.status_code = %s))
                     ) AS found
                  JOIN g2p_payment_submission s ON s.id = found.old_id
                 WHERE s.state = 'cancelled' OR (decided AND s.is_taken IS NOT TRUE)),
            replaced AS (
                SELECT owner_id, id FROM given_up WHERE EXISTS (
                       SELECT 1 FROM g2p_payment_exchange x
                        WHERE x.submission_id = given_up.id AND x.kind = 'submit' AND x.outcome <> 'NotSent')
                 UNION
                SELECT given_up.owner_id, rel.replaced_id FROM given_up
                  JOIN g2p_payment_submission_replaced_rel rel ON rel.submission_id = given_up.id),
            noted AS (
                INSERT INTO g2p_payment_submission_replaced_rel (submission_id, replaced_id)
                SELECT owner_id, id FROM replaced
                 UNION
                SELECT s.opener_id, replaced.id FROM replaced JOIN g2p_payment_submission s ON s.id = replaced.owner_id
                 WHERE s.opener_id IS NOT NULL
                RETURNING submission_id)
            UPDATE g2p_payment_submission SET replaces = true WHERE id IN (SELECT submission_id FROM noted)
            """,
            (payment_ids, owners, DECIDED),
        )
        if self.env.cr.rowcount:
            self.invalidate_recordset(["replaces", "replaced_ids"], flush=False)
