"""The emergency stop: an envelope is cancelled at the bridge, and what is in it stays open."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .bridge_manager_case import ENVELOPE_ID, StepsCase, answer


@tagged("post_install", "-at_install")
class TestBridgeEmergency(StepsCase):
    def test_who_may_release_stops_an_envelope_at_once(self):
        cycle, manager, _submissions = self.make_open(members=4)
        envelope = self.open_envelope(cycle)
        self.assertTrue(envelope.with_user(self.releaser).can_cancel_envelope)
        manager.action_pause()
        envelope.with_user(self.releaser).action_cancel_envelope()
        cancellation = self.steps(cycle, "cancellation")
        self.assertEqual((cancellation.step, cancellation.only_stops), (0, True))
        first, second = self.steps(cycle, "disbursements")
        self.assertTrue(self.send(cancellation, answer({"disbursement_envelope_id": ENVELOPE_ID})))
        manager.action_resume()
        for request in (first, second):
            self.assertFalse(self.send(request))
        self.assertIn("is being cancelled, or was", first.hold_reason)
        self.assertEqual(cancellation.state, "done")

    def test_what_is_on_its_way_when_it_is_stopped_is_not_sent_either(self):
        cycle, _manager, _submissions = self.make_open(members=4)
        envelope = self.open_envelope(cycle)
        envelope.with_user(self.releaser).action_cancel_envelope()
        self.assertFalse(self.send(self.steps(cycle, "disbursements")[0]))

    def test_payments_in_it_stay_open(self):
        cycle, _manager, envelope, requests = self.make_sent(members=2)
        envelope.with_user(self.releaser).action_cancel_envelope()
        self.send(self.steps(cycle, "cancellation"), answer({"disbursement_envelope_id": ENVELOPE_ID}))
        payments = requests.payment_ids
        self.assertEqual(set(payments.mapped("state")), {"sent"})
        self.assertEqual((requests.state, envelope.state), ("sent", "sent"))

    def test_cancelled_already_is_as_good(self):
        cycle, _manager, envelope, _requests = self.make_sent(members=1)
        envelope.with_user(self.releaser).action_cancel_envelope()
        cancellation = self.steps(cycle, "cancellation")
        message = {"disbursement_envelope_id": ENVELOPE_ID}
        self.send(cancellation, answer(message, "DISBURSEMENT_ENVELOPE_ALREADY_CANCELED"))
        self.assertEqual(cancellation.state, "done")

    def test_only_who_may_release_may_stop_and_only_what_is_an_envelope_at_the_bridge(self):
        cycle, _manager, _submissions = self.make_open(members=1)
        envelope, request = self.steps(cycle)
        for who, submission, text in (
            (self.officer, envelope, "Only a Payment Releaser"),
            (self.finance, envelope, "Only a Payment Releaser"),
            (self.releaser, envelope, "is not at the bridge"),
            (self.releaser, request, "is no envelope"),
        ):
            with self.subTest(text, who=who.login), self.assertRaisesRegex(UserError, text):
                submission.with_user(who).action_cancel_envelope()
            self.assertFalse(submission.with_user(who).can_cancel_envelope)
        self.open_envelope(cycle)
        envelope.with_user(self.releaser).action_cancel_envelope()
        with self.assertRaisesRegex(UserError, "already"):
            envelope.with_user(self.releaser).action_cancel_envelope()
        self.assertEqual(len(self.steps(cycle, "cancellation")), 1)
        self.assertFalse(self.steps(cycle, "amendment"), "what is cancelled is not amended")

    def test_a_cancellation_that_was_refused_can_be_asked_for_again(self):
        cycle, _manager, envelope, _requests = self.make_sent(members=1)
        envelope.with_user(self.releaser).action_cancel_envelope()
        first = self.steps(cycle, "cancellation")
        self.send(first, answer({"disbursement_envelope_id": None}, "DISBURSEMENT_ENVELOPE_NOT_FOUND"))
        self.assertEqual(first.state, "rejected")
        summaries = cycle.sudo().payment_batch_ids.activity_ids.mapped("summary")
        self.assertTrue(
            any("did not let the envelope be cancelled" in (text or "") for text in summaries), summaries
        )
        envelope.with_user(self.releaser).action_cancel_envelope()
        self.assertEqual(len(self.steps(cycle, "cancellation")), 2)
