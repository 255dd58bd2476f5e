"""One try and one question from end to end: claim, call, store, apply, each committed before the next begins.

A kill between any two of them loses nothing: what is committed tells the sweeper what to finish.
"""

from . import claim, follow_up, news, question
from .cursors import run_in_own_transaction


def dispatch(registry, submission_id):
    """Send one submission, if it may be sent now.

    :param registry: the database's registry
    :param int submission_id: id
    """
    _run(registry, claim.claim, submission_id)


def ask(registry, submission_id):
    """Ask about one submission, if a question is due.

    :param registry: the database's registry
    :param int submission_id: id
    """
    _run(registry, question.take, submission_id)


def _run(registry, take, submission_id):
    call = run_in_own_transaction(registry, take, submission_id)
    if call is None:
        return
    answer = call.make()
    run_in_own_transaction(registry, news.store, call, answer)
    run_in_own_transaction(registry, news.apply_pending, submission_id)
    run_in_own_transaction(registry, follow_up.follow_up, submission_id)
