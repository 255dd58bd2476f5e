"""A transport that answers from a list."""

import json

from ..dispatch.outcome import Answer, Fault


class Replies:
    """Keeps what it was given.

    :param replies: answers, or (status, body as text or JSON); when they are used up, the deadline has passed
    """

    def __init__(self, *replies):
        self.requests = []
        self._replies = [reply if isinstance(reply, Answer) else self._answer(*reply) for reply in replies]

    def send(self, request):
        self.requests.append(request)
        if not self._replies:
            return Answer(fault=Fault.NOT_SENT, note="deadline passed before the call")
        return self._replies.pop(0)

    @staticmethod
    def _answer(status, body):
        return Answer(status=status, body=body if isinstance(body, str) else json.dumps(body))


class Clock:
    """A clock that a test turns."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now
