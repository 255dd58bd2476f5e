"""The script of the simulated payment system: outcomes and faults as :mod:`tests.simulators.script` has them,
and how it calls back and protects itself.

JSON, for example::

    {"security": {"signature": "http_signature", "static_token": false},
     "callbacks": {"parts": 2, "copies": 2, "delay": 0.1},
     "outcomes": [{"payee_suffixes": ["13"], "result": "refused", "code": "rjct.payee_fa.invalid"}],
     "faults": [{"on": "submit", "calls": [2], "play": "nack"},
                {"on": "callback", "calls": [1], "play": "wrong_signature"}]}

In the asynchronous half, a fault of a request that is played *in the answer* (rows, other transaction, refused
header) is played in the callback, as that is the answer; one that is played on the wire or instead of the answer
is played on the Ack. The callback comes whenever the request was executed, whatever became of its Ack.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from ..script import PLAYS, Fault, Script, ScriptError, build

ROW_PLAYS = (
    "missing_rows",
    "extra_rows",
    "duplicated_rows",
    "contradictory_rows",
    "reordered_rows",
    "wrong_amount",
    "wrong_currency",
    "unknown_status",
    "duplicate_reference",
)
#: What is wrong *in* an answer or a callback.
CONTENT_PLAYS = (*ROW_PLAYS, "other_transaction", "bare_list", "header_rjct")
REQUESTS = ("submit", "status", "search")
#: Plays of an Ack; they mean nothing in the synchronous half.
ACK_PLAYS = {
    "nack": True,  # valid, and no further word
    "err": False,  # refused with ``code`` of the envelope
    "never": True,  # ACK, and no callback in spite of it
    "unknown_ack": True,  # an ``ack_status`` (``code``) that the specification does not have; no callback
    "bare_ack": True,  # an Ack without what it must have; the callback comes
}
#: Plays of one callback.
CALLBACK_PLAYS = {
    "lost": True,  # never sent
    "twice": True,  # the same bytes again
    "wrong_action": True,
    "wrong_address": True,  # the last part of the callback base is another one
    "no_token": True,
    "wrong_token": True,
    "no_signature": True,
    "wrong_signature": True,  # of a key of nobody, under the right name
    "unknown_key": True,  # of a key that the caller was never told
    "expired_signature": True,
    "future_signature": True,
    "tampered": True,  # one row changed after signing
}
_ON_CALLBACK = (*CONTENT_PLAYS, "late", "reset", "rubbish", "html", "empty", "truncated", "huge")
#: Plays that only some calls know; all others may be on any request.
ONLY_ON = {
    **dict.fromkeys(ROW_PLAYS, (*REQUESTS, "callback")),
    **dict.fromkeys(("other_transaction", "header_rjct"), (*REQUESTS, "callback")),
    "bare_list": ("submit", "status", "callback"),
    **dict.fromkeys(ACK_PLAYS, REQUESTS),
    **dict.fromkeys(CALLBACK_PLAYS, ("callback",)),
}
SIGNATURES = ("none", "http_signature", "jws")
JWS_ALGORITHMS = ("EdDSA", "ES256", "PS256", "RS256")
KEY_ALGORITHMS = ("RSA-OAEP-256", "ECDH-ES+A256KW")


def _check(made, where, **choices):
    for name, allowed in choices.items():
        if getattr(made, name) not in allowed:
            raise ScriptError(f"{where}: unknown {name} {getattr(made, name)!r}")


@dataclass(frozen=True)
class ConnectFault(Fault):
    """What goes wrong, and when.

    :param on: submit, status, search (of either half), callback (each message of ours) or token
    :param code: reason of header_rjct, error of err, word of unknown_ack
    """

    plays: ClassVar = {**PLAYS, **ACK_PLAYS, **CALLBACK_PLAYS}
    kinds: ClassVar = (*REQUESTS, "callback", "token")

    def __post_init__(self):
        super().__post_init__()
        allowed = ONLY_ON.get(self.play, (*REQUESTS, "token"))
        if self.play in _ON_CALLBACK:
            allowed = (*allowed, "callback")
        if self.on not in allowed:
            raise ScriptError(f"faults: {self.play} means nothing on {self.on}")


@dataclass(frozen=True)
class Security:
    """How callers prove themselves, and how this payment system does.

    :param static_token: whether the token that the simulator was started with is good for ever
    :param client_id: of the token endpoint, as ``client_secret``; tokens of it are always good for ``token_seconds``
    :param client_authentication: where the client's secret must stand: basic, body, or either when empty
    :param scope: what must be asked for, if anything
    :param tell_expiry: whether the token endpoint says how long a token is good
    :param senders: known sender_id; all when empty
    :param receivers: known receiver_id; all when empty
    :param signature: what callers must sign with: none (then nothing is looked at), http_signature or jws
    :param sign: what we sign with; as ``signature`` when empty
    :param jws_algorithm: of what we sign; callers may take any
    :param jws_times: how the protected header of our JWS tells its time: not when empty, iat (with exp), or created
        (with expires)
    :param signature_style: how our HTTP signature is spelt: as in the specification, prefixed (with ``Signature: ``)
        or keyId (as its sibling file has it)
    :param signature_seconds: how long our signatures are good
    :param clock_offset: by so many seconds our clock is ahead
    :param clock_tolerance: so many seconds our clock and the caller's may be apart
    :param encryption: of callers' messages: none (refused), accepted or required
    :param encrypt: algorithm of the key of our messages; they are plain when empty
    :param encryption_form: of our encrypted messages: unprotected, header or protected, see :mod:`.encryption`
    :param callback_token: bearer token of our callbacks; none when empty
    :param err_status: HTTP status of an Ack that says ERR
    """

    static_token: bool = True
    client_id: str = "g2p"
    client_secret: str = "client-secret"
    client_authentication: str = ""
    scope: str = ""
    token_seconds: int = 300
    tell_expiry: bool = True
    senders: tuple = ()
    receivers: tuple = ()
    signature: str = "none"
    sign: str = ""
    jws_algorithm: str = "EdDSA"
    jws_times: str = ""
    signature_style: str = ""
    signature_seconds: int = 300
    clock_offset: float = 0.0
    clock_tolerance: float = 30.0
    encryption: str = "none"
    encrypt: str = ""
    encryption_form: str = "unprotected"
    callback_token: str = ""
    err_status: int = 200

    def __post_init__(self):
        _check(
            self,
            "security",
            client_authentication=("", "basic", "body"),
            signature=SIGNATURES,
            sign=("", *SIGNATURES),
            jws_algorithm=JWS_ALGORITHMS,
            jws_times=("", "iat", "created"),
            signature_style=("", "prefixed", "keyId"),
            encryption=("none", "accepted", "required"),
            encrypt=("", *KEY_ALGORITHMS),
            encryption_form=("unprotected", "header", "protected"),
        )

    @property
    def signs_with(self):
        return self.sign or self.signature


@dataclass(frozen=True)
class CallbackRules:
    """How requests are acknowledged and called back about.

    :param ack: ACK, NACK (executed, no callback) or ERR (not executed)
    :param delay: seconds between the request and its callback
    :param copies: so often every message is sent, byte for byte
    :param parts: the rows are divided over so many callbacks
    :param part_seconds: between two of them
    :param reversed_parts: the last part comes first
    :param hold: callbacks of so many requests are kept back, then sent last first; 0 keeps none
    :param missing: so many rows, from the first, are never told
    :param foreign: so many rows of nobody are told too
    :param transaction: told instead of the right transaction
    :param pending_first: a first callback says pdng of every row
    :param after_question: the callback of a disbursement waits for a question about its transaction
    :param follow_up_seconds: rows that are pending are called back about again and again, so many seconds apart, each
        as if somebody had asked; 0 tells them once
    :param tries: so often a message is sent that is not acknowledged (by ACK or NACK)
    :param retry_seconds: between two tries
    :param stop_unless_acked: no further message of a request where one was not acknowledged
    :param default_uri: where callers are called back that give no sender_uri
    :param status_action: action of ``/disburse/txn/on-status``
    :param timeout: seconds that the caller may take to acknowledge
    """

    ack: str = "ACK"
    delay: float = 0.0
    copies: int = 1
    parts: int = 1
    part_seconds: float = 0.0
    reversed_parts: bool = False
    hold: int = 0
    missing: int = 0
    foreign: int = 0
    transaction: str = ""
    pending_first: bool = False
    after_question: bool = False
    follow_up_seconds: float = 0.0
    tries: int = 3
    retry_seconds: float = 0.05
    stop_unless_acked: bool = False
    default_uri: str = ""
    status_action: str = "txn-on-status"
    timeout: float = 10.0

    def __post_init__(self):
        _check(
            self,
            "callbacks",
            ack=("ACK", "NACK", "ERR"),
            status_action=("txn-on-status", "on-disburse", "on-search"),
        )
        for name in ("copies", "parts", "tries"):
            if getattr(self, name) < 1:
                raise ScriptError(f"callbacks: {name} is at least 1")


@dataclass(frozen=True)
class ConnectScript(Script):
    """Everything the simulated payment system was told.

    :param security: how callers prove themselves
    :param callbacks: how they are called back
    :param profile: who it is: a payment system by the book when empty, or gctb, see :mod:`.gctb`
    """

    fault_class: ClassVar = ConnectFault

    security: Security = Security()
    callbacks: CallbackRules = CallbackRules()
    profile: str = ""

    def __post_init__(self):
        _check(self, "script", profile=("", "gctb"))

    @classmethod
    def parse(cls, data):
        """Return the script in ``data`` (plain JSON values).

        :raise ScriptError: when anything in it is not understood
        """
        values = dict(data) if isinstance(data, dict) else {"": data}
        security = build(Security, values.pop("security", {}), "security")
        callbacks = build(CallbackRules, values.pop("callbacks", {}), "callbacks")
        return replace(super().parse(values), security=security, callbacks=callbacks)
