import re

from odoo.tests import BaseCase, tagged

from .. import const, doubts

#: DisburseStatusReasonCode, MsgHeaderStatusReasonCode and Error of the official file.
OFFICIAL_CODES = (
    "rjct.reference_id.invalid",
    "rjct.reference_id.duplicate",
    "rjct.timestamp.invalid",
    "rjct.payer_fa.invalid",
    "rjct.payee_fa.invalid",
    "rjct.amount.invalid",
    "rjct.schedule_ts.invalid",
    "rjct.currency_code.invalid",
    "rjct.version.invalid",
    "rjct.message_id.duplicate",
    "rjct.message_ts.invalid",
    "rjct.action.invalid",
    "rjct.action.not_supported",
    "rjct.total_count.invalid",
    "rjct.total_count.limit_exceeded",
    "rjct.errors.too_many",
    "err.request.bad",
    "err.request.unauthorized",
    "err.request.forbidden",
    "err.request.not_found",
    "err.request.timeout",
    "err.request.too_many_requests",
    "err.version.not_supported",
    "err.sender_id.invalid",
    "err.sender_uri.invalid",
    "err.receiver_id.invalid",
    "err.signature.missing",
    "err.signature.invalid",
    "err.encryption.invalid",
    "err.service.unavailable",
)
#: After these an earlier copy may exist, or the request may be at work.
DOUBTFUL_CODES = {
    "rjct.reference_id.duplicate",
    "rjct.message_id.duplicate",
    "err.request.timeout",
    "err.service.unavailable",
}
REFUSALS = (const.HEADER_REFUSALS, const.ENVELOPE_REFUSALS, const.PAYMENT_REFUSALS)


@tagged("post_install", "-at_install")
class TestConst(BaseCase):
    def is_doubtful(self, text):
        return bool(const.DOUBTFUL.search(const.SEPARATION.sub(" ", text)))

    def test_only_duplicates_and_time_outs_of_the_official_codes_are_doubtful(self):
        found = {code for code in OFFICIAL_CODES if self.is_doubtful(code)}
        self.assertEqual(found, DOUBTFUL_CODES)

    def test_every_official_code_refuses_in_one_place_or_is_open_for_a_reason(self):
        listed = [code for codes in REFUSALS for code in codes]
        self.assertEqual(len(listed), len(set(listed)))
        # "Had that already" or "never heard of it": not a refusal that is sure.
        open_codes = DOUBTFUL_CODES | {"rjct.reference_id.invalid"}
        self.assertEqual(set(OFFICIAL_CODES) - set(listed), open_codes)
        # What GCTB adds for a payment that its bank refused.
        self.assertEqual(set(listed) - set(OFFICIAL_CODES), {"rjct.payment.failed"})
        self.assertEqual([code for code in const.PAYMENT_REFUSALS if doubts.speaks_of_doubt(code)], [])

    def test_codes_of_the_demo_and_of_unknown_references_are_where_they_belong(self):
        self.assertIn("rjct.payee_fa.invalid", const.PAYMENT_REFUSALS)
        for codes in REFUSALS:
            self.assertFalse(const.UNKNOWN_REFERENCE_CODES & codes)

    def test_every_official_code_is_kept(self):
        self.assertEqual([code for code in OFFICIAL_CODES if not const.CODE.fullmatch(code)], [])

    def test_texts_that_speak_of_an_earlier_copy_are_doubtful(self):
        for text in (
            "Duplicate request",
            "REQUEST TIMED OUT",
            "time-out at the bank",
            "Gateway Timeout",
            "transaction already exists",
            "already_processed",
            "modified request",
            "another request is in progress",
            "service unavailable",
            "already disbursed",
            "ALREADY-COMPLETED",
            "already being processed",
            "previously processed",
            "reference exists",
            "an instruction with this id exists",
            "reference re-used",
            "reused id",
            "repeated request",
            "payment in flight",
            "in-flight",
            "pending at the bank",
            "will be retried",
            "try again later",
            "queued",
            "not executed yet",
            "payment was completed",
            "payment successful",
            "was paid on Monday",
            "outcome is unclear",
            "conflict with PAY-1",
            "reversed",
        ):
            with self.subTest(text=text):
                self.assertTrue(self.is_doubtful(text))
                self.assertTrue(doubts.speaks_of_doubt(text))

    def test_texts_that_speak_of_an_unknown_payment_are_unclear_for_a_payment(self):
        for text in (
            "not found",
            "reference not found",
            "no such transaction",
            "unknown",
            "payment does not exist",
            "reference doesn't exist",
            "unknown payee reference",
            "account not found; reference unknown",
            "rjct.transfer.not_found",
            "no record",
            "unknown payment",
            "unknown transaction",
            "unknown reference",
            "unknown error",
            "reason: unknown",
            "unknown reasoning",
            "unknown reason: unknown payment",
            "failed with unknown reason, reference not found",
        ):
            with self.subTest(text=text):
                self.assertTrue(doubts.speaks_of_doubt(text))

    def test_plain_refusals_are_not_doubtful(self):
        for text in (
            "wallet is closed",
            "Mpesa Payment Failed with unknown reason",
            "failed for an UNKNOWN_CAUSE",
            "failed: unknown reasons",
            "account does not exist",
            "Account doesn't exist",
            "beneficiary account not found",
            "payee could not be found",
            "no such account",
            "unknown IBAN",
            "insufficient funds",
            "signature is invalid",
            "currency is not accepted",
            "payment unsuccessful",
            "incomplete address",
            "wallet of a person in Kuwait",
            "rjct.payee_fa.not_found",
            "",
        ):
            with self.subTest(text=text):
                self.assertFalse(self.is_doubtful(text))
                self.assertFalse(doubts.speaks_of_doubt(text))

    def test_no_http_status_rejects_that_may_hide_a_payment(self):
        never = {*range(300, 400), 408, 409, 425, 499, *range(500, 600)}
        self.assertFalse(never & set(const.REJECTING_HTTP_STATUSES))

    def test_examples_of_the_official_file_are_financial_addresses(self):
        for address in (
            "token:12345@national-id",
            "uid:12345@national-id",
            "vid:12345@national-id",
            "mobile:12345@mobile-pymt",
            "account:12345@national-bank",
            "account:12345@abcd0000001.ifsc.pymt-rail",
            "joeuser@national-bank",
            "token:123456@a123",
            "voucher:12345@food.coupon-network",
        ):
            with self.subTest(address=address):
                self.assertRegex(address, re.compile(f"^{const.FINANCIAL_ADDRESS.pattern}$"))

    def test_what_upstream_made_is_no_financial_address(self):
        for address in (
            "",
            "phone:+23276000111",
            "account_no:123@",
            "a@b@c",
            "account:1 2@bank",
            "account:@bank",
        ):
            with self.subTest(address=address):
                self.assertIsNone(const.FINANCIAL_ADDRESS.fullmatch(address))

    def test_prefixes_are_id_types_of_the_official_file(self):
        self.assertEqual(
            const.PREFIXES,
            {
                "bank_acc_no": "account:",
                "bank_acc_iban": "account:",
                "phone": "mobile:",
                "email": "",
                "reg_id": "token:",
            },
        )
        self.assertEqual(set(const.SEPARATORS), set(const.PREFIXES))

    def test_no_code_looks_like_an_account(self):
        for text in ("4455667788", "+23276000111", "Fatu Sesay", "a" * 65, ""):
            with self.subTest(text=text):
                self.assertIsNone(const.CODE.fullmatch(text))
