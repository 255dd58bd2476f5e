"""Our side of the G2P Bridge without Odoo: a client, an envelope and the requests that fill it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from odoo.addons.g2p_payment_g2p_connect.bridge import const
from odoo.addons.g2p_payment_g2p_connect.bridge.client import BridgeClient
from odoo.addons.g2p_payment_g2p_connect.bridge.settings import BridgeSettings
from odoo.addons.g2p_payment_g2p_connect.settings import Credentials
from odoo.addons.g2p_programs.dispatch.outcome import Accepted, SubmissionData
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .contract import LONG, NO_ANSWER, Rail
from .simulators.g2p_bridge.messages import BY_HAND

#: (fault, code of the outcome) where no answer comes, or none that means anything.
SILENT = [
    *NO_ANSWER,
    ({"play": "unknown_status"}, "unreadable.body"),
    *(
        ({"play": "status", "status": status, "shape": shape}, f"http.{status}")
        for status in (401, 403, 408, 409, 425, 429, 500, 502, 503)
        for shape in (True, False)
    ),
    *(({"play": "status", "status": status, "shape": False}, f"http.{status}") for status in (400, 404, 405)),
]


def play(simulator, *faults, outcomes=(), **bridge):
    """Give the simulator its script: faults, outcomes, and how the bridge is."""
    simulator.play({"bridge": BY_HAND["bridge"] | bridge, "faults": list(faults), "outcomes": list(outcomes)})


def attentions(outcome):
    """Return what an outcome calls attention to, as a whole and payment by payment."""
    told = {outcome.attention, *(getattr(row, "attention", "") for row in getattr(outcome, "rows", ()))}
    return told - {""}


class BridgeRail(Rail):
    """A client, and an envelope with requests of it, as the engine would send them; no engine is here.

    :param count: of payments, to as many people
    """

    def __init__(self, simulator, count=3, amount="100.00", days=0, **payment):
        super().__init__(simulator)
        self.settings = BridgeSettings(
            envelope_creation_url=simulator.envelope_creation_url,
            envelope_status_url=simulator.envelope_status_url,
            payment_endpoint_url=simulator.payment_url,
            status_endpoint_url=simulator.status_url,
            sender_id="spp.example.org",
            payee_prefix="token:",
            payee_suffix="@nid",
            benefit_program_mnemonic=simulator.program,
            cycle_code_mnemonic="Cycle ‘3’",
            narrative="Cycle ‘3’ of Émile’s relief",
            disbursement_schedule_date=(datetime.now(UTC) + timedelta(days=days)).date().isoformat(),
        )
        values = {
            "payee_id_type": "reg_id",
            "payee_bank_code": "",
            "amount": amount,
            "currency": "USD",
            **payment,
        }
        self.payments = self.make_payments(count, **values)

    def client(self, **credentials):
        return BridgeClient(self.settings, Credentials(**credentials))

    def make(self, purpose, payments=()):
        """Return the submission for ``purpose``, with its payload."""
        references = tuple(one.reference for one in payments) if purpose == const.DISBURSEMENTS else ()
        made = SubmissionData(f"{self.key}/{purpose}", 1, "", {}, references, purpose=purpose)
        return replace(made, payload=self.client().build(made, list(payments)))

    def submit(self, submission, seconds=LONG, **credentials):
        client = self.client(**credentials)
        return client.read_submission(client.submit(Transport(seconds), submission), submission)

    def ask(self, submission, *references, seconds=LONG):
        client = self.client()
        answer = client.ask(Transport(seconds), submission, references)
        return client.read_question(answer, submission, references)

    def expect(self, payments=(), perhaps=()):
        """Let the envelope hold ``payments`` from now on, and perhaps some more, by our books."""
        counted = [(len(some), sum(int(float(one.amount)) for one in some)) for some in (payments, perhaps)]
        (count, amount), (count_perhaps, amount_perhaps) = counted
        self.settings = replace(
            self.settings,
            disbursements_before=count,
            amount_before=amount,
            disbursements_perhaps=count_perhaps,
            amount_perhaps=amount_perhaps,
        )

    def calls(self, kind):
        """Return how many calls of a kind the simulator saw, since it was given its script."""
        return self.simulator.state()["calls"][kind]

    def open(self, seconds=LONG):
        """Send the envelope; return its submission and what was made of the answer."""
        submission = self.make(const.ENVELOPE, self.payments)
        outcome = self.submit(submission, seconds)
        envelope_id = getattr(outcome, "correlation", "")
        self.settings = replace(self.settings, disbursement_envelope_id=envelope_id)
        return replace(submission, correlation=envelope_id), outcome

    def send(self, payments=None, seconds=LONG):
        """Send one request; return its submission, with the ids that it was told, and what was made of the answer."""
        submission = self.make(const.DISBURSEMENTS, self.payments if payments is None else payments)
        outcome = self.submit(submission, seconds)
        ids = {row.reference: row.external_reference for row in getattr(outcome, "rows", ())}
        return replace(submission, external_references=ids), outcome

    def sent(self):
        """Return the submission of a request that was taken into an envelope of its own."""
        self.open()
        submission, outcome = self.send()
        assert isinstance(outcome, Accepted), outcome
        return submission

    def paid(self):
        """Return the submission of a request that was paid, as far as the script has it."""
        submission = self.sent()
        self.simulator.finish()
        return submission

    def amend(self, payments):
        """Declare that there will be no more than ``payments``."""
        self.settings = replace(
            self.settings,
            carried_beneficiaries=len(payments),
            carried_disbursements=len(payments),
            carried_amount=100 * len(payments),
        )
        return self.make(const.AMENDMENT)

    def codes(self, outcome):
        return [row.code for row in outcome.rows]
