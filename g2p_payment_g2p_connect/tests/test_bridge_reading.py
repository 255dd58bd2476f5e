import json
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Fault,
    NotSent,
    Rejected,
    Row,
    Unknown,
)

from ..bridge import const
from .bridge_case import (
    ENVELOPE_ID,
    IDS,
    PENDING,
    answer,
    counts,
    echo,
    errors,
    make_client,
    read,
    said,
    submission,
)

PURPOSES = (const.ENVELOPE, const.DISBURSEMENTS, const.AMENDMENT, const.CANCELLATION)
EXCEEDS = "NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED"
PAYLOAD = "INVALID_DISBURSEMENT_PAYLOAD"


def envelope(**changes):
    made = {
        "id": None,
        "disbursement_envelope_id": ENVELOPE_ID,
        "benefit_program_mnemonic": "TESTPROG",
        "disbursement_frequency": "OnDemand",
        "cycle_code_mnemonic": "CYCLE-1",
        "number_of_beneficiaries": 2,
        "number_of_disbursements": 2,
        "total_disbursement_amount": 300.0,
        "disbursement_currency_code": "USD",
        "disbursement_schedule_date": "2026-11-26",
    }
    return made | changes


class ReadingCase(BaseCase):
    def assert_unknown(self, outcome, code=None):
        self.assertIsInstance(outcome, Unknown)
        if code is not None:
            self.assertEqual(outcome.code, code)

    def assert_rejected(self, outcome, code):
        self.assertIsInstance(outcome, Rejected)
        self.assertEqual(outcome.code, code)


@tagged("post_install", "-at_install")
class TestAnyPurpose(ReadingCase):
    def test_faults_are_unknown_unless_nothing_was_sent(self):
        for purpose in PURPOSES:
            for fault in Fault:
                if fault is not Fault.NONE:
                    outcome = read(said(None, PAYLOAD), purpose, fault=fault)
                    self.assertIs(type(outcome), NotSent if fault is Fault.NOT_SENT else Unknown)
                    self.assertEqual(outcome.code, fault.value)

    def test_framework_refuses_before_the_bridge_looks(self):
        for purpose in PURPOSES:
            for status, code in ((400, "G2P-REQ-102"), (404, "G2P-REQ-404"), (405, "G2P-REQ-405")):
                outcome = read(errors(code, code), purpose, status)
                self.assert_rejected(outcome, code)
                self.assertEqual(outcome.reason, f"HTTP {status}")

    def test_nothing_else_with_an_http_error_refuses(self):
        good = errors("G2P-REQ-102")
        for body, status in (
            ("", 400),
            ("<html>", 404),
            ({}, 400),
            ({"errors": []}, 400),
            ({"errors": None}, 400),
            ({"errors": ["G2P-REQ-102"]}, 400),
            ({"errors": [{"code": ["G2P-REQ-102"]}]}, 400),
            (errors("G2P-REQ-102", "other"), 400),
            (errors("G2P-REQ-102", "G2P-REQ-404"), 400),
            (errors("G2P-REQ-100"), 500),
            (errors("G2P-RES-100"), 500),
            (errors("G2P-REQ-404"), 400),
            (errors("G2P-REQ-102", message="Invalid Input. It was already received"), 400),
            (good | {"header": {}}, 400),
            (good | {"message": []}, 400),
            (said(echo(ids={}), PAYLOAD), 400),
            (said(envelope(), "INVALID_PROGRAM_MNEMONIC"), 500),
            *((good, status) for status in (301, 401, 403, 408, 409, 422, 425, 429, 499, 500, 502, 503, 504)),
        ):
            for purpose in PURPOSES:
                with self.subTest(status=status, body=body):
                    self.assert_unknown(read(body, purpose, status), f"http.{status}")

    def test_framework_errors_with_http_200_refuse_nothing(self):
        for purpose in PURPOSES:
            self.assert_unknown(read(errors("G2P-REQ-102"), purpose), "unreadable.body")

    def test_what_has_not_the_bridges_shape_is_unknown(self):
        for purpose in PURPOSES:
            for body in (
                *("", "<html>", "null", "[]", "succ", {}, {"header": None}, {"header": {}}),
                *(said(None, status=status) for status in ("SUCC", "rcvd", "pdng", "", None, 1, ["succ"])),
                said(envelope()) | {"errors": []},
                '{"header":{"status":"rjct","status":"succ"},"message":null}',
            ):
                self.assert_unknown(read(body, purpose), "unreadable.body")

    def test_refusal_without_a_code_is_unknown(self):
        for purpose in PURPOSES:
            for header in (
                {"status_reason_message": ""},
                {"status_reason_message": None},
                {"status_reason_message": "the program of Aminata is not known"},
                {"status_reason_message": "GB29NWBK60161331926819"},
                {"status_reason_message": ["INVALID_PROGRAM_MNEMONIC"]},
                {"status_reason_message": "INVALID_PROGRAM_MNEMONIC", "status_reason_code": "OTHER"},
            ):
                with self.subTest(purpose=purpose, header=header):
                    body = said(None, "X", **header)
                    self.assert_unknown(read(body, purpose), "refused.without_code")

    def test_code_may_stand_where_the_specification_has_it(self):
        body = said(None, "X", status_reason_message="", status_reason_code="INVALID_PROGRAM_MNEMONIC")
        self.assert_rejected(read(body, const.ENVELOPE), "INVALID_PROGRAM_MNEMONIC")

    def test_purpose_that_nobody_knows_is_unknown(self):
        for purpose in ("", "other"):
            sent = replace(submission(), purpose=purpose)
            for body in (said(envelope()), said(echo()), said(echo(ids={}), PAYLOAD)):
                self.assert_unknown(make_client().read_submission(answer(body), sent), "unknown.purpose")


@tagged("post_install", "-at_install")
class TestEnvelope(ReadingCase):
    def told(self, body):
        return read(body, const.ENVELOPE)

    def test_envelope_with_an_id_is_accepted_under_it(self):
        self.assertEqual(self.told(said(envelope())), Accepted(correlation=ENVELOPE_ID))
        short = {"disbursement_envelope_id": ENVELOPE_ID}
        self.assertEqual(self.told(said(short)), Accepted(correlation=ENVELOPE_ID))

    def test_envelope_without_an_id_is_unknown(self):
        for value in (None, "", " ", False, 1795220601750, ["1"], "None", "False", "null", "a\nb", "x" * 129):
            with self.subTest(value):
                self.assert_unknown(
                    self.told(said(envelope(disbursement_envelope_id=value))), "envelope.without_id"
                )
        for message in (None, [], "1795220601750", {}):
            self.assert_unknown(self.told(said(message)), "envelope.without_id")

    def test_envelope_of_somebody_else_is_unknown(self):
        for name, value in (
            ("benefit_program_mnemonic", "OTHER"),
            ("cycle_code_mnemonic", "CYCLE-2"),
            ("number_of_disbursements", 3),
            ("number_of_beneficiaries", "2"),
            ("total_disbursement_amount", 300.5),
            ("disbursement_currency_code", "EUR"),
            ("disbursement_schedule_date", "2026-11-27"),
        ):
            with self.subTest(name):
                outcome = self.told(said(envelope(**{name: value})))
                if name == "number_of_beneficiaries":
                    # A number in quotation marks is the same number.
                    self.assertIsInstance(outcome, Accepted)
                else:
                    self.assert_unknown(outcome, "other.envelope")

    def test_refused_envelope_is_rejected_with_its_code(self):
        for code in ("INVALID_PROGRAM_MNEMONIC", "INVALID_DISBURSEMENT_SCHEDULE_DATE", "SOMETHING_NEW"):
            for message in (None, {}, envelope(disbursement_envelope_id=None)):
                self.assert_rejected(self.told(said(message, code)), code)

    def test_refused_envelope_with_an_id_is_unknown(self):
        self.assert_unknown(self.told(said(envelope(), "INVALID_PROGRAM_MNEMONIC")), "contradictory.answer")


@tagged("post_install", "-at_install")
class TestDisbursements(ReadingCase):
    def test_list_with_all_ids_is_accepted(self):
        self.assertEqual(
            read(said(echo())),
            Accepted(
                rows=tuple(
                    Row(reference, PENDING, external_reference=told) for reference, told in IDS.items()
                )
            ),
        )

    def test_rows_are_matched_by_reference_and_never_by_place(self):
        outcome = read(said(echo()[::-1]))
        self.assertEqual({row.reference: row.external_reference for row in outcome.rows}, IDS)

    def test_lost_ids_are_told_to_finance(self):
        for items in (
            echo(1),
            [*echo(1), *echo(2, ids={})],
            [*echo(1), *echo(2, disbursement_id=17)],
            [*echo(1), *echo(2, disbursement_id="None")],
            # Two ids for one payment: nobody knows which.
            [*echo(1), *echo(2), *echo(2, disbursement_id="17")],
        ):
            with self.subTest(items):
                outcome = read(said(items), client=make_client(reasons={"ids.lost": "verloren"}))
                self.assertIsInstance(outcome, Accepted)
                self.assertEqual((outcome.code, outcome.attention), ("ids.lost", "verloren"))
                known = {row.reference: row.external_reference for row in outcome.rows}
                self.assertEqual(known, {"PAY-1": IDS["PAY-1"]})

    def test_id_of_two_payments_is_nobodys(self):
        self.assert_unknown(read(said(echo(disbursement_id="17"))), "ids.missing")

    def test_success_without_any_id_is_unknown(self):
        for message in (None, [], {}, "1", echo(ids={})):
            self.assert_unknown(read(said(message)), "ids.missing")

    def test_answer_about_something_else_is_unknown(self):
        for items in (
            echo(1, 3, ids=IDS | {"PAY-3": "3"}),
            [*echo(), None],
            [*echo(), {}],
            echo(disbursement_envelope_id="1795220601751"),
            echo(disbursement_envelope_id=None),
            [*echo(1), *echo(2, mis_reference_number=2)],
        ):
            for code in ("", PAYLOAD):
                with self.subTest(items=items, code=code):
                    self.assert_unknown(read(said(items, code)), "other.references")

    def test_echo_that_differs_is_told_to_finance_and_stays_open(self):
        for changes in (
            {"disbursement_amount": 100.5},
            {"disbursement_amount": "much"},
            {"disbursement_amount": [100]},
            {"beneficiary_id": "token:9@nid"},
        ):
            with self.subTest(changes):
                outcome = read(said([*echo(1, **changes), *echo(2)]))
                self.assertEqual((outcome.code, outcome.attention), ("echo.differs", "echo.differs"))
                self.assertEqual([row.code for row in outcome.rows], ["echo.differs", ""])
                self.assertEqual([row.external_reference for row in outcome.rows], list(IDS.values()))

    def test_errors_beside_an_id_show_at_the_payment(self):
        outcome = read(said([*echo(1, response_error_codes=["no code", "INVALID_NARRATIVE"]), *echo(2)]))
        self.assertEqual([row.code for row in outcome.rows], ["INVALID_NARRATIVE", ""])

    def test_refusals_that_prove_that_nothing_was_taken_reject(self):
        for code in const.DISBURSEMENT_REFUSALS:
            for items in (echo(ids={}), echo(ids={}, response_error_codes=None)):
                with self.subTest(code):
                    self.assert_rejected(read(said(items, code)), code)

    def test_reason_names_each_payments_errors_and_no_payee(self):
        items = [
            *echo(1, ids={}),
            *echo(2, ids={}, response_error_codes=["INVALID_BENEFICIARY_ID", "Aminata", "INVALID_NARRATIVE"]),
        ]
        outcome = read(said(items, PAYLOAD))
        self.assertEqual(outcome.reason, "PAY-2: INVALID_BENEFICIARY_ID INVALID_NARRATIVE")

    def test_full_envelope_may_hold_an_earlier_copy(self):
        for code in const.DISBURSEMENT_DOUBTS:
            outcome = read(said(echo(ids={}), code))
            self.assert_unknown(outcome, code)
            self.assertEqual(outcome.attention, "envelope.full")

    def test_refusal_that_nobody_knows_is_unknown(self):
        for code in ("INVALID_PROGRAM_MNEMONIC", "DUPLICATE_DISBURSEMENT", "SOMETHING_NEW"):
            self.assert_unknown(read(said(echo(ids={}), code)), code)

    def test_refusal_without_the_whole_echo_is_unknown(self):
        for message in (
            None,
            {},
            [],
            "no",
            echo(1, ids={}),
            echo(1, 1, 2, ids={}),
            echo(),
            echo(1, 2, ids=IDS),
        ):
            with self.subTest(message):
                self.assert_unknown(read(said(message, PAYLOAD)))
        half = [*echo(1, ids={}), *echo(2)]
        self.assert_unknown(read(said(half, PAYLOAD)), "contradictory.answer")

    def test_empty_list_refuses_nothing_not_even_nobody(self):
        for references in (("PAY-1", "PAY-2"), ()):
            self.assert_unknown(read(said([], PAYLOAD), references=references), "other.references")

    def test_without_an_envelope_of_our_own_nothing_is_believed(self):
        client = make_client(disbursement_envelope_id="")
        for body in (said(echo()), said(echo(disbursement_envelope_id="")), said(echo(ids={}), PAYLOAD)):
            self.assert_unknown(read(body, client=client), "other.references")


@tagged("post_install", "-at_install")
class TestAmendmentAndCancellation(ReadingCase):
    DONE = said({"disbursement_envelope_id": ENVELOPE_ID})

    def test_done_for_our_envelope_is_accepted_once_a_look_has_shown_it(self):
        for purpose in (const.AMENDMENT, const.CANCELLATION):
            self.assertEqual(read(self.DONE, purpose, look=counts()), Accepted())
            for look in (None, counts(disbursement_envelope_id="1"), counts(None), "", []):
                self.assertEqual(read(self.DONE, purpose, look=look), Unknown(code="counts.unread"))

    def test_amended_to_something_else_than_the_envelope_holds_is_told(self):
        client = make_client(
            carried_disbursements=2,
            carried_amount=300,
            reasons={"amendment.differs": "something else is in it"},
        )
        for number, amount in ((2, 300), (2, 300.0)):
            outcome = read(self.DONE, const.AMENDMENT, client=client, look=counts(number, amount))
            self.assertEqual(outcome, Accepted())
        for number, amount in ((4, 600), (1, 300), (2, 299), (0, 0)):
            outcome = read(self.DONE, const.AMENDMENT, client=client, look=counts(number, amount))
            self.assertEqual((type(outcome), outcome.code), (Accepted, "amendment.differs"))
            self.assertEqual(outcome.attention, "something else is in it")

    def test_cancelled_after_the_money_has_gone_is_told(self):
        for late in (
            {"number_of_disbursements_shipped": 1},
            {"funds_blocked_with_bank": const.FUNDS_BLOCKED},
        ):
            for body in (self.DONE, said(None, const.ALREADY_CANCELED)):
                outcome = read(body, const.CANCELLATION, look=counts(2, 300, **late))
                self.assertEqual((type(outcome), outcome.code), (Accepted, "cancellation.late"))
                self.assertEqual(outcome.attention, "cancellation.late")

    def test_done_for_another_or_for_none_is_unknown(self):
        for purpose in (const.AMENDMENT, const.CANCELLATION):
            for message in (
                None,
                {},
                [],
                {"disbursement_envelope_id": "1"},
                {"disbursement_envelope_id": None},
            ):
                self.assert_unknown(read(said(message), purpose), "other.envelope")

    def test_cancelled_before_is_cancelled(self):
        outcome = read(
            said(envelope(disbursement_envelope_id=None), const.ALREADY_CANCELED),
            const.CANCELLATION,
            look=counts(2, 300),
        )
        self.assertEqual(outcome, Accepted(code=const.ALREADY_CANCELED))

    def test_refusal_is_rejected_and_told_to_finance(self):
        for purpose, key, codes in (
            (
                const.AMENDMENT,
                "amendment.refused",
                (
                    "DISBURSEMENT_ENVELOPE_DATE_PASSED",
                    const.ALREADY_CANCELED,
                    const.ENVELOPE_NOT_FOUND,
                    "NEW_CODE",
                ),
            ),
            (const.CANCELLATION, "cancellation.refused", (const.ENVELOPE_NOT_FOUND, "NEW_CODE")),
        ):
            for code in codes:
                outcome = read(said(None, code), purpose, client=make_client(reasons={key: "abgelehnt"}))
                self.assert_rejected(outcome, code)
                self.assertEqual(outcome.attention, "abgelehnt")
            outcome = read(errors("G2P-REQ-102"), purpose, 400)
            self.assertEqual(outcome.attention, key)

    def test_reading_is_the_same_every_time(self):
        body = json.dumps(said(echo()))
        self.assertEqual(read(body), read(body))
