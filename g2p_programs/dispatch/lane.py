"""A lane: all that is due of one payment manager, many at once, for rails that pay one by one (ENGINE.md section 3).

Each submission goes through the same stages as in a job of its own, each committed before the next begins, so a kill
loses at most what is in flight, and that is asked about. What concerns many of them is done once for all: one look at
the whole batch, one derived state, one pool of connections, one hold where everything is held.
"""

import functools
import logging
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass

from odoo.tools import config

from . import claim, due, facts, follow_up, news, question, timing
from .calls import Call, Held
from .cursors import own_transaction, run_in_own_transaction
from .signed import SignedBatches
from .transport import ConnectionPool

_logger = logging.getLogger(__name__)

#: Ids that are read at a time.
SLICE = 200
#: Transactions at the same time: calls wait for a network, but their stages for this process and its database, and
#: many lanes in one server must not use up its connections.
TRANSACTIONS = 4


def run(registry, manager_key, at_once, seconds):
    """Send and ask about what is due of one manager, until nothing is left or the time is over.

    What is in flight then is waited for. The first ``at_once`` calls are made however little time there is.

    :param registry: the database's registry
    :param tuple manager_key: (model, id) of the payment manager
    :param int at_once: the most calls at the same time
    :param float seconds: after which no new call is started
    :return: whether something is left that another run may do at once (bool)
    """
    with ConnectionPool(at_once) as pool, _threads(registry, at_once) as threads:
        lane = _Lane(registry, manager_key, _Budget(at_once, seconds), pool)
        running = set()
        while (task := lane.next_task()) or running:
            if task:
                running.add(threads.submit(lane.do, task))
            if not task or len(running) >= at_once:
                _done, running = wait(running, timing.LANE_REPORT, FIRST_COMPLETED)
            lane.report()
        lane.report(at_once=True)
    return lane.has_left()


def _threads(registry, count):
    def say_where():
        threading.current_thread().dbname = registry.db_name  # Odoo's log names the database by it

    return ThreadPoolExecutor(count, "g2p_lane", say_where)


def seconds_for(deadline):
    """Return how long a run may start new calls, so that the last of them ends before the job host ends the job.

    :param int deadline: of one call, in seconds
    """
    limit = config["limit_time_real"]
    room = limit - timing.HOST_MARGIN - deadline if limit else timing.LONGEST_RUN
    return max(0, min(room, timing.LONGEST_RUN))


@dataclass(frozen=True)
class _Task:
    """One submission that is due, to be sent or to be asked about."""

    submission_id: int
    batch_id: int
    sends: bool


class _Budget:
    """How long a run may go on starting calls: by the clock, and by what a worker process may compute."""

    def __init__(self, at_once, seconds):
        self._first = at_once
        self._ends = time.monotonic() + seconds
        # A process of the multi-process server is ended after limit_time_cpu: half of it is left to finish with.
        self._cpu_ends = time.process_time() + config["limit_time_cpu"] / 2 if config["workers"] else None

    def is_over(self):
        """Return whether no further call may be started."""
        if self._first:
            return False
        if time.monotonic() >= self._ends:
            return True
        return self._cpu_ends is not None and time.process_time() >= self._cpu_ends

    def count(self):
        """Note that a call is started."""
        self._first = max(0, self._first - 1)


class _Lane:
    """One run. ``next_task``, ``report`` and ``has_left`` belong to the thread that leads, ``do`` to the others."""

    def __init__(self, registry, manager_key, budget, pool):
        self._registry = registry
        self._key = manager_key
        self._budget = budget
        self._pool = pool
        self._found = deque()
        self._after = {True: 0, False: 0}
        self._seen = set()
        self._signed = SignedBatches()
        # One claim at a time: the first that is held speaks for the others, and whoever pauses the manager gets its
        # row between two of them.
        self._claiming = threading.Lock()
        self._following = threading.Lock()
        self._database = threading.BoundedSemaphore(TRANSACTIONS)
        self._stopped = self._rests()
        self._held_batches = set()
        self._moved_batches = deque()
        self._reported = time.monotonic()

    # ---- What is next -----------------------------------------------------------------------------------------
    def next_task(self):
        """Return the next :class:`_Task`, or None when the time is over or nothing is due; never one id twice."""
        while not self._budget.is_over():
            if not self._found and not self._look():
                return None
            task = self._found.popleft()
            if self._is_open(task):
                self._seen.add(task.submission_id)
                self._budget.count()
                return task
        return None

    def has_left(self):
        """Return whether something is due that was not tried in this run and that nothing holds back."""
        self._found.clear()
        self._stopped = self._rests()  # somebody may have resumed it since
        return self._look()

    def _rests(self):
        with own_transaction(self._registry) as env:
            return facts.rests(env, self._key)

    def _is_open(self, task):
        if task.submission_id in self._seen:
            return False
        return not task.sends or not (self._stopped or task.batch_id in self._held_batches)

    def _look(self):
        """Read on from where the last slice ended, and once more from the start; return whether something was found."""
        from_start = not any(self._after.values())
        while not self._read_slice():
            if from_start:
                return False
            self._after, from_start = {True: 0, False: 0}, True
        return True

    def _read_slice(self):
        """Read slices until one holds something new; return whether there was one."""
        while True:
            with own_transaction(self._registry) as env:
                asked = due.find_to_ask(env, self._key, self._after[False], SLICE)
                sent = []
                if not self._stopped:
                    held = list(self._held_batches)
                    sent = due.find_to_send(env, self._key, self._after[True], SLICE, held)
            for rows, sends in ((asked, False), (sent, True)):
                if rows:
                    self._after[sends] = rows[-1][0]
                tasks = (_Task(*row, sends) for row in rows)
                self._found.extend(task for task in tasks if self._is_open(task))
            if self._found:
                return True
            if not asked and not sent:
                return False

    # ---- One submission ---------------------------------------------------------------------------------------
    def do(self, task):
        """Send or ask about one submission, from end to end; what fails with one must not stop the others."""
        try:
            call = self._take(task)
            if call is not None:
                self._carry_out(task, call)
        except Exception as error:
            # Only the type: the text of an exception may carry a payee or a secret.
            _logger.error(
                "lane: submission %s left for the sweeper: %s", task.submission_id, type(error).__name__
            )

    def _take(self, task):
        if not task.sends:
            return self._run(task, question.take, task.submission_id)
        with self._claiming:
            if self._stopped or task.batch_id in self._held_batches:
                return None
            stage = functools.partial(claim.claim_or_hold, signed=self._signed)
            taken = self._run(task, stage, task.submission_id)
            if isinstance(taken, Held):
                self._note(taken)
            return taken if isinstance(taken, Call) else None

    def _note(self, held):
        """Leave alone, in this run, what the same reason would hold: nobody writes it down a thousand times."""
        if held.scope is facts.Scope.MANAGER:
            self._stopped = True
        elif held.scope is facts.Scope.BATCH:
            self._held_batches.add(held.batch_id)

    def _carry_out(self, task, call):
        self._moved_batches.append(task.batch_id)
        answer = call.make(self._pool)
        self._run(task, news.store, call, answer)
        self._run(task, news.apply_pending, task.submission_id)
        self._moved_batches.append(task.batch_id)
        # One at a time: two that tell finance the same, at once, would both do it.
        with self._following:
            self._run(task, follow_up.follow_submission, task.submission_id)

    def _run(self, task, stage, *args):
        with self._database:
            return run_in_own_transaction(self._registry, _without_batch, task.batch_id, stage, *args)

    # ---- Their batches ----------------------------------------------------------------------------------------
    def report(self, at_once=False):
        """Derive, every few seconds, how far the batches are of which something moved, and book those that are done.

        :param bool at_once: whether to do it now
        """
        now = time.monotonic()
        if not at_once and now - self._reported < timing.LANE_REPORT:
            return
        self._reported = now
        moved = {self._moved_batches.popleft() for _ in range(len(self._moved_batches))}
        for batch_id in sorted(moved):
            try:
                run_in_own_transaction(self._registry, follow_up.follow_batch, batch_id)
            except Exception as error:
                # Only the type: see above.
                _logger.error("lane: batch %s left for the sweeper: %s", batch_id, type(error).__name__)


def _without_batch(env, batch_id, stage, *args):
    """Run a stage that moves a submission and leaves its batch's row alone: the lane derives that once for many."""
    with env["g2p.payment.batch"].browse(batch_id)._derive_state_later():
        return stage(env, *args)
