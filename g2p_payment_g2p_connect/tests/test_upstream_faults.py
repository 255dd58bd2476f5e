"""The seventeen faults of the clients that this addon follows in names: each is impossible here.

1 to 9 are of the client for a G2P Bridge, here all the way from the cycle to the wire (their parts in plain Python are
in ``test_bridge_upstream_faults.py``); 10 to 17 are of the older client for the official API.
"""

import json
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch import claim, news
from odoo.addons.g2p_programs.dispatch.outcome import (
    Answer,
    Fault,
    Found,
    PaymentData,
    Rejected,
    SubmissionData,
    Unknown,
)
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .. import const
from ..addresses import payee_fa
from ..payload import wire_amount
from .bridge_manager_case import ENVELOPE_ID, BridgeManagerCase, answer
from .common import G2PConnectManagerCase
from .protection_case import our_envelope, pair_of_protections, their_envelope
from .test_client import SETTINGS, SUBMISSION, RecordingTransport, make_client, payment
from .test_reading import disburse, errors, read, read_question, results, row, told


@tagged("post_install", "-at_install")
class TestFaultsOfTheBridgeClient(BridgeManagerCase):
    def sent_lines(self):
        """Return all payments that were put into envelopes so far, as they stood on the wire."""
        lists = [body["message"] for path, body in self.bridge.requests if path == "create_disbursements"]
        return [line for one in lists for line in one]

    def test_fault_01_a_refusal_in_http_200_is_neither_sent_nor_paid(self):
        cycle, _manager, _submissions = self.make_open(members=2)
        self.open_envelope(cycle)
        request = self.steps(cycle, "disbursements")
        self.send(request, self.refused("INVALID_DISBURSEMENT_PAYLOAD"))
        self.assertEqual((request.state, request.last_code), ("rejected", "INVALID_DISBURSEMENT_PAYLOAD"))
        for one in request.payment_ids:
            self.assertEqual(
                (one.state, one.status, one.dispatch_status, one.amount_paid, one.disbursement_id),
                ("issued", False, "pending", 0.0, False),
            )

    def test_fault_02_a_refused_envelope_is_told_and_nothing_is_ever_put_into_none(self):
        cycle, _manager, _submissions = self.make_open(members=1)
        envelope, request = self.steps(cycle)
        self.send(envelope, answer({"disbursement_envelope_id": None}, "INVALID_PROGRAM_MNEMONIC"))
        self.assertEqual((envelope.state, envelope.last_code), ("rejected", "INVALID_PROGRAM_MNEMONIC"))
        self.assertFalse(cycle.disbursement_envelope_id)
        self.assertFalse(self.send(request))
        self.assertEqual(self.bridge.paths, ["create_disbursement_envelope"])
        # Nobody is skipped for ever: it can be sent again.
        envelope.with_user(self.releaser).action_queue_again()
        self.assertTrue(self.send(envelope, self.envelope_made()))
        self.assertTrue(self.send(request, self.taken(request)))

    def test_fault_02_the_day_is_never_over_when_a_cycle_began_before(self):
        cycle, manager, _submissions = self.make_open(members=1)
        begun = self.env["g2p.cycle"].new(
            {"start_date": self.today - timedelta(days=40), "end_date": self.today}
        )
        released = cycle.sudo().payment_batch_ids.released_settings
        tomorrow = fields.Datetime.now().date() + timedelta(days=1)
        self.assertEqual(manager._get_schedule_date(begun, released), tomorrow)

    def test_fault_03_what_is_declared_is_what_is_sent(self):
        people = self.make_registrants(4)
        self.give_accounts(people[:3])  # the last cannot be paid
        cycle, _manager = self.make_payable(people)
        cycle.prepare_payment()
        self.release(cycle).send_payment()
        envelope = self.open_envelope(cycle)
        for request in self.steps(cycle, "disbursements"):
            self.send(request, self.taken(request))
        declared, sent = json.loads(envelope.payload), self.sent_lines()
        self.assertEqual(len(sent), 3)
        self.assertEqual(declared["number_of_disbursements"], len(sent))
        self.assertEqual(declared["number_of_beneficiaries"], len({one["beneficiary_id"] for one in sent}))
        self.assertEqual(
            declared["total_disbursement_amount"], sum(one["disbursement_amount"] for one in sent)
        )

    def test_fault_04_what_is_prepared_later_gets_an_envelope_of_its_own(self):
        people = self.make_registrants(3)
        self.give_accounts(people[:2])
        cycle, _manager = self.make_payable(people)
        cycle.prepare_payment()
        self.release(cycle).send_payment()
        first = self.open_envelope(cycle)
        self.send(first.opened_ids, self.taken(first.opened_ids))
        self.give_accounts(people[2])
        cycle.prepare_payment()
        (later,) = cycle.payment_batch_ids.filtered(lambda one: not one.released)
        later.with_user(self.releaser).release_payments()
        later.with_user(self.releaser).send_payment()
        second = self.open_envelope(cycle, "1795220609999")
        self.assertEqual(json.loads(second.payload)["number_of_disbursements"], 1)
        self.assertTrue(self.send(second.opened_ids, self.taken(second.opened_ids)))
        into = [line["disbursement_envelope_id"] for line in self.sent_lines()]
        self.assertEqual(into, [ENVELOPE_ID, ENVELOPE_ID, "1795220609999"])

    def test_fault_05_fractions_are_refused_before_anything_is_sent_and_block_nobody_else(self):
        people = self.make_registrants(2)
        self.give_accounts(people)
        cycle, _manager = self.make_payable(people)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE g2p_entitlement SET initial_amount = 21.5 WHERE cycle_id = %s AND partner_id = %s",
            (cycle.id, people[0].id),
        )
        self.env.invalidate_all()
        cycle.prepare_payment()
        found = self.env["g2p.payment.finding"].search(
            [("cycle_id", "=", cycle.id), ("severity", "=", "blocked")]
        )
        self.assertEqual(found.partner_id, people[0])
        self.assertIn("the bridge pays whole amounts only", found.message)
        self.release(cycle).send_payment()
        envelope = self.open_envelope(cycle)
        self.send(envelope.opened_ids, self.taken(envelope.opened_ids))
        self.assertEqual([line["disbursement_amount"] for line in self.sent_lines()], [100])
        declared = json.loads(envelope.payload)["total_disbursement_amount"]
        self.assertEqual((declared, type(declared)), (100, int))

    def test_fault_06_an_error_is_neither_the_end_nor_a_reason_to_pay_twice(self):
        cycle, _manager, _submissions = self.make_open(members=2)
        self.open_envelope(cycle)
        request = self.steps(cycle, "disbursements")
        self.send(request, Answer(status=500, body='{"errors":[{"code":"G2P-REQ-100","message":"lost"}]}'))
        self.assertEqual(request.state, "unknown")
        self.assertFalse(self.send(request), "it may have arrived: nobody sends it again")
        self.assertTrue(request.next_question_at, "it is asked about by itself")
        self.ask(request, self.status(1, 100))
        self.assertEqual(request.state, "unknown", "half of it proves nothing")
        self.ask(request, self.status(2, 200))
        self.assertEqual((request.state, request.last_code), ("sent", "ids.lost"))
        self.assertEqual(len(self.sent_lines()), 2, "each payment once")
        # What certainly never left is tried again by itself.
        other, _manager, _submissions = self.make_open(members=1)
        envelope = self.steps(other, "envelope")
        self.send(envelope, Answer(fault=Fault.NOT_SENT, note="ConnectionError"))
        self.assertEqual(envelope.state, "queued")

    def test_fault_07_status_settles_payments_and_nothing_is_asked_about_in_vain(self):
        cycle, _manager, envelope, request = self.make_sent(members=3, manager={"reversal_watch_days": 5})
        not_sent, _manager, _submissions = self.make_open(members=1)
        paid, other, back = request.payment_ids
        self.ask(request, self.statements(paid))
        self.assertEqual((paid.state, paid.status, other.state), ("reconciled", "paid", "sent"))
        # However old it is.
        request._guarded_write({"claimed_at": fields.Datetime.now() - timedelta(days=400)})
        self.ask(request, self.statements(other | back))
        ids = request.payment_ids.mapped("external_reference")
        self.assertEqual(sorted(self.bridge.last_message), sorted(ids), "also what is paid, and no 'False'")
        self.assertEqual((request.state, envelope.state), ("done", "done"))
        self.assertFalse(self.ask(self.steps(not_sent, "disbursements")), "what was never sent")
        # And later reversals are not missed.
        self.ask(request, self.statements(back, reversed_for="ACCOUNT_CLOSED"))
        self.assertEqual((back.status, back.reversal_ids.reason_code), ("paid", "ACCOUNT_CLOSED"))
        # What came back is settled, and what was paid too long ago as well.
        other._guarded_write({"status_datetime": fields.Datetime.now() - timedelta(days=6)})
        self.ask(request, self.statements(paid))
        self.assertEqual(self.bridge.last_message, [paid.external_reference])

    def test_fault_08_header_and_envelope_say_real_things(self):
        cycle, _manager, _submissions = self.make_open(
            members=2, manager={"disbursement_frequency": "Monthly", "benefit_program_mnemonic": "WINTER"}
        )
        envelope = self.open_envelope(cycle)
        self.send(envelope.opened_ids, self.taken(envelope.opened_ids))
        bodies = [body for _path, body in self.bridge.requests]
        self.assertFalse([body for body in bodies if "siganature" in body])
        headers = [body["header"] for body in bodies]
        self.assertEqual(len({uuid.UUID(one["message_id"]) for one in headers}), 3)
        for one in headers:
            self.assertIsNotNone(datetime.fromisoformat(one["message_ts"]).tzinfo)
            self.assertEqual((one["meta"], one["sender_id"]), ({}, "t-sender"))
        self.assertEqual(
            [(one["action"], one["total_count"]) for one in headers],
            [
                ("create_disbursement_envelope", 1),
                ("get_disbursement_envelope_status", 1),
                ("create_disbursements", 2),
            ],
        )
        told_envelope = bodies[0]["message"]
        self.assertEqual(
            [
                told_envelope[name]
                for name in ("benefit_program_mnemonic", "disbursement_frequency", "cycle_code_mnemonic")
            ],
            ["WINTER", "Monthly", cycle.name],
        )

    def test_fault_09_beneficiaries_are_ids_and_nobody_is_in_a_request_twice(self):
        people = self.make_registrants(3)
        codeless = self.env["res.bank"].create({"name": "T Codeless"})
        self.give_accounts(people[:2], codeless)
        number = people[0].bank_ids.acc_number
        self.env["res.partner.bank"].create(
            {"partner_id": people[2].id, "acc_number": number, "bank_id": codeless.id}
        )
        cycle, manager = self.make_payable(people, manager={"payee_prefix": False})
        cycle.prepare_payment()
        self.release(cycle).send_payment()
        self.open_envelope(cycle)
        for request in self.steps(cycle, "disbursements"):
            ids = [line["beneficiary_id"] for line in json.loads(self._built(request))]
            self.assertEqual(len(set(ids)), len(ids))
            self.assertFalse([one for one in ids if "False" in one or one.endswith("@")], ids)
        self.assertEqual(len(self.sent_lines()), 3)
        with self.assertRaisesRegex(UserError, "there are no payments"):
            manager._rail_plan(self.env["g2p.payment.batch"])

    def _built(self, request):
        self.send(request, self.taken(request))
        return request.payload

    def test_fault_09_a_phone_that_is_not_given_is_no_beneficiary(self):
        people = self.make_registrants(2)
        self.env["g2p.phone.number"].create({"partner_id": people[0].id, "phone_no": "+32470123456"})
        cycle, _manager = self.make_payable(people, {"payee_id_type": "phone", "payee_prefix": "mobile:"})
        cycle.prepare_payment()
        self.release(cycle).send_payment()
        envelope = self.open_envelope(cycle)
        self.send(envelope.opened_ids, self.taken(envelope.opened_ids))
        self.assertEqual([line["beneficiary_id"] for line in self.sent_lines()], ["mobile:+32470123456"])


@tagged("post_install", "-at_install")
class TestFaultsOfTheOfficialClient(BaseCase):
    def wire(self, client=None, **changes):
        """Return what a client puts on the wire for two payments."""
        transport, client = RecordingTransport(), client or make_client(**changes)
        payload = client.build(SUBMISSION, [payment(1), payment(2)])
        client.submit(transport, replace(SUBMISSION, payload=payload))
        return transport

    def test_fault_10_signatures_are_made_and_tokens_are_sent(self):
        ours, theirs = pair_of_protections()
        body, _headers = our_envelope(ours).close(const.ACTION_DISBURSE, 1, "{}")
        signature = json.loads(body)["signature"]
        self.assertFalse(set("{}") & set(signature), "the template's braces")
        opened = their_envelope(theirs).open_answer(Answer(status=200, body=body.decode()))
        self.assertNotIn("x-g2p-verdict", opened.headers, "the other side believes it")
        transport = self.wire()
        self.assertEqual(transport.requests[0].headers["Authorization"], "Bearer secret-token")
        # Without a plug there is no signature at all, instead of one that is none.
        self.assertNotIn("signature", transport.body)
        unauthorized = make_client(token="").submit(
            transport, replace(SUBMISSION, payload='{"disbursements":[]}')
        )
        self.assertIs(unauthorized.fault, Fault.NOT_SENT)

    def test_fault_11_moments_have_a_zone_and_nothing_is_scheduled_that_is_meant_for_now(self):
        body = self.wire().body
        moment = body["header"]["message_ts"]
        self.assertIn("T", moment)
        self.assertIsNotNone(datetime.fromisoformat(moment).utcoffset())
        for item in body["message"]["disbursements"]:
            self.assertNotIn("scheduled_timestamp", item)

    def test_fault_12_addresses_are_financial_addresses_or_stop_the_payment(self):
        for item in self.wire().body["message"]["disbursements"]:
            for name in ("payer_fa", "payee_fa"):
                self.assertRegex(item[name], const.FINANCIAL_ADDRESS)
        phone = PaymentData(1, "PAY-1", "phone", "+232 76 000111", "", "Fatu", "1.00", "SLE")
        settings = replace(SETTINGS, payee_prefix=const.PREFIXES["phone"])
        self.assertEqual(payee_fa(phone, settings), "", "without a provider it is none")
        with_provider = replace(settings, payee_suffix="@telco")
        self.assertEqual(payee_fa(phone, with_provider), "mobile:+23276000111@telco")
        self.assertEqual(set(const.PREFIXES.values()), {"account:", "mobile:", "token:", ""})
        with self.assertRaises(RailRefusal) as caught:
            make_client(payer_fa="").build(SUBMISSION, [payment(1)])
        self.assertEqual(caught.exception.findings, {"PAY-1": "payer"})

    def test_fault_13_amounts_have_two_digits_and_texts_are_cut(self):
        self.assertEqual(
            [wire_amount(text) for text in ("100", "33.3", "1e+16", "100.125")], ["100.00", "33.30", "", ""]
        )
        (item, _other) = self.wire(note="n" * 120, purpose="p" * 120).body["message"]["disbursements"]
        self.assertRegex(item["amount"], r"^\d{1,13}\.\d{1,2}$")
        self.assertEqual((len(item["note"]), len(item["purpose"])), (99, 99))
        with self.assertRaises(RailRefusal) as caught:
            make_client(locale="en_US").build(SUBMISSION, [payment(1)])
        self.assertEqual(caught.exception.findings, {"PAY-1": "locale"})

    def test_fault_14_header_counts_what_is_in_the_message_and_names_who_is_registered(self):
        transport, client = RecordingTransport(), make_client()
        payload = client.build(SUBMISSION, [payment(1)])  # of two payments one was left out
        client.submit(transport, replace(SUBMISSION, payload=payload))
        header = transport.body["header"]
        self.assertEqual(header["total_count"], len(transport.body["message"]["disbursements"]))
        self.assertEqual(
            (header["sender_id"], header["receiver_id"]), (SETTINGS.sender_id, SETTINGS.receiver_id)
        )

    def test_fault_15_answers_are_read(self):
        refused = read(errors("err.signature.invalid"), status=401)
        self.assertIsInstance(refused, Rejected)
        self.assertIsInstance(read(disburse(status="rjct", code="rjct.total_count.invalid")), Rejected)
        self.assertIsInstance(read("<html>Please log in</html>"), Unknown)
        taken = read(disburse(row("PAY-1", "rcvd"), row("PAY-2", "rjct", "rjct.payee_fa.invalid")))
        self.assertEqual(
            {reference: result.value for reference, (result, _code) in results(taken).items()},
            {"PAY-1": "pending", "PAY-2": "failed"},
        )

    def test_fault_16_questions_name_the_batchs_transaction_and_every_right_answer_is_understood(self):
        transport = RecordingTransport()
        make_client().ask(transport, SUBMISSION, ("PAY-1",))
        header, message = transport.body["header"], transport.body["message"]
        self.assertEqual((header["action"], header["total_count"]), ("txn-status", 1))
        self.assertEqual(message["transaction_id"], SUBMISSION.key)
        for as_list in (False, True):  # the official file's object, and what its demo answers
            with self.subTest(as_list=as_list):
                outcome = read_question(told(row("PAY-1"), as_list=as_list))
                self.assertIsInstance(outcome, Found)
                self.assertEqual([one.result.value for one in outcome.rows], ["paid"])


@tagged("post_install", "-at_install")
class TestFaultsOfTheOfficialClientInTheBooks(G2PConnectManagerCase):
    def test_fault_17_only_what_was_sent_and_is_open_is_asked_about(self):
        _cycle, manager, submission = self.make_open(members=3)
        others, _manager, not_sent = self.make_open(members=2)
        payments = submission.payment_ids
        data = submission._get_data()
        self.assertEqual(set(data.references), set(payments.mapped("name")))
        self.assertFalse(
            set(data.references) & set(others.sudo().payment_batch_ids.payment_ids.mapped("name"))
        )
        self.assertNotIn(not_sent.state, ("sent", "unknown"))
        transport = RecordingTransport()
        client = manager._rail_client(manager._rail_settings())
        open_one = payments[0].name
        client.ask(transport, SubmissionData("KEY", 1, "", {}, data.references), (open_one,))
        asked = transport.body["message"]["txnstatus_request"]["attribute_value"]
        self.assertEqual(asked, [open_one])

    def test_fault_17_no_two_payments_share_a_reference(self):
        cycle, _manager = self.make_payable(5)
        cycle.prepare_payment()
        names = cycle.sudo().payment_batch_ids.payment_ids.mapped("name")
        self.assertEqual(len(set(names)), 5)
        self.assertTrue(all(names))

    def answer(self, submission, *rows):
        """Send a submission; it is answered with these rows."""
        env = self.env(su=True)
        env.flush_all()
        call = claim.claim(env, submission.id)
        body = json.dumps(disburse(*rows, key=submission.key))
        with patch.object(RecordingTransport, "send", lambda _self, _request: Answer(status=200, body=body)):
            said = call.client.submit(RecordingTransport(), call.data)
        news.store(env, call, said)
        news.apply_pending(env, submission.id)

    def test_fault_15_what_was_taken_is_sent_in_the_books(self):
        _cycle, _manager, submission = self.make_open(members=1)
        self.answer(submission, row(submission.payment_ids.name, "rcvd"))
        self.assertEqual((submission.state, submission.payment_ids.state), ("sent", "sent"))

    def test_fault_17_answers_settle_no_payment_of_another_program(self):
        _cycle, _manager, submission = self.make_open(members=1)
        _cycle, _manager, other = self.make_open(members=1)
        self.answer(submission, row(submission.payment_ids.name), row(other.payment_ids.name))
        self.assertEqual(submission.payment_ids.status, "paid")
        self.assertEqual((other.payment_ids.state, other.payment_ids.status), ("issued", False))


#: So that nobody counts less than seventeen.
FAULTS = tuple(range(1, 18))


@tagged("post_install", "-at_install")
class TestAllFaultsAreHere(BaseCase):
    def test_every_fault_has_a_test(self):
        names = [
            name
            for case in (
                TestFaultsOfTheBridgeClient,
                TestFaultsOfTheOfficialClient,
                TestFaultsOfTheOfficialClientInTheBooks,
            )
            for name in vars(case)
            if name.startswith("test_fault_")
        ]
        self.assertEqual({int(name.split("_")[2]) for name in names}, set(FAULTS))
