"""What a bridge tells of payments: ids, bank statements, reversals; and what it cannot tell."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from ..models.payment_manager_bridge import DETAIL_FIELDS
from .bridge_manager_case import ENVELOPE_ID, BridgeManagerCase, answer


@tagged("post_install", "-at_install")
class TestBridgeNews(BridgeManagerCase):
    def test_ids_of_the_bridge_stand_on_the_payments(self):
        cycle, _manager, envelope, request = self.make_sent()
        for payment in request.payment_ids:
            self.assertEqual(payment.disbursement_id, self.bridge_id(payment.name))
            self.assertEqual(payment.disbursement_envelope_id, ENVELOPE_ID)
            self.assertEqual((payment.state, payment.dispatch_status), ("sent", "sent"))
        self.assertEqual((cycle.disbursement_envelope_id, cycle.envelopes_count), (ENVELOPE_ID, 1))
        self.assertEqual(envelope.state, "sent")

    def test_payments_are_asked_about_by_these_ids(self):
        _cycle, _manager, _envelope, request = self.make_sent()
        self.assertTrue(self.ask(request, self.statements(request.payment_ids)))
        self.assertEqual(self.bridge.requests[-1][0], "get_disbursement_status")
        self.assertEqual(set(self.bridge.last_message), set(request.payment_ids.mapped("external_reference")))

    def test_paid_is_final_with_what_the_statement_says(self):
        _cycle, _manager, envelope, request = self.make_sent(members=2)
        payment = request.payment_ids[0]
        self.ask(request, self.statements(request.payment_ids))
        self.assertEqual(set(request.payment_ids.mapped("status")), {"paid"})
        self.assertEqual(
            (payment.remittance_reference_number, payment.remittance_statement_id),
            (f"rem-{payment.id}", "stm-1"),
        )
        self.assertEqual(payment.payment_datetime.date().isoformat(), "2026-11-23", "the value date")
        self.assertEqual(payment.amount_paid, payment.amount_issued)
        self.assertEqual((request.state, envelope.state), ("done", "done"))
        self.assertFalse(payment.reversal_reason)

    def test_reversals_are_watched_for_after_everything_is_paid(self):
        _cycle, manager, _envelope, request = self.make_sent(members=1, manager={"reversal_watch_days": 7})
        payment = request.payment_ids
        self.ask(request, self.statements(payment))
        self.assertEqual(request.state, "done")
        self.assertEqual((request.watch_until - request.write_date).days, 7)
        self.assertTrue(self.ask(request, self.statements(payment, reversed_for="ACCOUNT_CLOSED")))
        self.assertEqual((payment.status, payment.reversal_reason), ("paid", "ACCOUNT_CLOSED"))
        self.assertEqual(payment.reversal_statement_id, "stm-2")
        self.assertEqual(payment.reversal_ids.reason_code, "ACCOUNT_CLOSED")
        self.assertFalse(payment.reversal_confirmed, "finance confirms it")
        self.assertEqual(manager._rail_watch_days(), 7)

    def test_only_a_bridge_is_watched(self):
        manager = self.make_manager(
            self.make_program(), api_mode="sync", payer_fa="account:1@b", locale="eng", reversal_watch_days=9
        )
        self.assertEqual(manager._rail_watch_days(), 0)

    def test_paid_and_come_back_before_anybody_asked(self):
        _cycle, _manager, _envelope, request = self.make_sent(members=1)
        payment = request.payment_ids
        self.ask(request, self.statements(payment, reversed_for="ACCOUNT_CLOSED"))
        self.assertEqual((payment.status, len(payment.reversal_ids)), ("paid", 1))

    def test_statement_of_another_envelope_is_not_believed(self):
        _cycle, _manager, _envelope, request = self.make_sent(members=1)
        self.ask(request, self.statements(request.payment_ids, envelope_id="1795229999999"))
        self.assertEqual(request.payment_ids.state, "sent")

    def test_lost_answer_of_an_envelope_opens_another_only_when_it_was_proven(self):
        cycle, _manager, _submissions = self.make_open(members=1)
        envelope, request = self.steps(cycle)
        self.send(envelope, Answer(fault=Fault.TIMEOUT, note="deadline passed"))
        self.assertEqual(envelope.state, "unknown")
        self.assertFalse(self.send(request))
        self.ask(envelope, answer(None, "DISBURSEMENT_ENVELOPE_NOT_FOUND"))
        self.assertEqual(self.bridge.last_message, envelope.key)
        self.assertEqual(envelope.state, "unknown", "once is not enough, and the call may live still")

    def test_lost_answer_of_a_request_holds_the_next_and_tells_by_the_counts(self):
        _cycle, _manager, _submissions = self.make_open(members=2)
        cycle = _cycle
        self.open_envelope(cycle)
        request = self.steps(cycle, "disbursements")
        self.send(request, Answer(fault=Fault.TIMEOUT, note="deadline passed"))
        self.assertEqual((request.state, request.payment_ids[0].dispatch_status), ("unknown", "pending"))
        self.ask(request, self.status(2, 200))
        self.assertEqual(self.bridge.requests[-1][0], "get_disbursement_envelope_status")
        self.assertEqual((request.state, request.last_code), ("sent", "ids.lost"))
        self.assertEqual(set(request.payment_ids.mapped("state")), {"sent"})
        notes = cycle.sudo().payment_batch_ids.activity_ids.mapped("summary")
        self.assertTrue([note for note in notes if "their ids were lost" in note], notes)

    def test_refused_list_gives_its_payments_back(self):
        cycle, _manager, _submissions = self.make_open(members=2)
        self.open_envelope(cycle)
        request = self.steps(cycle, "disbursements")
        self.send(request, self.refused("INVALID_DISBURSEMENT_PAYLOAD"))
        self.assertEqual(request.state, "rejected")
        payments = request.payment_ids
        self.assertEqual(set(payments.mapped("state")), {"issued"})
        self.assertEqual(set(payments.mapped("dispatch_status")), {"pending"})
        self.assertFalse(any(payments.mapped("amount_paid")))

    def test_what_is_wrong_with_the_funds_is_told_to_finance_once(self):
        cycle, _manager, envelope, _request = self.make_sent(members=1)
        counts = []
        for _again in range(2):
            said = self.status(
                1, 100, funds_available_with_bank="FUNDS_NOT_AVAILABLE", funds_available_attempts=1
            )
            self.ask(envelope, said)
            notes = cycle.sudo().payment_batch_ids.activity_ids.mapped("summary")
            counts.append(len([note for note in notes if "not enough money" in note]))
        self.assertTrue(counts[0])
        self.assertEqual(*counts)
        self.assertEqual(envelope.last_code, "funds.not_available")

    def test_payees_name_at_the_bank_is_nowhere_but_in_the_stored_answer(self):
        _cycle, _manager, _envelope, request = self.make_sent(members=1)
        self.ask(request, self.statements(request.payment_ids))
        for record in (request, request.payment_ids, request.batch_id):
            values = record.read([name for name, field in record._fields.items() if field.store])
            self.assertNotIn("Canary Of The Bank", str(values))

    # ---- the fields -------------------------------------------------------------------------------------------
    def test_payments_are_found_by_what_became_of_them_at_the_bridge(self):
        cycle, _manager, _envelope, request = self.make_sent(members=2)
        other, _manager, _submissions = self.make_open(members=1)
        payments = self.env["g2p.payment"]
        ours = [("cycle_id", "in", (cycle | other).ids)]
        sent, pending = request.payment_ids, other.sudo().payment_batch_ids.payment_ids
        for domain, expected in (
            ([("dispatch_status", "=", "sent")], sent),
            ([("dispatch_status", "=", "pending")], pending),
            ([("dispatch_status", "!=", "sent")], pending),
            ([("dispatch_status", "in", ("sent", "pending"))], sent | pending),
            ([("disbursement_envelope_id", "=", ENVELOPE_ID)], sent),
            ([("disbursement_id", "=", sent[0].external_reference)], sent[0]),
        ):
            with self.subTest(domain):
                self.assertEqual(payments.search([*ours, *domain]), expected.sorted("id", reverse=True))

    def test_nobody_writes_what_the_bridge_tells(self):
        _cycle, _manager, _envelope, request = self.make_sent(members=1)
        payment = request.payment_ids
        for name in DETAIL_FIELDS:
            for who in (self.env.user, self.g2padmin, self.officer):
                with self.subTest(name, user=who.login), self.assertRaises(UserError):
                    payment.with_user(who).write({name: "x"})
        before = payment.disbursement_id, payment.disbursement_envelope_id
        payment.write({"disbursement_id": "x", "disbursement_envelope_id": "x"})
        payment.invalidate_recordset()
        self.assertEqual((payment.disbursement_id, payment.disbursement_envelope_id), before)
        self.assertEqual(payment.external_reference, before[0])

    def test_rows_fill_no_other_field_than_those_that_are_named(self):
        manager = self.make_manager(self.make_program())
        self.assertEqual(manager._rail_detail_fields(), list(DETAIL_FIELDS))

    def test_mode_of_payment_decides_nothing(self):
        people = self.make_registrants(2)
        self.give_accounts(people)
        people[0].mode_of_payment = "cash"
        cycle, _manager = self.make_payable(people)
        cycle.prepare_payment()
        self.assertEqual(len(cycle.sudo().payment_batch_ids.payment_ids), 2)
