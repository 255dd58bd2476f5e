"""The scheduled status check, and what codes mean to people."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .. import const
from .manager_case import MODEL, InteropManagerCase


@tagged("post_install", "-at_install")
class TestManagerStatus(InteropManagerCase):
    def test_status_check_starts_with_the_first_batch_and_stops_when_nothing_is_open(self):
        _cycle, manager, batches = self.prepare()
        cron = manager.status_check_cron_id
        self.assertFalse(cron.active)
        self.release(batches).send_payment()
        self.assertTrue(cron.active)
        batches.with_user(self.releaser).withdraw_release()
        self.assertEqual(manager.payments_status_check(manager.id), 0)
        self.assertFalse(cron.active)

    def test_status_check_needs_the_right_to_read_the_manager(self):
        manager = self.make_manager(self.make_program())
        with self.assertRaises(AccessError):
            self.env[MODEL].with_user(self.nobody).payments_status_check(manager.id)

    # ---- codes ------------------------------------------------------------------------------------------------
    def test_every_code_of_the_tables_has_a_text(self):
        manager = self.env[MODEL]
        codes = {
            *(code for _result, code in const.PIL_WORDS.values()),
            *(code for _result, code in const.TRANSFER_STATES.values()),
            *(code for _status, code in const.PIL_REFUSALS),
            *(code for _member, _setting, code in const.WAITING.values()),
            *(one[1] for one in (const.DOUBTFUL, const.TRUSTED_ABORT, const.UNKNOWN_WORD, const.UNKNOWN_STATE)),
            const.DECLINED[1],
            const.SDK_REFUSAL,
            const.TRANSFER_UNKNOWN,
            const.MODIFIED_REQUEST,
        }  # fmt: skip
        for code in codes - {""}:
            with self.subTest(code):
                self.assertTrue(manager._explain_codes(code))

    def test_codes_of_the_scheme_are_explained_by_their_family(self):
        manager = self.env[MODEL]
        for code, part in (
            ("1001", "could not communicate"), ("2004", "server of the scheme"), ("3101", "form of the request"),
            ("3204", "does not know the payee"), ("3302", "ran out"), ("4001", "payer's side"),
            ("5104", "payee's bank"), ("5400", "payee's bank"),
        ):  # fmt: skip
            with self.subTest(code):
                self.assertIn(part, manager._explain_codes(code))
        for code in ("", False, "9999", "SOMETHING_NEW", "12345", "payee"):
            with self.subTest(code):
                self.assertEqual(manager._explain_codes(code), "")

    def test_several_codes_are_told_together(self):
        text = self.env[MODEL]._explain_codes("rows.missing rows.foreign")
        self.assertIn("does not name all payments", text)
        self.assertIn("are not ours", text)

    def test_codes_are_shown_as_texts_while_a_submission_is_open(self):
        _manager, _batches, submissions = self.make_open()
        for code in ("rows.missing", "not.seen", "timeout", "3208", "schema.refused"):
            with self.subTest(code):
                submissions._guarded_write({"last_code": code})
                mine = submissions.with_user(self.officer)
                self.assertEqual(mine.layer_note, self.env[MODEL]._explain_codes(code))
        submissions._guarded_write({"last_code": "timeout", "manager_model": "another"})
        self.assertFalse(submissions.layer_note, "codes of other payment systems mean something else")

    def test_payment_says_what_its_code_means(self):
        _manager, batches, _submissions = self.make_open()
        payment = batches.payment_ids[0]
        payment._guarded_write({"state": "sent", "status_code": "to.be.confirmed"})
        self.assertIn("two people of finance", payment.with_user(self.finance).layer_note)
        self.assertEqual(batches.with_user(self.finance).to_be_confirmed_count, 1)
        action = batches.with_user(self.finance).action_open_to_be_confirmed()
        self.assertEqual(self.env["g2p.payment"].search(action["domain"]), payment)
        payment._guarded_write({"status_code": "another"})
        self.assertFalse(payment.layer_note or batches.to_be_confirmed_count)

    # ---- connection -------------------------------------------------------------------------------------------
    def test_result_of_a_connection_test_is_written_by_the_job_alone(self):
        manager = self.make_manager(self.make_program())
        for vals in ({"connection_is_good": True}, {"connection_result": "Settings: in order"}):
            for user in (self.officer, self.administrator):
                with self.subTest(user.login, **vals), self.assertRaisesRegex(UserError, "by hand"):
                    manager.with_user(user).write(vals)

    def test_connection_test_leaves_a_job_for_whoever_may_write_the_manager(self):
        manager = self.make_manager(self.make_program())
        manager.with_user(self.officer).action_test_connection()
        key = f"g2p_test_connection_{MODEL}_{manager.id}"
        job = self.env["queue.job"].search([("identity_key", "=", key)])
        self.assertEqual((job.method_name, job.state), ("_job_test_connection", "pending"))
        with self.assertRaises(AccessError):
            manager.with_user(self.finance).action_test_connection()

    def test_every_code_of_a_connection_test_is_explained(self):
        manager = self.make_manager(self.make_program())
        for code in (
            "dns", "tls", "tls.settings", "connection", "timeout", "no.access", "redirect", "http.401", "http.404",
            "health.bad", "unreadable.body", "found", "too_large", *const.SETTING_REASONS, "url payer",
        ):  # fmt: skip
            with self.subTest(code):
                text = manager._explain_check_code(code)
                self.assertTrue(text)
                self.assertNotEqual(text, code)
        self.assertEqual(manager._explain_check_code("http.418"), "http.418")
