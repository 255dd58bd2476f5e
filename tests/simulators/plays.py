"""What simulators send instead of an answer, and how they spoil it on the wire, whatever the answer is."""

from flask import Response, request

from . import wire

HTML = b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"
RUBBISH = bytes(range(256)) * 16


def play(simulator, fault, answer, error):
    """Return ``answer`` (a Response) or what ``fault`` (or None) makes of it.

    :param error: returns the error that the fault wants, in the API's own shape
    """
    if fault is None:
        return answer
    if fault.play == "status" and fault.shape:
        return error()
    player = _PLAYS.get(fault.play)
    return player(simulator, fault, answer) if player else answer


def _timeout(simulator, fault, answer):
    simulator.wait(fault.seconds)
    return answer if fault.executed else Response(HTML, 504, content_type="text/html")


def _headers(answer):
    """Return the headers of ``answer`` but for those that concern its body."""
    return {name: value for name, value in answer.headers if not name.startswith("Content-")}


def _lines(answer):
    return "".join(f"{name}: {value}\r\n" for name, value in _headers(answer).items()).encode()


def _reset(simulator, fault, answer):
    body = answer.get_data()
    head = f"HTTP/1.1 {answer.status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    whole = head.encode() + _lines(answer) + b"\r\n" + body
    wire.reset(request.environ["werkzeug.socket"], whole, fault.after_bytes)


def _drip(drip):
    def dripping(simulator, fault, answer):
        sock, status = request.environ["werkzeug.socket"], answer.status.encode()
        drip(sock, answer.get_data(), fault.seconds, fault.interval, simulator.wait, status, _lines(answer))

    return dripping


def _body(make):
    """Return a play that leaves status and headers as they are and says ``make(body)``."""

    def change(simulator, fault, answer):
        answer.set_data(make(answer.get_data()))
        return answer

    return change


def _huge(simulator, fault, answer):
    piece, body = b" " * 65536, answer.get_data()

    def pieces():
        for _turn in range(fault.size // len(piece)):
            yield piece
        yield body

    return Response(pieces(), answer.status, _headers(answer), content_type="application/json")


_PLAYS = {
    "timeout": _timeout,
    "status": lambda simulator, fault, answer: Response(HTML, fault.status, content_type="text/html"),
    "reset": _reset,
    "drip_header": _drip(wire.drip_header),
    "drip_body": _drip(wire.drip_body),
    "redirect": lambda *args: Response(b"", 302, {"Location": "/elsewhere"}),
    "rubbish": _body(lambda body: RUBBISH),
    "html": lambda *args: Response(HTML, content_type="text/html"),
    "empty": lambda *args: Response(b"", content_type="application/json"),
    "truncated": _body(lambda body: body[: len(body) // 2]),
    "huge": _huge,
}
