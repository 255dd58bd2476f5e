"""Every recorded exchange comes out again: the same status, the same members, the same words."""

import copy
import hashlib
import json
import re
from datetime import UTC, date, datetime

import pytest

from .g2p_bridge.contract import SPECIFICATION, answer_error, official
from .g2p_bridge.messages import BY_HAND, SAMPLES, call, samples

pytest_plugins = ("tests.simulators.g2p_bridge.fixtures",)

EXCHANGES = samples()
#: The day of the recording.
RECORDED = date(2026, 11, 21)
#: Told anew each time, so that only the kind of value can be compared.
VOLATILE = {
    *("message_ts", "id", "disbursement_id", "disbursement_envelope_id", "bank_disbursement_batch_id"),
    *("funds_available_latest_timestamp", "funds_blocked_latest_timestamp", "bank_reference_number"),
    *("statement_id", "statement_number", "remittance_reference_number"),
    *("remittance_statement_id", "remittance_statement_number"),
    *("reversal_statement_id", "reversal_statement_number"),
}
#: What happened before the recording of some exchanges: the envelopes' ids there, what was declared and sent.
SCENES = {
    "1795220601750": (2, 300, []),
    "1795220601790": (2, 300, []),
    "1795220601820": (10, 1000, [("1795220601826499", 100), ("1795220601826550", 200)]),
    "1795220637218": (2, 300, [("1795220637225427", 100)]),
}
SCENES["1795220601820"][2].append(("1795220601826568", 50))
#: For each exchange, those that came before it in the same envelope.
BEFORE = {7: (6,), 10: (6,), 14: (6,), 15: (6,), 18: (17,), 20: (19,), 22: (19,), 25: (24,)}
OUTCOMES = [
    {"reference": "826499", "result": "duplicate_line"},
    {"reference": "826550", "result": "reversed", "reversal_questions": 0},
    {"reference": "826568", "result": "invalid_reversal"},
]


def essence(value, name=""):
    """Return what an answer says, without what is another each time."""
    if isinstance(value, dict):
        return {key: essence(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [essence(inner, name) for inner in value]
    if name in VOLATILE:
        return type(value).__name__
    # The database's words have ids, moments and numbers of rows in them.
    sql = name == "code" and str(value).startswith("(sqlalchemy")
    return (
        re.sub(r"\b\d{13,}|\d{2}:\d{2}:\d{2}\.\d+|, \d+, t\)|20\d\d-\d\d-\d\d ", "#", value) if sql else value
    )


class Stage:
    """A bridge on the day of the recording, and what the recorded ids are called there."""

    def __init__(self, bridge, mis):
        self._bridge, self._names = bridge, {}
        ahead = (RECORDED - datetime.now(UTC).date()).days
        bridge.play({"bridge": {**BY_HAND["bridge"], "days_ahead": ahead}, "outcomes": OUTCOMES})
        for recorded, (number, total, sent) in SCENES.items():
            envelope_id = mis.opened(number, total, disbursement_schedule_date="2026-11-26")
            self._names[recorded] = envelope_id
            for count, (disbursement, amount) in enumerate(sent):
                row = {
                    "mis_reference_number": disbursement,
                    "disbursement_envelope_id": envelope_id,
                    "beneficiary_id": f"token:{count}@nid",
                    "beneficiary_name": "Person",
                    "disbursement_amount": amount,
                    "narrative": "Cycle 1",
                }
                self._names[disbursement] = mis.given(row)[0]

    def replay(self, number):
        """Send a recorded request with our ids and return what is answered."""
        exchange = EXCHANGES[number]
        if number == 17:
            self._bridge.statement()
        text = re.sub(
            r"\d{13,}", lambda id_: self._names.get(id_[0], id_[0]), json.dumps(exchange["request"])
        )
        answer = call(self._bridge.base_url + exchange["path"], text.encode())
        for told, recorded in zip(*map(rows, (answer.body, exchange["response"])), strict=False):
            if told.get("disbursement_id") and recorded.get("disbursement_id"):
                self._names[recorded["disbursement_id"]] = told["disbursement_id"]
        return answer


def rows(body):
    message = body.get("message")
    return message if isinstance(message, list) else []


@pytest.mark.parametrize("number", range(len(EXCHANGES)), ids=[one["case"] for one in EXCHANGES])
def test_recorded_exchange_is_reproduced(bridge, mis, number):
    stage, exchange = Stage(bridge, mis), EXCHANGES[number]
    for before in BEFORE.get(number, ()):
        stage.replay(before)
    answer = stage.replay(number)
    assert answer.status == exchange["http_status"]
    assert answer.headers["Content-Type"] == "application/json"
    assert essence(answer.body) == essence(exchange["response"])
    assert answer_error(exchange["path"], answer.status, answer.body) == ""


@pytest.mark.parametrize("exchange", EXCHANGES, ids=[one["case"] for one in EXCHANGES])
def test_recorded_answer_keeps_to_the_file_where_that_is_right(exchange):
    assert answer_error(exchange["path"], exchange["http_status"], exchange["response"]) == ""


def test_comparison_of_samples_would_see_a_difference():
    body = EXCHANGES[17]["response"]
    records = ("disbursement_recon_records", "disbursement_recon_payloads")
    for spoil in (
        lambda one: one["header"].update(status_reason_message=None),
        lambda one: one["message"].pop(),
        lambda one: one["message"][1][records[0]][records[1]][0].update(reversal_reason="OTHER"),
        lambda one: one["message"][0][records[0]][records[1]][0].pop("remittance_statement_id"),
        lambda one: one["message"][0].update(disbursement_id=None),
    ):
        other = copy.deepcopy(body)
        spoil(other)
        assert essence(other) != essence(body)
    assert len(EXCHANGES) == 27


def test_answers_are_held_against_the_file():
    path = "/get_disbursement_envelope_status"
    body = copy.deepcopy(EXCHANGES[15]["response"])
    body["message"]["funds_available_with_bank"] = "PERHAPS"
    assert answer_error(path, 200, body)
    assert answer_error(path, 400, body)


def test_file_and_samples_are_those_of_the_bridge_byte_for_byte():
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (SPECIFICATION, SAMPLES)]
    assert digests == [
        "c894dea1a8b0be3eb484d9d703e67d2d0f4bb095b6ad5cf53cb8b9f11032d1c4",
        "ff70be2fccaab1a471aaf995b6676e5f122c96eb2a028681e7f670c59e39e870",
    ]
    assert official()["info"]["version"] == "1.0.2"
