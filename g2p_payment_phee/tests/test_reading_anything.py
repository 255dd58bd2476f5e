import json

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    QUESTION_OUTCOMES,
    TRY_OUTCOMES,
    Answer,
    Fault,
    Found,
    NeverHad,
    NotSent,
    Rejected,
    RowResult,
)

from .. import const, payload
from ..client import PHEEClient
from .common import BATCH, CREDENTIALS, KEY, Replies, payment, settings, submission, thorough

PAYLOAD = payload.render([payment(1), payment(2)], settings())
REFERENCES = ("PAY-1", "PAY-2")
CLIENT = PHEEClient(settings(), CREDENTIALS)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals().map(str)
words = st.sampled_from(
    ["COMPLETED", "FAILED", "IN_PROGRESS", "PAY-1", '"PAY-2"', BATCH, KEY, "1200", "USD", "01"]
    + ["Process definition not found", "File too big", "Broken file", "File not uploaded"]
    + ["InvalidJsonWebSignature", f"/batch/Summary/{BATCH}", "Duplicate transaction.", "500210000001"]
)
names = st.sampled_from(
    [
        "PollingPath",
        "batch_id",
        "batchId",
        "errorCode",
        "errorInformation",
        "errorDescription",
        "responseCode",
    ]
    + [
        "responseDescription",
        "Error Information: ",
        "Error Description : ",
        "correlationId",
        "content",
        "data",
    ]
    + ["last", "total", "ongoing", "successful", "failed", "totalBatches", "clientCorrelationId"]
    + ["transactionId", "status", "amount", "currency", "payeePartyId", "completedAt", "id"]
)
values = st.recursive(
    scalars | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=20,
)
near_summaries = st.fixed_dictionaries(
    {"batchId": st.just(BATCH), "correlationId": st.just(KEY) | values},
    optional=dict.fromkeys(("total", "ongoing", "successful", "failed"), st.integers(0, 3) | values),
)
near_transfers = st.fixed_dictionaries(
    {"status": words | values, "clientCorrelationId": words | values, "transactionId": words | values},
    optional=dict.fromkeys(
        ("amount", "currency", "payeePartyId", "errorInformation", "completedAt", "id"), words | values
    ),
)
near_pages = st.fixed_dictionaries(
    {"content": st.lists(near_transfers | values, max_size=3) | values, "last": st.booleans() | values}
)
near_batches = st.fixed_dictionaries(
    {
        "data": st.lists(near_summaries | values, max_size=3) | values,
        "totalBatches": st.integers(0, 3) | values,
    }
)
bodies = (
    st.text()
    | st.binary().map(lambda raw: raw.decode("utf-8", "replace"))
    | (values | near_summaries | near_pages | near_batches).map(json.dumps)
)
known_statuses = st.sampled_from([200, 201, 202, 204, 302, 400, 401, 404, 408, 409, 412, 429, 500, 503])
statuses = known_statuses | st.integers(0, 999)
replies = st.builds(
    lambda status, body, fault: Answer(fault=fault, status=status, body=body),
    st.just(200) | statuses,
    bodies,
    st.just(Fault.NONE) | st.sampled_from(Fault),
)


@tagged("post_install", "-at_install")
class TestReadAnything(BaseCase):
    @thorough
    @given(bodies, statuses, st.sampled_from(Fault))
    def test_every_answer_to_a_submission_is_one_of_the_closed_outcomes(self, body, status, fault):
        outcome = CLIENT.read_submission(Answer(fault=fault, status=status, body=body), submission())
        self.assertIn(type(outcome), TRY_OUTCOMES)
        if isinstance(outcome, Rejected):
            self.assertIn((status, outcome.code), {(one.status, one.code) for one in const.REFUSALS})
            self.assertIs(fault, Fault.NONE)
        if isinstance(outcome, NotSent):
            self.assertIs(fault, Fault.NOT_SENT)
        self.assert_safe(outcome)

    @thorough
    @given(st.lists(replies, min_size=1, max_size=5), st.sampled_from(["", BATCH]))
    def test_every_question_ends_in_one_of_the_closed_outcomes(self, told, correlation):
        sent = submission(PAYLOAD, REFERENCES, correlation=correlation)
        answer = CLIENT.ask(Replies(*told), sent, REFERENCES)
        outcome = CLIENT.read_question(answer, sent, REFERENCES)
        self.assertIn(type(outcome), QUESTION_OUTCOMES)
        self.assertNotIsInstance(outcome, NeverHad)
        self.assert_safe(outcome)
        if isinstance(outcome, Found) and correlation:
            self.assertEqual(outcome.correlation, correlation)

    @thorough
    @given(bodies, statuses, st.sampled_from(Fault))
    def test_every_stored_answer_to_a_question_is_one_of_the_closed_outcomes(self, body, status, fault):
        sent = submission(PAYLOAD, REFERENCES)
        outcome = CLIENT.read_question(Answer(fault=fault, status=status, body=body), sent, REFERENCES)
        self.assertIn(type(outcome), QUESTION_OUTCOMES)
        self.assertNotIsInstance(outcome, NeverHad)

    def assert_safe(self, outcome):
        """Whatever is handed on can be stored, and nothing of the hub's texts is in it."""
        rows = getattr(outcome, "rows", ())
        texts = [outcome.code, outcome.reason, getattr(outcome, "correlation", "")]
        texts += [
            text for row in rows for text in (row.code, row.reason, row.reference, row.external_reference)
        ]
        for text in texts:
            text.encode()
            self.assertNotIn("\x00", text)
        for row in rows:
            self.assertIn(row.reference, REFERENCES)
            self.assertTrue(row.amount is None or row.amount.is_finite())
            self.assertEqual(row.reason, "")
            self.assertLessEqual(len(row.code), 64)
            if row.result is RowResult.PAID:
                self.assertTrue(row.amount is None or row.amount >= 0)
