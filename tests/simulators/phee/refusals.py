"""The hub's ways to say no, each in its own shape (contract, sections 2, 3.4, 4 and 6)."""

import json
import time

from flask import Response

_TRY_AGAIN = "Please upload a file and try again."
HEADER_RULES = {
    "errorInformation": "File not uploaded",
    "errorDescription": f"There was no fie uploaded with the request. {_TRY_AGAIN}",
    "errorCode": 400,
}


def _route_error(information, description):
    return {"Error Information: ": information, "Error Description : ": description}


EXTENSION = _route_error(
    "Broken file",
    "The file uploaded is broken as it has a different extension. Please upload a csv file and try again.",
)
TOO_BIG = _route_error("File too big", f"The file uploaded is too big. {_TRY_AGAIN}")
STRUCTURE = _route_error(
    "Invalid file structure",
    "The file uploaded contains wrong structure. Please upload correct file columns and try again.",
)
NO_WORKFLOW = {"responseCode": "01", "responseDescription": "Process definition not found"}


def as_json(body, status=200):
    """Return ``body`` written without white space, as the hub writes it."""
    return Response(json.dumps(body, separators=(",", ":")), status, content_type="application/json")


def as_html(status):
    """Return an error page of the servlet container."""
    page = f'<!doctype html><html lang="en"><head><title>HTTP Status {status}</title></head></html>'
    return Response(page, status, content_type="text/html;charset=utf-8")


def missing_header(name):
    """Return what the mapper makes of a missing header: a 500."""
    text = f"Required request header '{name}' for method parameter type String is not present"
    return mapped(text)


def mapped(text):
    return as_json({"responseCode": "01", "responseDescription": text}, 500)


def spring(status, path="/batchtransactions"):
    """Return the framework's own error, which versions before the mapper give."""
    name = {400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}.get(
        status, "Internal Server Error"
    )
    body = {"timestamp": int(time.time() * 1000), "status": status, "error": name, "path": path}
    return as_json(body, status)


def oldest(status, text):
    """Return how the oldest version says no: with status 200."""
    return as_json({"errorCode": status, "errorDescription": text, "developerMessage": text})


def _hub_error(category, code, description, developer, parameters=()):
    body = {
        "errorCategory": category,
        "errorCode": code,
        "errorDescription": description,
        "developerMessage": developer,
        "defaultUserMessage": "",
    }
    return {**body, "errorParameters": list(parameters)} if parameters else body


def jws_mismatch(signature):
    parameters = [{"key": "X-SIGNATURE", "value": signature}]
    text = "Pass the valid header value for X-SIGNATURE"
    return as_json(
        _hub_error("Validation", "InvalidJsonWebSignature", "The JWS passed is not valid", text, parameters),
        400,
    )


def jws_key(certificate):
    """Return the refusal that tells the tenant's certificate."""
    text = "The public key configured is invalid"
    return as_json(
        _hub_error("Validation", "InvalidPublicKeyConfigured", text, f"Certificate{certificate}"), 400
    )


def jws_unreadable():
    text = "Make sure to pass valid payload and header along with signature"
    error = _hub_error("System", "JWSVerificationServerError", "Error while verifying the signature", text)
    return as_json(error, 500)


def unknown_batch(batch_id):
    text = f"Batch corresponding to batchId: {batch_id} does not exist."
    return Response(text, 404, content_type="text/plain;charset=UTF-8")


def canned(code, simulator):
    """Return the refusal that a script calls ``code``."""
    made = {
        "header_rules": lambda: as_json(HEADER_RULES, 400),
        "extension": lambda: as_json(EXTENSION, 400),
        "too_big": lambda: as_json(TOO_BIG, 400),
        "structure": lambda: as_json(STRUCTURE, 400),
        "jws": lambda: jws_key(simulator.keys.client_certificate),
        "no_workflow": lambda: as_json(NO_WORKFLOW, 412),
        "missing_header": lambda: missing_header("purpose"),
    }
    return made[code]()


def shaped(kind, status, code=""):
    """Return an HTTP error in the shape that the app called by ``kind`` gives it."""
    if kind == "submit":
        text = code or "Internal error"
        return as_json({"responseCode": "01", "responseDescription": text}, status)
    if kind == "token" and status != 401:
        return as_json({"error": code or "server error"}, status)
    if kind == "token":
        return bad_credentials()
    if status == 401:
        return as_json({"error": "invalid_token", "error_description": "Access token expired: <token>"}, 401)
    if status == 403:
        return as_json({"error": "access_denied", "error_description": "Access is denied"}, 403)
    return as_html(status)


def bad_credentials():
    body = {
        "timestamp": int(time.time() * 1000),
        "status": "401",
        "error": "Unauthorized",
        "message": "Invalid credentials",
        "path": "/oauth/token",
    }
    return as_json(body, 401)


def no_token():
    text = "Full authentication is required to access this resource"
    return as_json({"error": "unauthorized", "error_description": text}, 401)


def bad_token(text):
    return as_json({"error": "invalid_token", "error_description": text}, 401)
