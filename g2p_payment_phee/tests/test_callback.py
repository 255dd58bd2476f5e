"""A callback is a hint to ask, and nothing else."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Datetime
from odoo.tests import HttpCase, tagged

from ..models import payment_submission
from .manager_case import PHEEManagerCase

BATCH = "6d0f3c1e-6a1a-4f3e-9b53-0f4b8f1f7a10"


@tagged("post_install", "-at_install")
class TestCallback(PHEEManagerCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.manager, self.batches, self.submission = self.make_open(
            manager={"use_callbacks": True, "callback_base_url": "https://odoo.example.org"}
        )
        self.later = Datetime.now().replace(microsecond=0) + timedelta(hours=1)
        self.submission._guarded_write(
            {"state": "sent", "claim_token": "x", "correlation": BATCH, "next_question_at": self.later}
        )
        self.env.flush_all()

    @property
    def path(self):
        return self.manager._get_callback_url().removeprefix("https://odoo.example.org")

    def call(self, body, path=None):
        """Call back with a body (text, or JSON values) and return the response."""
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.url_open(
            path or self.path, data=text or b" ", headers={"Content-Type": "application/json"}
        )

    def is_hinted(self):
        self.submission.invalidate_recordset()
        return self.submission.next_question_at < self.later

    def untouched(self):
        """Return everything of submission and payments that an answer could change."""
        self.env.invalidate_all()
        values = self.submission.read()[0]
        for name in ("next_question_at", "write_date", "write_uid"):
            values.pop(name, None)
        return values, self.batches.payment_ids.read(["state", "status", "amount_paid", "disputed"])

    def test_callback_brings_the_next_question_forward_and_changes_nothing_else(self):
        before = self.untouched()
        body = {"clientCorrelationId": "x", "batchId": BATCH, "message": "… was complete with : 100"}
        response = self.call(body)
        self.assertEqual((response.status_code, response.text), (200, ""))
        self.assertTrue(self.is_hinted())
        self.assertEqual(self.untouched(), before)
        job = self.env["queue.job"].search([("identity_key", "=", f"g2p_question_{self.submission.id}")])
        self.assertEqual(len(job), 1)
        self.assertFalse(self.submission.exchange_ids, "a hint is no news")

    def test_answer_is_the_same_whatever_is_said(self):
        bodies = (
            {"batchId": "00000000-0000-4000-8000-000000000000"},
            {"batchId": f"{BATCH}' OR 1=1"},
            {"batchId": ["x"]},
            "not json",
            b"\xff\xfe",
            "[" * 2000,
            "x" * 100_000,
        )
        for body in bodies:
            with self.subTest(body if isinstance(body, dict) else str(body)[:20]):
                response = self.call(body)
                self.assertEqual((response.status_code, response.text), (200, ""))
        self.assertNotIn("Set-Cookie", response.headers)

    def test_other_batch_hints_at_nothing(self):
        self.call({"batchId": "00000000-0000-4000-8000-000000000000"})
        self.assertFalse(self.is_hinted())

    def test_text_of_older_versions_names_no_batch_and_all_that_is_open_is_asked_about(self):
        self.call(json.dumps("The Batch Aggregation API was complete with : 100"))
        self.assertTrue(self.is_hinted())

    def test_many_callbacks_are_one_question(self):
        for _time in range(5):
            self.call({"batchId": BATCH})
        self.assertEqual(self.env["queue.job"].search_count([("method_name", "=", "_job_ask")]), 1)

    def test_question_that_was_just_asked_is_not_asked_again_at_once(self):
        self.env["g2p.payment.exchange"].create({"submission_id": self.submission.id, "kind": "question"})
        self.env.flush_all()
        # What a test creates is as old as its transaction.
        with patch.object(payment_submission, "HINT_PAUSE", 1800):
            self.call({"batchId": BATCH})
        self.assertTrue(self.is_hinted())
        self.assertGreater(self.submission.next_question_at, Datetime.now())
        self.assertFalse(self.env["queue.job"].search_count([("method_name", "=", "_job_ask")]))

    def test_what_is_settled_or_queued_is_not_asked_about(self):
        for state in ("queued", "done", "rejected", "cancelled", "sending"):
            with self.subTest(state):
                self.submission._guarded_write({"state": state})
                self.env.flush_all()
                self.call({"batchId": BATCH})
                self.assertFalse(self.is_hinted())

    def test_wrong_addresses_are_not_found_and_say_nothing(self):
        token = self.path.rpartition("/")[2]
        base = "/g2p_payment_phee/callback"
        other = self.make_manager(self.make_program())
        wrong = (
            f"{base}/{self.manager.id}/{'0' * 64}",
            f"{base}/{self.manager.id}/{token[:-1]}",
            f"{base}/{self.manager.id}/%C5%BC",
            f"{base}/{other.id}/{token}",
            f"{base}/999999/{token}",
            f"{base}/x/{token}",
        )
        for path in wrong:
            with self.subTest(path):
                response = self.call({"batchId": BATCH}, path)
                self.assertEqual(response.status_code, 404)
                self.assertNotIn("T Hub", response.text)
        self.assertFalse(self.is_hinted())

    def test_renewed_or_switched_off_address_is_not_found(self):
        old = self.path
        self.manager.with_user(self.officer).action_renew_callback_address()
        self.assertNotEqual(self.path, old)
        self.assertEqual(self.call({"batchId": BATCH}, old).status_code, 404)
        new = self.path
        self.manager.use_callbacks = False
        self.assertEqual(self.call({"batchId": BATCH}, new).status_code, 404)
        self.assertEqual(self.manager._get_callback_url(), "")

    def test_neutralized_copy_takes_no_callbacks(self):
        path = self.path
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.assertEqual(self.call({"batchId": BATCH}, path).status_code, 404)
        self.assertFalse(self.is_hinted())

    def test_manager_of_another_company_is_called_back_as_well(self):
        company = self.env["res.company"].create({"name": "T Other Company"})
        self.manager.program_id.sudo()._write({"company_id": company.id})
        self.env.invalidate_all()
        self.assertEqual(self.call({"batchId": BATCH}).status_code, 200)
        self.assertTrue(self.is_hinted())

    def test_address_is_given_to_the_hub_and_lies_nowhere(self):
        token = self.path.rpartition("/")[2]
        client = self.manager._rail_client(self.manager._get_batch_settings(self.batches))
        self.assertTrue(client._credentials.callback_url.endswith(token))
        self.env.flush_all()
        self.env.cr.execute("SELECT row_to_json(t)::text FROM g2p_program_payment_manager_phee t")
        self.assertNotIn(token, str(self.env.cr.fetchall()))
        self.assertNotIn(token, str(self.batches.released_settings))

    def test_callbacks_need_an_address_that_the_hub_can_call(self):
        self.manager.callback_base_url = "https://odoo.example.org/x"
        for address in ("http://odoo.example.org", "odoo.example.org", "https://a:b@odoo.example.org"):
            with self.subTest(address), self.assertRaisesRegex(ValidationError, "T Hub: Callback Base URL"):
                self.manager.callback_base_url = address
