import json

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    QUESTION_OUTCOMES,
    TRY_OUTCOMES,
    Answer,
    Fault,
    NeverHad,
    NotSeen,
    NotSent,
    Rejected,
    RowResult,
)

from .. import const
from ..payee_check import PayeeToCheck
from .common import KEY, OTHER_KEY, PIL, SDK, Replies, make_client, payment, submission, thorough

SENT = {
    "pil": submission(payment(1), payment(2), settings=PIL),
    "sdk": submission(payment(1), settings=SDK),
}
CLIENTS = {"pil": make_client(PIL), "sdk": make_client(SDK)}
modes = st.sampled_from(["pil", "sdk"])

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals().map(str)
words = st.sampled_from(
    ["COMPLETED", "ABORTED", "ABORETED", "REJECTED", "PENDING", "COMMITTED", "RESERVED", "ERROR_OCCURRED"]
    + [*const.WAITING, KEY, OTHER_KEY, "PAY-1", "PAY-2", "MSISDN", "9876543201", "9876543202", "100", "INR"]
    + ["3100", "3208", "3204", "3106", "500", "400", "2026-11-21T00:35:32.620Z"]
    + ['Got an error response retrieving transfer: {"errorInformation":{"errorCode":"3208"}}']
) | st.just(400)
names = st.sampled_from(
    [
        "disbursementId",
        "payeeResults",
        "payeeIdType",
        "payeeIdValue",
        "amount",
        "currency",
        "status",
        "timestamp",
    ]
    + ["amountCredited", "errors", "errorInformation", "errorCode", "message", "statusCode", "transferState"]
    + ["transferId", "homeTransactionId", "currentState", "quoteResponse", "fulfil", "body", "prepare"]
    + ["lastError", "mojaloopError", "payeeReceiveAmount", "completedTimestamp", "httpStatusCode"]
    + ["isPayable", "name", "party", "partyIdInfo", "partyIdentifier", "personalInfo", "requestId"]
)
values = st.recursive(
    scalars | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=20,
)
near_results = st.fixed_dictionaries(
    {
        "payeeIdType": st.just("MSISDN"),
        "payeeIdValue": st.sampled_from(["9876543201", "9876543202", "1"]) | values,
    },
    optional=dict.fromkeys(
        ("amount", "currency", "status", "timestamp", "amountCredited", "errors", "isPayable"), words | values
    ),
)
near_disbursements = st.fixed_dictionaries(
    {"payeeResults": st.lists(near_results | values, max_size=4) | values},
    optional={"disbursementId": st.just(KEY) | values},
)
near_fulfils = st.fixed_dictionaries(
    {"body": st.fixed_dictionaries({"transferState": words | values}) | values}
)
near_transfers = st.fixed_dictionaries(
    {"currentState": words | values},
    optional={"transferId": st.just(KEY) | values, "fulfil": near_fulfils | values}
    | dict.fromkeys(
        ("homeTransactionId", "amount", "currency", "quoteResponse", "prepare", "lastError"), words | values
    ),
)
near_errors = st.fixed_dictionaries(
    {"message": words | values, "statusCode": words | values},
    optional={"transferState": near_transfers | values},
)
bodies = (
    st.text()
    | st.binary().map(lambda raw: raw.decode("utf-8", "replace"))
    | (values | near_disbursements | near_transfers | near_errors).map(json.dumps)
)
statuses = st.sampled_from([200, 200, 200, 400, 404, 500, 500, 504]) | st.integers(0, 999)
faults = st.just(Fault.NONE) | st.sampled_from(Fault)
notes = st.sampled_from(["", "", f"{const.CONTINUED}: acceptParty", "ReadTimeout"])
replies = st.builds(
    lambda status, body, fault, note: Answer(fault=fault, status=status, body=body, note=note),
    statuses,
    bodies,
    faults,
    notes,
)


@tagged("post_install", "-at_install")
class TestReadAnything(BaseCase):
    @thorough
    @given(modes, replies)
    def test_every_answer_to_a_submission_is_one_of_the_closed_outcomes(self, mode, answer):
        outcome = CLIENTS[mode].read_submission(answer, SENT[mode])
        self.assertIn(type(outcome), TRY_OUTCOMES)
        if isinstance(outcome, Rejected):
            self.assertIn(answer.status, (400, 404, 405))
            self.assertIs(answer.fault, Fault.NONE)
        self.assertFalse(isinstance(outcome, NotSent) and answer.fault is not Fault.NOT_SENT)
        self.assert_safe(outcome)

    @thorough
    @given(modes, replies)
    def test_every_stored_answer_to_a_question_is_one_of_the_closed_outcomes(self, mode, answer):
        sent = SENT[mode]
        outcome = CLIENTS[mode].read_question(answer, sent, sent.references)
        self.assertIn(type(outcome), QUESTION_OUTCOMES)
        self.assertFalse(isinstance(outcome, NeverHad) and (mode == "pil" or answer.status != 500))
        self.assertFalse(isinstance(outcome, NotSeen) and mode == "sdk")
        self.assert_safe(outcome)

    @thorough
    @given(modes, st.lists(replies, min_size=1, max_size=4), st.booleans())
    def test_every_try_and_question_ends_in_one_of_the_closed_outcomes(self, mode, told, asks):
        client, sent, transport = CLIENTS[mode], SENT[mode], Replies(*told)
        if asks:
            answer = client.ask(transport, sent, sent.references)
            self.assertIn(type(client.read_question(answer, sent, sent.references)), QUESTION_OUTCOMES)
        else:
            answer = client.submit(transport, sent)
            outcome = client.read_submission(answer, sent)
            self.assertIn(type(outcome), TRY_OUTCOMES)
            if len(transport.requests) > 1:
                self.assertNotIsInstance(outcome, Rejected | NotSent)

    @thorough
    @given(modes, st.lists(replies, max_size=3))
    def test_every_payee_has_a_verdict(self, mode, told):
        payees = [PayeeToCheck(f"PAY-{number}", "phone", f"98765432{number:02}") for number in (1, 2)]
        found = CLIENTS[mode].check_payees(Replies(*told), payees)
        self.assertEqual(set(found), {"PAY-1", "PAY-2"})
        for one in found.values():
            self.assertIn(one.verdict, ("payable", "unknown", "unclear"))
            self.assertTrue(one.name.isprintable() and one.code.isascii())

    def assert_safe(self, outcome):
        """Whatever is handed on can be stored, and nothing of the peer's texts is in it."""
        self.assertIn(outcome.reason[:5], ("", "HTTP "))
        self.assertRegex(outcome.code, r"\A[A-Za-z0-9._ -]{0,64}\Z")
        for row in getattr(outcome, "rows", ()):
            self.assertIn(row.reference, ("PAY-1", "PAY-2"))
            self.assertIn(row.external_reference, ("", KEY))
            self.assertEqual(row.reason, "")
            self.assertRegex(row.code, r"\A[A-Za-z0-9._-]{0,64}\Z")
            self.assertTrue(row.amount is None or (row.amount.is_finite() and row.amount >= 0))
            self.assertTrue(row.currency is None or const.CURRENCY.fullmatch(row.currency))
            if row.result is not RowResult.PENDING and row.when:
                self.assertEqual(row.when.utcoffset().total_seconds(), 0)
