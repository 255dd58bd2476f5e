"""The engine's own transactions: the only places where it commits.

A job, a cron, a shell and a test all reach the engine with a transaction of their own, which must neither be
committed by us nor stay locked while we wait for a network. So every stage opens a cursor, does one thing, and
commits by leaving it (ENGINE.md section 3).
"""

import logging
import random
import threading
import time
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY

_logger = logging.getLogger(__name__)

_TRIES = 6


class _RetriedFilter(logging.Filter):
    """Drops what Odoo logs as an error of a statement that could not be serialized, where it is tried again.

    It is the ordinary course of things then: a worker and a callback speak of one submission at the same time.
    """

    def __init__(self):
        super().__init__()
        self._here = threading.local()

    def filter(self, record):
        if not getattr(self._here, "retries", False):
            return True
        told = record.args if isinstance(record.args, tuple) else ()
        return not any(getattr(one, "pgcode", None) in PG_CONCURRENCY_ERRORS_TO_RETRY for one in told)

    @contextmanager
    def retrying(self, retries):
        """Drop it in this thread while the block runs, where ``retries``."""
        self._here.retries = retries
        try:
            yield
        finally:
            self._here.retries = False


_retried_filter = _RetriedFilter()
logging.getLogger("odoo.sql_db").addFilter(_retried_filter)


@contextmanager
def own_transaction(registry):
    """Open a transaction of the engine's own as the superuser; commit on leaving, roll back on an exception."""
    with registry.cursor() as cr:  # engine commit point: leaving the cursor commits
        yield api.Environment(cr, SUPERUSER_ID, {})


def run_in_own_transaction(registry, stage, *args):
    """Run ``stage(env, *args)`` in a transaction of its own, again when PostgreSQL could not serialize it.

    Only stages without any call to the outside may be run here: they can run several times.

    :param registry: the database's registry
    :param stage: function taking an environment first
    :return: what ``stage`` returned in the transaction that was committed
    """
    for attempt in range(1, _TRIES + 1):
        try:
            with _retried_filter.retrying(attempt < _TRIES), own_transaction(registry) as env:
                return stage(env, *args)
        except OperationalError as error:
            if error.pgcode not in PG_CONCURRENCY_ERRORS_TO_RETRY or attempt == _TRIES:
                raise
            _logger.info("%s could not be serialized, try %s of %s", stage.__name__, attempt, _TRIES)
            time.sleep(random.uniform(0.0, 0.05 * 2**attempt))
    return None


def database_now(env):
    """Return the database's clock (naive UTC): hosts may disagree, the database does not with itself."""
    env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    return env.cr.fetchone()[0]
