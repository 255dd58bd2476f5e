import json
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import const as connect
from ..bridge import const, payload
from ..bridge.cut import plan
from .bridge_case import PAYMENTS, SETTINGS, make_client, payment, submission, thorough


@tagged("post_install", "-at_install")
class TestAmount(BaseCase):
    def test_whole_amounts_are_carried(self):
        for amount, expected in (
            ("1", 1),
            ("1250.00", 1250),
            ("0001250", 1250),
            ("2147483647.000", 2147483647),
        ):
            with self.subTest(amount):
                self.assertEqual(payload.wire_amount(amount), expected)

    def test_everything_else_is_refused(self):
        for amount in (
            *("0", "0.00", "1.50", "0.01", "2147483648", "9" * 5000, "-1", "+1", "1e3", "1_000", "", "NaN"),
            *(" 1", "1,0", "१.००", "1.", ".0"),
        ):
            with self.subTest(amount[:20]):
                self.assertEqual(payload.wire_amount(amount), 0)

    @thorough
    @given(
        st.decimals(0, 3 * 10**9, places=2).map(str)
        | st.integers(0, 2**32).map(str)
        | st.text(alphabet="0123456789.-+eE_ ٣", max_size=14)
        | st.text(max_size=8)
    )
    def test_any_amount_is_carried_exactly_or_not_at_all(self, amount):
        carried = payload.wire_amount(amount)
        self.assertIs(type(carried), int)
        if carried:
            self.assertEqual(Decimal(amount), carried)
            self.assertTrue(1 <= carried <= const.MAX_INTEGER)

    @thorough
    @given(st.integers(1, const.MAX_INTEGER), st.integers(1, 6))
    def test_every_whole_amount_within_the_limit_is_carried(self, amount, digits):
        self.assertEqual(payload.wire_amount(f"{amount}.{'0' * digits}"), amount)


@tagged("post_install", "-at_install")
class TestBeneficiary(BaseCase):
    def beneficiary(self, value, kind="reg_id", bank="", prefix="token:", suffix=""):
        one = payment(payee_id_type=kind, payee_id_value=value, payee_bank_code=bank)
        return payload.beneficiary_id(one, replace(SETTINGS, payee_prefix=prefix, payee_suffix=suffix))

    def test_identifier_stands_between_prefix_and_provider(self):
        for made, expected in (
            (self.beneficiary("12345", suffix="@nid"), "token:12345@nid"),
            (self.beneficiary(" 12345 "), "token:12345"),
            (self.beneficiary("12345", prefix=""), "12345"),
            (self.beneficiary("44 55", "bank_acc_no", "ABCD", "account:", "@nid"), "account:4455@ABCD"),
            (
                self.beneficiary("44 55", "bank_acc_no", "abcd1", "account:", ".ifsc.rail"),
                "account:4455@abcd1.ifsc.rail",
            ),
            (self.beneficiary("gb29 nwbk", "bank_acc_iban", "X", "account:"), "account:GB29NWBK@X"),
            (self.beneficiary("+232 76-000", "phone", "", "mobile:"), "mobile:+23276000"),
            (self.beneficiary("ada@example.org", "email", "", ""), "ada@example.org"),
        ):
            with self.subTest(expected):
                self.assertEqual(made, expected)

    def test_what_is_no_identifier_is_refused(self):
        for made in (
            self.beneficiary(""),
            self.beneficiary("   "),
            self.beneficiary("12/34"),
            self.beneficiary("1@2"),
            self.beneficiary("a:b"),
            self.beneficiary("१२३"),
            self.beneficiary("1\x00"),
            self.beneficiary("123", "unknown"),
            self.beneficiary("123", prefix="token"),
            self.beneficiary("123", bank="A BANK"),
            self.beneficiary("123", suffix="@a@b"),
            # It follows a bank code, and there is none.
            self.beneficiary("123", suffix=".ifsc.rail"),
            self.beneficiary("ada", "email", prefix=""),
            self.beneficiary("ada@", "email", prefix=""),
        ):
            self.assertEqual(made, "")

    def test_nothing_never_becomes_an_identifier(self):
        for word in ("False", "None", "null", "NULL", "false"):
            for made in (
                self.beneficiary(word),
                self.beneficiary(word, prefix=""),
                self.beneficiary(word, "phone"),
                self.beneficiary("123", bank=word),
                self.beneficiary("123", suffix=f"@{word}"),
                self.beneficiary("123", prefix=f"{word}:"),
                self.beneficiary("123", prefix=word),
            ):
                self.assertEqual(made, "")

    @thorough
    @given(st.sampled_from([*connect.SEPARATORS, "other"]), st.text(), st.text(), st.text(), st.text())
    def test_any_identifier_is_of_the_one_alphabet_or_refused(self, kind, value, bank, prefix, suffix):
        made = self.beneficiary(value, kind, bank, prefix, suffix)
        if made:
            self.assertRegex(made, r"\A([A-Za-z0-9_.-]+:)?[A-Za-z0-9_.+-]+(@[A-Za-z0-9_.-]+)?\Z")
            self.assertNotIn(made.casefold(), const.NOTHING)


@tagged("post_install", "-at_install")
class TestMessages(BaseCase):
    def test_envelope_declares_what_follows_it(self):
        payments = [payment(1), payment(2), payment(3, payee_id_value="1", amount="50")]
        self.assertEqual(
            json.loads(submission(const.ENVELOPE, payments).payload),
            {
                "benefit_program_mnemonic": "TESTPROG",
                "disbursement_frequency": "OnDemand",
                "cycle_code_mnemonic": "CYCLE-1",
                "number_of_beneficiaries": 2,
                "number_of_disbursements": 3,
                "total_disbursement_amount": 350,
                "disbursement_currency_code": "USD",
                "disbursement_schedule_date": "2026-11-26",
            },
        )

    def test_declared_is_what_the_requests_carry(self):
        payments = [
            payment(number, payee_id_value=str(number % 700), amount=str(number)) for number in range(1, 2101)
        ]
        declared = json.loads(submission(const.ENVELOPE, payments).payload)
        by_id = {one.id: one for one in payments}
        sent = []
        for ids in plan(payments, SETTINGS):
            sent += json.loads(submission(payments=[by_id[one] for one in ids]).payload)
        self.assertEqual(declared["number_of_disbursements"], len(sent))
        self.assertEqual(declared["number_of_beneficiaries"], len({one["beneficiary_id"] for one in sent}))
        self.assertEqual(
            declared["total_disbursement_amount"], sum(one["disbursement_amount"] for one in sent)
        )

    def test_disbursements_are_made_of_the_payments_alone(self):
        first, second = json.loads(submission().payload)
        self.assertEqual(
            first,
            {
                "mis_reference_number": "PAY-1",
                "disbursement_envelope_id": SETTINGS.disbursement_envelope_id,
                "beneficiary_id": "token:1@nid",
                "beneficiary_name": "Person 1",
                "disbursement_amount": 100,
                "narrative": "Cycle 1 of TESTPROG",
            },
        )
        self.assertEqual((second["mis_reference_number"], second["disbursement_amount"]), ("PAY-2", 200))

    def test_amendment_has_absolute_numbers_and_cancellation_only_the_id(self):
        envelope = {"disbursement_envelope_id": SETTINGS.disbursement_envelope_id}
        self.assertEqual(json.loads(submission(const.CANCELLATION).payload), envelope)
        numbers = {
            "number_of_beneficiaries": 1,
            "number_of_disbursements": 1,
            "total_disbursement_amount": 100,
            "disbursement_schedule_date": "2026-11-26",
        }
        self.assertEqual(json.loads(submission(const.AMENDMENT).payload), envelope | numbers)

    def test_numbers_are_integers_on_the_wire(self):
        for purpose in (const.ENVELOPE, const.DISBURSEMENTS, const.AMENDMENT):
            text = submission(purpose).payload
            self.assertNotRegex(text, r"[0-9]\.[0-9]|[0-9][eE]")

    def test_payload_is_the_same_text_every_time(self):
        text = submission(payments=[payment(1, payee_name="Émile"), payment(2)]).payload
        again = submission(payments=[payment(1, payee_name="Émile"), payment(2)]).payload
        self.assertEqual(text, again)
        self.assertTrue(text.isascii())

    def test_names_lose_what_no_database_takes_and_nothing_else(self):
        for name, expected in (
            (" Aminata\n Kargbo\t", "Aminata Kargbo"),
            ("A\x00B\ud800", "A B"),
            ("ശ്രീ\u200dനി", "ശ്രീ\u200dനി"),
            ("\u200b\n ", ""),
            ("", ""),
        ):
            with self.subTest(ascii(name)):
                self.assertEqual(payload.plain(name), expected)

    def test_stored_payload_is_read_as_what_it_is(self):
        self.assertEqual(list(payload.lines_of(submission().payload)), ["PAY-1", "PAY-2"])
        envelope = submission(const.ENVELOPE).payload
        self.assertEqual(payload.envelope_of(envelope)["number_of_disbursements"], 2)
        for text in ("", "{", "1", envelope):
            self.assertEqual(payload.lines_of(text), {})
        for text in ("", "{", "1", submission().payload):
            self.assertEqual(payload.envelope_of(text), {})


@tagged("post_install", "-at_install")
class TestCut(BaseCase):
    def test_requests_are_cut_by_number_in_order(self):
        payments = [payment(number) for number in range(1, 2502)]
        requests = plan(payments, SETTINGS)
        self.assertEqual([len(one) for one in requests], [1000, 1000, 501])
        self.assertEqual([one for request in requests for one in request], list(range(1, 2502)))

    def test_nobody_is_in_a_request_twice(self):
        payments = [
            payment(1, payee_id_value="a"),
            payment(2, payee_id_value="A"),
            payment(3, payee_id_value="b"),
            payment(4, payee_id_value="a"),
        ]
        self.assertEqual(plan(payments, SETTINGS), [(1, 3), (2,), (4,)])

    def test_nothing_is_cut_into_nothing(self):
        self.assertEqual(plan([], SETTINGS), [])

    @thorough
    @given(st.lists(st.integers(0, 5), max_size=40))
    def test_every_payment_goes_out_once_and_every_request_can_be_built(self, people):
        payments = [payment(number + 1, payee_id_value=str(who)) for number, who in enumerate(people)]
        requests = plan(payments, SETTINGS)
        self.assertEqual(sorted(one for request in requests for one in request), [one.id for one in payments])
        by_id = {one.id: one for one in payments}
        for request in requests:
            submission(payments=[by_id[one] for one in request])

    def test_clients_of_all_steps_agree_about_the_beneficiary(self):
        self.assertEqual(
            [line["beneficiary_id"] for line in json.loads(make_client().build(submission(), PAYMENTS))],
            [payload.beneficiary_id(one, SETTINGS) for one in PAYMENTS],
        )
