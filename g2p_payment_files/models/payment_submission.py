from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.dispatch import claim, news


class G2PPaymentSubmission(models.Model):
    _inherit = "g2p.payment.submission"

    payment_file_ids = fields.One2many("g2p.payment.file", "submission_id", string="Files", readonly=True)

    def _cancel_unclaimed(self):
        """A file of what is not to be paid any more must not be taken."""
        result = super()._cancel_unclaimed()
        self.payment_file_ids.filtered(lambda one: one.state != "void")._void("withdrawn")
        return result

    def _claim_by_hand(self):
        """Claim one queued submission for the person who takes its file, in this transaction: the stages of a try in
        their order, with the hand-over in place of the call. The bytes leave only after the commit.

        :raise UserError: with everything that speaks against it; nothing is written then
        """
        self.ensure_one()
        call = claim.claim(self.env, self.id, on_demand=True)
        if call is None:
            self.invalidate_recordset()
            raise UserError(
                self.env._(
                    "%(name)s cannot be taken now. %(why)s",
                    name=self.batch_id.name,
                    why=self.hold_reason or self.env._("Somebody else is just taking it: try again."),
                )
            )
        news.store(self.env, call, call.make())
        news.apply_pending(self.env, self.id)
