"""The script of the simulated hub: outcomes and faults as :mod:`tests.simulators.script` has them, and the hub itself.

JSON, for example::

    {"hub": {"profile": "v1.9.0", "rest_auth": true, "import_questions": 2, "sub_batch_size": 0},
     "outcomes": [{"payee_suffixes": ["9"], "result": "refused", "code": "PayeeNotFound"},
                  {"payee_suffixes": ["6"], "hidden": -1}],
     "faults": [{"on": "detail", "calls": [1], "play": "missing_rows"}]}
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from ..script import PLAYS, Fault, Outcome, Script, ScriptError, build
from .profiles import NEWEST, PROFILES

FOREVER = 10**9
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
#: Plays that only some calls know; all others may be on any of them.
ONLY_ON = {
    **dict.fromkeys(ROW_PLAYS, ("status", "detail")),
    "other_transaction": ("submit", "status", "detail"),
    "dead_engine": ("submit",),
    "error_200": ("submit",),
}
#: ``code`` of a fault ``header_rjct`` on submit: which of the hub's own refusals is given.
REFUSALS = ("header_rules", "extension", "too_big", "structure", "jws", "no_workflow", "missing_header")
#: The usual rules of thumb by the last digit of the payee's account, ready for ``outcomes``.
SUFFIX_RULES = [
    {"payee_suffixes": ["9"], "result": "refused", "code": "PayeeNotFound"},
    {"payee_suffixes": ["8"], "result": "pending", "status": "EXCEPTION", "questions": FOREVER},
    {"payee_suffixes": ["7"], "result": "pending", "questions": FOREVER},
    {"payee_suffixes": ["6"], "hidden": -1},
]


@dataclass(frozen=True)
class HubOutcome(Outcome):
    """What becomes of the payments that match.

    A question is one look at the batch as a whole (``GET /api/v1/batch/{id}``).

    :param hidden: the row is not there in the first so many questions; -1: it never appears
    :param code: an errorCode of the hub (PayeeNotFound) or a free text
    """

    hidden: int = 0


@dataclass(frozen=True)
class HubFault(Fault):
    """What goes wrong, and when.

    :param on: submit, status (the batch as a whole), detail (a page of its payments), list (of batches) or token
    :param code: for header_rjct on submit, one of :data:`REFUSALS`
    """

    plays: ClassVar = {
        **PLAYS,
        "dead_engine": False,  # accepted, and the workflow never starts: the batch is never seen
        "error_200": False,  # status 200 with an error in the body, as the oldest versions answer
        "wrong_signature": True,  # the answer is signed with a key of nobody
        "no_signature": True,  # the answer is not signed
    }
    kinds: ClassVar = ("submit", "status", "detail", "list", "token")

    def __post_init__(self):
        super().__post_init__()
        if self.on not in ONLY_ON.get(self.play, self.kinds):
            raise ScriptError(f"faults: {self.play} means nothing on {self.on}")
        if self.play == "header_rjct" and self.on == "submit" and (self.code or "structure") not in REFUSALS:
            raise ScriptError(f"faults: unknown refusal {self.code!r}")


@dataclass(frozen=True)
class BudgetAccount:
    """Who pays for one program of one institution."""

    institution: str
    program: str
    identifier: str
    identifier_type: str = "ACCOUNT"


@dataclass(frozen=True)
class TenantCertificate:
    """What the hub holds of one tenant, instead of the certificate that belongs to the simulator's client key.

    :param certificate: base64 of DER, in one line
    """

    tenant: str
    certificate: str


@dataclass(frozen=True)
class Hub:
    """How this hub is installed; every oddity is a switch.

    :param profile: version, see :mod:`.profiles`; empty takes the one the simulator was started with
    :param tenants: tenants with a database and a deployed flow
    :param account_lookup_tenants: those of them whose flow looks payees up under the registering institution
    :param registered_payees: whom that look-up finds; all when empty
    :param modes: configured payment modes, in lower case
    :param columns: allowed header names; those of the profile when empty
    :param csv_size: larger files (bytes on disk after parsing) are refused
    :param polling_seconds: as told in the answer
    :param sub_batch_size: batches with more rows are split; 0 never splits
    :param transfer_batch_ids: whether rows of a split batch bear the id of the sub or of the parent batch
    :param quoted_ids: whether request ids over 24 characters come back in quotes when the batch was split
    :param dedup: whether equal rows of a file are paid once; as the profile has it when not given
    :param redis_idempotency: whether mojaloop refuses a request id that it had before (its row never appears)
    :param budget_accounts: see :class:`BudgetAccount`
    :param jws: whether the bulk processor checks and signs; as the profile has it when not given
    :param tenant_certificates: see :class:`TenantCertificate`
    :param jws_off_reads_csv: whether a new version without JWS can read multipart at all (it cannot)
    :param sign_responses: whether accepted batches are answered with a signature
    :param ops_jws: whether the operations app checks and signs
    :param charset: what the hub's machine decodes files as
    :param dead_engine: every batch is accepted and none is ever started
    :param import_seconds: the operations app knows a batch only so long after it was accepted
    :param import_questions: and only after it was asked for it so many times
    :param empty_questions: and shows no rows in the first so many questions after that
    :param escaped_errors: whether errorInformation is escaped twice
    :param interface_zone: time zone of the dates in the list of batches
    :param rest_auth: whether the operations app wants its own token
    :param authorities: what its user may do
    :param channel_secret: secret of client ``channel-<tenant>``; nothing opens it when empty
    :param authorization_enabled: whether correlation ids are overwritten by the workflow engine's job keys
    :param bulk_gateway: what stands before the bulk processor: nothing, apikey, oidc, or hub (the hub's own token)
    :param ops_gateway: the same for the operations app
    :param callbacks: whether callbacks are sent at all
    :param callback_seconds: between two looks of the one who sends them
    :param callback_polls: after so many looks it sends, whatever is done by then
    :param callback_threshold: it sends earlier when so many per cent have succeeded
    :param callback_tries: so often an unsuccessful callback is sent
    """

    profile: str = ""
    tenants: tuple = ("gorilla",)
    account_lookup_tenants: tuple = ()
    registered_payees: tuple = ()
    modes: tuple = ("gsma", "mojaloop", "slcb", "closedloop")
    columns: tuple = ()
    csv_size: int = 100_000
    polling_seconds: int = 120
    sub_batch_size: int = 5
    transfer_batch_ids: str = "sub"
    quoted_ids: bool = True
    dedup: bool | None = None
    redis_idempotency: bool = True
    budget_accounts: tuple = ()
    jws: bool | None = None
    tenant_certificates: tuple = ()
    jws_off_reads_csv: bool = False
    sign_responses: bool = True
    ops_jws: bool = False
    charset: str = "ascii"
    dead_engine: bool = False
    import_seconds: float = 0.0
    import_questions: int = 0
    empty_questions: int = 0
    escaped_errors: bool = False
    interface_zone: str = "Asia/Kolkata"
    rest_auth: bool = False
    username: str = "mifos"
    password: str = "password"
    authorities: tuple = ("ALL_FUNCTIONS",)
    token_seconds: int = 600
    refresh_seconds: int = 43200
    channel_secret: str = ""
    authorization_enabled: bool = False
    bulk_gateway: str = ""
    ops_gateway: str = ""
    api_key: str = "gateway-key"
    oidc_client: str = "g2p"
    oidc_secret: str = "oidc-secret"
    oidc_seconds: int = 300
    callbacks: bool = True
    callback_seconds: float = 0.1
    callback_polls: int = 3
    callback_threshold: int = 95
    callback_tries: int = 3

    def __post_init__(self):
        choices = (
            ("profile", ("", *PROFILES)),
            ("transfer_batch_ids", ("sub", "parent")),
            ("bulk_gateway", ("", "apikey", "oidc", "hub")),
            ("ops_gateway", ("", "apikey", "oidc", "hub")),
        )
        for name, allowed in choices:
            if getattr(self, name) not in allowed:
                raise ScriptError(f"hub: unknown {name} {getattr(self, name)!r}")
        for name, made in (("budget_accounts", BudgetAccount), ("tenant_certificates", TenantCertificate)):
            values = tuple(build(made, value, name) for value in getattr(self, name))
            object.__setattr__(self, name, values)

    def version(self, default=NEWEST):
        """Return the profile, ``default`` (a name) where the script names none."""
        return PROFILES[self.profile or default]


@dataclass(frozen=True)
class HubScript(Script):
    """Everything the simulated hub was told.

    :param hub: how it is installed
    """

    outcome_class: ClassVar = HubOutcome
    fault_class: ClassVar = HubFault

    hub: Hub = Hub()

    @classmethod
    def parse(cls, data):
        """Return the script in ``data`` (plain JSON values).

        :raise ScriptError: when anything in it is not understood
        """
        values = dict(data) if isinstance(data, dict) else {"": data}
        hub = build(Hub, values.pop("hub", {}), "hub")
        useless = {"max_items", "unknown"} & set(values)
        if useless:
            raise ScriptError(f"script: this hub knows no {', '.join(sorted(useless))}")
        return replace(super().parse(values), hub=hub)
