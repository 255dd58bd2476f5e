"""What follows an applied answer but must never undo it: next steps, the breaker, activities, accounting."""

from . import states

#: Tries in a row without a certain answer after which a manager is paused.
BREAKER_LIMIT = 3


def follow_up(env, submission_id):
    """Do what an applied answer makes necessary elsewhere.

    :param env: environment of a transaction of the engine's own
    :param int submission_id: id
    """
    follow_submission(env, submission_id)
    follow_batch(env, env["g2p.payment.submission"].browse(submission_id).batch_id.id)


def follow_submission(env, submission_id):
    """Do what an applied answer makes necessary that does not wait for the rest of its batch.

    :param env: environment of a transaction of the engine's own
    :param int submission_id: id
    """
    submission = env["g2p.payment.submission"].browse(submission_id)
    if submission.attention:
        call_finance(submission.batch_id, submission.attention)
        submission._guarded_write({"attention": False})
    trip_breaker(submission)
    if submission.state == "done":
        _enqueue_next_step(submission)


def follow_batch(env, batch_id):
    """Derive a batch's state from what is committed, and book it when it is complete.

    In a transaction after those that moved its submissions: two of them at once see each other's last move only here.

    :param env: environment of a transaction of the engine's own
    :param int batch_id: id
    """
    batch = env["g2p.payment.batch"].browse(batch_id)
    batch._recompute_dispatch_state()
    if batch.dispatch_state == "done":
        batch._post_settlement()


def _enqueue_next_step(submission):
    """Leave jobs for the next step of a batch, once, when its present step is complete."""
    env = submission.env
    env["g2p.payment.submission"].flush_model()
    env.cr.execute(
        """
        SELECT id FROM g2p_payment_submission nxt
         WHERE nxt.batch_id = %(batch)s AND nxt.state = 'queued' AND nxt.next_try_at IS NULL AND nxt.step > %(step)s
           AND NOT EXISTS (SELECT 1 FROM g2p_payment_submission present
                            WHERE present.batch_id = %(batch)s AND present.step <= %(step)s
                              AND present.state NOT IN ('done', 'cancelled'))
           AND NOT EXISTS (SELECT 1 FROM g2p_payment_submission low
                            WHERE low.batch_id = nxt.batch_id AND low.step < nxt.step
                              AND low.state NOT IN ('done', 'cancelled'))
        """,
        {"batch": submission.batch_id.id, "step": submission.step},
    )
    submission.browse([row[0] for row in env.cr.fetchall()])._enqueue_dispatch()


def trip_breaker(submission):
    """Pause a manager whose last tries were all Unknown or 401, and tell finance."""
    manager = submission._get_manager()
    if manager is None or "dispatch_paused" not in manager._fields or manager.dispatch_paused:
        return
    env = submission.env
    env.cr.execute(
        """
        SELECT x.outcome = 'Unknown' OR x.http_status = 401
          FROM g2p_payment_exchange x JOIN g2p_payment_submission s ON s.id = x.submission_id
         WHERE x.kind = 'submit' AND s.manager_model = %s AND s.manager_res_id = %s
           AND x.create_date > coalesce(%s, '-infinity'::timestamp)
         ORDER BY x.id DESC LIMIT %s
        """,
        (manager._name, manager.id, manager.dispatch_resumed_at or None, BREAKER_LIMIT),
    )
    last = [row[0] for row in env.cr.fetchall()]
    if len(last) < BREAKER_LIMIT or not all(last):
        return
    reason = env._("%s tries in a row ended without a certain answer.", BREAKER_LIMIT)
    manager._pause_dispatch(reason)
    call_finance(
        submission.batch_id,
        env._("Payment manager %(name)s was paused: %(reason)s", name=manager.name, reason=reason),
    )


def call_finance(batch, note):
    """Raise one activity per finance user of the company on a batch; a note that is open already is not repeated."""
    env = batch.env
    group = env.ref("g2p_programs.g2p_finance_validator")
    users = group.all_user_ids.filtered(lambda user: user.active and batch.company_id in user.company_ids)
    for user in users or env.ref("base.user_root"):
        same = batch.activity_ids.filtered(
            lambda one, user=user: one.user_id == user and one.summary == note[:200]
        )
        if not same:
            batch.activity_schedule("mail.mail_activity_data_todo", summary=note[:200], user_id=user.id)


def open_submissions(env, manager):
    """Return the submissions of a manager that may still move money.

    :param env: environment
    :param manager: concrete payment manager record(s)
    :return: ``g2p.payment.submission`` recordset, read as the superuser
    """
    # sudo: whether money is on its way must be known whoever asks
    return (
        env["g2p.payment.submission"]
        .sudo()
        .search(
            [
                ("manager_model", "=", manager._name),
                ("manager_res_id", "in", manager.ids),
                ("state", "in", states.OPEN_STATES),
            ]
        )
    )
