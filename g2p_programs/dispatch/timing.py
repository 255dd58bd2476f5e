"""How long the engine waits for what, in seconds."""

#: What a claim outlives its call's deadline by, for storing and applying the answer.
LEASE_MARGIN = 60
#: What must remain of the job host's limit_time_real after a call, for storing and applying its answer.
HOST_MARGIN = 30
#: The longest time in which one run of a lane starts new calls, and how often it says how far the batches are.
LONGEST_RUN = 120
LANE_REPORT = 5
#: Before the first question after a submission, and the longest pause between two. There is no age limit.
FIRST_QUESTION = 30
LONGEST_QUESTION_PAUSE = 6 * 3600
#: Before a try that was not sent is made again, doubled each time up to the cap.
FIRST_RETRY = 30
LONGEST_RETRY_PAUSE = 3600
#: Before a submission that was held back is looked at again without anybody asking.
HOLD_PAUSE = 300
#: What a question may take longer than its deadline before another worker may ask again.
QUESTION_MARGIN = 60


def backoff(first, count, longest):
    """Return the pause after ``count`` tries: ``first`` seconds, doubled each time, at most ``longest``."""
    return min(first * 2 ** min(count, 30), longest)
