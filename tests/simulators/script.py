"""The script of a simulated payment system: who is refused or kept waiting, and which call plays which fault.

JSON, for example::

    {"outcomes": [{"payee_suffixes": ["13"], "result": "refused", "code": "rjct.payee_fa.invalid"},
                  {"payees": ["4455667788"], "result": "pending", "questions": 2}],
     "faults": [{"on": "submit", "calls": [2], "play": "timeout", "executed": true, "seconds": 30},
                {"on": "status", "every": 5, "play": "status", "status": 503}]}

The first outcome and the first fault that match are taken. All conditions of one must hold; no condition
matches everything. Whatever is not understood is an error: a test must not only think that it runs a fault.
"""

import json
import re
import threading
from collections import Counter
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import ClassVar

#: What each fault does if the script does not say ``executed``; None: the script must say it.
PLAYS = {
    # on the wire
    "timeout": None,  # waits ``seconds`` (execution comes before the wait), then answers late
    "late": True,  # waits ``seconds``, then executes, then answers
    "reset": None,  # resets the connection after ``after_bytes`` of the answer
    "drip_header": True,  # one header byte every ``interval`` for ``seconds``, then the answer
    "drip_body": True,  # one body byte every ``interval`` for ``seconds``, then the answer
    # instead of the answer
    "status": False,  # HTTP ``status``, with the API's own error ``shape`` or without
    "redirect": False,  # 302 to another path
    "rubbish": True,  # binary
    "html": True,  # a page with status 200
    "empty": True,  # no body
    "truncated": True,  # half of the answer
    "huge": True,  # ``size`` bytes of white space before the answer
    # in the answer: ``rows`` of them, from the first
    "missing_rows": True,
    "extra_rows": True,
    "duplicated_rows": True,
    "contradictory_rows": True,
    "reordered_rows": True,
    "wrong_amount": True,
    "wrong_currency": True,
    "unknown_status": True,
    "duplicate_reference": False,
    "other_transaction": True,
    "bare_list": True,  # the rows of a status answer as a list, as some payment systems do
    "header_rjct": False,  # refused as a whole, with ``code``
}


class ScriptError(ValueError):
    """The script says something that nobody understands."""


@dataclass(frozen=True)
class Outcome:
    """What becomes of the payments that match.

    :param result: paid, refused or pending
    :param code: reason code on the wire
    :param status: word on the wire, instead of the usual one of the result
    :param questions: a pending payment is pending in the answer to the submission and to so many questions
    :param then: what comes after pending
    :param payees: accounts, or whole financial addresses
    :param payee_suffixes: endings of the account
    :param reference: regular expression found in the reference
    :param transaction: regular expression found in the transaction
    """

    #: What may become of a payment of this payment system.
    results: ClassVar = ("paid", "refused", "pending")

    result: str = "paid"
    code: str = ""
    status: str = ""
    questions: int = 1
    then: "Outcome | None" = None
    payees: tuple = ()
    payee_suffixes: tuple = ()
    reference: str = ""
    transaction: str = ""

    def __post_init__(self):
        if self.result not in self.results:
            raise ScriptError(f"outcomes: unknown result {self.result!r}")
        _check_patterns("outcomes", self.reference, self.transaction)

    def matches(self, transaction, reference, address):
        """Whether this outcome is meant for a payment to ``address``."""
        account = (address.rpartition("@")[0] if "@" in address else address).rpartition(":")[2]
        return (
            (not self.payees or account in self.payees or address in self.payees)
            and (not self.payee_suffixes or account.endswith(self.payee_suffixes))
            and bool(re.search(self.reference, reference))
            and bool(re.search(self.transaction, transaction))
        )


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and when.

    :param play: see :data:`PLAYS`
    :param on: submit or status
    :param calls: ordinals of the calls, counted from 1 since the script was given
    :param every: each so many-th call
    :param times: at most so many times
    :param transaction: regular expression found in the transaction
    :param reference: regular expression found in one of the references
    :param executed: whether the payments are executed
    """

    #: What this payment system can play, in which calls, and which of these execute something.
    plays: ClassVar = PLAYS
    kinds: ClassVar = ("submit", "status")
    executing: ClassVar = ("submit",)

    play: str
    on: str = "submit"
    calls: tuple = ()
    every: int = 0
    times: int = 0
    transaction: str = ""
    reference: str = ""
    executed: bool | None = None
    seconds: float = 30.0
    interval: float = 0.05
    after_bytes: int = 20
    status: int = 503
    shape: bool = True
    code: str = ""
    size: int = 20 * 1024 * 1024
    rows: int = 1
    amount: str = ""
    currency: str = "XXX"

    def __post_init__(self):
        if self.play not in self.plays:
            raise ScriptError(f"faults: unknown play {self.play!r}")
        if self.on not in self.kinds:
            raise ScriptError(f"faults: 'on' is {' or '.join(self.kinds)}, not {self.on!r}")
        if self.executed is None:
            if self.plays[self.play] is None and self.on in self.executing:
                raise ScriptError(f"faults: {self.play} must say whether it is executed")
            object.__setattr__(self, "executed", bool(self.plays[self.play]))
        _check_patterns("faults", self.reference, self.transaction)

    def matches(self, ordinal, transaction, references):
        """Whether this fault is meant for the ``ordinal``-th call."""
        return (
            (not self.calls or ordinal in self.calls)
            and (not self.every or ordinal % self.every == 0)
            and bool(re.search(self.transaction, transaction))
            and (not self.reference or any(re.search(self.reference, ref) for ref in references))
        )


@dataclass(frozen=True)
class Script:
    """Everything a simulated payment system was told.

    :param latency: seconds that every call takes
    :param max_items: more payments than this in one call are refused
    :param currencies: only these are paid; all when empty
    :param unknown: what a question hears of a reference nobody knows: omit (no row) or refused (a row)
    """

    #: What outcomes and faults are made of; a payment system that knows more has classes of its own.
    outcome_class: ClassVar = Outcome
    fault_class: ClassVar = Fault

    outcomes: tuple = ()
    faults: tuple = ()
    latency: float = 0.0
    max_items: int = 10_000
    currencies: tuple = ()
    unknown: str = "omit"

    @classmethod
    def parse(cls, data):
        """Return the script in ``data`` (plain JSON values).

        :raise ScriptError: when anything in it is not understood
        """
        values = dict(data) if isinstance(data, dict) else {"": data}
        outcomes, faults = values.pop("outcomes", ()), values.pop("faults", ())
        script = build(cls, values, "script")
        if script.unknown not in ("omit", "refused"):
            raise ScriptError(f"script: 'unknown' is omit or refused, not {script.unknown!r}")
        return replace(
            script,
            outcomes=tuple(_outcome(cls.outcome_class, outcome) for outcome in outcomes),
            faults=tuple(build(cls.fault_class, fault, "faults") for fault in faults),
        )

    @classmethod
    def load(cls, path):
        """Return the script in the file ``path``; an empty one when there is no path."""
        return cls.parse(json.loads(Path(path).read_text()) if path else {})

    def outcome_of(self, transaction, reference, address):
        """Return what becomes of a payment; it is paid when nothing else is said."""
        found = (o for o in self.outcomes if o.matches(transaction, reference, address))
        return next(found, None) or self.outcome_class()


class Player:
    """Counts the calls and says which fault each of them plays. Safe to use from several threads."""

    def __init__(self, script):
        self.script = script
        self.calls = Counter()
        self._played = Counter()
        self._lock = threading.Lock()

    def next_fault(self, kind, transaction, references):
        """Count one call of ``kind`` (submit or status) and return its fault, or None."""
        with self._lock:
            self.calls[kind] += 1
            for number, fault in enumerate(self.script.faults):
                spent = fault.times and self._played[number] >= fault.times
                meant = fault.on == kind and fault.matches(self.calls[kind], transaction, references)
                if meant and not spent:
                    self._played[number] += 1
                    return fault
        return None


def _outcome(cls, data):
    values = dict(data) if isinstance(data, dict) else {"": data}
    then = values.pop("then", None)
    outcome = build(cls, values, "outcomes")
    return outcome if then is None else replace(outcome, then=_outcome(cls, then))


def _check_patterns(where, *patterns):
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ScriptError(f"{where}: {pattern!r} is no regular expression") from error


def build(cls, values, where):
    """Make a ``cls`` (a dataclass) of plain values, lists as tuples.

    :raise ScriptError: where a name is unknown or missing, or a value has another type than the default
    """
    if not isinstance(values, dict):
        raise ScriptError(f"{where}: an object is wanted")
    known = {field.name: field for field in fields(cls)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ScriptError(f"{where}: unknown {', '.join(map(repr, unknown))}")
    made = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    for name, value in made.items():
        default = known[name].default
        if default is MISSING:
            right = isinstance(value, str)
        elif default is None:
            right = isinstance(value, bool)
        elif isinstance(default, float):
            right = isinstance(value, int | float) and not isinstance(value, bool)
        else:
            right = type(value) is type(default)
        if not right:
            raise ScriptError(f"{where}: {name!r} has a wrong type")
    missing = [name for name, field in known.items() if field.default is MISSING and name not in made]
    if missing:
        raise ScriptError(f"{where}: {', '.join(missing)} is missing")
    return cls(**made)
