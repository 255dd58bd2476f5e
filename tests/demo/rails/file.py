"""Paying by file: a bank and a pay point that have no API, and the people who carry files to and fro."""

from dataclasses import dataclass, replace

from tests.simulators.bank.bank import Bank
from tests.simulators.ledger import read_ledger

from .. import notes
from ..people import BANKS, CLOSED, DISTRICTS
from ..users import User, find_id
from .file_errands import Errands
from .rail import Rail, Served

MANAGER = "g2p.program.payment.manager.file"
PAYER_ACCOUNT = "7001002003"
CLERK = User("clerk", "clerk", "Clara Clerk", ("g2p_payment_files.group_document_verifier",))

#: What a clerk of the bank gets wrong in the first file of results; what was paid was paid all the same.
MISTAKES = [
    {"play": "wrong_amount", "calls": [1], "rows": 2},
    {"play": "extra_rows", "calls": [1]},
]


@dataclass(frozen=True)
class Way:
    """How the families of one district are paid.

    :param configs: ready-made file configurations, by the end of their external id
    :param by_bank: whether a bank executes the file; else a pay point pays in cash
    """

    district: str
    name: str
    configs: tuple
    by_bank: bool


WAYS = (
    Way(DISTRICTS[0], "bank, CSV", ("bank_csv",), True),
    Way(DISTRICTS[1], "bank, pain.001", ("pain001",), True),
    Way(DISTRICTS[2], "pay point, vouchers", ("pay_point_list", "voucher_sheet"), False),
    Way(DISTRICTS[3], "pay point, list", ("pay_point_list",), False),
)


class FileRail(Rail):
    """A bank that reads CSV and pain.001, and pay points that work with vouchers and lists."""

    name = "file"
    channels = "root:4,root.g2p_files:2,root.g2p_dispatch:2"
    users = (CLERK,)
    batch_size = 100

    def start(self):
        self.ledger_path.with_name(f"{self.ledger_path.name}.taken").unlink(missing_ok=True)
        folder = notes.files_path()
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        self.bank = Bank(self.ledger_path)
        self.play_bank()

    def play_bank(self):
        """Have the bank refuse closed accounts, and its clerk make mistakes in the first file."""
        closed = {"payee_suffixes": [CLOSED], "result": "refused", "code": "AC04"}
        self.bank.play({"outcomes": [closed], "faults": MISTAKES})

    def stop(self):
        self.bank.close()

    def describe(self):
        return f"a bank and a pay point without an API have opened; their ledger is {self.ledger_path}"

    def notes(self):
        return {"files": str(notes.files_path())}

    def serve(self, demo):
        lines = (
            "There is no API: download a batch's file, put it into a folder IN, and run",
            "  .g2p/venv/bin/python -m tests.simulators.bank --inbox IN --outbox OUT"
            f" --ledger {demo['ledger']}",
            "Results go to Programs → Payments → Payment Results.",
            f"The files of the demo are in {demo['files']}",
        )
        return Served(lines, lambda: None)

    def ledger(self):
        """Return what was really paid; banks and pay points write references without hyphens or with them."""
        return [
            replace(one, reference_id=one.reference_id.replace("-", ""))
            for one in read_ledger(self.ledger_path)
        ]

    # ---- Before -------------------------------------------------------------------------------------------
    def choose_manager(self, story):
        """Make one payment manager whose batch tags pay each district in its own way."""
        configs = {
            name: find_id(story.admin, f"g2p_payment_files.payment_file_config_{name}")
            for way in WAYS
            for name in way.configs
        }
        self.ways = {self._make_tag(story, way, number, configs): way for number, way in enumerate(WAYS)}
        values = {
            "name": "Bank and pay points",
            "program_id": story.program,
            "payee_id_type": "bank_acc_no",
            "payer_name": "Ministry of Social Protection",
            "payer_bank_account_id": self._make_payer_account(story),
            "batch_tag_ids": [(6, 0, list(self.ways))],
        }
        story.use_manager(MANAGER, story.officer.create(MANAGER, values))
        story.officer.says(f"chooses the file payment manager, batches of {self.batch_size}, by district:")
        for way in WAYS:
            story.narrator.more(f"{way.district}: {way.name}")

    def _make_tag(self, story, way, number, configs):
        return story.officer.create(
            "g2p.payment.batch.tag",
            {
                "name": f"{way.district}: {way.name}",
                "order": number,
                "domain": _make_filter(way),
                "max_batch_size": self.batch_size,
                "file_config_ids": [(6, 0, [configs[name] for name in way.configs])],
            },
        )

    def _make_payer_account(self, story):
        """Enter the ministry's own account, as an administrator does once."""
        [user] = story.admin("res.users", "read", [story.admin.user_id], ["company_id"])
        [company] = story.admin("res.company", "read", [user["company_id"][0]], ["partner_id"])
        [bank] = story.admin("res.bank", "search", [("bic", "=", BANKS[0][1])])
        account = story.admin.create(
            "res.partner.bank",
            {"acc_number": PAYER_ACCOUNT, "partner_id": company["partner_id"][0], "bank_id": bank},
        )
        story.admin.says(f"enters the account that pays: {PAYER_ACCOUNT} at {BANKS[0][0]}")
        return account

    # ---- After --------------------------------------------------------------------------------------------
    def follow(self, story):
        batches = story.officer(
            "g2p.payment.batch",
            "search_read",
            [("cycle_id", "=", story.cycle)],
            ["name", "tag_id"],
            order="id",
        )
        self.way_of_batch = {batch["id"]: self.ways[batch["tag_id"][0]] for batch in batches}
        Errands(story, self, batches).run()

    # ---- The comparison -----------------------------------------------------------------------------------
    def key(self, row):
        return row["name"].replace("-", "")

    def payee(self, row):
        if self.way_of_batch[row["batch_id"][0]].by_bank:
            return super().payee(row)
        return f"cash:{row['payee_name']}"


def _make_filter(way):
    """Return a tag's filter on entitlements; the last tag takes whatever is left."""
    return "[]" if way is WAYS[-1] else f"[('partner_id.district.name', '=', '{way.district}')]"
