"""Messages as a caller writes them, and a caller that sends them, for tests of the simulator."""

import http.client
import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ..ledger import Executed
from .knobs import Bridge

#: A script by which only control calls make a step.
BY_HAND = {"bridge": {"step_seconds": -1.0}}
SAMPLES = Path(__file__).parent / "samples" / "g2p_bridge_v1.0.2.samples.json"


def samples():
    """Return the recorded exchanges, in order."""
    return json.loads(SAMPLES.read_text())


def day(days_ahead=0):
    """Return the day so many days from now, as the API writes it."""
    return (datetime.now(UTC) + timedelta(days_ahead)).date().isoformat()


@dataclass
class Answer:
    """What was heard; ``body`` is JSON where it is JSON, else bytes."""

    status: int
    headers: dict
    raw: bytes

    @property
    def body(self):
        try:
            return json.loads(self.raw)
        except ValueError:
            return self.raw

    @property
    def message(self):
        return self.body["message"]

    @property
    def said(self):
        """HTTP status, status and reason of the header."""
        header = self.body["header"]
        return self.status, header["status"], header["status_reason_message"]

    @property
    def error(self):
        """HTTP status, code and text of the first error."""
        error = self.body["errors"][0]
        return self.status, error["code"], error["message"]


def call(url, body=None, method="POST", headers=None, timeout=20):
    """Send one request as it is given (anything but bytes as JSON), following nothing."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    try:
        connection.request(method, parts.path, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())
    finally:
        connection.close()


def asked(message, action="disburse", **changes):
    """Return a whole request that says ``message``."""
    header = {
        "version": "1.0.0",
        "message_id": str(uuid.uuid4()),
        "message_ts": datetime.now(UTC).isoformat(),
        "action": action,
        "sender_id": "spp.example.org",
        "sender_uri": "",
        "receiver_id": "",
        "total_count": len(message) if isinstance(message, list) else 1,
        "is_msg_encrypted": False,
    }
    return {"signature": None, "header": {**header, **changes}, "message": message}


def envelope(number, total, beneficiaries=None, **changes):
    """Return an envelope for ``number`` disbursements of ``total`` together, for today."""
    values = {
        "benefit_program_mnemonic": Bridge.programs[0],
        "disbursement_frequency": "OnDemand",
        "cycle_code_mnemonic": "CYCLE-1",
        "number_of_beneficiaries": number if beneficiaries is None else beneficiaries,
        "number_of_disbursements": number,
        "total_disbursement_amount": total,
        "disbursement_currency_code": "USD",
        "disbursement_schedule_date": day(),
    }
    return {**values, **changes}


def item(number, envelope_id, **changes):
    """Return one disbursement, of 100 and its number."""
    values = {
        "mis_reference_number": f"PAY-{number}",
        "disbursement_envelope_id": envelope_id,
        "beneficiary_id": f"token:{number}@nid",
        "beneficiary_name": f"Person {number}",
        "disbursement_amount": 100 + number,
        "narrative": "Cycle 1",
    }
    return {**values, **changes}


class Caller:
    """Sends envelopes, disbursements and questions to a running simulator."""

    def __init__(self, simulator, headers=None):
        self.simulator = simulator
        self.headers = headers
        path = simulator.ledger_path
        self._before = path.stat().st_size if path.exists() else 0

    def lines(self):
        """Return what was paid since this object was made, in order."""
        with open(self.simulator.ledger_path, "rb") as file:
            file.seek(self._before)
            whole, _newline, _cut_off = file.read().rpartition(b"\n")
        return [Executed(**json.loads(line)) for line in whole.splitlines()]

    def paid(self):
        """Return the references of what was paid since this object was made, in order."""
        return [line.reference_id for line in self.lines()]

    def send(self, url, message, timeout=20, **changes):
        """Send ``message``; ``changes`` are of the header."""
        return call(url, asked(message, **changes), headers=self.headers, timeout=timeout)

    def open(self, number, total, **changes):
        """Make an envelope and return what is said to that."""
        return self.send(self.simulator.envelope_creation_url, envelope(number, total, **changes))

    def opened(self, number, total, **changes):
        """Make an envelope and return its id."""
        return self.open(number, total, **changes).message["disbursement_envelope_id"]

    def disburse(self, *items, timeout=20, **changes):
        return self.send(self.simulator.payment_url, list(items), timeout, **changes)

    def given(self, *items):
        """Send disbursements and return their ids."""
        return [row["disbursement_id"] for row in self.disburse(*items).message]

    def full(self, *numbers, **changes):
        """Make an envelope for these disbursements, send them, and return its id and theirs."""
        envelope_id = self.opened(len(numbers), sum(100 + number for number in numbers), **changes)
        return envelope_id, self.given(*(item(number, envelope_id) for number in numbers))

    def ask(self, *ids, timeout=20):
        return self.send(self.simulator.status_url, list(ids), timeout)

    def records(self, disbursement_id):
        """Return the records of one disbursement, and those of what is wrong with it."""
        told = self.ask(disbursement_id).message[0]["disbursement_recon_records"]
        return told["disbursement_recon_payloads"], told["disbursement_error_recon_payloads"]

    def ask_envelope(self, envelope_id, timeout=20):
        return self.send(self.simulator.envelope_status_url, envelope_id, timeout)

    def amend(self, envelope_id, number, total, **changes):
        values = envelope(number, total, **changes)
        names = ("number_of_beneficiaries", "number_of_disbursements", "total_disbursement_amount")
        told = {name: values[name] for name in (*names, "disbursement_schedule_date")}
        return self.send(self.simulator.amend_url, {"disbursement_envelope_id": envelope_id, **told})

    def cancel(self, envelope_id):
        return self.send(self.simulator.cancel_url, {"disbursement_envelope_id": envelope_id})

    def cancel_disbursements(self, *ids):
        message = [{"disbursement_id": each} for each in ids]
        return self.send(self.simulator.cancel_disbursements_url, message)

    def wait_paid(self, number, seconds=20):
        """Wait until so many were paid since this object was made, and return their references."""
        ends = time.monotonic() + seconds
        while len(self.lines()) < number and time.monotonic() < ends:
            time.sleep(0.01)
        return self.paid()
