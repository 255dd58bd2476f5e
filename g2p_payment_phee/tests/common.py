"""Builders for tests of the Payment Hub EE client."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, PaymentData, SubmissionData

from ..settings import Credentials, Settings

SAMPLES = Path(__file__).parent / "samples"
BATCH = "6d0f3c1e-6a1a-4f3e-9b53-0f4b8f1f7a10"
KEY = "7c1f6a58-2c7b-4a39-9d43-5b0f2f4f9e11"

SETTINGS = Settings(
    payment_endpoint_url="https://bulk.example.org/batchtransactions",
    status_endpoint_url="https://ops.example.org/api/v1/batch",
    auth_endpoint_url="https://ops.example.org/oauth/token",
    oidc_token_url="https://id.example.org/token",
    oidc_client_id="g2p",
    username="officer",
    tenant_id="gorilla",
    payment_mode="CLOSEDLOOP",
    payer_id_type="accountNumber",
    payer_id="900100007781",
    batch_purpose_header="Elderly Grant",
    note="Elderly Grant cycle 2025-11",
    csv_columns=10,
    sign_requests=False,
)
CREDENTIALS = Credentials(
    password="pass-secret-1",
    authorization="Basic Y2xpZW50Og==",
    oidc_client_secret="oidc-secret-1",
    payment_api_key="payment-key-secret",
    status_api_key="status-key-secret",
)
PAYMENT = PaymentData(
    id=1,
    reference="cd967904-1f65-4e00-aee4-036c59d1ff4c",
    payee_id_type="bank_acc_no",
    payee_id_value="500210004417",
    payee_bank_code="",
    payee_name="Aminata Kargbo",
    amount="1200.00",
    currency="USD",
)
SUBMISSION = SubmissionData(key=KEY, step=1, payload="", settings={}, references=())

# How long an example takes says nothing on a busy machine.
thorough = hypothesis_settings(
    max_examples=200, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def sample(name):
    """Return a sample file as text, without the newline that an editor puts at its end: the hub signs none."""
    return (SAMPLES / name).read_text().rstrip("\n")


def settings(**changes):
    return replace(SETTINGS, **changes)


def payment(number=1, **changes):
    """Return a payment of its own: reference, account and id differ by number."""
    own = {"id": number, "reference": f"PAY-{number}", "payee_id_value": f"50021000{number:04}"}
    return replace(PAYMENT, **{**own, **changes})


def submission(payload="", references=(), **changes):
    return replace(SUBMISSION, payload=payload, references=tuple(references), **changes)


@cache
def signing_key():
    """Return (private key, public key), both PEM, made once."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


class Replies:
    """A transport that answers from a list and keeps what it was given.

    :param replies: answers, or (status, body as text or JSON); when they are used up, the deadline has passed
    """

    def __init__(self, *replies):
        self.requests = []
        self._replies = [self._answer(reply) for reply in replies]

    def send(self, request):
        self.requests.append(request)
        if not self._replies:
            return Answer(fault=Fault.NOT_SENT, note="deadline passed before the call")
        return self._replies.pop(0)

    @property
    def urls(self):
        return [request.url for request in self.requests]

    @staticmethod
    def _answer(reply):
        if isinstance(reply, Answer):
            return reply
        status, body = reply
        return Answer(status=status, body=body if isinstance(body, str) else json.dumps(body), duration_ms=5)


def summary(total=2, ongoing=0, successful=2, failed=0, **fields):
    """Return the summary of a batch; its status word is one that lies."""
    return {
        "batchId": BATCH,
        "correlationId": KEY,
        "status": "Failed",
        "total": total,
        "ongoing": ongoing,
        "successful": successful,
        "failed": failed,
        **fields,
    }


def transfer(number=1, status="COMPLETED", **fields):
    """Return a transfer of a details page, of payment ``number`` in a mode that keeps our key."""
    return {
        "id": 100 + number,
        "workflowInstanceKey": f"22517998137{number:05}",
        "transactionId": f"hub-{number}",
        "clientCorrelationId": f"PAY-{number}",
        "completedAt": 1763630350000,
        "status": status,
        "payeePartyId": f"50021000{number:04}",
        "amount": "1200",
        "currency": "USD",
        "errorInformation": None,
        "batchId": "a0b5a3b2-77f5-4c5a-8a0f-3c1a8f2d4e01",
        **fields,
    }


def page(*transfers, last=True):
    return {"content": list(transfers), "last": last, "totalPages": 1}


def batches(*rows, total=None):
    """Return a page of the list of all batches, of (batch id, correlation id)."""
    data = [{"batchId": batch, "correlationId": key, "status": "COMPLETED"} for batch, key in rows]
    return {"totalBatches": len(rows) if total is None else total, "data": data}
