from datetime import date, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import ProgramCase


@tagged("post_install", "-at_install")
class TestRecurrence(ProgramCase):
    def test_cycles_begin_when_the_recurrence_says(self):
        cases = {
            "every 20 days": (
                {"rrule_type": "daily", "cycle_duration": 20},
                [("2022-12-15", "2023-01-03"), ("2023-01-04", "2023-01-23")],
            ),
            "every year": (
                {"rrule_type": "yearly"},
                [("2022-12-15", "2023-12-14"), ("2023-12-15", "2024-12-14")],
            ),
            "on the 10th": (
                {"rrule_type": "monthly", "month_by": "date", "day": 10},
                [("2023-01-10", "2023-02-09"), ("2023-02-10", "2023-03-09")],
            ),
            "on the first Monday": (
                {"rrule_type": "monthly", "month_by": "day", "byday": "1", "weekday": "MON"},
                [("2023-01-02", "2023-02-05"), ("2023-02-06", "2023-03-05")],
            ),
            "on Mondays": (
                {"rrule_type": "weekly", "mon": True},
                [("2022-12-19", "2022-12-25"), ("2022-12-26", "2023-01-01")],
            ),
            "on the 31st, or the last day of a shorter month": (
                {"rrule_type": "monthly", "month_by": "date", "day": 31},
                [("2022-12-31", "2023-01-30"), ("2023-01-31", "2023-02-27"), ("2023-02-28", "2023-03-30")],
            ),
        }
        for name, (values, expected) in cases.items():
            with self.subTest(name):
                manager = self.make_program(name=f"T {name}", **values).get_manager(2)
                self.assertEqual(manager._name, "g2p.cycle.manager.default")
                start = date(2022, 12, 15)
                for number, dates in enumerate(expected, 1):
                    cycle = manager.new_cycle(f"T {number}", start, number)
                    self.assertEqual((str(cycle.start_date), str(cycle.end_date)), dates)
                    start = cycle.end_date + timedelta(days=1)

    def test_there_is_always_another_occurrence(self):
        manager = self.make_program(end_type="count", count=1).get_manager(2)
        start = date(2022, 1, 1)
        for number in range(1, 30):
            cycle = manager.new_cycle(f"T {number}", start, number)
            start = cycle.end_date + timedelta(days=1)
        self.assertEqual(str(cycle.start_date), "2024-05-01")

    def test_a_recurrence_that_cannot_be_is_refused(self):
        manager = self.make_program().get_manager(2)
        for values in ({"cycle_duration": 0}, {"day": 0}, {"day": 32}):
            with self.subTest(values), self.assertRaises(ValidationError):
                manager.write(values)
