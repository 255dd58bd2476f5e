"""A Cash Transfer Bridge in the synchronous mode: what its switch does, and what it cannot be combined with."""

import json
from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from odoo.addons.g2p_programs.dispatch import claim, news
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from .common import MODEL, G2PConnectManagerCase
from .test_client import RecordingTransport

GONE = Answer(fault=Fault.NOT_SENT, note="ConnectionError")
REFUSED = Answer(
    status=400, body='{"errors":[{"code":"G2P-REQ-102","message":"Invalid Input. Field required"}]}'
)
TAKEN = {"header": {"status": "rcvd"}, "message": {"disbursements_status": []}}
ASYNC = {"api_mode": "async", "callback_base_url": "https://odoo.example.org"}


@tagged("post_install", "-at_install")
class TestCashTransferBridgeManager(G2PConnectManagerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.env.ref("base.user_admin")

    def setUp(self):
        super().setUp()
        self.transport = RecordingTransport()

    def send(self, submission, answer):
        """Send a submission as its job would; the transport keeps what is sent."""
        env = self.env(su=True)
        env.flush_all()
        call = claim.claim(env, submission.id)
        self.assertIsNotNone(call, submission.hold_reason)
        call.client.submit(self.transport, call.data)
        news.store(env, call, answer)
        news.apply_pending(env, submission.id)
        self.env.invalidate_all()

    @property
    def bodies(self):
        return [json.loads(request.body) for request in self.transport.requests]

    def make_sent(self, *answers, **manager):
        """Return a submission of three payments that was tried once for each of the answers."""
        _cycle, _manager, submission = self.make_open(manager={"cash_transfer_bridge": True, **manager})
        for answer in answers:
            self.send(submission, answer)
        return submission

    def test_messages_have_an_empty_signature_and_payments_a_moment(self):
        self.make_sent(Answer(status=200, body=json.dumps(TAKEN)))
        body = self.bodies[-1]
        self.assertEqual(body["signature"], "")
        items = body["message"]["disbursements"]
        self.assertEqual(len(items), 3)
        (moment,) = {item["scheduled_timestamp"] for item in items}
        self.assertIsNotNone(datetime.fromisoformat(moment).tzinfo)
        self.assertTrue(moment.endswith("+00:00"))

    def test_every_try_names_the_moment_of_the_first(self):
        submission = self.make_sent(GONE)
        self.assertEqual(submission.state, "queued")
        stored = submission.payload
        self.assertIn(submission.settings["scheduled_timestamp"], stored)
        self.env.cr.execute(
            "UPDATE g2p_payment_submission SET next_try_at = NULL WHERE id = %s", (submission.id,)
        )
        submission.invalidate_recordset(flush=False)
        self.send(submission, GONE)
        self.assertEqual(submission.payload, stored)
        first, second = (json.dumps(body["message"]) for body in self.bodies)
        self.assertEqual(first, second)

    def test_refusal_leaves_the_payments_free(self):
        submission = self.make_sent(REFUSED)
        self.assertEqual(submission.state, "rejected")
        self.assertEqual(set(submission.payment_ids.mapped("state")), {"issued"})

    def test_nothing_of_it_is_sent_to_others(self):
        for manager in ({"cash_transfer_bridge": False}, ASYNC):
            with self.subTest(manager):
                self.make_sent(GONE, **manager)
                body = self.bodies[-1]
                self.assertNotIn("signature", body)
                for item in body["message"]["disbursements"]:
                    self.assertNotIn("scheduled_timestamp", item)

    def test_what_was_released_decides(self):
        cycle, manager = self.make_payable()
        cycle.prepare_payment()
        batches = self.release(cycle)
        manager.cash_transfer_bridge = True
        batches.send_payment()
        submission = self.submissions(cycle)
        self.send(submission, GONE)
        self.assertNotIn("signature", self.bodies[-1])

    # ---- settings ---------------------------------------------------------------------------------------------
    def test_it_is_off_unless_it_is_said(self):
        self.assertFalse(self.make_manager(self.make_program()).cash_transfer_bridge)

    def test_repeated_key_is_never_taken_for_proof(self):
        manager = self.make_manager(self.make_program(), cash_transfer_bridge=True)
        with self.assertRaisesRegex(ValidationError, "T Connect.*cannot be switched on"):
            manager.with_user(self.administrator).refuses_repeated_key = True
        manager.with_user(self.administrator).write(
            {"cash_transfer_bridge": False, "refuses_repeated_key": True}
        )
        with self.assertRaisesRegex(ValidationError, "pays it again"):
            manager.with_user(self.officer).cash_transfer_bridge = True

    def test_encryption_and_repeated_keys_are_told_at_once(self):
        vals = {"cash_transfer_bridge": True, "encrypts": True, "refuses_repeated_key": True}
        with self.assertRaises(ValidationError) as caught:
            self.env[MODEL].create(self.manager_vals(self.make_program(), **vals)).flush_recordset()
        for part in ("Switch Encryption off", "pays it again"):
            self.assertIn(part, str(caught.exception))

    def test_other_modes_are_not_bound_by_it(self):
        manager = self.make_manager(
            self.make_program(), cash_transfer_bridge=True, refuses_repeated_key=True, **ASYNC
        )
        self.assertFalse(manager._rail_settings()["cash_transfer_bridge"])
        with self.assertRaisesRegex(ValidationError, "pays it again"):
            manager.api_mode = "sync"

    def test_form_shows_it_in_the_synchronous_mode_only(self):
        form = Form(self.make_manager(self.make_program()))
        for mode in ("sync", "async", "bridge"):
            form.api_mode = mode
            with self.subTest(mode):
                self.assertEqual(form._get_modifier("cash_transfer_bridge", "invisible"), mode != "sync")
