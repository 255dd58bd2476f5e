"""Every fault that the simulated hub can play, and what Odoo makes of it."""

from .phee_case import PHEECase
from .rail_case import Tally


class TestPHEEFaults(PHEECase):
    def test_batch_is_paid_and_told_payment_by_payment(self):
        made = self.make_queued_here()
        self.play()
        self.dispatch(made)
        self.ask(made)
        self.assertEqual(self.tally(made), Tally(paid=2, failed=1))
        self.assert_promises(made)
