"""Every fault that the simulated payment system can play, and what Odoo makes of it (issue: fault matrix).

A batch has three payments: the payment system pays two and refuses the third. Each case is one line of a table:
the fault, what is known right after it, and what is known once it is over and everybody was asked again.
"""

import time
import unittest
from dataclasses import dataclass, field

from tests.simulators.g2p_connect.process import start_simulator
from tests.simulators.script import PLAYS

from .g2p_connect_case import REFUSED, TOKEN, G2PConnectCase
from .rail_case import Tally

ALL_OPEN = Tally(sent=3)
SETTLED = Tally(paid=2, failed=1)
FREE = Tally(issued=3)
OPEN = Tally(paid=2, sent=1)
PART = Tally(paid=1, failed=1, sent=1)
DISPUTED = Tally(paid=1, failed=1, sent=1, disputed=1)


@dataclass(frozen=True)
class Case:
    """One fault.

    :param name: for the report
    :param fault: as the simulator's script wants it, without ``on``
    :param after: state of the submission and tally right after the fault
    :param end: state and tally when the fault is over and two questions were asked
    :param executed: payments in the ledger at the end
    :param seconds: time-out of the call that meets the fault
    :param script: more of the script
    """

    name: str
    fault: dict
    after: tuple
    end: tuple
    executed: int = 2
    seconds: int = 20
    script: dict = field(default_factory=dict)


UNKNOWN, DONE = ("unknown", ALL_OPEN), ("done", SETTLED)
REJECTED = ("rejected", FREE)


def lost(name, executed, play, seconds=20, **fault):
    """A submission whose answer says nothing: found by asking when it was executed, else unknown for ever."""
    end = DONE if executed else UNKNOWN
    fault = {"play": play, "executed": executed, **fault}
    return Case(
        f"{name}, {'executed' if executed else 'not executed'}", fault, UNKNOWN, end, 2 * executed, seconds
    )


def refused(name, **fault):
    """A submission that was refused as a whole, in the API's own words."""
    return Case(f"{name}, refused", {"play": "status", **fault}, REJECTED, REJECTED, executed=0)


SUBMIT_CASES = [
    Case("nothing", {}, DONE, DONE),
    # -- no answer at all
    lost("time-out", True, "timeout", seconds=1),
    lost("time-out", False, "timeout", seconds=1),
    lost("answer's header drips", True, "drip_header", seconds=1),
    lost("answer's body drips", True, "drip_body", seconds=1),
    lost("answer's body drips", False, "drip_body", seconds=1),
    *(lost("reset before the answer", executed, "reset", after_bytes=0) for executed in (True, False)),
    *(lost("reset in the answer's head", executed, "reset", after_bytes=20) for executed in (True, False)),
    *(lost("reset in the answer's body", executed, "reset", after_bytes=200) for executed in (True, False)),
    # -- an HTTP error
    *(
        lost(f"{status}, shape {shape}", executed, "status", status=status, shape=shape)
        for status in (500, 503)
        for shape in (True, False)
        for executed in (True, False)
    ),
    lost("504", True, "status", status=504, shape=False),
    lost("502", False, "status", status=502, shape=False),
    *(
        lost(f"{status} of somebody else", False, "status", status=status, shape=False)
        for status in (400, 401, 404, 429)
    ),
    *(lost(f"{status}, doubtful", True, "status", status=status) for status in (408, 409, 425, 499)),
    *(
        lost(f"{status} with an ordinary code", True, "status", status=status, code="err.request.bad")
        for status in (408, 500, 502, 503, 504)
    ),
    lost("400 that says duplicate", True, "status", status=400, code="err.request.duplicate"),
    lost("400 that says time-out", True, "status", status=400, code="err.request.timeout"),
    *(refused(str(status), status=status) for status in (400, 401, 403, 404, 413, 422, 429)),
    *(lost("redirect", executed, "redirect") for executed in (True, False)),
    # -- something else than an answer
    *(lost(play, True, play) for play in ("rubbish", "html", "empty", "truncated", "huge", "other_transaction")),
    *(lost(play, False, play) for play in ("html", "truncated", "other_transaction")),
    # -- an answer with something wrong in it
    Case("missing row", {"play": "missing_rows"}, ("sent", PART), DONE),
    Case("no rows", {"play": "missing_rows", "rows": 3}, ("sent", ALL_OPEN), DONE),
    Case("rows of others", {"play": "extra_rows", "rows": 2}, DONE, DONE),
    Case("rows told twice", {"play": "duplicated_rows", "rows": 3}, DONE, DONE),
    Case("rows told in two ways", {"play": "contradictory_rows"}, ("sent", PART), DONE),
    Case("rows in another order", {"play": "reordered_rows"}, DONE, DONE),
    Case("other amount", {"play": "wrong_amount"}, ("sent", DISPUTED), ("sent", DISPUTED)),
    Case("other currency", {"play": "wrong_currency"}, ("sent", DISPUTED), ("sent", DISPUTED)),
    Case("unheard-of status", {"play": "unknown_status"}, ("sent", PART), DONE),
    Case("duplicate reference", {"play": "duplicate_reference"}, ("sent", ALL_OPEN), ("sent", ALL_OPEN), 0),
    Case("duplicate reference, executed", {"play": "duplicate_reference", "executed": True}, ("sent", ALL_OPEN), DONE),
    Case("bare list", {"play": "bare_list"}, DONE, DONE),
    # -- refused in the header
    Case("refused in the header", {"play": "header_rjct"}, REJECTED, REJECTED, 0),
    lost("refused in the header as duplicate", True, "header_rjct", code="rjct.message_id.duplicate"),
    lost("refused in the header as duplicate", False, "header_rjct", code="rjct.reference_id.duplicate"),
    *(
        lost("refused in the header with a code of its own", executed, "header_rjct", code="rjct.jwt.invalid")
        for executed in (True, False)
    ),
    # -- refusals of one payment that are none of the API's
    *(
        Case(
            f"one payment refused with {code}", {}, ("sent", OPEN), ("sent", OPEN),
            script={"outcomes": [{**REFUSED, "code": code}]},
        )
        for code in ("rjct.bank.closed", "rjct.reference_id.not_found", "rjct.reference_id.duplicate")
    ),
    # -- a payment system that refuses in its own words and pays all the same: nothing is sent again by itself
    Case("refused, yet executed", {"play": "status", "status": 400, "executed": True}, REJECTED, REJECTED),
    Case("refused in the header, yet executed", {"play": "header_rjct", "executed": True}, REJECTED, REJECTED),
    # -- absence is told with a refusal of the reference, which is no failed payment
    Case(
        "lost, and asked about where unknown references are refused",
        {"play": "reset", "executed": False},
        UNKNOWN,
        UNKNOWN,
        0,
        script={"unknown": "refused"},
    ),
    # -- no fault, but time
    Case(
        "pending, then as always",
        {},
        ("sent", ALL_OPEN),
        DONE,
        script={"outcomes": [{"result": "pending", "questions": 0, "then": {}, "payee_suffixes": ["0", "1"]},
                             {"result": "pending", "questions": 1, "then": {**REFUSED, "payee_suffixes": []}}]},
    ),
]  # fmt: skip

#: Faults of a question about a submission that was executed and whose answer was lost.
STATUS_CASES = [
    *(
        Case(name, {"play": name}, UNKNOWN, DONE, seconds=1)
        for name in ("timeout", "late", "drip_header", "drip_body")
    ),
    *(
        Case(f"reset after {after_bytes} bytes", {"play": "reset", "after_bytes": after_bytes}, UNKNOWN, DONE)
        for after_bytes in (0, 20, 200)
    ),
    *(
        Case(f"{status}, shape {shape}", {"play": "status", "status": status, "shape": shape}, UNKNOWN, DONE)
        for status in (400, 401, 404, 408, 429, 500, 503)
        for shape in (True, False)
    ),
    *(
        Case(play, {"play": play}, UNKNOWN, DONE)
        for play in (
            "redirect", "rubbish", "html", "empty", "truncated", "huge", "other_transaction", "header_rjct",
        )
    ),
    Case("missing row", {"play": "missing_rows"}, ("sent", PART), DONE),
    Case("no rows", {"play": "missing_rows", "rows": 3}, UNKNOWN, DONE),
    Case("rows of others", {"play": "extra_rows"}, DONE, DONE),
    Case("rows told twice", {"play": "duplicated_rows", "rows": 3}, DONE, DONE),
    Case("rows told in two ways", {"play": "contradictory_rows", "rows": 3}, ("sent", ALL_OPEN), DONE),
    Case("rows in another order", {"play": "reordered_rows"}, DONE, DONE),
    Case("other amount", {"play": "wrong_amount"}, ("sent", DISPUTED), ("sent", DISPUTED)),
    Case("other currency", {"play": "wrong_currency"}, ("sent", DISPUTED), ("sent", DISPUTED)),
    Case("unheard-of status", {"play": "unknown_status", "rows": 2}, ("sent", Tally(failed=1, sent=2)), DONE),
    Case("duplicate reference", {"play": "duplicate_reference"}, ("sent", ALL_OPEN), DONE),
    Case("bare list", {"play": "bare_list"}, DONE, DONE),
]  # fmt: skip


class TestTheTables(unittest.TestCase):
    def test_every_fault_of_the_simulator_is_in_the_tables(self):
        played = {case.fault.get("play") for case in SUBMIT_CASES} | {"late"}
        self.assertEqual(set(PLAYS) - played, set())
        self.assertEqual(set(PLAYS) - {case.fault.get("play") for case in STATUS_CASES}, set())


class TestG2PConnectFaults(G2PConnectCase):
    def assert_is(self, made, expected, when):
        self.assertEqual((self.states(made)[0], self.tally(made)), expected, when)

    def set_timeout(self, made, seconds):
        model, manager_id = made["manager"]
        with self.committed() as env:
            env[model].browse(manager_id).api_timeout = seconds

    def go_on(self, made):
        """Let time pass, let the sweeper ask, ask by hand, let a stray job come: nothing of it may send anything."""
        with self.assert_no_submit():
            self.move_time_on(made)
            self.sweep()
            self.ask(made)
            self.dispatch(made)

    def finish(self, made, case):
        """Ask when the fault is over, and compare the end."""
        self.play(**{"outcomes": [REFUSED], **case.script})
        self.set_timeout(made, 20)
        self.go_on(made)
        self.assert_is(made, case.end, "at the end")
        self.assertEqual(len(self.executed(made)), case.executed, "payments in the ledger")
        self.assert_promises(made)
        self.assertEqual(self.simulator.state()["violations"], [])

    # ---- the tables -------------------------------------------------------------------------------------------
    def test_every_fault_of_a_submission_ends_as_the_table_says(self):
        for case in SUBMIT_CASES:
            with self.subTest(case.name):
                made = self.make_queued_here(seconds=case.seconds)
                self.play(*([case.fault] if case.fault else []), **case.script)
                self.dispatch(made)
                self.assert_is(made, case.after, "after the fault")
                self.assert_promises(made)
                self.assertEqual(self.count_submits(), 1)
                self.finish(made, case)

    def test_every_fault_of_a_question_ends_as_the_table_says(self):
        for case in STATUS_CASES:
            with self.subTest(case.name):
                made = self.make_queued_here(seconds=20)
                self.play({"play": "reset", "executed": True}, {"on": "status", **case.fault})
                self.dispatch(made)
                self.assert_is(made, UNKNOWN, "before the question")
                self.set_timeout(made, case.seconds)
                self.ask(made)
                self.assert_is(made, case.after, "after the fault")
                self.assert_promises(made)
                self.assertEqual(self.count_submits(), 1)
                self.finish(made, case)

    # ---- what a table cannot say ------------------------------------------------------------------------------
    def test_execution_after_the_time_out_is_found_by_asking(self):
        made = self.make_queued_here(seconds=1)
        self.play({"play": "late", "seconds": 60})
        self.dispatch(made)
        self.assert_is(made, UNKNOWN, "after the time-out")
        self.set_timeout(made, 20)
        self.ask(made)
        self.assert_is(made, UNKNOWN, "not seen is no proof: it is executed later")
        self.simulator.release()
        self._wait_until(lambda: len(self.executed(made)) == 2)
        with self.assert_no_submit():
            self.ask(made)
        self.assert_is(made, DONE, "after the execution")
        self.assert_promises(made)

    def test_rows_of_others_raise_an_activity_for_finance(self):
        made = self.make_queued_here()
        self.play({"play": "extra_rows", "rows": 2})
        self.dispatch(made)
        with self.committed() as env:
            activities = env["g2p.payment.batch"].browse(made["batch"]).activity_ids
            self.assertIn(self.users["finance_one"], activities.user_id.ids)
            self.assertIn("2 rows", activities[0].summary)

    def test_wrong_token_is_refused_and_the_same_batch_goes_out_after_the_token_was_mended(self):
        made = self.make_queued_here(api_token="expired")
        self.play()
        self.dispatch(made)
        self.assert_is(made, REJECTED, "after the refusal")
        with self.committed() as env:
            env[made["manager"][0]].browse(made["manager"][1]).api_token = TOKEN
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        self.dispatch(made)
        self.assert_is(made, DONE, "sent again by a person")
        self.assert_promises(made)

    def test_refused_connection_is_tried_again_with_the_same_key_and_payload(self):
        made = self.make_queued_here()
        port, ledger = self.simulator.port, self.simulator.ledger_path
        self.simulator.stop()
        try:
            self.dispatch(made)
        finally:
            type(self).simulator = start_simulator({"outcomes": [REFUSED]}, ledger, TOKEN, port)
        self.assert_is(made, ("queued", FREE), "nothing left this machine")
        names = ("key", "payload_hash", "next_try_at")
        before = self.read("g2p.payment.submission", made["submissions"][0], *names)
        self.assertTrue(before["next_try_at"])
        self.move_time_on(made)
        self.assertIn("_job_dispatch", self.sweep(), "the sweeper brings it back")
        after = self.read("g2p.payment.submission", made["submissions"][0], *names)
        self.assertEqual((before["key"], before["payload_hash"]), (after["key"], after["payload_hash"]))
        self.assert_is(made, DONE, "the second try")
        self.assertEqual(self.count_submits(), 1)
        self.assert_promises(made)

    def test_lost_submission_is_sent_again_only_after_two_people_and_under_a_new_key(self):
        made = self.make_queued_here()
        self.play({"play": "reset", "executed": False})
        self.dispatch(made)
        first = self.read("g2p.payment.submission", made["submissions"][0], "key")["key"]
        with self.committed("finance_one") as env:
            proposal = env["g2p.payment.decision"].create(
                {
                    "submission_id": made["submissions"][0],
                    "verdict": "never_executed",
                    "reason": "Asked by telephone",
                    "evidence_reference": "T-1",
                }
            )
        self.assert_is(made, UNKNOWN, "one person is not enough")
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(proposal.id).action_confirm()
        self.assert_is(made, REJECTED, "two people")
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        self.play()
        self.dispatch(made)
        self.assertNotEqual(self.read("g2p.payment.submission", made["submissions"][0], "key")["key"], first)
        self.assert_is(made, DONE, "sent again")
        self.assert_promises(made)

    def test_job_that_runs_twice_sends_once(self):
        made = self.make_queued_here()
        self.play()
        for _time in range(2):
            with self.committed() as env:
                env["g2p.payment.submission"].browse(made["submissions"])._job_dispatch()
        self.assertEqual(self.count_submits(), 1)
        self.assert_is(made, DONE, "after both")
        self.assert_promises(made)

    def _wait_until(self, condition, seconds=30):
        ends = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), ends, "did not happen")
            time.sleep(0.02)
