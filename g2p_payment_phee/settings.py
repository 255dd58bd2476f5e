"""What a submission is pinned to, and today's secrets: plain data, no environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from . import const


@dataclass(frozen=True)
class Settings:
    """What a submission is pinned to: texts, whole numbers and yes or no, so that it can be stored as JSON.

    :param server_version: key of :data:`const.PROFILES`
    :param payment_endpoint_url: full URL of the bulk processor's /batchtransactions
    :param status_endpoint_url: full URL of the operations app's /api/v1/batch; the batch id follows it
    :param details_endpoint_url: full URL of /api/v1/batch/detail; made from the status URL when empty
    :param batches_endpoint_url: full URL of /api/v1/batches; made from the status URL when empty
    :param auth_endpoint_url: the hub's own /oauth/token
    :param oidc_token_url: token endpoint of the OpenID Connect provider before the hub
    :param payment_auth: one of :data:`const.AUTHS`, for the bulk processor; ``status_auth`` for the operations app
    :param payee_id_type_to_send: name of the payee's kind of identifier; by kind when empty
    :param batch_type_header: ``CSV`` or ``RAW``
    :param csv_columns: 10, 13 or 15; 0 for what the version takes at most
    :param max_batch_bytes: ``csv.size`` of the server
    :param minor_unit_digits: 0 sends whole units only; 2 sends 12.50 as 1250
    :param account_lookup: payees are functional ids that the hub looks up
    :param sign_requests: send X-SIGNATURE
    :param hub_certificate: PEM or base64 DER; when given, an unsigned answer settles nothing
    :param searched_from: day of the release (ISO, UTC): older batches are not searched for a correlation id
    """

    server_version: str = const.DEFAULT_VERSION
    payment_endpoint_url: str = ""
    status_endpoint_url: str = ""
    details_endpoint_url: str = ""
    batches_endpoint_url: str = ""
    auth_endpoint_url: str = ""
    oidc_token_url: str = ""
    tenant_id: str = ""
    payment_auth: str = const.AUTH_NONE
    status_auth: str = const.AUTH_NONE
    username: str = ""
    grant_type: str = const.GRANT_PASSWORD
    oidc_client_id: str = ""
    api_key_header: str = const.DEFAULT_API_KEY_HEADER
    payment_mode: str = ""
    payer_id_type: str = ""
    payer_id: str = ""
    payee_id_type_to_send: str = ""
    batch_type_header: str = const.TYPE_CSV
    csv_columns: int = 0
    batch_purpose_header: str = ""
    registering_institution_id: str = ""
    program_id: str = ""
    payee_dfsp_id: str = ""
    note: str = ""
    program_shortcode: str = ""
    cycle: str = ""
    file_name_prefix: str = ""
    max_batch_size: int = const.MAX_ROWS
    max_batch_bytes: int = const.MAX_BYTES
    minor_unit_digits: int = 0
    account_lookup: bool = False
    sign_requests: bool = True
    hub_certificate: str = ""
    searched_from: str = ""

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Settings":
        """Return stored settings, also those that another version of this addon has pinned.

        What is not known here is left out; what is missing, or of another kind, takes its default.
        """
        known = {one.name: type(one.default) for one in fields(cls)}
        return cls(**{name: stored[name] for name, kind in known.items() if type(stored.get(name)) is kind})

    @property
    def profile(self) -> const.Profile | None:
        """What the server's version understands, None for one that is not known."""
        return const.PROFILES.get(self.server_version)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the CSV's columns in their order."""
        return const.COLUMNS.get(self.csv_columns or self._most_columns(), const.BASE_COLUMNS)

    def _most_columns(self):
        return self.profile.columns[-1] if self.profile else 0

    @property
    def mode(self) -> str:
        """The payment mode as it is sent: the importer knows small letters only."""
        return self.payment_mode.strip().lower()

    @property
    def details_url(self) -> str:
        """Full URL of the details page."""
        return self.details_endpoint_url or f"{self.status_endpoint_url.rstrip('/')}/detail"

    @property
    def batches_url(self) -> str:
        """Full URL of the list of all batches."""
        return self.batches_endpoint_url or f"{self.status_endpoint_url.rstrip('/')}es"

    def file_name(self, key: str) -> str:
        """Return the name of the file of a submission.

        :param key: its business key
        """
        return f"{self.file_name_prefix}{key}.csv"


@dataclass(frozen=True)
class Credentials:
    """Today's secrets; they show in no representation.

    :param authorization: of the hub's token endpoint, such as ``Basic Y2xpZW50Og==``
    :param signing_key: RSA private key, PEM or base64 DER (PKCS#8)
    :param callback_url: with its unguessable part; not pinned, as it only hints at asking
    """

    password: str = field(default="", repr=False)
    authorization: str = field(default="", repr=False)
    oidc_client_secret: str = field(default="", repr=False)
    payment_api_key: str = field(default="", repr=False)
    status_api_key: str = field(default="", repr=False)
    signing_key: str = field(default="", repr=False)
    callback_url: str = field(default="", repr=False)
