from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.job import Job
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import ProgramCase


@tagged("post_install", "-at_install")
class TestJobs(ProgramCase):
    """Work above the threshold: cut by id range, one at a time, in sight, and released also when it fails."""

    def setUp(self):
        super().setUp()
        for name in (
            "g2p.program_membership.manager.default",
            "g2p.program.manager.default",
            "g2p.cycle.manager.default",
            "g2p.program.entitlement.manager.default",
        ):
            self.patch(type(self.env[name]), "MIN_ROW_JOB_QUEUE", 4)
            self.patch(type(self.env[name]), "MAX_ROW_JOB_QUEUE", 2)

    def get_jobs(self, record):
        return self.env["queue.job"].search([("graph_uuid", "=", record.sudo().job_graph_uuid)])

    def run_jobs(self, record):
        jobs = self.get_jobs(record).sorted("id")
        for waiting in ("pending", "wait_dependencies"):
            for stored in jobs.filtered(lambda one, state=waiting: one.state == state):
                job = Job.load(self.env, stored.uuid)
                job.perform()
                job.set_done()
                job.store()
        return jobs

    def test_members_follow_each_other_as_they_were_registered(self):
        people = self.make_registrants(3)
        program = self.make_program(eligibility_domain=str([("id", "in", people.ids)]))
        self.env.flush_all()
        # What is written again lies behind all others.
        self.env.cr.execute("UPDATE res_partner SET color = 7 WHERE id = %s", (people.ids[0],))
        program.get_managers(1)[0].import_eligible_registrants()
        members = self.env["g2p.program_membership"].search([("program_id", "=", program.id)], order="id")
        self.assertEqual(members.partner_id.ids, sorted(people.ids))

    def test_the_whole_way_in_jobs(self):
        people = self.make_registrants(5)
        program = self.make_program(eligibility_domain=str([("id", "in", people.ids)]), fund=500.0)
        self.assertEqual(program.get_managers(1)[0].import_eligible_registrants(), 5)
        self.assertTrue(program.locked)
        self.assertEqual(program.job_progress, "0 of 4 parts done")
        self.assertEqual(len(self.run_jobs(program)), 4)
        self.assertFalse(program.locked)
        self.assertEqual(program.beneficiaries_count, 5)

        program.enroll_eligible_registrants()
        self.run_jobs(program)
        self.assertEqual(program.get_beneficiaries("enrolled", count=True), 5)

        program.create_new_cycle()
        cycle = program.cycle_ids
        self.assertTrue(cycle.locked)
        self.run_jobs(cycle)
        self.assertEqual(cycle.get_beneficiaries("enrolled", count=True), 5)

        for work in (cycle.check_eligibility, cycle.prepare_entitlement):
            work()
            self.run_jobs(cycle)
        self.assertEqual(cycle.get_entitlements("draft", count=True), 5)

        cycle.to_approve()
        approving = cycle.with_user(self.approver)
        approving.approve()
        approving.validate_entitlement()
        self.run_jobs(cycle)
        self.assertEqual(cycle.get_entitlements("approved", count=True), 5)
        self.assertFalse(cycle.locked)

    def test_jobs_carry_id_ranges_and_no_data(self):
        program = self.make_program(5, enroll=False)
        program.enroll_eligible_registrants()
        for job in self.get_jobs(program):
            self.assertLessEqual(len(job.args), 3)
            self.assertEqual(len(job.records), 1)

    def test_a_locked_program_or_cycle_refuses_other_work(self):
        program = self.make_program(5, enroll=False)
        program.enroll_eligible_registrants()
        with self.assertRaisesRegex(UserError, "Eligibility check"):
            program.enroll_eligible_registrants()
        self.run_jobs(program)
        program.create_new_cycle()
        cycle = program.cycle_ids
        for work in (
            cycle.prepare_entitlement,
            cycle.to_approve,
            cycle.mark_cancelled,
            cycle.check_eligibility,
        ):
            with self.subTest(work.__name__), self.assertRaisesRegex(UserError, "[Cc]opying"):
                work()
        self.assertEqual(cycle.state, "draft")

    def test_a_failed_job_releases_the_lock_and_the_work_can_be_done_again(self):
        program = self.make_program(5, enroll=False)
        program.enroll_eligible_registrants()
        stored = self.get_jobs(program).filtered(lambda one: one.state == "pending")[0]
        job = Job.load(self.env, stored.uuid)
        job.set_failed(exc_name="ValueError", exc_message="boom", exc_info="boom")
        job.store()
        self.assertFalse(program.locked)
        self.assertIn("failed", program.message_ids[0].body)
        program.enroll_eligible_registrants()
        self.run_jobs(program)
        self.assertEqual(program.get_beneficiaries("enrolled", count=True), 5)

    def test_a_cancelled_job_releases_the_lock(self):
        program = self.make_program(5, enroll=False)
        program.enroll_eligible_registrants()
        self.get_jobs(program)[0].button_cancelled()
        self.assertFalse(program.locked)

    def test_unlocking_by_hand_waits_for_running_jobs(self):
        program = self.make_program(5, enroll=False)
        program.enroll_eligible_registrants()
        with self.assertRaisesRegex(UserError, "still going on"):
            program.action_unlock()
        self.get_jobs(program).unlink()
        program.action_unlock()
        self.assertFalse(program.locked)

    def test_a_fund_too_small_starts_no_job(self):
        program = self.make_program(5, fund=100.0)
        program.create_new_cycle()
        cycle = program.cycle_ids
        self.run_jobs(cycle)
        cycle.prepare_entitlement()
        self.run_jobs(cycle)
        cycle.to_approve()
        approving = cycle.with_user(self.approver)
        approving.approve()
        with trap_jobs() as trap:
            self.assertEqual(approving.validate_entitlement()["params"]["type"], "danger")
            trap.assert_jobs_count(0)
        self.assertFalse(cycle.locked)
