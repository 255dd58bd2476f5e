"""Whatever a bridge answers, it is one of the closed outcomes, and nothing final is said without its proof."""

import json
from copy import deepcopy
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
    Found,
    NeverHad,
    NotSeen,
    NotSent,
    Rejected,
    RowResult,
    Unknown,
    Unreadable,
)

from ..bridge import const
from ..bridge.envelope_status import EnvelopeStatus, read_envelope_status
from .bridge_case import (
    ENVELOPE_ID,
    IDS,
    REVERSAL,
    Bridge,
    bank_error,
    counts,
    echo,
    entry,
    errors,
    looked,
    make_client,
    record,
    said,
    submission,
    thorough,
)

CLIENT = make_client(disbursements_before=5, amount_before=900)
PERHAPS = make_client(disbursements_before=5, amount_before=900, disbursements_perhaps=2, amount_perhaps=300)
PAYLOAD = "INVALID_DISBURSEMENT_PAYLOAD"
FULL = "NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED"
OPENED = said({"disbursement_envelope_id": ENVELOPE_ID})
NOT_FOUND = said(None, const.ENVELOPE_NOT_FOUND)
STATEMENTS = [entry(record(), wrong=[bank_error("DUPLICATE_DISBURSEMENT")]), entry(told=IDS["PAY-2"])]

#: Right answers to submissions: (what it was for, body, what it says).
RIGHT_ANSWERS = (
    (const.ENVELOPE, OPENED, Accepted),
    (const.ENVELOPE, said({"disbursement_envelope_id": None}, "INVALID_PROGRAM_MNEMONIC"), Rejected),
    (const.DISBURSEMENTS, said(echo()), Accepted),
    (const.DISBURSEMENTS, said(echo(ids={}), PAYLOAD), Rejected),
    (const.DISBURSEMENTS, said(echo(ids={}), FULL), Unknown),
    (const.AMENDMENT, OPENED, Accepted),
    (const.AMENDMENT, said(None, "DISBURSEMENT_ENVELOPE_DATE_PASSED"), Rejected),
    (const.CANCELLATION, OPENED, Accepted),
    (const.CANCELLATION, said(None, const.ALREADY_CANCELED), Accepted),
)
#: Right answers to questions: (what was asked about, body, what it says).
RIGHT_TOLD = (
    (const.ENVELOPE, NOT_FOUND, NeverHad),
    (const.AMENDMENT, NOT_FOUND, NeverHad),
    (const.CANCELLATION, NOT_FOUND, NeverHad),
    (const.DISBURSEMENTS, said(counts(5, 900)), NeverHad),
    (const.DISBURSEMENTS, said(counts(7, 1200)), Found),
    (const.DISBURSEMENTS, said(STATEMENTS), Found),
    (const.DISBURSEMENTS, said([entry(record(**REVERSAL)), entry(told=IDS["PAY-2"])]), Found),
)
#: Looks into an envelope after which something is sent, or not.
LOOKS = (
    (const.DISBURSEMENTS, said(counts(6, 1000)), Found),
    (const.DISBURSEMENTS, said(counts(8, 1300)), Unreadable),
)
KNOWN_IDS = ({}, IDS, {"PAY-1": IDS["PAY-1"]}, dict.fromkeys(IDS, IDS["PAY-1"]), {"PAY-1": ""})

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
words = st.sampled_from(
    [*const.DISBURSEMENT_REFUSALS, *const.BANK_ERRORS, *const.REFUSING_ERRORS.values(), *IDS, *IDS.values()]
    + ["succ", "rjct", "", "Canary Aminata", "2026-11-21T00:00:00", ENVELOPE_ID, FULL, 5, 900, 7, 1200]
)
names = st.sampled_from([*record(), *counts(), *echo(1)[0], "errors", "code", "header", "message", "status"])
values = st.recursive(
    scalars | words,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)


def places(body):
    """Return where something stands in a body: [(what holds it, its name or number)]."""
    members = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [place for name, value in members for place in ((body, name), *places(value))]


@st.composite
def nearly(draw, right):
    """Return (purpose, body) of a right answer in which up to two things are gone, doubled, or something else."""
    purpose, body, _outcome = draw(st.sampled_from(right))
    body = deepcopy(body)
    for _time in range(draw(st.integers(0, 2))):
        if not (found := places(body)):
            break
        holder, name = draw(st.sampled_from(found))
        if draw(st.booleans()):
            holder[name] = draw(words | values)
        elif isinstance(holder, list) and draw(st.booleans()):
            holder.append(deepcopy(holder[name]))
        else:
            del holder[name]
    return purpose, json.dumps(body)


refusals = st.builds(
    lambda purpose, status, codes: (purpose, status, json.dumps(errors(*codes))),
    st.sampled_from([const.ENVELOPE, const.DISBURSEMENTS]),
    st.sampled_from([*const.REFUSING_ERRORS, 200, 500]),
    st.lists(st.sampled_from([*const.REFUSING_ERRORS.values(), "G2P-REQ-100"]), max_size=2),
)
texts = st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")) | values.map(json.dumps)
purposes = st.sampled_from([const.ENVELOPE, const.DISBURSEMENTS, const.AMENDMENT, const.CANCELLATION])
statuses = st.just(200) | st.sampled_from([400, 404, 405, 500, 503]) | st.integers(0, 999)


def exchanges(right):
    """Return (answer, submission), most of them nearly right: it is those that may be misread."""
    wild = st.tuples(purposes, st.sampled_from(Fault), statuses, texts)
    spoilt = st.tuples(nearly(right), st.sampled_from(Fault), statuses)
    told = st.one_of(
        nearly(right).map(lambda one: (one[0], Fault.NONE, 200, one[1])),
        nearly(right).map(lambda one: (one[0], Fault.NONE, 200, one[1])),
        spoilt.map(lambda one: (one[0][0], one[1], one[2], one[0][1])),
        refusals.map(lambda one: (one[0], Fault.NONE, one[1], one[2])),
        wild,
    )
    return st.builds(
        lambda one, known: (
            Answer(one[1], one[2], one[3]),
            submission(one[0], external_references=known),
        ),
        told,
        st.sampled_from(KNOWN_IDS),
    )


@tagged("post_install", "-at_install")
class TestReadAnything(BaseCase):
    def test_right_answers_say_what_they_say(self):
        """What the tests below are worth: what they start from refuses, pays and proves absence."""
        for purpose, body, outcome in RIGHT_ANSWERS:
            told = Answer(status=200, body=json.dumps(body), headers=looked(counts()))
            self.assertIs(type(CLIENT.read_submission(told, submission(purpose))), outcome)
        results = set()
        for purpose, body, outcome in RIGHT_TOLD:
            told = Answer(status=200, body=json.dumps(body))
            known = IDS if isinstance(body["message"], list) else {}
            found = CLIENT.read_question(told, submission(purpose, external_references=known), ())
            self.assertIs(type(found), outcome)
            results |= {row.result for row in getattr(found, "rows", ())}
        self.assertEqual(results, {RowResult.PAID, RowResult.REVERSED, RowResult.PENDING})

    @thorough
    @given(exchanges(RIGHT_ANSWERS))
    def test_every_answer_to_a_submission_is_one_of_the_closed_outcomes(self, exchange):
        answer, sent = exchange
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

    @thorough
    @given(exchanges((*RIGHT_TOLD, *LOOKS)))
    def test_no_payment_is_sent_unless_its_envelope_holds_what_it_should(self, exchange):
        look, _sent = exchange
        bridge, sent = Bridge(look=look), submission()
        told = PERHAPS.submit(bridge, sent)
        self.assertEqual(len(bridge.looks), 1)
        if not bridge.requests:
            outcome = PERHAPS.read_submission(told, sent)
            self.assertIsInstance(outcome, NotSent)
            codes = (const.COUNTS_DIFFER, const.COUNTS_UNREAD, const.ENVELOPE_LOST, Fault.NOT_SENT.value)
            self.assertIn(outcome.code, codes)
            self.assert_safe(outcome)
            return
        self.assertEqual((look.fault, look.status // 100), (Fault.NONE, 2))
        body = json.loads(look.body)
        self.assertEqual(body["header"]["status"], "succ")
        self.assertEqual(body["message"]["disbursement_envelope_id"], ENVELOPE_ID)
        self.assertIn(body["message"]["number_of_disbursements_received"], (5, 6, 7))
        self.assertTrue(900 <= body["message"]["total_disbursement_amount_received"] <= 1200)

    def assert_refusal(self, answer, sent, outcome):
        """No refusal without its own shape."""
        self.assertIs(answer.fault, Fault.NONE)
        body = json.loads(answer.body)
        if answer.status in const.REFUSING_ERRORS:
            self.assertEqual({one["code"] for one in body["errors"]}, {const.REFUSING_ERRORS[answer.status]})
            return
        header = body["header"]
        self.assertEqual((answer.status // 100, header["status"]), (2, "rjct"))
        self.assertIn(outcome.code, (header.get("status_reason_message"), header.get("status_reason_code")))
        if sent.purpose == const.DISBURSEMENTS:
            self.assertIn(outcome.code, const.DISBURSEMENT_REFUSALS)
            self.assertEqual(sorted(one["mis_reference_number"] for one in body["message"]), sorted(IDS))
            self.assertEqual({one["disbursement_envelope_id"] for one in body["message"]}, {ENVELOPE_ID})
            self.assertEqual({one.get("disbursement_id") for one in body["message"]}, {None})

    @thorough
    @given(exchanges(RIGHT_TOLD), st.sampled_from(["", "", ENVELOPE_ID]))
    def test_every_answer_to_a_question_is_one_of_the_closed_outcomes(self, exchange, correlation):
        answer, sent = exchange
        sent = replace(sent, correlation=correlation)
        outcome = CLIENT.read_question(answer, sent, sent.references)
        self.assertIn(type(outcome), QUESTION_OUTCOMES)
        self.assertNotIsInstance(outcome, NotSeen)
        self.assert_safe(outcome)
        if isinstance(outcome, NeverHad):
            self.assert_absence(answer, sent)
        for row in getattr(outcome, "rows", ()):
            if row.result is not RowResult.PENDING:
                self.assert_payment(answer, sent, row)

    def assert_absence(self, answer, sent):
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
        self.assertEqual((body["header"]["status"], body.get("message")), ("rjct", None))
        self.assertFalse(sent.correlation and sent.purpose == const.ENVELOPE)

    def assert_payment(self, answer, sent, row):
        """Nothing is paid without a record of its own, in an envelope of ours."""
        told = sent.external_references[row.reference]
        self.assertEqual(list(sent.external_references.values()).count(told), 1)
        found = [one for one in json.loads(answer.body)["message"] if _id_of(one) == told]
        records = found[0]["disbursement_recon_records"]["disbursement_recon_payloads"]
        self.assertEqual({one["disbursement_id"] for one in records}, {told})
        self.assertLessEqual({one.get("disbursement_envelope_id") for one in records}, {ENVELOPE_ID, None})
        self.assertEqual({one["reversal_found"] for one in records}, {row.result is RowResult.REVERSED})

    def assert_safe(self, outcome):
        """What is handed on can be stored and names no payee."""
        rows = getattr(outcome, "rows", ())
        references = [row.reference for row in rows]
        self.assertEqual(len(references), len(set(references)))
        self.assertLessEqual(set(references), set(IDS))
        told = [outcome.code, outcome.reason, outcome.attention, getattr(outcome, "correlation", "")]
        self.assertNotIn("Canary", "".join(told))
        for row in rows:
            self.assertIsNone(row.amount)
            self.assertIsNot(row.result, RowResult.FAILED)
            self.assertEqual(row.paid_before, row.result is RowResult.REVERSED)
            self.assertLessEqual(set(row.details), set(const.DETAILS))
            told += [row.code, row.external_reference, *row.details.values()]
            self.assertNotIn("Canary", row.code)
        for text in told:
            text.encode()
            self.assertNotIn("\x00", text)

    @thorough
    @given(nearly(RIGHT_TOLD).map(lambda one: one[1]) | texts)
    def test_every_text_is_a_status_or_none(self, text):
        status = read_envelope_status(text, ENVELOPE_ID)
        self.assertIsInstance(status, EnvelopeStatus | None)
        if status is not None:
            self.assertEqual(status.disbursement_envelope_id, ENVELOPE_ID)
            self.assertTrue(all(one >= 0 for one in status.received))


def _id_of(entry_told):
    return entry_told.get("disbursement_id") if isinstance(entry_told, dict) else None
