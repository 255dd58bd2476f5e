"""The story: one cycle of a cash programme, from registering people to money that both sides agree about.

Each method is a step by one person, through public methods over XML-RPC, as the buttons of the screens call them.
"""

from collections import Counter

from tests.simulators.ledger import read_ledger

from . import payment_system, registry_data, users
from .actor import Actor
from .money import exact, show
from .people import make_households
from .watch import Stuck, Watcher

PROGRAM = "Harvest Season Cash Support"
PER_HOUSEHOLD = 25.00
PER_MEMBER = 7.50
FEE = 0.35
FUND = 80_000.00
BATCH_SIZE = 50
MANAGER = "g2p.program.payment.manager.g2p.connect"
LOOPBACK = "g2p_payment_g2p_connect.allow_loopback_http"
TICKET = "HARBOUR-OPS-2026-118"


class Story:
    """Plays the story on a running server against a running payment system.

    :param server: tests.environment.server.OdooServer on a clean database
    :param simulator: tests.simulators.g2p_connect.process.SimulatorHandle
    :param narrator: narration.Narrator
    """

    def __init__(self, server, simulator, narrator):
        self.server = server
        self.simulator = simulator
        self.narrator = narrator
        self.households = make_households()
        self.program = self.cycle = self.manager = None

    def play(self):
        """Play it all, in order."""
        self.narrator.chapter("Setting up")
        self.make_users()
        self.allow_loopback()
        self.narrator.chapter("The registry")
        self.register_households()
        self.narrator.chapter("The program")
        self.make_program()
        self.choose_payment_system()
        self.fill_fund()
        self.enrol()
        self.narrator.chapter("The cycle")
        self.open_cycle()
        self.approve()
        self.narrator.chapter("The payments")
        self.prepare_payments()
        self.release_and_send()
        self.narrator.chapter("What became of them")
        self.watch_sending()
        self.check_status()
        self.settle_what_is_unknown()

    # ---- Setting up -------------------------------------------------------------------------------------------
    def make_users(self):
        self.admin = Actor(self.server, users.ADMINISTRATOR, self.narrator)
        users.make_users(self.admin)
        actors = [Actor(self.server, user, self.narrator) for user in users.MADE]
        self.officer, self.approver, self.finance, self.finance_2 = actors
        names = ", ".join(f"{user.login} ({user.name})" for user in users.MADE)
        self.admin.says(f"makes users: {names}; each password is the login")

    def allow_loopback(self):
        self.admin("ir.config_parameter", "set_param", LOOPBACK, "1")
        self.admin.says("allows plain http to a payment system on this machine (developer setting)")

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
                "amount_per_cycle": PER_HOUSEHOLD,
                "amount_per_individual_in_group": PER_MEMBER,
                "transfer_fee_amt": FEE,
            },
        )
        self.program = self.officer("g2p.program.create.wizard", "create_program", [wizard])["res_id"]
        self.officer.says(
            f"makes the program “{PROGRAM}” with the wizard: {show(PER_HOUSEHOLD)} per household and"
            f" {show(PER_MEMBER)} per member",
        )

    def choose_payment_system(self):
        """Replace the program's payment manager as its form does; only an administrator may enter the token."""
        tag = self.officer.create("g2p.payment.batch.tag", {"name": "All", "max_batch_size": BATCH_SIZE})
        self.manager = self.officer.create(
            MANAGER,
            {
                "name": "National switch",
                "program_id": self.program,
                "payment_endpoint_url": self.simulator.payment_url,
                "status_endpoint_url": self.simulator.status_url,
                "api_timeout": payment_system.API_TIMEOUT,
                "sender_id": "ministry-of-social-protection",
                "receiver_id": "national-switch",
                "payer_fa": "account:7001002003@HARBOUR1",
                "payee_id_type": "bank_acc_no",
                "payee_prefix": "account:",
                "batch_tag_ids": [(6, 0, [tag])],
            },
        )
        wrappers = self.officer.read("g2p.program", self.program, "payment_managers")
        self.officer(
            "g2p.program.payment.manager", "write", wrappers, {"manager_ref_id": f"{MANAGER},{self.manager}"}
        )
        self.officer.says(
            f"chooses the G2P Connect payment manager: {self.simulator.base_url}, batches of {BATCH_SIZE}"
        )
        self.admin(MANAGER, "write", [self.manager], {"api_token": self.simulator.token})
        self.admin.says("enters the token of the payment system; nobody else can read it")

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
        self.watcher = Watcher(self.approver, self.cycle, self.narrator)
        self.approver.press("g2p.payment.batch", "send_payment", batches, "sends")

    # ---- What became of them ----------------------------------------------------------------------------------
    def watch_sending(self):
        self.watcher.until_sent()
        unknown = self.watcher.submissions("unknown")
        names = ", ".join(one["name"] for one in unknown)
        self.narrator.say(
            "Odoo", f"is not certain about {len(unknown)} submissions, and sends none again: {names}"
        )

    def check_status(self):
        """Run the payment manager's own scheduled action, and the sweeper that is always there."""
        unknown = self.watcher.submissions("sent", "unknown")
        since = self.watcher.last_exchange()
        [cron] = self.admin(MANAGER, "read", [self.manager], ["status_check_cron_id"])
        cron_id, cron_name = cron["status_check_cron_id"]
        self.admin("ir.cron", "method_direct_trigger", [cron_id])
        sweeper = users.find_id(self.admin, "g2p_programs.ir_cron_sweep_submissions")
        self.admin("ir.cron", "method_direct_trigger", [sweeper])
        self.admin.says(f"runs the scheduled actions: “{cron_name}” and the sweeper")
        self.watcher.until_asked(unknown, since)

    def settle_what_is_unknown(self):
        """No answer proves that a submission never arrived: two people of finance decide, and say how they know."""
        unknown = self.watcher.submissions("sent", "unknown")
        if not unknown:
            return
        names = ", ".join(one["name"] for one in unknown)
        self.narrator.say("Odoo", f"heard nothing of {names}: it stays unknown, nothing is guessed")
        for submission in unknown:
            self._ask_operator(submission)
            self._decide_never_executed(submission)
        ids = [one["id"] for one in unknown]
        self.approver("g2p.payment.submission", "action_queue_again", ids)
        self.approver.says(f"queues {names} again, under a new key")
        self.watcher.until(
            lambda: {one["state"] for one in self.watcher.submissions()} == {"done"}, "settling everything"
        )

    def _ask_operator(self, submission):
        """Look into the payment system's books.

        :raise Stuck: when it was executed: then "never executed" would be a lie
        """
        payments = self.finance(
            "g2p.payment", "search_read", [("submission_id", "=", submission["id"])], ["name"]
        )
        executed = {one.reference_id for one in read_ledger(self.simulator.ledger_path)}
        found = sum(payment["name"] in executed for payment in payments)
        self.narrator.say(
            "operator",
            f"of the payment system looks into the ledger for {submission['name']}: {found} of its"
            f" {len(payments)} payments were executed",
        )
        if found:
            raise Stuck(f"{submission['name']} was executed, and a question should have told")

    def _decide_never_executed(self, submission):
        decision = self.finance.create(
            "g2p.payment.decision",
            {
                "submission_id": submission["id"],
                "verdict": "never_executed",
                "reason": "The operator of the payment system looked into its ledger: none of these was executed.",
                "evidence_reference": TICKET,
            },
        )
        self.finance.says(f"proposes: {submission['name']} was never executed (ticket {TICKET})")
        self.finance_2("g2p.payment.decision", "action_confirm", [decision])
        self.finance_2.says("confirms it; one person alone could not")

    # ---- Reading ----------------------------------------------------------------------------------------------
    def read_findings(self):
        """Return severity, message, amount and household of what was found when payments were prepared."""
        return self.officer(
            "g2p.payment.finding",
            "search_read",
            [("cycle_id", "=", self.cycle)],
            ["severity", "message", "amount", "partner_id"],
        )
