"""Claim: the one exclusion of the engine. After its commit this worker, and nobody else, may make the call."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from ..sets import set_update
from . import facts, timing
from .cursors import database_now
from .outcome import PaymentData, SubmissionData
from .rail import RailClient, RailRefusal
from .states import Event


@dataclass(frozen=True)
class Claim:
    """The right to make one call, and all that is needed for it without any transaction.

    :param seconds: total deadline of the call, in seconds
    """

    submission_id: int
    token: str
    data: SubmissionData
    client: RailClient = field(repr=False)
    seconds: int
    payload_hash: str


def claim(env, submission_id):
    """Take one queued submission, or nothing.

    Writes token, key, payload and deadline, and the payments' state; the caller's commit makes it true.

    :param env: environment of a transaction of the engine's own
    :param int submission_id: id
    :return: :class:`Claim`, or None when it is not queued, not its turn, held back, or another worker's
    """
    submission = _take(env, submission_id)
    if submission is None:
        return None
    submission._lock()
    _lock_entitlements(submission)
    manager = submission._get_manager()
    problems = facts.claim_problems(submission, manager)
    if problems:
        _hold(submission, problems)
        return None
    try:
        return _claim(submission, manager)
    except RailRefusal as refusal:
        _hold(submission, [f"{reference}: {reason}" for reference, reason in refusal.findings.items()])
        return None


def _take(env, submission_id):
    """Lock a queued submission whose turn it is; None when there is none."""
    env.cr.execute(
        """
        SELECT id FROM g2p_payment_submission AS mine
         WHERE id = %s AND state = 'queued'
           AND NOT EXISTS (SELECT 1 FROM g2p_payment_submission AS lower
                            WHERE lower.batch_id = mine.batch_id AND lower.step < mine.step
                              AND lower.state NOT IN ('done', 'cancelled'))
           FOR UPDATE SKIP LOCKED
        """,
        (submission_id,),
    )
    return env["g2p.payment.submission"].browse(submission_id) if env.cr.fetchone() else None


def _lock_entitlements(submission):
    submission.env.cr.execute(
        """
        SELECT e.id FROM g2p_entitlement e
         WHERE e.id IN (SELECT entitlement_id FROM g2p_payment WHERE submission_id = %s)
         ORDER BY e.id FOR UPDATE
        """,
        (submission.id,),
    )


def _hold(submission, problems):
    """Leave it queued, saying why nothing was sent; it is looked at again later without anybody asking."""
    now = database_now(submission.env)
    submission._guarded_write(
        {"hold_reason": "\n".join(problems), "next_try_at": now + timedelta(seconds=timing.HOLD_PAUSE)}
    )


def _claim(submission, manager):
    env = submission.env
    now = database_now(env)
    seconds = manager._rail_deadline_seconds()
    if not submission.payload:
        _build(submission, manager)
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
    return Claim(
        submission_id=submission.id,
        token=token,
        data=submission._get_data(),
        client=manager._rail_client(dict(submission.settings or {})),
        seconds=seconds,
        payload_hash=submission.payload_hash,
    )


def _build(submission, manager):
    """Pin settings and make the payload once; every later try sends the same text under the same key."""
    settings = manager._rail_settings()
    submission._guarded_write({"key": submission.key or submission._new_key(), "settings": settings})
    client = manager._rail_client(dict(settings))
    payload = client.build(submission._get_data(), payment_data(submission.payment_ids))
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
