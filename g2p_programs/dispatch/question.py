"""Taking a question: who asks, about what, and when the next one is due if this one is never answered."""

import time
from datetime import timedelta

from . import facts, states, timing
from .calls import Call
from .cursors import database_now


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
    # What was paid and has come back is not asked about any more; what was paid otherwise, as long as it is watched.
    which = [("status", "=", "paid"), ("reversal_ids", "=", False)] if watched else [("state", "=", "sent")]
    asked = env["g2p.payment"].search_fetch(
        [("submission_id", "=", submission_id), *which], ["name"], order="id"
    )
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
