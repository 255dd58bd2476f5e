"""What people do from sending envelopes to the last reversal: mend what can be mended before the day, decide what
nobody can ask about, and confirm what came back."""

import time
from collections import Counter

from tests.simulators.ledger import read_ledger

from .. import users
from ..money import exact, show
from ..watch import LIMIT, PAUSE, Stuck
from .g2p_bridge_script import DAYS_AHEAD, PROGRAM
from .g2p_connect import SWEEPER
from .online import OnlineRail, names_of

SUBMISSION, PAYMENT = "g2p.payment.submission", "g2p.payment"
#: Until the bridge's "as it was before" counts, no call of ours can live any more: some sixteen minutes.
MINUTES_LATER = 20
_BACK = f"- interval '{MINUTES_LATER} minutes'"
LATER = f"""
    UPDATE g2p_payment_submission
       SET claimed_at = claimed_at {_BACK}, deadline_at = deadline_at {_BACK}, lease_until = lease_until {_BACK}
     WHERE cycle_id = %s AND state = 'unknown'
"""


class BridgeAfter(OnlineRail):
    """A bridge whose payments are on their way.

    Attributes:

    * simulator: handle of the bridge, once it runs
    """

    simulator = None

    # ---- After --------------------------------------------------------------------------------------------
    def follow(self, story):
        self._until_at_rest(story)
        self._tell_uncertain(story)
        self._mend_refusals(story)
        self.check_status(story)
        self._tell_uncertain(story)
        self._send_again_what_never_arrived(story)
        self._look_at_envelopes(story, ask=True)
        self._let_the_day_come(story)
        self.check_status(story)
        self._look_at_envelopes(story)
        self._settle_lost_ids(story)
        self._until_over(story)
        self._watch_for_reversals(story)

    # ---- Until everything is there --------------------------------------------------------------------------
    def _until_at_rest(self, story):
        """Wait until nothing moves but what waits behind something unknown or refused."""

        def is_at_rest():
            batches = {}
            for one in self._read_submissions(story, []):
                batches.setdefault(one["batch_id"][0], set()).add(one["state"])
            return not any(
                "sending" in found or ("queued" in found and not found & {"unknown", "rejected"})
                for found in batches.values()
            )

        story.watcher.until(is_at_rest, "sending envelopes and what goes into them")

    def _read_submissions(self, story, domain):
        names = ["name", "purpose", "state", "batch_id", "last_code"]
        return story.approver(
            SUBMISSION, "search_read", [("cycle_id", "=", story.cycle), *domain], names, order="id"
        )

    def _tell_uncertain(self, story):
        rows = self._read_submissions(story, [("state", "in", ("unknown", "rejected"))])
        rows += self._read_submissions(story, [("last_code", "=", "ids.lost")])
        said = Counter((one["state"], one["purpose"], one["last_code"] or "no word") for one in rows)
        story.narrator.say("Odoo", "is not done with these, and sends none of them again by itself:")
        for (state, purpose, code), count in said.items():
            story.narrator.more(f"{count} {purpose}: {state}, {code}")

    def _mend_refusals(self, story):
        """What the bridge refused with HTTP 200 is refused: one is sent again, one is given up.

        :raise Stuck: when other things are refused
        """
        refused = self._read_submissions(story, [("state", "=", "rejected")])
        if sorted(one["purpose"] for one in refused) != ["disbursements", "envelope"]:
            raise Stuck(f"Others than expected were refused: {names_of(refused)}")
        request, envelope = sorted(refused, key=lambda one: one["purpose"])
        story.narrator.say(
            "bridge",
            "refused two with HTTP 200 and an answer that looks like any other; Odoo reads its header",
        )
        story.approver(SUBMISSION, "action_queue_again", [envelope["id"]])
        story.approver.says(
            f"hears from the operator that program {PROGRAM} is known now, and queues {envelope['name']} again"
        )
        story.approver(SUBMISSION, "action_cancel", [request["id"]])
        story.approver.says(
            f"gives {request['name']} up: its envelope waits for a payment that will not come"
        )
        self._until_at_rest(story)
        amended = self._read_submissions(story, [("purpose", "=", "amendment"), ("state", "=", "done")])
        if [one["batch_id"] for one in amended] != [request["batch_id"]]:
            raise Stuck(f"The envelope of {request['name']} was not amended")
        story.narrator.say("Odoo", "has amended that envelope by itself to what is in it, before its day")
        [rest] = story.approver(
            "g2p.payment.batch", "search", [("cycle_id", "=", story.cycle), ("released", "=", False)]
        )
        story.narrator.more(
            "the payment that was given up has a batch of its own now, which nobody has released"
        )
        story.approver("g2p.payment.batch", "release_payments", [rest])
        story.approver.press("g2p.payment.batch", "send_payment", [rest], "releases that one and sends it")
        self._until_at_rest(story)

    def _send_again_what_never_arrived(self, story):
        """The envelopes' counts are as they were: told twice, and late enough, that is proof.

        The one thing that is not done as people do it: nobody would watch a demo that waits for so long.
        """
        unknown = self._read_submissions(story, [("state", "=", "unknown")])
        story.server.environment.server.query(LATER, [story.cycle], story.server.database)
        story.narrator.say(
            "demo", f"does not wait: it moves the moments of these tries {MINUTES_LATER} minutes back"
        )
        ids = [one["id"] for one in unknown]
        for _turn in range(2):
            self._ask(story, unknown, lambda: story.finance(SUBMISSION, "action_ask_now", ids))
        story.finance.says("presses Ask Again Now on them, twice")
        story.watcher.until(
            lambda: not self._read_submissions(story, [("state", "=", "unknown")]), "believing the counts"
        )
        story.narrator.say(
            "Odoo",
            f"was told twice that the envelopes have what they had before: it sends these {len(unknown)} again",
        )
        # It runs by itself, every minute.
        self.run_action(story, users.find_id(story.admin, SWEEPER))
        self._until_at_rest(story)

    def _ask(self, story, submissions, press):
        """Press a button that asks, and wait until the answers are applied."""
        since = story.watcher.last_exchange()
        press()
        story.watcher.until_asked(submissions, since)

    # ---- What officers see ----------------------------------------------------------------------------------
    def _look_at_envelopes(self, story, ask=False):
        """Open the envelopes of the cycle, as the button does.

        :param bool ask: ask the bridge first, with the button on that list
        """
        if ask:
            ids = self._open_envelopes(story)
            envelopes = self._read_submissions(story, [("purpose", "=", "envelope"), ("state", "=", "sent")])
            self._ask(
                story,
                envelopes,
                lambda: story.officer("g2p.cycle.envelope.summary", "action_ask_again", ids),
            )
        rows = story.officer("g2p.cycle.envelope.summary", "read", self._open_envelopes(story))

        def count(name):
            return sum(row[name] for row in rows)

        story.officer.says(
            f"opens Envelopes: {len(rows)} of them, {count('number_of_disbursements_declared')} payments declared,"
            f" {count('number_of_disbursements_received')} received, {count('number_of_disbursements_shipped')} given"
            f" to the bank, {count('number_of_disbursements_reconciled')} on statements"
        )
        funds = Counter((row["funds_available_with_bank"], row["funds_blocked_with_bank"]) for row in rows)
        for (available, blocked), times in funds.items():
            story.narrator.more(f"{times} × {available}, {blocked}")
        for problem, times in Counter(row["problems"] for row in rows if row["problems"]).items():
            story.narrator.more(f"{times} × {problem}")

    def _open_envelopes(self, story):
        [[_name, _operator, ids]] = story.officer("g2p.cycle", "action_open_envelopes", [story.cycle])[
            "domain"
        ]
        return ids

    # ---- The day --------------------------------------------------------------------------------------------
    def _let_the_day_come(self, story):
        """Let it be tomorrow at the bridge, and wait until its bank is through.

        :raise Stuck: when anything was paid before, or not everything is
        """
        if read_ledger(self.ledger_path):
            raise Stuck("Money has moved before the day")
        state = self.simulator.state()
        empty = sum(not one["received"] for one in state["envelopes"])
        story.narrator.say(
            "bridge",
            f"has {len(state['envelopes'])} envelopes, {empty} of them empty for ever, as nobody was told its id; it"
            " has paid nobody yet",
        )
        self.simulator.day(DAYS_AHEAD)
        limit = time.monotonic() + LIMIT
        while (state := self.simulator.state())["executed"] < state["known"]:
            if time.monotonic() > limit:
                raise Stuck(f"the bank has paid {state['executed']} of {state['known']} after {LIMIT} s")
            time.sleep(PAUSE)
        story.narrator.say(
            "bridge", f"says it is {state['today']}, the day: its bank pays {state['executed']}"
        )

    def _settle_lost_ids(self, story):
        """Two people of finance decide by the bank's statement, as nobody can ask about these payments.

        :raise Stuck: when the bank has not paid them all
        """
        [lost] = self._read_submissions(story, [("last_code", "=", "ids.lost")])
        rows = story.finance(
            PAYMENT, "search_read", [("submission_id", "=", lost["id"])], ["name", "amount_issued"]
        )
        executed = {one.reference_id for one in self.ledger()}
        found = [row for row in rows if row["name"] in executed]
        story.narrator.say(
            "operator",
            f"of the bridge looks into the bank's statement for {lost['name']}: {len(found)} of {len(rows)} are on it,"
            f" {show(sum(exact(row['amount_issued']) for row in found))}",
        )
        if len(found) != len(rows):
            raise Stuck(f"Not all of {lost['name']} was paid")
        decision = story.finance.create(
            "g2p.payment.decision",
            {
                "submission_id": lost["id"],
                "verdict": "executed",
                "reason": "All of these payments are on the bank's statement of that day, none came back.",
                "evidence_reference": self.ticket,
            },
        )
        story.finance.says(f"proposes: {lost['name']} was executed (ticket {self.ticket})")
        story.finance_2("g2p.payment.decision", "action_confirm", [decision])
        story.finance_2.says("confirms it; one person alone could not")

    def _until_over(self, story):
        """Have what follows the decision done, as happens every minute, and wait until nothing is open."""
        self.run_action(story, users.find_id(story.admin, SWEEPER))
        over = {"done", "cancelled"}
        story.watcher.until(
            lambda: {one["state"] for one in self._read_submissions(story, [])} <= over, "settling everything"
        )

    def _watch_for_reversals(self, story):
        """What is paid may come back: it is asked about for a month, and here at once.

        :raise Stuck: when not as much came back as accounts were closed
        """
        watched = self._read_submissions(
            story, [("watch_until", "!=", False), ("purpose", "=", "disbursements")]
        )
        ids = [one["id"] for one in watched]
        self._ask(story, watched, lambda: story.officer(SUBMISSION, "action_ask_now", ids))
        story.officer.says(
            f"asks anew about {len(watched)} requests that are settled; Odoo does so for 30 days"
        )
        reversals = story.finance(
            "g2p.payment.reversal",
            "search_read",
            [("payment_id.cycle_id", "=", story.cycle), ("state", "=", "reported")],
            ["reason_code", "amount"],
        )
        total = sum(exact(one["amount"]) for one in reversals)
        codes = ", ".join(sorted({one["reason_code"] for one in reversals}))
        story.narrator.say(
            "bank", f"tells of {len(reversals)} payments that came back, {show(total)}: {codes}"
        )
        closed = sum(household.head.is_closed for household in story.households)
        if len(reversals) != closed:
            raise Stuck(f"{len(reversals)} payments came back, and {closed} accounts were closed")
        story.finance("g2p.payment.reversal", "action_confirm", [one["id"] for one in reversals])
        story.finance.says("confirms that the money is back; only now may these households be paid again")
