"""What an envelope should hold before a request is put into it: counted anew at each try, and looked at."""

from odoo.tests import tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from .bridge_manager_case import ENVELOPE_ID, LOOK, StepsCase, answer

LOST = Answer(fault=Fault.TIMEOUT, note="deadline passed")
NAMES = ("disbursements_before", "amount_before", "disbursements_perhaps", "amount_perhaps")


class LookCase(StepsCase):
    def open_requests(self, members, *args):
        """Return (cycle, manager, requests) with the envelope at the bridge."""
        cycle, manager, _submissions = self.make_open(members=members)
        self.open_envelope(cycle, *args)
        return cycle, manager, self.steps(cycle, "disbursements")

    def pinned(self, submission):
        return tuple(submission.settings[name] for name in NAMES)

    def lists(self):
        """Return how many requests went to the bridge with payments."""
        return self.bridge.paths.count("create_disbursements")

    def lose(self, request):
        """Let a request get lost on its way, and prove it."""
        self.assertTrue(self.send(request, LOST), request.hold_reason)
        for _twice in range(2):
            self.ask_after_the_lease(request, self.bridge.tell_received(ENVELOPE_ID))
        self.assertEqual(request.state, "queued")


@tagged("post_install", "-at_install")
class TestBridgeExpected(LookCase):
    def test_what_the_bridge_said_and_what_may_be_there_besides_are_counted_apart(self):
        _cycle, manager, requests = self.open_requests(10)
        taken, absent, decided, refused, mine = requests
        envelope = taken.opener_id
        taken._guarded_write({"state": "sent", "is_taken": True, "claim_token": "t"})
        absent._go_behind()
        decided._guarded_write({"state": "unknown", "ever_unknown": True, "claim_token": "t"})
        decided.payment_ids[0]._guarded_write({"status": "paid", "state": "reconciled"})
        refused._guarded_write({"state": "rejected", "ever_unknown": True, "claim_token": "t"})
        for submission, expected in (
            (mine, (2, 200, 4, 400)),
            (refused, (2, 200, 4, 400)),
            (taken, (0, 0, 4, 400)),
            (absent, (2, 200, 2, 200)),
            (decided, (2, 200, 2, 200)),
        ):
            told = dict(zip(NAMES, expected, strict=True)) | {"in_doubt": False}
            self.assertEqual(manager._rail_try_settings(submission), told)
        refused._guarded_write({"tries": 1})
        self.assertTrue(manager._rail_try_settings(mine)["in_doubt"], "it may have been taken all the same")
        self.assertFalse(manager._rail_try_settings(refused)["in_doubt"], "it does not doubt itself")
        self.assertEqual(manager._rail_try_settings(envelope), {})
        decided._guarded_write({"is_taken": True})
        told = manager._rail_try_settings(mine)
        self.assertEqual(tuple(told[name] for name in NAMES), (4, 400, 2, 200))

    def test_what_should_be_there_is_pinned_anew_at_each_try(self):
        _cycle, _manager, (first, second, third) = self.open_requests(5)
        self.lose(first)
        payload, key, settings = first.payload, first.key, first.settings
        self.assertEqual(self.pinned(first), (0, 0, 0, 0))
        self.assertTrue(self.send(second, Answer(fault=Fault.NOT_SENT, note="ConnectionError")))
        self.assertEqual((second.state, self.pinned(second)), ("queued", (0, 0, 2, 200)))
        self.assertTrue(self.send(second, self.taken(second)))
        self.assertEqual((second.state, self.pinned(second)), ("sent", (0, 0, 2, 200)))
        self.assertTrue(self.send(third, self.taken(third)))
        self.assertEqual(self.pinned(third), (2, 200, 2, 200))
        self.assertTrue(self.send(first, self.taken(first)))
        self.assertEqual((first.state, self.pinned(first)), ("sent", (3, 300, 0, 0)))
        # Nothing else of it is another than at its first try.
        self.assertEqual((first.payload, first.key, first.tries), (payload, key, 2))
        self.assertEqual({**first.settings, **{name: settings[name] for name in NAMES}}, settings)

    def test_what_never_arrived_is_sent_again_behind_all_others(self):
        _cycle, manager, requests = self.open_requests(5)
        first, second, third = requests
        self.assertEqual([one.turn for one in requests], [2, 3, 4])
        self.lose(first)
        self.assertEqual([(one.step, one.turn) for one in requests], [(2, 5), (3, 3), (4, 4)])
        for request in (second, third):
            self.assertFalse(self.send(first), "it is not its turn")
            self.assertTrue(self.send(request, self.taken(request)), request.hold_reason)
        self.assertTrue(self.send(first, self.taken(first)), first.hold_reason)
        self.assertEqual([one.state for one in requests], ["sent", "sent", "sent"])
        self.assertTrue(manager._rail_goes_behind(first))

    def test_what_moves_no_money_is_repeated_in_its_own_turn(self):
        cycle, manager, _submissions = self.make_open(members=1)
        envelope = self.steps(cycle, "envelope")
        self.send(envelope, LOST)
        for _twice in range(2):
            self.ask_after_the_lease(envelope, answer(None, "DISBURSEMENT_ENVELOPE_NOT_FOUND"))
        self.assertEqual((envelope.state, envelope.turn), ("queued", 1))
        self.assertFalse(manager._rail_goes_behind(envelope))


@tagged("post_install", "-at_install")
class TestBridgeLook(LookCase):
    def test_an_envelope_that_holds_something_else_gets_nothing_and_finance_is_told(self):
        cycle, _manager, (first, second) = self.open_requests(4)
        self.assertTrue(self.send(first, self.taken(first)))
        self.assertTrue(self.send(second, look=self.status(0, 0)))
        self.assertEqual(self.bridge.paths[-1], LOOK)
        self.assertEqual(self.lists(), 1)
        self.assertEqual((second.state, second.last_code), ("queued", "counts.differ"))
        self.assertEqual(
            second.last_reason,
            "received=0 amount=0 funds=PENDING_CHECK blocked=PENDING_CHECK shipped=0 reconciled=0 reversed=0 "
            "expected=2 amount=200",
        )
        self.assertEqual(set(second.payment_ids.mapped("state")), {"issued"})
        self.assertFalse(second.ever_unknown)
        self.assertTrue(second.next_try_at, "it is tried again by itself")
        notes = cycle.sudo().payment_batch_ids.activity_ids.mapped("summary")
        self.assertTrue([note for note in notes if "something else than Odoo knows of" in note], notes)
        kept = self.env["g2p.payment.exchange"].sudo().search([("submission_id", "=", second.id)])
        self.assertEqual((kept.kind, kept.outcome, kept.code), ("submit", "NotSent", "counts.differ"))
        # Once it holds what it should, everything goes on.
        self.assertTrue(self.send(second, self.taken(second)))
        self.assertEqual((second.state, self.lists()), ("sent", 2))

    def test_nothing_is_sent_while_the_counts_cannot_be_read(self):
        cycle, _manager, request = self.open_requests(2)
        other = self.status(0, 0, envelope_id="1795229999999")
        for look in (LOST, Answer(status=503), Answer(status=200, body="<html>"), other):
            self.assertTrue(self.send(request, look=look))
            self.assertEqual((request.state, request.last_code), ("queued", "counts.unread"))
            self.assertEqual(set(request.payment_ids.mapped("state")), {"issued"})
            self.assertFalse(request.ever_unknown)
        self.assertEqual(self.lists(), 0)
        self.assertFalse(cycle.sudo().payment_batch_ids.activity_ids)
        self.assertTrue(self.send(request, self.taken(request)))
        self.assertEqual((request.state, request.tries), ("sent", 5))

    def test_an_envelope_that_is_lost_is_told_to_finance(self):
        cycle, manager, request = self.open_requests(1)
        self.assertTrue(self.send(request, look=Answer(status=503)))
        self.assertEqual((request.state, request.last_code), ("queued", "counts.unread"))
        self.assertTrue(self.send(request, look=answer(None, "DISBURSEMENT_ENVELOPE_NOT_FOUND")))
        self.assertEqual((request.state, request.last_code), ("queued", "envelope.lost"))
        notes = cycle.sudo().payment_batch_ids.activity_ids.mapped("summary")
        text = manager._get_attention_texts()["envelope.lost"]
        self.assertTrue([note for note in notes if text[:40] in note], notes)

    def test_what_comes_in_late_is_seen_before_it_is_sent_again(self):
        cycle, _manager, (first, second, third) = self.open_requests(5)
        self.lose(first)
        self.bridge.receive(ENVELOPE_ID, 2, 200)
        for request in (second, third):
            self.assertTrue(self.send(request, self.taken(request)), request.hold_reason)
            self.assertEqual(request.state, "sent", "it was to be expected that the first comes in")
        self.assertTrue(self.send(first))
        self.assertEqual((first.state, first.last_code, self.lists()), ("unknown", "counts.differ", 3))
        self.ask(first, self.bridge.tell_received(ENVELOPE_ID))
        self.assertEqual((first.state, first.last_code), ("sent", "ids.lost"))
        notes = cycle.sudo().payment_batch_ids.activity_ids.mapped("summary")
        self.assertTrue([note for note in notes if "their ids were lost" in note], notes)

    def test_what_comes_in_late_does_not_prove_that_another_did(self):
        _cycle, _manager, (first, second, third) = self.open_requests(6)
        self.lose(first)
        self.assertTrue(self.send(second, LOST))
        self.bridge.receive(ENVELOPE_ID, 2, 200)
        for _twice in range(2):
            self.ask_after_the_lease(second, self.bridge.tell_received(ENVELOPE_ID))
        self.assertEqual((second.state, second.last_code), ("unknown", "counts.unclear"))
        self.assertFalse(self.send(third))
        self.ask(second, self.status(4, 400))
        self.assertEqual((second.state, second.last_code), ("sent", "ids.lost"))

    def test_what_people_call_executed_may_be_there(self):
        for is_there, envelope_id in ((False, "1795220600001"), (True, "1795220600002")):
            _cycle, _manager, (first, second) = self.open_requests(4, envelope_id)
            self.send(first, LOST)
            self.decide(first)
            self.assertEqual(first.state, "done")
            if is_there:
                self.bridge.receive(envelope_id, 2, 200)
            self.assertTrue(self.send(second, self.taken(second)), second.hold_reason)
            self.assertEqual((second.state, self.pinned(second)), ("sent", (0, 0, 2, 200)))

    def decide(self, submission):
        """Let two people call a submission executed."""
        decision = (
            self.env["g2p.payment.decision"]
            .with_user(self.finance)
            .create(
                {
                    "submission_id": submission.id,
                    "verdict": "executed",
                    "reason": "they said so",
                    "evidence_reference": "letter 7",
                }
            )
        )
        decision.with_user(self.finance2).action_confirm()
        self.env.flush_all()
