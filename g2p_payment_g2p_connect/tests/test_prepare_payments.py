"""Who is paid on which account, what stands in the way, and how payments are cut into batches."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import G2PConnectManagerCase


@tagged("post_install", "-at_install")
class TestPayees(G2PConnectManagerCase):
    def prepare(self, members, **manager):
        """Prepare payments of registrants; return ({name: payment}, {name: finding})."""
        kind = "group" if members[:1].is_group else "individual"
        cycle, self.manager = self.make_payable(members, manager=manager, target_type=kind)
        cycle.prepare_payment()
        payments = {one.partner_id.name: one for one in cycle.sudo().payment_batch_ids.payment_ids}
        blocked = self.env["g2p.payment.finding"].search(
            [("cycle_id", "=", cycle.id), ("severity", "=", "blocked")]
        )
        return payments, {one.partner_id.name: one for one in blocked}

    def address(self, payment):
        return self.manager._get_payee_fa(payment)

    def test_bank_account_number_with_the_code_of_its_bank(self):
        good, none, no_bank, no_code, empty = people = self.make_registrants(5)
        codeless = self.env["res.bank"].create({"name": "T Codeless"})
        self.give_accounts(good)
        self.give_accounts(no_code, codeless)
        self.give_accounts(empty, self.env["res.bank"].create({"name": "T Empty", "bic": " "}))
        self.env["res.partner.bank"].create({"partner_id": no_bank.id, "acc_number": "T-1"})
        payments, findings = self.prepare(people)
        self.assertEqual(list(payments), [good.name])
        self.assertEqual(self.address(payments[good.name]), f"account:T{good.id:09}@ABCD0001")
        self.assertEqual(findings[none.name].code, "no_account")
        for one in (no_bank, no_code, empty):
            self.assertEqual(findings[one.name].code, "no_bank_code", one.name)
            self.assertIn("Bank Identifier Code", findings[one.name].message)

    def test_suffix_stands_in_for_the_code_of_a_bank(self):
        (person,) = people = self.make_registrants(1)
        self.env["res.partner.bank"].create({"partner_id": person.id, "acc_number": "T-1"})
        payments, findings = self.prepare(people, payee_suffix="@national-bank")
        self.assertEqual((self.address(payments[person.name]), findings), ("account:T1@national-bank", {}))

    def test_first_active_account_is_taken(self):
        (person,) = people = self.make_registrants(1)
        for sequence, number, active in ((1, "T-OLD", False), (9, "T-LAST", True), (5, "T-FIRST", True)):
            self.env["res.partner.bank"].create(
                {"partner_id": person.id, "acc_number": number, "bank_id": self.bank.id, "sequence": sequence}
            ).active = active
        payments, _findings = self.prepare(people)
        self.assertEqual(payments[person.name].payee_id_value, "TFIRST")

    def test_iban(self):
        good, other = people = self.make_registrants(2)
        for person, number in ((good, "GB82 WEST 1234 5698 7654 32"), (other, "12345")):
            self.env["res.partner.bank"].create(
                {"partner_id": person.id, "acc_number": number, "bank_id": self.bank.id}
            )
        payments, findings = self.prepare(people, payee_id_type="bank_acc_iban")
        self.assertEqual(self.address(payments[good.name]), "account:GB82WEST12345698765432@ABCD0001")
        self.assertEqual(findings[other.name].code, "no_account")
        self.assertIn("IBAN", findings[other.name].message)

    def test_phone(self):
        good, none, disabled = people = self.make_registrants(3)
        for person in (good, disabled):
            self.env["g2p.phone.number"].create({"partner_id": person.id, "phone_no": "+32470123456"})
        disabled.phone_number_ids.disabled = "2026-01-01 00:00:00"
        payments, findings = self.prepare(
            people, payee_id_type="phone", payee_prefix="mobile:", payee_suffix="@telco"
        )
        self.assertEqual(self.address(payments[good.name]), "mobile:+32470123456@telco")
        self.assertEqual({one.code for one in findings.values()}, {"no_account"})
        self.assertEqual(set(findings), {none.name, disabled.name})

    def test_email(self):
        good, none = people = self.make_registrants(2)
        good.email = "payee@national-bank.example"
        payments, findings = self.prepare(people, payee_id_type="email", payee_prefix="")
        self.assertEqual(self.address(payments[good.name]), "payee@national-bank.example")
        self.assertEqual(findings[none.name].code, "no_account")

    def test_registrant_id_of_the_chosen_type(self):
        kind, other_kind = self.env["g2p.id.type"].create([{"name": "T National ID"}, {"name": "T Other ID"}])
        good, other, invalid, expired = people = self.make_registrants(4)
        self.env["g2p.reg.id"].create(
            [
                {"partner_id": good.id, "id_type": kind.id, "value": "N-1"},
                {"partner_id": other.id, "id_type": other_kind.id, "value": "N-2"},
                {"partner_id": invalid.id, "id_type": kind.id, "value": "N-3", "status": "invalid"},
                {"partner_id": expired.id, "id_type": kind.id, "value": "N-4", "expiry_date": "2020-01-01"},
            ]
        )
        payments, findings = self.prepare(
            people,
            payee_id_type="reg_id",
            reg_id_type_for_payee_id=kind.id,
            payee_prefix="token:",
            payee_suffix="@id-mapper",
        )
        self.assertEqual(list(payments), [good.name])
        self.assertEqual(self.address(payments[good.name]), "token:N-1@id-mapper")
        self.assertEqual(set(findings), {other.name, invalid.name, expired.name})
        self.assertIn("T National ID", findings[other.name].message)

    def test_group_is_paid_through_its_head(self):
        groups = self.make_households(2, size=2)
        headed, headless = groups
        head = self.env["res.partner"].browse(groups._g2p_group_heads()[headed.id])
        self.give_accounts(head)
        headless.group_membership_ids.kind = [Command.clear()]
        payments, findings = self.prepare(groups)
        self.assertEqual(payments[headed.name].payee_name, head.name)
        self.assertEqual(self.address(payments[headed.name]), f"account:T{head.id:09}@ABCD0001")
        self.assertEqual(findings[headless.name].code, "no_head")


@tagged("post_install", "-at_install")
class TestFindingsAndBatches(G2PConnectManagerCase):
    def findings(self, cycle):
        found = self.env["g2p.payment.finding"].search([("cycle_id", "=", cycle.id)])
        return {(one.partner_id.name, one.severity, one.code): one for one in found}

    def set_entitlement(self, cycle, partner, amount):
        """Put an amount into the database that the screens would refuse."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE g2p_entitlement SET initial_amount = %s WHERE cycle_id = %s AND partner_id = %s",
            (amount, cycle.id, partner.id),
        )
        self.env.invalidate_all()

    def test_all_that_stands_in_the_way_is_told_at_once_and_blocks_only_its_own(self):
        people = good, no_account, zero, digits, disabled, odd, shared = self.make_registrants(7)
        self.give_accounts(people - no_account - odd - shared)
        self.env["res.partner.bank"].create(
            [
                {"partner_id": odd.id, "acc_number": "T/1§2", "bank_id": self.bank.id},
                {"partner_id": shared.id, "acc_number": f"T{good.id:09}", "bank_id": self.bank.id},
            ]
        )
        cycle, _manager = self.make_payable(people)
        self.set_entitlement(cycle, zero, 0)
        self.set_entitlement(cycle, digits, "10.005")
        disabled.disabled = "2026-01-01 00:00:00"
        action = cycle.prepare_payment()
        found = self.findings(cycle)
        self.assertEqual(
            {key[0]: key[2] for key in found if key[1] == "blocked"},
            {
                no_account.name: "no_account",
                zero.name: "amount",
                digits.name: "amount",
                disabled.name: "disabled",
            },
        )
        self.assertEqual({key[0] for key in found if key[1] == "warning"}, {good.name, shared.name})
        self.assertIn("10.005", found[digits.name, "blocked", "amount"].message)
        paid = cycle.sudo().payment_batch_ids.payment_ids.partner_id
        self.assertEqual(paid, good | odd | shared)
        self.assertIn("3 payments in 1 batches", action["params"]["message"])
        self.assertIn("4 entitlements are blocked", action["params"]["message"])

    def test_findings_go_when_their_reason_is_mended(self):
        (person,) = people = self.make_registrants(1)
        cycle, _manager = self.make_payable(people)
        cycle.prepare_payment()
        self.assertTrue(self.findings(cycle))
        self.give_accounts(person)
        cycle.prepare_payment()
        self.assertFalse(self.findings(cycle))
        self.assertEqual(len(cycle.payment_batch_ids.payment_ids), 1)

    def test_currency_that_is_not_allowed_blocks_and_is_named(self):
        # An archived one on purpose: archiving the only allowed currency must not allow all.
        cycle, manager = self.make_payable(2)
        currencies = self.env["res.currency"].with_context(active_test=False)
        currency = currencies.search(
            [("id", "!=", cycle.program_id.currency_id.id), ("active", "=", False)], limit=1
        )
        manager.allowed_currencies = currency
        cycle.prepare_payment()
        found = self.findings(cycle)
        self.assertEqual({key[2] for key in found}, {"rail"})
        message = next(iter(found.values())).message
        self.assertIn(cycle.program_id.currency_id.name, message)
        self.assertIn(currency.name, message)
        self.assertFalse(cycle.payment_batch_ids)
        manager.allowed_currencies = currency | cycle.program_id.currency_id
        cycle.prepare_payment()
        self.assertEqual(len(cycle.payment_batch_ids.payment_ids), 2)

    def test_address_that_the_rail_cannot_write_blocks(self):
        cycle, _manager = self.make_payable(1, manager={"payee_prefix": "no prefix"})
        cycle.prepare_payment()
        self.assertIn("financial address", next(iter(self.findings(cycle).values())).message)

    def test_batches_are_cut_by_tag_and_size(self):
        members = self.make_registrants(7)
        self.give_accounts(members)
        urban = members[:3]
        tag = self.env["g2p.registrant.tags"].create({"name": "T Urban"})
        urban.tags_ids = tag
        tags = self.tags(
            {
                "name": "T Urban",
                "domain": "[('partner_id.tags_ids.name', '=', 'T Urban')]",
                "max_batch_size": 2,
            },
            {"name": "T Rest", "max_batch_size": 3},
        )
        cycle, _manager = self.make_payable(members, manager={"batch_tag_ids": tags})
        cycle.prepare_payment()
        cut = [(batch.tag_id.name, len(batch.payment_ids)) for batch in cycle.payment_batch_ids.sorted("id")]
        self.assertEqual(cut, [("T Urban", 2), ("T Urban", 1), ("T Rest", 3), ("T Rest", 1)])
        first = cycle.payment_batch_ids.filtered(lambda one: one.tag_id.name == "T Urban")
        self.assertEqual(first.payment_ids.partner_id, urban)

    def test_without_automatic_batching_payments_have_no_batch(self):
        cycle, _manager = self.make_payable(2, manager={"create_batch": False})
        cycle.prepare_payment()
        payments = self.env["g2p.payment"].search([("cycle_id", "=", cycle.id)])
        self.assertEqual((len(payments), payments.batch_id.ids), (2, []))

    def test_prepared_twice_makes_no_second_payment(self):
        cycle, _manager = self.make_payable(3)
        cycle.prepare_payment()
        cycle.prepare_payment()
        self.assertEqual(self.env["g2p.payment"].search_count([("cycle_id", "=", cycle.id)]), 3)


@tagged("post_install", "-at_install")
class TestSending(G2PConnectManagerCase):
    def prepared(self, **manager):
        members = self.make_registrants(4)
        self.give_accounts(members)
        tags = self.tags({"name": "T First", "max_batch_size": 2})
        cycle, manager = self.make_payable(members, manager={"batch_tag_ids": tags, **manager})
        cycle.prepare_payment()
        self.release(cycle)
        return cycle, manager

    def test_only_batches_that_match_the_filter_are_sent(self):
        cycle, manager = self.prepared()
        first, second = cycle.payment_batch_ids.sorted("id")
        manager.send_payments_domain = f"[('name', '=', '{first.name}')]"
        cycle.with_user(self.releaser).send_payment()
        self.assertEqual((len(first.sudo().submission_ids), len(second.sudo().submission_ids)), (1, 0))

    def test_filter_that_leaves_all_out_is_said_to_be_the_reason(self):
        cycle, _manager = self.prepared(send_payments_domain="[('id', '=', 0)]")
        action = cycle.with_user(self.releaser).send_payment()
        self.assertFalse(self.submissions(cycle))
        self.assertIn("filter of batches to send of T Connect", action["params"]["message"])

    def test_sent_twice_makes_one_submission_of_a_batch(self):
        cycle, _manager = self.prepared()
        batches = cycle.payment_batch_ids.with_user(self.releaser)
        batches.send_payment()
        batches.send_payment()
        self.assertEqual(len(self.submissions(cycle)), 2)

    # ---- the status check -------------------------------------------------------------------------------------
    def test_status_check_starts_with_the_first_batch_and_stops_when_nothing_is_open(self):
        cycle, manager = self.prepared(status_cron_job_interval_minutes=7)
        cron = manager.status_check_cron_id
        self.assertEqual((cron.active, cron.interval_number, cron.interval_type), (False, 7, "minutes"))
        cycle.with_user(self.releaser).send_payment()
        self.assertTrue(cron.active and manager.with_user(self.officer).status_check_cron_active)
        with self.enter_registry_test_mode():
            self.assertEqual(manager.payments_status_check(manager.id), 2)
        self.assertTrue(cron.active, "something is open")
        cycle.payment_batch_ids.with_user(self.releaser).withdraw_release()
        self.assertEqual(manager.payments_status_check(manager.id), 0)
        self.assertFalse(cron.active)

    def test_status_check_stops_itself_when_the_scheduler_runs_it(self):
        cycle, manager = self.prepared()
        cycle.with_user(self.releaser).send_payment()
        cron = manager.status_check_cron_id
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            self.assertTrue(cron.active, "something is open")
            cycle.payment_batch_ids.with_user(self.releaser).withdraw_release()
            cron.method_direct_trigger()
        cron.invalidate_recordset()
        self.assertFalse(cron.active)

    def test_status_check_leaves_a_question_for_each_submission_that_may_be_asked_about(self):
        cycle, manager = self.prepared()
        cycle.with_user(self.releaser).send_payment()
        one, _two = self.submissions(cycle)
        one._guarded_write({"state": "unknown", "claim_token": "t"})
        with self.enter_registry_test_mode():
            self.assertEqual(manager.payments_status_check(manager.id), 2)
        jobs = self.env["queue.job"].search([("identity_key", "like", "g2p_question_")])
        self.assertEqual(jobs.filtered(lambda job: job.records == one).mapped("method_name"), ["_job_ask"])
        self.assertTrue(one.next_question_at)

    def test_interval_of_the_status_check_follows_the_setting(self):
        manager = self.make_manager(self.make_program())
        manager.status_cron_job_interval_minutes = 15
        self.assertEqual(manager.status_check_cron_id.interval_number, 15)
