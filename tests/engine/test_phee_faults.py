"""Every fault that the simulated hub can play, and what Odoo makes of it.

A batch has three payments: the hub pays two and refuses the third. Each case is one line of a table: the fault, what
is known right after it, and what is known once it is over and everybody was asked again.
"""

import unittest
from dataclasses import dataclass, field

from tests.simulators.phee.knobs import HubFault

from .phee_case import REFUSED, PHEECase
from .rail_case import Tally

ALL_OPEN = Tally(sent=3)
SETTLED = Tally(paid=2, failed=1)
FREE = Tally(issued=3)
PART = Tally(paid=1, failed=1, sent=1)
UNKNOWN, SENT, DONE = ("unknown", ALL_OPEN), ("sent", ALL_OPEN), ("done", SETTLED)
REJECTED = ("rejected", FREE)
DISPUTE = ("sent", Tally(paid=1, failed=1, sent=1, disputed=1))


@dataclass(frozen=True)
class Case:
    """One fault.

    :param name: for the report
    :param fault: as the simulator's script wants it
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


def lost(name, executed, play, seconds=20, **fault):
    """A submission whose answer says nothing: found by its correlation id when it was executed, else never."""
    fault = {"play": play, "executed": executed, **fault}
    name = f"{name}, {'executed' if executed else 'not executed'}"
    return Case(name, fault, UNKNOWN, DONE if executed else UNKNOWN, 2 * executed, seconds)


def found_late(name, play, on, after=SENT, seconds=20, **fault):
    """A question that brings nothing; the next one does."""
    return Case(name, {"play": play, "on": on, **fault}, after, DONE, seconds=seconds)


SUBMIT_CASES = [
    Case("nothing", {}, SENT, DONE),
    # -- no answer at all
    lost("time-out", True, "timeout", seconds=1),
    lost("time-out", False, "timeout", seconds=1),
    lost("answer's header drips", True, "drip_header", seconds=1),
    lost("answer's body drips", True, "drip_body", seconds=1),
    lost("answer's body drips", False, "drip_body", seconds=1),
    *(
        lost(f"reset after {after_bytes} bytes", executed, "reset", after_bytes=after_bytes)
        for after_bytes in (0, 20, 150)
        for executed in (True, False)
    ),
    # -- an HTTP error
    *(
        lost(f"{status}, shape {shape}", executed, "status", status=status, shape=shape)
        for status in (500, 503)
        for shape in (True, False)
        for executed in (True, False)
    ),
    *(
        lost(f"{status} of somebody else", executed, "status", status=status, shape=False)
        for status in (400, 401, 403, 404, 408, 409, 412, 429, 502, 504)
        for executed in (True, False)
    ),
    lost("400 with the mapper's shape", False, "status", status=400),
    lost("412 with another text", True, "status", status=412, code="Process definition may exist"),
    *(lost("redirect", executed, "redirect") for executed in (True, False)),
    # -- something else than an answer
    *(lost(play, True, play) for play in ("rubbish", "html", "empty", "truncated", "huge", "bare_list", "error_200")),
    *(lost(play, False, play) for play in ("html", "empty", "truncated", "error_200")),
    # -- refused in the hub's own words, before anything was started
    *(
        Case(f"refused: {code}", {"play": "header_rjct", "code": code}, REJECTED, REJECTED, 0)
        for code in ("header_rules", "extension", "too_big", "structure", "jws", "no_workflow")
    ),
    lost("a header is missing", False, "header_rjct", code="missing_header"),
    # -- a hub that refuses in its own words and pays all the same: nothing is sent again by itself
    Case("refused, yet executed", {"play": "header_rjct", "executed": True}, REJECTED, REJECTED),
    # -- accepted, and never started
    Case("dead engine", {"play": "dead_engine"}, SENT, SENT, 0),
    # -- accepted under another batch's id: asked about for ever, by nobody sent again
    Case("another batch's id", {"play": "other_transaction"}, SENT, SENT),
]  # fmt: skip

#: Answers that the hub did not sign, where its certificate is known.
SIGNED_CASES = [
    Case("nothing", {}, SENT, DONE),
    lost("signature of nobody", True, "wrong_signature"),
    lost("no signature", True, "no_signature"),
    lost("no signature", False, "no_signature"),
    lost("refused without a signature", False, "header_rjct", code="structure"),
]

#: Faults of a question about a batch that the hub has accepted.
QUESTION_CASES = [
    *(
        found_late(f"{on}: {play}", play, on, seconds=1)
        for on in ("status", "detail")
        for play in ("timeout", "late", "drip_header", "drip_body")
    ),
    *(
        found_late(f"{on}: reset after {after_bytes} bytes", "reset", on, after_bytes=after_bytes)
        for on in ("status", "detail")
        for after_bytes in (0, 20, 150)
    ),
    *(
        found_late(f"{on}: {status}, shape {shape}", "status", on, status=status, shape=shape)
        for on in ("status", "detail")
        for status in (400, 401, 403, 404, 429, 500, 503)
        for shape in (True, False)
    ),
    *(
        found_late(f"{on}: {play}", play, on)
        for on in ("status", "detail")
        for play in ("redirect", "rubbish", "html", "empty", "truncated", "huge", "bare_list", "header_rjct")
    ),
    found_late("another batch's summary", "other_transaction", "status"),
    # The id of a row's batch is a part of ours, and says nothing.
    Case("rows of another batch id", {"play": "other_transaction", "on": "detail"}, DONE, DONE),
    # -- rows
    Case("missing row", {"play": "missing_rows", "on": "detail"}, ("sent", PART), DONE),
    Case("no rows", {"play": "missing_rows", "on": "detail", "rows": 3}, SENT, DONE),
    Case("rows of others", {"play": "extra_rows", "on": "detail", "rows": 2}, DONE, DONE),
    Case("rows told twice", {"play": "duplicated_rows", "on": "detail", "rows": 3}, DONE, DONE),
    Case("rows told in two ways", {"play": "contradictory_rows", "on": "detail"}, DISPUTE, DISPUTE),
    Case("rows in another order", {"play": "reordered_rows", "on": "detail"}, DONE, DONE),
    Case("other amount", {"play": "wrong_amount", "on": "detail"}, DISPUTE, DISPUTE),
    Case("other currency", {"play": "wrong_currency", "on": "detail"}, DISPUTE, DISPUTE),
    Case("unheard-of status", {"play": "unknown_status", "on": "detail"}, ("sent", PART), DONE),
    Case("duplicates", {"play": "duplicate_reference", "on": "detail"}, SENT, DONE),
]  # fmt: skip

#: Faults of the search for a batch that was executed and whose answer was lost.
SEARCH_CASES = [
    *(
        found_late(play, play, "list", UNKNOWN, seconds=1)
        for play in ("timeout", "late", "drip_header", "drip_body")
    ),
    *(
        found_late(play, play, "list", UNKNOWN)
        for play in ("redirect", "rubbish", "html", "empty", "truncated", "huge", "header_rjct")
    ),
    *(
        found_late(f"{status}, shape {shape}", "status", "list", UNKNOWN, status=status, shape=shape)
        for status in (401, 404, 500)
        for shape in (True, False)
    ),
    found_late("reset", "reset", "list", UNKNOWN, after_bytes=20),
    found_late("a list without its count", "bare_list", "list", UNKNOWN),
]

#: Faults of the token, where the payment host wants one: without it, nothing is sent, and it is tried again.
TOKEN_CASES = [
    *(
        {"play": play, "on": "token"}
        for play in ("timeout", "reset", "redirect", "rubbish", "html", "empty", "truncated", "header_rjct")
    ),
    {"play": "status", "on": "token", "status": 401},
    {"play": "status", "on": "token", "status": 500, "shape": False},
]


class TestTheTables(unittest.TestCase):
    def test_every_fault_of_the_simulator_is_in_the_tables(self):
        every = (*SUBMIT_CASES, *SIGNED_CASES, *QUESTION_CASES, *SEARCH_CASES)
        played = {case.fault.get("play") for case in every}
        self.assertEqual(set(HubFault.plays) - played, set())


class TestPHEEFaults(PHEECase):
    def assert_is(self, made, expected, when):
        self.assertEqual((self.states(made)[0], self.tally(made)), expected, when)

    def set_timeout(self, made, seconds):
        model, manager_id = made["manager"]
        with self.committed() as env:
            env[model].browse(manager_id).batch_request_timeout = seconds

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

    def fail_submit(self, cases, **manager):
        for case in cases:
            with self.subTest(case.name):
                made = self.make_queued_here(seconds=case.seconds, **manager)
                self.play(*([case.fault] if case.fault else []), **case.script)
                self.dispatch(made)
                self.assert_is(made, case.after, "after the fault")
                self.assert_promises(made)
                self.assertEqual(self.count_submits(), 1)
                self.finish(made, case)

    def fail_question(self, cases, lose_answer=False):
        for case in cases:
            with self.subTest(case.name):
                made = self.make_queued_here()
                lost_answer = [{"play": "reset", "executed": True}] if lose_answer else []
                self.play(*lost_answer, case.fault)
                self.dispatch(made)
                self.assert_is(made, UNKNOWN if lose_answer else SENT, "before the question")
                self.set_timeout(made, case.seconds)
                self.ask(made)
                self.assert_is(made, case.after, "after the fault")
                self.assert_promises(made)
                self.assertEqual(self.count_submits(), 1)
                self.finish(made, case)

    # ---- the tables -------------------------------------------------------------------------------------------
    def test_every_fault_of_a_submission_ends_as_the_table_says(self):
        self.fail_submit(SUBMIT_CASES)

    def test_every_fault_of_a_signature_ends_as_the_table_says(self):
        self.fail_submit(SIGNED_CASES, hub_certificate=self.simulator.keys.server_certificate)

    def test_every_fault_of_a_question_ends_as_the_table_says(self):
        self.fail_question(QUESTION_CASES)

    def test_every_fault_of_a_search_ends_as_the_table_says(self):
        self.fail_question(SEARCH_CASES, lose_answer=True)

    def test_every_fault_of_a_token_sends_nothing_and_is_tried_again(self):
        for fault in TOKEN_CASES:
            with self.subTest(str(fault)):
                made = self.make_queued_here(
                    seconds=1,
                    payment_auth="hub",
                    auth_endpoint_url=self.simulator.auth_url,
                    username=self.simulator.username,
                    password=self.simulator.password,
                    authorization=self.simulator.authorization,
                )
                self.simulator.expire_tokens()
                self.forget_tokens()
                self.play(fault)
                self.dispatch(made)
                self.assert_is(made, ("queued", FREE), "nothing left this machine")
                self.assertEqual(self.count_submits(), 0)
                self.play()
                self.set_timeout(made, 20)
                self.move_time_on(made)
                self.assertIn("_job_dispatch", self.sweep())
                self.ask(made)
                self.assert_is(made, DONE, "at the end")
                self.assertEqual(self.count_submits(), 1)
                self.assert_promises(made)
