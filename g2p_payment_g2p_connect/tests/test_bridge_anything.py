"""Whatever a bridge answers, it is one of the closed outcomes, and nothing final is said without its proof."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    QUESTION_OUTCOMES,
    TRY_OUTCOMES,
    Accepted,
    Answer,
    Fault,
    NeverHad,
    NotSeen,
    NotSent,
    Rejected,
    RowResult,
)

from .. import const as connect
from ..bridge import const
from ..bridge.envelope_status import EnvelopeStatus, read_envelope_status
from .bridge_case import ENVELOPE_ID, IDS, counts, echo, make_client, record, submission, thorough

PURPOSES = (const.ENVELOPE, const.DISBURSEMENTS, const.AMENDMENT, const.CANCELLATION)
CODES = [*const.DISBURSEMENT_REFUSALS, *const.DISBURSEMENT_DOUBTS, "INVALID_PROGRAM_MNEMONIC"]
CLIENT = make_client(disbursements_before=5, amount_before=900)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
words = st.sampled_from(
    [*CODES, *const.BANK_ERRORS, *const.REFUSING_ERRORS.values(), *IDS, *IDS.values(), ENVELOPE_ID]
    + ["succ", "rjct", "", "Canary Aminata", "2026-11-21T00:00:00"]
)
names = st.sampled_from([*record(), *counts(), *echo(1)[0], "errors", "code", "header", "message", "status"])
values = st.recursive(
    scalars | words,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)


def changed(good):
    """Return what is nearly ``good``: some members are something else, or missing."""
    return st.dictionaries(st.sampled_from(list(good)), values, max_size=2).map(lambda other: good | other)


records = st.lists(
    changed(record()) | changed(record(reversal_found=True, reversal_reason="AC04")), max_size=2
)
near_entries = st.builds(
    lambda told, paid, wrong: {
        "disbursement_id": told,
        "disbursement_recon_records": {
            "disbursement_recon_payloads": paid,
            "disbursement_error_recon_payloads": wrong,
        },
    },
    words | values,
    records | values,
    st.lists(changed({"disbursement_id": IDS["PAY-1"], "error_reason": "INVALID_REVERSAL"}), max_size=2)
    | values,
)
near_messages = (
    changed(counts(5, 900))
    | changed(counts(7, 1200))
    | st.lists(changed(echo(1)[0]) | changed(echo(2)[0]) | changed(echo(2, ids={})[0]), max_size=3)
    | st.lists(near_entries | values, max_size=3)
    | values
)
near_answers = st.builds(
    lambda status, code, message, rest: {
        "header": {"status": status, "status_reason_message": code, "message_ts": "2026-12-24T00:00:00"},
        "message": message,
        **rest,
    },
    st.sampled_from(["succ", "rjct"]) | values,
    words | values,
    near_messages,
    st.just({}) | st.dictionaries(names, values, max_size=1),
)
near_errors = st.builds(
    lambda found: {"errors": found},
    st.lists(st.fixed_dictionaries({"code": words | values, "message": words | values}), max_size=2) | values,
)
statuses = st.just(200) | st.sampled_from([400, 404, 405, 500, 503]) | st.integers(0, 999)
bodies = (
    (near_answers | near_errors | values).map(json.dumps)
    | st.text()
    | st.binary().map(lambda raw: raw.decode("utf-8", "replace"))
)
answers = st.builds(Answer, st.just(Fault.NONE) | st.sampled_from(Fault), statuses, bodies)
submissions = st.builds(
    lambda purpose, known: replace(submission(purpose), external_references=known),
    st.sampled_from(PURPOSES),
    st.sampled_from([{}, IDS, {"PAY-1": IDS["PAY-1"]}, dict.fromkeys(IDS, "1"), {"PAY-1": ""}]),
)


@tagged("post_install", "-at_install")
class TestReadAnything(BaseCase):
    @thorough
    @given(answers, submissions)
    def test_every_answer_to_a_submission_is_one_of_the_closed_outcomes(self, answer, sent):
        outcome = CLIENT.read_submission(answer, sent)
        self.assertIn(type(outcome), TRY_OUTCOMES)
        self.assert_safe(outcome)
        self.assertEqual(isinstance(outcome, NotSent), answer.fault is Fault.NOT_SENT)
        if isinstance(outcome, Rejected):
            self.assert_refusal(answer, sent, outcome)
        if isinstance(outcome, Accepted):
            header = json.loads(answer.body)["header"]
            is_cancelled = outcome.code == const.ALREADY_CANCELED and sent.purpose == const.CANCELLATION
            self.assertTrue(is_cancelled or header["status"] == "succ")
            self.assertEqual(bool(outcome.correlation), sent.purpose == const.ENVELOPE)
            self.assertEqual(bool(outcome.rows), sent.purpose == const.DISBURSEMENTS)

    def assert_refusal(self, answer, sent, outcome):
        """No refusal without its own shape."""
        body = json.loads(answer.body)
        if answer.status != 200 and answer.status in const.REFUSING_ERRORS:
            code = const.REFUSING_ERRORS[answer.status]
            self.assertEqual({one["code"] for one in body["errors"]}, {code})
            return
        self.assertEqual(body["header"]["status"], "rjct")
        self.assertEqual(body["header"]["status_reason_message"], outcome.code)
        if sent.purpose == const.DISBURSEMENTS:
            self.assertIn(outcome.code, const.DISBURSEMENT_REFUSALS)
            self.assertEqual({one["mis_reference_number"] for one in body["message"]}, set(IDS))
            self.assertEqual({one.get("disbursement_id") for one in body["message"]}, {None})

    @thorough
    @given(answers, submissions, st.sampled_from(["", ENVELOPE_ID]))
    def test_every_answer_to_a_question_is_one_of_the_closed_outcomes(self, answer, sent, correlation):
        sent = replace(sent, correlation=correlation)
        outcome = CLIENT.read_question(answer, sent, sent.references)
        self.assertIn(type(outcome), QUESTION_OUTCOMES)
        self.assertNotIsInstance(outcome, NotSeen)
        self.assert_safe(outcome)
        if isinstance(outcome, NeverHad):
            self.assert_proof(answer, sent)

    def assert_proof(self, answer, sent):
        """Nothing was never had without its own proof."""
        self.assertEqual((answer.fault, answer.status // 100), (Fault.NONE, 2))
        body = json.loads(answer.body)
        if sent.purpose == const.DISBURSEMENTS:
            self.assertEqual(body["header"]["status"], "succ")
            self.assertFalse(sent.external_references)
            told = body["message"]
            self.assertEqual(told["disbursement_envelope_id"], ENVELOPE_ID)
            self.assertEqual(told["number_of_disbursements_received"], 5)
            self.assertEqual(told["total_disbursement_amount_received"], 900)
            return
        self.assertEqual(body["header"]["status"], "rjct")
        self.assertEqual(body["header"]["status_reason_message"], const.ENVELOPE_NOT_FOUND)
        self.assertFalse(sent.correlation and sent.purpose == const.ENVELOPE)

    def assert_safe(self, outcome):
        """Whatever is handed on can be stored and names no payee, and nothing is final that was not said plainly."""
        rows = getattr(outcome, "rows", ())
        references = [row.reference for row in rows]
        self.assertEqual(len(references), len(set(references)))
        self.assertLessEqual(set(references), set(IDS))
        told = [outcome.code, outcome.reason, outcome.attention, getattr(outcome, "correlation", "")]
        for row in rows:
            self.assertIsNone(row.amount)
            self.assertIsNot(row.result, RowResult.FAILED)
            self.assertEqual(row.paid_before, row.result is RowResult.REVERSED)
            self.assertEqual(bool(row.details), row.result is not RowResult.PENDING)
            self.assertLessEqual(set(row.details), set(const.DETAILS))
            told += [row.code, row.external_reference, *row.details.values()]
            self.assertNotIn("Canary", row.code)
        for text in told:
            text.encode()
            self.assertNotIn("\x00", text)
        self.assertNotIn("Canary", f"{outcome.code}{outcome.reason}{outcome.attention}")

    @thorough
    @given(bodies)
    def test_every_text_is_a_status_or_none(self, text):
        status = read_envelope_status(text, ENVELOPE_ID)
        self.assertIsInstance(status, EnvelopeStatus | None)
        if status is not None:
            self.assertEqual(status.disbursement_envelope_id, ENVELOPE_ID)
            self.assertTrue(all(isinstance(one, int) for one in status.received))

    def test_nearly_right_answers_are_right_often_enough_to_show_anything(self):
        """The strategies above reach the outcomes that matter: the plain forms of each are among them."""
        sent = submission()
        told = Answer(status=200, body=json.dumps({"header": {"status": "succ"}, "message": counts(5, 900)}))
        self.assertIsInstance(CLIENT.read_question(told, sent, ()), NeverHad)
        refused = {
            "header": {"status": "rjct", "status_reason_message": "INVALID_DISBURSEMENT_PAYLOAD"},
            "message": echo(ids={}),
        }
        told = Answer(status=200, body=json.dumps(refused))
        self.assertIsInstance(CLIENT.read_submission(told, sent), Rejected)
        told = replace(told, headers={connect.VERDICT_HEADER: "signature.invalid"})
        self.assertNotIsInstance(CLIENT.read_submission(told, sent), Rejected)
