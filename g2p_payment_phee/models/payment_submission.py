from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.g2p_programs.dispatch.cursors import database_now
from odoo.addons.g2p_programs.dispatch.states import ASKABLE_STATES

from .payment_manager import PHEE

#: Between two questions that callbacks bring about, in seconds, however many callbacks come.
HINT_PAUSE = 10
#: Submissions that are asked about because of one callback that names no batch.
MOST_HINTED = 20


class G2PPaymentSubmission(models.Model):
    """What the hub's codes mean to people, and what a callback hints at."""

    _inherit = "g2p.payment.submission"

    hub_file_ids = fields.One2many(
        "g2p.payment.phee.file", "submission_id", string="Files for the Hub", readonly=True
    )
    hub_note = fields.Char("What the Hub Says", compute="_compute_hub_note")

    @api.model
    def _get_guarded_fields(self):
        return (*super()._get_guarded_fields(), "hub_file_ids")

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("manager_model", "last_code", "state")
    def _compute_hub_note(self):
        texts = self._get_hub_texts()
        for submission in self:
            is_told = submission.manager_model == PHEE and submission.state not in ("done", "cancelled")
            submission.hub_note = is_told and texts.get(submission.last_code or "", False)

    @api.model
    def _get_hub_texts(self):
        """Return what the codes of the client mean and what is to be done (dict {code: text})."""
        return {
            "running": self.env._("The hub is still at work."),
            "not.imported": self.env._(
                "The hub's operations app does not show this batch yet. It is asked again; a batch whose workflow "
                "never started never shows. If that goes on, ask the hub's operator."
            ),
            "details.incomplete": self.env._(
                "Not all pages of the details could be read. It is asked again."
            ),
            "rows.missing": self.env._(
                "Incomplete: the hub has ended this batch and does not show all of its payments. They stay open and "
                "are never sent again by themselves: ask the hub's operator, then two people of finance decide."
            ),
            "several.batches": self.env._(
                "The hub has more than one batch with our correlation id. All are read; tell the hub's operator."
            ),
            "summary.missing": self.env._("The summary of the batch could not be read. It is asked again."),
            "not.found": self.env._(
                "No batch at the hub has our correlation id. That proves nothing: ask the hub's operator, then two "
                "people of finance decide."
            ),
            "search.incomplete": self.env._(
                "The batch was looked for by our correlation id, and not all of the hub's list could be read. It is "
                "asked again."
            ),
            "empty.body": self.env._(
                "The hub answered with nothing, as it does with a file that it cannot read. Whether it was taken is "
                "looked up by our correlation id."
            ),
            "header.missing": self.env._("The hub misses a header. Check tenant, purpose and version."),
            "hub.exception": self.env._("The hub stumbled. It is looked up by our correlation id."),
            "signature.missing": self.env._("The answer was not signed, so it settles nothing."),
            "signature.invalid": self.env._(
                "The answer's signature is not the hub's, so it settles nothing."
            ),
            "InvalidPublicKeyConfigured": self.env._(
                "The hub refused the signature: it holds another certificate for this tenant. Nothing was taken."
            ),
            "InvalidJsonWebSignature": self.env._(
                "The hub refused the signature: it was made over another text or tenant. Nothing was taken."
            ),
            "file.not_uploaded": self.env._(
                "The hub did not find the file: check Batch Type and version. Nothing was taken."
            ),
            "file.extension": self.env._("The hub did not take the file's name. Nothing was taken."),
            "file.too_big": self.env._(
                "The hub takes smaller files only: lower Max File Size of the payment manager. Nothing was taken."
            ),
            "file.structure": self.env._(
                "The hub does not know one of the columns: check version and Columns. Nothing was taken."
            ),
            "tenant.no_workflow": self.env._(
                "The hub has no workflow for this tenant: check Tenant ID. Nothing was taken."
            ),
        }

    # ---- Business ---------------------------------------------------------------------------------------------
    @api.model
    def _hint(self, manager, batch_id):
        """Ask soon about the batch that a callback names, or about all that is open where it names none.

        However often it is called, a submission is asked about at most every :data:`HINT_PAUSE` seconds, and nothing
        but the time of its next question changes.

        :param manager: the payment manager whose address was called
        :param str batch_id: the hub's id, may be empty
        """
        domain = [
            ("manager_model", "=", manager._name),
            ("manager_res_id", "=", manager.id),
            ("state", "in", ASKABLE_STATES),
        ]
        if batch_id:
            domain.append(("correlation", "=", batch_id))
        found = self.search(domain, order="id desc", limit=MOST_HINTED)
        # Whoever has one of them locked is at work on it already: a callback waits for nobody.
        self.env.cr.execute(
            "SELECT id FROM g2p_payment_submission WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED", (found.ids,)
        )
        for submission in self.browse([row[0] for row in self.env.cr.fetchall()]):
            submission._bring_forward()

    def _bring_forward(self):
        """Let the next question be due now, or a pause after the last one."""
        now = database_now(self.env)
        last = self.env["g2p.payment.exchange"].search(
            [("submission_id", "=", self.id), ("kind", "=", "question")], limit=1
        )
        due = max(now, last.create_date + timedelta(seconds=HINT_PAUSE)) if last else now
        if self.next_question_at and self.next_question_at <= due:
            return
        self._guarded_write({"next_question_at": due})
        if due <= now:
            self._enqueue_question()
