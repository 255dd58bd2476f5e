"""Every fault that the simulated bridge can play when it is asked, and what Odoo makes of it.

It is asked for bank statements by its own ids of payments, and for what an envelope has taken, where ids were lost or
an envelope is looked after. That something is not in an envelope leads to sending again; so nothing but both counts
as they were before, told twice, may say so.
"""

import unittest

from .g2p_bridge_faults import DONE3, IDS_LOST, SENT3, UNKNOWN, BridgeFaultsCase, Case, plays_on, silent
from .rail_case import Tally

# ---- bank statements: the first question is about the first request, the second about the other
HALF, PART = ("sent sent done", Tally(paid=1, sent=2)), ("sent sent done", Tally(paid=2, sent=1))
SETTLED = {True: {"end": DONE3}}
STATUS_CASES = [
    Case("nothing", {}, DONE3, DONE3),
    *silent(True, HALF, SETTLED),
    Case("refused", {"play": "header_rjct"}, HALF, DONE3),
    Case("missing row", {"play": "missing_rows"}, PART, DONE3),
    Case("no rows", {"play": "missing_rows", "rows": 2}, HALF, DONE3),
    Case("rows of others", {"play": "extra_rows", "rows": 2}, DONE3, DONE3),
    Case("rows told twice", {"play": "duplicated_rows", "rows": 2}, DONE3, DONE3),
    Case("rows told in two ways", {"play": "contradictory_rows"}, PART, DONE3),
    Case("rows in another order", {"play": "reordered_rows"}, DONE3, DONE3),
    Case("an id of nobody", {"play": "other_ids"}, PART, DONE3),
    Case("statement of another envelope", {"play": "other_transaction"}, PART, DONE3),
]

# ---- an envelope that is looked after: whatever is said of it, its payments tell for themselves
WATCH_CASES = [
    Case("nothing", {}, SENT3, DONE3),
    *silent(True, SENT3, SETTLED),
    Case("refused", {"play": "header_rjct"}, SENT3, DONE3),
    Case(
        "refused as unknown", {"play": "header_rjct", "code": "DISBURSEMENT_ENVELOPE_NOT_FOUND"}, SENT3, DONE3,
        told="does not know an envelope any more",
    ),
    Case("another envelope", {"play": "other_transaction"}, SENT3, DONE3),
    Case("counts of before", {"play": "counts_unchanged"}, SENT3, DONE3),
    Case("counts of more", {"play": "counts_risen"}, SENT3, DONE3),
]  # fmt: skip

# ---- a request without an answer that was taken. The envelope was looked into before the request; it is asked about
# first, then its counts for the request
FOUND = ("sent sent queued", Tally(sent=2, issued=1))
TAKEN_CASES = [
    Case("nothing", {}, FOUND, IDS_LOST),
    *silent(True, UNKNOWN, {True: {"end": IDS_LOST}}),
    Case("refused", {"play": "header_rjct"}, UNKNOWN, IDS_LOST),
    Case("refused as unknown", {"play": "header_rjct", "code": "DISBURSEMENT_ENVELOPE_NOT_FOUND"}, UNKNOWN, IDS_LOST),
    Case("another envelope", {"play": "other_transaction"}, UNKNOWN, IDS_LOST),
    # Said once it is no proof.
    Case("counts of before", {"play": "counts_unchanged"}, UNKNOWN, IDS_LOST),
    Case("counts of more", {"play": "counts_risen"}, FOUND, IDS_LOST),
]  # fmt: skip

# ---- a request without an answer that was not taken
NEVER_HAD_CASES = [
    Case("nothing", {}, UNKNOWN, DONE3),
    *silent(True, UNKNOWN, SETTLED),
    Case("refused", {"play": "header_rjct"}, UNKNOWN, DONE3),
    Case("refused as unknown", {"play": "header_rjct", "code": "DISBURSEMENT_ENVELOPE_NOT_FOUND"}, UNKNOWN, DONE3),
    Case("another envelope", {"play": "other_transaction"}, UNKNOWN, DONE3),
    Case("counts of before", {"play": "counts_unchanged"}, UNKNOWN, DONE3),
    Case("counts between", {"play": "counts_risen", "rows": 1, "amount": "100"}, UNKNOWN, DONE3),
]  # fmt: skip

#: Somebody else's disbursements in our envelope, for ever: (rows, amount) beside the request's own (2, 200), which was
#: never taken. Where they may be ours it is said to be there, and people look; it is never sent again. Where they
#: cannot be ours alone, nothing more is put in.
OTHERS = (
    *((1, "100"), (1, "200"), (1, "900"), (2, "100"), (2, "199"), (5, "5"), (5, "199")),
    *((2, "200"), (3, "300"), (2, "900"), (9, "200")),
)

# ---- an envelope without an answer: it is asked for one that there cannot be
NO_ENVELOPE = ("unknown queued queued", Tally(issued=3))
ABSENCE_CASES = [
    Case("nothing", {}, NO_ENVELOPE, DONE3),
    *silent(True, NO_ENVELOPE, SETTLED),
    Case("refused with another code", {"play": "header_rjct"}, NO_ENVELOPE, DONE3),
]


class TestTheTables(unittest.TestCase):
    def test_every_fault_of_the_simulator_is_in_the_tables(self):
        for kind, cases in (
            ("status", STATUS_CASES),
            ("envelope_status", WATCH_CASES),
            ("envelope_status", TAKEN_CASES),
            ("envelope_status", NEVER_HAD_CASES),
        ):
            with self.subTest(kind):
                self.assertEqual(plays_on(kind) - {case.fault.get("play") for case in cases}, set())


class TestBridgeQuestionFaults(BridgeFaultsCase):
    def fail_question(self, kind, cases, prepare, sent, call=1):
        """Let each case's fault meet a question.

        :param prepare: returns the batch that is asked about; it is given the fault to play
        :param dict sent: {kind of call: how often it is made in all}
        :param int call: which of the questions meets it
        """
        for case in cases:
            with self.subTest(case.name):
                faults = [{"on": kind, "calls": [call], **case.fault}] if case.fault else []
                self.simulator.reset()
                made = prepare(*faults)
                with self.deadline(case.seconds):
                    self.ask(made)
                self.simulator.release()
                self.assert_is(made, case.after, "after the fault")
                self.assert_promises(made)
                self.go_on(made)
                self.pay(made)
                self.assert_is(made, case.end, "at the end")
                self.assertEqual(len(self.executed(made)), case.executed, "payments in the ledger")
                calls = self.calls()
                self.assertEqual({name: calls[name] for name in sent}, sent)
                self.assert_promises(made)
                if case.told:
                    self.assert_told(made, case.told)
                self.assert_no_violation()
                self.abandon(made)

    # ---- what comes before the question -----------------------------------------------------------------------
    def prepare_sent(self, *faults):
        made = self.prepare(*faults)
        self.dispatch(made)
        return made

    def prepare_paid(self, *faults):
        made = self.prepare_sent(*faults)
        self.simulator.finish()
        return made

    def lose(self, kind, executed):
        """Return a way to make a batch whose first call of a kind had no answer, long ago."""

        def prepare(*faults):
            made = self.prepare_sent(
                {"play": "reset", "on": kind, "executed": executed, "calls": [1]}, *faults
            )
            self.move_time_on(made)
            return made

        return prepare

    # ---- the tables -------------------------------------------------------------------------------------------
    def test_every_fault_of_a_question_for_statements_ends_as_the_table_says(self):
        self.fail_question("status", STATUS_CASES, self.prepare_paid, {"envelope": 1, "disbursements": 2})

    def test_every_fault_of_a_question_about_an_envelope_ends_as_the_table_says(self):
        sent = {"envelope": 1, "disbursements": 2}
        self.fail_question("envelope_status", WATCH_CASES, self.prepare_sent, sent, call=3)

    def test_every_fault_of_counts_of_what_was_taken_sends_nothing_again(self):
        sent = {"envelope": 1, "disbursements": 2}
        self.fail_question("envelope_status", TAKEN_CASES, self.lose("disbursements", True), sent, call=3)

    def test_every_fault_of_counts_of_what_was_not_taken_only_delays_it(self):
        sent = {"envelope": 1, "disbursements": 3}
        self.fail_question(
            "envelope_status", NEVER_HAD_CASES, self.lose("disbursements", False), sent, call=3
        )

    def test_every_fault_of_a_question_about_no_envelope_only_delays_it(self):
        sent = {"envelope": 2, "disbursements": 2}
        self.fail_question("envelope_status", ABSENCE_CASES, self.lose("envelope", True), sent)

    # ---- what a table cannot say ------------------------------------------------------------------------------
    def test_disbursements_of_somebody_else_in_the_envelope_never_lead_to_sending_again(self):
        for rows, amount in OTHERS:
            with self.subTest(rows=rows, amount=amount):
                risen = {"play": "counts_risen", "on": "envelope_status", "rows": rows, "amount": amount}
                made = self.lose("disbursements", False)()
                self.play(risen)
                self.go_on(made)
                self.go_on(made)
                looks_like_ours = rows >= 2 and int(amount) >= 200
                is_ours_alone = (rows, amount) == (2, "200")
                taken = SENT3 if is_ours_alone else ("sent sent queued", Tally(sent=2, issued=1))
                self.assert_is(made, taken if looks_like_ours else UNKNOWN)
                self.assertEqual(self.calls("disbursements"), int(is_ours_alone))
                self.pay(made)
                self.assertEqual(self.executed(made), {}, "nobody is paid before all have come")
                self.assert_promises(made)
                if looks_like_ours:
                    self.assert_told(made, "their ids were lost")
                self.abandon(made)

    def test_counts_that_are_wrong_twice_are_seen_to_be_so_before_it_is_sent_again(self):
        made = self.lose("disbursements", True)(
            {"play": "counts_unchanged", "on": "envelope_status", "calls": [3, 5]}
        )
        for _time in range(2):
            self.ask(made)
        self.assertEqual(self.states(made), ["sent", "queued", "queued"])
        self.dispatch(made)
        self.assert_is(made, ("sent unknown sent", Tally(sent=3)), "the other went first")
        self.assertEqual(self.calls("disbursements"), 2)
        self.go_on(made)
        self.pay(made)
        self.assert_is(made, IDS_LOST)
        self.assertEqual(len(self.executed(made)), 3)
        self.assert_promises(made)

    def test_counts_that_are_wrong_whenever_it_matters_are_stopped_by_what_was_declared(self):
        """A bridge that says three times that it has not what it has is sent it again, and has no room for it."""
        made = self.make_queued_here(payments=4)
        self.play(
            {"play": "reset", "on": "disbursements", "executed": True, "calls": [1]},
            {"play": "counts_unchanged", "on": "envelope_status", "calls": [3, 5, 7]},
        )
        self.dispatch(made)
        self.move_time_on(made)
        for _time in range(2):
            self.ask(made)
        self.dispatch(made)
        self.assert_is(made, ("sent unknown sent", Tally(sent=4)))
        refusal = "disbursements: NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED"
        self.assertEqual(self.simulator.state()["refusals"][-1], refusal)
        self.assertEqual(self.simulator.state()["repeated"], [])
        self.assert_told(made, "an envelope is full before all of it was sent")
        self.go_on(made)
        self.pay(made)
        self.assertEqual(len(self.executed(made)), 4)
        self.assert_promises(made)

    def test_absence_counts_after_the_settle_time_and_twice(self):
        made = self.prepare_sent({"play": "reset", "executed": False, "calls": [1]})
        for _time in range(3):
            self.ask(made)
        self.assert_is(made, UNKNOWN, "the first call may still live")
        self.move_time_on(made)
        self.ask(made)
        self.assert_is(made, UNKNOWN, "once is not enough")
        self.ask(made)
        self.assertEqual(self.states(made), ["sent", "queued", "queued"])
        before = self.read("g2p.payment.submission", made["submissions"][1], "key", "payload")
        self.dispatch(made)
        after = self.read("g2p.payment.submission", made["submissions"][1], "key", "payload")
        self.assertEqual(before, after, "the same again")
        self.pay(made)
        self.assert_is(made, DONE3)
        self.assert_promises(made)
        self.assert_no_violation()

    def test_request_that_arrives_while_it_is_asked_about_is_found_in_the_counts(self):
        made = self.prepare({"play": "late", "seconds": 60, "calls": [1]})
        with self.deadline(1):
            self.dispatch(made)
        self.ask(made)
        self.assert_is(made, UNKNOWN, "it is not there yet")
        self.simulator.release()
        self.land("disbursements", Case("", {"play": "late"}, (), ()))
        self.go_on(made)
        self.pay(made)
        self.assert_is(made, IDS_LOST)
        self.assertEqual((len(self.executed(made)), self.calls("disbursements")), (3, 2))
        self.assert_promises(made)
        self.assert_no_violation()
