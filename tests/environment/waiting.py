"""Waiting for something that another process does."""

import time


def wait_until(condition, seconds=60, pause=0.2):
    """Call the condition until it is true.

    :param condition: a callable without arguments
    :param float seconds: how long to wait at most
    :param float pause: seconds between two calls
    :return: what the condition returned at last
    :raise TimeoutError: where it did not become true
    """
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if result := condition():
            return result
        time.sleep(pause)
    raise TimeoutError(f"not true after {seconds} s: {condition}")
