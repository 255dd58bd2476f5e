"""Taking a question: who asks, about what, and when the next one is due if this one is never answered."""

import time
from datetime import timedelta

from odoo.fields import Domain

from . import facts, states, timing
from .calls import Call
from .cursors import database_now
from .states import DECIDED


def make_due(env, submission_ids):
    """Make a question due now about those of these submissions that are open or watched, and leave jobs for it.

    What a worker or a callback holds is left out: whoever holds it says when the next question is due.

    :param env: environment of a transaction of the engine's own
    :param list submission_ids: ids
    """
    env.cr.execute(
        """
        SELECT id FROM g2p_payment_submission
         WHERE id = ANY(%s)
           AND (state = ANY(%s) OR (state = 'done' AND watch_until > clock_timestamp() AT TIME ZONE 'UTC'))
         ORDER BY id FOR UPDATE SKIP LOCKED
        """,
        (list(submission_ids), list(states.ASKABLE_STATES)),
    )
    free = [row[0] for row in env.cr.fetchall()]
    env["g2p.payment.submission"].browse(free)._schedule_question()


def take(env, submission_id):
    """Take the question that is due on a submission and schedule the one after it.

    :param env: environment of a transaction of the engine's own
    :param int submission_id: id
    :return: :class:`~.calls.Call`, or None when none is due or nobody can be asked
    """
    env.cr.execute(
        """
        SELECT 1 FROM g2p_payment_submission
         WHERE id = %s AND state = ANY(%s) AND next_question_at <= clock_timestamp() AT TIME ZONE 'UTC'
           FOR UPDATE SKIP LOCKED
        """,
        (submission_id, [*states.ASKABLE_STATES, "done"]),
    )
    if not env.cr.fetchone() or facts.is_neutralized(env):
        return None
    submission = env["g2p.payment.submission"].browse(submission_id)
    manager = submission._get_manager()
    if manager is not None and manager._pays_by_file():
        submission._guarded_write({"next_question_at": False})
        return None
    seconds = manager._rail_deadline_seconds() if manager else 0
    now = database_now(env)
    watched = submission.state == "done"
    if watched and (not submission.watch_until or submission.watch_until < now):
        submission._guarded_write({"next_question_at": False})
        return None
    pause = timing.backoff(timing.FIRST_QUESTION, submission.questions, timing.LONGEST_QUESTION_PAUSE)
    if watched:
        pause = timing.LONGEST_QUESTION_PAUSE
    submission._guarded_write(
        {
            "questions": submission.questions + 1,
            "next_question_at": now + timedelta(seconds=max(pause, seconds + timing.QUESTION_MARGIN)),
        }
    )
    if manager is None:
        return None
    asked = _find_asked_about(submission, manager, now)
    if watched and not asked:
        submission._guarded_write({"next_question_at": False})
        return None
    return Call(
        kind="question",
        submission_id=submission_id,
        token=submission.claim_token or "",
        data=submission._get_data(),
        references=tuple(asked.mapped("name")),
        client=manager._rail_client(dict(submission.settings or {})),
        asked_at=now,
        ends=time.monotonic() + seconds,
        payload_hash=submission.payload_hash or "",
    )


def _find_asked_about(submission, manager, now):
    """Return the payments that a question is about: what is open, and what is watched.

    What was paid is watched for as many days as the rail says, until it has come back. So is what people said never to
    have been executed, where the payment system has given it an id: it may know better.
    """
    which = Domain("state", "=", "sent") if submission.state != "done" else Domain.FALSE
    if days := manager._rail_watch_days():
        paid = Domain("status", "=", "paid") & Domain("reversal_ids", "=", False)
        decided = Domain("status", "=", "failed") & Domain("status_code", "=", DECIDED)
        decided &= Domain("external_reference", "!=", False) & Domain("contradicted", "=", False)
        which |= (paid | decided) & Domain("status_datetime", ">=", now - timedelta(days=days))
    return submission.env["g2p.payment"].search_fetch(
        Domain("submission_id", "=", submission.id) & which, ["name"], order="id"
    )
