"""Requests to the bridge that come in when nobody expects them any more."""

import time
from collections import Counter
from unittest.mock import patch

from odoo.addons.g2p_programs.dispatch import worker

from tests.simulators.g2p_bridge.messages import Caller

from .g2p_bridge_case import DISBURSEMENTS, ENVELOPE, BridgeCase
from .rail_case import Tally

#: Cut off, and taken in only when a test says so.
LATE = {"on": "disbursements", "play": "late", "calls": [1], "seconds": 600}
LOST = {"on": "disbursements", "play": "reset", "executed": False}
TAKEN = {"on": "disbursements", "play": "reset", "executed": True}
REFUSED = {"on": "disbursements", "play": "header_rjct", "code": "INVALID_DISBURSEMENT_PAYLOAD"}
ROOM = "has room for it twice"
STILL = "may be in"


class LateCase(BridgeCase):
    """Four payments are two requests of the same number and amount, the worst case for proofs by counting."""

    def prepare(self, *faults, payments=4, **values):
        """Return a batch whose envelope is at the bridge."""
        made = self.make_queued_here(payments=payments, **values)
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
        self.land()
        self.assertEqual(self.heard()[0], count)

    def lose(self, made, number):
        """Send a request, which does not arrive, and ask until that is believed, where anything speaks for it."""
        with self.deadline(1):
            self.send(made, number)
        self.ask_about(made, number, times=2)

    def prove_absent(self, made):
        """Lose the first of two requests; that it never arrived is believed then."""
        self.lose(made, 0)
        self.assert_is(made, ("sent queued queued", Tally(sent=2, issued=2)))

    def land(self):
        """Let what was cut off come in, or be refused."""
        before = self.heard()
        self.simulator.release()
        ends = time.monotonic() + 30
        while self.heard() == before:
            self.assertLess(time.monotonic(), ends, "it neither came nor was it refused")
            time.sleep(0.02)

    def heard(self):
        """Return (what the first envelope has received, what was refused)."""
        state = self.simulator.state()
        return state["envelopes"][0]["received"], state["refusals"]

    def paid_twice(self, made):
        """Return which payments of a batch the bridge paid more than once."""
        names = {row["name"] for row in self.read("g2p.payment", made["payments"], "name")}
        paid = Counter(one.reference_id for one in self.simulator.ledger() if one.reference_id in names)
        return [name for name, times in paid.items() if times > 1]

    def hold(self, made, number):
        """Return why a request is held back."""
        row = self.read("g2p.payment.submission", self.find(made, DISBURSEMENTS, number), "hold_reason")
        return row["hold_reason"]

    def give_up(self, made, number):
        self.act("action_cancel", self.find(made, DISBURSEMENTS, number))

    def send_again_and_look(self, made, day=0):
        """Release and send what was given up, let the day come, and look at the ledger."""
        with patch.object(type(self), "assert_promises", lambda *_args: None):
            self.send_again(made, day)
        self.assertEqual(self.paid_twice(made), [])

    def end(self, made, day=0):
        """Let everybody go on, let the day come, and look at the ledger."""
        self.go_on(made)
        if day:
            with self.on_day(day):
                self.pay(made, day)
        else:
            self.pay(made)
        self.assertEqual(self.paid_twice(made), [])

    def assert_held(self, made):
        """Assert that what was given up waits, and says what for."""
        with self.committed() as env:
            free = env["g2p.payment"].browse(made["payments"]).filtered(lambda one: one.state == "issued")
            opener = free.submission_id.opener_id
            self.assertTrue(opener.replaces and opener.replaced_ids)
            self.assertEqual(opener.state, "queued")
            self.assertIn(STILL, opener.hold_reason)

    def single(self, *faults, **values):
        """Return a batch of one request, as most are, with its envelope at the bridge."""
        return self.prepare(*faults, payments=2, **values)

    def cancel_there(self, made, numbers):
        """Let whoever runs the bridge cancel payments of ours."""
        payments = [made["payments"][number] for number in numbers]
        rows = self.read("g2p.payment", payments, "external_reference")
        cancelled = Caller(self.simulator).cancel_disbursements(*(row["external_reference"] for row in rows))
        self.assertEqual(cancelled.body["header"]["status"], "succ")

    def release_again(self, made):
        with self.committed() as env:
            payments = env["g2p.payment"].browse(made["payments"])
            batch_id = payments.filtered(lambda one: one.state == "issued").batch_id.id
        return self.send_batch(made, batch_id)
