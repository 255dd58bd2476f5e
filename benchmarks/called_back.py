"""G2P Connect that calls back, a batch of one payment each: what it costs to take a callback, and to apply it.

Each callback goes through Odoo's web application, one after the other, without a socket: so the rate says how many one
process can take at most, less what its server needs for connections. Beside it, plain SQL stores all of them in one
statement.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch

from werkzeug.test import EnvironBuilder, run_wsgi_app

import odoo.http
from odoo import SUPERUSER_ID, api

from odoo.addons.g2p_programs.dispatch import due, news
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction
from odoo.addons.g2p_programs.dispatch.outcome import Answer

from .rails import G2P_CONNECT, Rail
from .stages import BATCH, STAGES, Stage, copy

BASE = "https://odoo.example.org"
RAIL = Rail(
    G2P_CONNECT.model,
    lambda: {
        **G2P_CONNECT.values(),
        "api_mode": "async",
        "callback_base_url": BASE,
        "batch_tag_ids": [(0, 0, {"name": "One", "max_batch_size": 1})],
    },
)
KIND = "on-disburse"


# ---- The payment system's part, which is not timed -------------------------------------------------------------
def _acknowledge(run):
    """Acknowledge each claim, and make what will be called back about it."""
    run.answers = []
    address = _find_address(run)
    for number, one in enumerate(run.claims):
        run_in_own_transaction(run.registry, news.store, one, Answer(status=200, body=_ack(number)))
        run_in_own_transaction(run.registry, news.apply_pending, one.submission_id)
        body = _callback(number, json.loads(one.data.payload))
        run.answers.append(_request(run, address, body))


def _find_address(run):
    with run.registry.cursor() as cr:
        manager = api.Environment(cr, SUPERUSER_ID, {})[RAIL.model].browse(run.ids["manager"])
        return manager._get_callback_url().removeprefix(BASE)


def _request(run, address, body):
    """Return a request as a server gives it to Odoo's web application."""
    builder = EnvironBuilder(
        f"{address}/{KIND}",
        method="POST",
        data=body,
        content_type="application/json",
        headers={"X-Odoo-Database": run.registry.db_name, "User-Agent": "bench"},
    )
    return builder.get_environ()


def _ack(number):
    told = {"ack_status": "ACK", "timestamp": _now(), "correlation_id": f"bench-{number}"}
    return json.dumps({"message": told})


def _callback(number, payload):
    rows = [
        {
            "reference_id": item["reference_id"],
            "timestamp": _now(),
            "status": "succ",
            "amount": item["amount"],
            "currency_code": item["currency_code"],
        }
        for item in payload["disbursements"]
    ]
    header = {"message_id": f"bench-{number}", "message_ts": _now(), "action": KIND, "status": "succ"}
    message = {"transaction_id": payload["transaction_id"], "disbursements_status": rows}
    return json.dumps({"header": header, "message": message}).encode()


def _now():
    return datetime.now(UTC).isoformat(timespec="milliseconds")


# ---- Ours ------------------------------------------------------------------------------------------------------
def _take(run):
    with patch.object(odoo.http, "db_filter", lambda dbs, host=None: list(dbs)):
        for environ in run.answers:
            content, status, _headers = run_wsgi_app(odoo.http.root, environ)
            if '"ACK"' not in (told := b"".join(content).decode()):
                raise RuntimeError(f"A callback was not taken: {status} {told}")


def _apply(run):
    key = (RAIL.model, run.ids["manager"])
    for id_ in run_in_own_transaction(run.registry, due.find_told, key, 0, run.count):
        run_in_own_transaction(run.registry, news.apply_pending, id_)


# ---- Stages ----------------------------------------------------------------------------------------------------
_QUEUE, _CLAIM, _APPLY = STAGES[-3:]
_TOLD = f"{BATCH} AND kind = 'callback'"
BEFORE = STAGES[:-3]
#: The stages that are this rail's own.
OWN = (
    replace(_QUEUE, name="called back: queueing"),
    replace(_CLAIM, name="called back: claiming", then=_acknowledge),
    Stage(
        "called back: taking",
        _take,
        "SELECT count(*) FROM {schema}.g2p_payment_exchange WHERE kind = 'callback' AND batch_id IN "
        "(SELECT id FROM public.g2p_payment_batch WHERE cycle_id = %(cycle)s)",
        (copy("g2p_payment_exchange", _TOLD),),
    ),
    replace(_APPLY, name="called back: applying", run=_apply, plain=_APPLY.plain[1:]),
)
