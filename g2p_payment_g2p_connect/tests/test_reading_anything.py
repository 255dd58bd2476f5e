import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    QUESTION_OUTCOMES,
    TRY_OUTCOMES,
    Fault,
    NeverHad,
    NotSent,
    Rejected,
    RowResult,
)

from .. import const
from .test_reading import MOMENT, read, read_question

# How long an example takes says nothing on a busy machine.
thorough = settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals().map(str)
words = st.sampled_from(
    ["succ", "rjct", "pdng", "rcvd", "fail", "PAY-1", "PAY-2", "BATCH-1", "on-disburse", "10.00", MOMENT]
    + ["rjct.reference_id.duplicate", "rjct.payee_fa.invalid", "rjct.version.invalid"]
    + ["err.request.bad", "ACK", "ERR"]
)
names = st.sampled_from(
    ["header", "message", "errors", "status", "status_reason_code", "transaction_id", "disbursements_status"]
    + ["txnstatus_response", "txn_status", "txn_type", "reference_id", "amount", "currency_code", "timestamp"]
    + ["code", "ack_status", "error", "correlation_id"]
)
values = st.recursive(
    scalars | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=25,
)
near_rows = st.fixed_dictionaries(
    {"reference_id": words | scalars, "status": words | values},
    optional=dict.fromkeys(("amount", "currency_code", "timestamp", "status_reason_code"), words | values),
)
items = st.lists(near_rows | values, max_size=4)
near_answers = st.builds(
    lambda header, inside, rest: {"header": header, "message": inside, **rest},
    st.fixed_dictionaries({"status": words | values}) | values,
    st.fixed_dictionaries(
        {"transaction_id": st.just("BATCH-1") | values},
        optional={
            "disbursements_status": items,
            "txnstatus_response": st.fixed_dictionaries(
                {"txn_type": words | values, "txn_status": items | values}
            ),
        },
    )
    | values,
    st.dictionaries(names, values, max_size=2),
)
known_statuses = st.sampled_from([200, 201, 202, 204, 302, 400, 401, 404, 408, 409, 429, 500, 503])
statuses = known_statuses | st.integers(0, 999)
bodies = (
    st.text()
    | st.binary().map(lambda raw: raw.decode("utf-8", "replace"))
    | (values | near_answers).map(json.dumps)
    | near_answers.map(json.dumps)
)


@tagged("post_install", "-at_install")
class TestReadAnything(BaseCase):
    @thorough
    @given(bodies, statuses, st.sampled_from(Fault))
    def test_every_answer_to_a_submission_is_one_of_the_closed_outcomes(self, body, status, fault):
        outcome = read(body, status, fault)
        self.assertIn(type(outcome), TRY_OUTCOMES)
        if isinstance(outcome, Rejected):
            self.assertIn(outcome.code, const.HEADER_REFUSALS | const.ENVELOPE_REFUSALS)
            self.assertTrue(status in const.REJECTING_HTTP_STATUSES or 200 <= status < 300)
            self.assertIs(fault, Fault.NONE)
        if isinstance(outcome, NotSent):
            self.assertIs(fault, Fault.NOT_SENT)
        self.assert_safe(outcome)

    @thorough
    @given(bodies, statuses, st.sampled_from(Fault))
    def test_every_answer_to_a_question_is_one_of_the_closed_outcomes(self, body, status, fault):
        outcome = read_question(body, status, fault)
        self.assertIn(type(outcome), QUESTION_OUTCOMES)
        self.assertNotIsInstance(outcome, NeverHad)
        self.assert_safe(outcome)

    def assert_safe(self, outcome):
        """Whatever is handed on can be stored, and nothing is final that was not said plainly."""
        references = [one.reference for one in getattr(outcome, "rows", ())]
        self.assertEqual(len(references), len(set(references)))
        for text in (outcome.code, outcome.reason, *references):
            text.encode()
            self.assertNotIn("\x00", text)
        for one in getattr(outcome, "rows", ()):
            self.assertTrue(one.amount is None or one.amount.is_finite())
            self.assertEqual(one.reason, "")
            if one.result is RowResult.FAILED:
                self.assertIn(one.code, const.PAYMENT_REFUSALS | {const.REFUSED_WITHOUT_CODE})
