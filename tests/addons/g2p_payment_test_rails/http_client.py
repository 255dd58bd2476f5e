"""A payment system that pays one by one over HTTP, on loopback (see ``tests/engine/lane_server.py``)."""

import json

from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest


class HttpClient:
    """Implements RailClient: POST /pay takes one payment, GET /pay/KEY tells what became of it."""

    def __init__(self, settings):
        self._url = settings["endpoint"]

    def build(self, submission, payments):
        (one,) = payments
        return json.dumps({"key": submission.key, "reference": one.reference, "amount": one.amount})

    def submit(self, transport, submission):
        headers = {"Content-Type": "application/json"}
        return transport.send(
            HttpRequest("POST", f"{self._url}/pay", submission.payload.encode(), headers=headers)
        )

    def ask(self, transport, submission, _references):
        return transport.send(HttpRequest("GET", f"{self._url}/pay/{submission.key}"))

    def read_submission(self, answer, submission):
        if answer.fault is said.Fault.NOT_SENT:
            return said.NotSent()
        if answer.status != 200:
            return said.Unknown(code=str(answer.status or answer.fault.value))
        return said.Accepted(rows=self._rows(answer, submission.references))

    def read_question(self, answer, _submission, references):
        if answer.status == 404:
            return said.NotSeen()
        if answer.status != 200:
            return said.Unreadable(code=str(answer.status or answer.fault.value))
        return said.Found(rows=self._rows(answer, references))

    def _rows(self, answer, references):
        result = said.RowResult(json.loads(answer.body)["result"])
        return tuple(said.Row(reference, result) for reference in references)
