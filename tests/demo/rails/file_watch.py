"""Watches files being made, as an officer does on the screen."""

import time
from collections import Counter

from ..watch import LIMIT, PAUSE, Stuck

WORDS = {"making": "being made", "made": "made", "failed": "cannot be made", "void": "void"}


class FileWatcher:
    """Looks at the files of a story's cycle.

    :param story: ..story.Story
    """

    def __init__(self, story):
        self.officer = story.officer
        self.narrator = story.narrator
        self.domain = [("batch_id.cycle_id", "=", story.cycle)]

    def until_made(self, count):
        """Print each change until every file is made.

        :param int count: of the files that have to come
        :raise Stuck: when one cannot be made, or it takes too long
        """
        limit, before = time.monotonic() + LIMIT, None
        while True:
            files = self.officer(
                "g2p.payment.file", "search_read", self.domain, ["name", "state", "progress", "problem"]
            )
            now = _describe(files)
            if now != before:
                self.narrator.say("job runner", now)
                before = now
            failed = [f"{file['name']}: {file['problem']}" for file in files if file["state"] == "failed"]
            if failed:
                raise Stuck("\n".join(failed))
            if len(files) == count and all(file["state"] == "made" for file in files):
                return
            if time.monotonic() > limit:
                raise Stuck(f"making files: not after {LIMIT} s. Last seen: {now}")
            time.sleep(PAUSE)


def _describe(files):
    states = Counter(file["state"] for file in files)
    shown = ", ".join(f"{states[state]} {word}" for state, word in WORDS.items() if states[state])
    pages = sum(file["name"].endswith(".pdf") for file in files)
    return f"files: {shown} ({pages} of them PDF)"
