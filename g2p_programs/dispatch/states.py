"""The state machine of a submission: data, and the one function that reads it (ENGINE.md section 2)."""

from dataclasses import dataclass
from enum import StrEnum

from . import outcome as said

SUBMISSION_STATES = [
    ("queued", "Queued"),
    ("sending", "Sending"),
    ("sent", "Sent"),
    ("unknown", "Unknown"),
    ("rejected", "Rejected"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
#: A submission that may still move money: its settings are pinned, its records may not be deleted.
OPEN_STATES = ("queued", "sending", "sent", "unknown", "rejected")
#: States in which it makes sense to ask the payment system.
ASKABLE_STATES = ("sent", "unknown")

#: Code of a payment that two people have settled.
DECIDED = "decision"

BATCH_WORST_FIRST = ("unknown", "sending", "rejected", "queued", "sent", "draft", "done")
BATCH_STATES = [
    ("draft", "Draft"),
    ("queued", "Queued"),
    ("sending", "Sending"),
    ("sent", "Sent"),
    ("unknown", "Unknown"),
    ("rejected", "Rejected"),
    ("done", "Done"),
]


class Event(StrEnum):
    """Everything that can happen to a submission."""

    CLAIM = "claim"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    LEASE_EXPIRED = "lease_expired"
    FOUND = "found"
    NOT_SEEN = "not_seen"
    UNREADABLE = "unreadable"
    NEVER_HAD = "never_had"
    PROVEN_ABSENT = "proven_absent"
    ALL_FINAL = "all_final"
    PEOPLE_EXECUTED = "people_executed"
    PEOPLE_NEVER = "people_never"
    QUEUE_AGAIN = "queue_again"
    CANCEL = "cancel"


#: Requests: somebody wants something. Where there is no legal move they raise and write nothing.
REQUESTS = frozenset(
    {
        Event.CLAIM,
        Event.PEOPLE_EXECUTED,
        Event.PEOPLE_NEVER,
        Event.QUEUE_AGAIN,
        Event.CANCEL,
        Event.LEASE_EXPIRED,
    }
)

#: The legal moves. What is absent is either no move or, for the events below, a contradiction.
MOVES = {
    ("queued", Event.CLAIM): "sending",
    ("queued", Event.CANCEL): "cancelled",
    ("sending", Event.ACCEPTED): "sent",
    ("sending", Event.REJECTED): "rejected",
    ("sending", Event.NOT_SENT): "queued",
    ("sending", Event.UNKNOWN): "unknown",
    ("sending", Event.LEASE_EXPIRED): "unknown",
    ("sent", Event.ALL_FINAL): "done",
    ("sent", Event.PEOPLE_EXECUTED): "done",
    ("sent", Event.PEOPLE_NEVER): "done",
    ("unknown", Event.ACCEPTED): "sent",
    ("unknown", Event.FOUND): "sent",
    ("unknown", Event.ALL_FINAL): "done",
    ("unknown", Event.PROVEN_ABSENT): "queued",
    ("unknown", Event.PEOPLE_EXECUTED): "done",
    ("unknown", Event.PEOPLE_NEVER): "rejected",
    ("rejected", Event.QUEUE_AGAIN): "queued",
    ("rejected", Event.CANCEL): "cancelled",
}

#: News that says "the payment system has it" where our books say that it was never given it.
CONTRADICTIONS = frozenset(
    (state, event) for state in ("queued", "rejected", "cancelled") for event in (Event.ACCEPTED, Event.FOUND)
)

#: What only the worker that made the call may do with its answer. Anybody else's copy of it is mere news.
_OWN_CALL = frozenset({Event.ACCEPTED, Event.REJECTED, Event.NOT_SENT, Event.UNKNOWN})

_EVENTS = {
    said.Accepted: Event.ACCEPTED,
    said.Rejected: Event.REJECTED,
    said.NotSent: Event.NOT_SENT,
    said.Unknown: Event.UNKNOWN,
    said.Found: Event.FOUND,
    said.NotSeen: Event.NOT_SEEN,
    said.Unreadable: Event.UNREADABLE,
    said.NeverHad: Event.NEVER_HAD,
}


@dataclass(frozen=True)
class Move:
    """What an event does: the new ``state`` (None: stays), and whether it contradicts what we know."""

    state: str | None = None
    contradiction: bool = False


def event_of(outcome):
    """Tell the event that an outcome is.

    :param outcome: an instance of one of the closed sets
    :return: :class:`Event`
    :raise KeyError: for anything that is not of the closed sets
    """
    return _EVENTS[type(outcome)]


def move(state, event, own_call=True, ever_unknown=False, current=True):
    """Tell what ``event`` does to a submission in ``state``.

    :param str state: current state
    :param Event event: what happened
    :param bool own_call: whether the event is the answer of the call that the present claim made
    :param bool ever_unknown: whether any try of this submission was ever unknown
    :param bool current: whether the event speaks of the present claim at all
    :return: :class:`Move`
    """
    if (event in _OWN_CALL and not own_call) or not current:
        # A new claim exists only because the earlier try was proven absent or refused, and now it turns up.
        return Move(contradiction=event in (Event.ACCEPTED, Event.FOUND))
    if event in (Event.REJECTED, Event.NOT_SENT) and ever_unknown and state == "sending":
        # They speak of one try only: an earlier one may still be executed.
        return Move("unknown")
    if (state, event) in CONTRADICTIONS:
        return Move(contradiction=True)
    return Move(MOVES.get((state, event)))
