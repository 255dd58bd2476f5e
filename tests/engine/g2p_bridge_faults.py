"""What the tables of faults of the bridge's calls share: cases, and how each is played."""

import time
from dataclasses import dataclass

from tests.simulators.g2p_bridge.knobs import ONLY_ON, BridgeFault

from .g2p_bridge_case import DISBURSEMENTS, BridgeCase
from .rail_case import Tally

SENT3 = ("sent sent sent", Tally(sent=3))
DONE3 = ("done done done", Tally(paid=3))
#: The first request has nobody's word; the second waits behind it.
UNKNOWN = ("sent unknown queued", Tally(sent=2, issued=1))
#: What is known of the first request is that it is in the envelope; nobody can ask for its payments.
IDS_LOST = ("sent sent done", Tally(paid=1, sent=2))
REFUSED = {"play": "header_rjct", "on": "disbursements", "code": "INVALID_DISBURSEMENT_PAYLOAD", "calls": [1]}

#: (play, what it needs besides), of which an answer says nothing, whatever was asked.
SILENT = [
    ("timeout", {}),
    ("late", {}),
    ("drip_header", {}),
    ("drip_body", {}),
    *(("reset", {"after_bytes": after_bytes}) for after_bytes in (0, 20, 200)),
    *(("status", {"status": status, "shape": shape}) for status in (500, 503) for shape in (True, False)),
    *(("status", {"status": status, "shape": False}) for status in (400, 401, 404, 429, 502)),
    *(("status", {"status": status}) for status in (401, 408, 409, 429)),
    ("redirect", {}),
    ("rubbish", {}),
    ("html", {}),
    ("empty", {}),
    ("truncated", {}),
    ("huge", {}),
    ("unknown_status", {}),
    ("null_message", {}),
]
#: One of each kind.
SILENT_FEW = [
    *(
        (play, {})
        for play in (
            *("timeout", "late", "drip_header", "drip_body", "reset", "redirect", "rubbish", "html", "empty"),
            *("truncated", "huge", "unknown_status", "null_message"),
        )
    ),
    *(("status", {"status": 503}), ("status", {"status": 401}), ("status", {"status": 404, "shape": False})),
]
SLOW = ("timeout", "late", "drip_header", "drip_body")


@dataclass(frozen=True)
class Case:
    """One fault.

    :param name: for the report
    :param fault: as the simulator's script wants it, without ``on`` and, where it comes once, ``calls``
    :param after: states of the submissions and tally right after the fault
    :param end: states and tally when the fault is over, everybody was asked again, and its day has come
    :param executed: payments in the ledger at the end
    :param calls: how often the call was made in all
    :param told: words that finance reads at the end
    """

    name: str
    fault: dict
    after: tuple
    end: tuple
    executed: int = 3
    calls: int = 1
    told: str = ""

    @property
    def seconds(self):
        """Deadline of the call that meets the fault."""
        return 1 if self.fault.get("play") in SLOW else 20


def silent(few, after, ends, **values):
    """Return the cases of :data:`SILENT`, each executed and not executed, as far as there is an end for it.

    :param bool few: :data:`SILENT_FEW` alone
    :param ends: {whether it was executed: values of the case}
    """
    for play, more in SILENT_FEW if few else SILENT:
        for executed in ends if play != "late" else (True,):
            words = " ".join(f"{name} {value}" for name, value in more.items())
            name = f"{play} {words}, {'executed' if executed else 'not executed'}"
            fault = {"play": play, "executed": executed, **more}
            yield Case(name, fault, after, **{**values, **ends[executed]})


def plays_on(kind):
    """Return what the simulator can play on a kind of call."""
    return {play for play in BridgeFault.plays if kind in ONLY_ON.get(play, BridgeFault.kinds)}


class BridgeFaultsCase(BridgeCase):
    """Play a table, line by line: the first call of a kind meets the fault."""

    #: Days until the envelope's.
    days = 0

    def fail(self, kind, cases, prepare=None):
        """Let each case's fault meet the first call of a kind.

        :param prepare: does what comes before that call, and returns the batch; it is given the fault to play
        """
        for case in cases:
            with self.subTest(case.name):
                faults = [{"on": kind, "calls": [1], **case.fault}] if case.fault else []
                self.simulator.reset()
                made = (prepare or self.prepare)(*faults)
                with self.deadline(case.seconds):
                    self.dispatch(made)
                self.land(kind, case)
                self.assert_is(made, case.after, "after the fault")
                self.assert_promises(made)
                self.finish(kind, made, case)
                self.assert_no_violation()
                self.abandon(made)

    def prepare(self, *faults):
        made = self.make_queued_here(schedule_days_ahead=self.days)
        self.play(*faults)
        return made

    def prepare_shrunk(self, *faults):
        """Return a batch whose first request was refused and given up, and whose second goes out next."""
        made = self.prepare(REFUSED, *faults)
        self.dispatch(made)
        self.act("action_cancel", self.find(made, DISBURSEMENTS, 0))
        return made

    def prepare_emptied(self, *faults):
        """Return a batch of which everything was given up but the envelope."""
        made = self.prepare_shrunk(*faults)
        self.act("action_cancel", self.find(made, DISBURSEMENTS, 1))
        return made

    def land(self, kind, case):
        """End all waiting, and wait for what comes late."""
        self.simulator.release()
        if case.fault.get("play") == "late":
            ends = time.monotonic() + 30
            while not self.has_landed(kind):
                self.assertLess(time.monotonic(), ends, "did not come")
                time.sleep(0.02)

    def has_landed(self, kind):
        state = self.simulator.state()
        if kind == "disbursements" or not state["envelopes"]:
            return bool(state["known"])
        envelope = state["envelopes"][0]
        return {"envelope": True, "amend": envelope["declared"] == 1, "cancel": envelope["cancelled"]}[kind]

    def finish(self, kind, made, case):
        """Let everybody go on when the fault is over, let the day come, and compare the end."""
        self.go_on(made)
        with self.on_day(self.days):
            self.pay(made, self.days)
        self.assert_is(made, case.end, "at the end")
        self.assertEqual(len(self.executed(made)), case.executed, "payments in the ledger")
        self.assertEqual(self.calls(kind), case.calls, f"calls of {kind}")
        self.assert_promises(made)
        if case.told:
            self.assert_told(made, case.told)
