"""Builders for tests of the bridge mode: the engine's own stages on the test's cursor, and a bridge that answers.

The bridge here says what a test tells it to, in the shape of the captured exchanges. It keeps no books but one: what
its envelopes have received, which it tells whoever looks into one before a request.
"""

import json
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.g2p_programs.dispatch import claim, follow_up, news, question
from odoo.addons.g2p_programs.dispatch.outcome import Answer

from ..bridge import const as bridge
from ..models.payment_manager_envelope import G2PConnectPaymentManager
from .common import G2PConnectManagerCase

BASE = "https://bridge.example.org/"
URLS = {
    "envelope_creation_url": f"{BASE}create_disbursement_envelope",
    "payment_endpoint_url": f"{BASE}create_disbursements",
    "envelope_status_url": f"{BASE}get_disbursement_envelope_status",
    "status_endpoint_url": f"{BASE}get_disbursement_status",
}
ENVELOPE_ID = "1795220601750"


LOOK = "get_disbursement_envelope_status"


class Bridge:
    """A transport that answers each request in turn, and remembers them.

    :ivar look: what a look into an envelope is answered by; what it has received where that is None
    :ivar is_submitting: whether something is sent now: questions are answered by what a test tells
    """

    def __init__(self):
        self.answers = []
        self.requests = []
        self.look = None
        self.is_submitting = False
        self._numbers, self._amounts = Counter(), Counter()

    def send(self, request):
        path, body = request.url.rpartition("/")[2], json.loads(request.body)
        self.requests.append((path, body))
        if self.is_submitting and path == LOOK:
            return self.look or self.tell_received(body["message"])
        said = self.answers.pop(0)
        if not isinstance(said, _Echo):
            return said
        if path == "create_disbursements" and not said.code:
            for line in body["message"]:
                self.receive(line["disbursement_envelope_id"], 1, line["disbursement_amount"])
        return answer(said.make(body["message"]), said.code)

    def receive(self, envelope_id, number, amount):
        """Let an envelope have received so much more."""
        self._numbers[envelope_id] += number
        self._amounts[envelope_id] += amount

    def tell_received(self, envelope_id):
        return envelope_status(self._numbers[envelope_id], self._amounts[envelope_id], envelope_id)

    @property
    def last_message(self):
        return self.requests[-1][1]["message"]

    @property
    def paths(self):
        """Where all requests went to, in turn."""
        return [path for path, _body in self.requests]


def answer(message, code="", sent_at="2026-11-21T00:23:21.757193"):
    """Return an answer in the bridge's shape; with a code it refuses."""
    header = {
        "version": "1.0.0",
        "message_id": "m-1",
        "message_ts": sent_at,
        "action": "disburse",
        "status": "rjct" if code else "succ",
        "status_reason_code": None,
        "status_reason_message": code,
        "meta": {},
    }
    return Answer(status=200, body=json.dumps({"signature": None, "header": header, "message": message}))


def envelope_status(received, amount, envelope_id=ENVELOPE_ID, sent_at="2026-11-21T00:23:21.757193", **more):
    """Return an answer that tells what an envelope has taken."""
    return answer(
        {
            "disbursement_envelope_id": envelope_id,
            "number_of_disbursements_received": received,
            "total_disbursement_amount_received": amount,
            "funds_available_with_bank": "PENDING_CHECK",
            "funds_available_latest_timestamp": "2026-11-21T00:23:21.753398",
            "funds_available_latest_error_code": "",
            "funds_available_attempts": 0,
            "funds_blocked_with_bank": "PENDING_CHECK",
            "funds_blocked_latest_timestamp": "2026-11-21T00:23:21.753404",
            "funds_blocked_latest_error_code": "",
            "funds_blocked_attempts": 0,
            "funds_blocked_reference_number": None,
            "id_mapper_resolution_required": True,
            "number_of_disbursements_shipped": 0,
            "number_of_disbursements_reconciled": 0,
            "number_of_disbursements_reversed": 0,
            **more,
        },
        sent_at=sent_at,
    )


class BridgeManagerCase(G2PConnectManagerCase):
    def setUp(self):
        super().setUp()
        self.bridge = Bridge()

    @classmethod
    def manager_vals(cls, program, **vals):
        bridge = {
            "api_mode": "bridge",
            **URLS,
            "payer_fa": False,
            "locale": False,
            "payee_prefix": "token:",
            "benefit_program_mnemonic": "T-PROGRAM",
            "auth_type": "none",
            "api_token": False,
        }
        return super().manager_vals(program, **{**bridge, **vals})

    # ---- how far ----------------------------------------------------------------------------------------------
    def steps(self, cycle, purpose=None):
        """Return the live and given up submissions of a cycle, in order of their steps."""
        found = self.submissions(cycle).sorted(lambda one: (one.step, one.id))
        return found.filtered(lambda one: purpose in (None, one.purpose))

    def states(self, cycle):
        return [(one.purpose, one.state) for one in self.steps(cycle)]

    def send(self, submission, *answers, look=None):
        """Send one submission as its job would; return whether its turn had come and nothing held it.

        :param look: what the look into its envelope is answered by, where that is not what it has received
        """
        self.bridge.look = look
        return self._run(claim.claim, submission, answers)

    def ask(self, submission, *answers):
        """Ask about one submission as its job would; return whether it was asked about."""
        submission._guarded_write({"next_question_at": fields.Datetime.now()})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE g2p_payment_submission SET next_question_at = now() - interval '1 hour' WHERE id = %s",
            (submission.id,),
        )
        submission.invalidate_recordset(flush=False)
        return self._run(question.take, submission, answers)

    def _run(self, take, submission, answers):
        env = self.env(su=True)
        env.flush_all()
        call = take(env, submission.id)
        if call is None:
            return False
        self.bridge.answers = list(answers)
        self.bridge.is_submitting = call.kind == "submit"
        if self.bridge.is_submitting:
            said = call.client.submit(self.bridge, call.data)
        else:
            said = call.client.ask(self.bridge, call.data, call.references)
        self.assertEqual(self.bridge.answers, [], "nobody asked for these")
        news.store(env, call, said)
        news.apply_pending(env, submission.id)
        follow_up.follow_up(env, submission.id)
        self.env.flush_all()
        self.env.invalidate_all()
        return True

    def open_envelope(self, cycle, envelope_id=ENVELOPE_ID):
        """Open the envelope of a cycle that has one batch; return its submission."""
        (envelope,) = self.steps(cycle, "envelope").filtered(lambda one: one.state == "queued")
        self.assertTrue(self.send(envelope, self.envelope_made(envelope_id)), envelope.hold_reason)
        return envelope

    def make_sent(self, members=3, **kwargs):
        """Return (cycle, manager, envelope, requests) with everything at the bridge."""
        cycle, manager, _submissions = self.make_open(members=members, **kwargs)
        envelope = self.open_envelope(cycle)
        requests = self.steps(cycle, "disbursements")
        for request in requests:
            self.assertTrue(self.send(request, self.taken(request)), request.hold_reason)
        return cycle, manager, envelope, requests

    # ---- what the bridge says ---------------------------------------------------------------------------------
    def envelope_made(self, envelope_id=ENVELOPE_ID):
        """Return an answer that echoes the envelope that is sent next, with its id."""
        return _Echo(lambda message: {**message, "id": None, "disbursement_envelope_id": envelope_id})

    def taken(self, request, lost=()):
        """Return an answer that gives each payment an id of the bridge, but for those that are lost."""
        return _Echo(
            lambda message: [
                {
                    **line,
                    "id": None,
                    "disbursement_id": self.bridge_id(line["mis_reference_number"]),
                    "response_error_codes": [],
                }
                for line in message
                if line["mis_reference_number"] not in lost
            ]
        )

    def refused(self, code):
        """Return an answer that refuses a list, which it echoes."""
        return _Echo(lambda message: [{**line, "disbursement_id": None} for line in message], code)

    def bridge_id(self, reference):
        payment = self.env["g2p.payment"].sudo().search([("name", "=", reference)])
        return f"1795220601{payment.id:06}"

    def status(self, received, amount, *args, **more):
        """Return an answer that tells what an envelope has taken; see :func:`envelope_status`."""
        return envelope_status(received, amount, *args, **more)

    def statements(self, payments, reversed_for="", envelope_id=ENVELOPE_ID):
        """Return an answer that tells payments as made on a bank statement, or as made and come back."""
        return answer([self._statement(one, reversed_for, envelope_id) for one in payments])

    def _statement(self, payment, reversed_for, envelope_id):
        back = {
            "reversal_statement_id": "stm-2",
            "reversal_statement_number": "8",
            "reversal_statement_sequence": "1",
            "reversal_entry_sequence": "5",
            "reversal_entry_date": "2026-11-24T00:00:00",
            "reversal_value_date": "2026-11-24T00:00:00",
            "reversal_reason": reversed_for,
        }
        record = {
            "bank_disbursement_batch_id": "6aa515e3-1450-4420-8060-4aa7cf3b0981",
            "disbursement_id": payment.external_reference,
            "disbursement_envelope_id": envelope_id,
            "beneficiary_name_from_bank": "Canary Of The Bank",
            "remittance_reference_number": f"rem-{payment.id}",
            "remittance_statement_id": "stm-1",
            "remittance_statement_number": "7",
            "remittance_statement_sequence": "1",
            "remittance_entry_sequence": "4",
            "remittance_entry_date": "2026-11-22T00:00:00",
            "remittance_value_date": "2026-11-23T00:00:00",
            "reversal_found": bool(reversed_for),
            **{name: value if reversed_for else None for name, value in back.items()},
        }
        return {
            "disbursement_id": payment.external_reference,
            "disbursement_recon_records": {
                "disbursement_recon_payloads": [record],
                "disbursement_error_recon_payloads": [],
            },
        }


class StepsCase(BridgeManagerCase):
    def setUp(self):
        super().setUp()
        # Small requests show what large ones do.
        few = patch.object(bridge, "MAX_DISBURSEMENTS_PER_REQUEST", 2)
        few.start()
        self.addCleanup(few.stop)

    def payload(self, submission):
        return json.loads(submission.payload)

    def ask_after_the_lease(self, submission, said):
        """Ask about one submission so late that absence counts."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE g2p_payment_submission SET lease_until = now() - interval '1 day' WHERE id = %s",
            (submission.id,),
        )
        submission.invalidate_recordset(flush=False)
        self.ask(submission, said)

    def on_day(self, days):
        """Let the bridge's calendar be some days further."""
        later = fields.Date.today() + timedelta(days=days)
        return patch.object(G2PConnectPaymentManager, "_get_bridge_day", lambda _self: later)


class _Echo:
    """An answer that depends on what is sent."""

    def __init__(self, make, code=""):
        self.make = make
        self.code = code
