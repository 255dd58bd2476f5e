"""Builders for tests of the bridge's client."""

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, PaymentData, RowResult, SubmissionData

from ..bridge import const
from ..bridge.client import BridgeClient
from ..bridge.settings import BridgeSettings
from ..settings import Credentials

SAMPLES = Path(__file__).parent / "samples"
HOST = "https://bridge.example.org"
ENVELOPE_ID = "1795220601750"
KEY = "8d0c4f6e-key-of-ours"
PAID, PENDING, REVERSED = RowResult.PAID, RowResult.PENDING, RowResult.REVERSED

SETTINGS = BridgeSettings(
    envelope_creation_url=f"{HOST}/create_disbursement_envelope",
    envelope_status_url=f"{HOST}/get_disbursement_envelope_status",
    payment_endpoint_url=f"{HOST}/create_disbursements",
    status_endpoint_url=f"{HOST}/get_disbursement_status",
    sender_id="spp.example.org",
    receiver_id="bridge.example.org",
    payee_prefix="token:",
    payee_suffix="@nid",
    benefit_program_mnemonic="TESTPROG",
    cycle_code_mnemonic="CYCLE-1",
    narrative="Cycle 1 of TESTPROG",
    disbursement_schedule_date="2026-11-26",
    disbursement_envelope_id=ENVELOPE_ID,
)
IDS = {"PAY-1": "1795220601780977", "PAY-2": "1795220601781029"}
#: Facts of a record that was paid.
LINE = {
    "remittance_reference_number": "83aecd2fb0754bbf",
    "remittance_statement_id": "9e91f3de-e705",
    "remittance_entry_sequence": "1",
    "remittance_entry_date": "2026-11-20T00:00:00",
    "remittance_value_date": "2026-11-21T00:00:00",
}
REVERSAL = {
    "reversal_found": True,
    "reversal_statement_id": "b227f7ae-8f4e",
    "reversal_entry_sequence": "2",
    "reversal_entry_date": "2026-11-22T00:00:00",
    "reversal_reason": "ACCOUNT_CLOSED",
}

# How long an example takes says nothing on a busy machine.
thorough = hypothesis_settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


class Wire:
    """Keeps what it is given to send, and answers each in turn, the last one again and again."""

    def __init__(self, *answers):
        self.answers = list(answers) or [Answer(status=200)]
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def body(self):
        return json.loads(self.requests[-1].body)

    @property
    def url(self):
        return self.requests[-1].url


class Bridge(Wire):
    """A wire that answers looks into envelopes by themselves, and all else as a wire does.

    :param received: (number, amount) that any envelope holds
    :param look: answer to any look, instead
    :ivar looks: the requests for an envelope's status; not in :attr:`requests`
    """

    def __init__(self, *answers, received=(0, 0), look=None):
        super().__init__(*answers)
        self.received = received
        self.look = look
        self.looks = []

    def send(self, request):
        if request.url != SETTINGS.envelope_status_url:
            return super().send(request)
        self.looks.append(request)
        asked = json.loads(request.body)["message"]
        return self.look or answer(said(counts(*self.received, disbursement_envelope_id=asked)))


def payment(number=1, **changes):
    made = PaymentData(
        id=number,
        reference=f"PAY-{number}",
        payee_id_type="reg_id",
        payee_id_value=str(number),
        payee_bank_code="",
        payee_name=f"Person {number}",
        amount=f"{number}00.00",
        currency="USD",
    )
    return replace(made, **changes)


PAYMENTS = [payment(1), payment(2)]


def make_client(settings=SETTINGS, credentials=None, reasons=None, **changes):
    return BridgeClient(replace(settings, **changes), credentials or Credentials(), reasons)


def submission(purpose=const.DISBURSEMENTS, payments=(), settings=SETTINGS, **changes):
    """Return a submission of two payments, with its payload.

    :param payments: others
    """
    payments = list(payments) or PAYMENTS
    carries = purpose == const.DISBURSEMENTS
    made = SubmissionData(
        key=KEY,
        step=2 if carries else 1,
        payload="",
        settings={},
        references=tuple(one.reference for one in payments) if carries else (),
        purpose=purpose,
    )
    if purpose == const.AMENDMENT:
        settings = replace(settings, carried_beneficiaries=1, carried_disbursements=1, carried_amount=100)
    return replace(made, **{"payload": make_client(settings).build(made, payments), **changes})


def answer(body, status=200, **kwargs):
    return Answer(status=status, body=body if isinstance(body, str) else json.dumps(body), **kwargs)


def said(message, code="", **header):
    """Return the body of an answer: done, or refused with a code."""
    status = const.REFUSED if code else const.DONE
    told = {"status": status, "status_reason_code": None, "status_reason_message": code, **header}
    return {"signature": None, "header": {"message_ts": "2026-11-21T00:23:21.7", **told}, "message": message}


def errors(*codes, message="Invalid Input. Field required"):
    return {"errors": [{"code": code, "message": message} for code in codes]}


def echo(*numbers, ids=None, **changes):
    """Return the list that answers a list."""
    ids = IDS if ids is None else ids
    return [
        {
            "mis_reference_number": f"PAY-{number}",
            "disbursement_id": ids.get(f"PAY-{number}"),
            "disbursement_envelope_id": ENVELOPE_ID,
            "beneficiary_id": f"token:{number}@nid",
            "disbursement_amount": number * 100.0,
            "response_error_codes": [],
            **changes,
        }
        for number in numbers or (1, 2)
    ]


def counts(number=0, amount=0, **changes):
    """Return what the bridge says of an envelope."""
    return {
        "disbursement_envelope_id": ENVELOPE_ID,
        "number_of_disbursements_received": number,
        "total_disbursement_amount_received": amount,
        "funds_available_with_bank": "PENDING_CHECK",
        "funds_available_attempts": 0,
        "funds_blocked_with_bank": "PENDING_CHECK",
        "funds_blocked_attempts": 0,
        "number_of_disbursements_shipped": 0,
        "number_of_disbursements_reconciled": 0,
        "number_of_disbursements_reversed": 0,
        **changes,
    }


def record(told=IDS["PAY-1"], **changes):
    """Return the line of a bank statement that pays a disbursement."""
    made = {
        "bank_disbursement_batch_id": "6aa515e3",
        "disbursement_id": told,
        "disbursement_envelope_id": ENVELOPE_ID,
        "beneficiary_name_from_bank": "Aminata Canary",
        "reversal_found": False,
    }
    return made | LINE | changes


def bank_error(reason, told=IDS["PAY-1"]):
    return {"error_reason": reason, "disbursement_id": told, "bank_reference_number": "76c8f76948b04bed"}


def entry(*records, wrong=(), told=IDS["PAY-1"]):
    """Return what the bridge says of one disbursement."""
    inside = {"disbursement_recon_payloads": list(records), "disbursement_error_recon_payloads": list(wrong)}
    return {"disbursement_id": told, "disbursement_recon_records": inside}


def read(body, purpose=const.DISBURSEMENTS, status=200, fault=Fault.NONE, client=None, look=None, **changes):
    """Return what the answer to a submission says.

    :param look: what its envelope says of itself after it
    """
    sent = submission(purpose, **changes)
    headers = {} if look is None else looked(look)
    told = answer(body, status, fault=fault, headers=headers)
    return (client or make_client()).read_submission(told, sent)


def looked(status):
    """Return the headers of an answer to a step that closes an envelope.

    :param status: what the envelope says of itself after it
    """
    return {const.LOOK_HEADER: json.dumps(said(status))}


def read_question(body, purpose=const.DISBURSEMENTS, status=200, fault=Fault.NONE, client=None, **changes):
    """Return what the answer to a question says."""
    sent = submission(purpose, **changes)
    told = answer(body, status, fault=fault)
    return (client or make_client()).read_question(told, sent, sent.references)


def read_statements(*entries, ids=None, **changes):
    """Return what the answer to a question for bank statements says."""
    known = IDS if ids is None else ids
    return read_question(said(list(entries)), external_references=known, **changes)
