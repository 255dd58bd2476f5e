"""Messages as a caller writes them, and a caller that sends them, for tests of the simulator."""

import http.client
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..ledger import Executed

SAMPLES = Path(__file__).parent / "samples"


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


def call(url, method="GET", body=None, headers=None, timeout=20, tls=None):
    """Send one request as it is given (anything but bytes as JSON), following nothing."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=tls)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
    try:
        connection.request(method, parts.path or "/", body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())
    finally:
        connection.close()


def payee(number, **changes):
    """Return one line of a disbursement."""
    values = {
        "payeeIdType": "MSISDN",
        "payeeIdValue": f"2771390{number:03}1",
        "amount": str(100 + number),
        "currency": "INR",
    }
    return {**values, **changes}


def disbursement(*payees, disbursement_id=None, **changes):
    values = {
        "disbursementId": str(uuid.uuid4()) if disbursement_id is None else disbursement_id,
        "note": "PENSION",
        "payeeList": list(payees),
    }
    return {**values, **changes}


def transfer(number, to=None, **changes):
    """Return one transfer."""
    values = {
        "transferId": str(uuid.uuid4()),
        "homeTransactionId": f"PAY-{number}",
        "from": {
            "type": "BUSINESS",
            "idType": "ACCOUNT_ID",
            "idValue": "GOV-TREASURY-1",
            "displayName": "Government",
        },
        "to": {"idType": "MSISDN", "idValue": f"2771390{number:03}1", **(to or {})},
        "amountType": "RECEIVE",
        "currency": "INR",
        "amount": str(100 + number),
        "transactionType": "TRANSFER",
        "note": "Cycle 1",
    }
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


class Caller:
    """Sends disbursements, transfers and questions to a running simulator."""

    def __init__(self, simulator, headers=None, tls=None):
        self.simulator = simulator
        self.headers = headers or {}
        self.tls = tls
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

    def payees(self):
        """Return whom was paid since this object was made, in order."""
        return [line.payee_fa for line in self.lines()]

    # ---- The layer ------------------------------------------------------------------------------------------
    def disburse(self, *payees, timeout=20, **changes):
        return self.send(disbursement(*payees, **changes), timeout=timeout)

    def send(self, body, timeout=20):
        return self._call(self.simulator.payment_url, "POST", body, timeout)

    def results(self, disbursement_id, timeout=20):
        return self._call(f"{self.simulator.payment_url}/{disbursement_id}", timeout=timeout)

    def check(self, *payees, **changes):
        payees = [{name: one[name] for name in ("payeeIdType", "payeeIdValue")} for one in payees]
        body = {"requestId": "c1", "payeeList": payees, **changes}
        return self._call(self.simulator.check_url, "POST", body)

    # ---- The scheme adapter ---------------------------------------------------------------------------------
    def transfer(self, body, timeout=20):
        return self._call(self.simulator.transfers_url, "POST", body, timeout)

    def ask(self, transfer_id, timeout=20):
        return self._call(f"{self.simulator.transfers_url}/{transfer_id}", timeout=timeout)

    def accept(self, transfer_id, **body):
        return self._call(f"{self.simulator.transfers_url}/{transfer_id}", "PUT", body)

    def party(self, id_type, id_value):
        return self._call(f"{self.simulator.parties_url}/{id_type}/{id_value}")

    def _call(self, url, method="GET", body=None, timeout=20):
        return call(url, method, body, dict(self.headers), timeout, self.tls)


def words(answer):
    """Return {idValue: status} of a layer's answer."""
    return {row["payeeIdValue"]: row["status"] for row in answer.body["payeeResults"]}


def until(true, seconds=10):
    """Wait until something holds."""
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.01)


def state_of(answer):
    """Return the transferState of an adapter's answer; empty where there is none."""
    return answer.body.get("fulfil", {}).get("body", {}).get("transferState", "")
