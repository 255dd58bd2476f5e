"""Every fault that the simulated bridge can play when something is sent to it, and what Odoo makes of it.

A batch is an envelope, a request of two payments and a request of one. Each case is one line of a table: the fault,
what is known right after it, and what is known once it is over, everybody was asked again and the day has come. What
was not taken is sent again once the envelope's own counts have proven it; what was taken and not answered is never.
"""

import unittest

from .g2p_bridge_faults import DONE3, IDS_LOST, SENT3, UNKNOWN, BridgeFaultsCase, Case, plays_on, silent
from .rail_case import Tally

FREE = Tally(issued=3)

# ---- the envelope: one that nobody was told of harms nobody, so another is opened
ENVELOPE_UNKNOWN, ENVELOPE_REFUSED = ("unknown queued queued", FREE), ("rejected queued queued", FREE)
#: Opened under an id that nobody knows: nothing is taken into it.
ENVELOPE_STRANGE = ("sent queued queued", FREE)
AGAIN = {"end": DONE3, "calls": 2}

ENVELOPE_CASES = [
    Case("nothing", {}, SENT3, DONE3),
    *silent(True, ENVELOPE_UNKNOWN, {True: AGAIN, False: AGAIN}),
    *(
        Case(f"{play}, {word}", {"play": play, "executed": word == "executed"}, ENVELOPE_UNKNOWN, **AGAIN)
        for play in ("null_ids", "wrong_amount", "wrong_currency")
        for word in ("executed", "not executed")
    ),
    *(
        Case(f"refused: {code}", {"play": "header_rjct", "code": code}, ENVELOPE_REFUSED, ENVELOPE_REFUSED, 0)
        for code in ("INVALID_PROGRAM_MNEMONIC", "INVALID_DISBURSEMENT_SCHEDULE_DATE", "SOMETHING_NEW")
    ),
    *(
        Case(f"refused: HTTP {status}", {"play": "status", "status": status}, ENVELOPE_REFUSED, ENVELOPE_REFUSED, 0)
        for status in (400, 404, 405)
    ),
    Case("refused, yet made", {"play": "header_rjct", "executed": True}, ENVELOPE_REFUSED, ENVELOPE_REFUSED, 0),
    *(
        Case(
            f"opened under {words}", {"play": play}, ENVELOPE_STRANGE, ENVELOPE_STRANGE, 0,
            told="does not know an envelope any more that it gave an id",
        )
        for play, words in (("other_ids", "an id of nobody"), ("other_transaction", "the id of another"))
    ),
]  # fmt: skip

# ---- a request: the counts of the envelope tell whether it is in it
REFUSED = ("sent rejected queued", FREE)
TAKEN = {"end": IDS_LOST, "calls": 2, "told": "their ids were lost"}
NEVER_HAD = {"end": DONE3, "calls": 3}
PART = ("sent sent done", Tally(paid=2, sent=1))
FULL = ("NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED", "TOTAL_DISBURSEMENT_AMOUNT_EXCEEDS_DECLARED")

DISBURSEMENT_CASES = [
    Case("nothing", {}, SENT3, DONE3, calls=2),
    *silent(False, UNKNOWN, {True: TAKEN, False: NEVER_HAD}),
    *(
        Case(f"{name}, {'executed' if executed else 'not executed'}", {**fault, "executed": executed}, UNKNOWN, **end)
        for name, fault in (
            ("ids that are null", {"play": "null_ids"}),
            ("no rows", {"play": "missing_rows", "rows": 2}),
            ("rows of another's", {"play": "extra_rows"}),
            ("another envelope", {"play": "other_transaction"}),
            *((f"full: {code}", {"play": "header_rjct", "code": code}) for code in FULL),
            ("refused with a code of its own", {"play": "header_rjct", "code": "SOMETHING_NEW"}),
            ("400 with another code", {"play": "status", "status": 400, "code": "G2P-REQ-100"}),
        )
        for executed, end in ((True, TAKEN), (False, NEVER_HAD))
    ),
    *(
        Case(f"refused: {code}", {"play": "header_rjct", "code": code}, REFUSED, REFUSED, 0)
        for code in (
            "INVALID_DISBURSEMENT_PAYLOAD", "MULTIPLE_ENVELOPES_FOUND", "DISBURSEMENT_ENVELOPE_NOT_FOUND",
            "DISBURSEMENT_ENVELOPE_ALREADY_CANCELED",
        )
    ),
    *(
        Case(f"refused: HTTP {status}", {"play": "status", "status": status}, REFUSED, REFUSED, 0)
        for status in (400, 404, 405)
    ),
    # -- a bridge that refuses in its own words and takes it all the same: nothing is sent again by itself
    Case("refused, yet taken", {"play": "header_rjct", "executed": True}, REFUSED, REFUSED, 0),
    Case("400, yet taken", {"play": "status", "status": 400, "executed": True}, REFUSED, REFUSED, 0),
    # -- an answer with something wrong in it
    Case("missing row", {"play": "missing_rows"}, SENT3, PART, calls=2, told="their ids were lost"),
    Case("rows told twice", {"play": "duplicated_rows", "rows": 2}, SENT3, DONE3, calls=2),
    Case(
        "rows told in two ways", {"play": "contradictory_rows"}, SENT3, PART, calls=2, told="their ids were lost"
    ),
    Case("rows in another order", {"play": "reordered_rows"}, SENT3, DONE3, calls=2),
    Case("other amount", {"play": "wrong_amount"}, SENT3, DONE3, calls=2, told="something else than was sent"),
    Case("an id of nobody", {"play": "other_ids"}, SENT3, PART, calls=2),
]  # fmt: skip


class TestTheTables(unittest.TestCase):
    def test_every_fault_of_the_simulator_is_in_the_tables(self):
        for kind, cases in (("envelope", ENVELOPE_CASES), ("disbursements", DISBURSEMENT_CASES)):
            with self.subTest(kind):
                self.assertEqual(plays_on(kind) - {case.fault.get("play") for case in cases}, set())


class TestBridgeFaults(BridgeFaultsCase):
    def test_every_fault_of_an_envelope_ends_as_the_table_says(self):
        self.fail("envelope", ENVELOPE_CASES)

    def test_every_fault_of_a_request_ends_as_the_table_says(self):
        self.fail("disbursements", DISBURSEMENT_CASES)
