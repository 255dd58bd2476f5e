from odoo.tests import tagged

from .common import ProgramCase


@tagged("post_install", "-at_install")
class TestQueryCounts(ProgramCase):
    """Sets, not rows: five times the rows may not cost more than a few queries more."""

    #: Further queries for 800 further rows. One query in a loop would be 800.
    ALLOWED = 12

    def assert_flat(self, prepare, work):
        """Do ``work`` on what ``prepare(size)`` makes, at two sizes, and compare the queries."""
        counts = {}
        for size in (200, 1000):
            subject = prepare(size)
            counts[size] = self.count_queries(work, subject)
        self.assertLess(counts[1000] - counts[200], self.ALLOWED, counts)
        self.assertLess(counts[1000], 250, counts)

    def test_importing(self):
        def prepare(size):
            people = self.make_registrants(size, name=f"T Import {size}")
            program = self.make_program(eligibility_domain=str([("name", "=like", f"T Import {size} %")]))
            self.assertEqual(len(people), size)
            return program.get_managers(program.MANAGER_ELIGIBILITY)[0]

        self.assert_flat(prepare, lambda manager: manager.import_eligible_registrants())

    def test_enrolling(self):
        self.assert_flat(
            lambda size: self.make_program(size, enroll=False),
            lambda program: program.enroll_eligible_registrants(),
        )

    def test_filling_a_cycle(self):
        self.assert_flat(self.make_program, lambda program: program.create_new_cycle())

    def test_checking_a_cycle(self):
        self.assert_flat(
            lambda size: self.make_cycle(self.make_program(size)), lambda cycle: cycle.check_eligibility()
        )

    def test_preparing_entitlements(self):
        self.assert_flat(
            lambda size: self.make_cycle(self.make_program(size)), lambda cycle: cycle.prepare_entitlement()
        )

    def test_preparing_entitlements_of_households(self):
        def prepare(size):
            groups = self.make_households(size, size=1)
            program = self.make_program(groups, target_type="group", amount_per_individual_in_group=1.0)
            return self.make_cycle(program)

        self.assert_flat(prepare, lambda cycle: cycle.prepare_entitlement())

    def test_submitting(self):
        self.assert_flat(
            lambda size: self.make_cycle(self.make_program(size), "prepared"),
            lambda cycle: cycle.to_approve(),
        )

    def test_approving(self):
        def prepare(size):
            cycle = self.make_cycle(self.make_program(size, fund=1e9), "to_approve").with_user(self.approver)
            cycle.approve()
            return cycle

        self.assert_flat(prepare, lambda cycle: cycle.validate_entitlement())

    def test_cancelling(self):
        self.assert_flat(
            lambda size: self.make_cycle(self.make_program(size, fund=1e9), "approved"),
            lambda cycle: cycle.mark_cancelled(),
        )

    def test_counters_in_a_list(self):
        def prepare(size):
            return sum((self.make_program(2) for _number in range(size // 100)), self.env["g2p.program"])

        self.assert_flat(prepare, lambda programs: programs.mapped("beneficiaries_count"))
