"""What a submission to the bridge is pinned to: plain data, no environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from odoo.addons.g2p_programs.dispatch.access import AccessSettings

from ..const import MODE_BRIDGE
from . import const


@dataclass(frozen=True)
class BridgeSettings:
    """What a submission is pinned to; texts and integers, so that it can be stored as JSON.

    Those after ``access`` are of one step, and known only when its request is made.

    :param envelope_creation_url: full URL of create_disbursement_envelope
    :param envelope_status_url: full URL of get_disbursement_envelope_status
    :param payment_endpoint_url: full URL of create_disbursements
    :param status_endpoint_url: full URL of get_disbursement_status
    :param envelope_amend_url: empty where it is as :attr:`envelope_creation_url` with another last word, as is
        ``envelope_cancel_url``
    :param payee_prefix: before the beneficiary's identifier, with its colon, such as ``token:``
    :param payee_suffix: ``@provider`` where a payee has no bank code; one that begins with a dot follows the bank code
    :param benefit_program_mnemonic: what the bridge calls the program
    :param disbursement_frequency: one of :data:`const.FREQUENCIES`
    :param cycle_code_mnemonic: what we call the cycle
    :param narrative: for the bank statement
    :param disbursement_schedule_date: the one day on which the bridge pays, YYYY-MM-DD
    :param disbursement_envelope_id: of every step but the first
    :param disbursements_before: how many payments the envelope had taken before this request
    :param amount_before: of how much, in whole units
    :param disbursements_perhaps: how many more there may be in it, of requests of which the bridge has said nothing
    :param amount_perhaps: of how much, in whole units
    :param in_doubt: whether requests were refused or given up that may be in it, or come in yet
    :param carried_beneficiaries: how many there are, as an amendment declares it; so the next two
    :param carried_disbursements: payments
    :param carried_amount: of how much, in whole units
    """

    api_mode: str = MODE_BRIDGE
    envelope_creation_url: str = ""
    envelope_status_url: str = ""
    payment_endpoint_url: str = ""
    status_endpoint_url: str = ""
    envelope_amend_url: str = ""
    envelope_cancel_url: str = ""
    sender_id: str = ""
    receiver_id: str = ""
    payee_prefix: str = ""
    payee_suffix: str = ""
    benefit_program_mnemonic: str = ""
    disbursement_frequency: str = const.DEFAULT_FREQUENCY
    access: AccessSettings = field(default_factory=AccessSettings)
    cycle_code_mnemonic: str = ""
    narrative: str = ""
    disbursement_schedule_date: str = ""
    disbursement_envelope_id: str = ""
    disbursements_before: int = 0
    amount_before: int = 0
    disbursements_perhaps: int = 0
    amount_perhaps: int = 0
    in_doubt: bool = False
    carried_beneficiaries: int = 0
    carried_disbursements: int = 0
    carried_amount: int = 0

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "BridgeSettings":
        """Return stored settings, also those that another version of this addon has pinned.

        What is not known here is left out; what is missing, or of another kind, takes its default.
        """
        kinds = {one.name: one.type for one in fields(cls) if one.name != "access"}
        # By type and not by isinstance: True is no number.
        kept = {name: stored[name] for name, kind in kinds.items() if type(stored.get(name)) is kind}
        access = stored.get("access")
        if isinstance(access, Mapping):
            kept["access"] = AccessSettings.from_stored(access)
        return cls(**kept)

    @property
    def is_async(self) -> bool:
        """Whether results are called back: the bridge calls nobody."""
        return False

    @property
    def demands_signature(self) -> bool:
        """Whether a message without a signature has to say so: the bridge looks for none."""
        return False

    @property
    def before(self) -> tuple[int, int]:
        """(Number of disbursements, their amount) that the bridge took into the envelope before, by its own word."""
        return self.disbursements_before, self.amount_before

    @property
    def at_most_before(self) -> tuple[int, int]:
        """As :attr:`before`, with what may be in it besides."""
        return (
            self.disbursements_before + self.disbursements_perhaps,
            self.amount_before + self.amount_perhaps,
        )

    @property
    def amend_url(self) -> str:
        """Full URL of amend_disbursement_envelope, empty where nobody knows it."""
        return self.envelope_amend_url or self._beside_creation(const.AMENDMENT)

    @property
    def cancel_url(self) -> str:
        """Full URL of cancel_disbursement_envelope, empty where nobody knows it."""
        return self.envelope_cancel_url or self._beside_creation(const.CANCELLATION)

    def url_of(self, purpose: str) -> str:
        """Return where a submission goes to, an empty text where nobody knows.

        :param purpose: what it is for, a key of :data:`const.ACTIONS`
        """
        urls = {
            const.ENVELOPE: self.envelope_creation_url,
            const.DISBURSEMENTS: self.payment_endpoint_url,
            const.AMENDMENT: self.amend_url,
            const.CANCELLATION: self.cancel_url,
            const.ENVELOPE_STATUS: self.envelope_status_url,
            const.DISBURSEMENT_STATUS: self.status_endpoint_url,
        }
        return urls.get(purpose, "")

    def _beside_creation(self, purpose):
        try:
            parts = urlsplit(self.envelope_creation_url)
        except ValueError:
            return ""
        folder, _slash, word = parts.path.rpartition("/")
        if word != const.ACTIONS[const.ENVELOPE]:
            return ""
        return urlunsplit(parts._replace(path=f"{folder}/{const.ACTIONS[purpose]}"))
