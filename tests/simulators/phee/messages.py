"""Messages as a caller writes them, and a caller that sends them, for tests of the simulator."""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from .jws import sign, signed_text
from .profiles import BASE_COLUMNS, COLUMNS

SAMPLES = Path(__file__).parent / "samples"
BOUNDARY = "the-boundary"
CORRELATION = "7c1f6a58-2c7b-4a39-9d43-5b0f2f4f9e11"


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
    def batch_id(self):
        return self.body["PollingPath"].rpartition("/")[2]


def call(url, method="GET", body=None, headers=None, timeout=20):
    """Send one request as it is given, following nothing."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())
    finally:
        connection.close()


def row(number, **changes):
    values = {
        "id": str(number),
        "request_id": f"PAY-{number}",
        "payment_mode": "closedloop",
        "payer_identifier_type": "accountNumber",
        "payer_identifier": "900100007781",
        "payee_identifier_type": "accountNumber",
        "payee_identifier": f"50021000{number:03}1",
        "amount": str(100 + number),
        "currency": "USD",
        "note": "Grant",
    }
    return {**values, **changes}


def by_phone(number, mode="mojaloop", **changes):
    return row(
        number,
        payment_mode=mode,
        payee_identifier_type="msisdn",
        payee_identifier=f"2771390{number:03}1",
        **changes,
    )


def csv_of(*rows, columns=None):
    """Return a file of ``rows``, in ten columns or in as many as they need."""
    if columns is None:
        columns = COLUMNS if any(set(one) - set(BASE_COLUMNS) for one in rows) else BASE_COLUMNS
    lines = [",".join(columns), *(",".join(one.get(name) or "" for name in columns) for one in rows)]
    return "\n".join(lines)


def json_of(*rows):
    """Return a RAW body of ``rows``."""
    return json.dumps(
        [
            {
                "requestId": one["request_id"],
                "creditParty": [{"key": one["payee_identifier_type"], "value": one["payee_identifier"]}],
                "debitParty": [{"key": one["payer_identifier_type"], "value": one["payer_identifier"]}],
                "paymentMode": one["payment_mode"],
                "amount": one["amount"],
                "currency": one["currency"],
                "descriptionText": one["note"],
            }
            for one in rows
        ]
    )


def part(content, name="data", file_name="any.csv"):
    """Return one part of a multipart body, without what is between parts."""
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if file_name:
        disposition += f'; filename="{file_name}"\r\nContent-Type: text/csv'
    return f"{disposition}\r\n\r\n{content}".encode()


def multipart(*parts):
    joined = b"".join(b"--%s\r\n%s\r\n" % (BOUNDARY.encode(), one) for one in parts)
    return joined + b"--%s--\r\n" % BOUNDARY.encode()


class Caller:
    """Sends batches and questions to a running simulator."""

    def __init__(self, simulator):
        self.simulator = simulator
        self._key = simulator.keys.client_private
        self._before = len(simulator.ledger())

    def paid(self):
        """Return the request ids that were executed since this object was made, in order."""
        return [payment.reference_id for payment in self.lines()]

    def lines(self):
        return self.simulator.ledger()[self._before :]

    def headers(self, kind="CSV", **changes):
        """Return the headers of a batch but for its content type; None takes one away."""
        headers = {
            "Platform-TenantId": "gorilla",
            "X-CorrelationID": CORRELATION,
            "Purpose": "Grant",
            "Type": kind,
            "filename": "grant_b01.csv",
            "Accept": "application/json",
        }
        headers.update({name.replace("_", "-"): value for name, value in changes.items()})
        return {name: value for name, value in headers.items() if value is not None}

    def signed(self, headers, payload):
        """Return ``headers`` with the signature of ``payload``."""
        return {**headers, "X-SIGNATURE": sign(self._key, signed_text(headers, payload))}

    def send(self, *rows, content=None, body=None, headers=None, query="", timeout=20, path=None, sign_=True):
        """Send a CSV batch, signed.

        :param content: the file and what is signed, instead of ``rows``
        :param body: multipart body, instead of the right one
        :param headers: changes to the right ones
        """
        content = csv_of(*rows) if content is None else content
        given = self.headers(**(headers or {}))
        if sign_ and "X-SIGNATURE" not in given:
            given = self.signed(given, content)
        given.setdefault("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        data = multipart(part(content)) if body is None else body
        url = (self.simulator.base_url + path if path else self.simulator.payment_url) + query
        return call(url, "POST", data, {k: v for k, v in given.items() if v != ""}, timeout)

    def send_raw(self, *rows, content=None, headers=None):
        """Send a RAW batch, signed."""
        content = json_of(*rows) if content is None else content
        given = self.signed(self.headers("RAW", filename=None, **(headers or {})), content)
        given["Content-Type"] = "application/json"
        return call(self.simulator.payment_url, "POST", content.encode(), given)

    def ops(self, path, method="GET", body=None, tenant="gorilla", timeout=20, **headers):
        """Ask the operations app; ``path`` below ``/api/v1``."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if tenant:
            given["Platform-TenantId"] = tenant
        return call(f"{self.simulator.ops_url}/api/v1{path}", method, body, given, timeout)

    def summary(self, batch_id):
        return self.ops(f"/batch/{batch_id}").body

    def details(self, batch_id, **values):
        """Return the payments of one page."""
        values = {"batchId": batch_id, "pageSize": 1000, **values}
        return self.ops(f"/batch/detail?{urlencode(values)}").body["content"]

    def statuses(self, batch_id):
        """Return status by request id, whichever of the two ids holds it."""
        return {name_of(one): one["status"] for one in self.details(batch_id)}

    def token(self, tenant="gorilla", method="POST", authorization="Basic Y2xpZW50Og==", query="", **values):
        """Ask for a token; the values go into the form unless there is a query."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if authorization:
            headers["Authorization"] = authorization
        if tenant:
            headers["Platform-TenantId"] = tenant
        if not values and not query:
            values = {"grant_type": "password", "username": "mifos", "password": "password"}
        return call(self.simulator.auth_url + query, method, urlencode(values), headers)


def name_of(transfer):
    """Return the request id of a payment, where the tests' own kind of id is one of the two."""
    ids = ((transfer[name] or "").strip('"') for name in ("clientCorrelationId", "transactionId"))
    return next((one for one in ids if one.startswith(("PAY-", "UNHEARD-"))), None)


def sample(name):
    """Return one of the hub's answers as they were written down."""
    return json.loads((SAMPLES / "responses" / name).read_text())


def send_sample(caller):
    """Send the eight payments that most of the samples tell of."""
    content = (SAMPLES / "csv" / "01_closedloop_bank_accounts.csv").read_text()
    return caller.send(content=content, headers={"X-Registering-Institution-ID": "SocialWelfare"})


def heard(answer):
    return answer.status, answer.body


def no_rows(caller, batch_id):
    """Whether the batch is there and shows nothing, as it says with pride."""
    told = caller.summary(batch_id)
    return (told["total"], told["status"], told["successPercentage"]) == (0, "COMPLETED", "NaN")
