"""What is going on, and for how long already."""

import contextlib
import sys
import threading
import time

BEAT = 10  # seconds between two signs of life of a long step


class SetupError(Exception):
    """Something is lacking or has failed; the message says what, and what to do."""


def say(message):
    print(f"[g2p] {message}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title):
    """Announce a long step, give a sign of life every ten seconds, and say how long it took."""
    started = time.monotonic()
    over = threading.Event()

    def beat():
        while not over.wait(BEAT):
            say(f"{title} … {time.monotonic() - started:.0f} s")

    say(f"{title} …")
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        outcome = "FAILED"
        raise
    else:
        outcome = "done"
    finally:
        over.set()
        thread.join()
        say(f"{title}: {outcome} after {time.monotonic() - started:.1f} s")
