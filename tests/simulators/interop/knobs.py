"""The script of the simulated scheme: outcomes and faults as :mod:`tests.simulators.script` has them, and its habits.

JSON, for example::

    {"scheme": {"coerces": true, "auto_accept_party": false, "transfer_seconds": 0.02},
     "outcomes": [{"payee_suffixes": ["9"], "result": "refused", "how": "quote"},
                  {"transfer_amounts": ["777"], "result": "pending", "after": 0.0}],
     "faults": [{"on": "status", "calls": [1], "play": "empty"}]}
"""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from ..script import PLAYS, Fault, Outcome, Script, ScriptError, build

#: What may become of a transfer: for each result, how it comes to that; the first is the usual one.
HOWS = {
    "paid": ("", "bad_fulfilment"),
    "refused": ("party", "party_silent", "quote", "quote_silent", "transfer", "aborted"),
    "pending": ("no_answer", "RESERVED", "RECEIVED"),
}
#: Error codes of the scheme, and what they say.
ERRORS = {
    "2001": "Internal server error",
    "2004": "Server timed out",
    "3100": "Generic validation error",
    "3106": "Modified request",
    "3204": "Party not found",
    "3208": "Transfer ID not found",
    "4001": "Payer FSP insufficient liquidity",
    "5001": "Payee FSP insufficient liquidity",
    "5104": "Payee rejected transaction",
    "5200": "Payee limit error",
}
USUAL_CODES = {"party": "3204", "quote": "5200", "transfer": "5104"}
#: The rules of the testing toolkit that the samples were recorded with, ready for ``outcomes``. It looks at what is
#: transferred, fees included: a RECEIVE of 777 transfers 777.5 and is simply paid.
TOOLKIT_RULES = [
    {"payees": ["9988776655"], "result": "refused"},
    {"amounts": ["500"], "result": "refused", "how": "quote"},
    {"transfer_amounts": ["666"], "result": "refused", "how": "transfer"},
    {"transfer_amounts": ["777"], "result": "pending", "after": 0.0},
    {
        "transfer_amounts": ["778"],
        "result": "pending",
        "after": 0.0,
        "then": {"result": "refused", "how": "aborted"},
    },
    {"transfer_amounts": ["888"], "result": "refused", "how": "aborted"},
    {"transfer_amounts": ["999"], "result": "pending", "how": "RESERVED"},
    {"transfer_amounts": ["998"], "result": "pending", "how": "RECEIVED"},
]

ROW_PLAYS = (
    "missing_rows",
    "extra_rows",
    "duplicated_rows",
    "contradictory_rows",
    "reordered_rows",
    "wrong_amount",
    "wrong_currency",
    "credited_amount",
    "unknown_status",
    "duplicate_reference",
)
ANSWERED = ("submit", "status", "accept")
#: Plays that only some calls know; all others may be on any of them.
ONLY_ON = {
    **dict.fromkeys(ROW_PLAYS, (*ANSWERED, "check")),
    "other_transaction": ANSWERED,
    "breaks_off": ("submit",),
    "error_200": ANSWERED,
}


@dataclass(frozen=True)
class SchemeOutcome(Outcome):
    """What becomes of the transfers that match.

    A question is a GET of the transfer, or of a disbursement whose ``status`` the script says. A pending transfer
    is settled by its last question, by time (``after``), or by :meth:`process.SimulatorHandle.settle`.

    :param how: see :data:`HOWS`
    :param code: of the scheme, see :data:`ERRORS`; or another one
    :param status: what the layer says of the line, instead of what it makes of the adapter's answer
    :param after: a pending transfer settles by itself after so many seconds; negative: it does not
    :param seconds: the transfer takes so much longer
    :param amounts: as asked for
    :param transfer_amounts: what leaves the payer, fees included
    """

    how: str = ""
    after: float = -1.0
    seconds: float = 0.0
    amounts: tuple = ()
    transfer_amounts: tuple = ()

    def __post_init__(self):
        super().__post_init__()
        hows = HOWS[self.result]
        if self.how and self.how not in hows:
            raise ScriptError(f"outcomes: {self.result} is not {self.how!r}")
        if not self.how:
            object.__setattr__(self, "how", hows[0])

    def meant(self, transaction, reference, id_value, amount, transfer_amount):
        """Whether this outcome is meant for a transfer."""
        return (
            self.matches(transaction, reference, id_value)
            and (not self.amounts or amount in self.amounts)
            and (not self.transfer_amounts or transfer_amount in self.transfer_amounts)
        )


@dataclass(frozen=True)
class SchemeFault(Fault):
    """What goes wrong, and when.

    :param on: submit (POST of a disbursement or transfer), status (GET), accept (PUT), check (of payees) or token
    :param rows: for breaks_off, so many lines are paid before
    """

    plays: ClassVar = {
        **PLAYS,
        "breaks_off": True,  # 500 with nothing in it after some lines, and no result is kept
        "error_200": False,  # status 200 with an error in the body
        "credited_amount": True,  # only what was credited is another amount
    }
    kinds: ClassVar = ("submit", "status", "accept", "check", "token")
    executing: ClassVar = ("submit", "accept")

    def __post_init__(self):
        super().__post_init__()
        if self.on not in ONLY_ON.get(self.play, self.kinds):
            raise ScriptError(f"faults: {self.play} means nothing on {self.on}")


@dataclass(frozen=True)
class Party:
    """Somebody whom the look-up finds, under another name than everybody else."""

    id_value: str
    name: str
    date_of_birth: str = "1970-01-01"


@dataclass(frozen=True)
class Scheme:
    """How this layer, adapter and switch are; every habit is a switch. The usual values are what was seen, but that
    nothing is coerced.

    :param coerces: whether both APIs make texts of numbers, null and false, as the real ones do
    :param aborted_for_everything: whether the layer says ABORTED, and the same error, whatever went wrong
    :param completed_over_everything: whether the layer says COMPLETED where the switch says ABORTED or RESERVED
    :param running_get: what GET says while a disbursement runs: empty, or rows (PENDING where not done)
    :param unknown_get: what GET says of an unknown disbursement, as all are after a restart: empty or 404
    :param idempotent: whether the layer answers a disbursementId that it has had with the same result, unpaid
    :param modified: what the switch makes of a transferId that it has had: pays it again, or 3106
    :param echoes: whether unknown members of a payee come back
    :param failed_amounts: whether failed lines have amounts
    :param auto_accept_party: whether the adapter goes on by itself after it has found the party
    :param auto_accept_quotes: whether it goes on by itself after the quote
    :param conversion: whether each transfer needs a currency conversion, which is never accepted by itself
    :param waiting_is: transferState that GET tells of a transfer that waits to be accepted; empty: 3208
    :param receive_fee: what the payer pays on top of a RECEIVE
    :param send_fee: what the payee gets less of a SEND
    :param transfer_seconds: how long each transfer takes
    :param silence_seconds: how long the adapter waits for somebody who says nothing
    :param max_bytes: the layer takes no longer body
    :param party_name: of everybody who is not among ``parties``
    :param parties: see :class:`Party`
    :param auth: what stands before both APIs: nothing, basic, bearer, oauth2 or header
    """

    coerces: bool = False
    aborted_for_everything: bool = True
    completed_over_everything: bool = True
    running_get: str = "empty"
    unknown_get: str = "empty"
    idempotent: bool = False
    modified: str = "pays"
    echoes: bool = True
    failed_amounts: bool = False
    auto_accept_party: bool = True
    auto_accept_quotes: bool = True
    conversion: bool = False
    waiting_is: str = "RECEIVED"
    receive_fee: str = "0.5"
    send_fee: str = "0"
    transfer_seconds: float = 0.0
    silence_seconds: float = 0.05
    max_bytes: int = 1024 * 1024
    payer_fsp: str = "gov-dfsp"
    payee_fsp: str = "testingtoolkitdfsp"
    party_name: str = "Navya Agarwal"
    parties: tuple = ()
    auth: str = ""
    username: str = "g2p"
    password: str = "gateway-password"
    bearer_token: str = "gateway-token"
    header_name: str = "X-API-KEY"
    header_value: str = "gateway-key"
    client_id: str = "g2p-client"
    client_secret: str = "client-secret"
    scope: str = ""
    token_seconds: int = 300

    def __post_init__(self):
        choices = (
            ("running_get", ("empty", "rows")),
            ("unknown_get", ("empty", "404")),
            ("modified", ("pays", "3106")),
            ("waiting_is", ("", "RECEIVED", "RESERVED", "COMMITTED", "ABORTED")),
            ("auth", ("", "basic", "bearer", "oauth2", "header")),
        )
        for name, allowed in choices:
            if getattr(self, name) not in allowed:
                raise ScriptError(f"scheme: unknown {name} {getattr(self, name)!r}")
        for name in ("receive_fee", "send_fee"):
            _check_fee(name, getattr(self, name))
        object.__setattr__(self, "parties", tuple(build(Party, value, "parties") for value in self.parties))

    def party(self, id_value):
        """Return name and date of birth of a party."""
        found = (party for party in self.parties if party.id_value == id_value)
        return next(found, Party(id_value, self.party_name))


def _check_fee(name, value):
    try:
        right = Decimal(value) >= 0
    except InvalidOperation:
        right = False
    if not right:
        raise ScriptError(f"scheme: {name} is no amount: {value!r}")


@dataclass(frozen=True)
class SchemeScript(Script):
    """Everything the simulated scheme was told.

    :param scheme: its habits
    """

    outcome_class: ClassVar = SchemeOutcome
    fault_class: ClassVar = SchemeFault

    scheme: Scheme = Scheme()

    @classmethod
    def parse(cls, data):
        """Return the script in ``data`` (plain JSON values).

        :raise ScriptError: when anything in it is not understood
        """
        values = dict(data) if isinstance(data, dict) else {"": data}
        scheme = build(Scheme, values.pop("scheme", {}), "scheme")
        useless = {"max_items", "unknown"} & set(values)
        if useless:
            raise ScriptError(f"script: this scheme knows no {', '.join(sorted(useless))}")
        return replace(super().parse(values), scheme=scheme)

    def decide(self, transaction, reference, id_value, amount="", transfer_amount=""):
        """Return what becomes of a transfer; it is paid when nothing else is said."""
        given = (transaction, reference, id_value, amount, transfer_amount)
        return next((one for one in self.outcomes if one.meant(*given)), None) or SchemeOutcome()
