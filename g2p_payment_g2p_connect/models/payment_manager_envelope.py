from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.dispatch.claim import payment_data
from odoo.addons.g2p_programs.dispatch.rail import WHEN_SENT, PlannedSubmission, RailRefusal

from .. import const
from ..bridge import const as bridge
from ..bridge import payload
from .constants import G2P_CONNECT

#: Nothing more happens to these by themselves.
SETTLED_STATES = ("sent", "done")
#: It was not made true, and never will be.
VOID_STATES = ("cancelled", "rejected")


class G2PConnectPaymentManager(models.Model):
    """The steps of an envelope: what each depends on when it is sent, and those that are added later."""

    _inherit = G2P_CONNECT

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.ondelete(at_uninstall=False)
    def _unlink_nothing_may_still_pay(self):
        """By a manager's word is held what was given up: without it, that would be paid again."""
        # sudo: whether money may still move must be known whoever deletes
        given_up = (
            self.env["g2p.payment.submission"]
            .sudo()
            .search(
                [
                    ("manager_model", "=", self._name),
                    ("manager_res_id", "in", self.ids),
                    ("purpose", "=", bridge.DISBURSEMENTS),
                    ("state", "=", "cancelled"),
                    ("tries", ">", 0),
                ]
            )
        )
        problems = [text for one in given_up if (text := self._rail_may_still_pay(one))]
        if problems:
            raise UserError(
                self.env._(
                    "%(names)s cannot be deleted, or this would be forgotten: %(problems)s",
                    names=", ".join(self.mapped("name")),
                    problems="\n".join(problems[:20]),
                )
            )

    # ---- The rail ---------------------------------------------------------------------------------------------
    def _rail_step_settings(self, submission):
        released = submission.batch_id.released_settings or {}
        if released.get("api_mode") != const.MODE_BRIDGE:
            return super()._rail_step_settings(submission)
        cycle = submission.batch_id.cycle_id
        settings = {
            "cycle_code_mnemonic": cycle.name,
            "narrative": released.get("narrative") or cycle.name,
        }
        if submission.purpose == bridge.ENVELOPE:
            day = self._get_schedule_date(cycle, released)
            return settings | {"disbursement_schedule_date": fields.Date.to_string(day)}
        opener = submission.opener_id
        if not opener.correlation:
            reason = self.env._(
                "The bridge has not told the id of %(envelope)s, so nothing can be put into it. Wait, or settle that "
                "submission first.",
                envelope=opener.name or submission.batch_id.name,
            )
            raise RailRefusal({submission.name: reason}, holds_batch=True)
        settings["disbursement_envelope_id"] = opener.correlation
        if submission.purpose == bridge.AMENDMENT:
            settings |= self._get_carried(opener)
        return settings

    def _rail_try_settings(self, submission):
        settings = super()._rail_try_settings(submission)
        if submission.purpose == bridge.DISBURSEMENTS:
            settings |= self._count_taken(submission.opener_id, submission)
        return settings

    def _rail_may_still_pay(self, submission):
        """What was tried may be in its envelope, or come in yet, until that declares less, or was cancelled."""
        opener = submission.opener_id
        if submission.purpose != bridge.DISBURSEMENTS or not opener.correlation:
            return super()._rail_may_still_pay(submission)
        closing = self._find_steps(opener, bridge.AMENDMENT) | self._find_steps(opener, bridge.CANCELLATION)
        if any(self._has_closed(one) for one in closing):
            return super()._rail_may_still_pay(submission)
        return self.env._(
            "%(name)s did not arrive, as far as people know, and may be in %(envelope)s all the same, until the bridge "
            "has amended or cancelled that envelope and has shown that it paid nobody else. Where the bridge refuses "
            "that, look at what the envelope has received, and cancel it.",
            name=submission.name,
            envelope=opener.name,
        )

    def _has_closed(self, step):
        """Return whether, by the bridge's own word, nothing more of an envelope is paid since a step than it should."""
        if step.state == "rejected":
            # An envelope that the bridge does not know pays nobody either.
            return step.last_code == bridge.ENVELOPE_NOT_FOUND
        wrong = (bridge.AMENDMENT_DIFFERS, bridge.CANCELLATION_LATE)
        return step.state in SETTLED_STATES and step.is_taken and step.last_code not in wrong

    def _rail_goes_behind(self, submission):
        """Only one of it has room in the envelope then, should the bridge take the first one in after all."""
        return super()._rail_goes_behind(submission) or submission.purpose == bridge.DISBURSEMENTS

    def _rail_check_payload(self, submission):
        super()._rail_check_payload(submission)
        if submission.purpose not in (bridge.DISBURSEMENTS, bridge.AMENDMENT):
            return
        opener = submission.opener_id
        if submission.turn != submission.step and not self._fills(submission):
            reason = self.env._(
                "%(name)s did not arrive, as far as can be told. Should it come in after all, %(envelope)s has room "
                "for it twice, so it is not sent again. Give it up: its payments can then be released again, into a "
                "new envelope.",
                name=submission.name,
                envelope=opener.name,
            )
        elif self._find_steps(opener, bridge.CANCELLATION, VOID_STATES):
            reason = self.env._(
                "%(envelope)s is being cancelled, or was: nothing more is put into it. Give this submission up; its "
                "payments can then be released again, into a new envelope.",
                envelope=opener.name,
            )
        elif submission.purpose == bridge.DISBURSEMENTS and self._is_day_over(opener):
            reason = self.env._(
                "%(day)s, the only day on which the bridge pays what is in %(envelope)s, is over. Give this submission "
                "up; its payments can then be released again, into a new envelope.",
                day=opener.settings.get("disbursement_schedule_date"),
                envelope=opener.name,
            )
        else:
            return
        raise RailRefusal({submission.name: reason}, holds_batch=True)

    def _rail_steps_to_add(self, batch):
        """An envelope of which everything was tried, and that has less in it than it declared, is made to fit."""
        planned = super()._rail_steps_to_add(batch)
        openers = batch.submission_ids.filtered(
            lambda one: one.purpose == bridge.ENVELOPE and one.state in SETTLED_STATES and one.correlation
        )
        last = max(batch.submission_ids.mapped("step"), default=0)
        for opener in openers:
            if purpose := self._find_missing_step(opener):
                last += 1
                planned.append(self._plan_step(opener, last, purpose))
        return planned

    # ---- Envelopes --------------------------------------------------------------------------------------------
    def _plan_step(self, opener, step, purpose):
        return PlannedSubmission(
            step,
            (),
            purpose=purpose,
            starts_when=WHEN_SENT,
            opener_id=opener.id,
            only_stops=purpose == bridge.CANCELLATION,
        )

    def _find_missing_step(self, opener):
        """Return the purpose of the step that makes an envelope fit what is in it, empty when none is needed (yet).

        A step that people have given up is not made again: whoever gave it up knew what it was for.
        """
        requests = self._find_steps(opener, bridge.DISBURSEMENTS, ("cancelled",))
        if any(one.state not in SETTLED_STATES for one in requests):
            return ""
        carried = self._find_carried(opener)
        purpose = bridge.AMENDMENT if carried else bridge.CANCELLATION
        known = self._find_steps(opener, purpose) | self._find_steps(opener, bridge.CANCELLATION, VOID_STATES)
        if known:
            return ""
        if sum(carried.mapped("payments_count")) >= opener._get_declared()[0]:
            return ""
        return purpose

    def _find_steps(self, opener, purpose, but_states=()):
        """Return the steps of an envelope that are for ``purpose``, but those in some states."""
        return opener.opened_ids.filtered(lambda one: one.purpose == purpose and one.state not in but_states)

    def _find_carried(self, opener):
        """Return the requests that are in an envelope: the bridge said so itself, or was seen to pay of them.

        That people say a request was never executed does not put it in, also where they say it payment by payment.
        """
        return self._find_steps(opener, bridge.DISBURSEMENTS).filtered(
            lambda one: (
                one.state in SETTLED_STATES
                and (one.is_taken or any(payment.status == "paid" for payment in one.payment_ids))
            )
        )

    def _fills(self, submission):
        """Return whether an envelope is complete with a request, so that there is room for it only once."""
        pinned = self._read_settings(submission.settings)
        if pinned.at_most_before != pinned.before:
            return False
        payments = payment_data(submission.payment_ids)
        count, total = pinned.before
        total += sum(payload.wire_amount(one.amount) for one in payments)
        return (count + len(payments), total) == submission.opener_id._get_declared()

    def _count_taken(self, opener, but):
        """Return what an envelope should hold, at least and at most (dict of :class:`BridgeSettings`).

        At least what the bridge has said itself that it took. There may be more of what it said nothing of: requests
        that people call executed, and those that never arrived and are sent again. Amounts are whole here.

        :param opener: the envelope's ``g2p.payment.submission``
        :param but: a submission that does not count
        """
        self.env["g2p.payment"].flush_model(["submission_id", "amount_issued", "status"])
        self.env["g2p.payment.submission"].flush_model(
            ["opener_id", "is_taken", "purpose", "state", "tries", "turn"]
        )
        self.env.cr.execute(
            """
            SELECT count(p.id) FILTER (WHERE s.is_taken),
                   coalesce(sum(p.amount_issued) FILTER (WHERE s.is_taken), 0),
                   count(p.id) FILTER (WHERE s.is_taken IS NOT TRUE),
                   coalesce(sum(p.amount_issued) FILTER (WHERE s.is_taken IS NOT TRUE), 0),
                   EXISTS (SELECT 1 FROM g2p_payment_submission given_up
                            WHERE given_up.opener_id = %s AND given_up.purpose = %s AND given_up.id <> %s
                              AND given_up.state IN ('rejected', 'cancelled')
                              AND given_up.tries > 0 AND given_up.is_taken IS NOT TRUE)
              FROM g2p_payment p JOIN g2p_payment_submission s ON s.id = p.submission_id
             WHERE s.opener_id = %s AND s.id <> %s
               AND (s.is_taken OR (s.state = 'queued' AND s.turn <> s.step)
                    OR EXISTS (SELECT 1 FROM g2p_payment one
                                WHERE one.submission_id = s.id AND one.status = 'paid'))
            """,
            (opener.id, bridge.DISBURSEMENTS, but.id, opener.id, but.id),
        )
        *counts, in_doubt = self.env.cr.fetchone()
        names = ("disbursements_before", "amount_before", "disbursements_perhaps", "amount_perhaps")
        return dict(zip(names, map(int, counts), strict=True)) | {"in_doubt": in_doubt}

    def _get_carried(self, opener):
        """Return what is in an envelope, as its amendment declares it (dict of :class:`BridgeSettings`)."""
        payments = payment_data(self._find_carried(opener).payment_ids)
        pinned = self._read_settings(opener.settings)
        day = fields.Date.to_date(opener.settings["disbursement_schedule_date"])
        return {
            "carried_beneficiaries": len({payload.beneficiary_key(one, pinned) for one in payments}),
            "carried_disbursements": len(payments),
            "carried_amount": sum(payload.wire_amount(one.amount) for one in payments),
            "disbursement_schedule_date": fields.Date.to_string(max(day, self._get_bridge_day())),
        }

    def _declares_otherwise(self, opener):
        """Return whether an envelope that was not sent yet declares other payments than those that will follow it."""
        return opener._get_declared()[0] != sum(opener._get_opened().mapped("payments_count"))

    # ---- The schedule date ------------------------------------------------------------------------------------
    def _get_bridge_day(self):
        """Return today as the bridge counts days: in UTC."""
        return fields.Datetime.now().date()

    def _get_schedule_date(self, cycle, released):
        """Return the day on which the bridge shall pay an envelope that is sent now.

        :param cycle: ``g2p.cycle`` record
        :param dict released: what was signed, with the rule for the date
        :return: date; never one that the bridge refuses because it is over
        """
        day = self._get_bridge_day() + timedelta(days=released.get("schedule_days_ahead") or 0)
        if released.get("schedule_date_source") == "cycle_start":
            day = max(day, cycle.start_date)
        elif released.get("schedule_date_source") == "cycle_end":
            day = max(day, cycle.end_date)
        return day

    def _is_day_over(self, submission):
        """Return whether the day that a submission names is over."""
        day = fields.Date.to_date((submission.settings or {}).get("disbursement_schedule_date"))
        return bool(day) and day < self._get_bridge_day()
