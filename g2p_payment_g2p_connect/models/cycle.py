from odoo import api, fields, models
from odoo.exceptions import UserError


class G2PCycle(models.Model):
    """The envelopes of a cycle that is paid through a bridge."""

    _inherit = "g2p.cycle"

    disbursement_envelope_id = fields.Char(
        "Disbursement Envelopes",
        compute="_compute_envelopes",
        help="What the bridge calls the envelopes of this cycle, the latest first.",
    )
    envelopes_count = fields.Integer("# Envelopes", compute="_compute_envelopes")

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("payment_batch_ids.submission_ids.correlation", "payment_batch_ids.submission_ids.state")
    def _compute_envelopes(self):
        found = self._find_envelopes().grouped("cycle_id")
        for cycle in self:
            envelopes = found.get(cycle.sudo()._origin, self.env["g2p.payment.submission"])
            cycle.envelopes_count = len(envelopes)
            cycle.disbursement_envelope_id = ", ".join(envelopes.mapped("correlation")) or False

    # ---- Actions ----------------------------------------------------------------------------------------------
    def generate_summary(self):
        """Print what the bridge said last of each envelope of these cycles; nobody is asked.

        :return: report action (dict)
        :raise UserError: when there is no envelope
        """
        report = self.env.ref("g2p_payment_g2p_connect.action_generate_summary_extended")
        return report.report_action(self._make_envelope_summaries())

    def action_open_envelopes(self):
        """Open what the bridge said last of each envelope of these cycles; nobody is asked.

        :return: act_window
        :raise UserError: when there is no envelope
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Envelopes"),
            "res_model": "g2p.cycle.envelope.summary",
            "view_mode": "list,form",
            "domain": [("id", "in", self._make_envelope_summaries().ids)],
            "context": {"create": False},
        }

    # ---- Business ---------------------------------------------------------------------------------------------
    def _find_envelopes(self):
        """Return the submissions that are envelopes at the bridge, the latest first, as the superuser."""
        # sudo: counts and ids, for whoever may read the cycle
        return (
            self.env["g2p.payment.submission"]
            .sudo()
            .search(
                [
                    ("cycle_id", "in", self.ids),
                    ("is_envelope", "=", True),
                    ("correlation", "!=", False),
                    ("state", "!=", "cancelled"),
                ],
                order="id desc",
            )
        )

    def _make_envelope_summaries(self):
        self.check_access("read")
        self.env["g2p.cycle.envelope.summary"].check_access("read")
        envelopes = self._find_envelopes()
        if not envelopes:
            raise UserError(
                self.env._(
                    "%s has no envelope at a bridge. Envelopes are made when batches are sent.",
                    ", ".join(self.mapped("display_name")),
                )
            )
        return envelopes._make_summaries().sudo(False)
