"""A payment system that answers what the test's script says, and counts what it was told."""

import json
from collections import defaultdict

from odoo.addons.g2p_programs.dispatch import outcome as said

#: {("submit" or "ask", business key or "*"): [outcome or callable(submission) -> outcome]}, oldest first.
SCRIPT = defaultdict(list)
#: Every call that was made: (kind, key, payload).
CALLS = []
#: The references of each question.
ASKED = []
#: Answers of this process, found again by the token in the stored answer.
_ANSWERS = {}


def play(kind, *outcomes, key="*"):
    """Let the next calls of ``kind`` end in ``outcomes``."""
    SCRIPT[kind, key].extend(outcomes)


def reset():
    """Forget script and calls."""
    SCRIPT.clear()
    CALLS.clear()
    ASKED.clear()


class ScriptedClient:
    """Implements RailClient without a network."""

    def __init__(self, settings):
        self.settings = settings

    def build(self, submission, payments):
        rows = [[one.reference, one.payee_id_value, one.amount, one.currency] for one in payments]
        text = {"key": submission.key, "step": submission.step, "rows": rows}
        if submission.purpose:
            text |= {"purpose": submission.purpose, "settings": submission.settings}
        return json.dumps(text)

    def submit(self, _transport, submission):
        return self._answer("submit", submission, said.Accepted())

    def ask(self, _transport, submission, references):
        ASKED.append(references)
        return self._answer("ask", submission, said.NotSeen())

    def read_submission(self, answer, _submission):
        return said.Unknown(code=answer.fault.value) if answer.fault else _ANSWERS[answer.body]

    def read_question(self, answer, _submission, _references):
        return said.Unreadable(code=answer.fault.value) if answer.fault else _ANSWERS[answer.body]

    def _answer(self, kind, submission, default):
        CALLS.append((kind, submission.key, submission.payload))
        queue = SCRIPT.get((kind, submission.key)) or SCRIPT.get((kind, "*"))
        outcome = queue.pop(0) if queue else default
        if callable(outcome):
            outcome = outcome(submission)
        token = str(len(_ANSWERS))
        _ANSWERS[token] = outcome
        return said.Answer(status=200, body=token)


def rows(submission, result=said.RowResult.PAID, **values):
    """Return one row per reference of a submission."""
    return tuple(said.Row(reference, result, **values) for reference in submission.references)
