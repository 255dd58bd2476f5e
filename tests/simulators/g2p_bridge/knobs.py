"""The script of the simulated bridge: outcomes and faults as :mod:`tests.simulators.script` has them, bank, bugs.

JSON, for example::

    {"bridge": {"step_seconds": 0.05, "days_ahead": 0, "funds": "available"},
     "bugs": {"takes_again": false},
     "outcomes": [{"payee_suffixes": ["9"], "result": "reversed", "code": "ACCOUNT_CLOSED"},
                  {"payees": ["token:7@nid"], "result": "unresolved"}],
     "faults": [{"on": "disbursements", "calls": [2], "play": "timeout", "executed": true, "seconds": 30}]}

What a fault looks for as ``transaction`` is the envelope's id, or the cycle code where there is no envelope yet; what
it looks for as ``reference`` is a mis_reference_number.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from ..script import PLAYS, Fault, Outcome, Script, ScriptError, build

#: Kinds of calls; the last is known to careful callers, but never used by them.
KINDS = (
    "envelope",
    "disbursements",
    "envelope_status",
    "status",
    "amend",
    "cancel",
    "cancel_disbursements",
)
LISTS = ("disbursements", "status", "cancel_disbursements")
_ON_ROWS = dict.fromkeys(
    ("missing_rows", "extra_rows", "duplicated_rows", "contradictory_rows", "reordered_rows"), LISTS
)
#: Plays that only some calls know; all others may be on any of them.
ONLY_ON = {
    **_ON_ROWS,
    "wrong_amount": ("envelope", "disbursements", "amend"),
    "wrong_currency": ("envelope",),
    "null_ids": ("envelope", "disbursements"),
    "other_ids": ("envelope", "disbursements", "status"),
    "other_transaction": ("envelope", "disbursements", "status", "envelope_status", "amend", "cancel"),
    "counts_unchanged": ("envelope_status",),
    "counts_risen": ("envelope_status",),
}


@dataclass(frozen=True)
class BridgeOutcome(Outcome):
    """What becomes of the disbursements that match.

    - paid: executed when it is shipped; the next statement tells of it
    - pending: shipped, and executed only after ``questions`` questions about it; then comes ``then``
    - reversed: as paid, and then the bank's reversal with ``code``
    - unresolved: the mapper does not know the beneficiary, who is never shipped and looks as if pending for ever
    - duplicate_line: as paid, but the statement tells of it twice
    - invalid_reversal, invalid_id: never executed; the statement tells of it only to say that something is wrong

    :param code: why it was reversed
    :param reversal_questions: the reversal is told after so many questions that heard of the payment
    :param reversal_seconds: or after so many seconds, if that is sooner; negative: by questions alone
    """

    results: ClassVar = (
        *("paid", "pending", "reversed", "unresolved", "duplicate_line", "invalid_reversal", "invalid_id"),
    )

    reversal_questions: int = 1
    reversal_seconds: float = -1.0

    def __post_init__(self):
        super().__post_init__()
        if self.status:
            raise ScriptError("outcomes: the bridge has no status words")

    @property
    def is_executed(self):
        return self.result in ("paid", "reversed", "duplicate_line")


@dataclass(frozen=True)
class BridgeFault(Fault):
    """What goes wrong, and when.

    :param on: see :data:`KINDS`
    :param rows: of counts_risen, so many disbursements that somebody else has sent
    :param amount: of counts_risen, how much they are together; usually 1 each
    :param code: of header_rjct, the reason; of unknown_status, the word
    """

    plays: ClassVar = {
        **{name: usual for name, usual in PLAYS.items() if name not in ("bare_list", "duplicate_reference")},
        "null_ids": True,  # succ, and every id in the answer is null
        "null_message": True,  # succ, and no message
        "other_ids": True,  # ids of nobody
        "counts_unchanged": True,  # received as it was before the last request
        "counts_risen": True,  # received as if somebody else had sent ``rows`` more
    }
    kinds: ClassVar = KINDS
    executing: ClassVar = ("envelope", "disbursements", "amend", "cancel", "cancel_disbursements")

    on: str = "disbursements"

    def __post_init__(self):
        super().__post_init__()
        if self.on not in ONLY_ON.get(self.play, self.kinds):
            raise ScriptError(f"faults: {self.play} means nothing on {self.on}")


@dataclass(frozen=True)
class Bridge:
    """How this bridge and its bank are.

    :param step_seconds: between two steps of an envelope; negative: only control calls make a step
    :param days_ahead: so many days from now it is today here
    :param programs: mnemonics that it is configured for; any when empty
    :param funds: what the bank says of the funds: available, not_available or error
    :param block: what the bank says when it is to block them: success, failure or error
    :param token: bearer token that a gateway before the bridge demands; the bridge itself demands none
    """

    step_seconds: float = 0.05
    days_ahead: int = 0
    programs: tuple = ("TESTPROG",)
    funds: str = "available"
    block: str = "success"
    token: str = ""

    def __post_init__(self):
        for name, allowed in (
            ("funds", ("available", "not_available", "error")),
            ("block", ("success", "failure", "error")),
        ):
            if getattr(self, name) not in allowed:
                raise ScriptError(f"bridge: unknown {name} {getattr(self, name)!r}")


@dataclass(frozen=True)
class Bugs:
    """What is wrong with the real bridge; each may be switched off.

    :param takes_again: the same list is taken again while there is room; else the ids of the first are told again
    :param pays_cancelled: a cancelled disbursement is shipped when its envelope becomes complete later
    :param cancels_after_payment: an envelope can be cancelled when its money has gone; else that is refused
    :param takes_into_cancelled: a cancelled envelope takes disbursements; else they are refused
    :param double_person_blocks: a request that has one person twice is never shipped
    :param cuts_fractions: totals are whole numbers, and what is behind the point is lost
    :param currency_crashes: an envelope without currency is HTTP 500; else it is refused
    :param hides_cancellation: no status tells that an envelope was cancelled
    :param refuses_in_200: refusals come with HTTP 200; else with 400, in the same words
    """

    takes_again: bool = True
    pays_cancelled: bool = True
    cancels_after_payment: bool = True
    takes_into_cancelled: bool = True
    double_person_blocks: bool = True
    cuts_fractions: bool = True
    currency_crashes: bool = True
    hides_cancellation: bool = True
    refuses_in_200: bool = True


@dataclass(frozen=True)
class BridgeScript(Script):
    """Everything the simulated bridge was told."""

    outcome_class: ClassVar = BridgeOutcome
    fault_class: ClassVar = BridgeFault

    bridge: Bridge = Bridge()
    bugs: Bugs = Bugs()

    @classmethod
    def parse(cls, data):
        """Return the script in ``data`` (plain JSON values).

        :raise ScriptError: when anything in it is not understood
        """
        values = dict(data) if isinstance(data, dict) else {"": data}
        bridge = build(Bridge, values.pop("bridge", {}), "bridge")
        bugs = build(Bugs, values.pop("bugs", {}), "bugs")
        useless = {"max_items", "unknown", "currencies"} & set(values)
        if useless:
            raise ScriptError(f"script: this bridge knows no {', '.join(sorted(useless))}")
        return replace(super().parse(values), bridge=bridge, bugs=bugs)
