from markupsafe import Markup

from odoo import fields, models

from ..sets import set_update


class G2PPaymentBatch(models.Model):
    """What is left of a batch when a part of it is given up while the rest is on its way."""

    _inherit = "g2p.payment.batch"

    # ---- Business ---------------------------------------------------------------------------------------------
    def _set_apart_given_up(self):
        """Move payments that nothing carries any more out of released batches that cannot be withdrawn, into new ones.

        There they may be changed, cancelled and released again, which a batch on its way refuses. What is left in the
        old ones is a part of what was signed, and is signed again as it stands: nothing came in.

        :return: ``g2p.payment.batch`` recordset, the new ones
        """
        made = self.browse()
        for batch in self:
            given_up = batch.payment_ids.filtered(
                lambda one: one.state == "issued" and one.submission_id.state == "cancelled"
            )
            if not batch.released or not given_up or given_up == batch.payment_ids:
                continue
            if not batch._is_as_released():
                continue  # what was signed cannot be told from what was changed since
            rest = self._guarded_create([batch._prepare_rest_vals()])
            set_update(given_up, {"batch_id": rest.id}, legal_from=("issued",))
            batch._sign_rest()
            batch._tell_of_rest(rest, len(given_up))
            made |= rest
        return made

    def _prepare_rest_vals(self):
        self.ensure_one()
        return {
            "cycle_id": self.cycle_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "tag_id": self.tag_id.id,
            "manager_model": self.manager_model,
            "manager_res_id": self.manager_res_id,
            "manager_name": self.manager_name,
            "prepared_by": self.prepared_by.id,
            "edited_by_ids": [fields.Command.set(self.edited_by_ids.ids)],
        }

    def _sign_rest(self):
        """Sign a released batch as it is now, with the settings, by whom and when as it was."""
        count, total, digest = self._get_signatures()[self.id]
        self._guarded_write({"released_count": count, "released_total": total, "released_digest": digest})

    def _tell_of_rest(self, rest, count):
        link = Markup("<a href='#' data-oe-model='%s' data-oe-id='%d'>%s</a>")
        self.message_post(
            body=self.env._(
                "%(count)s payments were given up and are in %(batch)s now, to be released again.",
                count=count,
                batch=link % (rest._name, rest.id, rest.name),
            )
        )
        rest.message_post(
            body=self.env._(
                "%(count)s payments that were given up of %(batch)s, which is on its way.",
                count=count,
                batch=link % (self._name, self.id, self.name),
            )
        )
