"""The permanent sweeper: finishes what a kill, a lost job or a sleeping payment system left (ENGINE.md section 3).

Correctness never depends on a job being there, nor on a manager's own status check: what is committed on the
submissions says what is to be done, and this does it, each submission in a transaction of its own.
"""

import logging

from . import due, facts, follow_up, news, states
from .cursors import own_transaction, run_in_own_transaction

_logger = logging.getLogger(__name__)

#: Submissions looked at per sweep and kind; the rest comes with the next sweep.
LIMIT = 1000


def sweep(registry):
    """Do everything that is due.

    :param registry: the database's registry
    :return: dict {what: number of submissions}
    """
    done = {"expired": 0, "applied": 0, "queued": 0, "asked": 0}
    # Stored answers first: what is on record is no doubt, however long ago its lease ended.
    for submission_id in _find(registry, _UNAPPLIED):
        _each(registry, news.apply_pending, submission_id)
        _each(registry, follow_up.follow_up, submission_id)
        done["applied"] += 1
    for submission_id in _find(registry, _EXPIRED):
        if _each(registry, news.expire_lease, submission_id):
            done["expired"] += 1
            _each(registry, follow_up.follow_up, submission_id)
    for submission_id in _find(registry, _FOLLOW_UP):
        _each(registry, follow_up.follow_up, submission_id)
    for batch_id in _find(registry, _UNDERIVED, list(_WORST_FIRST)):
        _each(registry, follow_up.follow_batch, batch_id)
    lanes = _each(registry, _enqueue_lanes) or []
    in_lanes = [model for model, _manager in lanes], [manager for _model, manager in lanes]
    for submission_id in _find(registry, _QUEUED, *in_lanes):
        _each(registry, _enqueue_dispatch, submission_id)
        done["queued"] += 1
    for submission_id in _find(registry, _QUESTIONS, *in_lanes):
        _each(registry, _enqueue_question, submission_id)
        done["asked"] += 1
    return done


_EXPIRED = """
    SELECT id FROM g2p_payment_submission
     WHERE state = 'sending' AND lease_until < clock_timestamp() AT TIME ZONE 'UTC' ORDER BY id LIMIT %s
"""
_UNAPPLIED = """
    SELECT DISTINCT rel.g2p_payment_submission_id FROM g2p_payment_pending_exchange_rel rel
      JOIN g2p_payment_exchange x ON x.id = rel.g2p_payment_exchange_id
     WHERE x.create_date < (clock_timestamp() AT TIME ZONE 'UTC') - interval '5 seconds'
     ORDER BY 1 LIMIT %s
"""
#: What a follow-up that failed, or two people's decision, left: an untold note, a settled batch that is not booked.
_FOLLOW_UP = """
    SELECT id FROM g2p_payment_submission WHERE attention IS NOT NULL
     UNION
    SELECT min(s.id) FROM g2p_payment_batch b JOIN g2p_payment_submission s ON s.batch_id = b.id AND s.state = 'done'
     WHERE b.dispatch_state = 'done' AND b.settlement_problem IS NULL
       AND EXISTS (SELECT 1 FROM g2p_payment p
                    WHERE p.batch_id = b.id AND p.status = 'paid' AND p.settlement_move_id IS NULL)
     GROUP BY b.id
     ORDER BY 1 LIMIT %s
"""
_WORST_FIRST = tuple(state for state in states.BATCH_WORST_FIRST if state != "draft")
#: Batches on their way whose state is not that of their worst submission: who moved it was killed before deriving it.
_UNDERIVED = """
    SELECT batch.id FROM g2p_payment_batch AS batch
     CROSS JOIN LATERAL (
        SELECT kind.state FROM unnest(%s) WITH ORDINALITY AS kind(state, rank)
         WHERE EXISTS (SELECT 1 FROM g2p_payment_submission one
                        WHERE one.batch_id = batch.id AND one.state = kind.state)
         ORDER BY kind.rank LIMIT 1
     ) AS worst
     WHERE batch.dispatch_state NOT IN ('draft', 'done') AND batch.dispatch_state <> worst.state
     ORDER BY batch.id LIMIT %s
"""
#: Of each manager with anything due: a submission to leave a job on, and whether there is a question. Not one OR of the
#: two: PostgreSQL would look for lower steps row by row.
_LANES = f"""
    SELECT manager_model, manager_res_id, min(id), bool_or(asks) FROM (
        SELECT mine.manager_model, mine.manager_res_id, mine.id, false AS asks
          FROM g2p_payment_submission AS mine WHERE {due.TO_SEND}
         UNION ALL
        SELECT mine.manager_model, mine.manager_res_id, mine.id, true
          FROM g2p_payment_submission AS mine WHERE {due.TO_ASK}
    ) AS found
     GROUP BY manager_model, manager_res_id
"""
_NOT_IN_LANES = (
    "(mine.manager_model, mine.manager_res_id) NOT IN (SELECT * FROM unnest(%s::text[], %s::int[]))"
)
_QUEUED = f"""
    SELECT mine.id FROM g2p_payment_submission AS mine
     WHERE {_NOT_IN_LANES} AND {due.TO_SEND}
       AND NOT EXISTS (SELECT 1 FROM queue_job job
                        WHERE job.identity_key = 'g2p_dispatch_' || mine.id
                          AND job.state IN ('pending', 'enqueued', 'wait_dependencies'))
     ORDER BY mine.id LIMIT %s
"""
_QUESTIONS = f"""
    SELECT mine.id FROM g2p_payment_submission AS mine
     WHERE {_NOT_IN_LANES} AND {due.TO_ASK}
       AND NOT EXISTS (SELECT 1 FROM queue_job job
                        WHERE job.identity_key = 'g2p_question_' || mine.id
                          AND job.state IN ('pending', 'enqueued', 'wait_dependencies'))
     ORDER BY mine.next_question_at LIMIT %s
"""


def _find(registry, query, *args):
    with own_transaction(registry) as env:
        env.cr.execute(query, (*args, LIMIT))
        return [row[0] for row in env.cr.fetchall()]


def _each(registry, stage, *record_id):
    """Run one stage, for one submission or batch; what fails with one must not stop the others."""
    try:
        return run_in_own_transaction(registry, stage, *record_id)
    except Exception as error:
        # Only the type: the text of an exception may carry a payee or a secret.
        _logger.error(
            "sweeper: %s %s left for the next sweep: %s", stage.__name__, record_id, type(error).__name__
        )
        return None


def _enqueue_lanes(env):
    """Leave a job for each manager that sends many at once and has something due.

    :return: list of (model, id) of those managers, also of those whose sending is stopped, and says so
    """
    model, lanes = env["g2p.payment.submission"], []
    env.cr.execute(_LANES)
    for manager_model, manager_id, submission_id, asks in env.cr.fetchall():
        submission = model.browse(submission_id)
        manager = submission._get_manager()
        if manager is None or manager._rail_at_once() <= 1:
            continue
        lanes.append((manager_model, manager_id))
        if asks or not facts.rests(env, lanes[-1]):
            submission._enqueue_lane()
    return lanes


def _enqueue_dispatch(env, submission_id):
    env["g2p.payment.submission"].browse(submission_id)._enqueue_dispatch()


def _enqueue_question(env, submission_id):
    env["g2p.payment.submission"].browse(submission_id)._enqueue_question()
