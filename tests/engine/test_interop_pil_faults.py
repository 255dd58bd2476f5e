"""Every fault that the simulated layer can play, and what Odoo makes of it.

A batch has three payments: the layer pays two and rejects the third, as its contract says. Each case is one line of a
table: the fault, what is known right after it, and what is known once it is over and everybody was asked again. Nothing
of the layer ever proves that it had nothing, so nothing is ever sent twice.
"""

import unittest

from tests.simulators.interop.knobs import SchemeFault

from .interop_faults import TOKEN_FAULTS, Case, InteropFaultsCase
from .rail_case import Tally

ALL_OPEN = Tally(sent=3)
SETTLED = Tally(paid=2, failed=1)
FREE = Tally(issued=3)
UNKNOWN, DONE = ("unknown", ALL_OPEN), ("done", SETTLED)
REJECTED = ("rejected", FREE)
PART = ("sent", Tally(paid=1, failed=1, sent=1))
DISPUTE = ("sent", Tally(paid=1, failed=1, sent=1, disputed=1))
#: The layer as it was seen: what was not paid is said to be ABORTED, which proves nothing.
TO_CONFIRM = ("sent", Tally(paid=2, sent=1))
REAL_WORDS = {"aborted_for_everything": True, "completed_over_everything": True}


def lost(name, executed, play, seconds=20, **fault):
    """A submission whose answer says nothing: found under its id when it was executed, else never."""
    fault = {"play": play, "executed": executed, **fault}
    name = f"{name}, {'executed' if executed else 'not executed'}"
    return Case(name, fault, UNKNOWN, DONE if executed else UNKNOWN, 2 * executed, seconds=seconds)


def found_late(name, play, seconds=20, **fault):
    """A question that brings nothing; the next one does."""
    return Case(name, {"play": play, "on": "status", **fault}, UNKNOWN, DONE, 2, seconds=seconds)


SUBMIT_CASES = [
    Case("nothing", {}, DONE, DONE, 2),
    Case("nothing, as it was seen", {}, TO_CONFIRM, TO_CONFIRM, 2, scheme=REAL_WORDS),
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
    *(
        lost(f"{status}, shape {shape}", executed, "status", status=status, shape=shape)
        for status in (500, 503)
        for shape in (True, False)
        for executed in (True, False)
    ),
    *(
        lost(f"{status} of somebody else", executed, "status", status=status, shape=False)
        for status in (400, 401, 403, 404, 405, 408, 409, 425, 429, 499, 502, 504)
        for executed in (True, False)
    ),
    lost("404 with the code of a broken request", False, "status", status=404),
    lost("body that it calls too large", False, "status", status=500, code="2001"),
    lost("modified request", True, "status", status=400, code="3106"),
    *(lost("redirect", executed, "redirect") for executed in (True, False)),
    # It dies after the first line and keeps no result: one is paid, and nobody can say so.
    Case("breaks off", {"play": "breaks_off", "rows": 1}, UNKNOWN, UNKNOWN, 1),
    # -- something else than an answer
    *(
        lost(play, True, play)
        for play in (
            "rubbish", "html", "empty", "truncated", "huge", "bare_list", "error_200", "other_transaction",
        )
    ),
    *(lost(play, False, play) for play in ("html", "empty", "truncated", "error_200")),
    # -- refused in the layer's own words, before the first line
    *(
        Case(f"refused: {code}", {"play": "header_rjct", "code": code}, REJECTED, REJECTED, 0)
        for code in ("3100", "3102", "3000")
    ),
    Case(
        "refused: path", {"play": "status", "status": 404, "code": "3002"}, REJECTED, REJECTED, 0
    ),
    Case("refused: method", {"play": "status", "status": 405}, REJECTED, REJECTED, 0),
    # -- rows of an answer
    Case("missing row", {"play": "missing_rows"}, PART, DONE, 2),
    Case("no rows", {"play": "missing_rows", "rows": 3}, ("sent", ALL_OPEN), DONE, 2),
    Case("rows of others", {"play": "extra_rows", "rows": 2}, DONE, DONE, 2),
    Case("rows told twice", {"play": "duplicated_rows", "rows": 3}, DONE, DONE, 2),
    Case("rows told in two ways", {"play": "contradictory_rows"}, DISPUTE, DISPUTE, 2),
    Case("rows in another order", {"play": "reordered_rows"}, DONE, DONE, 2),
    Case("other amount", {"play": "wrong_amount"}, DISPUTE, DISPUTE, 2),
    Case("other amount credited", {"play": "credited_amount"}, DISPUTE, DISPUTE, 2),
    Case("other currency", {"play": "wrong_currency"}, DISPUTE, DISPUTE, 2),
    Case("unheard-of status", {"play": "unknown_status"}, PART, DONE, 2),
    # A duplicate means that an earlier one exists: it fails nobody.
    *(
        Case(
            f"all rejected as duplicates, {'executed' if executed else 'not executed'}",
            {"play": "duplicate_reference", "executed": executed},
            ("sent", ALL_OPEN),
            DONE if executed else ("sent", ALL_OPEN),
            2 * executed,
        )
        for executed in (True, False)
    ),
]  # fmt: skip

#: Faults of a question about a disbursement that was paid and whose answer was lost.
QUESTION_CASES = [
    *(found_late(play, play, seconds=1) for play in ("timeout", "late", "drip_header", "drip_body")),
    *(found_late(f"reset after {count} bytes", "reset", after_bytes=count) for count in (0, 20, 150)),
    *(
        found_late(f"{status}, shape {shape}", "status", status=status, shape=shape)
        for status in (400, 401, 403, 404, 429, 500, 503)
        for shape in (True, False)
    ),
    *(
        found_late(play, play)
        for play in (
            "redirect", "rubbish", "html", "empty", "truncated", "huge", "bare_list", "header_rjct", "error_200",
            "other_transaction",
        )
    ),
    Case("missing row", {"play": "missing_rows", "on": "status"}, PART, DONE, 2),
    Case("no rows", {"play": "missing_rows", "on": "status", "rows": 3}, ("sent", ALL_OPEN), DONE, 2),
    Case("rows of others", {"play": "extra_rows", "on": "status", "rows": 2}, DONE, DONE, 2),
    Case("rows told twice", {"play": "duplicated_rows", "on": "status", "rows": 3}, DONE, DONE, 2),
    Case("rows told in two ways", {"play": "contradictory_rows", "on": "status"}, DISPUTE, DISPUTE, 2),
    Case("rows in another order", {"play": "reordered_rows", "on": "status"}, DONE, DONE, 2),
    Case("other amount", {"play": "wrong_amount", "on": "status"}, DISPUTE, DISPUTE, 2),
    Case("other amount credited", {"play": "credited_amount", "on": "status"}, DISPUTE, DISPUTE, 2),
    Case("other currency", {"play": "wrong_currency", "on": "status"}, DISPUTE, DISPUTE, 2),
    Case("unheard-of status", {"play": "unknown_status", "on": "status"}, PART, DONE, 2),
]  # fmt: skip


class TestTheTables(unittest.TestCase):
    def test_every_fault_of_the_simulator_is_in_the_tables(self):
        played = {case.fault.get("play") for case in (*SUBMIT_CASES, *QUESTION_CASES)}
        self.assertEqual(set(SchemeFault.plays) - played, set())


class TestInteropPILFaults(InteropFaultsCase):
    def test_every_fault_of_a_submission_ends_as_the_table_says(self):
        self.fail_submit(SUBMIT_CASES)

    def test_every_fault_of_a_question_ends_as_the_table_says(self):
        self.fail_question(QUESTION_CASES, UNKNOWN)

    def test_every_fault_of_a_token_sends_nothing_and_is_tried_again(self):
        self.fail_token(TOKEN_FAULTS, DONE)
