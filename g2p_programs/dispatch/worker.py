"""One try and one question from end to end: claim, call, store, apply, each committed before the next begins.

A kill between any two of them loses nothing: what is committed tells the sweeper what to finish.
"""

import time

from . import claim as claiming
from . import follow_up, news, question
from .cursors import run_in_own_transaction
from .outcome import Answer, Fault
from .transport import Transport


def dispatch(registry, submission_id):
    """Send one submission, if it may be sent now.

    :param registry: the database's registry
    :param int submission_id: id
    """
    claim = run_in_own_transaction(registry, claiming.claim, submission_id)
    if claim is None:
        return
    answer = _call(claim.client.submit, claim.seconds, claim.data.key, claim.data)
    outcome = news.read_submission(claim.client, answer, claim.data)
    run_in_own_transaction(registry, news.store, submission_id, "submit", answer, outcome, claim.token)
    _apply(registry, submission_id)


def ask(registry, submission_id):
    """Ask about one submission, if a question is due.

    :param registry: the database's registry
    :param int submission_id: id
    """
    asked = run_in_own_transaction(registry, question.take, submission_id)
    if asked is None:
        return
    answer = _call(asked.client.ask, asked.seconds, asked.data.key, asked.data, asked.references)
    outcome = news.read_question(asked.client, answer, asked.data, asked.references)
    run_in_own_transaction(
        registry, news.store, submission_id, "question", answer, outcome, asked.token, asked.references
    )
    _apply(registry, submission_id)


def _apply(registry, submission_id):
    run_in_own_transaction(registry, news.apply_pending, submission_id)
    run_in_own_transaction(registry, follow_up.follow_up, submission_id)


def _call(method, seconds, reference, *args):
    """Call the rail with nothing open in the database; an exception of the rail is an answer too."""
    started = time.monotonic()
    try:
        return method(Transport(seconds, reference), *args)
    except Exception as error:
        # Only the type: the text of an exception may carry a payee or a secret.
        spent = int((time.monotonic() - started) * 1000)
        return Answer(fault=Fault.CONNECTION, note=type(error).__name__, duration_ms=spent)
