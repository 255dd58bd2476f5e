"""What a lane has seen to be what was released, so that a thousand claims of one batch do not read it a thousand times.

ENGINE.md section 3.3. No payment is sent that is not, in the claim's own transaction, what was signed. That of the
*other* payments of a batch none has changed is seen when a lane begins with it, and again after each eighth of it.
"""

from dataclasses import dataclass

from odoo.tools import SQL

#: How often the whole of a batch is looked at while it is sent one by one.
LOOKS = 8


@dataclass
class _Seen:
    """One batch as it was when all of it was compared with its release.

    :param how: who sends it and with what
    :param digests: {payment id: (batch id, digest)}
    :param left: claims that may still rely on it
    """

    how: tuple
    digests: dict
    left: int


class SignedBatches:
    """The memory of one run of one lane. Claims use it one at a time."""

    def __init__(self):
        self._seen = {}

    def check(self, submission):
        """Return whether a submission, and as far as was seen its batch, is what was released.

        :param submission: one locked ``g2p.payment.submission`` of a released batch
        :return: bool
        """
        batch = submission.batch_id
        seen = self._seen.pop(batch.id, None)
        if seen is None or not seen.left or seen.how != _how(batch) or not submission.payments_count:
            seen = _look(batch)
        if seen is None or not _is_part(submission, seen):
            # Forgotten: the next claim of this batch looks at the whole of it.
            return False
        seen.left -= 1
        self._seen[batch.id] = seen
        return True


def _how(batch):
    return (
        batch.manager_model,
        batch.manager_res_id,
        batch.released_count,
        batch.released_digest,
        batch.released_settings,
    )


def _look(batch):
    """Compare the whole of a batch with its release; None when it is something else."""
    digests = batch.env["g2p.payment"]._digest_each(SQL("batch_id = %s", batch.id))
    if not batch._is_as_released():
        return None
    return _Seen(_how(batch), digests, max(1, len(digests) // LOOKS))


def _is_part(submission, seen):
    """Return whether each payment of a submission is one of those that were seen, unchanged."""
    own = submission.env["g2p.payment"]._digest_each(SQL("submission_id = %s", submission.id))
    return len(own) == submission.payments_count and all(
        seen.digests.get(id_) == digest for id_, digest in own.items()
    )
