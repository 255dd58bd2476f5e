"""The one door for all news: synchronous answers, polls, callbacks, imported files.

News never raises and is never dropped: it is stored first (:func:`store`), then applied from the store
(:func:`apply_pending`), as often as it takes. It is matched by key, never by position, and never moves a payment
that is final (ENGINE.md sections 2 to 4).
"""

import logging
from dataclasses import asdict
from datetime import timedelta

from . import outcome as said
from . import rows, states, timing
from .cursors import database_now
from .states import Event

_logger = logging.getLogger(__name__)

#: Agreeing answers that are needed before absence is believed.
ABSENT_ANSWERS_NEEDED = 2


def store(env, submission_id, kind, answer, outcome, token="", references=()):
    """Write down one answer, whole, before anything is made of it.

    :param env: environment of a transaction of the engine's own
    :param int submission_id: whom it concerns
    :param str kind: ``submit``, ``question``, ``callback`` or ``file``
    :param answer: the :class:`~.outcome.Answer`
    :param outcome: how the rail reads it now, for the list only: it is read again when it is applied
    :param str token: the claim it answers to
    :param references: keys of the payments that were asked about
    """
    submission = env["g2p.payment.submission"].browse(submission_id)
    exchange = env["g2p.payment.exchange"].create(
        {
            "submission_id": submission_id,
            "kind": kind,
            "key": submission.key,
            "payload_hash": submission.payload_hash,
            "claim_token": token,
            "http_status": answer.status,
            "outcome": type(outcome).__name__,
            "code": outcome.code,
            "reason": outcome.reason or answer.note,
            "duration_ms": answer.duration_ms,
            "references": list(references),
            "answer": asdict(answer) | {"fault": answer.fault.value},
        }
    )
    submission._guarded_write({"pending_exchange_ids": [(4, exchange.id)]})


def apply_pending(env, submission_id):
    """Apply every stored answer of a submission that was not applied yet, oldest first.

    Writes submission, payments and nothing else, so it can be run again after any failure.

    :param env: environment of a transaction of the engine's own
    :param int submission_id: whom it concerns
    """
    submission = env["g2p.payment.submission"].browse(submission_id)
    submission._lock()
    manager = submission._get_manager()
    if manager is None:
        return
    client = manager._rail_client(dict(submission.settings or {}))
    for exchange in submission.pending_exchange_ids.sorted("id"):
        answer = said.Answer(**(exchange.answer | {"fault": said.Fault(exchange.answer["fault"])}))
        data = submission._get_data()
        if exchange.kind == "submit":
            outcome = read_submission(client, answer, data)
        else:
            outcome = read_question(client, answer, data, tuple(exchange.references or ()))
        process(submission, outcome, own_call=exchange.claim_token == submission.claim_token)
    submission._guarded_write({"pending_exchange_ids": [(5,)]})


def read_submission(client, answer, data):
    """Let the rail read a try's answer; whatever it does wrong is Unknown."""
    try:
        outcome = client.read_submission(answer, data)
    except Exception as error:
        _logger.error("rail could not read a submission's answer: %s", type(error).__name__)
        return said.Unknown(code="unreadable")
    return outcome if isinstance(outcome, said.TRY_OUTCOMES) else said.Unknown(code="unreadable")


def read_question(client, answer, data, references):
    """Let the rail read a question's answer; whatever it does wrong is Unreadable."""
    try:
        outcome = client.read_question(answer, data, references)
    except Exception as error:
        _logger.error("rail could not read a question's answer: %s", type(error).__name__)
        return said.Unreadable(code="unreadable")
    return outcome if isinstance(outcome, said.QUESTION_OUTCOMES) else said.Unreadable(code="unreadable")


def process(submission, outcome, own_call=False):
    """Make of one piece of news what may be made of it.

    :param submission: one locked ``g2p.payment.submission``
    :param outcome: one of the closed sets
    :param bool own_call: whether the claim that is on the submission now made the call
    """
    event = states.event_of(outcome)
    change = states.move(submission.state, event, own_call, submission.ever_unknown)
    vals = {"last_code": outcome.code, "last_reason": outcome.reason}
    if event is Event.UNKNOWN or (event is Event.FOUND and submission.state == "sending"):
        # Found while the call still runs: whatever the call says later, a refusal proves nothing any more.
        vals["ever_unknown"] = True
    if getattr(outcome, "correlation", ""):
        vals["correlation"] = outcome.correlation
    vals |= _count_absence(submission, event)
    _enter(submission, change.state, vals)
    if change.contradiction:
        _contradict(submission)
    notes = rows.apply_rows(submission, getattr(outcome, "rows", ()))
    if notes:
        submission._guarded_write({"attention": notes})
    _prove_absence(submission, event)
    settle_if_final(submission)


def expire_lease(env, submission_id):
    """Make a submission unknown whose worker is gone. Never queued: the call may have been made.

    :return: True when there was such a lease
    """
    submission = env["g2p.payment.submission"].browse(submission_id)
    submission._lock()
    now = database_now(env)
    if submission.state != "sending" or submission.lease_until >= now:
        return False
    _enter(submission, "unknown", {"ever_unknown": True, "last_code": "lease_expired"})
    return True


def settle_if_final(submission):
    """Close a submission all of whose payments are final."""
    env = submission.env
    env["g2p.payment"].flush_model(["state"])
    env.cr.execute(
        "SELECT 1 FROM g2p_payment WHERE submission_id = %s AND state NOT IN ('reconciled', 'cancelled') LIMIT 1",
        (submission.id,),
    )
    if env.cr.fetchone():
        return
    carries = submission.payments_count > 0
    if submission.state == "sent" or (carries and submission.state == "unknown"):
        _enter(submission, states.move(submission.state, Event.ALL_FINAL).state, {})


def _enter(submission, state, vals):
    """Write a move and what belongs to the new state."""
    vals = dict(vals)
    now = database_now(submission.env)
    if state:
        vals["state"] = state
    if state == "queued" and submission.state == "sending":
        pause = timing.backoff(timing.FIRST_RETRY, submission.tries - 1, timing.LONGEST_RETRY_PAUSE)
        vals["next_try_at"] = now + timedelta(seconds=pause)
    if state in states.ASKABLE_STATES and submission.state not in states.ASKABLE_STATES:
        vals |= {"questions": 0, "next_question_at": now + timedelta(seconds=timing.FIRST_QUESTION)}
    elif state and state not in states.ASKABLE_STATES:
        vals["next_question_at"] = False
    freed = state in ("rejected", "queued") and submission.state == "sending"
    submission._guarded_write(vals)
    if freed:
        rows.free_payments(submission)


def _contradict(submission):
    """The payment system has what our books say it was never given: nothing moves, nothing more is sent."""
    payments = submission.payment_ids
    rows.dispute(payments.filtered(lambda payment: payment.state in ("issued", "sent")), "contradiction")
    note = submission.env._("The payment system says it has %s, which our books say was never given to it.", submission.name)
    submission._guarded_write({"attention": note})


def _count_absence(submission, event):
    """Count agreeing answers of absence in a row; anything else that was understood starts again."""
    proof = event is Event.NEVER_HAD
    if event is Event.NOT_SEEN:
        manager = submission._get_manager()
        proof = bool(manager and manager.refuses_repeated_key)
    if proof:
        return {"absent_answers": submission.absent_answers + 1}
    return {} if event is Event.UNREADABLE else {"absent_answers": 0}


def _prove_absence(submission, event):
    """Queue an unknown submission again once its absence is proven: after lease and settle time, agreed upon."""
    if event not in (Event.NEVER_HAD, Event.NOT_SEEN) or submission.absent_answers < ABSENT_ANSWERS_NEEDED:
        return
    manager = submission._get_manager()
    settle = timedelta(seconds=manager._rail_settle_seconds())
    if submission.lease_until and database_now(submission.env) < submission.lease_until + settle:
        return
    target = states.move(submission.state, Event.PROVEN_ABSENT).state
    if not target:
        return
    if any(payment.state != "sent" or payment.disputed for payment in submission.payment_ids):
        note = submission.env._("The payment system says it never had %s, and spoke of its payments.", submission.name)
        submission._guarded_write({"attention": note, "absent_answers": 0})
        return
    _enter(submission, target, {"absent_answers": 0})
