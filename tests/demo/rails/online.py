"""What paying through an API has in common: scheduled questions, and people who decide where nothing is certain."""

import socket
import time
import xmlrpc.client

from tests.environment.server import HOST, free_port
from tests.simulators.ledger import read_ledger

from .. import users
from ..watch import LIMIT, PAUSE, Stuck
from .rail import Rail

SHOWN = 6  # names of submissions
RUNS_ALREADY = "already executing"  # Odoo's refusal to run a scheduled action twice at once


def choose_port(usual):
    """Return the usual port, or another where somebody has taken it."""
    with socket.socket() as probe:
        # As the server will: a connection that has just ended does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, usual))
        except OSError:
            return free_port()
        return usual


class OnlineRail(Rail):
    """A payment system with an API.

    Attributes:

    * model: of the payment manager
    * loopback: system parameter that lets it call this machine
    * ticket: what two people of finance go by
    * manager: id of the payment manager, once it is made
    """

    model = ""
    loopback = ""
    ticket = ""
    manager = None

    def ledger(self):
        return read_ledger(self.ledger_path)

    # ---- Before -------------------------------------------------------------------------------------------
    def allow_loopback(self, story):
        """Let managers call a payment system on this machine, which has no certificate."""
        story.admin("ir.config_parameter", "set_param", self.loopback, "1")
        story.admin.says("allows plain http to a payment system on this machine (developer setting)")

    def test_connection(self, story):
        """Press the button, wait as one who reloads the page, and tell what it reached.

        :raise Stuck: when anything is not in order
        """
        story.officer(self.model, "action_test_connection", [self.manager])
        names = ["connection_checked_at", "connection_result", "connection_is_good"]
        limit = time.monotonic() + LIMIT
        while True:
            [told] = story.officer(self.model, "read", [self.manager], names)
            if told["connection_checked_at"]:
                break
            if time.monotonic() > limit:
                raise Stuck(f"testing the connection: not after {LIMIT} s")
            time.sleep(PAUSE / 5)
        if not told["connection_is_good"]:
            raise Stuck(f"The connection is not in order:\n{told['connection_result']}")
        lines = told["connection_result"].splitlines()
        story.officer.says(f"tests the connection: {'; '.join(lines)}")

    # ---- After --------------------------------------------------------------------------------------------
    def watch_sending(self, story):
        """Wait until everything was tried, and tell what is not certain."""
        story.watcher.until_sent()
        unknown = story.watcher.submissions("unknown")
        if unknown:
            story.narrator.say(
                "Odoo",
                f"is not certain about {len(unknown)} submissions, and sends none again: {names_of(unknown)}",
            )

    def check_status(self, story, *others):
        """Run the payment manager's own scheduled action, and wait for all answers.

        :param others: external ids of scheduled actions that run with it
        """
        asked = story.watcher.submissions("sent", "unknown")
        since = story.watcher.last_exchange()
        [cron] = story.admin(self.model, "read", [self.manager], ["status_check_cron_id"])
        cron_id, cron_name = cron["status_check_cron_id"]
        for id_ in (cron_id, *(users.find_id(story.admin, other) for other in others)):
            self.run_action(story, id_)
        story.admin.says(f"runs the scheduled action “{cron_name}”{' and the sweeper' if others else ''}")
        story.watcher.until_asked(asked, since)

    def run_action(self, story, cron_id):
        """Run a scheduled action now, or as soon as the server's own run of it is over.

        :raise Stuck: when that takes too long
        """
        limit = time.monotonic() + LIMIT
        while time.monotonic() < limit:
            try:
                return story.admin("ir.cron", "method_direct_trigger", [cron_id])
            except xmlrpc.client.Fault as fault:
                if RUNS_ALREADY not in fault.faultString:
                    raise
                story.refusals.append(fault.faultString.strip())
            time.sleep(PAUSE)
        raise Stuck(f"the scheduled action {cron_id} runs for more than {LIMIT} s")

    def settle_unknown(self, story):
        """No answer proves that a submission never arrived: two people of finance decide, and say how they know."""
        unknown = story.watcher.submissions("unknown")
        if not unknown:
            return
        names = names_of(unknown)
        story.narrator.say("Odoo", f"heard nothing of {names}: nothing is guessed, nothing sent again")
        for submission in unknown:
            self._ask_operator(story, submission)
            self._decide_never_executed(story, submission)
        story.approver("g2p.payment.submission", "action_queue_again", [one["id"] for one in unknown])
        story.approver.says(f"queues {names} again, under a new key each")

    def _ask_operator(self, story, submission):
        """Look into the payment system's books.

        :raise Stuck: when it was executed: then "never executed" would be a lie
        """
        payments = story.finance(
            "g2p.payment", "search_read", [("submission_id", "=", submission["id"])], ["name"]
        )
        executed = {one.reference_id for one in self.ledger()}
        found = sum(payment["name"] in executed for payment in payments)
        story.narrator.say(
            "operator",
            f"of the payment system looks into the ledger for {submission['name']}: {found} of its"
            f" {len(payments)} payments were executed",
        )
        if found:
            raise Stuck(f"{submission['name']} was executed, and a question should have told")

    def _decide_never_executed(self, story, submission):
        decision = story.finance.create(
            "g2p.payment.decision",
            {
                "submission_id": submission["id"],
                "verdict": "never_executed",
                "reason": "The operator of the payment system looked into its ledger: none of these was executed.",
                "evidence_reference": self.ticket,
            },
        )
        story.finance.says(f"proposes: {submission['name']} was never executed (ticket {self.ticket})")
        story.finance_2("g2p.payment.decision", "action_confirm", [decision])
        story.finance_2.says("confirms it; one person alone could not")


def names_of(submissions):
    """Return the names of submissions for people: the first of them, where there are many."""
    # One that is paid one by one has many of a name.
    names = list(dict.fromkeys(one["name"] for one in submissions))
    shown, more = ", ".join(names[:SHOWN]), len(names) - SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
