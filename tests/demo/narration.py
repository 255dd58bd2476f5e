"""Says what happens, who does it, and how long after the start."""

import sys
import time


class Narrator:
    """Prints one line per event."""

    def __init__(self, stream=sys.stdout):
        self.stream = stream
        self.started = time.monotonic()

    @property
    def elapsed(self):
        """Seconds since the start."""
        return time.monotonic() - self.started

    def chapter(self, title):
        """Announce a part of the story."""
        self._print(f"\n── {title}")

    def say(self, who, what):
        """Tell one event."""
        self._print(f"{self.elapsed:6.1f} s  {who:<14} {what}")

    def more(self, what):
        """Tell a detail of the event before."""
        self._print(f"{'':25}{what}")

    def _print(self, line):
        print(line, file=self.stream, flush=True)
