"""What tests of a client against a simulator share: deadlines, one simulator a file, and what became of payments.

There is no engine here: a rail of these tests is a client, and what it sends, as the engine would have it sent.
"""

import itertools

import pytest

from odoo.addons.g2p_programs.dispatch.outcome import PaymentData

#: Deadline of calls that must run into it, and of all others, in seconds.
SHORT, LONG = 0.5, 30
#: How long a fault goes on that outlasts every deadline.
FOR_EVER = 60
#: (fault, code of the outcome) where no answer comes, or one that cannot be read whatever the protocol is.
NO_ANSWER = [
    ({"play": "timeout", "seconds": FOR_EVER}, "timeout"),
    ({"play": "drip_header", "seconds": FOR_EVER}, "timeout"),
    ({"play": "drip_body", "seconds": FOR_EVER}, "timeout"),
    ({"play": "reset"}, "connection"),
    ({"play": "reset", "after_bytes": 0}, "connection"),
    ({"play": "reset", "after_bytes": 200}, "connection"),
    ({"play": "huge"}, "too_large"),
    ({"play": "redirect"}, "redirect"),
    ({"play": "rubbish"}, "unreadable.body"),
    ({"play": "html"}, "unreadable.body"),
    ({"play": "empty"}, "unreadable.body"),
    ({"play": "truncated"}, "unreadable.body"),
]
_numbers = itertools.count(1)


def simulator_fixtures(running, script):
    """Return two fixtures for a test file, which has to name them ``process`` and ``simulator``.

    The first is one simulator for the whole file. The second is the same, new for each test but for its ledger; a test
    with it fails where the simulator saw what a careful caller would not have sent.

    :param running: ``running_simulator`` of the simulator
    :param script: that each test begins with
    """

    @pytest.fixture(scope="module")
    def process(tmp_path_factory):
        with running(script, tmp_path_factory.mktemp("simulator") / "ledger.jsonl") as handle:
            yield handle

    @pytest.fixture
    def simulator(process):
        process.play(script)
        process.reset()
        yield process
        process.release()
        assert process.state()["violations"] == []

    return process, simulator


class Rail:
    """Payments that a client sends to a simulator.

    :ivar key: that no other rail of this process has
    :ivar references: of the payments, in turn
    """

    def __init__(self, simulator):
        self.simulator = simulator
        self.key = f"BATCH-{next(_numbers)}"
        self.references = ()

    def make_payments(self, count, **values):
        """Return ``count`` payments to as many people; ``values`` of PaymentData are those of all."""
        payments = [
            PaymentData(
                **{
                    "id": number,
                    "reference": f"{self.key}/{number}",
                    "payee_id_value": str(1000 + number),
                    "payee_name": f"Émile ‘{number}’",
                    **values,
                }
            )
            for number in range(count)
        ]
        self.references = tuple(one.reference for one in payments)
        return payments

    def results(self, outcome):
        """Return what an outcome says of each payment in turn, None where nothing."""
        told = {row.reference: row.result for row in outcome.rows}
        return [told.get(reference) for reference in self.references]

    @property
    def executed(self):
        """How often each payment was made, by the ledger."""
        ledger = [line.reference_id for line in self.ledger()]
        return [ledger.count(reference) for reference in self.references]

    def ledger(self):
        """Return the lines of the ledger that may be of these payments."""
        return self.simulator.ledger()
