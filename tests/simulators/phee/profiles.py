"""What changes between the versions of the hub."""

from dataclasses import dataclass

BASE_COLUMNS = (
    "id",
    "request_id",
    "payment_mode",
    "payer_identifier_type",
    "payer_identifier",
    "payee_identifier_type",
    "payee_identifier",
    "amount",
    "currency",
    "note",
)
#: The hub's own order of all columns; rows of a batch that is split are read by these positions.
COLUMNS = (*BASE_COLUMNS, "program_shortcode", "cycle", "payee_dfsp_id", "batch_id", "account_number")
_THIRTEEN = (*BASE_COLUMNS, "account_number", "program_shortcode", "cycle")
_FOURTEEN = (*_THIRTEEN, "payee_dfsp_id")


@dataclass(frozen=True)
class Profile:
    """One version of the hub.

    :param columns: allowed names in the header row; no check when empty
    :param type_in: where the word CSV or RAW is looked for: header or query
    :param answer: what an accepted batch hears: queued (200, batch_id), polling-200 or polling-202
    :param errors: shape of refusals that the framework makes: always-200, spring or mapper
    :param hides_route_errors: what goes wrong behind the controller is never told
    :param exact_cells: each row must have so many cells, or nobody is paid; 0 for no such rule
    :param callback_header: header that a callback address is read from; empty where callbacks are impossible
    :param callback_body: text, string (JSON) or object (JSON)
    :param raw: whether the RAW variant pays anybody
    :param deduplicates: whether equal rows of a file are paid once
    :param snake_names: whether the operations app of that time answers batch_id instead of batchId
    :param zeros_for_unknown: whether an unknown batch is answered by zeros instead of 404
    """

    name: str
    columns: tuple = COLUMNS
    jws: bool = True
    type_in: str = "header"
    answer: str = "polling-202"
    errors: str = "mapper"
    hides_route_errors: bool = False
    exact_cells: int = 0
    callback_header: str = "X-CallbackURL"
    callback_body: str = "object"
    raw: bool = True
    deduplicates: bool = True
    snake_names: bool = False
    zeros_for_unknown: bool = False

    @property
    def old_path(self):
        """Whether ``/bulk/transfer/{requestId}/{fileName}`` still takes batches."""
        return not self.jws


def _first(name, **changes):
    """Return a version before signatures."""
    values = {
        "jws": False,
        "errors": "spring",
        "callback_header": "X-Callback-URL",
        "callback_body": "text",
        "raw": False,
        "deduplicates": False,
        "snake_names": True,
        "zeros_for_unknown": True,
    }
    return Profile(name, **{**values, **changes})


def _second(name, **changes):
    """Return a version with signatures and without the mapper of exceptions."""
    values = {"columns": _THIRTEEN, "errors": "spring", "deduplicates": False, "snake_names": True}
    return Profile(name, **{**values, **changes})


_LATE = {"columns": _FOURTEEN, "callback_body": "string"}

PROFILES = {
    profile.name: profile
    for profile in (
        _first("v1.4.1", columns=(), answer="queued", errors="always-200"),
        *(
            _first(name, columns=BASE_COLUMNS, answer="polling-200", hides_route_errors=True, exact_cells=10)
            for name in ("v1.6.1", "v1.7.0")
        ),
        *(_second(name, type_in="query", callback_body="text") for name in ("v1.8.0", "v1.8.1")),
        *(_second(name, callback_header="") for name in ("v1.9.0", "v1.10.0")),
        Profile("v1.11.0", errors="spring", **_LATE),
        *(Profile(name, **_LATE) for name in ("v1.12.0", "v1.12.1")),
        Profile("v1.13.0"),
        Profile("v1.13.1"),
    )
}
NEWEST = "v1.13.1"
