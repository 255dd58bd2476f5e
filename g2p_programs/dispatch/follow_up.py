"""What follows an applied answer but must never undo it: next steps, the breaker, activities, accounting."""

from markupsafe import Markup

from . import due, states

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
        call_finance(submission.batch_id, submission.attention, submission)
        submission._guarded_write({"attention": False})
    trip_breaker(submission)
    if submission.state == "done" or (
        submission.state == "sent" and (submission.lasts or submission.opener_id)
    ):
        _enqueue_next_step(submission)


def follow_batch(env, batch_id):
    """Derive a batch's state from what is committed, and book it when it is complete.

    In a transaction after those that moved its submissions: two of them at once see each other's last move only here.

    :param env: environment of a transaction of the engine's own
    :param int batch_id: id
    """
    batch = env["g2p.payment.batch"].browse(batch_id)
    follow_openers(batch)
    batch._recompute_dispatch_state()
    if batch.dispatch_state == "done":
        batch._post_settlement()


def _enqueue_next_step(submission):
    """Leave jobs for the next step of a batch, once, when its present step is as far as that needs."""
    env = submission.env
    env["g2p.payment.submission"].flush_model()
    env.cr.execute(
        f"""
        SELECT mine.id FROM g2p_payment_submission AS mine
         WHERE mine.batch_id = %s AND mine.turn > %s AND mine.next_try_at IS NULL AND {due.TO_SEND}
        """,
        (submission.batch_id.id, submission.turn),
    )
    submission.browse([row[0] for row in env.cr.fetchall()])._enqueue_dispatch()


def follow_openers(batch):
    """Close the steps of a batch whose payments are all final, and add those that others made necessary.

    :param batch: one ``g2p.payment.batch``, as the superuser
    """
    openers = batch.env["g2p.payment.submission"].search(
        [("batch_id", "=", batch.id), ("lasts", "=", True), ("state", "!=", "cancelled")]
    )
    if not openers:
        return
    openers.filtered(lambda one: one.state == "sent")._settle_openers()
    batch._add_steps()


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


def call_finance(batch, note, submission=None):
    """Raise one activity per finance user of the company on a batch; a note that is open already is not repeated.

    :param batch: one ``g2p.payment.batch``
    :param str note: what is to be looked at; its beginning is the summary of the activity
    :param submission: the ``g2p.payment.submission`` of the batch that it is about
    """
    env = batch.env
    text = note
    if submission:
        text = env._("%(note)s (First seen at %(name)s.)", note=note, name=submission.name)
    group = env.ref("g2p_programs.g2p_finance_validator")
    users = group.all_user_ids.filtered(lambda user: user.active and batch.company_id in user.company_ids)
    for user in users or env.ref("base.user_root"):
        same = batch.activity_ids.filtered(
            lambda one, user=user: one.user_id == user and one.summary == note[:200]
        )
        if not same:
            batch.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=note[:200],
                note=Markup("<p>%s</p>") % text,
                user_id=user.id,
            )


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
