"""The scheduled status check, and what the hub's codes mean to people."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .. import const
from .manager_case import MODEL, PHEEManagerCase


@tagged("post_install", "-at_install")
class TestManagerStatus(PHEEManagerCase):
    def test_status_check_starts_with_the_first_batch_and_stops_when_nothing_is_open(self):
        cycle, manager, batches = self.prepare()
        cron = manager.status_check_cron_id
        self.assertFalse(cron.active)
        self.release(batches).send_payment()
        self.assertTrue(cron.active)
        batches.with_user(self.releaser).withdraw_release()
        self.assertEqual(manager.payments_status_check(manager.id), 0)
        self.assertFalse(cron.active)

    def test_status_check_leaves_a_question_for_what_may_be_asked_about(self):
        manager, _batches, submissions = self.make_open()
        with self.enter_registry_test_mode():
            self.assertEqual(manager.payments_status_check(manager.id), 1)
            self.assertFalse(submissions.next_question_at, "it is only queued")
            submissions._guarded_write({"state": "sent", "claim_token": "x"})
            manager.payments_status_check(manager.id)
        self.assertTrue(submissions.next_question_at)
        job = self.env["queue.job"].search([("identity_key", "=", f"g2p_question_{submissions.id}")])
        self.assertEqual(job.state, "pending")

    def test_status_check_follows_its_interval_and_goes_with_the_manager(self):
        manager = self.make_manager(self.make_program())
        cron = manager.status_check_cron_id
        manager.with_user(self.officer).status_cron_job_interval_minutes = 15
        self.assertEqual(cron.interval_number, 15)
        self.assertIn(f"payments_status_check({manager.id})", cron.code)
        manager.unlink()
        self.assertFalse(cron.exists())

    def test_status_check_needs_the_right_to_read_the_manager(self):
        manager = self.make_manager(self.make_program())
        with self.assertRaises(AccessError):
            self.env[MODEL].with_user(self.nobody).payments_status_check(manager.id)

    def test_codes_are_shown_as_texts_while_a_submission_is_open(self):
        _manager, _batches, submissions = self.make_open()
        texts = submissions._get_hub_texts()
        for code in ("details.incomplete", "rows.missing", "not.imported", "several.batches"):
            with self.subTest(code):
                submissions._guarded_write({"last_code": code})
                mine = submissions.with_user(self.officer)
                self.assertEqual(mine.hub_note, texts[code])
        submissions._guarded_write({"last_code": "unheard.of"})
        self.assertFalse(submissions.hub_note)
        submissions._guarded_write({"last_code": "running", "manager_model": "another"})
        self.assertFalse(submissions.hub_note, "codes of other payment systems mean something else")

    def test_every_refusal_of_the_hub_has_a_text(self):
        texts = self.env["g2p.payment.submission"]._get_hub_texts()
        self.assertLessEqual({refusal.code for refusal in const.REFUSALS}, set(texts))

    def test_batch_shows_its_hub_page_only_when_it_goes_through_the_hub(self):
        _cycle, _manager, batches = self.prepare()
        self.assertTrue(batches.with_user(self.officer).pays_by_hub)
        arch = self.env["g2p.payment.batch"].with_user(self.officer).get_view(view_type="form")["arch"]
        self.assertIn('name="hub"', arch)

    def test_connection_test_leaves_a_job_and_calls_nobody(self):
        manager = self.make_manager(self.make_program())
        with patch("odoo.addons.g2p_programs.dispatch.transport.Transport.send") as send:
            manager.with_user(self.officer).action_test_connection()
        send.assert_not_called()
        key = f"g2p_test_connection_{MODEL}_{manager.id}"
        job = self.env["queue.job"].search([("identity_key", "=", key)])
        self.assertEqual((job.method_name, job.state), ("_job_test_connection", "pending"))
        with self.assertRaises(AccessError):
            manager.with_user(self.finance).action_test_connection()

    def test_result_of_a_connection_test_is_written_by_the_job_alone(self):
        manager = self.make_manager(self.make_program())
        for vals in (
            {"connection_is_good": True},
            {"connection_result": "Settings: in order"},
            {"connection_checked_at": "2026-01-01 00:00:00"},
        ):
            for user in (self.officer, self.administrator):
                with self.subTest(user.login, **vals), self.assertRaisesRegex(UserError, "by hand"):
                    manager.with_user(user).write(vals)
            with self.subTest("create", **vals), self.assertRaisesRegex(UserError, "by hand"):
                self.env[MODEL].create(self.manager_vals(manager.program_id, **vals))
