"""An import from end to end, in stages: each can run inside the transaction of whoever pressed the button, or, when
there is much to do, in a transaction of its own, from a job that can be killed and run again.

Every stage takes the import first and looks whether it is still this run's turn: the queue may run a job twice.
"""

import logging
from functools import partial

from odoo.tools import split_every

from odoo.addons.g2p_programs.dispatch import follow_up
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction

from ..documents.results import read_results

_logger = logging.getLogger(__name__)

#: Lines of a file that are looked up, and judged again, at once.
SLICE = 1000
#: Above so many lines, or submissions, the work is left to jobs.
MANY_LINES = 5000
MANY_SUBMISSIONS = 100
#: A file above so many bytes is read by a job: some thousand lines, packed.
MANY_BYTES = 200_000
#: Submissions that one job tells.
PER_JOB = 200


class Superseded(Exception):
    """Another run has taken over: this one has nothing left to do."""


def in_place(env):
    """Return what runs a stage in the transaction of ``env``."""
    return lambda stage, *args: stage(env, *args)


def on_their_own(registry):
    """Return what runs each stage in a transaction of the engine's own."""
    return partial(run_in_own_transaction, registry)


# ---- Check ---------------------------------------------------------------------------------------------------
def check(run, import_id, token):
    """Read the file and write down what each of its lines would do.

    :param run: :func:`in_place` or :func:`on_their_own`
    :param int import_id: id of a ``g2p.payment.result.import``
    :param str token: of this run
    """
    data, options = run(_load, import_id, token)
    table = read_results(data, options)
    run(_begin, import_id, token, table)
    seen, managers = {}, {}
    for rows in split_every(SLICE, table.rows, list):
        seen |= run(_add, import_id, token, rows, table.headers, seen, managers)
    run(_finish_check, import_id, token)


def _load(env, import_id, token):
    record = _take(env, import_id, token)
    return record._get_file_content(), record._get_read_options()


def _begin(env, import_id, token, table):
    _take(env, import_id, token)._begin_check(table)


def _add(env, import_id, token, rows, headers, seen, managers):
    return _take(env, import_id, token)._add_rows(rows, headers, seen, managers)


def _finish_check(env, import_id, token):
    _take(env, import_id, token)._finish_check()


# ---- Apply ---------------------------------------------------------------------------------------------------
def look(run, import_id, token, lot):
    """Judge all lines again that wait to be told, before any of them is; stop where something changed.

    :param str lot: ``one`` or ``two``
    :return: whether everything is as it was checked
    """
    last_id, changed = 0, 0
    while True:
        found, last_id = run(_look, import_id, token, lot, last_id)
        changed += found
        if not last_id:
            break
    if changed:
        run(_stop, import_id, token)
    return not changed


def tell(run, import_id, token, lot, submission_ids):
    """Tell what the lines say of these submissions, one after another, and some thousand lines at once.

    A line that changed after everything was looked at is left out and listed; the others stand.

    :return: ids of those that were told
    """
    told = set()
    for submission_id in submission_ids:
        while count := run(_tell, import_id, token, lot, submission_id):
            told.add(submission_id)
            if count < MANY_LINES:
                break
    return sorted(told)


def finish(run, import_id, token, lot):
    """Close the import, or this step of it, when nothing is left to be told."""
    run(_finish_apply, import_id, token, lot)


def follow(registry, submission_ids):
    """Do what applied news makes necessary; what fails is left to the sweeper, and undoes nothing."""
    for submission_id in submission_ids:
        try:
            run_in_own_transaction(registry, follow_up.follow_up, submission_id)
        except Exception as error:
            # Only the type: the text of an exception may carry a payee or a secret.
            _logger.error("submission %s left to the sweeper: %s", submission_id, type(error).__name__)


def _look(env, import_id, token, lot, last_id):
    record = _take(env, import_id, token, share=True)
    lines = record._get_untold_lines(lot, [("id", ">", last_id)], limit=SLICE)
    changed = record._judge_again(lines)
    return len(changed), lines[-1].id if len(lines) == SLICE else 0


def _stop(env, import_id, token):
    _take(env, import_id, token)._stop_apply()


def _tell(env, import_id, token, lot, submission_id):
    return _take(env, import_id, token, share=True)._tell(lot, submission_id)


def _finish_apply(env, import_id, token, lot):
    _take(env, import_id, token)._finish_apply(lot)


def _take(env, import_id, token, share=False):
    """Lock the import and return it as the superuser, or raise when it is not this run's any more.

    ``share`` lets several jobs tell different submissions at once.
    """
    env.flush_all()
    strength = "FOR SHARE" if share else "FOR UPDATE"
    env.cr.execute(
        f"SELECT run_token FROM g2p_payment_result_import WHERE id = %s {strength}",  # one of two constants
        (import_id,),
    )
    row = env.cr.fetchone()
    if not row or row[0] != token:
        raise Superseded
    # sudo: whoever started the run was allowed to; lines and submissions are written by nobody in another way.
    record = env["g2p.payment.result.import"].sudo().browse(import_id)
    record.invalidate_recordset(flush=False)
    return record
