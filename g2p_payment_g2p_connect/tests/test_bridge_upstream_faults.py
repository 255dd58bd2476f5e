"""What the client that this one follows in names does wrong with a bridge: each is impossible here."""

import json
from datetime import datetime
from uuid import UUID

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Rejected, Unknown
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from ..bridge import const, row_rules
from ..bridge.cut import plan
from .bridge_case import SETTINGS, Wire, echo, make_client, payment, read, said, submission


@tagged("post_install", "-at_install")
class TestUpstreamFaults(BaseCase):
    def test_upstream_fault_1_a_refused_list_in_http_200_is_neither_sent_nor_paid(self):
        refused = read(said(echo(ids={}), "INVALID_DISBURSEMENT_PAYLOAD"))
        full = read(said(echo(ids={}), "NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED"))
        self.assertIsInstance(refused, Rejected)
        self.assertIsInstance(full, Unknown)
        for outcome in (refused, full):
            self.assertFalse(getattr(outcome, "rows", ()))

    def test_upstream_fault_2_a_refused_envelope_has_no_id_and_nothing_goes_into_none(self):
        outcome = read(said({"disbursement_envelope_id": None}, "INVALID_PROGRAM_MNEMONIC"), const.ENVELOPE)
        self.assertEqual(outcome, Rejected(code="INVALID_PROGRAM_MNEMONIC"))
        for nothing in ("", "False"):
            with self.assertRaises(RailRefusal):
                make_client(disbursement_envelope_id=nothing).build(submission(), [payment(1)])

    def test_upstream_fault_3_what_is_declared_is_counted_from_what_is_sent(self):
        payments = [payment(1), payment(2, payee_id_value="1"), payment(3)]
        declared = json.loads(submission(const.ENVELOPE, payments).payload)
        by_id, sent = {one.id: one for one in payments}, []
        for ids in plan(payments, SETTINGS):
            sent += json.loads(submission(payments=[by_id[one] for one in ids]).payload)
        self.assertEqual(declared["number_of_disbursements"], len(sent))
        self.assertEqual(declared["number_of_beneficiaries"], len({one["beneficiary_id"] for one in sent}))
        self.assertEqual(
            declared["total_disbursement_amount"], sum(one["disbursement_amount"] for one in sent)
        )
        # And a payee without an address is found before it is declared, not after.
        with self.assertRaises(RailRefusal) as caught:
            make_client().build(submission(const.ENVELOPE), [payment(1), payment(2, payee_id_value="")])
        self.assertEqual(caught.exception.findings, {"PAY-2": "beneficiary"})

    def test_upstream_fault_5_fractions_are_refused_and_never_cut(self):
        payments = [payment(1, amount="10.75"), payment(2, amount="10.75")]
        self.assertEqual(
            row_rules.findings(payments, SETTINGS), dict.fromkeys(("PAY-1", "PAY-2"), ("amount_fraction",))
        )
        for purpose in (const.ENVELOPE, const.DISBURSEMENTS):
            with self.assertRaises(RailRefusal):
                make_client().build(submission(purpose), payments)

    def test_upstream_fault_8_header_and_envelope_say_real_things(self):
        wire, client = Wire(), make_client()
        client.submit(wire, submission(const.ENVELOPE))
        body, header = wire.body, wire.body["header"]
        self.assertTrue(UUID(header["message_id"]))
        self.assertIsNotNone(datetime.fromisoformat(header["message_ts"]).tzinfo)
        self.assertEqual((header["action"], header["total_count"]), ("create_disbursement_envelope", 1))
        self.assertEqual((header["sender_id"], header["meta"]), ("spp.example.org", {}))
        self.assertNotIn("siganature", body)
        self.assertNotIn('"string"', wire.requests[0].body.decode())
        changed = make_client(
            benefit_program_mnemonic="HARVEST",
            cycle_code_mnemonic="Cycle 7",
            disbursement_frequency="Monthly",
        )
        message = json.loads(changed.build(submission(const.ENVELOPE), [payment(1)]))
        self.assertEqual(
            (
                message["benefit_program_mnemonic"],
                message["cycle_code_mnemonic"],
                message["disbursement_frequency"],
            ),
            ("HARVEST", "Cycle 7", "Monthly"),
        )

    def test_upstream_fault_9_beneficiaries_are_real_and_nobody_is_in_a_request_twice(self):
        for changes in (
            {"payee_bank_code": "False"},
            {"payee_id_value": "False"},
            {"payee_id_type": "phone", "payee_id_value": "False"},
            {"payee_id_type": "phone", "payee_id_value": ""},
        ):
            self.assertEqual(
                row_rules.findings([payment(1, **changes)], SETTINGS), {"PAY-1": ("beneficiary",)}
            )
        twins = [payment(1), payment(2, payee_id_value="1")]
        self.assertEqual(plan(twins, SETTINGS), [(1,), (2,)])
        with self.assertRaises(RailRefusal):
            make_client().build(submission(), twins)

    def test_upstream_fault_9_an_empty_batch_is_refused_and_does_not_fail(self):
        self.assertEqual(plan([], SETTINGS), [])
        for purpose in (const.ENVELOPE, const.DISBURSEMENTS):
            with self.assertRaises(RailRefusal) as caught:
                make_client().build(submission(purpose), [])
            self.assertEqual(list(caught.exception.findings.values()), ["size"])
