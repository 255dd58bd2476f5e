"""Every fault that the simulated bridge can play when an envelope is amended or cancelled, and what Odoo makes of it.

Neither moves money, and both say the same when they are said twice: what nobody answered is sent again.
"""

import unittest

from .g2p_bridge_faults import BridgeFaultsCase, Case, plays_on, silent
from .rail_case import Tally

# ---- an amendment: the first request was refused and given up, the second is in it
PART, PAID = Tally(sent=1, issued=2), Tally(paid=1, issued=2)
AMENDING, NOT_AMENDED = ("sent cancelled sent unknown", PART), ("sent cancelled sent rejected", PART)
AMENDED = ("done cancelled done done", PAID)
TOLD = {"executed": 0, "told": "did not let the envelope be amended"}
AGAIN = {"end": AMENDED, "executed": 1, "calls": 2}

AMEND_CASES = [
    Case("nothing", {}, ("sent cancelled sent done", PART), AMENDED, 1),
    *silent(True, AMENDING, {True: AGAIN, False: AGAIN}),
    Case("another envelope", {"play": "other_transaction"}, AMENDING, **AGAIN),
    Case("other amount", {"play": "wrong_amount"}, ("sent cancelled sent done", PART), AMENDED, 1),
    *(
        Case(f"refused: {code}", {"play": "header_rjct", "code": code}, NOT_AMENDED, NOT_AMENDED, **TOLD)
        for code in ("INVALID_NO_OF_DISBURSEMENTS", "DISBURSEMENT_ENVELOPE_NOT_FOUND", "SOMETHING_NEW")
    ),
    *(
        Case(f"refused: HTTP {status}", {"play": "status", "status": status}, NOT_AMENDED, NOT_AMENDED, **TOLD)
        for status in (400, 404, 405)
    ),
    Case(
        "refused, yet amended", {"play": "header_rjct", "executed": True}, NOT_AMENDED,
        ("done cancelled done rejected", PAID), 1,
    ),
]  # fmt: skip

# ---- a cancellation: everything in it was given up
FREE = Tally(issued=3)
CANCELLING, CANCELLED = ("done cancelled cancelled unknown", FREE), ("done cancelled cancelled done", FREE)
KEPT = ("done cancelled cancelled rejected", FREE)
CANCEL_AGAIN = {"end": CANCELLED, "calls": 2}
TOLD_CANCELLATION = {"executed": 0, "told": "did not let the envelope be cancelled"}

CANCEL_CASES = [
    Case("nothing", {}, CANCELLED, CANCELLED, 0),
    *silent(True, CANCELLING, {True: CANCEL_AGAIN, False: CANCEL_AGAIN}, executed=0),
    Case("another envelope", {"play": "other_transaction"}, CANCELLING, executed=0, **CANCEL_AGAIN),
    Case(
        "cancelled already",
        {"play": "header_rjct", "code": "DISBURSEMENT_ENVELOPE_ALREADY_CANCELED"}, CANCELLED, CANCELLED, 0,
    ),
    *(
        Case(f"refused: {code}", {"play": "header_rjct", "code": code}, KEPT, KEPT, **TOLD_CANCELLATION)
        for code in ("DISBURSEMENT_ENVELOPE_NOT_FOUND", "SOMETHING_NEW")
    ),
    Case("refused: HTTP 400", {"play": "status", "status": 400}, KEPT, KEPT, **TOLD_CANCELLATION),
]  # fmt: skip


class TestTheTables(unittest.TestCase):
    def test_every_fault_of_the_simulator_is_in_the_tables(self):
        for kind, cases in (("amend", AMEND_CASES), ("cancel", CANCEL_CASES)):
            with self.subTest(kind):
                self.assertEqual(plays_on(kind) - {case.fault.get("play") for case in cases}, set())


class TestBridgeStepFaults(BridgeFaultsCase):
    days = 2

    def test_every_fault_of_an_amendment_ends_as_the_table_says(self):
        self.fail("amend", AMEND_CASES, self.prepare_shrunk)

    def test_every_fault_of_a_cancellation_ends_as_the_table_says(self):
        self.fail("cancel", CANCEL_CASES, self.prepare_emptied)
