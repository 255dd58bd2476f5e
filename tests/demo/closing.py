"""The end of the story: what Odoo says now, what the ledger says, and what the made-up registry let one expect."""

from decimal import Decimal

from . import table
from .ledger_check import Payment, compare, compare_sets
from .money import exact

_FIELDS = [
    "name",
    "batch_id",
    "status",
    "reversal_confirmed",
    "amount_issued",
    "amount_paid",
    "currency_id",
    "payee_name",
    "payee_id_value",
    "payee_bank_code",
    "partner_id",
]


class Closing:
    """Both sides, read once.

    :param told: the :class:`.story.Story` that was played
    """

    def __init__(self, told):
        self.households = told.households
        self.rail = told.rail
        rows = told.finance(
            "g2p.payment",
            "search_read",
            # What was cancelled before it was sent had another payment in its place.
            [("cycle_id", "=", told.cycle), ("state", "!=", "cancelled")],
            _FIELDS,
            order="id",
        )
        self.payments = [_payment(row, told.rail) for row in rows]
        self.blocked = {
            finding["partner_id"][1]: exact(finding["amount"])
            for finding in told.read_findings()
            if finding["severity"] == "blocked"
        }
        self.ledger = told.rail.ledger()
        self.verdict = compare(self.payments, self.ledger)
        self.verdict.differences.extend(self._compare_with_registry())
        self.verdict.differences.extend(told.rail.complaints())

    @property
    def rows(self):
        """The rows of the table (list of :class:`.table.Row`)."""
        return table.make_rows(self.payments, self.blocked.values())

    def _compare_with_registry(self):
        """Return what is not as the made-up registry and the payment system's script let one expect."""
        heads = {household.name: household.head for household in self.households}
        without = {name for name, head in heads.items() if not head.account}
        closed = {name for name, head in heads.items() if head.is_closed}
        fate = self.rail.fate_of_closed
        refused = {payment.household for payment in self.payments if payment.fate == fate}
        lines = compare_sets("blocked (heads without account)", without, set(self.blocked))
        lines += compare_sets(f"{fate} (accounts that were closed)", closed, refused)
        lines += compare_sets(
            "households that got a payment",
            set(heads) - without,
            {payment.household for payment in self.payments},
        )
        owed = {household.name: self._owed(household) for household in self.households}
        asked = [(payment.household, payment.amount) for payment in self.payments] + list(
            self.blocked.items()
        )
        lines += [
            f"{name} is owed {owed.get(name)}, Odoo has {amount}"
            for name, amount in asked
            if amount != owed.get(name)
        ]
        return lines

    def _owed(self, household):
        each = Decimal(str(self.rail.per_member))
        return Decimal(str(self.rail.per_household)) + each * len(household.people)


def _payment(row, rail):
    return Payment(
        reference=rail.key(row),
        batch=row["batch_id"][1] if row["batch_id"] else "(no batch)",
        fate="reversed" if row["reversal_confirmed"] else row["status"] or "open",
        amount=exact(row["amount_issued"]),
        amount_paid=exact(row["amount_paid"]),
        currency=row["currency_id"][1],
        payee_fa=rail.payee(row),
        household=row["partner_id"][1],
    )
