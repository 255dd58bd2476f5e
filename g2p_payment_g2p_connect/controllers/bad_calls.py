"""How many wrong callbacks are looked at: verifying and decrypting costs time that payments need."""

import threading
import time

#: Wrong calls of one caller to one manager within so many seconds, after which the next are not looked at.
MOST = 20
SECONDS = 10
#: Callers that are remembered; when there are more, the oldest are forgotten.
MOST_CALLERS = 1000


class BadCalls:
    """Wrong calls by caller, in this process's memory; thread-safe.

    :param clock: seconds, of any beginning
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._counts = {}  # {caller: (when its window began, number)}

    def is_over(self, caller):
        """Return whether a caller has been wrong too often to be looked at now."""
        with self._lock:
            began, count = self._counts.get(caller, (0.0, 0))
            return count >= MOST and self._clock() - began < SECONDS

    def add(self, caller):
        """Count one wrong call of a caller.

        :return: whether it is the first of its window, and so worth a line in the log (bool)
        """
        with self._lock:
            began, count = self._counts.pop(caller, (0.0, 0))
            if not count or self._clock() - began >= SECONDS:
                began, count = self._clock(), 0
            while len(self._counts) >= MOST_CALLERS:
                del self._counts[next(iter(self._counts))]
            self._counts[caller] = (began, count + 1)
            return count == 0
