import json

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Accepted, Answer, NotSent, Rejected, RowResult, Unknown

from .. import const
from ..reading import read_submission
from .common import BATCH, sample, settings

JWS_PARAMETERS = [{"key": "X-SIGNATURE", "value": "x"}]
POLLING = {"PollingPath": f"/batch/Summary/{BATCH}", "SuggestedCallbackSeconds": "120"}
#: The table of answers to a submission, row by row: status, body, what it means, our code for it.
TABLE = (
    (202, POLLING, Accepted, ""),
    # With any other body than this a 202 is the same, also where the workflow engine was dead: it never shows up.
    (202, {"PollingPath": f"/batch/Summary/{BATCH}"}, Accepted, ""),
    (200, POLLING, Accepted, ""),
    (200, sample("submit_200_v1.4.json"), Accepted, ""),
    (202, sample("submit_202_v1.9plus.json"), Accepted, ""),
    (400, sample("submit_400_header_rules.json"), Rejected, "file.not_uploaded"),
    (400, sample("submit_400_extension.json"), Rejected, "file.extension"),
    (400, sample("submit_400_too_big.json"), Rejected, "file.too_big"),
    (400, sample("submit_400_structure.json"), Rejected, "file.structure"),
    (400, sample("submit_400_jws_missing_or_foreign_key.json"), Rejected, "InvalidPublicKeyConfigured"),
    (400, sample("submit_400_jws_mismatch.json"), Rejected, "InvalidJsonWebSignature"),
    (412, sample("submit_412_unknown_tenant_flow.json"), Rejected, "tenant.no_workflow"),
    # 5xx never refuses, whatever it says.
    (500, sample("submit_500_missing_header.json"), Unknown, "header.missing"),
    (500, {"responseCode": "01", "responseDescription": "null"}, Unknown, "hub.exception"),
    (
        500,
        {"errorCategory": "System", "errorCode": "JWSVerificationServerError"},
        Unknown,
        "JWSVerificationServerError",
    ),
    (500, "", Unknown, "http.500"),
    (503, sample("submit_412_unknown_tenant_flow.json"), Unknown, "http.503"),
    # 200 with an empty body: id or amount that cannot be parsed, or an empty file.
    (200, "", Unknown, "empty.body"),
    (202, " \n", Unknown, "empty.body"),
    (200, "<html>", Unknown, "unreadable.body"),
    (200, "[]", Unknown, "unreadable.body"),
    (200, {}, Unknown, "no.batch_id"),
    (200, {"status": "queued"}, Unknown, "no.batch_id"),
    # v1.4 sends errors with 200.
    (
        200,
        {"errorCode": 400, "errorDescription": "x", "developerMessage": "x"},
        Unknown,
        "error.with_success",
    ),
    (200, {"errorCode": 500, **POLLING}, Unknown, "error.with_success"),
    (202, {"Error Information: ": "File too big", **POLLING}, Unknown, "error.with_success"),
    (202, {"PollingPath": "/batch/Summary/"}, Unknown, "unreadable.batch_id"),
    (202, {"PollingPath": "/batch/Summary"}, Unknown, "unreadable.batch_id"),
    (202, {"PollingPath": "/batch/Summary/a b"}, Unknown, "unreadable.batch_id"),
    (202, {"PollingPath": None}, Unknown, "unreadable.batch_id"),
    (202, {"PollingPath": 7}, Unknown, "unreadable.batch_id"),
    (202, {"batch_id": ""}, Unknown, "unreadable.batch_id"),
    (202, {"batch_id": "x", **POLLING}, Unknown, "unreadable.batch_id"),
    # What a gateway or a framework says is not the hub's own shape.
    (400, "", Unknown, "http.400"),
    (400, "<html>Bad Request</html>", Unknown, "http.400"),
    (400, {"timestamp": 1, "status": 400, "error": "Bad Request", "path": "/x"}, Unknown, "http.400"),
    (400, {"errorInformation": "File was uploaded"}, Unknown, "http.400"),
    (400, {"errorCode": "TransactionExists"}, Unknown, "http.400"),
    (400, {"errorCode": "InvalidJsonWebSignature", "PollingPath": "/x/1"}, Unknown, "http.400"),
    (400, {"Error Information: ": "File too big", "batch_id": BATCH}, Unknown, "http.400"),
    (412, {"responseCode": "01", "responseDescription": "Process definition found"}, Unknown, "http.412"),
    (412, {"responseCode": "02", "responseDescription": "Process definition not found"}, Unknown, "http.412"),
    (412, "", Unknown, "http.412"),
    (401, {"error": "invalid_token"}, Unknown, "http.401"),
    (403, {"message": "You cannot consume this service"}, Unknown, "http.403"),
    (404, "", Unknown, "http.404"),
    (408, "", Unknown, "http.408"),
    (409, sample("submit_400_too_big.json"), Unknown, "http.409"),
    (425, "", Unknown, "http.425"),
    (429, {"message": "API rate limit exceeded"}, Unknown, "http.429"),
    (499, "", Unknown, "http.499"),
    (201, POLLING, Unknown, "http.201"),
    (204, "", Unknown, "http.204"),
)


@tagged("post_install", "-at_install")
class TestSubmissionTable(BaseCase):
    def test_each_row_of_the_table(self):
        for status, body, kind, code in TABLE:
            text = body if isinstance(body, str) else json.dumps(body)
            with self.subTest(status=status, body=text[:60]):
                outcome = read_submission(Answer(status=status, body=text), settings())
                self.assertEqual((type(outcome), outcome.code), (kind, code))

    def test_batch_id_is_the_last_part_of_the_polling_path(self):
        for body in (POLLING, {"PollingPath": f"/batch/Summary/{BATCH}/"}, {"batch_id": BATCH}):
            outcome = read_submission(Answer(status=202, body=json.dumps(body)), settings())
            self.assertEqual(outcome.correlation, BATCH)

    def test_every_refusal_is_of_the_hubs_own_shape_and_no_5xx(self):
        for refusal in const.REFUSALS:
            with self.subTest(refusal.code):
                self.assertIn(refusal.status, (400, 412))
                self.assertTrue(refusal.says)
                self.assertFalse(
                    {const.POLLING_KEY, *const.BATCH_ID_KEYS} & (refusal.may_say | set(refusal.says))
                )

    def test_refusals_are_told_apart(self):
        self.assertEqual(len({refusal.code for refusal in const.REFUSALS}), len(const.REFUSALS))

    def test_a_word_more_or_less_is_no_refusal(self):
        for refusal in const.REFUSALS:
            for changes in ({"else": 1}, {next(iter(refusal.says)): "x"}):
                with self.subTest(refusal.code, **changes):
                    body = json.dumps({**refusal.says, **changes})
                    outcome = read_submission(Answer(status=refusal.status, body=body), settings())
                    self.assertIsInstance(outcome, Unknown)

    def test_only_the_transport_says_not_sent(self):
        outcome = read_submission(Answer(status=0, body=""), settings())
        self.assertNotIsInstance(outcome, NotSent)


@tagged("post_install", "-at_install")
class TestTables(BaseCase):
    def test_final_words_of_transfers_are_two(self):
        final = {word for word, result in const.ROW_RESULTS.items() if result is not RowResult.PENDING}
        self.assertEqual(final, {"COMPLETED", "FAILED"})

    def test_columns_begin_with_the_ten_and_have_their_number(self):
        for number, columns in const.COLUMNS.items():
            self.assertEqual((len(columns), columns[:10]), (number, const.BASE_COLUMNS))
            self.assertEqual(len(set(columns)), number)

    def test_fifteen_columns_are_in_the_hubs_internal_order(self):
        self.assertEqual(
            const.COLUMNS[15][10:],
            ("program_shortcode", "cycle", "payee_dfsp_id", "batch_id", "account_number"),
        )

    def test_versions_differ_as_the_contract_says(self):
        for version, columns, raw, signs, calls_back in (
            ("v1.4", (10,), False, False, True),
            ("v1.6", (10,), False, False, True),
            ("v1.8", (10, 13), True, True, True),
            ("v1.9", (10, 13), True, True, False),
            ("v1.11", (10, 13), True, True, True),
            ("v1.13", (10, 13, 15), True, True, True),
        ):
            with self.subTest(version):
                profile = const.PROFILES[version]
                self.assertEqual(
                    (profile.columns, profile.raw, profile.signs, profile.calls_back),
                    (columns, raw, signs, calls_back),
                )

    def test_modes_are_the_configured_four_in_small_letters(self):
        self.assertEqual(set(const.PAYMENT_MODES), {"gsma", "mojaloop", "slcb", "closedloop"})

    def test_a_page_takes_a_whole_submission(self):
        self.assertGreaterEqual(const.PAGE_SIZE, const.MAX_ROWS)
