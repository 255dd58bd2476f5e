from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class G2PCycle(models.Model):
    """The payments of a cycle: prepared, sent and counted from here."""

    _inherit = "g2p.cycle"

    payment_batch_ids = fields.One2many("g2p.payment.batch", "cycle_id", readonly=True)
    payment_finding_ids = fields.One2many("g2p.payment.finding", "cycle_id", readonly=True)
    payments_count = fields.Integer("# Payments", compute="_compute_payment_totals")
    payments_blocked_count = fields.Integer("# Blocked", compute="_compute_payment_totals")
    payments_paid_count = fields.Integer("# Paid", compute="_compute_payment_totals")
    payments_reversed_count = fields.Integer(
        "# Came Back",
        compute="_compute_payment_totals",
        help="Paid, and reported or confirmed to have come back.",
    )
    payments_failed_count = fields.Integer("# Failed", compute="_compute_payment_totals")
    payments_open_count = fields.Integer("# Open", compute="_compute_payment_totals")
    payments_paid_amount = fields.Monetary("Paid", compute="_compute_payment_totals")
    payments_issued_amount = fields.Monetary("Issued", compute="_compute_payment_totals")

    batches_to_release_count = fields.Integer("# Batches to Release", compute="_compute_batch_counts")
    batches_to_send_count = fields.Integer("# Batches to Send", compute="_compute_batch_counts")

    @api.depends("payment_batch_ids.released", "payment_batch_ids.dispatch_state")
    def _compute_batch_counts(self):
        groups = self.env["g2p.payment.batch"]._read_group(
            [("cycle_id", "in", self.ids), ("dispatch_state", "=", "draft")],
            ["cycle_id", "released"],
            ["__count"],
        )
        counts = {(cycle.id, released): count for cycle, released, count in groups}
        for cycle in self:
            cycle.batches_to_release_count = counts.get((cycle._origin.id, False), 0)
            cycle.batches_to_send_count = counts.get((cycle._origin.id, True), 0)

    @api.depends("payment_batch_ids", "payment_finding_ids")
    def _compute_payment_totals(self):
        self.env["g2p.payment"].flush_model()
        self.env["g2p.payment.reversal"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cycle_id, count(*), count(*) FILTER (WHERE status = 'paid'),
                       count(*) FILTER (WHERE id IN (SELECT payment_id FROM g2p_payment_reversal
                                                      WHERE state <> 'refused')),
                       count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE state IN ('issued', 'sent')),
                       sum(amount_issued), sum(amount_paid) FILTER (WHERE status = 'paid')
                  FROM g2p_payment WHERE cycle_id = ANY(%s) AND state <> 'cancelled' GROUP BY cycle_id
                """,
                list(self.ids),
            )
        )
        totals = {row[0]: row[1:] for row in rows}
        blocked = dict(
            self.env["g2p.payment.finding"]._read_group(
                [("cycle_id", "in", self.ids), ("severity", "=", "blocked")], ["cycle_id"], ["__count"]
            )
        )
        for cycle in self:
            count, paid, came_back, failed, still_open, issued_amount, paid_amount = totals.get(
                cycle._origin.id, (0,) * 7
            )
            cycle.payments_count = count
            cycle.payments_paid_count = paid
            cycle.payments_reversed_count = came_back
            cycle.payments_failed_count = failed
            cycle.payments_open_count = still_open
            cycle.payments_issued_amount = issued_amount or 0
            cycle.payments_paid_amount = paid_amount or 0
            cycle.payments_blocked_count = blocked.get(cycle._origin, 0)

    def prepare_payment(self):
        """Make payments of the approved entitlements of this cycle that have none.

        :return: notification action (dict)
        :raise UserError: when the cycle is not approved, or the payment manager is not set up
        """
        action = None
        for cycle in self:
            action = cycle._get_payment_manager().prepare_payments(cycle)
        return action

    def send_payment(self):
        """Record that this cycle's batches are to be sent; releases them first when the user may.

        :return: notification action (dict)
        """
        batches = self.browse().payment_batch_ids
        for cycle in self:
            batches |= cycle._get_batches_to_send()
        if not batches and self:
            return self[0]._get_payment_manager().send_payments(batches)
        return batches.send_payment()

    def _get_batches_to_send(self):
        return self.payment_batch_ids.filtered(lambda batch: batch.dispatch_state == "draft")

    def _get_payment_manager(self):
        self.ensure_one()
        manager = self.program_id.get_manager(self.program_id.MANAGER_PAYMENT)
        if not manager:
            raise UserError(
                self.env._("No Payment Manager defined. Choose one on program %s.", self.program_id.name)
            )
        return manager

    def open_payments_form(self):
        """Open this cycle's payments.

        :return: act_window
        """
        return self._open_cycle_records("g2p.payment", self.env._("Payments"))

    def action_open_batches(self):
        """Open this cycle's batches and watch them.

        :return: act_window
        """
        return self._open_cycle_records("g2p.payment.batch", self.env._("Payment Batches"))

    def action_open_findings(self):
        """Open what stood in the way when payments were prepared.

        :return: act_window
        """
        return self._open_cycle_records("g2p.payment.finding", self.env._("Findings"))

    def action_release_batches(self):
        """Open the release of all batches of this cycle that are not released.

        :return: act_window
        """
        batches = self._get_batches_to_send().filtered(lambda batch: not batch.released)
        if not batches:
            raise UserError(self.env._("There is nothing to release: prepare payments first."))
        return batches.action_release()

    def _open_cycle_records(self, model, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("cycle_id", "=", self.id)],
            "context": {"create": False, "default_cycle_id": self.id},
        }
