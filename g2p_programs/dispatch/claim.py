"""Claim: the one exclusion of the engine. After its commit this worker, and nobody else, may make the call."""

import logging
import time
from datetime import timedelta
from uuid import uuid4

from psycopg2 import OperationalError

from odoo.tools import SQL

from ..sets import set_update
from . import due, facts, timing
from .calls import Call, Held
from .cursors import database_now
from .outcome import PaymentData
from .rail import RailRefusal
from .states import Event

_logger = logging.getLogger(__name__)


def claim(env, submission_id, on_demand=False):
    """Take one queued submission, or nothing.

    Writes token, key, payload and deadline, and the payments' state; the caller's commit makes it true.

    :param env: environment of a transaction of the engine's own
    :param int submission_id: id
    :param bool on_demand: whether a person takes it; jobs leave alone what is claimed by hand
    :return: :class:`~.calls.Call`, or None when it is not queued, not its turn, held back, or another worker's
    """
    taken = claim_or_hold(env, submission_id, on_demand)
    return taken if isinstance(taken, Call) else None


def claim_or_hold(env, submission_id, on_demand=False, signed=None):
    """Take one queued submission as :func:`claim` does, and tell when it was held back, for what else that holds.

    :param env: see :func:`claim`
    :param int submission_id: see :func:`claim`
    :param bool on_demand: see :func:`claim`
    :param signed: see :func:`~.facts.claim_findings`
    :return: :class:`~.calls.Call`, :class:`~.calls.Held`, or None when it is not queued, not its turn, or another
        worker's
    """
    submission = _take(env, submission_id, on_demand)
    if submission is None:
        return None
    submission._lock()
    if not submission._only_serves():
        _lock_facts(submission)
    _lock_manager(submission)
    manager = submission._get_manager()
    found = facts.claim_findings(submission, manager, signed)
    if found.texts:
        return _hold(submission, found.texts, found.scope)
    scope = facts.Scope.SUBMISSION
    try:
        with env.cr.savepoint():
            return _claim(submission, manager)
    except RailRefusal as refusal:
        problems = [f"{reference}: {reason}" for reference, reason in refusal.findings.items()]
        scope = facts.Scope.BATCH if refusal.holds_batch else scope
    except OperationalError:
        raise
    except Exception as error:
        # Only the type: the text of an exception may carry a payee or a secret.
        _logger.error("submission %s could not be claimed: %s", submission_id, type(error).__name__)
        problems = [
            env._("The payment system's addon could not make the request (%s).", type(error).__name__)
        ]
    submission.invalidate_recordset(flush=False)
    return _hold(submission, problems, scope)


def _take(env, submission_id, on_demand):
    """Lock a queued submission whose turn it is; None when there is none."""
    env.cr.execute(
        f"""
        SELECT id FROM g2p_payment_submission AS mine
         WHERE id = %s AND state = 'queued' AND coalesce(on_demand, false) = %s AND {due.ITS_TURN}
           AND NOT EXISTS (SELECT 1 FROM g2p_payment_pending_exchange_rel AS pending
                            WHERE pending.g2p_payment_submission_id = mine.id)
           FOR UPDATE SKIP LOCKED
        """,
        (submission_id, on_demand),
    )
    return env["g2p.payment.submission"].browse(submission_id) if env.cr.fetchone() else None


#: Everything whose state decides whether a payment may be sent, each in id order. A shared lock is enough to make a
#: change that was committed since our snapshot, or is about to be, stop this claim: it runs again and sees it.
_LOCKS = (
    ("g2p_entitlement", "SELECT p.entitlement_id", "FOR UPDATE"),
    ("g2p_cycle", "SELECT p.cycle_id", "FOR SHARE"),
    ("g2p_program", "SELECT c.program_id", "FOR SHARE"),
    ("res_company", "SELECT p.company_id", "FOR SHARE"),
    ("res_partner", "SELECT p.partner_id", "FOR SHARE"),
)


def _lock_facts(submission):
    """Lock what the facts are read from, after submission and payments, in one order for all."""
    cr, batch_id = submission.env.cr, submission.batch_id.id
    for table, column, strength in _LOCKS:
        cr.execute(
            SQL(
                """
                SELECT id FROM %s WHERE id IN (
                    %s FROM g2p_payment p JOIN g2p_cycle c ON c.id = p.cycle_id
                     WHERE p.submission_id = %s OR (p.batch_id = %s AND %s)
                ) ORDER BY id %s
                """,
                SQL.identifier(table),
                SQL(column),
                submission.id,
                batch_id,
                not submission.payments_count,
                SQL(strength),
            )
        )
    for table, owner in (("g2p_cycle_membership", "cycle_id"), ("g2p_program_membership", "program_id")):
        cr.execute(
            SQL(
                """
                SELECT m.id FROM %s m JOIN g2p_payment p ON p.partner_id = m.partner_id
                  JOIN g2p_cycle c ON c.id = p.cycle_id
                 WHERE p.submission_id = %s AND m.%s = %s ORDER BY m.id FOR SHARE OF m
                """,
                SQL.identifier(table),
                submission.id,
                SQL.identifier(owner),
                SQL("c.id") if owner == "cycle_id" else SQL("c.program_id"),
            )
        )


def _lock_manager(submission):
    """Lock the payment manager, as it is now, for as long as the claim takes."""
    manager, cr = submission._get_manager(), submission.env.cr
    if manager is not None:
        cr.execute(
            SQL("SELECT id FROM %s WHERE id = %s FOR SHARE", SQL.identifier(manager._table), manager.id)
        )


def _hold(submission, problems, scope):
    """Leave it queued, saying why nothing was sent; it is looked at again later without anybody asking."""
    now = database_now(submission.env)
    submission._guarded_write(
        {"hold_reason": "\n".join(problems), "next_try_at": now + timedelta(seconds=timing.HOLD_PAUSE)}
    )
    return Held(scope, submission.batch_id.id)


def _claim(submission, manager):
    env = submission.env
    if not submission.payload or _is_stale(submission, manager):
        _build(submission, manager)
    elif anew := manager._rail_try_settings(submission):
        submission._guarded_write({"settings": dict(submission.settings or {}) | anew})
    manager._rail_check_payload(submission)
    seconds = manager._rail_deadline_seconds()
    # Taken after the payload was made: the deadline is the call's.
    now, ends = database_now(env), time.monotonic() + seconds
    token = str(uuid4())
    set_update(submission.payment_ids, {"state": "sent"}, legal_from=("issued", "sent"))
    submission._request_move(
        Event.CLAIM,
        {
            "claim_token": token,
            "claimed_at": now,
            "deadline_at": now + timedelta(seconds=seconds),
            "lease_until": now + timedelta(seconds=seconds + timing.LEASE_MARGIN),
            "tries": submission.tries + 1,
            "hold_reason": False,
            "next_try_at": False,
            "next_question_at": False,
            "absent_answers": 0,
        },
    )
    env.flush_all()
    data = submission._get_data()
    return Call(
        kind="submit",
        submission_id=submission.id,
        token=token,
        data=data,
        references=data.references,
        client=manager._rail_client(dict(submission.settings or {})),
        asked_at=now,
        ends=ends,
        payload_hash=submission.payload_hash,
    )


def _is_stale(submission, manager):
    """Tell whether a payload is to be made anew: it certainly never left, and its rail says that its time is over."""
    return not submission.ever_unknown and manager._rail_is_stale(submission)


def _build(submission, manager):
    """Pin what was released and make the payload once; every later try sends the same text under the same key."""
    settings = dict(submission.batch_id.released_settings or {}) | manager._rail_step_settings(submission)
    settings |= manager._rail_try_settings(submission)
    submission._guarded_write({"key": submission.key or submission._new_key(), "settings": settings})
    client = manager._rail_client(settings)
    payments = submission.payment_ids or submission._get_opened().payment_ids
    payload = client.build(submission._get_data(), payment_data(payments))
    submission._guarded_write({"payload": payload, "payload_hash": submission._hash(payload)})


def payment_data(payments):
    """Turn payments into what a rail may build from.

    :param payments: ``g2p.payment`` recordset
    :return: list of :class:`PaymentData`, in the order of their ids
    """
    payments.env["g2p.payment"].flush_model()
    if not payments:
        return []
    rows = payments.env.cr
    rows.execute(
        """
        SELECT p.id, p.name, coalesce(p.payee_id_type, ''), coalesce(p.payee_id_value, ''),
               coalesce(p.payee_bank_code, ''), coalesce(p.payee_name, ''),
               p.amount_issued::text, c.name, c.decimal_places
          FROM g2p_payment p JOIN res_currency c ON c.id = p.currency_id
         WHERE p.id = ANY(%s) ORDER BY p.id
        """,
        (payments.ids,),
    )
    return [PaymentData(*row[:6], canonical_amount(row[6], row[8]), row[7]) for row in rows.fetchall()]


def canonical_amount(text, digits):
    """Return an amount with exactly the currency's digits; more digits are kept, so that a rail can refuse them."""
    whole, _dot, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole
