"""G2P Bridge: an envelope for each 10,000 payments, ten requests into it, and what its bank statements tell.

A request may go out when the one before is taken, so claims cannot be timed without what follows them: the engine's own
workers do their whole rounds, from the claim to the books, one submission after the other. In the place of the network
is a bridge in this process, that takes everything and has paid it when it is asked. Beside the ratio stand memory and
queries at a tenth of the payments: both must hang on requests, which are of one size, and not on batches.
"""

import json
from dataclasses import replace
from unittest.mock import patch

from odoo.addons.g2p_programs.dispatch import calls, worker
from odoo.addons.g2p_programs.dispatch.outcome import Answer

from .memory import measure_peak
from .rails import G2P_CONNECT, Rail
from .stages import BATCH, EACH_ITS_OWN, STAGES, Stage, copy

SIZES = (1_000, 10_000)  # payments of one batch
BASE = "https://bridge.example.org/"
_DAY = "2026-11-21T00:00:00"
_MOMENT = "2026-11-21T10:00:00.000000"

RAIL = Rail(
    G2P_CONNECT.model,
    lambda: {
        "api_mode": "bridge",
        "auth_type": "none",
        "envelope_creation_url": f"{BASE}create_disbursement_envelope",
        "envelope_status_url": f"{BASE}get_disbursement_envelope_status",
        "payment_endpoint_url": f"{BASE}create_disbursements",
        "status_endpoint_url": f"{BASE}get_disbursement_status",
        "sender_id": "bench",
        "payee_prefix": "account:",
        "benefit_program_mnemonic": "BENCH",
        "batch_tag_ids": [(0, 0, {"name": "Envelope", "max_batch_size": SIZES[-1]})],
    },
)


# ---- The bridge ------------------------------------------------------------------------------------------------
class Bridge:
    """Answers every request, in the place of a transport."""

    def __init__(self):
        self._last_id = 1_795_000_000_000_000
        self._received = {}
        self._envelope_of = {}

    def send(self, request):
        """Take one request, and return the answer of a bridge that is content with it."""
        body = json.loads(request.body)
        message = getattr(self, request.url.removeprefix(BASE))(body["message"])
        header = {
            **{name: body["header"][name] for name in ("version", "message_id", "action")},
            "message_ts": _MOMENT,
            "status": "succ",
            "status_reason_message": "",
        }
        return Answer(status=200, body=json.dumps({"signature": None, "header": header, "message": message}))

    def create_disbursement_envelope(self, message):
        key = self._new_id()
        self._received[key] = (0, 0)
        return {**message, "id": None, "disbursement_envelope_id": key}

    def create_disbursements(self, message):
        made = [(self._new_id(), one) for one in message]
        envelope = message[0]["disbursement_envelope_id"]
        count, amount = self._received[envelope]
        more = sum(one["disbursement_amount"] for one in message)
        self._received[envelope] = (count + len(message), amount + more)
        self._envelope_of.update((key, one["disbursement_envelope_id"]) for key, one in made)
        return [{**one, "id": None, "disbursement_id": key, "response_error_codes": []} for key, one in made]

    def get_disbursement_envelope_status(self, message):
        count, amount = self._received[message]
        moved = ("received", "shipped", "reconciled")
        return {
            "disbursement_envelope_id": message,
            **{f"number_of_disbursements_{word}": count for word in moved},
            "number_of_disbursements_reversed": 0,
            "total_disbursement_amount_received": amount,
            "funds_available_with_bank": "FUNDS_AVAILABLE",
            "funds_available_attempts": 1,
            "funds_blocked_with_bank": "FUNDS_BLOCK_SUCCESS",
            "funds_blocked_attempts": 1,
            "id_mapper_resolution_required": True,
        }

    def get_disbursement_status(self, message):
        return [
            {
                "disbursement_id": key,
                "disbursement_recon_records": {
                    "disbursement_recon_payloads": [self._statement_of(key)],
                    "disbursement_error_recon_payloads": [],
                },
            }
            for key in message
        ]

    def _statement_of(self, key):
        return {
            "bank_disbursement_batch_id": "1",
            "disbursement_id": key,
            "disbursement_envelope_id": self._envelope_of[key],
            "beneficiary_name_from_bank": "Bench",
            "remittance_reference_number": key,
            "remittance_statement_id": "1",
            "remittance_statement_number": "1",
            "remittance_statement_sequence": "1",
            "remittance_entry_sequence": "1",
            "remittance_entry_date": _DAY,
            "remittance_value_date": _DAY,
            "reversal_found": False,
            "reversal_reason": None,
        }

    def _new_id(self):
        self._last_id += 1
        return str(self._last_id)


# ---- Ours ------------------------------------------------------------------------------------------------------
def _work(run, work):
    """Let the engine's workers do something with each submission, as jobs do, one after the other."""
    with patch.object(calls, "Transport", lambda *_args, **_values: run.bridge):
        for id_ in run.submission_ids():
            work(run.registry, id_)


def _send(run):
    run.bridge = Bridge()
    _work(run, worker.dispatch)


def _ask(run):
    run.request("administrator", lambda env: env[RAIL.model].payments_status_check(run.ids["manager"]))
    _work(run, worker.ask)


# ---- Stages ----------------------------------------------------------------------------------------------------
_QUEUE, _CLAIM, _APPLY = STAGES[-3:]
_SENT, _SUBMISSIONS, _BATCHES = _CLAIM.plain
_ID = "'1795' || lpad(id::text, 12, '0')"
_STATEMENT = f"""
    remittance_reference_number = {_ID}, remittance_statement_id = '1', remittance_entry_sequence = '1',
    remittance_entry_date = '{_DAY}'
"""

BEFORE = STAGES[:-3]
#: The stages that are this rail's own. What is claimed is committed before it is sent, so it is written twice.
OWN = (
    replace(_QUEUE, name="bridge: queueing", plain=(_QUEUE.plain[0], EACH_ITS_OWN, *_QUEUE.plain[2:])),
    Stage(
        "bridge: sending",
        _send,
        "SELECT count(*) FROM {schema}.g2p_payment WHERE cycle_id = %(cycle)s AND external_reference IS NOT NULL",
        (
            *_CLAIM.plain,
            copy("g2p_payment_exchange", BATCH),
            _SENT.replace("state = 'sent'", f"external_reference = {_ID}"),
            _SUBMISSIONS,
            _BATCHES,
        ),
    ),
    replace(
        _APPLY,
        name="bridge: settling",
        run=_ask,
        plain=(
            copy("g2p_payment_exchange", f"{BATCH} AND kind = 'question'"),
            *(one.replace("external_reference = NULL", _STATEMENT) for one in _APPLY.plain[1:]),
        ),
    ),
)


#: Whole rounds, with the bridge's own work: plain SQL for what they leave behind knows nothing of it.
ROUNDS = tuple(stage.name for stage in OWN[1:])


class Sizes:
    """What stages need at more than one size: memory at its height, and queries.

    :param names: of the stages that are looked at
    """

    def __init__(self, names):
        self._found = {name: {"peak_mb": {}, "queries_at": {}} for name in names}

    def time(self, run, stage):
        """Run a stage as :meth:`.run.Run.time` does, and note what it needs."""
        if stage.name not in self._found:
            return run.time(stage)
        seconds, peak = measure_peak(lambda: run.time(stage))
        self._found[stage.name]["peak_mb"][run.count] = peak
        self._found[stage.name]["queries_at"][run.count] = run.queries
        return seconds

    def add_to(self, row):
        """Return a row of the report with what is known besides."""
        return row | self._found.get(row["stage"], {})
