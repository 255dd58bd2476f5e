"""Payment Hub EE: what differs from the other stages. Files are made, signed and read page by page; none is sent."""

import io
import json
import statistics
import time
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from odoo.addons.g2p_programs.dispatch import news, question
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction
from odoo.addons.g2p_programs.dispatch.outcome import Answer

from tests.simulators.phee.jws import sign
from tests.simulators.phee.keys import Keys

from .rails import Rail
from .stages import BATCH, STAGES, copy

MODEL = "g2p.program.payment.manager.phee"
PAGE = 200  # transfers on a page, fewer than are asked for
_MOMENT = 1763630102000

_make_keys = cache(Keys.made)


def _values():
    keys = _make_keys()
    return {
        "payment_endpoint_url": "https://bulk.example.org/batchtransactions",
        "status_endpoint_url": "https://ops.example.org/api/v1/batch",
        "tenant_id": "bench",
        "payment_mode": "closedloop",
        "payer_id": "7001",
        "signing_key": keys.client_key,
        "hub_certificate": keys.server_certificate,
    }


RAIL = Rail(MODEL, _values)


# ---- the hub's part, which is not timed ------------------------------------------------------------------------
@dataclass(frozen=True)
class Hub:
    """Answers questions about one batch, in the place of a transport.

    :param batch: the hub's id of it
    :param rows: cells of its file, by column
    """

    batch: str
    rows: list

    def send(self, request):
        """Answer a question about the batch as a whole, or for a page of its transfers."""
        parts = urlsplit(request.url)
        if not parts.path.endswith("/detail"):
            count = len(self.rows)
            numbers = {"total": count, "ongoing": 0, "failed": 0, "successful": count}
            return _told({"batchId": self.batch, "correlationId": None, "status": "COMPLETED", **numbers})
        start = int(parse_qs(parts.query)["pageNo"][0]) * PAGE
        content = [self._transfer(number, row) for number, row in enumerate(self.rows)][start : start + PAGE]
        return _told({"content": content, "last": start + PAGE >= len(self.rows)})

    def _transfer(self, number, row):
        return {
            "id": number,
            "workflowInstanceKey": str(2251799813700000 + number),
            "transactionId": row["request_id"],
            "startedAt": _MOMENT,
            "completedAt": _MOMENT + 1000,
            "status": "COMPLETED",
            "statusDetail": None,
            "payeeDfspId": None,
            "payeePartyId": row["payee_identifier"],
            "payeePartyIdType": row["payee_identifier_type"],
            "payeeFee": 0,
            "payeeFeeCurrency": row["currency"],
            "payerDfspId": "bench",
            "payerPartyId": row["payer_identifier"],
            "payerPartyIdType": row["payer_identifier_type"],
            "payerFee": 0,
            "payerFeeCurrency": row["currency"],
            "amount": row["amount"],
            "currency": row["currency"],
            "direction": "UNKNOWN",
            "errorInformation": None,
            "batchId": self.batch,
            "clientCorrelationId": str(uuid4()),
        }


def _told(body):
    return Answer(status=200, body=json.dumps(body))


def make_answers(run):
    """Make, for each claim, the signed answer to its file, and what the hub later tells of it."""
    run.answers = [
        (_take(call, batch), _tell(call, batch)) for call in run.claims for batch in (str(uuid4()),)
    ]


def _take(call, batch):
    body = json.dumps({"PollingPath": f"/batch/Summary/{batch}", "SuggestedCallbackSeconds": "120"})
    return Answer(status=202, body=body, headers={"x-signature": sign(_make_keys().server_private, body)})


def _tell(call, batch):
    head, *lines = call.data.payload.split("\n")
    rows = [dict(zip(head.split(","), line.split(","), strict=True)) for line in lines]
    return call.client.ask(Hub(batch, rows), replace(call.data, correlation=batch), call.references)


# ---- calls -----------------------------------------------------------------------------------------------------
def _apply(run):
    """Take the hub's word for each file, ask as the scheduled action does, and apply what it tells."""
    for call, (taken, _told) in zip(run.claims, run.answers, strict=True):
        _store_and_apply(run, call, taken)
    run.request("administrator", lambda env: env[MODEL].payments_status_check(run.ids["manager"]))
    for call, (_taken, told) in zip(run.claims, run.answers, strict=True):
        asked = run_in_own_transaction(run.registry, question.take, call.submission_id)
        _store_and_apply(run, asked, told)


def _store_and_apply(run, call, answer):
    run_in_own_transaction(run.registry, news.store, call, answer)
    run_in_own_transaction(run.registry, news.apply_pending, call.submission_id)


# ---- stages ----------------------------------------------------------------------------------------------------
_QUEUE, _CLAIM, _APPLY = STAGES[-3:]
ROUNDS = 3
_FILES = "FROM {schema}.g2p_payment_phee_file AS f JOIN public.g2p_payment_batch AS b ON b.id = f.batch_id"

#: The stages that are this rail's own.
OWN = (
    replace(
        _QUEUE,
        name="hub: queueing, with files",
        seen=f"SELECT sum(f.rows) {_FILES} WHERE b.cycle_id = %(cycle)s",
        plain=(*_QUEUE.plain, copy("g2p_payment_phee_file", BATCH)),
    ),
    replace(_CLAIM, name="hub: claiming", then=make_answers),
    replace(
        _APPLY,
        name="hub: applying pages",
        run=_apply,
        plain=tuple(
            statement.replace("external_reference = NULL", "external_reference = gen_random_uuid()::text")
            for statement in _APPLY.plain
        ),
    ),
)
STAGES = (*STAGES[:-3], *OWN)

# ---- requests --------------------------------------------------------------------------------------------------
#: What stands in the files, by one statement.
_COPY = """
    COPY (
        SELECT row_number() OVER (PARTITION BY batch_id ORDER BY p.id) - 1 AS id, p.name, 'closedloop',
               'accountNumber', '7001', 'accountNumber', p.payee_id_value, p.amount_issued::bigint, c.name, g.name,
               '', y.name, p.payee_bank_code, '', ''
          FROM g2p_payment p JOIN res_currency c ON c.id = p.currency_id
          JOIN g2p_cycle y ON y.id = p.cycle_id JOIN g2p_program g ON g.id = y.program_id
         WHERE p.cycle_id = %(cycle)s ORDER BY p.batch_id, p.id
    ) TO STDOUT (FORMAT csv)
"""


def measure_requests(run):
    """Make every request once more as it is sent, signed, and return one row of the report.

    :param run: run.Run whose claims were made
    """
    started = time.perf_counter()
    for call in run.claims:
        call.client.make_request(call.data)
    seconds = time.perf_counter() - started
    return {
        "stage": "hub: signing",
        "seconds": round(seconds, 4),
        "plain_seconds": round(statistics.median(_copy_out(run) for _round in range(ROUNDS)), 4),
        "queries": 0,
        # It is done while nothing is open in the database, and mostly reads the key; one COPY is nothing like it.
        "limited": False,
    }


def _copy_out(run):
    """Return the seconds that one COPY of the same rows takes."""
    with run.watcher.cursor() as cursor:
        started = time.perf_counter()
        cursor.copy_expert(cursor.mogrify(_COPY, run.ids).decode(), io.BytesIO())
        return time.perf_counter() - started
