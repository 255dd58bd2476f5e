"""One try and one question from end to end: claim, call, store, apply, each committed before the next begins.

A kill between any two of them loses nothing: what is committed tells the sweeper what to finish.
"""

import time

from . import claim, due, follow_up, news, question
from .cursors import run_in_own_transaction

#: Ids that are read at a time.
SLICE = 200


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


def apply_stored(registry, manager_key, seconds):
    """Apply everything that was told of one manager's submissions and not applied yet, submission by submission.

    :param registry: the database's registry
    :param tuple manager_key: (model, id) of the payment manager
    :param float seconds: after which no further one is begun; one at least is done
    :return: bool, whether something may be left
    """
    ends, done = time.monotonic() + seconds, 0
    while ids := run_in_own_transaction(registry, due.find_told, manager_key, done, SLICE):
        for submission_id in ids:
            run_in_own_transaction(registry, news.apply_pending, submission_id)
            run_in_own_transaction(registry, follow_up.follow_up, submission_id)
            if time.monotonic() > ends:
                return True
        done = ids[-1]
    return False


def _run(registry, take, submission_id):
    call = run_in_own_transaction(registry, take, submission_id)
    if call is None:
        return
    answer = call.make()
    run_in_own_transaction(registry, news.store, call, answer)
    run_in_own_transaction(registry, news.apply_pending, submission_id)
    run_in_own_transaction(registry, follow_up.follow_up, submission_id)
