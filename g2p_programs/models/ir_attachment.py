from odoo import api, models
from odoo.exceptions import UserError


class IrAttachment(models.Model):
    """Files that people signed, or that money was moved by: nobody replaces, moves or removes them afterwards."""

    _inherit = "ir.attachment"

    @api.model
    def _get_frozen_attachments(self):
        """Return {(model, field)} of the files that stay as they are for as long as their record exists."""
        return {("g2p.payment.decision", "evidence")}

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        # The record's own field creates as the superuser; whoever else does would slip in another file.
        if not self.env.su:
            attachments._check_none_frozen()
        return attachments

    def write(self, vals):
        # Also as the superuser: mail's routes change attachments as such on behalf of whoever asks.
        frozen = self._filter_frozen()
        frozen._check_unchanged(vals)
        result = super().write(vals)
        if not {"res_model", "res_field"}.isdisjoint(vals):
            (self - frozen)._check_none_frozen()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_none_frozen(self):
        # A record that may be deleted takes its file with it: by now it is gone itself.
        self.filtered(lambda one: one._get_frozen_owner())._check_none_frozen()

    def _filter_frozen(self):
        """Return those that are such files."""
        frozen = self._get_frozen_attachments()
        # sudo: what an attachment belongs to is read to decide, whoever asks
        return self.sudo().filtered(lambda one: (one.res_model, one.res_field) in frozen)

    def _get_frozen_owner(self):
        """Return the record that this file belongs to; no record where it is gone, or its model is."""
        # sudo: see _filter_frozen
        one = self.sudo()
        if (one.res_model, one.res_field) not in self._get_frozen_attachments():
            return self.browse()
        return self.env[one.res_model].sudo().browse(one.res_id).exists()

    def _check_unchanged(self, vals):
        """Refuse values that differ: moving the file store writes every file again as it is."""
        if any(self._differs(one, name, value) for one in self for name, value in vals.items()):
            self._check_none_frozen()

    @api.model
    def _differs(self, attachment, name, value):
        field = attachment._fields.get(name)
        return field is None or field.convert_to_write(attachment[name], attachment) != value

    def _check_none_frozen(self):
        frozen = self._filter_frozen()
        if frozen:
            raise UserError(
                self.env._(
                    "These files stay as they were signed or used: %s. What they belong to can be refused or replaced "
                    "there, and a new file given to the new record.",
                    ", ".join(f"{one.res_name or one.res_model} ({one.id})" for one in frozen),
                )
            )
