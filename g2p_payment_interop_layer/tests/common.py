"""Builders for tests of the client, in both modes."""

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from odoo.addons.g2p_programs.dispatch.access import AccessSecrets, AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, PaymentData, SubmissionData

from .. import const
from ..client import InteropClient
from ..settings import Settings

SAMPLES = Path(__file__).parent / "samples"
KEY = "0375b40b-117d-465b-9657-66dd42e5ee4c"
OTHER_KEY = "9546346b-5258-4414-b3a8-406bfaa36d45"

PIL = Settings(
    mode=const.MODE_PIL,
    payment_endpoint_url="https://layer.example.org/disbursement",
    payee_id_type="phone",
    payee_id_type_to_send="MSISDN",
    note="PENSION",
)
SDK = replace(
    PIL,
    mode=const.MODE_SDK,
    payment_endpoint_url="https://adapter.example.org/transfers",
    payer_id_type="ACCOUNT_ID",
    payer_id_value="GOV-TREASURY-1",
    payer_name="Government",
    note="Cycle 1",
)
OAUTH2 = AccessSettings(
    auth_type="oauth2", oauth2_token_url="https://id.example.org/token", oauth2_client_id="g2p"
)
SECRETS = AccessSecrets(
    auth_password="pass-canary-1",
    bearer_token="bearer-canary-1",
    oauth2_client_secret="oauth-canary-1",
    auth_header_value="header-canary-1",
)
TOKEN = {"access_token": "token-canary-1", "token_type": "bearer", "expires_in": 599}
TOKEN_2 = {**TOKEN, "access_token": "token-canary-2"}

# How long an example takes says nothing on a busy machine.
thorough = hypothesis_settings(
    max_examples=200, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def sample(name):
    """Return a recorded exchange as (request, :class:`Answer`)."""
    told = json.loads((SAMPLES / f"{name}.json").read_text())
    body = told.get("body")
    return told["request"], Answer(status=told["status"], body="" if body is None else json.dumps(body))


def payment(number=1, **changes):
    """Return a payment of its own: reference, phone and id differ by number."""
    made = PaymentData(
        id=number,
        reference=f"PAY-{number}",
        payee_id_type="phone",
        payee_id_value=f"98765432{number:02}",
        payee_bank_code="",
        payee_name="Navya Agarwal",
        amount="100.00",
        currency="INR",
    )
    return replace(made, **changes)


def make_client(settings=PIL, secrets=SECRETS, tokens=None, reasons=None, **changes):
    return InteropClient(replace(settings, **changes), secrets, tokens, reasons)


def submission(*payments, settings=PIL, key=KEY, **changes):
    """Return a submission of these payments as the client has built it."""
    sent = SubmissionData(key, 1, "", {}, tuple(one.reference for one in payments))
    if payments:
        client = InteropClient(replace(settings, **changes), SECRETS)
        sent = replace(sent, payload=client.build(sent, list(payments)))
    return sent


def result(number=1, status="COMPLETED", **fields):
    """Return the layer's result of payment ``number``; fields that are None are left out."""
    told = {
        "payeeIdType": "MSISDN",
        "payeeIdValue": f"98765432{number:02}",
        "amount": "100",
        "currency": "INR",
        "timestamp": "2026-11-21T00:35:32.620Z",
        "status": status,
        **fields,
    }
    return {name: value for name, value in told.items() if value is not None}


def results(*told, key=KEY):
    """Return the layer's answer."""
    body = {"disbursementId": key, "payeeResults": list(told)}
    return Answer(status=200, body=json.dumps(body))


def transfer(state="COMMITTED", current="COMPLETED", **fields):
    """Return the adapter's word of the transfer of payment 1; fields that are None are left out."""
    told = {
        "transferId": KEY,
        "homeTransactionId": "PAY-1",
        "amountType": "RECEIVE",
        "currency": "INR",
        "amount": "100",
        "currentState": current,
        "quoteResponse": {
            "body": {
                "transferAmount": {"currency": "INR", "amount": "100.5"},
                "payeeReceiveAmount": {"currency": "INR", "amount": "100"},
            }
        },
    }
    if state:
        fulfil = {"transferState": state, "completedTimestamp": "2026-11-21T00:35:45.373Z"}
        told |= {"prepare": {"body": {"transferId": KEY}}, "fulfil": {"body": fulfil}}
    return {name: value for name, value in (told | fields).items() if value is not None}


def waiting(stage, **fields):
    """Return a transfer that halts; ``stage`` is PARTY, CONVERSION or QUOTE."""
    fields = {"quoteResponse": None} | fields if stage != "QUOTE" else fields
    return transfer(None, f"WAITING_FOR_{stage}_ACCEPTANCE", **fields)


def error(code="3204", status_code=None, **fields):
    """Return the adapter's error about the transfer of payment 1."""
    last = {"httpStatusCode": 500, "mojaloopError": {"errorInformation": {"errorCode": code}}}
    state = transfer(None, "ERROR_OCCURRED", **({"quoteResponse": None, "lastError": last} | fields))
    return {"message": "an error", "transferState": state, "statusCode": status_code or code}


def said(body, status=200, **fields):
    """Return an answer with this body, a text or JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status=status, body=text, **fields)


class Replies:
    """A transport that answers from a list and keeps what it was given.

    :param replies: answers, or (status, body); when they are used up, the deadline has passed
    """

    def __init__(self, *replies):
        self.requests = []
        self._replies = [
            reply if isinstance(reply, Answer) else said(reply[1], reply[0]) for reply in replies
        ]

    def send(self, request):
        self.requests.append(request)
        if not self._replies:
            return Answer(fault=Fault.NOT_SENT, note="deadline passed before the call")
        return replace(self._replies.pop(0), duration_ms=5)

    @property
    def lines(self):
        """What was asked for: method and URL of each call."""
        return [f"{request.method} {request.url}" for request in self.requests]

    @property
    def bodies(self):
        """The JSON that was sent with each call that had any."""
        return [json.loads(request.body) for request in self.requests if request.body]
