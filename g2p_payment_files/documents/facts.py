"""What a document may show: closed lists, so that neither a column nor a template can reach anything else."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class PaymentFacts:
    """One payment, as documents see it. Whatever instructs somebody to pay comes from the payment as it was released.

    :param number: its line in the file, from 1
    :param reference: ``g2p.payment.name``
    :param end_to_end_id: the same without hyphens: at most 35 characters, as banks allow
    :param amount: decimal string with exactly the currency's digits, e.g. ``"1250.00"``
    :param fee: likewise
    :param codes: {name of a QR or bar code: what it carries}
    """

    number: int
    reference: str
    end_to_end_id: str
    payee_name: str
    payee_id_type: str
    payee_id_value: str
    payee_bank_code: str
    amount: str
    fee: str
    currency: str
    entitlement_code: str = ""
    registrant_name: str = ""
    registrant_id: str = ""
    registrant_phone: str = ""
    registrant_address: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    codes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileFacts:
    """The document as a whole: its head, and its totals at the end.

    :param message_id: at most 35 characters, never used twice; empty for a document that instructs nobody
    :param count: number of payments
    :param total: their amounts' sum, as a decimal string with the currency's digits: the control sum
    :param replaces: message ids of the files that this one replaces
    """

    message_id: str
    created_at: datetime
    count: int
    total: str
    currency: str
    batch: str
    program: str
    cycle: str
    company: str
    payer_name: str = ""
    payer_account: str = ""
    payer_bank_code: str = ""
    execution_date: date | None = None
    replaces: tuple[str, ...] = ()
    codes: dict[str, str] = field(default_factory=dict)

    def to_stored(self):
        """Return it as JSON-able dict."""
        stored = asdict(self)
        stored["created_at"] = self.created_at.isoformat()
        stored["execution_date"] = self.execution_date.isoformat() if self.execution_date else None
        return stored

    @classmethod
    def from_stored(cls, stored):
        """Make it again of what :meth:`to_stored` gave."""
        day = stored.get("execution_date")
        return cls(
            **stored
            | {
                "created_at": datetime.fromisoformat(stored["created_at"]),
                "execution_date": date.fromisoformat(day) if day else None,
                "replaces": tuple(stored.get("replaces", ())),
            }
        )


def end_to_end_id(reference):
    """Return the key of a payment in a file: its reference without hyphens, 32 characters for a UUID.

    :param str reference: ``g2p.payment.name``
    """
    return reference.replace("-", "")
