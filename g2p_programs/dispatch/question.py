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
        (submission_id, list(states.ASKABLE_STATES)),
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
    pause = timing.backoff(timing.FIRST_QUESTION, submission.questions, timing.LONGEST_QUESTION_PAUSE)
    submission._guarded_write(
        {
            "questions": submission.questions + 1,
            "next_question_at": now + timedelta(seconds=max(pause, seconds + timing.QUESTION_MARGIN)),
        }
    )
    if manager is None:
        return None
    open_payments = env["g2p.payment"].search_fetch(
        [("submission_id", "=", submission_id), ("state", "=", "sent")], ["name"], order="id"
    )
    return Call(
        kind="question",
        submission_id=submission_id,
        token=submission.claim_token or "",
        data=submission._get_data(),
        references=tuple(open_payments.mapped("name")),
        client=manager._rail_client(dict(submission.settings or {})),
        asked_at=now,
        ends=time.monotonic() + seconds,
        payload_hash=submission.payload_hash or "",
    )
