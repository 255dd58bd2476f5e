"""What the bridge was told, on the disk: a file that only grows, one JSON line for each thing that was taken."""

import json
from pathlib import Path


def journal_beside(ledger_path):
    """Return where the journal of a bridge with this ledger is."""
    return Path(f"{ledger_path}.journal")


class Journal:
    """Keeps what happened, so that it survives a kill. A line that a kill cut off never happened.

    :param path: file; kept and added to
    :ivar events: what was noted before
    :ivar muted: whether nothing is written, as while the events are taken again
    """

    def __init__(self, path):
        self._file = open(path, "a+b", buffering=0)
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        self._file.truncate(whole)
        self.muted = False
        self.events = [json.loads(line) for line in content[:whole].splitlines()]

    def write(self, kind, **facts):
        """Note one thing that happens now."""
        if self.muted:
            return
        line = json.dumps({"kind": kind, **facts}).encode() + b"\n"
        while line:
            line = line[self._file.write(line) :]

    def clear(self):
        """Forget everything."""
        self._file.truncate(0)
