"""A payment is failed only where its refusal is one of those that are listed, and nothing it says speaks of doubt."""

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import NotSeen

from .. import const
from .test_reading import FAILED, PENDING, disburse, read, read_question, results, row, told


@tagged("post_install", "-at_install")
class TestReadRefusals(BaseCase):
    def assert_row(self, expected, item):
        """Both kinds of answers read a row in the same way."""
        self.assertEqual(results(read(disburse(item))), {"PAY-1": expected})
        self.assertEqual(results(read_question(told(item))), {"PAY-1": expected})

    def test_refusal_with_a_code_that_is_not_listed_leaves_the_payment_open(self):
        for code in (
            "rjct.other",
            "rjct.funds.insufficient",
            "rjct.payee_fa.invalid.later",
            "rjct.version.invalid",
            "err.request.bad",
            "rjct.bank.unknown",
            "rjct.payment_id.not_found",
        ):
            with self.subTest(code=code):
                self.assert_row((PENDING, code), row(status="rjct", code=code))
        for code in (
            "RJCT.PAYEE_FA.INVALID",
            "rjct.payee_fa.invalid\n",
            "no money",
            7,
            ["rjct.payee_fa.invalid"],
        ):
            with self.subTest(code=code):
                self.assert_row((PENDING, "unreadable.refusal"), row(status="rjct", code=code))

    def test_refused_reference_is_final_nowhere(self):
        item = row(status="rjct", code="rjct.reference_id.invalid")
        self.assertEqual(results(read(disburse(item))), {"PAY-1": (PENDING, "rjct.reference_id.invalid")})
        self.assertEqual(read_question(told(item)), NotSeen())

    def test_refusal_that_may_be_the_questions_is_final_in_a_submission_only(self):
        for code in const.REFUSALS_OF_QUESTIONS:
            item = row(status="rjct", code=code)
            self.assertEqual(results(read(disburse(item))), {"PAY-1": (FAILED, code)})
            self.assertEqual(results(read_question(told(item))), {"PAY-1": (PENDING, code)})

    def test_refusal_without_a_code_and_a_word_is_final_in_a_submission_only(self):
        for item in (
            row(status="rjct"),
            row(status="rjct", status_reason_code="", status_reason_message=None),
        ):
            self.assertEqual(results(read(disburse(item))), {"PAY-1": (FAILED, "rjct")})
            self.assertEqual(results(read_question(told(item))), {"PAY-1": (PENDING, "rjct")})

    def test_refusal_without_a_code_that_says_anything_leaves_the_payment_open(self):
        for text in ("already disbursed", "déjà payé", "wallet is closed", ["paid"], True):
            for name in ("status_reason_message", "message", "instruction", "code"):
                with self.subTest(text=text, name=name):
                    self.assert_row((PENDING, "rjct"), row(status="rjct") | {name: text})

    def test_declared_code_is_final_in_both_answers_unless_the_text_is_doubtful(self):
        for code in ("rjct.funds.insufficient", "rjct"):
            given = None if code == "rjct" else code
            plain = row(status="rjct", code=given, status_reason_message="no funds for this")
            doubtful = row(status="rjct", code=given, status_reason_message="already disbursed")
            for declared in (code, f"rjct.a {code}"):
                with self.subTest(code=code, declared=declared):
                    for item, expected in ((plain, FAILED), (doubtful, PENDING)):
                        outcomes = (
                            read(disburse(item), declared=declared),
                            read_question(told(item), declared=declared),
                        )
                        for outcome in outcomes:
                            self.assertEqual(results(outcome), {"PAY-1": (expected, code)})
            self.assert_row((PENDING, code), plain)

    def test_doubtful_refusal_leaves_the_payment_open(self):
        for code in ("rjct.reference_id.duplicate", "rjct.payment.timeout"):
            with self.subTest(code=code):
                self.assert_row((PENDING, code), row(status="rjct", code=code))
        for code in const.PAYMENT_REFUSALS:
            for text in (
                "Timed out at the bank",
                "already disbursed",
                "already being processed",
                "already completed",
                "previously processed",
                "a payment with this reference exists",
                "in flight",
                "pending",
                "reference not found",
                "failed with unknown error",
                "already paid; unknown reason",
                ["wallet is closed"],
                {"text": "wallet is closed"},
                False,
            ):
                for name in ("status_reason_message", "message", "instruction"):
                    with self.subTest(code=code, text=text, name=name):
                        self.assert_row((PENDING, code), row(status="rjct", code=code, **{name: text}))

    def test_plain_refusal_with_its_reason_is_failed(self):
        for text in ("wallet is closed", "account does not exist", "failed, unknown reason", "", None):
            with self.subTest(text=text):
                item = row(status="rjct", code="rjct.payee_fa.invalid", status_reason_message=text)
                self.assert_row((FAILED, "rjct.payee_fa.invalid"), item)
