"""The status check and its button beside workers and callbacks, which speak of the same submissions at the same time.

The scheduler runs an action once: what could not be serialized there is an error in the log, and a check less.
"""

from .g2p_connect_case import G2P_CONNECT, G2PConnectCase


class TestStatusCheck(G2PConnectCase):
    def setUp(self):
        super().setUp()
        self.made = self.make_queued_here()
        self.play(outcomes=[{"payee_suffixes": [str(i) for i in range(10)], "result": "pending"}])
        self.dispatch(self.made)
        [self.submission_id] = self.made["submissions"]
        self.set_submission(self.submission_id, next_question_at=None)

    def check(self, meanwhile):
        """Run the check in a transaction that began before ``meanwhile`` ran."""
        with self.committed() as env:
            manager_id = env["g2p.payment.submission"].browse(self.submission_id).manager_res_id
            meanwhile()
            return env[G2P_CONNECT].payments_status_check(manager_id)

    def is_due(self):
        return bool(
            self.read("g2p.payment.submission", self.submission_id, "next_question_at")["next_question_at"]
        )

    def touch(self):
        self.set_submission(self.submission_id, questions=3)

    def test_what_others_changed_since_it_began_is_asked_about_all_the_same(self):
        self.assertEqual(self.states(self.made), ["sent"])
        with self.assertNoLogs("odoo.sql_db", "WARNING"):
            self.assertEqual(self.check(self.touch), 1)
        self.assertTrue(self.is_due())

    def test_what_others_hold_is_left_to_them_without_waiting(self):
        with self.committed() as other:
            other["g2p.payment.submission"].browse(self.submission_id)._lock()
            with self.assertNoLogs("odoo.sql_db", "WARNING"):
                self.assertEqual(self.check(lambda: None), 1)
        self.assertFalse(self.is_due(), "whoever holds it says when the next question is due")

    def test_what_was_answered_since_it_began_is_not_asked_about(self):
        self.check(lambda: self.set_submission(self.submission_id, state="done"))
        self.assertFalse(self.is_due())

    def test_button_asks_about_what_others_changed_since_it_was_pressed(self):
        with self.committed("officer") as env, self.assertNoLogs("odoo.sql_db", "WARNING"):
            submission = env["g2p.payment.submission"].browse(self.submission_id)
            self.assertFalse(submission.next_question_at)
            self.touch()
            submission.action_ask_now()
            self.assertFalse(submission.next_question_at, "this transaction sees what was before it")
        self.assertTrue(self.is_due())
