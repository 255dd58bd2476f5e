"""Watches batches settle, as an officer does on the screen: by asking Odoo, not the payment system."""

import time
from collections import Counter

PAUSE = 0.5  # seconds between two looks
LIMIT = 120  # seconds in which something has to move

UNDER_WAY = ("queued", "sending")
WORDS = {
    "draft": "not sent",
    "queued": "waiting",
    "sending": "being sent",
    "sent": "at the payment system",
    "unknown": "unknown",
    "rejected": "rejected",
    "done": "settled",
}


class Stuck(Exception):
    """Something did not come to its end in time."""


class Watcher:
    """Looks at the batches of one cycle.

    :param call: RPC caller of somebody who may read them
    :param int cycle: id of g2p.cycle
    :param narrator: narration.Narrator
    :param float pause: seconds between two looks
    """

    def __init__(self, call, cycle, narrator, pause=PAUSE):
        self.call = call
        self.pause = pause
        self.cycle = cycle
        self.narrator = narrator

    def submissions(self, *states):
        """Return id, name and state of the cycle's submissions in these states (in all, without any)."""
        domain = [("cycle_id", "=", self.cycle)]
        if states:
            domain.append(("state", "in", states))
        return self.call("g2p.payment.submission", "search_read", domain, ["name", "state"], order="id")

    def until(self, is_over, what):
        """Print each change of the batches until ``is_over()``.

        :raise Stuck: when nothing moves for too long
        """
        limit, before = time.monotonic() + LIMIT, None
        while True:
            over = is_over()
            now = self._describe()
            if now != before:
                self.narrator.say("job runner", now)
                limit, before = time.monotonic() + LIMIT, now
            if over:
                return
            if time.monotonic() > limit:
                raise Stuck(f"{what}: not after {LIMIT} s. Last seen: {now}")
            time.sleep(self.pause)

    def until_sent(self):
        """Wait until nothing waits for a worker or is being sent."""
        self.until(lambda: not self.submissions(*UNDER_WAY), "sending the batches")

    def until_asked(self, submissions, since):
        """Wait until the payment system was asked about each of these submissions, and the answers are applied.

        :param submissions: what :meth:`submissions` returned
        :param int since: id of the last exchange before
        """
        ids = {one["id"] for one in submissions}
        domain = [("submission_id", "in", list(ids)), ("kind", "=", "question"), ("id", ">", since)]

        def is_over():
            rows = self.call("g2p.payment.exchange", "search_read", domain, ["submission_id"])
            waiting = self.call(
                "g2p.payment.submission",
                "search_count",
                [("id", "in", list(ids)), ("pending_exchange_ids", "!=", False)],
            )
            return ids <= {row["submission_id"][0] for row in rows} and not waiting

        self.until(is_over, "asking the payment system")

    def until_done(self):
        """Wait until every submission has come to its end."""
        self.until(lambda: {one["state"] for one in self.submissions()} == {"done"}, "settling everything")

    def last_exchange(self):
        """Return the id of the last thing that was said to or by the payment system (0 when nothing was)."""
        return max(self.call("g2p.payment.exchange", "search", [], limit=1, order="id desc"), default=0)

    def _describe(self):
        batches = self.call(
            "g2p.payment.batch",
            "search_read",
            [("cycle_id", "=", self.cycle)],
            [
                "dispatch_state",
                "stats_issued_transactions",
                "stats_paid_transactions",
                "stats_failed_transactions",
            ],
        )
        states = Counter(batch["dispatch_state"] for batch in batches)
        paid = sum(batch["stats_paid_transactions"] for batch in batches)
        failed = sum(batch["stats_failed_transactions"] for batch in batches)
        issued = sum(batch["stats_issued_transactions"] for batch in batches)
        shown = ", ".join(f"{states[state]} {word}" for state, word in WORDS.items() if states[state])
        return f"batches: {shown}; payments: {paid} paid, {failed} failed of {issued}"
