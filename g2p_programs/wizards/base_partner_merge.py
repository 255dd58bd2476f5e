from odoo import models
from odoo.exceptions import UserError

from ..dispatch.states import OPEN_STATES


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Registrants whose money is on its way are not merged away: the payment system knows them as they were."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # sudo: whether money is on its way must be known whoever merges
        payments = self.env["g2p.payment"].sudo()
        found = payments.search(
            [
                ("partner_id", "in", list(partner_ids)),
                "|",
                ("submission_id.state", "in", OPEN_STATES),
                "&",
                ("batch_id.released", "=", True),
                ("state", "=", "issued"),
            ],
            limit=20,
        )
        if found:
            raise UserError(
                self.env._(
                    "Not merged: payments of these registrants are on their way: %(names)s. Wait until they are "
                    "settled, then merge.",
                    names=", ".join(found.partner_id.mapped("display_name")),
                )
            )
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)
