"""The envelope summary: what the bridge said last, beside what was declared, in words; without asking anybody."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .bridge_manager_case import ENVELOPE_ID, BridgeManagerCase, answer

SUMMARY = "g2p.cycle.envelope.summary"
REPORT = "g2p_payment_g2p_connect.action_generate_summary_extended"


@tagged("post_install", "-at_install")
class TestBridgeSummary(BridgeManagerCase):
    def summaries(self, cycle, user=None):
        action = cycle.with_user(user or self.officer).action_open_envelopes()
        return self.env[SUMMARY].with_user(user or self.officer).search(action["domain"])

    def test_it_says_what_was_declared_and_what_the_bridge_said_last(self):
        cycle, _manager, envelope, _request = self.make_sent(members=3)
        self.ask(envelope, self.status(1, 100))
        self.ask(
            envelope,
            self.status(
                3,
                300,
                funds_available_with_bank="FUNDS_AVAILABLE",
                funds_available_attempts=1,
                funds_blocked_with_bank="FUNDS_BLOCK_SUCCESS",
                funds_blocked_attempts=2,
                funds_blocked_reference_number="B-77",
                number_of_disbursements_shipped=2,
                number_of_disbursements_reconciled=1,
            ),
        )
        summary = self.summaries(cycle)
        expected = {
            "disbursement_envelope_id": ENVELOPE_ID,
            "envelope_state": "sent",
            "number_of_disbursements_declared": 3,
            "total_disbursement_amount_declared": 300.0,
            "number_of_disbursements_received": 3,
            "total_disbursement_amount_received": 300.0,
            "funds_available_with_bank": "FUNDS_AVAILABLE",
            "funds_available_latest_timestamp": "2026-11-21T00:23:21.753398",
            "funds_available_latest_error_code": False,
            "funds_available_attempts": 1,
            "funds_blocked_with_bank": "FUNDS_BLOCK_SUCCESS",
            "funds_blocked_attempts": 2,
            "funds_blocked_reference_number": "B-77",
            "id_mapper_resolution_required": True,
            "number_of_disbursements_shipped": 2,
            "number_of_disbursements_reconciled": 1,
            "number_of_disbursements_reversed": 0,
            "problems": False,
            "is_good": True,
        }
        self.assertEqual({name: summary[name] for name in expected}, expected)
        self.assertEqual(summary.cycle_id, cycle)
        self.assertTrue(summary.asked_at)
        tomorrow = fields.Date.today() + timedelta(days=1)
        self.assertEqual(summary.disbursement_schedule_date, max(tomorrow, cycle.start_date))

    def test_it_says_in_words_what_is_wrong(self):
        cycle, _manager, envelope, _request = self.make_sent(members=3)
        self.assertIn("has not told anything of it yet", self.summaries(cycle).problems)
        self.ask(
            envelope,
            self.status(2, 200, funds_available_with_bank="FUNDS_NOT_AVAILABLE", funds_available_attempts=1),
        )
        text = self.summaries(cycle).problems
        self.assertIn("2 of 3 payments have arrived, and 200 of 300", text)
        self.assertIn("There is not enough money in the program's account", text)
        late = fields.Date.to_string(fields.Date.today() + timedelta(days=60))
        self.ask(envelope, self.status(3, 300, sent_at=f"{late}T10:00:00"))
        self.assertIn("the bridge has given no payment to the bank", self.summaries(cycle).problems)

    def test_what_is_not_its_status_is_not_shown(self):
        cycle, _manager, envelope, _request = self.make_sent(members=1)
        self.ask(envelope, self.status(1, 100))
        for other in (self.status(9, 900, envelope_id="1795229999999"), answer(None, "ANY_CODE")):
            self.ask(envelope, other)
            self.assertEqual(self.summaries(cycle).number_of_disbursements_received, 1)

    def test_an_envelope_that_is_cancelled_says_so(self):
        cycle, _manager, envelope, _request = self.make_sent(members=1)
        self.ask(envelope, self.status(0, 0))
        envelope.with_user(self.releaser).action_cancel_envelope()
        self.assertIn("Money that has gone before stays gone", self.summaries(cycle).problems)

    def test_looking_at_it_asks_nobody_and_a_button_has_the_engine_ask(self):
        cycle, _manager, envelope, _request = self.make_sent(members=1)
        asked = len(self.bridge.requests)
        envelope._guarded_write({"next_question_at": fields.Datetime.now() + timedelta(days=1)})
        summary = self.summaries(cycle)
        self.assertEqual(len(self.bridge.requests), asked)
        with self.enter_registry_test_mode():
            self.assertEqual(summary.action_ask_again()["tag"], "display_notification")
        self.assertLessEqual(envelope.next_question_at, fields.Datetime.now())
        self.assertEqual(summary.action_open_submission()["res_id"], envelope.id)

    def test_an_envelope_that_is_settled_can_still_be_looked_at(self):
        cycle, _manager, envelope, request = self.make_sent(members=1)
        self.ask(envelope, self.status(1, 100))
        self.ask(request, self.statements(request.payment_ids))
        self.assertEqual(envelope.state, "done")
        self.assertEqual(self.summaries(cycle).number_of_disbursements_received, 1)

    def test_summaries_take_a_query_for_all_envelopes_and_none_for_each_answer(self):
        cycle, _manager, envelope, _request = self.make_sent(members=1)
        counts = []
        cycle.action_open_envelopes()
        for _more in range(2):
            for _again in range(3):
                self.ask(envelope, self.status(1, 100))
            counts.append(self.count_queries(cycle.action_open_envelopes))
        self.assertEqual(*counts)

    # ---- the report -------------------------------------------------------------------------------------------
    def test_report_prints_one_page_for_each_envelope(self):
        cycle, _manager, envelope, _request = self.make_sent(members=2)
        self.ask(envelope, self.status(2, 200))
        action = cycle.with_user(self.officer).generate_summary()
        self.assertEqual(action["report_name"], "g2p_payment_g2p_connect.envelope_summary")
        self.assertEqual(action["report_type"], "qweb-pdf")
        ids = self.env[SUMMARY].with_user(self.officer).search([]).ids
        report = self.env.ref(REPORT).with_user(self.officer)
        html = report._render_qweb_html(REPORT, ids)[0].decode()
        for part in (ENVELOPE_ID, cycle.name, "Declared", "PENDING_CHECK"):
            self.assertIn(part, html)

    # ---- rights -----------------------------------------------------------------------------------------------
    def test_cycle_without_envelopes_has_none_to_show(self):
        cycle, _manager, _submissions = self.make_open(members=1)
        self.assertFalse(cycle.disbursement_envelope_id)
        self.assertEqual(cycle.envelopes_count, 0)
        for look in (cycle.action_open_envelopes, cycle.generate_summary):
            with self.assertRaisesRegex(UserError, "has no envelope"):
                look()

    def test_everybody_sees_his_own_summaries_only_and_changes_none(self):
        cycle, _manager, _envelope, _request = self.make_sent(members=1)
        mine = self.summaries(cycle)
        self.assertTrue(mine)
        other = self.summaries(cycle, self.finance)
        self.assertNotEqual(mine, other)
        with self.assertRaises(AccessError):
            mine.with_user(self.finance).read(["problems"])
        for attempt in (
            lambda: mine.write({"problems": False}),
            mine.unlink,
            lambda: mine.copy(),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_who_may_not_see_payments_sees_no_summary(self):
        cycle, _manager, _envelope, _request = self.make_sent(members=1)
        for user in (self.registrar, self.env.ref("base.public_user")):
            for method in ("action_open_envelopes", "generate_summary"):
                with self.subTest(method, user=user.login), self.assertRaises(AccessError):
                    getattr(cycle.with_user(user).sudo(False), method)()
