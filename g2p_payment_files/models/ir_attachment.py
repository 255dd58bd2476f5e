from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

#: Bytes that leave the database through their record's buttons only, whoever asks: with them money can be had.
_SEALED = {"g2p.payment.file", "g2p.payment.file.part"}
#: Key of the context under which what is written is not indexed.
UNINDEXED = "g2p_payment_files_unindexed"


class IrAttachment(models.Model):
    """A payment file is taken by its button, which claims and records; there is no way around it.

    What people imported stays as it was.
    """

    _inherit = "ir.attachment"

    @api.model
    def _get_frozen_attachments(self):
        mine = {("g2p.payment.file", "content"), ("g2p.payment.result.import", "file")}
        return super()._get_frozen_attachments() | mine

    @api.model
    def _index(self, bin_data, file_type, checksum=None):
        # Else the database would hold each payee once more, in clear, for searching.
        if self.env.context.get(UNINDEXED):
            return None
        return super()._index(bin_data, file_type, checksum=checksum)

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        query = super()._search(domain, *args, bypass_access=bypass_access, **kwargs)
        if not self.env.su and not bypass_access:
            # Whoever reads what a search found is asked for nothing more, and administrators find every field's.
            own = self._field_to_sql(self._table, "res_model"), self._field_to_sql(self._table, "res_field")
            query.add_where(SQL("(%s IS NULL OR %s IS NULL OR %s <> ALL(%s))", *own, own[0], list(_SEALED)))
        return query

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su:
            return result
        # sudo: what an attachment belongs to is read to decide, whoever asks
        sealed = (
            self.sudo().filtered(lambda one: one.res_model in _SEALED and one.res_field).with_env(self.env)
        )
        if not sealed:
            return result
        forbidden = sealed | result[0] if result else sealed
        return forbidden, result[1] if result else sealed._make_sealed_error

    def _make_sealed_error(self):
        """Return the error about bytes that only their record's button gives."""
        return AccessError(
            self.env._("Payment files are downloaded on their batch, which records who took them.")
        )
