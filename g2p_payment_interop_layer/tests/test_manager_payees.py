"""Payees are looked up before money moves, from a button and where the manager says so."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .. import const
from ..models import payment_manager_payees
from ..payee_check import PayeeCheck
from .manager_case import InteropManagerCase

KNOWN = PayeeCheck(const.PAYABLE, name="T Known")
NOBODY = PayeeCheck(const.UNKNOWN, code="3204")
SILENT = PayeeCheck(const.UNCLEAR, code="timeout")


@tagged("post_install", "-at_install")
class TestManagerPayees(InteropManagerCase):
    def prepare_validating(self, **vals):
        return self.prepare(manager={"validate_before_sending": True, **vals})

    def tell(self, batches, *verdicts):
        """Let the payment system tell verdicts of a batch's payments in the order of their ids."""
        manager = batches._get_manager()
        payments = self.env["g2p.payment"].search([("batch_id", "=", batches.id)], order="id")
        call = manager._prepare_payee_check(batches, payments.ids)
        found = dict(zip(payments.mapped("name"), verdicts, strict=True))
        payment_manager_payees._write_payees(self.env, batches.id, call, found)
        return payments

    def jobs(self, manager):
        domain = [("model_name", "=", manager._name), ("method_name", "=", "_job_check_payees")]
        return (
            self.env["queue.job"]
            .search(domain, order="id")
            .filtered(lambda job: job.records.ids == manager.ids)
        )

    # ---- the button -------------------------------------------------------------------------------------------
    def test_button_leaves_jobs_in_slices_with_ids_only(self):
        _cycle, manager, batches = self.prepare(members=5, manager={"max_batch_size": 2})
        action = batches.with_user(self.officer).action_check_payees()
        self.assertIn("5 payees", action["params"]["message"])
        jobs = self.jobs(manager)
        self.assertEqual(sorted(len(job.args[1]) for job in jobs), [1, 2, 2])
        told = {id_ for job in jobs for id_ in job.args[1]}
        self.assertEqual(told, set(batches.payment_ids.ids))
        self.assertFalse(any(job.kwargs for job in jobs))

    def test_direct_slices_are_small_as_each_payee_is_a_call(self):
        _cycle, manager, batches = self.prepare(members=30, manager={"mode": "sdk"})
        batches.action_check_payees()
        self.assertEqual(sorted(len(job.args[1]) for job in self.jobs(manager)), [5, 25])

    def test_who_prepares_releases_or_decides_may_have_payees_looked_up_and_nobody_else(self):
        _cycle, _manager, batches = self.prepare()
        for user in (self.officer, self.releaser, self.finance, self.g2padmin):
            with self.subTest(user.login):
                batches.with_user(user).action_check_payees()
        for user in (self.auditor, self.validator, self.registrar, self.nobody):
            with self.subTest(user.login), self.assertRaises(AccessError):
                batches.with_user(user).action_check_payees()

    def test_nobody_is_looked_up_for_what_was_sent_or_is_paid_otherwise(self):
        _cycle, _manager, batches = self.prepare()
        batches.payment_ids._guarded_write({"state": "sent"})
        with self.assertRaisesRegex(UserError, "were sent or cancelled"):
            batches.action_check_payees()
        batches._guarded_write({"manager_model": "g2p.program.payment.manager.default"})
        with self.assertRaisesRegex(UserError, "another payment manager"):
            batches.action_check_payees()

    def test_job_asks_for_what_would_be_sent_and_writes_what_it_hears(self):
        people = self.make_registrants(2)
        for number, person in enumerate(people):
            self.env["g2p.phone.number"].create(
                {"partner_id": person.id, "phone_no": f"+25571200000{number}"}
            )
        _cycle, manager, batches = self.prepare(members=people, manager={"payee_id_type": "phone"})
        call = manager._prepare_payee_check(batches, batches.payment_ids.ids)
        self.assertEqual({one.id_type for one in call.payees}, {"phone"})
        self.assertEqual(
            {one.id_value for one in call.payees}, set(batches.payment_ids.mapped("payee_id_value"))
        )
        self.assertEqual(call.settings["payee_id_type_to_send"], "MSISDN")
        self.assertNotIn("2557", repr(call))
        payments = self.tell(batches, KNOWN, NOBODY)
        self.assertEqual(payments.mapped("payee_check_state"), ["payable", "unknown"])
        self.assertEqual(payments.mapped("payee_check_name"), ["T Known", False])
        self.assertEqual(payments.mapped("payee_check_code"), [False, "3204"])
        self.assertTrue(all(payments.mapped("payee_checked_at")))

    def test_fault_of_the_rail_is_an_answer_about_nobody(self):
        _cycle, manager, batches = self.prepare(members=1)
        call = manager._prepare_payee_check(batches, batches.payment_ids.ids)
        with (
            patch.object(type(call.client), "check_payees", side_effect=ValueError("T Registrant 00001")),
            self.assertLogs(payment_manager_payees.__name__, "ERROR") as logs,
        ):
            found = payment_manager_payees._ask(call)
        self.assertEqual([one.verdict for one in found.values()], ["unclear"])
        self.assertNotIn("T Registrant", str(logs.output))

    def test_checking_takes_a_bounded_number_of_statements(self):
        counts = []
        for members in (3, 40):
            _cycle, _manager, batches = self.prepare(members=members)
            counts.append(self.count_queries(self.tell, batches, *[KNOWN] * members))
        self.assertLessEqual(counts[1], counts[0] + 2)

    # ---- when an answer means nothing any more ----------------------------------------------------------------
    def test_answer_is_forgotten_when_the_payee_changes(self):
        _cycle, _manager, batches = self.prepare(members=2)
        payments = self.tell(batches, KNOWN, KNOWN)
        payments[0]._guarded_write({"payee_id_value": "another"})
        self.assertEqual(payments.mapped("payee_check_state"), ["not_checked", "payable"])
        self.assertFalse(payments[0].payee_check_name or payments[0].payee_checked_at)

    def test_answer_goes_along_within_a_manager_and_to_no_other(self):
        _cycle, manager, batches = self.prepare(members=4, manager={"max_batch_size": 2})
        first, second = batches.sorted("id")
        payments = self.tell(first, KNOWN, NOBODY)
        payments[0].with_user(self.officer).batch_id = second
        self.assertEqual(payments.mapped("payee_check_state"), ["payable", "unknown"])
        second._guarded_write({"manager_res_id": manager.copy().id})
        payments[1].with_user(self.officer).batch_id = second
        self.assertEqual(payments[1].payee_check_state, "not_checked")

    def test_answers_are_forgotten_when_somebody_else_would_be_asked(self):
        for vals in (
            {"payee_id_type_to_send": "ALIAS"},
            {"payment_endpoint_url": "https://other.example.org/disbursement"},
            {"check_endpoint_url": "https://other.example.org/check"},
            {"mode": "sdk", "payer_id_type": "ALIAS", "payer_id_value": "x"},
            {"payee_id_type": "bank_acc_iban"},
            {"send_bank_code_as_fsp_id": True},
        ):
            with self.subTest(**vals):
                _cycle, manager, batches = self.prepare(members=2)
                payments = self.tell(batches, KNOWN, NOBODY)
                manager.with_user(self.officer).write(
                    {"name": "T Other", "payee_id_type_to_send": "ACCOUNT_ID"}
                )
                self.assertEqual(payments.mapped("payee_check_state"), ["payable", "unknown"])
                manager.with_user(self.officer).write(vals)
                self.assertEqual(set(payments.mapped("payee_check_state")), {"not_checked"})

    def test_answer_that_comes_after_such_a_change_is_not_written(self):
        _cycle, manager, batches = self.prepare(members=2)
        payments = batches.payment_ids.sorted("id")
        call = manager._prepare_payee_check(batches, payments.ids)
        payments[0]._guarded_write({"payee_id_value": "another"})
        found = dict.fromkeys(payments.mapped("name"), KNOWN)
        payment_manager_payees._write_payees(self.env, batches.id, call, found)
        self.assertEqual(payments.mapped("payee_check_state"), ["not_checked", "payable"])
        call = manager._prepare_payee_check(batches, payments.ids)
        manager.payee_id_type_to_send = "ALIAS"
        payment_manager_payees._write_payees(self.env, batches.id, call, found)
        self.assertEqual(set(payments.mapped("payee_check_state")), {"not_checked"})

    def test_answers_are_written_by_nobody(self):
        _cycle, _manager, batches = self.prepare(members=1)
        for user in (self.officer, self.administrator):
            for vals in ({"payee_check_state": "payable"}, {"payee_check_name": "x"}):
                with self.subTest(user.login, **vals), self.assertRaisesRegex(UserError, "by hand"):
                    batches.payment_ids.with_user(user).write(vals)

    # ---- before sending ---------------------------------------------------------------------------------------
    def test_payees_are_looked_up_when_payments_are_prepared(self):
        _cycle, manager, _batches = self.prepare_validating()
        self.assertEqual(len(self.jobs(manager)), 1)
        _cycle, other, _batches = self.prepare()
        self.assertFalse(self.jobs(other))

    def test_release_is_refused_with_everything_that_is_not_confirmed(self):
        _cycle, _manager, batches = self.prepare_validating(max_batch_size=4)
        payments = self.tell(batches, KNOWN, NOBODY, SILENT)
        mine = batches.with_user(self.releaser)
        with self.assertRaises(UserError) as caught:
            mine.release_payments()
        text = str(caught.exception)
        self.assertIn(f"{batches.name}: 2 payees are not confirmed", text)
        self.assertIn(f"{payments[1].name}: the payment system does not know this payee: cancel", text)
        self.assertIn(f"{payments[2].name}: the payment system gave no certain answer", text)
        self.assertNotIn(payments[0].name, text)
        self.assertNotIn("T Registrant", text, "errors are logged")
        self.assertFalse(batches.released)
        payments[1:].with_user(self.officer).action_cancel()
        mine.release_payments()
        self.assertTrue(batches.released)

    def test_release_is_refused_while_nothing_was_looked_up(self):
        _cycle, _manager, batches = self.prepare_validating()
        with self.assertRaisesRegex(UserError, "press Check Payees"):
            batches.with_user(self.releaser).release_payments()
        with self.assertRaisesRegex(UserError, "press Check Payees"):
            batches.with_user(self.releaser).send_payment()
        self.assertFalse(batches.submission_ids)

    def test_claim_is_refused_too_as_the_switch_may_come_after_the_release(self):
        manager, batches, submissions = self.make_open()
        manager.with_user(self.officer).validate_before_sending = True
        self.assertFalse(self.claim(submissions))
        self.assertEqual((submissions.state, submissions.tries), ("queued", 0))
        for payment in batches.payment_ids:
            self.assertIn(f"{payment.name}: the payee was not checked", submissions.hold_reason)
        self.tell(batches, KNOWN, KNOWN, KNOWN)
        self.assertTrue(self.claim(submissions))

    def test_what_was_sent_before_is_not_held_for_a_check_that_nobody_can_make_any_more(self):
        manager, batches, submission = self.make_open(members=1, manager={"mode": "sdk"})
        batches.payment_ids._guarded_write({"state": "sent"})
        submission._guarded_write({"ever_unknown": True})  # proven absent, and queued again
        manager.with_user(self.officer).validate_before_sending = True
        with self.assertRaisesRegex(UserError, "nobody to look up"):
            batches.action_check_payees()
        self.assertTrue(self.claim(submission), submission.hold_reason)

    def test_nothing_is_refused_where_the_manager_does_not_say_so(self):
        _cycle, _manager, batches = self.prepare()
        self.tell(batches, KNOWN, NOBODY, SILENT)
        self.release(batches).send_payment()
        self.assertTrue(self.claim(batches.submission_ids))

    # ---- what people see --------------------------------------------------------------------------------------
    def test_batch_counts_and_lists_payees_with_both_names(self):
        _cycle, _manager, batches = self.prepare()
        payments = self.tell(batches, PayeeCheck(const.PAYABLE, name="00001, REGISTRANT t"), KNOWN, NOBODY)
        mine = batches.with_user(self.officer)
        counts = (mine.payees_payable_count, mine.payees_unknown_count, mine.payees_unclear_count)
        self.assertEqual(counts, (2, 1, 0))
        self.assertEqual(payments.mapped("payee_names_differ"), [False, True, False])
        action = mine.action_open_payees()
        listed = self.env["g2p.payment"].with_user(self.officer).search(action["domain"])
        self.assertEqual(listed, payments.with_user(self.officer).sorted(reverse=True))
        arch = self.env["g2p.payment"].with_user(self.officer).get_view(action["views"][0][0], "list")["arch"]
        for name in ("payee_name", "payee_check_name", "payee_check_state", "payee_names_differ"):
            self.assertIn(f'name="{name}"', arch)
        form = Form(mine)
        self.assertTrue(form.pays_by_layer)

    def test_names_are_compared_by_their_words_as_the_registry_writes_family_comma_given(self):
        _cycle, _manager, batches = self.prepare(members=self.make_registrants(1, accounts=True))
        payment = batches.payment_ids
        for ours, theirs, differ in (
            ("CONTEYU, GRACE", "Grace Conteyu", False),
            ("O'NEILL, ANNE-MARIE", "Anne Marie O'Neill", False),
            ("CONTEYU, GRACE", "Grace Conteyu-Bai", True),
            ("CONTEYU, GRACE", "Grace", True),
            ("CONTEYU, GRACE", "", False),
        ):
            with self.subTest(ours=ours, theirs=theirs):
                payment._guarded_write({"payee_name": ours, "payee_check_name": theirs})
                self.assertEqual(payment.payee_names_differ, differ)

    def test_validate_accounts_tells_the_registry_the_rules_and_what_was_looked_up(self):
        people = self.make_registrants(4, accounts=True)
        people[0].bank_ids.unlink()
        people[1].bank_ids.acc_number = "None"
        cycle, manager, batches = self.prepare(members=people)
        self.tell(batches, NOBODY, KNOWN)
        entitlements = self.env["g2p.entitlement"].search([("cycle_id", "=", cycle.id)])
        by_payee = {one.partner_id: one for one in entitlements}
        problems = manager.validate_accounts(entitlements)
        self.assertEqual(set(problems), {by_payee[one].id for one in people[:3]})
        for person, part in zip(
            people, ("no Bank Account", "is empty", "does not know this payee"), strict=False
        ):
            self.assertIn(part, problems[by_payee[person].id])
        self.assertEqual(manager.validate_accounts(entitlements.browse()), {})
