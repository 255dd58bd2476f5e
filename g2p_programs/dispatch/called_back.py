"""What payment systems say by themselves: whom it concerns, and writing it down; :mod:`.news` applies it."""

import json
from dataclasses import asdict
from typing import NamedTuple

#: Of a key that is in use, as nearly all are: one statement that PostgreSQL plans in no time.
_STORE_TOLD = """
    WITH told AS (
        INSERT INTO g2p_payment_exchange (
               submission_id, batch_id, company_id, kind, key, claim_token, payload_hash, settings, code, answer,
               user_id, create_uid, write_uid, create_date, write_date)
        SELECT s.id, s.batch_id, s.company_id, 'callback', s.key, s.claim_token, %(hash)s, s.settings, %(source)s,
               %(answer)s::jsonb, %(user)s, %(user)s, %(user)s,
               clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC'
          FROM g2p_payment_submission s
         WHERE s.key = %(key)s AND s.manager_model = %(model)s AND s.manager_res_id = %(manager)s
            ON CONFLICT (submission_id, payload_hash) WHERE kind = 'callback' DO NOTHING
        RETURNING id, submission_id)
    INSERT INTO g2p_payment_pending_exchange_rel (g2p_payment_submission_id, g2p_payment_exchange_id)
    SELECT submission_id, id FROM told
    RETURNING g2p_payment_submission_id, EXISTS (
        SELECT 1 FROM queue_job
         WHERE identity_key = %(job)s AND state IN ('pending', 'enqueued', 'wait_dependencies'))
"""
#: The second half looks among what was sent before under keys of its own, which what was refused gives up.
_TOLD = """
    SELECT s.id FROM g2p_payment_submission s
     WHERE s.key = %(key)s AND s.manager_model = %(model)s AND s.manager_res_id = %(manager)s
     UNION ALL
    SELECT s.id FROM g2p_payment_exchange x JOIN g2p_payment_submission s ON s.id = x.submission_id
     WHERE x.kind = 'submit' AND x.key = %(key)s AND s.manager_model = %(model)s AND s.manager_res_id = %(manager)s
     LIMIT 1
"""
#: It speaks of the submission as it is now, unless it names a key of before.
_STORE_CALLBACK = """
    WITH told AS (
        INSERT INTO g2p_payment_exchange (
               submission_id, batch_id, company_id, kind, key, claim_token, payload_hash, settings, "references",
               code, answer, user_id, create_uid, write_uid, create_date, write_date)
        SELECT s.id, s.batch_id, s.company_id, 'callback', %(key)s,
               CASE WHEN s.key = %(key)s THEN s.claim_token ELSE submit.claim_token END, %(hash)s,
               COALESCE(submit.settings, s.settings), submit."references", %(source)s, %(answer)s::jsonb,
               %(user)s, %(user)s, %(user)s, clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC'
          FROM g2p_payment_submission s
          LEFT JOIN LATERAL (
                SELECT x.claim_token, x.settings, x."references" FROM g2p_payment_exchange x
                 WHERE x.submission_id = s.id AND x.kind = 'submit' AND x.key = %(key)s
                   AND x.settings IS NOT NULL AND s.key IS DISTINCT FROM %(key)s
                 ORDER BY x.id DESC LIMIT 1) AS submit ON true
         WHERE s.id = %(submission)s
            ON CONFLICT (submission_id, payload_hash) WHERE kind = 'callback' DO NOTHING
        RETURNING id, submission_id)
    INSERT INTO g2p_payment_pending_exchange_rel (g2p_payment_submission_id, g2p_payment_exchange_id)
    SELECT submission_id, id FROM told
    RETURNING g2p_payment_submission_id
"""


class Stored(NamedTuple):
    """What became of something that was called back.

    :param submission_id: whom it concerns
    :param has_job: whether a job that applies it is there already
    """

    submission_id: int
    has_job: bool


def apply_job_key(manager_key):
    """Return the identity key of the job that applies what was called back of one manager.

    :param tuple manager_key: (model, id) of the payment manager
    """
    model, manager = manager_key
    return f"g2p_apply_{model}_{manager}"


def take(env, manager_key, key, answer, source, message_hash):
    """Write down what a payment system says by itself, where it is new and about something that it was sent.

    Hundreds of these may come in a second: what is in order costs one statement.

    :param env: environment, as the superuser
    :param tuple manager_key: (model, id) of the payment manager
    :param str key: the business key that it names
    :param answer: the :class:`~.outcome.Answer` that the rail's ``read_callback`` reads when it is applied
    :param str source: what kind of message it is
    :param str message_hash: SHA-256, the same for the same message
    :return: :class:`Stored`, None where nothing was written
    """
    if not key:
        return None
    values = _make_values(env, key, answer, source, message_hash)
    model, manager = manager_key
    of_manager = {"model": model, "manager": manager, "job": apply_job_key(manager_key)}
    if found := _write(env, _STORE_TOLD, values | of_manager):
        return Stored(*found)
    # It came before, or is nobody's, or speaks of what was sent under another key.
    submission_id = find_told(env, manager_key, key)
    if submission_id and store_callback(env, submission_id, answer, source, message_hash, key):
        return Stored(submission_id, False)
    return None


def find_told(env, manager_key, key):
    """Return which submission a payment system speaks of, also by a key that it was sent under before.

    :param env: environment
    :param tuple manager_key: (model, id) of the payment manager
    :param str key: business key
    :return: id, None where it is nobody's
    """
    if not key:
        return None
    env.cr.execute(_TOLD, {"model": manager_key[0], "manager": manager_key[1], "key": key})
    found = env.cr.fetchone()
    return found and found[0]


def store_callback(env, submission_id, answer, source, message_hash, key):
    """Write down what a payment system says by itself of one submission, once, before anything is made of it.

    One statement, as hundreds of these may come in a second; what comes again is not stored again.

    :param env: environment, as the superuser
    :param int submission_id: whom it concerns
    :param answer: the :class:`~.outcome.Answer` that the rail's ``read_callback`` reads when it is applied
    :param str source: what kind of message it is
    :param str message_hash: SHA-256, the same for the same message
    :param str key: the business key that it names
    :return: bool, whether it is new
    """
    values = _make_values(env, key, answer, source, message_hash)
    return bool(_write(env, _STORE_CALLBACK, values | {"submission": submission_id}))


def _make_values(env, key, answer, source, message_hash):
    return {
        "answer": json.dumps(asdict(answer) | {"fault": answer.fault.value}),
        "source": source,
        "hash": message_hash,
        "key": key,
        "user": env.uid,
    }


def _write(env, statement, values):
    """Return the row that a statement gives, None where it wrote nothing."""
    submissions = env["g2p.payment.submission"]
    submissions.flush_model()
    # The same message twice at once cannot be serialized: the request runs again, and that is no error to be logged.
    env.cr.execute(statement, values, log_exceptions=False)
    found = env.cr.fetchone()
    if found:
        submissions.invalidate_model(["pending_exchange_ids", "exchange_ids"], flush=False)
    return found
