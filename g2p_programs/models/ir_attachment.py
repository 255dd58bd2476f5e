from odoo import api, models
from odoo.exceptions import UserError


class IrAttachment(models.Model):
    """The evidence of a decision is what two people signed: nobody replaces, moves or removes it afterwards."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        # The decision's own field creates as the superuser; whoever else does would slip in another file.
        if not self.env.su:
            attachments._check_no_evidence()
        return attachments

    def write(self, vals):
        # Also as the superuser: mail's routes change attachments as such on behalf of whoever asks.
        evidence = self._filter_evidence()
        evidence._check_unchanged(vals)
        result = super().write(vals)
        if not {"res_model", "res_field"}.isdisjoint(vals):
            (self - evidence)._check_no_evidence()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_no_evidence(self):
        self._check_no_evidence()

    def _filter_evidence(self):
        """Return those that are the file of a decision."""
        # sudo: what an attachment belongs to is read to decide, whoever asks
        return self.sudo().filtered(
            lambda one: one.res_model == "g2p.payment.decision" and one.res_field == "evidence"
        )

    def _check_unchanged(self, vals):
        """Refuse values that differ: moving the file store writes every file again as it is."""
        if any(self._differs(one, name, value) for one in self for name, value in vals.items()):
            self._check_no_evidence()

    @api.model
    def _differs(self, attachment, name, value):
        field = attachment._fields.get(name)
        return field is None or field.convert_to_write(attachment[name], attachment) != value

    def _check_no_evidence(self):
        evidence = self._filter_evidence()
        if evidence:
            raise UserError(
                self.env._(
                    "The evidence of a payment decision stays as it was signed: %s. Refuse the proposal and make a "
                    "new one instead.",
                    ", ".join(f"{one.res_name or one.res_model} ({one.id})" for one in evidence),
                )
            )
