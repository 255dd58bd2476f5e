"""What a submission is pinned to: plain data, no environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from odoo.addons.g2p_programs.dispatch.access import AccessSettings

from . import const


@dataclass(frozen=True)
class Settings:
    """What a submission is pinned to: texts, whole numbers, yes or no, so that it can be stored as JSON.

    :param mode: one of :data:`const.MODES`
    :param payment_endpoint_url: full URL of POST /disbursement (layer) or of POST /transfers (adapter)
    :param status_endpoint_url: the id follows it; the payment endpoint when empty
    :param check_endpoint_url: full URL of POST /disbursementCheck, or the base of GET /parties; made from the payment
        endpoint when empty
    :param payee_id_type: the registry's kind of identifier that payments must have
    :param payee_id_type_to_send: one of :data:`const.ID_TYPES`
    :param phone_format: one of :data:`const.PHONE_FORMATS`
    :param send_bank_code_as_fsp_id: name the payee's institution (adapter)
    :param payer_id_type: who pays, with ``payer_id_value``, ``payer_name`` and ``payer_type`` (adapter; the layer knows
        its payer itself)
    :param amount_type: ``RECEIVE``: the payee receives the amount; ``SEND``: fees are taken from it (adapter)
    :param accept_parties: what is answered to a transfer that halts for its party; ``accept_quotes`` for its terms
    :param trust_aborted: this layer says ABORTED only where no money moved
    :param max_batch_size: payments of one disbursement
    :param note: 1 to 128 characters, or empty for none
    """

    mode: str = const.MODE_PIL
    payment_endpoint_url: str = ""
    status_endpoint_url: str = ""
    check_endpoint_url: str = ""
    payee_id_type: str = "bank_acc_no"
    payee_id_type_to_send: str = "ACCOUNT_ID"
    phone_format: str = const.PHONE_DIGITS
    send_bank_code_as_fsp_id: bool = False
    payer_id_type: str = ""
    payer_id_value: str = ""
    payer_name: str = ""
    payer_type: str = "BUSINESS"
    amount_type: str = const.AMOUNT_RECEIVE
    accept_parties: bool = True
    accept_quotes: bool = True
    trust_aborted: bool = False
    max_batch_size: int = const.DEFAULT_BATCH_SIZE
    note: str = ""
    access: AccessSettings = field(default_factory=AccessSettings)

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Settings":
        """Return stored settings, also those that another version of this addon has pinned.

        What is not known here is left out; what is missing, or of another kind, takes its default.
        """
        types = {one.name: type(one.default) for one in fields(cls) if one.name != "access"}
        known = {name: stored[name] for name, type_ in types.items() if type(stored.get(name)) is type_}
        access = stored.get("access")
        return cls(**known, access=AccessSettings.from_stored(access if isinstance(access, Mapping) else {}))

    @property
    def is_sdk(self) -> bool:
        """Whether each payment is a transfer of its own."""
        return self.mode == const.MODE_SDK

    @property
    def check_url(self) -> str:
        """Where payees are looked up; empty where that does not follow from the payment endpoint."""
        return self.check_endpoint_url or self._beside(const.CHECK_SEGMENTS)

    @property
    def health_url(self) -> str:
        """Where the service says that it runs; empty where that does not follow from the payment endpoint."""
        return self._beside(const.HEALTH_SEGMENTS)

    def status_url(self, key: str) -> str:
        """Return where it is asked what became of a submission.

        :param key: its business key
        """
        return extend(self.status_endpoint_url or self.payment_endpoint_url, key)

    def continuation_url(self, key: str) -> str:
        """Return where a transfer that halted is continued.

        :param key: its business key
        """
        return extend(self.payment_endpoint_url, key)

    def _beside(self, segments):
        parts = urlsplit(self.payment_endpoint_url)
        base, _slash, last = parts.path.rstrip("/").rpartition("/")
        if self.mode not in segments or last != const.PAYMENT_SEGMENTS[self.mode]:
            return ""
        return urlunsplit(parts._replace(path=f"{base}/{segments[self.mode]}"))


def extend(url: str, *segments: str) -> str:
    """Return ``url`` with segments at the end of its path, whatever stands in them."""
    parts = urlsplit(url)
    path = "/".join((parts.path.rstrip("/"), *(quote(segment, safe="") for segment in segments)))
    return urlunsplit(parts._replace(path=path))
