"""What the scheme adapter says: answers of POST, PUT and GET, each in the shape that was recorded."""

import base64
import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta

from .switch import amounts, now


def in_one_line(value):
    """Return ``value`` as JSON in the way the adapter quotes it in its texts."""
    return json.dumps(value, separators=(",", ":"))


def error(status, text, data, code=""):
    """Return HTTP status and the error that tells of a transfer."""
    return status, {"message": text, "transferState": data, "statusCode": code or str(status)}


def bare_error(status, text):
    """Return HTTP status and an error that knows of no transfer."""
    return error(status, text, {})


def bad_request(text):
    """Return HTTP status and the refusal of what keeps to no schema, or of what is not served."""
    return 400, {"message": text, "statusCode": 400}


def unknown_transfer():
    """Return what GET says of a transfer that the switch never had: its code is in the text only."""
    information = {"errorCode": "3208", "errorDescription": "Transfer ID not found"}
    text = in_one_line({"errorInformation": information})
    return bare_error(500, f"Got an error response retrieving transfer: {text}")


def with_headers(resource, body):
    """Return ``body`` as a message between banks, with headers that nobody should look at."""
    kind = f"application/vnd.interoperability.{resource}+json;version=1.1"
    return {
        "body": body,
        "headers": {"content-type": kind, "content-length": 322, "connection": "keep-alive"},
    }


def party(scheme, id_type, id_value):
    """Return a party as the look-up finds it."""
    known = scheme.party(id_value)
    first, _space, last = known.name.partition(" ")
    return {
        "partyIdInfo": {"partyIdType": id_type, "partyIdentifier": id_value, "fspId": scheme.payee_fsp},
        "name": known.name,
        "personalInfo": {
            "complexName": {"firstName": first, **({"lastName": last} if last else {})},
            "dateOfBirth": known.date_of_birth,
        },
    }


def parties_request(scheme, to):
    return {
        "withCredentials": False,
        "transitional": {"clarifyTimeoutError": True},
        "method": "GET",
        "url": f"/parties/{to['idType']}/{to['idValue']}",
        "headers": {"fspiop-source": scheme.payer_fsp},
        "httpAgent": "[REDACTED]",
    }


def quote(scheme, data):
    """Return the request for a quote and its answer."""
    leaves, reaches = amounts(scheme, data["amountType"], data["amount"])
    request = {
        "quoteId": str(uuid.uuid4()),
        "transactionId": data["transferId"],
        "amountType": data["amountType"],
        "amount": _money(data, data["amount"]),
        "expiration": _later(minutes=1),
        "payer": _bank_party(data["from"], scheme.payer_fsp),
        "payee": _bank_party(data["to"], scheme.payee_fsp),
        "transactionType": {
            "scenario": data["transactionType"],
            "initiator": "PAYER",
            "initiatorType": data["from"].get("type", "CONSUMER"),
        },
    }
    if "note" in data:
        request["note"] = data["note"]
    # The recorded banks put odd members among the right ones; one is kept, so that nobody counts members.
    answer = {
        "transferAmount": {"Excepteur__d": 29240729, **_money(data, leaves)},
        "payeeReceiveAmount": {"Duis_7": "in dolore pariatur", **_money(data, reaches)},
        "payeeFspFee": _money(data, "0.2"),
        "payeeFspCommission": _money(data, "0.3"),
        "expiration": _later(days=1),
        "ilpPacket": _web(in_one_line(request)),
        "condition": _digest(f"condition of {data['transferId']}"),
    }
    return request, answer


def conversion(scheme, data):
    """Return what a transfer knows of its conversion."""
    conversion_id = str(uuid.uuid4())
    terms = {
        "conversionId": conversion_id,
        "determiningTransferId": data["transferId"],
        "initiatingFsp": scheme.payer_fsp,
        "counterPartyFsp": "exchange",
        "amountType": data["amountType"],
        "sourceAmount": _money(data, data["amount"]),
        "targetAmount": _money(data, data["amount"]),
        "expiration": _later(days=1),
    }
    answer = {"conversionTerms": terms, "condition": _digest(f"conversion of {data['transferId']}")}
    return {
        "conversionRequestId": conversion_id,
        "fxQuotesResponse": with_headers("fxQuotes", answer),
        "fxQuotesResponseSource": "exchange",
    }


def prepare(scheme, data):
    """Return the request to the switch to transfer."""
    told = data["quoteResponse"]["body"]
    return {
        "transferId": data["transferId"],
        "payeeFsp": scheme.payee_fsp,
        "payerFsp": scheme.payer_fsp,
        "amount": {name: told["transferAmount"][name] for name in ("currency", "amount")},
        "ilpPacket": told["ilpPacket"],
        "condition": told["condition"],
        "expiration": _later(minutes=1),
    }


def fulfil(state, moment):
    """Return what the switch says of a transfer."""
    body = {"transferState": state}
    if state in ("COMMITTED", "ABORTED"):
        body["completedTimestamp"] = moment
    if state == "COMMITTED":
        body["fulfilment"] = _digest(f"fulfilment {moment}")
    return with_headers("transfers", body)


def status(data, state, moment):
    """Return the answer of GET: what is remembered, and what the switch says; always COMPLETED."""
    told = {**data, "currentState": "COMPLETED", "fulfil": fulfil(state, moment)}
    return {**told, "traceId": uuid.uuid4().hex}


def _money(data, amount):
    return {"currency": data["currency"], "amount": amount}


def _bank_party(one, fsp):
    told = {"partyIdInfo": {"partyIdType": one["idType"], "partyIdentifier": one["idValue"], "fspId": fsp}}
    if "displayName" in one:
        told["name"] = one["displayName"]
    name = {part: one[part] for part in ("firstName", "middleName", "lastName") if part in one}
    if name:
        told["personalInfo"] = {"complexName": name}
        if "dateOfBirth" in one:
            told["personalInfo"]["dateOfBirth"] = one["dateOfBirth"]
    return told


def _later(**distance):
    moment = (datetime.now(UTC) + timedelta(**distance)).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _web(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _digest(text):
    digest = hashlib.sha256(f"{text} {now()}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
