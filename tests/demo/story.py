"""The story: one cycle of a cash programme, from registering people to money that both sides agree about.

Each method is a step by one person, through public methods over XML-RPC, as the buttons of the screens call them.
"""

import xmlrpc.client
from collections import Counter

from . import registry_data, users
from .actor import Actor
from .money import exact, show
from .people import make_households
from .watch import Stuck, Watcher

PROGRAM = "Harvest Season Cash Support"
FEE = 0.35
FUND = 80_000.00


class Story:
    """Plays the story on a running server against a running payment system; what differs by it is the rail's.

    :param server: tests.environment.server.OdooServer on a clean database
    :param rail: rails.rail.Rail, whose payment system runs
    :param narrator: narration.Narrator
    """

    def __init__(self, server, rail, narrator):
        self.server = server
        self.rail = rail
        self.narrator = narrator
        self.households = make_households()
        self.program = self.cycle = None
        self.refusals = []

    def play(self):
        """Play it all, in order."""
        self.narrator.chapter("Setting up")
        self.make_users()
        self.narrator.chapter("The registry")
        self.register_households()
        self.narrator.chapter("The program")
        self.make_program()
        self.rail.choose_manager(self)
        self.fill_fund()
        self.enrol()
        self.narrator.chapter("The cycle")
        self.open_cycle()
        self.approve()
        self.narrator.chapter("The payments")
        self.prepare_payments()
        self.rail.review(self)
        self.release_and_send()
        self.narrator.chapter("What became of them")
        self.rail.follow(self)

    # ---- Setting up -------------------------------------------------------------------------------------------
    def make_users(self):
        self.admin = Actor(self.server, users.ADMINISTRATOR, self.narrator)
        made = (*users.MADE, *self.rail.users)
        users.make_users(self.admin, made)
        actors = [Actor(self.server, user, self.narrator) for user in made]
        self.officer, self.approver, self.finance, self.finance_2, *self.others = actors
        names = ", ".join(f"{user.login} ({user.name})" for user in made)
        self.admin.says(f"makes users: {names}; each password is the login")

    # ---- The registry -----------------------------------------------------------------------------------------
    def register_households(self):
        lists = registry_data.make_lists(self.admin)
        for done in registry_data.register(self.officer, self.households, lists):
            self.officer.says(f"registers households: {done:,} of {len(self.households):,}")
        people = [person for household in self.households for person in household.people]
        heads = [household.head for household in self.households]
        self.narrator.more(
            f"{len(people):,} people with national IDs; {sum(not head.account for head in heads)} heads have no bank"
            f" account; {sum(head.is_closed for head in heads)} accounts were closed, which only the bank knows"
        )

    # ---- The program ------------------------------------------------------------------------------------------
    def make_program(self):
        wizard = self.officer.create(
            "g2p.program.create.wizard",
            {
                "name": PROGRAM,
                "target_type": "group",
                "eligibility_domain": '[("kind.name", "=", "Household")]',
                "amount_per_cycle": self.rail.per_household,
                "amount_per_individual_in_group": self.rail.per_member,
                "transfer_fee_amt": FEE,
            },
        )
        self.program = self.officer("g2p.program.create.wizard", "create_program", [wizard])["res_id"]
        self.officer.says(
            f"makes the program “{PROGRAM}” with the wizard: {show(self.rail.per_household)} per household"
            f" and {show(self.rail.per_member)} per member",
        )

    def use_manager(self, model, manager):
        """Have the program pay through this payment manager, as its form does.

        :param str model: of the manager
        :param int manager: its id
        """
        wrappers = self.officer.read("g2p.program", self.program, "payment_managers")
        self.officer(
            "g2p.program.payment.manager", "write", wrappers, {"manager_ref_id": f"{model},{manager}"}
        )

    def fill_fund(self):
        fund = self.finance.create("g2p.program.fund", {"program_id": self.program, "amount": FUND})
        self.finance("g2p.program.fund", "post_fund", [fund])
        self.finance.says(f"posts a fund of {show(FUND)}")

    def enrol(self):
        self.officer.press("g2p.program", "import_eligible_registrants", [self.program], "imports")
        self.officer.press("g2p.program", "enroll_eligible_registrants", [self.program], "enrols")

    # ---- The cycle --------------------------------------------------------------------------------------------
    def open_cycle(self):
        self.officer.press("g2p.program", "create_new_cycle", [self.program], "opens a cycle")
        [self.cycle] = self.officer("g2p.cycle", "search", [("program_id", "=", self.program)])
        self.officer.press("g2p.cycle", "prepare_entitlement", [self.cycle], "prepares entitlements")
        self.officer.press("g2p.cycle", "to_approve", [self.cycle], "submits the cycle for approval")

    def approve(self):
        self.approver.press("g2p.cycle", "approve", [self.cycle], "approves the cycle")
        self.approver.press("g2p.cycle", "validate_entitlement", [self.cycle], "approves the entitlements")
        total = self.approver.read("g2p.cycle", self.cycle, "total_amount")
        self.narrator.more(f"the cycle owes {show(exact(total))}; the fund has it reserved")

    # ---- The payments -----------------------------------------------------------------------------------------
    def prepare_payments(self):
        self.officer.press("g2p.cycle", "prepare_payment", [self.cycle], "prepares payments")
        for (severity, message), count in Counter(
            (finding["severity"], finding["message"]) for finding in self.read_findings()
        ).items():
            self.narrator.more(f"{severity}: {count} × {message}")

    def release_and_send(self):
        batches = self.approver("g2p.payment.batch", "search", [("cycle_id", "=", self.cycle)])
        summary = self.approver("g2p.payment.batch", "get_release_summary", batches)
        total = sum(exact(one["total"]) for one in summary)
        digests = {str(one["batch_id"]): one["digest"] for one in summary}
        self.approver("g2p.payment.batch", "release_payments", batches, digests)
        self.approver.says(
            f"releases {len(batches)} batches: {sum(one['count'] for one in summary)} payments, {show(total)}"
            f" {summary[0]['currency']}, digests {summary[0]['digest'][:12]}…",
        )
        self.watcher = Watcher(self.approver, self.cycle, self.narrator, self.rail.pause)
        self.approver.press("g2p.payment.batch", "send_payment", batches, "sends")

    def refusal_of(self, actor, model, method, ids):
        """Return what Odoo says when it refuses a button that it has to refuse.

        :raise Stuck: when it does not refuse
        """
        try:
            actor(model, method, ids)
        except xmlrpc.client.Fault as fault:
            self.refusals.append(fault.faultString.strip())
            return self.refusals[-1]
        raise Stuck(f"{method} on {model} should have been refused")

    # ---- Reading ----------------------------------------------------------------------------------------------
    def read_findings(self):
        """Return severity, message, amount and household of what was found when payments were prepared."""
        return self.officer(
            "g2p.payment.finding",
            "search_read",
            [("cycle_id", "=", self.cycle)],
            ["severity", "message", "amount", "partner_id"],
        )
