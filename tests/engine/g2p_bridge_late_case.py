"""Requests to the bridge that come in when nobody expects them any more."""

import time
from collections import Counter

from odoo.addons.g2p_programs.dispatch import worker

from .g2p_bridge_case import DISBURSEMENTS, ENVELOPE, BridgeCase
from .rail_case import Tally

#: Cut off, and taken in only when a test says so.
LATE = {"on": "disbursements", "play": "late", "calls": [1], "seconds": 600}


class LateCase(BridgeCase):
    """Four payments are two requests of the same number and amount, the worst case for proofs by counting."""

    def prepare(self, *faults, **values):
        made = self.make_queued_here(payments=4, **values)
        self.play(*faults)
        worker.dispatch(self.registry, self.find(made, ENVELOPE))
        return made

    def send(self, made, number):
        worker.dispatch(self.registry, self.find(made, DISBURSEMENTS, number))

    def ask_about(self, made, number, times=1):
        """Ask about a request so late that what is said counts."""
        for _time in range(times):
            self.move_time_on(made)
            worker.ask(self.registry, self.find(made, DISBURSEMENTS, number))

    def let_it_come(self, count):
        """Let what was cut off long ago come in at last; then the envelope has so many."""
        self.simulator.release()
        ends = time.monotonic() + 30
        while self.simulator.state()["envelopes"][0]["received"] != count:
            self.assertLess(time.monotonic(), ends, "did not come")
            time.sleep(0.02)

    def prove_absent(self, made):
        """Send the first request, which does not arrive, and wait until that is believed."""
        with self.deadline(1):
            self.send(made, 0)
        self.ask_about(made, 0, times=2)
        self.assert_is(made, ("sent queued queued", Tally(sent=2, issued=2)))

    def land(self, seconds=5):
        """Let what was cut off come in, or be refused."""
        before = self.simulator.state()
        self.simulator.release()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            now = self.simulator.state()
            if (now["envelopes"][0]["received"], now["refusals"]) != (
                before["envelopes"][0]["received"],
                before["refusals"],
            ):
                return
            time.sleep(0.02)
        self.fail("it neither came nor was it refused")

    def paid_twice(self, made):
        """Return which payments of a batch the bridge paid more than once."""
        names = {row["name"] for row in self.read("g2p.payment", made["payments"], "name")}
        paid = Counter(one.reference_id for one in self.simulator.ledger() if one.reference_id in names)
        return [name for name, times in paid.items() if times > 1]
