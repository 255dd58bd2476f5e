"""Does things later, in a few threads."""

import heapq
import itertools
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor


class Agenda:
    """Does what it is given when its time has come; what is due together begins in the order it was given.

    :param workers: so many things may go on at once
    """

    def __init__(self, workers=16):
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="agenda")
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._due = []
        threading.Thread(target=self._watch, daemon=True).start()

    def later(self, seconds, do, *args):
        """Do ``do(*args)`` in so many seconds."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), do, args))
            self._changed.notify()

    def clear(self):
        """Forget everything that has not begun."""
        with self._changed:
            self._due = []

    def _watch(self):
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    wait = self._due[0][0] - time.monotonic() if self._due else None
                    self._changed.wait(wait)
                _when, _number, do, args = heapq.heappop(self._due)
            self._pool.submit(_do, do, args)


def _do(do, args):
    try:
        do(*args)
    except Exception:  # a pool would keep it to itself
        traceback.print_exc()
