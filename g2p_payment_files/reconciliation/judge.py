"""What one line of an imported file would do to the payment that it names. Plain Python, no environment."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

APPLY = "apply"
WAIT = "wait"
FINAL = "final"
CONTRADICTS = "contradicts"
NOTHING = "nothing"
ERROR = "error"
#: Effects of lines that go through the engine's door.
TOLD = (APPLY, WAIT, CONTRADICTS)

#: States of a submission in which its payments are at whoever pays.
_AT_WORK = ("sending", "sent", "unknown")


@dataclass(frozen=True)
class Told:
    """One line of the file.

    :param result: ``paid``, ``failed``, or ``pending`` for what says nothing
    :param amount: None where the file does not say
    """

    line: int
    reference: str
    result: str
    amount: Decimal | None = None
    currency: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Known:
    """One payment as the books have it, with what carries it.

    :param tries: how often its submission was claimed
    :param sent_from: the earliest moment (naive UTC) at which it can have been sent
    :param by_file: whether its batch is paid by a file that a person carries
    """

    id: int
    reference: str
    state: str
    status: str
    disputed: bool
    amount: Decimal
    currency: str
    currency_id: int
    batch_id: int | None = None
    submission_id: int | None = None
    submission_state: str = ""
    tries: int = 0
    sent_from: datetime | None = None
    by_file: bool = False


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell.

    :param column: ``reference``, ``status``, ``amount``, ``currency`` or ``date``
    :param code: key of the text that the model has for it
    :param should: what the books say instead, where that helps
    """

    column: str
    code: str
    should: str = ""


def judge(told, known, now):
    """Tell what one line would do.

    :param Told told: the line
    :param Known known: the payment that it names
    :param datetime now: naive UTC
    :return: (effect, list of :class:`Problem`); the effect is ``error`` exactly when there are problems
    """
    problems = [*_amount_problems(told, known)]
    effect = NOTHING
    if told.result != "pending":
        effect, problem = _effect(told, known)
        if problem:
            problems.append(problem)
        if effect in TOLD and not known.submission_id:
            problems.append(Problem("status", "not_sent"))
        elif effect in TOLD:
            problems += _date_problems(told, known, now)
    return (ERROR, problems) if problems else (effect, [])


def get_lot(effect, by_file):
    """Tell whose word lets a line through the door: ``one`` person's, ``two`` people's, or "" for no line of news."""
    if effect not in TOLD:
        return ""
    return "one" if by_file else "two"


def _effect(told, known):
    if known.state == "reconciled":
        return (FINAL if told.result == known.status else CONTRADICTS), None
    at_work = known.state == "sent" and known.submission_state in _AT_WORK
    if not at_work and told.result == "paid" and known.tries:
        # It was given to whoever pays, taken back, and is paid all the same: that must not stay unheard.
        return CONTRADICTS, None
    if known.disputed:
        return ERROR, Problem("status", "disputed")
    if at_work:
        return (APPLY if known.by_file else WAIT), None
    return ERROR, Problem("status", "cancelled" if known.state == "cancelled" else "not_sent")


def _amount_problems(told, known):
    says_none = told.amount is None or (told.result == "failed" and not told.amount)
    if not says_none and told.amount != known.amount:
        yield Problem("amount", "amount_differs", f"{known.amount:f}")
    if told.currency and told.currency != known.currency:
        yield Problem("currency", "currency_differs", known.currency)


def _date_problems(told, known, now):
    """A day is as long as it is anywhere on earth: the file does not say in which zone it was written."""
    if told.day is None:
        return
    latest = (now + timedelta(hours=14)).date()
    if told.day > latest:
        yield Problem("date", "future", latest.isoformat())
    if known.sent_from and told.day < (known.sent_from - timedelta(hours=12)).date():
        yield Problem("date", "before_sent", known.sent_from.date().isoformat())
