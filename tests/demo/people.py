"""A made-up registry: the same households on every run, and nobody who exists."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

HOUSEHOLDS = 1_000
WITHOUT_ACCOUNT = 30  # heads, about 3 %
REFUSED = 19  # accounts that the payment system refuses, about 2 %
SEED = 20_261_121
#: Accounts that end so were closed: the payment system refuses them.
CLOSED = "0404"

#: (name, code): the code is the provider in a financial address.
BANKS = (
    ("Harbour Savings Bank", "HARBOUR1"),
    ("First Valley Bank", "VALLEY01"),
    ("Cotton Tree Credit Union", "COTTONTR"),
    ("Northern Farmers Bank", "NORTHFB1"),
    ("Lakeside Postal Bank", "LAKEPOST"),
)
_FEMALE = (
    "Adama Aminata Binta Coumba Dalia Esther Fatu Grace Hawa Isata Jeneba Kadie Lila Mariama Nyanda Oumou Posseh "
    "Rugi Salay Tenneh Umu Veronica Wara Yema Zainab"
).split()
_MALE = (
    "Abu Bockarie Cyril Daniel Emeka Foday Gibril Hassan Ibrahim Joseph Kelfala Lansana Momoh Nabie Osman Pious "
    "Rashid Saidu Tamba Unisa Victor Wuyah Yusuf Zubairu"
).split()
_FAMILY = (
    "Bangalor Conteyu Dumbaro Fofanel Gbondari Jallomo Kamaron Kargbole Koromali Lahaio Mansarel Massaqui Ndolera "
    "Pessimar Sankoray Sesayin Sillaro Tarawan Turayol Wurieno Yansalim Yillamo"
).split()
_VILLAGES = (
    "Bandafaye Foyalin Gbotima Kailandu Kroobeh Lungihill Makenti Moyambe Njalari Pendemba Rokuprin Tongoma"
).split()


#: Each has as many villages as the others, in their order.
DISTRICTS = ("Seaward", "Riverlands", "Plateau", "Eastgate")
_VILLAGES_EACH = len(_VILLAGES) // len(DISTRICTS)


@dataclass
class Person:
    """One individual; ``account`` is empty where there is none."""

    given_name: str
    family_name: str
    gender: str
    birthdate: date
    national_id: str
    phone: str = ""
    account: str = ""
    bank: int = 0  # index into BANKS

    @property
    def is_closed(self):
        """Whether the payment system refuses the account."""
        return self.account.endswith(CLOSED)


@dataclass
class Household:
    """A head and one to six others."""

    name: str
    address: str
    district: str
    head: Person
    others: list[Person] = field(default_factory=list)

    @property
    def people(self):
        return [self.head, *self.others]


def make_households(count=HOUSEHOLDS, without_account=WITHOUT_ACCOUNT, refused=REFUSED, seed=SEED):
    """Return the households of the demo.

    :param int count: how many
    :param int without_account: of so many the head has no bank account
    :param int refused: of so many the payment system refuses the head's account
    :param int seed: the same seed makes the same households
    """
    dice = random.Random(seed)
    special = dice.sample(range(count), without_account + refused)
    poor, closed = set(special[:without_account]), set(special[without_account:])
    ids = iter(dice.sample(range(1_000_000_000, 9_999_999_999), count * 7))
    households = []
    for number in range(count):
        family = dice.choice(_FAMILY)
        head = _make_person(dice, family, next(ids), years=(22, 78))
        head.phone = f"+232 76 {100_000 + number}"
        if number not in poor:
            head.account, head.bank = (
                _make_account(dice, number, number in closed),
                dice.randrange(len(BANKS)),
            )
        others = [_make_person(dice, family, next(ids), years=(1, 60)) for _turn in range(dice.randint(1, 6))]
        name = f"{family} {head.given_name} household {number + 1:04d}"
        house, village = dice.randint(1, 240), dice.choice(_VILLAGES)
        district = DISTRICTS[_VILLAGES.index(village) // _VILLAGES_EACH]
        households.append(Household(name, f"House {house}, {village}", district, head, others))
    return households


def _make_person(dice, family, national_id, years):
    gender = dice.choice(("female", "male"))
    given = dice.choice(_FEMALE if gender == "female" else _MALE)
    born = date(2026, 1, 1) - timedelta(days=dice.randint(years[0] * 365, years[1] * 365))
    return Person(given, family, gender, born, str(national_id))


def _make_account(dice, number, closed):
    """Return an account number that nobody else has; only closed ones end as closed ones do."""
    branch = dice.randint(100, 998)
    return f"{branch}{number:05d}{CLOSED if closed else dice.randint(1000, 9999)}"
