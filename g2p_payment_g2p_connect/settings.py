"""What a submission is pinned to, and what is of today: plain data, no environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from odoo.addons.g2p_programs.dispatch.access import AUTH_BEARER, AccessSecrets, AccessSettings

from . import const
from .protection import Protection


def _bearer():
    """Every operation of the API asks for a bearer token."""
    return AccessSettings(auth_type=AUTH_BEARER)


@dataclass(frozen=True)
class Settings:
    """What a submission is pinned to; texts and a switch, so that it can be stored as JSON.

    :param payment_endpoint_url: full URL of sync/disburse, or of disburse
    :param status_endpoint_url: full URL of sync/txn/status, or of txn/status
    :param api_mode: one of :data:`const.OFFICIAL_MODES`
    :param sender_uri: where the asynchronous half calls us back; the paths of :data:`const.CALLBACK_PATHS` follow it
    :param payer_fa: financial address of the account that pays
    :param locale: ISO 639-3
    :param note: for the statement; cut to 99 characters, as is ``purpose``
    :param payee_prefix: id-type with its colon, such as ``account:``
    :param payee_suffix: ``@provider`` where a payee has no bank code; one that begins with a dot follows the
        bank code instead, as in ``account:1@abcd0000001.ifsc.national-rail``
    :param final_refusal_codes: further codes, with spaces between, that refuse a payment for good
    :param access: how the payment system is told who we are
    :param cash_transfer_bridge: whether it is OpenG2P's Cash Transfer Bridge (GCTB), which reads more strictly
    :param scheduled_timestamp: of every payment of one submission, known when its request is made; empty: pay now,
        which is said by nothing
    """

    payment_endpoint_url: str = ""
    status_endpoint_url: str = ""
    api_mode: str = const.MODE_SYNC
    sender_uri: str = ""
    sender_id: str = ""
    payer_fa: str = ""
    receiver_id: str = ""
    payer_name: str = ""
    locale: str = ""
    note: str = ""
    purpose: str = ""
    status_action: str = const.ACTION_STATUS
    payee_prefix: str = ""
    payee_suffix: str = ""
    final_refusal_codes: str = ""
    access: AccessSettings = field(default_factory=_bearer)
    cash_transfer_bridge: bool = False
    scheduled_timestamp: str = ""

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Settings":
        """Return stored settings, also those that another version of this addon has pinned.

        What is not known here is left out; what is missing, or is no text, takes its default.
        """
        # The type of a default is that of its field.
        kinds = {one.name: type(one.default) for one in fields(cls) if one.name != "access"}
        kept = {name: stored[name] for name, kind in kinds.items() if isinstance(stored.get(name), kind)}
        access = stored.get("access")
        if isinstance(access, Mapping) and isinstance(access.get("auth_type"), str):
            return cls(access=AccessSettings.from_stored(access), **kept)
        return cls(**kept)

    @property
    def is_async(self) -> bool:
        """Whether results are called back."""
        return self.api_mode == const.MODE_ASYNC

    @property
    def demands_signature(self) -> bool:
        """Whether a message without a signature has to say so, with an empty one."""
        return self.cash_transfer_bridge

    @property
    def declared_refusals(self) -> frozenset[str]:
        """Further codes that refuse a payment for good."""
        return frozenset(self.final_refusal_codes.split())


@dataclass(frozen=True)
class Credentials:
    """Today's secrets and keys; no secret shows in any representation.

    :param token: a static bearer token, for whoever has nothing else; the same as ``access.bearer_token``
    :param protection: how messages are signed and encrypted
    """

    token: str = field(default="", repr=False)
    access: AccessSecrets = field(default_factory=AccessSecrets, repr=False)
    protection: Protection = field(default_factory=Protection)

    @property
    def secrets(self) -> AccessSecrets:
        """Everything that authenticates us."""
        return replace(self.access, bearer_token=self.token) if self.token else self.access
