"""Faults on the wire and instead of an answer, the same for every endpoint."""

import json

from flask import Response, request

from .. import wire
from . import answers

HTML = b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"
RUBBISH = bytes(range(256)) * 16


def answer(simulator, fault, body):
    """Answer with ``body`` (bytes), or with what ``fault`` (None: nothing) makes of it."""
    play = PLAYS.get(fault.play) if fault else None
    return play(simulator, fault, body) if play else Response(body, content_type="application/json")


def spoiled(fault, body):
    """Return what ``fault`` makes of the ``body`` (bytes) of a message of ours, and its content type."""
    make = _BODIES.get(fault.play) if fault else None
    return (make(fault, body) if make else body), "text/html" if make is _html else "application/json"


def _timeout(simulator, fault, body):
    simulator.wait(fault.seconds)
    if fault.executed:
        return Response(body, content_type="application/json")
    return Response(HTML, 504, content_type="text/html")


def _status(simulator, fault, body):
    if fault.shape:
        error = json.dumps(answers.error(fault.status, fault.code))
        return Response(error, fault.status, content_type="application/json")
    return Response(HTML, fault.status, content_type="text/html")


def _reset(simulator, fault, body):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    wire.reset(request.environ["werkzeug.socket"], head.encode() + body, fault.after_bytes)


def _drip(play):
    def drip(simulator, fault, body):
        play(request.environ["werkzeug.socket"], body, fault.seconds, fault.interval, simulator.wait)

    return drip


def _plain(make):
    """Return a play whose whole answer is ``make(fault, body)``, called JSON with status 200."""
    return lambda simulator, fault, body: Response(make(fault, body), content_type="application/json")


def _huge(simulator, fault, body):
    piece = b" " * 65536

    def pieces():
        for _turn in range(fault.size // len(piece)):
            yield piece
        yield body

    return Response(pieces(), content_type="application/json")


def _html(fault, body):
    return HTML


_BODIES = {
    "rubbish": lambda fault, body: RUBBISH,
    "html": _html,
    "empty": lambda fault, body: b"",
    "truncated": lambda fault, body: body[: len(body) // 2],
    "huge": lambda fault, body: b" " * fault.size + body,
}
PLAYS = {
    "timeout": _timeout,
    "status": _status,
    "reset": _reset,
    "drip_header": _drip(wire.drip_header),
    "drip_body": _drip(wire.drip_body),
    "redirect": lambda *args: Response(b"", 302, {"Location": "/elsewhere"}),
    "rubbish": _plain(_BODIES["rubbish"]),
    "html": lambda *args: Response(HTML, content_type="text/html"),
    "empty": _plain(_BODIES["empty"]),
    "truncated": _plain(_BODIES["truncated"]),
    "huge": _huge,
}
