import json

from odoo import fields, models

from ..bridge import const as bridge
from ..bridge.answers import tell
from ..bridge.envelope_status import attention, read_envelope_status
from .payment_manager_envelope import VOID_STATES

#: Of a bridge's status, as they stand in a summary.
STATUS_FIELDS = (
    "number_of_disbursements_received", "total_disbursement_amount_received", "funds_available_with_bank",
    "funds_available_latest_timestamp", "funds_available_latest_error_code", "funds_available_attempts",
    "funds_blocked_with_bank", "funds_blocked_latest_timestamp", "funds_blocked_latest_error_code",
    "funds_blocked_attempts", "funds_blocked_reference_number", "id_mapper_resolution_required",
    "number_of_disbursements_shipped", "number_of_disbursements_reconciled", "number_of_disbursements_reversed",
)  # fmt: skip


class G2PPaymentSubmission(models.Model):
    """An envelope's summary: the last stored answer that tells its status, beside what was declared."""

    _inherit = "g2p.payment.submission"

    # ---- Business ---------------------------------------------------------------------------------------------
    def _make_summaries(self):
        """Make a summary of each of these envelopes, out of what is stored; nobody is asked.

        :return: ``g2p.cycle.envelope.summary`` recordset, in the same order
        """
        answers = self._find_status_answers()
        return self.env["g2p.cycle.envelope.summary"].create(
            [envelope._prepare_summary_vals(*answers.get(envelope.id, (None, ""))) for envelope in self]
        )

    def _find_status_answers(self):
        """Return the last answer about each envelope ({id: (moment, body)}), by one query."""
        self.env["g2p.payment.exchange"].flush_model()
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (submission_id) submission_id, create_date, answer ->> 'body'
              FROM g2p_payment_exchange
             WHERE submission_id = ANY(%s) AND kind = 'question' AND outcome = 'Found'
             ORDER BY submission_id, id DESC
            """,
            (self.ids,),
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def _prepare_summary_vals(self, asked_at, body):
        """Return the values of one envelope's summary.

        :param asked_at: when the bridge said it, None when it never did
        :param str body: what it said
        """
        status = read_envelope_status(body, self.correlation) if asked_at else None
        count, total = self._get_declared()
        day = (self.settings or {}).get("disbursement_schedule_date") or ""
        vals = {
            "cycle_id": self.cycle_id.id,
            "submission_id": self.id,
            "disbursement_schedule_date": fields.Date.to_date(day) or False,
            "number_of_disbursements_declared": count,
            "total_disbursement_amount_declared": total,
        }
        if status is not None:
            vals |= {name: getattr(status, name) or False for name in STATUS_FIELDS} | {"asked_at": asked_at}
        return vals | {"problems": "\n".join(self._find_envelope_problems(status, body)) or False}

    def _get_declared(self):
        """Return what one envelope declares now: by its creation, or by an amendment that the bridge has taken.

        :return: (number of payments, total); amounts are whole here
        """
        amendments = self.opened_ids.filtered(
            lambda one: one.purpose == bridge.AMENDMENT and one.state in ("sent", "done")
        )
        message = json.loads((amendments[-1:] or self).payload or "{}")
        return message.get("number_of_disbursements", 0), message.get("total_disbursement_amount", 0)

    def _find_envelope_problems(self, status, body):
        """Return what is not as it has to be with one envelope (list of texts).

        :param status: :class:`EnvelopeStatus`, None when the bridge has not told it
        :param str body: the answer that it was told in
        """
        if status is None:
            return [self.env._("The bridge has not told anything of it yet. Ask it again now.")]
        problems = []
        if self.opened_ids.filtered(
            lambda one: one.purpose == bridge.CANCELLATION and one.state not in VOID_STATES
        ):
            problems.append(
                self.env._("It was cancelled, or is being cancelled. Money that has gone before stays gone.")
            )
        elif status.received != (declared := self._get_declared()):
            problems.append(
                self.env._(
                    "%(received)s of %(declared)s payments have arrived, and %(amount)s of %(total)s. Nobody in it is "
                    "paid before all have.",
                    received=status.received[0],
                    declared=declared[0],
                    amount=status.received[1],
                    total=declared[1],
                )
            )
        day = (self.settings or {}).get("disbursement_schedule_date") or ""
        told = tell(body)
        if key := attention(status, day, told.sent_at if told else ""):
            manager = self.env[self.manager_model]
            text = manager._get_attention_texts()[key]
            problems.append(f"{text[:1].upper()}{text[1:]}.")
        return problems
