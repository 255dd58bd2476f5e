"""The Mojaloop rail in both modes: lists to the layer, made and read and not sent; and a lane, payment by payment.

Long lists are like the batches of other rails. Short ones, as they are by default because the layer takes a second for
each line, show what each list costs.

Direct payments really go to the simulated scheme adapter. With a call, an answer and some commits for each payment
there is no set to compare with: what counts is how many go through.
"""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.addons.g2p_programs.dispatch import lane
from odoo.addons.g2p_programs.dispatch.outcome import Answer

from tests.simulators.interop.process import running_simulator

from .rails import Rail
from .stages import EACH_ITS_OWN, STAGES

MODEL = "g2p.program.payment.manager.payment.interop.layer"
LOOPBACK = "g2p_payment_interop_layer.allow_loopback_http"
MOST = 500  # payments one by one, or in short lists; more would take long and say nothing else
LONG, SHORT = 500, 50  # payments of a list
AT_ONCE = 8
SECONDS = 600


def _layer(size):
    values = {
        "mode": "pil",
        "payment_endpoint_url": "https://layer.example.org/disbursement",
        "max_batch_size": size,
    }
    return Rail(MODEL, lambda: values)


LONG_LISTS, SHORT_LISTS = _layer(LONG), _layer(SHORT)


# ---- The layer's part, which is not timed ----------------------------------------------------------------------
def make_answers(run):
    """Make, for each claim, the answer of a layer that calls everything completed."""
    run.answers = [_answer(json.loads(one.data.payload)["disbursement"]) for one in run.claims]


def _answer(disbursement):
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    rows = [
        {
            **payee,
            "timestamp": moment,
            "status": "COMPLETED",
            "amountDebited": payee["amount"],
            "amountCredited": payee["amount"],
        }
        for payee in disbursement["payeeList"]
    ]
    return Answer(
        status=200, body=json.dumps({"disbursementId": disbursement["disbursementId"], "payeeResults": rows})
    )


# ---- Direct ----------------------------------------------------------------------------------------------------
@contextmanager
def direct(allow):
    """Run the simulated adapter for a ``with`` block, and give the :class:`~.rails.Rail` that pays through it.

    :param allow: function that sets a system parameter, so that a manager may call this machine
    """
    allow(LOOPBACK, "True")
    with TemporaryDirectory(prefix="g2p_bench_") as folder:
        with running_simulator({}, Path(folder, "ledger.jsonl")) as simulator:
            yield Rail(
                MODEL,
                lambda: {
                    "mode": "sdk",
                    "payment_endpoint_url": simulator.transfers_url,
                    "payer_id_type": "ACCOUNT_ID",
                    "payer_id_value": "7001",
                    "transfers_at_once": AT_ONCE,
                },
            )


def _pay_directly(run):
    lane.run(run.registry, (MODEL, run.ids["manager"]), AT_ONCE, SECONDS)


# ---- Stages ----------------------------------------------------------------------------------------------------
_QUEUE, _CLAIM, _APPLY = STAGES[-3:]


def _with(stage, old, new, **changes):
    plain = tuple(statement.replace(old, new) for statement in stage.plain)
    return replace(stage, plain=plain, **changes)


def _by_layer(size):
    return (
        replace(_QUEUE, name=f"layer, {size} a list: queueing"),
        replace(_CLAIM, name=f"layer, {size} a list: claiming", then=make_answers),
        _with(
            _APPLY,
            "status_code = NULL",
            "status_code = 'layer.completed'",
            name=f"layer, {size} a list: applying",
        ),
    )


#: The stages that are this rail's own.
OWN_LONG, OWN_SHORT = _by_layer(LONG), _by_layer(SHORT)
#: Claiming, calling, storing and applying, payment by payment.
OWN_DIRECT = (
    replace(_QUEUE, name="direct: queueing", plain=(_QUEUE.plain[0], EACH_ITS_OWN, *_QUEUE.plain[2:])),
    _with(
        _APPLY,
        "external_reference = NULL",
        "external_reference = gen_random_uuid()::text",
        name=f"direct: paying, {AT_ONCE} at once",
        run=_pay_directly,
    ),
)
BEFORE = STAGES[:-3]
