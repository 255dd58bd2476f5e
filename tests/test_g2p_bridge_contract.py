"""The client of the bridge against the simulated bridge, which were made from the same contract without each other.

What is sent is taken and what is taken is paid, once; what comes back is read as what really happened.
"""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from odoo.addons.g2p_payment_g2p_connect.bridge import check, const, cut
from odoo.addons.g2p_payment_g2p_connect.bridge.client import BridgeClient
from odoo.addons.g2p_payment_g2p_connect.bridge.settings import BridgeSettings
from odoo.addons.g2p_payment_g2p_connect.settings import Credentials
from odoo.addons.g2p_programs.dispatch.access import AUTH_BEARER, AccessSecrets, AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Fault,
    Found,
    NeverHad,
    NotSent,
    PaymentData,
    Rejected,
    RowResult,
    SubmissionData,
    Unknown,
    Unreadable,
)
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .simulators.g2p_bridge.messages import BY_HAND
from .simulators.g2p_bridge.process import running_simulator

PAID, PENDING, REVERSED = RowResult.PAID, RowResult.PENDING, RowResult.REVERSED
#: Deadline of calls that must run into it, and of all others, in seconds.
SHORT, LONG = 0.5, 30
#: How long a fault goes on that outlasts every deadline.
FOR_EVER = 60
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    with running_simulator(BY_HAND, tmp_path_factory.mktemp("g2p_bridge") / "ledger.jsonl") as handle:
        yield handle


@pytest.fixture
def simulator(process):
    process.play(BY_HAND)
    process.reset()
    yield process
    assert process.state()["violations"] == []


def play(simulator, *faults, outcomes=(), **bridge):
    simulator.play({"bridge": BY_HAND["bridge"] | bridge, "faults": list(faults), "outcomes": list(outcomes)})


class Rail:
    """A client, and an envelope with requests of it, as the engine would send them; no engine is here.

    :param count: of payments, to as many people
    """

    def __init__(self, simulator, count=3, amount="100.00", days=0, **payment):
        self.simulator = simulator
        self.key = f"BATCH-{next(_numbers)}"
        self.settings = BridgeSettings(
            envelope_creation_url=simulator.envelope_creation_url,
            envelope_status_url=simulator.envelope_status_url,
            payment_endpoint_url=simulator.payment_url,
            status_endpoint_url=simulator.status_url,
            sender_id="spp.example.org",
            payee_prefix="token:",
            payee_suffix="@nid",
            benefit_program_mnemonic=simulator.program,
            cycle_code_mnemonic="Cycle ‘3’",
            narrative="Cycle ‘3’ of Émile’s relief",
            disbursement_schedule_date=(datetime.now(UTC) + timedelta(days=days)).date().isoformat(),
        )
        self.payments = [
            PaymentData(
                **{
                    "id": number,
                    "reference": f"{self.key}/{number}",
                    "payee_id_type": "reg_id",
                    "payee_id_value": str(1000 + number),
                    "payee_bank_code": "",
                    "payee_name": f"Émile ‘{number}’",
                    "amount": amount,
                    "currency": "USD",
                    **payment,
                }
            )
            for number in range(count)
        ]
        self.references = tuple(one.reference for one in self.payments)

    def client(self, **credentials):
        return BridgeClient(self.settings, Credentials(**credentials))

    def make(self, purpose, payments=()):
        """Return the submission for ``purpose``, with its payload."""
        references = tuple(one.reference for one in payments) if purpose == const.DISBURSEMENTS else ()
        made = SubmissionData(f"{self.key}/{purpose}", 1, "", {}, references, purpose=purpose)
        return replace(made, payload=self.client().build(made, list(payments)))

    def submit(self, submission, seconds=LONG, **credentials):
        client = self.client(**credentials)
        return client.read_submission(client.submit(Transport(seconds), submission), submission)

    def ask(self, submission, *references, seconds=LONG):
        client = self.client()
        answer = client.ask(Transport(seconds), submission, references)
        return client.read_question(answer, submission, references)

    def open(self, seconds=LONG):
        """Send the envelope; return its submission and what was made of the answer."""
        submission = self.make(const.ENVELOPE, self.payments)
        outcome = self.submit(submission, seconds)
        envelope_id = getattr(outcome, "correlation", "")
        self.settings = replace(self.settings, disbursement_envelope_id=envelope_id)
        return replace(submission, correlation=envelope_id), outcome

    def send(self, payments=None, seconds=LONG):
        """Send one request; return its submission, with the ids that it was told, and what was made of the answer."""
        submission = self.make(const.DISBURSEMENTS, self.payments if payments is None else payments)
        outcome = self.submit(submission, seconds)
        ids = {row.reference: row.external_reference for row in getattr(outcome, "rows", ())}
        return replace(submission, external_references=ids), outcome

    def sent(self):
        """Return the submission of a request that was taken into an envelope of its own."""
        self.open()
        submission, outcome = self.send()
        assert isinstance(outcome, Accepted), outcome
        return submission

    def paid(self):
        """Return the submission of a request that was paid, as far as the script has it."""
        submission = self.sent()
        self.simulator.finish()
        return submission

    def amend(self, payments):
        """Declare that there will be no more than ``payments``."""
        self.settings = replace(
            self.settings,
            carried_beneficiaries=len(payments),
            carried_disbursements=len(payments),
            carried_amount=100 * len(payments),
        )
        return self.make(const.AMENDMENT)

    def results(self, outcome):
        """Return what an outcome says of each payment in turn, None where nothing."""
        told = {row.reference: row.result for row in outcome.rows}
        return [told.get(reference) for reference in self.references]

    def codes(self, outcome):
        return [row.code for row in outcome.rows]

    @property
    def executed(self):
        """How often each payment was made, by the ledger."""
        ledger = [line.reference_id for line in self.simulator.ledger()]
        return [ledger.count(reference) for reference in self.references]


# ---- the whole way ----------------------------------------------------------------------------------------------
def test_envelope_is_filled_and_paid_once(simulator):
    rail = Rail(simulator)
    _envelope, opened = rail.open()
    assert isinstance(opened, Accepted)
    request, outcome = rail.send()
    assert rail.results(outcome) == [PENDING] * 3
    assert len(set(request.external_references.values())) == 3
    assert rail.results(rail.ask(request)) == [PENDING] * 3, "a bank has said nothing yet"
    simulator.finish()
    told = rail.ask(request)
    assert rail.results(told) == [PAID] * 3
    assert {row.amount for row in told.rows} == {None}, "the bridge tells no amounts"
    assert all(row.when and row.details["remittance_statement_id"] for row in told.rows)
    assert rail.executed == [1, 1, 1]
    assert {(line.amount, line.currency) for line in simulator.ledger()[-3:]} == {("100", "USD")}
    assert {line.payee_fa for line in simulator.ledger()[-3:]} == {f"token:100{n}@nid" for n in range(3)}


@pytest.mark.parametrize(
    ("amount", "wire"), [("1", "1"), ("7.00", "7"), (f"{2**31 - 1}.000", str(2**31 - 1))]
)
def test_whole_amounts_arrive_exactly(simulator, amount, wire):
    rail = Rail(simulator, count=1, amount=amount)
    assert rail.results(rail.ask(rail.paid())) == [PAID]
    assert simulator.ledger()[-1].amount == wire


def test_requests_of_a_large_envelope_are_taken_in_turn_and_asked_about_by_and_by(simulator):
    rail = Rail(simulator, count=const.MAX_DISBURSEMENTS_PER_REQUEST + 5, amount="1.00")
    rail.open()
    by_id = {one.id: one for one in rail.payments}
    plan = cut.plan(rail.payments, rail.settings)
    assert [len(ids) for ids in plan] == [const.MAX_DISBURSEMENTS_PER_REQUEST, 5]
    requests = [rail.send([by_id[id_] for id_ in ids]) for ids in plan]
    assert all(isinstance(outcome, Accepted) for _request, outcome in requests)
    simulator.finish()
    told = [rail.ask(request) for request, _outcome in requests]
    assert [len(outcome.rows) for outcome in told] == [const.MAX_DISBURSEMENTS_PER_REQUEST, 5]
    assert {row.result for outcome in told for row in outcome.rows} == {PAID}
    assert set(rail.executed) == {1}


def test_some_of_a_request_can_be_asked_about(simulator):
    rail = Rail(simulator)
    request = rail.paid()
    assert rail.results(rail.ask(request, rail.references[1])) == [None, PAID, None]


def test_one_person_twice_is_in_two_requests(simulator):
    rail = Rail(simulator, count=3, payee_id_value="7")
    plan = cut.plan(rail.payments, rail.settings)
    assert plan == [(0,), (1,), (2,)]
    envelope, _outcome = rail.open()
    for (number,) in plan:
        rail.send([rail.payments[number]])
    simulator.finish()
    assert rail.executed == [1, 1, 1]
    assert isinstance(rail.ask(envelope), Found)


def test_envelope_tells_how_far_it_has_come(simulator):
    rail = Rail(simulator)
    envelope, _outcome = rail.open()
    for words, do in (
        (("received=0", "shipped=0"), rail.send),
        (("received=3", "amount=300", "funds=PENDING_CHECK"), simulator.finish),
        (("blocked=FUNDS_BLOCK_SUCCESS", "shipped=3", "reconciled=3"), lambda: None),
    ):
        found = rail.ask(envelope)
        assert isinstance(found, Found) and not found.attention
        assert all(word in found.reason for word in words), found.reason
        do()


# ---- what statements tell ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("outcome", "result", "code", "attention"),
    [
        ({"result": "unresolved"}, PENDING, "", ""),
        ({"result": "pending", "questions": 9}, PENDING, "", ""),
        (
            {"result": "reversed", "code": "ACCOUNT_CLOSED", "reversal_questions": 0},
            *(REVERSED, "ACCOUNT_CLOSED", ""),
        ),
        ({"result": "duplicate_line"}, PAID, *["bank.duplicate_disbursement"] * 2),
        ({"result": "invalid_reversal"}, PENDING, *["bank.invalid_reversal"] * 2),
        ({"result": "invalid_id"}, PENDING, *["bank.invalid_disbursement_id"] * 2),
    ],
)
def test_what_a_bank_tells_is_read_as_what_happened(simulator, outcome, result, code, attention):
    play(simulator, outcomes=[{"payees": ["1001"], **outcome}])
    rail = Rail(simulator)
    told = rail.ask(rail.paid())
    assert rail.results(told) == [PAID, result, PAID]
    assert rail.codes(told)[1] == code
    assert attentions(told) == ({attention} if attention else set())
    assert "Émile" not in str(told)


def attentions(outcome):
    """Return what an outcome calls attention to, as a whole and payment by payment."""
    told = {outcome.attention, *(getattr(row, "attention", "") for row in getattr(outcome, "rows", ()))}
    return told - {""}


def test_money_that_comes_back_later_was_paid_before(simulator):
    play(simulator, outcomes=[{"payees": ["1001"], "result": "reversed", "code": "ACCOUNT_CLOSED"}])
    rail = Rail(simulator)
    request = rail.paid()
    assert rail.results(rail.ask(request)) == [PAID] * 3
    told = rail.ask(request)
    assert rail.results(told) == [PAID, REVERSED, PAID]
    assert told.rows[1].paid_before and told.rows[1].details["reversal_reason"] == "ACCOUNT_CLOSED"


@pytest.mark.parametrize(
    ("bridge", "attention"),
    [
        ({"funds": "not_available"}, "funds.not_available"),
        ({"funds": "error"}, "funds.error"),
        ({"block": "failure"}, "funds.not_blocked"),
        ({"block": "error"}, "funds.error"),
    ],
)
def test_trouble_with_money_is_called_to_attention(simulator, bridge, attention):
    play(simulator, **bridge)
    rail = Rail(simulator)
    envelope, _outcome = rail.open()
    rail.send()
    simulator.finish()
    assert rail.ask(envelope).attention == attention
    assert rail.executed == [0, 0, 0]


def test_day_that_is_over_without_everybody_is_called_to_attention(simulator):
    play(simulator, outcomes=[{"payees": ["1001"], "result": "unresolved"}])
    rail = Rail(simulator)
    envelope, _outcome = rail.open()
    rail.send()
    simulator.finish()
    simulator.day(1)
    assert rail.ask(envelope).attention == "", "whose clock ends the day is not told"
    simulator.day(2)
    assert rail.ask(envelope).attention == "shipment.incomplete"


# ---- refusals ---------------------------------------------------------------------------------------------------
def test_refused_envelope_has_no_id_though_http_says_yes(simulator):
    play(simulator, programs=["OTHER"])
    _envelope, outcome = Rail(simulator).open()
    assert outcome == Rejected(code="INVALID_PROGRAM_MNEMONIC")


def test_envelope_of_a_day_that_is_over_is_refused(process):
    play(process)
    _envelope, outcome = Rail(process, days=-1).open()
    assert outcome == Rejected(code="INVALID_DISBURSEMENT_SCHEDULE_DATE")
    assert process.state()["violations"] == ["a schedule date is past, or is none"]
    process.reset()


@pytest.mark.parametrize("code", sorted(const.DISBURSEMENT_REFUSALS))
def test_list_that_is_refused_for_a_reason_of_its_own_was_not_taken(simulator, code):
    play(simulator, {"on": "disbursements", "play": "header_rjct", "code": code})
    rail = Rail(simulator)
    rail.open()
    request, outcome = rail.send()
    assert (type(outcome), outcome.code) == (Rejected, code)
    assert isinstance(rail.ask(request), NeverHad)


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("code", sorted(const.DISBURSEMENT_DOUBTS))
def test_list_for_which_there_is_no_room_may_be_there_already(simulator, code, executed):
    play(simulator, {"on": "disbursements", "play": "header_rjct", "code": code, "executed": executed})
    rail = Rail(simulator)
    rail.open()
    request, outcome = rail.send()
    assert (type(outcome), outcome.code) == (Unknown, code)
    assert isinstance(rail.ask(request), Found if executed else NeverHad)


def test_list_into_an_envelope_that_nobody_knows_is_refused(simulator):
    rail = Rail(simulator)
    rail.settings = replace(rail.settings, disbursement_envelope_id="1795220601750")
    _request, outcome = rail.send()
    assert outcome == Rejected(code=const.ENVELOPE_NOT_FOUND)


def test_second_copy_of_a_list_is_refused_where_there_is_no_room_and_the_first_is_not_doubted(process):
    play(process)
    rail = Rail(process)
    rail.open()
    request, _outcome = rail.send()
    assert isinstance(rail.submit(request), Unknown)
    process.finish()
    assert rail.results(rail.ask(request)) == [PAID] * 3
    assert rail.executed == [1, 1, 1]
    process.reset()


# ---- no answer, or none that means anything ---------------------------------------------------------------------
SILENT = [
    ({"play": "timeout", "seconds": FOR_EVER}, "timeout"),
    ({"play": "drip_header", "seconds": FOR_EVER}, "timeout"),
    ({"play": "drip_body", "seconds": FOR_EVER}, "timeout"),
    ({"play": "reset"}, "connection"),
    ({"play": "reset", "after_bytes": 0}, "connection"),
    ({"play": "reset", "after_bytes": 200}, "connection"),
    ({"play": "huge"}, "too_large"),
    ({"play": "redirect"}, "redirect"),
    ({"play": "rubbish"}, "unreadable.body"),
    ({"play": "html"}, "unreadable.body"),
    ({"play": "empty"}, "unreadable.body"),
    ({"play": "truncated"}, "unreadable.body"),
    ({"play": "unknown_status"}, "unreadable.body"),
    *(
        ({"play": "status", "status": status, "shape": shape}, f"http.{status}")
        for status in (401, 403, 408, 409, 425, 429, 500, 502, 503)
        for shape in (True, False)
    ),
    *(({"play": "status", "status": status, "shape": False}, f"http.{status}") for status in (400, 404, 405)),
]


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize(("fault", "code"), SILENT)
def test_list_without_an_answer_is_found_in_the_counts_or_was_never_had(simulator, fault, code, executed):
    play(simulator, {"on": "disbursements", "executed": executed, **fault})
    rail = Rail(simulator)
    rail.open()
    request, outcome = rail.send(seconds=SHORT if code == "timeout" else LONG)
    assert (type(outcome), outcome.code) == (Unknown, code)
    simulator.release()
    found = rail.ask(request)
    assert (type(found), found.code) == ((Found, "ids.lost") if executed else (NeverHad, "counts.unchanged"))
    assert found.attention == ("ids.lost" if executed else "")
    simulator.finish()
    assert rail.executed == [int(executed)] * 3


@pytest.mark.parametrize(("fault", "code"), SILENT)
def test_envelope_without_an_answer_is_one_that_nobody_can_fill(simulator, fault, code):
    play(simulator, {"on": "envelope", "executed": True, **fault})
    rail = Rail(simulator)
    envelope, outcome = rail.open(seconds=SHORT if code == "timeout" else LONG)
    assert (type(outcome), outcome.code) == (Unknown, code)
    simulator.release()
    assert rail.ask(envelope) == NeverHad(code=const.ENVELOPE_NOT_FOUND)


@pytest.mark.parametrize(
    ("on", "fault", "code"),
    [
        ("envelope", {"play": "null_ids"}, "envelope.without_id"),
        ("envelope", {"play": "null_message"}, "envelope.without_id"),
        ("envelope", {"play": "wrong_amount"}, "other.envelope"),
        ("envelope", {"play": "wrong_currency"}, "other.envelope"),
        ("disbursements", {"play": "null_ids"}, "ids.missing"),
        ("disbursements", {"play": "null_message"}, "ids.missing"),
        ("disbursements", {"play": "missing_rows", "rows": 3}, "ids.missing"),
        ("disbursements", {"play": "extra_rows"}, "other.references"),
        ("disbursements", {"play": "other_transaction"}, "other.references"),
    ],
)
def test_answer_that_says_yes_and_tells_nothing_that_fits_is_unknown(simulator, on, fault, code):
    play(simulator, {"on": on, **fault})
    rail = Rail(simulator)
    _envelope, outcome = rail.open()
    if on == "disbursements":
        _request, outcome = rail.send()
    assert (type(outcome), outcome.code) == (Unknown, code)


@pytest.mark.parametrize("status", sorted(const.REFUSING_ERRORS))
@pytest.mark.parametrize("on", ["envelope", "disbursements"])
def test_what_the_framework_refuses_was_not_looked_at(simulator, on, status):
    play(simulator, {"on": on, "play": "status", "status": status})
    rail = Rail(simulator)
    _envelope, outcome = rail.open()
    if on == "disbursements":
        _request, outcome = rail.send()
    assert outcome == Rejected(code=const.REFUSING_ERRORS[status], reason=f"HTTP {status}")


# ---- rows -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "told", "attention"),
    [
        ({"play": "missing_rows"}, [None, PENDING, PENDING], {"ids.lost"}),
        ({"play": "missing_rows", "rows": 2}, [None, None, PENDING], {"ids.lost"}),
        ({"play": "contradictory_rows"}, [None, PENDING, PENDING], {"ids.lost"}),
        ({"play": "duplicated_rows", "rows": 3}, [PENDING] * 3, set()),
        ({"play": "reordered_rows"}, [PENDING] * 3, set()),
        ({"play": "wrong_amount"}, [PENDING] * 3, {"echo.differs"}),
    ],
)
def test_ids_are_matched_by_reference(simulator, fault, told, attention):
    play(simulator, {"on": "disbursements", **fault})
    rail = Rail(simulator)
    rail.open()
    request, outcome = rail.send()
    assert isinstance(outcome, Accepted)
    assert rail.results(outcome) == told
    assert attentions(outcome) == attention
    simulator.finish()
    assert rail.results(rail.ask(request)) == [result and PAID for result in told]


@pytest.mark.parametrize(
    ("fault", "results"),
    [
        ({"play": "missing_rows"}, [None, PAID, PAID]),
        ({"play": "extra_rows", "rows": 5}, [PAID, PAID, PAID]),
        ({"play": "duplicated_rows", "rows": 3}, [PAID, PAID, PAID]),
        ({"play": "reordered_rows"}, [PAID, PAID, PAID]),
        ({"play": "contradictory_rows"}, [PENDING, PAID, PAID]),
        ({"play": "other_ids"}, [None, PAID, PAID]),
        ({"play": "other_transaction"}, [PENDING, PAID, PAID]),
    ],
)
def test_statements_are_matched_by_id_and_doubt_leaves_payments_open(simulator, fault, results):
    play(simulator, {"on": "status", "calls": [1], **fault})
    rail = Rail(simulator)
    request = rail.paid()
    assert rail.results(rail.ask(request)) == results
    assert rail.results(rail.ask(request)) == [PAID] * 3


@pytest.mark.parametrize(
    ("fault", "code"), [*SILENT, ({"play": "header_rjct"}, "INVALID_DISBURSEMENT_PAYLOAD")]
)
@pytest.mark.parametrize("on", ["status", "envelope_status"])
def test_question_that_fails_says_nothing(simulator, on, fault, code):
    play(simulator, {"on": on, "calls": [1], **fault})
    rail = Rail(simulator)
    envelope, _outcome = rail.open()
    request, _outcome = rail.send()
    asked = request if on == "status" else envelope
    told = rail.ask(asked, seconds=SHORT if code == "timeout" else LONG)
    assert (type(told), told.code) == (Unreadable, code)
    simulator.release()
    assert isinstance(rail.ask(asked), Found)


@pytest.mark.parametrize(
    ("rows", "amount", "expected"),
    [
        (1, "100", Unreadable),
        (1, "300", Unreadable),
        (3, "1", Unreadable),
        (9, "299", Unreadable),
        (3, "300", Found),
        (9, "900", Found),
    ],
)
def test_counts_of_somebody_else_are_never_absence(simulator, rows, amount, expected):
    play(
        simulator,
        {"on": "disbursements", "play": "reset", "executed": False},
        {"on": "envelope_status", "play": "counts_risen", "rows": rows, "amount": amount},
    )
    rail = Rail(simulator)
    rail.open()
    request, _outcome = rail.send()
    assert type(rail.ask(request)) is expected


# ---- amendment and cancellation ---------------------------------------------------------------------------------
def test_amended_envelope_pays_what_is_in_it(simulator):
    rail = Rail(simulator, days=1)
    rail.open()
    rail.send(rail.payments[:2])
    simulator.day(1)
    simulator.finish()
    assert rail.executed == [0, 0, 0], "it waits for the third"
    simulator.day(0)
    amendment = rail.amend(rail.payments[:2])
    for _twice in range(2):
        assert rail.submit(amendment) == Accepted()
    simulator.day(1)
    simulator.finish()
    assert rail.executed == [1, 1, 0]


def test_amendment_on_the_day_itself_is_refused_and_called_to_attention(simulator):
    rail = Rail(simulator)
    rail.open()
    rail.send(rail.payments[:2])
    outcome = rail.submit(rail.amend(rail.payments[:2]))
    assert outcome == Rejected(code="DISBURSEMENT_ENVELOPE_DATE_PASSED", attention="amendment.refused")


def test_cancelled_envelope_pays_nobody_and_cancelling_it_twice_is_as_good(simulator):
    rail = Rail(simulator)
    rail.sent()
    cancellation = rail.make(const.CANCELLATION)
    assert rail.submit(cancellation) == Accepted()
    assert rail.submit(cancellation) == Accepted(code=const.ALREADY_CANCELED)
    simulator.finish()
    assert rail.executed == [0, 0, 0]


@pytest.mark.parametrize("on", ["amend", "cancel"])
@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize(
    ("fault", "code"), [SILENT[3], SILENT[9], *SILENT[-2:], ({"play": "other_transaction"}, "other.envelope")]
)
def test_what_changes_no_money_may_be_said_again(simulator, fault, code, executed, on):
    play(simulator, {"on": on, "calls": [1], "executed": executed, **fault})
    rail = Rail(simulator, days=1)
    rail.open()
    rail.send(rail.payments[:2])
    step = rail.amend(rail.payments[:2]) if on == "amend" else rail.make(const.CANCELLATION)
    outcome = rail.submit(step)
    assert (type(outcome), outcome.code) == (Unknown, code)
    assert rail.ask(step) == NeverHad(code=const.ENVELOPE_NOT_FOUND)
    assert isinstance(rail.submit(step), Accepted)


# ---- who asks ---------------------------------------------------------------------------------------------------
def test_gateway_that_wants_a_token_gets_it_and_without_it_nothing_is_certain(simulator):
    play(simulator, token="right")
    rail = Rail(simulator)
    assert rail.open()[1] == Unknown(code="http.401", reason="HTTP 401")
    rail.settings = replace(rail.settings, access=AccessSettings(AUTH_BEARER))
    envelope = rail.make(const.ENVELOPE, rail.payments)
    assert isinstance(rail.submit(envelope, access=AccessSecrets(bearer_token="wrong")), Unknown)
    assert isinstance(rail.submit(envelope, access=AccessSecrets(bearer_token="right")), Accepted)
    assert isinstance(rail.submit(envelope, access=AccessSecrets()), NotSent)


def test_bridge_that_is_gone_was_not_sent_to(tmp_path):
    with running_simulator(BY_HAND, tmp_path / "ledger.jsonl") as simulator:
        rail = Rail(simulator)
        simulator.kill()
        assert rail.open()[1] == NotSent(code=Fault.NOT_SENT.value)


def test_connection_is_in_order_without_an_envelope(simulator):
    rail = Rail(simulator)
    looked_at = check.check_connection(rail.client(), rail.settings, Transport(LONG), "no-such-envelope")
    assert [one.code for one in looked_at if one.code] == []
    assert simulator.state()["envelopes"] == []
