import csv
import hashlib
import io
from dataclasses import dataclass
from itertools import chain

from odoo import api, models

from odoo.addons.g2p_programs.dispatch.claim import payment_data
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .. import cut, payload


@dataclass(frozen=True)
class Part:
    """One file that a batch should have."""

    text: str
    rows: int
    submission: models.BaseModel

    @property
    def sha256(self):
        return hashlib.sha256(self.text.encode()).hexdigest()


class G2PPaymentHubEEManager(models.Model):
    """The files: made at prepare or when a batch is queued, attached, and compared with what is sent at every claim."""

    _inherit = "g2p.program.payment.manager.phee"

    # ---- When they are made -----------------------------------------------------------------------------------
    def _prepare_payments(self, cycle, entitlements):
        payments, batches = super()._prepare_payments(cycle, entitlements)
        if batches and self.make_csv_at_prepare:
            self._renew_files(batches)
        return payments, batches

    def _queue_batches(self, batches):
        submissions = super()._queue_batches(batches)
        self._renew_files(submissions.batch_id)
        return submissions

    def _renew_files(self, batches):
        """Attach to each batch the files that would be sent of it now; what is right already stays.

        What no longer is stays too, marked as replaced, and the batch's history says so.

        :param batches: ``g2p.payment.batch`` recordset of this manager
        """
        # sudo: files are made by preparing, releasing and sending; nobody may write them in any other way
        batches, missing = batches.sudo(), []
        for batch in batches:
            left = list(batch.hub_file_ids.filtered(lambda one: one._is_current()))
            for number, part in enumerate(self._get_parts(batch), 1):
                found = next((file for file in left if file.sha256 == part.sha256), None)
                if found is None:
                    missing.append((batch, number, part.text, part.rows, part.submission))
                    continue
                left.remove(found)
                if part.submission and found.submission_id != part.submission:
                    found._guarded_write({"submission_id": part.submission.id})
            self._replace(batch, left)
        files = self.env["g2p.payment.phee.file"].sudo()
        files._guarded_create([files._prepare_vals(*values) for values in missing])

    def _get_parts(self, batch):
        """Return the :class:`Part` of each submission of a batch, or of those that it would be cut into."""
        settings = self._get_pinned_of(batch)
        live = batch.submission_ids.filtered(lambda one: one.state == "queued" and not one.tries).sorted("id")
        free = batch.payment_ids.filtered(
            lambda one: one.state == "issued" and one.submission_id.state in (False, "cancelled")
        )
        by_id = {one.id: one for one in payment_data(live.payment_ids | free)}
        planned = cut.plan([one for id_, one in by_id.items() if id_ in set(free.ids)], settings)
        owned = [(submission, sorted(submission.payment_ids.ids)) for submission in live]
        wanted = chain(owned, ((live.browse(), ids) for ids in planned))
        return [
            Part(payload.render([by_id[id_] for id_ in ids], settings), len(ids), submission)
            for submission, ids in wanted
            if ids
        ]

    def _replace(self, batch, files):
        """Mark files that are not what would be sent any more, and say so."""
        if not files:
            return
        for file in files:
            file._guarded_write({"replaced": True})
        batch.message_post(
            body=self.env._(
                "Payments or settings changed, so these files for the hub were made again: %s. Look at the new ones.",
                ", ".join(f"{file.name} (SHA-256 {file.sha256})" for file in files),
            )
        )

    # ---- Before they are sent ---------------------------------------------------------------------------------
    def _rail_check_payload(self, submission):
        self._check_addresses_stand(submission)
        file = submission.hub_file_ids.filtered(lambda one: not one.replaced)[:1]
        if not file:
            raise RailRefusal(
                {
                    submission.name: self.env._(
                        "no file is attached that could be sent. Withdraw the release of the batch, look at it and "
                        "release it again."
                    )
                }
            )
        attached, sent = file._hash_content(), submission._hash(submission.payload or "")
        if attached != sent:
            raise RailRefusal(
                {
                    file.name: self.env._(
                        "the attached file is not what would be sent (SHA-256 %(attached)s, and %(sent)s). Withdraw "
                        "the release of the batch, look at it and release it again.",
                        attached=attached,
                        sent=sent,
                    )
                }
            )
        return super()._rail_check_payload(submission)

    # ---- For people and for other addons ----------------------------------------------------------------------
    @api.private
    def prepare_csv_for_batch(self, batch, delimiter=",", quoting=csv.QUOTE_MINIMAL):
        """Write all payments of a batch as one CSV, to be read. What is sent are the files attached to the batch.

        With the defaults it is the hub's own format, without a newline at its end.

        :param batch: one ``g2p.payment.batch``
        :param str delimiter: one character; the hub itself takes commas only
        :param int quoting: of Python's csv; the hub itself takes no quotes
        :return: io.StringIO, at its beginning
        """
        settings = self._get_pinned_of(batch)
        payments = payment_data(batch.payment_ids.filtered(lambda one: one.state != "cancelled"))
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator="\n")
        writer.writerows(payload.table(payments, settings))
        stream.seek(max(stream.tell() - 1, 0))
        stream.truncate()
        stream.seek(0)
        return stream

    @api.private
    def create_update_csv_attachment(self, filename, csv_data_bin):
        """Keep a file with this manager, for addons that make one of their own; nothing is ever sent from it.

        :param str filename: name; the manager's own file of that name is replaced
        :param bytes csv_data_bin: the file
        :return: ``ir.attachment``
        """
        self.ensure_one()
        attachments = self.env["ir.attachment"]
        owner = [("res_model", "=", self._name), ("res_id", "=", self.id), ("res_field", "=", False)]
        found = attachments.search([*owner, ("name", "=", filename)], limit=1)
        vals = {"raw": csv_data_bin, "mimetype": "text/csv"}
        if found:
            found.write(vals)
            return found
        return attachments.create({"name": filename, "res_model": self._name, "res_id": self.id, **vals})
