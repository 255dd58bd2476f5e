"""The one door for all news: synchronous answers, polls, callbacks, imported files.

News never raises and is never dropped: it is stored first (:func:`store`), then applied from the store
(:func:`apply_pending`), as often as it takes. It is matched by key, never by position, and never moves a payment
that is final (ENGINE.md sections 2 to 4).
"""

import logging
from dataclasses import asdict, replace
from datetime import timedelta

from psycopg2 import OperationalError

from . import outcome as said
from . import result_file, rows, states, timing
from .called_back import find_told as find_told
from .called_back import store_callback as store_callback
from .cursors import database_now
from .states import Event

_logger = logging.getLogger(__name__)

#: Agreeing answers that are needed before absence is believed.
ABSENT_ANSWERS_NEEDED = 2
#: Tries of a step without payments that are made without people's word.
MOST_REPEATS = 3
#: Tries of which nothing left this machine until finance is told; before, it may mend itself.
TRIES_UNTIL_TOLD = 5


def store(env, call, answer):
    """Write down one answer, whole and with the call's own key and settings, before anything is made of it.

    :param env: environment of a transaction of the engine's own
    :param call: the :class:`~.calls.Call` it answers
    :param answer: the :class:`~.outcome.Answer`
    """
    submission = env["g2p.payment.submission"].browse(call.submission_id)
    outcome = _read(call.kind, call.client, answer, call.data, call.references)
    exchange = env["g2p.payment.exchange"].create(
        {
            "submission_id": call.submission_id,
            "kind": call.kind,
            "key": call.data.key,
            "payload_hash": call.payload_hash,
            "claim_token": call.token,
            "settings": call.data.settings,
            "references": list(call.references),
            "asked_at": call.asked_at,
            "http_status": answer.status,
            # For the list only: it is read again when it is applied.
            "outcome": type(outcome).__name__,
            "code": outcome.code,
            "reason": outcome.reason or answer.note,
            "duration_ms": answer.duration_ms,
            "answer": asdict(answer) | {"fault": answer.fault.value},
        }
    )
    submission._guarded_write({"pending_exchange_ids": [(4, exchange.id)]})


def store_file(env, submission, told, source, file_hash, user_id):
    """Write down what a file that somebody imported says of one submission, before anything is made of it.

    It speaks of the submission as it is now: the caller has locked it, and judged the rows under that lock.

    :param env: environment, as the superuser
    :param submission: one locked ``g2p.payment.submission``
    :param told: list of (line of the file, :class:`~.outcome.Row`)
    :param str source: what names the import, such as ``import-7``
    :param str file_hash: SHA-256 of the file
    :param int user_id: whose word it is
    :return: ``g2p.payment.exchange``
    """
    answer = said.Answer(body=result_file.write(told), note=source)
    exchange = env["g2p.payment.exchange"].create(
        {
            "submission_id": submission.id,
            "kind": "file",
            "key": submission.key,
            "payload_hash": file_hash,
            "claim_token": submission.claim_token,
            "references": [row.reference for _line, row in told],
            "asked_at": database_now(env),
            "outcome": type(result_file.read(answer)).__name__,
            "code": source,
            "user_id": user_id,
            "answer": asdict(answer) | {"fault": answer.fault.value},
        }
    )
    submission._guarded_write({"pending_exchange_ids": [(4, exchange.id)]})
    return exchange


def apply_pending(env, submission_id):
    """Apply every stored answer of a submission that was not applied yet, oldest first.

    Writes submission and payments and nothing else, so it can be run again after any failure. What cannot be applied
    at all is told to finance and stays in the exchange: it must not keep later news out.

    :param env: environment of a transaction of the engine's own, or of people who decide
    :param int submission_id: whom it concerns
    """
    submission = env["g2p.payment.submission"].browse(submission_id)
    submission._lock()
    for exchange in submission.pending_exchange_ids.sorted("id"):
        try:
            with env.cr.savepoint():
                _apply(submission, exchange)
        except OperationalError:
            raise
        except Exception as error:
            # Only the type: the text of an exception may carry a payee or a secret.
            _logger.error("answer %s could not be applied: %s", exchange.id, type(error).__name__)
            submission.invalidate_recordset(flush=False)
            note = env._(
                "Answer %s of the payment system could not be applied: read it and decide.", exchange.id
            )
            submission._guarded_write({"attention": note})
    submission._guarded_write({"pending_exchange_ids": [(5,)]})


def _apply(submission, exchange):
    """Apply one stored answer: a payment system's is read by its rail, an imported file's by the engine itself."""
    answer = said.Answer(**(exchange.answer | {"fault": said.Fault(exchange.answer["fault"])}))
    references = tuple(exchange.references or ())
    same_key = exchange.key == submission.key
    if exchange.kind == "file":
        outcome = result_file.read(answer)
    else:
        outcome = _read_with_rail(submission, exchange, answer, references)
    current = same_key and exchange.claim_token == submission.claim_token
    process(
        submission,
        outcome,
        own_call=exchange.kind == "submit" and current,
        current=current,
        references=references,
        asked_at=exchange.asked_at,
    )


def _read_with_rail(submission, exchange, answer, references):
    """Let the rail read one stored answer, with the key and the settings of the call it answers.

    A callback answers no call of ours: where it names the present key, it may speak of every payment there is.
    """
    if exchange.kind == "callback" and not references:
        references = submission._get_data().references
    data = replace(
        submission._get_data(),
        key=exchange.key or "",
        payload=(submission.payload or "") if exchange.key == submission.key else "",
        settings=dict(exchange.settings or {}),
        references=references,
    )
    return _read(exchange.kind, _get_client(submission, data.settings), answer, data, references)


def _get_client(submission, settings):
    """Return the rail's client, or None when its manager is gone or cannot make one: then nothing can be read."""
    manager = submission._get_manager()
    try:
        return manager._rail_client(settings) if manager is not None else None
    except Exception as error:
        _logger.error("rail of submission %s has no client: %s", submission.id, type(error).__name__)
        return None


def _read(kind, client, answer, data, references):
    if kind == "submit":
        return read_submission(client, answer, data)
    if kind == "callback":
        return read_callback(client, answer, data, references)
    return read_question(client, answer, data, references)


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


def read_callback(client, answer, data, references):
    """Let the rail read what was called back; whatever it does wrong is Unreadable, and nothing it says is absence."""
    try:
        outcome = client.read_callback(answer, data, references)
    except Exception as error:
        _logger.error("rail could not read a callback: %s", type(error).__name__)
        return said.Unreadable(code="unreadable")
    is_told = isinstance(outcome, said.Found | said.Unreadable)
    return outcome if is_told else said.Unreadable(code="unreadable")


def process(submission, outcome, own_call=False, current=True, references=(), asked_at=None):
    """Make of one piece of news what may be made of it.

    :param submission: one locked ``g2p.payment.submission``
    :param outcome: one of the closed sets
    :param bool own_call: whether it is the answer of the call that the submission's present claim made
    :param bool current: whether it speaks of the present claim; news of an earlier one settles nothing
    :param references: keys of the payments it was sent with or asked about
    :param asked_at: when that was, by the database's clock
    """
    event = states.event_of(outcome)
    change = states.move(submission.state, event, own_call, submission.ever_unknown, current)
    last_code = submission.last_code or ""
    vals = {"last_code": outcome.code, "last_reason": outcome.reason}
    if event is Event.UNKNOWN or (event is Event.FOUND and submission.state == "sending"):
        # Found while the call still runs: whatever the call says later, a refusal proves nothing any more.
        vals["ever_unknown"] = True
    if current and getattr(outcome, "correlation", ""):
        vals["correlation"] = outcome.correlation
    if current:
        vals |= _count_absence(submission, event, asked_at)
        if event in (Event.ACCEPTED, Event.FOUND):
            vals["is_taken"] = True
    _enter(submission, change.state, vals)
    if change.contradiction:
        _contradict(submission, references)
    notes = [submission.attention, rows.apply_rows(submission, getattr(outcome, "rows", ()), current)]
    if current and outcome.code != last_code and not (event is Event.NOT_SENT and change.state == "unknown"):
        # Of the exception the question tells more, which comes next: whether an earlier try did what this one was for.
        notes.append(outcome.attention or _tell_blind(submission, outcome))
    if event is Event.NOT_SENT and current:
        notes.append(_tell_kept_back(submission, outcome))
    if any(notes[1:]):
        submission._guarded_write({"attention": "; ".join(filter(None, notes))})
    _prove_absence(submission)
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
    env["g2p.payment.exchange"].create(
        {
            "submission_id": submission_id,
            "kind": "submit",
            "key": submission.key,
            "payload_hash": submission.payload_hash,
            "claim_token": submission.claim_token,
            "outcome": "Unknown",
            "code": "lease_expired",
        }
    )
    return True


def settle_if_final(submission):
    """Close a submission all of whose payments are final."""
    if submission._has_open_payments():
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
        # What is paid by file has nobody to ask.
        due = not submission.on_demand and now + timedelta(seconds=timing.FIRST_QUESTION)
        vals |= {"questions": 0, "next_question_at": due}
    elif state == "done":
        vals |= submission._watch_vals()
    elif state and state not in states.ASKABLE_STATES:
        vals["next_question_at"] = False
    freed = state in ("rejected", "queued") and submission.state == "sending"
    submission._guarded_write(vals)
    if freed:
        rows.free_payments(submission)


def _tell_blind(submission, outcome):
    """Return a text where the watch over what was paid cannot ask at all ("" where it can)."""
    if submission.state != "done" or outcome.code != said.Fault.NOT_SENT.value:
        return ""
    return submission.env._(
        "Nobody can be asked whether money of %s came back: the payment manager's addresses or credentials are others "
        "by now, or the payment system is gone.",
        submission.name,
    )


def _tell_kept_back(submission, outcome):
    """Return a text where nothing of so many tries in a row could be sent ("" before, and ever after)."""
    submission.env.cr.execute(
        """
        SELECT outcome FROM g2p_payment_exchange
         WHERE submission_id = %s AND kind = 'submit' ORDER BY id DESC LIMIT %s
        """,
        (submission.id, TRIES_UNTIL_TOLD + 1),
    )
    told = [row[0] for row in submission.env.cr.fetchall()]
    if told[:TRIES_UNTIL_TOLD] != ["NotSent"] * TRIES_UNTIL_TOLD or told[TRIES_UNTIL_TOLD:] == ["NotSent"]:
        return ""
    return submission.env._(
        "%(name)s was tried %(count)s times in a row, and nothing of it could be sent (%(code)s): look at it, and test "
        "the connection of its payment manager.",
        name=submission.name,
        count=TRIES_UNTIL_TOLD,
        code=" ".join(filter(None, (outcome.code, outcome.reason))) or submission.env._("no reason was told"),
    )


def _contradict(submission, references):
    """The payment system has what our books say it was not given, or not again: whatever may still be sent is held."""
    rows.hold_entitlements(submission, references)
    note = submission.env._(
        "The payment system says it has %s, which our books say was not given to it, or not any more.",
        submission.name,
    )
    submission._guarded_write({"attention": note})


def _count_absence(submission, event, asked_at):
    """Count agreeing answers of absence in a row; anything else that was understood starts again.

    An answer counts only when it was asked for after the lease and the rail's settle time.
    """
    if event is Event.UNREADABLE:
        return {}
    manager = submission._get_manager()
    proof = event is Event.NEVER_HAD or (
        event is Event.NOT_SEEN and manager is not None and manager.refuses_repeated_key
    )
    if not proof:
        return {"absent_answers": 0}
    if manager is None or asked_at is None or not submission.lease_until:
        return {}
    if asked_at < submission.lease_until + timedelta(seconds=manager._rail_settle_seconds()):
        return {}
    return {"absent_answers": submission.absent_answers + 1}


def _prove_absence(submission):
    """Queue an unknown submission again once its absence is proven."""
    if submission.absent_answers < ABSENT_ANSWERS_NEEDED:
        return
    if submission.lasts:
        # Nothing was ever put into one that nobody knows: what became of it is of no account.
        submission._guarded_write({"ever_unknown": False})
    elif submission.state == "unknown" and not submission.payments_count and submission.tries >= MOST_REPEATS:
        # It may be repeated, but one that was executed at first may be refused ever after.
        note = submission.env._(
            "%(name)s was tried %(count)s times, and nobody can tell whether it was done: find out and decide.",
            name=submission.name,
            count=submission.tries,
        )
        submission._guarded_write({"attention": note, "absent_answers": 0})
        return
    target = states.move(submission.state, Event.PROVEN_ABSENT).state
    if not target:
        return
    if any(payment.state != "sent" or payment.disputed for payment in submission.payment_ids):
        note = submission.env._(
            "The payment system says it never had %s, and spoke of its payments.", submission.name
        )
        submission._guarded_write({"attention": note, "absent_answers": 0})
        return
    submission._go_behind()
    _enter(submission, target, {"absent_answers": 0})
