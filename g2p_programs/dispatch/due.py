"""What is due: the conditions under which a submission is sent or asked about, for jobs, lanes and the sweeper."""

#: Every lower step of its plan is as far as this one needs it. A step 0 stands beside the order: nothing waits for it.
ITS_TURN = """
    NOT EXISTS (SELECT 1 FROM g2p_payment_submission AS lower
                 WHERE lower.batch_id = mine.batch_id AND lower.turn > 0 AND lower.turn < mine.turn
                   AND lower.state NOT IN ('done', 'cancelled')
                   AND NOT (lower.state = 'sent' AND mine.starts_when = 'sent')
                   AND (lower.opener_id IS NOT DISTINCT FROM mine.opener_id OR lower.id = mine.opener_id))
"""
#: Queued, for a job to take, its pause over, and its turn.
TO_SEND = f"""
    mine.state = 'queued' AND mine.on_demand IS NOT TRUE
    AND (mine.next_try_at IS NULL OR mine.next_try_at <= clock_timestamp() AT TIME ZONE 'UTC')
    AND {ITS_TURN}
"""
#: With the payment system, or perhaps, or watched after it is done; and its next question due.
TO_ASK = """
    mine.state IN ('sent', 'unknown', 'done') AND mine.next_question_at <= clock_timestamp() AT TIME ZONE 'UTC'
"""
_OF_MANAGER = """
    SELECT mine.id, mine.batch_id FROM g2p_payment_submission AS mine
     WHERE mine.manager_model = %(model)s AND mine.manager_res_id = %(manager)s AND mine.id > %(after)s
       AND mine.batch_id <> ALL(%(without)s) AND {condition}
     ORDER BY mine.id LIMIT %(limit)s
"""
#: What of it a stored answer waits for cannot be claimed: that answer is applied first.
_TO_SEND_NOW = f"""{TO_SEND}
    AND NOT EXISTS (SELECT 1 FROM g2p_payment_pending_exchange_rel AS pending
                     WHERE pending.g2p_payment_submission_id = mine.id)
"""
#: Whoever has one of them locked is at work on it already.
_TOLD = """
    SELECT mine.id FROM g2p_payment_submission AS mine
     WHERE mine.manager_model = %(model)s AND mine.manager_res_id = %(manager)s AND mine.id > %(after)s
       AND EXISTS (SELECT 1 FROM g2p_payment_pending_exchange_rel AS pending
                    WHERE pending.g2p_payment_submission_id = mine.id)
     ORDER BY mine.id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""


def find_to_send(env, manager_key, after, limit, without=()):
    """Return what is to be sent through one manager, by id.

    :param env: environment
    :param tuple manager_key: (model, id) of the payment manager
    :param int after: only ids above this one
    :param int limit: at most so many
    :param without: ids of batches to leave out
    :return: list of (submission id, batch id)
    """
    return _find(env, _TO_SEND_NOW, manager_key, after, limit, without)


def find_to_ask(env, manager_key, after, limit):
    """Return what is to be asked about through one manager, by id; see :func:`find_to_send`."""
    return _find(env, TO_ASK, manager_key, after, limit, ())


def find_told(env, manager_key, after, limit):
    """Return for which submissions of one manager answers are stored that nobody applies now, by id.

    :param env: environment
    :param tuple manager_key: (model, id) of the payment manager
    :param int after: only ids above this one
    :param int limit: at most so many
    :return: list of ids
    """
    env.cr.execute(
        _TOLD, {"model": manager_key[0], "manager": manager_key[1], "after": after, "limit": limit}
    )
    return [row[0] for row in env.cr.fetchall()]


def _find(env, condition, manager_key, after, limit, without):
    model, manager = manager_key
    env.cr.execute(
        _OF_MANAGER.format(condition=condition),
        {"model": model, "manager": manager, "after": after, "limit": limit, "without": list(without)},
    )
    return env.cr.fetchall()
