"""One try or one question, as it was taken: all that is needed to make the call without any transaction."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from .facts import Scope
from .outcome import Answer, Fault, SubmissionData
from .rail import RailClient
from .transport import Transport


@dataclass(frozen=True)
class Held:
    """A submission was held back; ``scope`` tells what else its reason holds back."""

    scope: Scope
    batch_id: int


@dataclass(frozen=True)
class Call:
    """The right to make one call.

    Key, settings and references are those of this call: what it brings is read with them, even when the submission
    has another key by then.

    :param kind: ``submit`` or ``question``
    :param token: of the claim it belongs to
    :param references: keys of the payments that are sent or asked about
    :param asked_at: the database's clock when it was taken
    :param ends: this process's monotonic clock when the deadline passes
    """

    kind: str
    submission_id: int
    token: str
    data: SubmissionData
    references: tuple[str, ...]
    client: RailClient = field(repr=False)
    asked_at: datetime
    ends: float
    payload_hash: str = ""

    def make(self, pool=None):
        """Call the payment system, with nothing open in the database.

        A worker that was stopped between its claim and here may wake when its lease is over and another one has sent:
        past the deadline it does not call. An exception of the rail is an answer too.

        :param pool: :class:`~.transport.ConnectionPool` of connections that are used again, or None for one of its own
        :return: :class:`~.outcome.Answer`
        """
        started = time.monotonic()
        if started >= self.ends:
            return Answer(fault=Fault.NOT_SENT, note="deadline passed before the call")
        transport = Transport(self.ends - started, self.data.key, pool=pool)
        try:
            if self.kind == "submit":
                return self.client.submit(transport, self.data)
            return self.client.ask(transport, self.data, self.references)
        except Exception as error:
            # Only the type: the text of an exception may carry a payee or a secret.
            spent = int((time.monotonic() - started) * 1000)
            return Answer(fault=Fault.CONNECTION, note=type(error).__name__, duration_ms=spent)
