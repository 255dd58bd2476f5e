"""Messages of the API as a caller writes them, and a caller that sends them, for tests of the simulator."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from . import encryption, signatures
from .envelope import compose, dump
from .server import DEFAULT_TOKEN

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def header(action, total, **more):
    return {
        "version": "1.0.0",
        "message_id": str(uuid.uuid4()),
        "message_ts": "2026-11-20T09:30:00+00:00",
        "action": action,
        "sender_id": "spp.example.org",
        "receiver_id": "pay.example.org",
        "total_count": total,
        "is_msg_encrypted": False,
        "meta": {},
        **more,
    }


def item(number, account=None, **changes):
    values = {
        "reference_id": f"PAY-{number}",
        "payer_fa": "account:7001@central-bank",
        "payee_fa": f"account:{account or 1000 + number}@bank-a",
        "amount": "10.50",
        "currency_code": "SLL",
        "payee_name": f"Payee {number}",
    }
    return {**values, **changes}


def disbursement(*items, transaction="BATCH-1"):
    message = {"transaction_id": transaction, "disbursements": list(items)}
    return {"header": header("disburse", len(items)), "message": message}


def question(*references, transaction="BATCH-1"):
    asked = {
        "reference_id": "Q-1",
        "txn_type": "disburse",
        "attribute_type": "reference_id_list",
        "attribute_value": list(references),
    }
    message = {"transaction_id": transaction, "txnstatus_request": asked}
    return {"header": header("txn-status", 1), "message": message}


def search(*addresses, attribute="payee_fa", transaction="SEARCH-1"):
    """Return a search for the payments to (or by) each of ``addresses``."""
    criteria = [
        {
            "reference_id": f"S-{number}",
            "request_type": "disburse",
            "attribute_type": attribute,
            "attribute_value": address,
        }
        for number, address in enumerate(addresses, 1)
    ]
    message = {"transaction_id": transaction, "search_criteria": criteria}
    return {"header": header("search", len(criteria)), "message": message}


def called_back(body, uri):
    """Return ``body`` with ``uri`` to be called back at."""
    return {**body, "header": {**body["header"], "sender_uri": uri}}


def sealed(keys, body, kind="none", encrypt="", shift=0, **changes):
    """Return the bytes of ``body`` as its caller signs and encrypts it.

    :param keys: keys.Keys
    :param kind: none, http_signature, or an algorithm of JWS
    :param encrypt: algorithm of the key, or nothing
    :param shift: so many seconds our clock is ahead
    :param changes: other arguments of the one who signs
    """
    message = dump(body["message"])
    header = dict(body["header"])
    if encrypt:
        pair = keys.server_encryption[encryption.KEY_OF[encrypt]]
        message, header["is_msg_encrypted"] = dump(encryption.encrypt(message, pair, encrypt)), True
    head = dump(header)
    if kind == "none":
        return compose(head, message)
    created = int(time.time()) + shift
    wanted = {"signed": signatures.content(head, message), "created": created, "expires": created + 300}
    wanted["pair"] = keys.caller[signatures.KEY_OF.get(kind, "ed25519")]
    if kind == "http_signature":
        signature = signatures.sign_http(**{**wanted, "sender": header["sender_id"], **changes})
    else:
        signature = signatures.sign_jws(**{**wanted, "algorithm": kind, **changes})
    return compose(head, message, signature)


def post(url, body, token=DEFAULT_TOKEN, timeout=20, opener=_OPENER, headers=None):
    """Return status, content type and body (JSON where it is JSON, else bytes)."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    if headers is None:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    try:
        answer = opener.open(urllib.request.Request(url, data, headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        raw = answer.read()
    try:
        return answer.status, answer.headers["Content-Type"], json.loads(raw)
    except ValueError:
        return answer.status, answer.headers["Content-Type"], raw


def post_form(url, fields, headers=None):
    """Return status and body of the answer to a form, as a token endpoint takes it."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    status, _type, body = post(url, urllib.parse.urlencode(fields).encode(), headers=headers)
    return status, body


def submit(simulator, *items, **kwargs):
    return post(simulator.payment_url, disbursement(*items, **kwargs))[2]


def ask(simulator, *references, **kwargs):
    return post(simulator.status_url, question(*references, **kwargs))[2]


def rows_of(answer):
    message = answer["message"]
    if "txnstatus_response" in message:
        message = message["txnstatus_response"]["txn_status"]
    return message["disbursements_status"]


def words(answer):
    return {row["reference_id"]: row["status"] for row in rows_of(answer)}


class Since:
    """The ledger's lines since this object was made."""

    def __init__(self, simulator):
        self._simulator, self._before = simulator, len(simulator.ledger())

    @property
    def references(self):
        return [payment.reference_id for payment in self._simulator.ledger()[self._before :]]
