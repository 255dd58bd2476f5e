"""Every state × event pair: the legal moves, the contradictions, and nothing else (ENGINE.md section 2)."""

import unittest

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.dispatch import news, states
from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch.states import Event, Move

from .common import SINGLE, EngineCase

STATES = [key for key, _label in states.SUBMISSION_STATES]
#: ENGINE.md section 2, written down a second time: what may come after what.
LEAVES_TO = {
    "queued": {"sending", "cancelled"},
    "sending": {"sent", "unknown", "rejected", "queued"},
    "sent": {"done"},
    "unknown": {"sent", "done", "queued", "rejected"},
    "rejected": {"queued", "cancelled"},
    "done": set(),
    "cancelled": set(),
}
OWN_EVENTS = (Event.ACCEPTED, Event.REJECTED, Event.NOT_SENT, Event.UNKNOWN)
#: What the answer of the call that the claim made does, where nothing was ever unknown.
OWN_CALL = {
    ("sending", Event.ACCEPTED): "sent",
    ("sending", Event.REJECTED): "rejected",
    ("sending", Event.NOT_SENT): "queued",
    ("sending", Event.UNKNOWN): "unknown",
    ("unknown", Event.ACCEPTED): "sent",
}


class TestMoves(unittest.TestCase):
    def test_no_pair_leads_where_the_contract_does_not_allow(self):
        for state in STATES:
            for event in Event:
                for own_call in (True, False):
                    for ever_unknown in (True, False):
                        with self.subTest(state=state, event=event, own=own_call, unknown=ever_unknown):
                            found = states.move(state, event, own_call, ever_unknown)
                            if found.state is not None:
                                self.assertIn(found.state, LEAVES_TO[state])
                                self.assertFalse(found.contradiction)

    def test_own_answers_move_as_the_contract_says(self):
        for state in STATES:
            for event in OWN_EVENTS:
                with self.subTest(state=state, event=event):
                    expected = OWN_CALL.get((state, event))
                    contradiction = event is Event.ACCEPTED and state in ("queued", "rejected", "cancelled")
                    self.assertEqual(states.move(state, event), Move(expected, contradiction))

    def test_what_an_earlier_claim_brings_moves_nothing_and_contradicts_when_it_was_taken(self):
        for state in STATES:
            for event in (*OWN_EVENTS, Event.FOUND, Event.NOT_SEEN, Event.NEVER_HAD, Event.UNREADABLE):
                with self.subTest(state=state, event=event):
                    taken = event in (Event.ACCEPTED, Event.FOUND)
                    found = states.move(state, event, own_call=False, current=False)
                    self.assertEqual(found, Move(contradiction=taken))

    def test_refusal_after_an_unknown_try_never_frees(self):
        for event in (Event.REJECTED, Event.NOT_SENT):
            self.assertEqual(states.move("sending", event, ever_unknown=True).state, "unknown")

    def test_lease_end_never_leads_to_queued(self):
        self.assertEqual(states.move("sending", Event.LEASE_EXPIRED).state, "unknown")

    def test_news_of_existence_contradicts_what_was_never_given(self):
        for state in ("queued", "rejected", "cancelled"):
            for event in (Event.ACCEPTED, Event.FOUND):
                self.assertTrue(states.move(state, event).contradiction)

    def test_every_outcome_of_the_closed_sets_is_an_event(self):
        for kind in (*said.TRY_OUTCOMES, *said.QUESTION_OUTCOMES):
            self.assertIsInstance(states.event_of(kind()), Event)

    def test_an_outcome_from_outside_the_closed_sets_is_refused(self):
        class Invented(said.Outcome):
            pass

        with self.assertRaises(KeyError):
            states.event_of(Invented())


class TestPairsOnRecords(EngineCase):
    """The same pairs on committed submissions: news is kept, requests raise and write nothing."""

    NEWS = {
        "accepted": said.Accepted(),
        "rejected": said.Rejected(),
        "not_sent": said.NotSent(),
        "unknown": said.Unknown(),
        "found": said.Found(),
        "not_seen": said.NotSeen(),
        "unreadable": said.Unreadable(),
        "never_had": said.NeverHad(),
    }

    def test_news_in_every_state_never_raises_and_keeps_every_payment(self):
        made = self.make_queued(model=SINGLE, payments=1)
        for state in STATES:
            for name, outcome in self.NEWS.items():
                for own_call in (True, False):
                    with self.subTest(state=state, news=name, own=own_call), self.registry.cursor() as cr:
                        submission = self._put(cr, made, state)
                        news.process(submission, outcome, own_call)
                        self.assertIn(submission.state, {state} | LEAVES_TO[state])
                        self.assertEqual(len(submission.payment_ids), 1)
                        self.assertIn(submission.payment_ids.state, ("issued", "sent", "reconciled"))
                        cr.rollback()

    def test_illegal_requests_raise_and_write_nothing(self):
        made = self.make_queued(model=SINGLE, payments=1)
        for state in STATES:
            for event in states.REQUESTS:
                legal = states.move(state, event).state
                with self.subTest(state=state, event=event), self.registry.cursor() as cr:
                    submission = self._put(cr, made, state)
                    if legal:
                        submission._request_move(event)
                        self.assertEqual(submission.state, legal)
                    else:
                        with self.assertRaises(UserError):
                            submission._request_move(event)
                        self.assertEqual(submission.state, state)
                    cr.rollback()

    def _put(self, cr, made, state):
        submission = api.Environment(cr, SUPERUSER_ID, {})["g2p.payment.submission"].browse(
            made["submissions"][0]
        )
        payment = submission.payment_ids
        submission._guarded_write({"state": state, "claim_token": "token", "tries": 1})
        if state in ("sending", "sent", "unknown"):
            payment._guarded_write({"state": "sent"})
        elif state == "done":
            payment._guarded_write(
                {"state": "reconciled", "status": "paid", "amount_paid": payment.amount_issued}
            )
        return submission
