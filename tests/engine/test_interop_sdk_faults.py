"""Every fault that the simulated scheme adapter can play, and what Odoo makes of it.

A batch has one payment, which is one transfer under an id of ours. Each case is one line of a table: the fault, what is
known right after it, and what is known once it is over and everybody was asked again. Here absence can be proven: the
same transfer is then sent again, once, under the same id.
"""

import unittest

from tests.simulators.interop.knobs import SchemeFault

from .interop_case import TRUE_WORDS
from .interop_faults import TOKEN_FAULTS, Case, InteropFaultsCase
from .rail_case import Tally

OPEN = Tally(sent=1)
UNKNOWN, SENT, DONE = ("unknown", OPEN), ("sent", OPEN), ("done", Tally(paid=1))
FAILED, REJECTED = ("done", Tally(failed=1)), ("rejected", Tally(issued=1))
DISPUTE = ("sent", Tally(sent=1, disputed=1))
#: The adapter stops and asks whether this is the payee; GET then says RECEIVED, or that nothing is known.
ASKS = {**TRUE_WORDS, "auto_accept_party": False, "auto_accept_quotes": False}
ASKS_UNSEEN = {**ASKS, "waiting_is": ""}


def lost(name, executed, play, seconds=20, **fault):
    """A transfer whose answer says nothing: the switch tells of it, or that it never had it; then it is sent again."""
    fault = {"play": play, "executed": executed, **fault}
    name = f"{name}, {'executed' if executed else 'not executed'}"
    return Case(name, fault, UNKNOWN, DONE, 1, submits=1 if executed else 2, seconds=seconds)


def failed(name, play, **fault):
    """The adapter itself says that it ended before there was a quote."""
    return Case(name, {"play": play, **fault}, FAILED, FAILED, 0)


def found_late(name, play, seconds=20, after=UNKNOWN, **fault):
    """A question that brings nothing; the next one does."""
    return Case(name, {"play": play, "on": "status", **fault}, after, DONE, 1, seconds=seconds)


def halted(name, executed, play, after=UNKNOWN, seconds=20, **fault):
    """A fault of the first acceptance: what was accepted goes on to the quote, where it waits for ever.

    Its transfer was never prepared. It is open, it is seen to wait, and it is never sent again by itself.
    """
    fault = {"play": play, "on": "accept", "executed": executed, **fault}
    name = f"{name}, {'executed' if executed else 'not executed'}"
    return Case(name, fault, after, SENT, 0, seconds=seconds, scheme=ASKS)


SUBMIT_CASES = [
    Case("nothing", {}, DONE, DONE, 1),
    Case("nothing, and it asks twice", {}, DONE, DONE, 1, scheme=ASKS),
    # -- no answer at all
    lost("time-out", True, "timeout", seconds=1),
    lost("time-out", False, "timeout", seconds=1),
    lost("it pays when nobody listens any more", True, "late", seconds=1),
    lost("answer's header drips", True, "drip_header", seconds=1),
    lost("answer's body drips", True, "drip_body", seconds=1),
    lost("answer's body drips", False, "drip_body", seconds=1),
    *(
        lost(f"reset after {after_bytes} bytes", executed, "reset", after_bytes=after_bytes)
        for after_bytes in (0, 20, 150)
        for executed in (True, False)
    ),
    # -- an HTTP error
    *(lost(f"{status}, shape True", True, "status", status=status) for status in (500, 503, 504)),
    *(lost(f"{status}, shape True", False, "status", status=status) for status in (502, 503, 504)),
    failed("500 in its own shape, before a quote", "status", status=500),
    *(
        lost(f"{status} of somebody else", executed, "status", status=status, shape=False)
        for status in (400, 401, 403, 404, 405, 408, 409, 425, 429, 499, 500, 502, 503, 504)
        for executed in (True, False)
    ),
    *(
        lost(f"{status} with the shape of a refusal", executed, "status", status=status)
        for status in (401, 404, 409, 429)
        for executed in (True, False)
    ),
    *(lost("redirect", executed, "redirect") for executed in (True, False)),
    lost("modified request (3106)", True, "duplicate_reference"),
    lost("modified request (3106)", False, "duplicate_reference"),
    lost("breaks off", True, "breaks_off"),
    lost("breaks off", False, "breaks_off", rows=0),
    # -- something else than an answer
    *(
        lost(play, True, play)
        for play in (
            "rubbish", "html", "empty", "truncated", "huge", "bare_list", "error_200", "other_transaction",
            "missing_rows", "extra_rows", "duplicated_rows",
        )
    ),
    *(lost(play, False, play) for play in ("html", "empty", "truncated", "error_200")),
    # -- refused by its schema, before the payee was looked up
    Case("refused", {"play": "header_rjct"}, REJECTED, REJECTED, 0),
    # -- what stands in the answer
    Case("in another order", {"play": "reordered_rows"}, DONE, DONE, 1),
    Case("other amount", {"play": "wrong_amount"}, DISPUTE, DISPUTE, 1),
    Case("other amount received", {"play": "credited_amount"}, DISPUTE, DISPUTE, 1),
    Case("other currency", {"play": "wrong_currency"}, DISPUTE, DISPUTE, 1),
    Case("unheard-of state", {"play": "unknown_status"}, SENT, DONE, 1),
]  # fmt: skip

#: Faults of a question about a transfer that was committed and whose answer was lost.
QUESTION_CASES = [
    *(found_late(play, play, seconds=1) for play in ("timeout", "late", "drip_header", "drip_body")),
    *(found_late(f"reset after {count} bytes", "reset", after_bytes=count) for count in (0, 20, 150)),
    *(
        found_late(f"{status}, shape {shape}", "status", status=status, shape=shape)
        for status in (400, 401, 403, 404, 429, 500, 503, 504)
        for shape in (True, False)
    ),
    *(
        found_late(play, play)
        for play in (
            "redirect", "rubbish", "html", "empty", "truncated", "huge", "bare_list", "header_rjct", "error_200",
            "other_transaction", "missing_rows", "extra_rows", "duplicated_rows", "duplicate_reference",
        )
    ),
    found_late("unheard-of state", "unknown_status", after=SENT),
    Case("in another order", {"play": "reordered_rows", "on": "status"}, DONE, DONE, 1),
    Case("other amount", {"play": "wrong_amount", "on": "status"}, DISPUTE, DISPUTE, 1),
    Case("other amount received", {"play": "credited_amount", "on": "status"}, DISPUTE, DISPUTE, 1),
    Case("other currency", {"play": "wrong_currency", "on": "status"}, DISPUTE, DISPUTE, 1),
]  # fmt: skip

#: Faults of the acceptance of a payee. The switch then says RECEIVED of a transfer that waits.
ACCEPT_CASES = [
    *(
        halted(play, executed, play, seconds=1)
        for play in ("timeout", "drip_body")
        for executed in (True, False)
    ),
    *(halted(play, executed, play) for play in ("reset", "redirect", "html", "empty") for executed in (True, False)),
    *(
        halted(f"{status}, shape {shape}", False, "status", status=status, shape=shape)
        for status in (400, 404, 500, 503, 504)
        for shape in (True, False)
    ),
    halted("refused", False, "header_rjct"),
    # Where the switch knows nothing of it, that is proof in the end, and it starts anew under the same id.
    Case(
        "no answer, and nothing known",
        {"play": "reset", "on": "accept", "executed": False},
        UNKNOWN,
        DONE,
        1,
        submits=2,
        scheme=ASKS_UNSEEN,
    ),
]  # fmt: skip


class TestTheTables(unittest.TestCase):
    def test_every_fault_of_the_simulator_is_in_the_tables(self):
        played = {case.fault.get("play") for case in (*SUBMIT_CASES, *QUESTION_CASES, *ACCEPT_CASES)}
        # A switch that says ABORTED of what it has committed is believed: see the test of that name.
        self.assertEqual(set(SchemeFault.plays) - played, {"contradictory_rows"})


class TestInteropSDKFaults(InteropFaultsCase):
    mode = "sdk"

    def test_every_fault_of_a_transfer_ends_as_the_table_says(self):
        self.fail_submit(SUBMIT_CASES)

    def test_every_fault_of_a_question_ends_as_the_table_says(self):
        self.fail_question(QUESTION_CASES, UNKNOWN)

    def test_every_fault_of_an_acceptance_ends_as_the_table_says(self):
        self.fail_submit(ACCEPT_CASES)

    def test_every_fault_of_a_token_sends_nothing_and_is_tried_again(self):
        self.fail_token(TOKEN_FAULTS, DONE)

    def test_switch_that_says_aborted_of_what_it_committed_is_believed_once(self):
        """Its own word for "no money moved" is all there is; the payment is failed, and nothing is sent by itself."""
        made = self.make_queued_here()
        self.play({"play": "contradictory_rows"})
        self.dispatch(made)
        self.assert_is(made, FAILED)
        self.play()
        self.go_on(made)
        self.assert_is(made, FAILED)
        self.assertEqual((self.count_submits(), len(self.ledger(made))), (0, 1))
