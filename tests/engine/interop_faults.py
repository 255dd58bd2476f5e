"""What the tables of faults of both modes share."""

from dataclasses import dataclass, field

from .interop_case import REFUSED, InteropCase


@dataclass(frozen=True)
class Case:
    """One fault.

    :param name: for the report
    :param fault: as the simulator's script wants it
    :param after: state of the submissions and tally right after the fault
    :param end: state and tally when the fault is over and everybody was asked again
    :param executed: payments in the ledger at the end
    :param submits: requests to pay that reached the payment system by then
    :param seconds: time-out of the call that meets the fault
    :param scheme: habits of the payment system
    """

    name: str
    fault: dict
    after: tuple
    end: tuple
    executed: int
    submits: int = 1
    seconds: int = 20
    scheme: dict = field(default_factory=dict)


class InteropFaultsCase(InteropCase):
    """Play a table, line by line."""

    def go_on(self, made):
        """Let time pass, let the sweeper ask, ask by hand, let stray jobs come."""
        for _time in range(2):
            self.move_time_on(made)
            self.sweep()
            self.ask(made)
            self.dispatch(made)

    def finish(self, made, case):
        """Ask when the fault is over, and compare the end."""
        sent = self.count_submits()
        script = {"scheme": case.scheme} if case.scheme else {}
        self.play(outcomes=[REFUSED], **script)
        self.go_on(made)
        self.assert_is(made, case.end, "at the end")
        self.assertEqual(len(self.ledger(made)), case.executed, "payments in the ledger")
        self.assertEqual(sent + self.count_submits(), case.submits, "requests to pay")
        self.assert_promises(made)
        self.assert_no_violation()

    def fail_submit(self, cases):
        """Let each case's fault meet the request to pay."""
        for case in cases:
            with self.subTest(case.name):
                made = self.make_queued_here()
                script = {"scheme": case.scheme} if case.scheme else {}
                self.play(*([case.fault] if case.fault else []), **script)
                with self.deadline(case.seconds):
                    self.dispatch(made)
                self.assert_is(made, case.after, "after the fault")
                self.assert_promises(made)
                self.assertEqual(self.count_submits(), len(made["submissions"]))
                self.finish(made, case)

    def fail_question(self, cases, before):
        """Let each case's fault meet the question about something whose answer was lost.

        :param before: state and tally before the question
        """
        for case in cases:
            with self.subTest(case.name):
                made = self.make_queued_here()
                self.play({"play": "reset", "executed": True}, case.fault)
                self.dispatch(made)
                self.assert_is(made, before, "before the question")
                with self.deadline(case.seconds):
                    self.ask(made)
                self.assert_is(made, case.after, "after the fault")
                self.assert_promises(made)
                self.finish(made, case)

    def fail_token(self, faults, done):
        """Let each fault meet the request for a token: nothing is sent, and it is tried again.

        :param done: state and tally at the end
        """
        for fault in faults:
            with self.subTest(str(fault)):
                made = self.make_queued_here(
                    auth_type="oauth2",
                    oauth2_token_url=self.simulator.token_url,
                    oauth2_client_id=self.simulator.client_id,
                    oauth2_client_secret=self.simulator.client_secret,
                )
                self.forget_tokens()
                self.play(fault)
                with self.deadline(1):
                    self.dispatch(made)
                tally = self.tally(made)
                self.assertEqual((self.states(made), tally.issued), (["queued"], len(made["payments"])))
                self.assertEqual(self.count_submits(), 0, "nothing left this machine")
                self.play()
                self.move_time_on(made)
                self.dispatch(made)
                self.go_on(made)
                self.assert_is(made, done, "at the end")
                self.assertEqual(self.count_submits(), 1)
                self.assert_promises(made)


#: Where the payment system wants a token: faults of its token endpoint.
TOKEN_FAULTS = [
    *(
        {"play": play, "on": "token"}
        for play in ("timeout", "reset", "redirect", "rubbish", "html", "empty", "truncated", "header_rjct")
    ),
    {"play": "status", "on": "token", "status": 401},
    {"play": "status", "on": "token", "status": 500, "shape": False},
]
