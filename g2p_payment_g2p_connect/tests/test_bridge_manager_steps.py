"""An envelope and what is put into it: planned, declared, sent one after the other, amended, cancelled."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from ..bridge import const as bridge
from ..bridge import cut
from .bridge_manager_case import ENVELOPE_ID, LOOK, StepsCase, answer


@tagged("post_install", "-at_install")
class TestBridgePlan(StepsCase):
    def test_a_batch_is_an_envelope_and_requests_that_wait_for_it(self):
        cycle, _manager, submissions = self.make_open(members=5)
        self.assertEqual(
            [
                (one.purpose, one.step, one.payments_count, one.starts_when, one.lasts)
                for one in self.steps(cycle)
            ],
            [
                ("envelope", 1, 0, "done", True),
                ("disbursements", 2, 2, "sent", False),
                ("disbursements", 3, 2, "sent", False),
                ("disbursements", 4, 1, "sent", False),
            ],
        )
        envelope = self.steps(cycle, "envelope")
        self.assertEqual((submissions - envelope).opener_id, envelope)

    def test_declared_is_exactly_what_the_requests_carry(self):
        cycle, _manager, envelope, requests = self.make_sent(members=5)
        told = self.payload(envelope)
        lines = [line for request in requests for line in self.payload(request)]
        self.assertEqual(told["number_of_disbursements"], len(lines))
        self.assertEqual(
            told["total_disbursement_amount"], sum(line["disbursement_amount"] for line in lines)
        )
        self.assertEqual(told["number_of_beneficiaries"], len({line["beneficiary_id"] for line in lines}))
        payments = cycle.sudo().payment_batch_ids.payment_ids
        self.assertEqual({line["mis_reference_number"] for line in lines}, set(payments.mapped("name")))

    def test_what_only_the_cycle_and_the_day_tell_is_in_the_envelope(self):
        cycle, manager, envelope, requests = self.make_sent(members=1)
        told = self.payload(envelope)
        self.assertEqual(
            (told["benefit_program_mnemonic"], told["cycle_code_mnemonic"], told["disbursement_frequency"]),
            ("T-PROGRAM", cycle.name, "OnDemand"),
        )
        # Tomorrow by default: everything declared has to arrive before the day on which the bridge pays is over.
        day = max(fields.Date.today() + timedelta(days=1), cycle.start_date)
        self.assertEqual(told["disbursement_schedule_date"], fields.Date.to_string(day))
        self.assertEqual(self.payload(requests)[0]["narrative"], cycle.name)
        self.assertEqual(requests.settings["disbursement_envelope_id"], ENVELOPE_ID)

    def test_note_stands_on_the_statement_where_there_is_one(self):
        _cycle, _manager, _envelope, requests = self.make_sent(members=1, manager={"note": "Cash for winter"})
        self.assertEqual(self.payload(requests)[0]["narrative"], "Cash for winter")

    def test_schedule_date_is_never_over_and_never_before_the_cycle(self):
        manager = self.make_manager(self.make_program())
        today = fields.Date.today()
        Cycle = self.env["g2p.cycle"]
        past = Cycle.new({"start_date": today - timedelta(days=30), "end_date": today - timedelta(days=1)})
        coming = Cycle.new({"start_date": today + timedelta(days=5), "end_date": today + timedelta(days=9)})
        table = [
            ("sending_day", 0, past, 0), ("sending_day", 3, coming, 3), ("cycle_start", 0, past, 0),
            ("cycle_start", 0, coming, 5), ("cycle_start", 7, coming, 7), ("cycle_end", 0, past, 0),
            ("cycle_end", 2, coming, 9), (None, None, coming, 0),
        ]  # fmt: skip
        for source, ahead, cycle, days in table:
            released = {"schedule_date_source": source, "schedule_days_ahead": ahead}
            with self.subTest(source=source, ahead=ahead, days=days):
                self.assertEqual(manager._get_schedule_date(cycle, released), today + timedelta(days=days))

    def test_the_rule_for_the_date_is_the_one_that_was_released(self):
        cycle, manager = self.make_payable(
            1, {"schedule_date_source": "sending_day", "schedule_days_ahead": 4}
        )
        cycle.prepare_payment()
        batches = self.release(cycle)
        manager.schedule_days_ahead = 9
        batches.send_payment()
        envelope = self.steps(cycle, "envelope")
        manager._rail_step_settings(envelope)
        day = fields.Date.today() + timedelta(days=4)
        self.assertEqual(
            manager._rail_step_settings(envelope)["disbursement_schedule_date"], fields.Date.to_string(day)
        )

    def test_a_batch_is_never_cut_for_another_api_than_it_was_released_for(self):
        """An envelope that is sent to the official API would carry all payments, and each request its own again."""
        official = {"payer_fa": "account:1@b", "locale": "eng"}
        for before, after in (("sync", "bridge"), ("bridge", "sync"), ("async", "bridge")):
            cycle, manager = self.make_payable(
                2, {"api_mode": before, "callback_base_url": "https://odoo.example.org", **official}
            )
            cycle.prepare_payment()
            batches = self.release(cycle)
            manager.api_mode = after
            with self.subTest(f"{before} to {after}"), self.assertRaisesRegex(UserError, "API of .* changed"):
                batches.send_payment()
            self.assertFalse(self.submissions(cycle))
            batches.withdraw_release()
            batches.release_payments()
            batches.send_payment()
            self.assertEqual(bool(self.steps(cycle, "envelope")), after == "bridge")

    def test_requests_are_cut_as_was_released(self):
        people = self.make_registrants(2)
        self.give_accounts(people)
        cycle, manager = self.make_payable(people, {"payee_suffix": "@mapper"})
        cycle.prepare_payment()
        batches = self.release(cycle)
        manager.payee_prefix = "other:"
        with patch.object(cut, "plan", wraps=cut.plan) as plan:
            batches.send_payment()
        settings = plan.call_args.args[1]
        self.assertEqual((settings.payee_prefix, settings.payee_suffix), ("token:", "@mapper"))

    def test_one_person_is_in_no_request_twice(self):
        people = self.make_registrants(3)
        self.give_accounts(people[:2])
        # The third is paid on the account of the first: one beneficiary for the bridge.
        number = people[0].bank_ids.acc_number
        self.env["res.partner.bank"].create(
            {"partner_id": people[2].id, "acc_number": number, "bank_id": self.bank.id}
        )
        with patch.object(bridge, "MAX_DISBURSEMENTS_PER_REQUEST", 1000):
            cycle, _manager, envelope, requests = self.make_sent(members=people)
        self.assertEqual([one.payments_count for one in requests], [2, 1])
        self.assertEqual(self.payload(envelope)["number_of_beneficiaries"], 2)
        self.assertEqual(self.payload(envelope)["number_of_disbursements"], 3)

    def test_planning_takes_no_query_for_each_payment(self):
        few, _manager = self.make_payable(2)
        many, manager = self.make_payable(20)
        counts = []
        with patch.object(bridge, "MAX_DISBURSEMENTS_PER_REQUEST", 1000):
            for cycle in (few, many):
                cycle.prepare_payment()
                batch = cycle.sudo().payment_batch_ids
                counts.append(self.count_queries(manager._rail_plan, batch))
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestBridgeSending(StepsCase):
    def test_requests_go_one_after_the_other(self):
        cycle, _manager, _submissions = self.make_open(members=4)
        first, second = self.steps(cycle, "disbursements")
        self.assertFalse(self.send(first), "there is no envelope yet")
        self.open_envelope(cycle)
        self.assertFalse(self.send(second), "the first is not at the bridge")
        self.assertTrue(self.send(first, self.taken(first)))
        self.assertTrue(self.send(second, self.taken(second)))

    def test_what_the_envelope_took_before_is_known_when_a_request_is_made(self):
        _cycle, _manager, _envelope, requests = self.make_sent(members=5)
        self.assertEqual(
            [(one.settings["disbursements_before"], one.settings["amount_before"]) for one in requests],
            [(0, 0), (2, 200), (4, 400)],
        )

    def test_a_request_that_was_given_up_does_not_count_as_taken(self):
        cycle, _manager, _submissions = self.make_open(members=6)
        self.open_envelope(cycle)
        first, second, third = self.steps(cycle, "disbursements")
        self.send(first, self.taken(first))
        self.send(second, self.refused("INVALID_DISBURSEMENT_PAYLOAD"))
        self.assertEqual(second.state, "rejected")
        second.with_user(self.releaser).action_cancel()
        self.assertTrue(self.send(third, self.taken(third)), third.hold_reason)
        self.assertEqual((third.settings["disbursements_before"], third.settings["amount_before"]), (2, 200))

    def test_nothing_is_put_into_an_envelope_without_an_id(self):
        cycle, manager, _submissions = self.make_open(members=1)
        envelope, request = self.steps(cycle)
        with self.assertRaises(RailRefusal) as caught:
            manager._rail_step_settings(request)
        self.assertTrue(caught.exception.holds_batch)
        self.assertIn(envelope.name, caught.exception.findings[request.name])

    def test_nothing_is_put_into_an_envelope_whose_day_is_over(self):
        cycle, _manager, _submissions = self.make_open(
            members=1, manager={"schedule_date_source": "sending_day", "schedule_days_ahead": 0}
        )
        self.open_envelope(cycle)
        request = self.steps(cycle, "disbursements")
        with self.on_day(1):
            self.assertFalse(self.send(request))
        self.assertIn("the only day on which the bridge pays", request.hold_reason)
        self.assertEqual(request.state, "queued")
        self.assertTrue(self.send(request, self.taken(request)), "its day is not over")

    def test_an_envelope_that_waited_too_long_is_made_anew(self):
        cycle, _manager, _submissions = self.make_open(
            members=1, manager={"schedule_date_source": "sending_day", "schedule_days_ahead": 0}
        )
        envelope = self.steps(cycle, "envelope")
        self.send(envelope, Answer(fault=Fault.NOT_SENT, note="ConnectionError"))
        self.assertEqual(envelope.state, "queued")
        before = self.payload(envelope)["disbursement_schedule_date"]
        with self.on_day(1):
            self.assertTrue(self.send(envelope, self.envelope_made()))
        after = self.payload(envelope)["disbursement_schedule_date"]
        self.assertEqual(fields.Date.to_date(after) - fields.Date.to_date(before), timedelta(days=1))

    def test_an_envelope_that_may_have_arrived_stays_as_it_is(self):
        cycle, manager, _submissions = self.make_open(
            members=1, manager={"schedule_date_source": "sending_day", "schedule_days_ahead": 0}
        )
        envelope = self.open_envelope(cycle)
        with self.on_day(1):
            self.assertTrue(manager._rail_is_stale(envelope))
            self.assertFalse(manager._rail_is_stale(self.steps(cycle, "disbursements")))
        self.assertFalse(manager._rail_is_stale(envelope))

    def test_a_refused_envelope_holds_everything_and_can_be_sent_again(self):
        cycle, _manager, _submissions = self.make_open(members=1)
        envelope, request = self.steps(cycle)
        refusal = answer({"disbursement_envelope_id": None}, "INVALID_PROGRAM_MNEMONIC")
        self.assertTrue(self.send(envelope, refusal))
        self.assertEqual((envelope.state, envelope.last_code), ("rejected", "INVALID_PROGRAM_MNEMONIC"))
        self.assertFalse(self.send(request))
        envelope.with_user(self.releaser).action_queue_again()
        self.assertTrue(self.send(envelope, self.envelope_made()), envelope.hold_reason)
        self.assertTrue(self.send(request, self.taken(request)), request.hold_reason)


@tagged("post_install", "-at_install")
class TestBridgeAmending(StepsCase):
    def make_shrunk(self, **kwargs):
        """Return (cycle, manager, envelope, requests): the last request was refused and given up."""
        kwargs.setdefault("manager", {"schedule_date_source": "sending_day", "schedule_days_ahead": 2})
        cycle, manager, _submissions = self.make_open(members=5, **kwargs)
        envelope = self.open_envelope(cycle)
        requests = self.steps(cycle, "disbursements")
        for request in requests[:-1]:
            self.send(request, self.taken(request))
        self.send(requests[-1], self.refused("INVALID_DISBURSEMENT_PAYLOAD"))
        return cycle, manager, envelope, requests

    def give_up(self, submission):
        submission.with_user(self.releaser).action_cancel()
        self.env.flush_all()

    def test_an_envelope_that_will_not_be_filled_is_amended_to_what_is_in_it(self):
        cycle, _manager, envelope, requests = self.make_shrunk()
        self.assertFalse(self.steps(cycle, "amendment"), "somebody may still send it again")
        self.give_up(requests[-1])
        amendment = self.steps(cycle, "amendment")
        self.assertEqual((len(amendment), amendment.opener_id, amendment.only_stops), (1, envelope, False))
        self.assertTrue(
            self.send(amendment, answer({"disbursement_envelope_id": ENVELOPE_ID})), amendment.hold_reason
        )
        self.assertEqual(self.bridge.paths[-2:], ["amend_disbursement_envelope", LOOK])
        self.assertEqual(
            self.bridge.requests[-2][1]["message"],
            {
                "disbursement_envelope_id": ENVELOPE_ID,
                "number_of_beneficiaries": 4,
                "number_of_disbursements": 4,
                "total_disbursement_amount": 400,
                "disbursement_schedule_date": self.payload(envelope)["disbursement_schedule_date"],
            },
        )
        self.assertEqual(amendment.state, "done")
        self.assertEqual(envelope._get_declared(), (4, 400))

    def test_nothing_is_amended_twice(self):
        cycle, manager, _envelope, requests = self.make_shrunk()
        self.give_up(requests[-1])
        batch = cycle.sudo().payment_batch_ids
        for _again in range(2):
            batch._add_steps()
        amendment = self.steps(cycle, "amendment")
        self.assertEqual(len(amendment), 1)
        self.send(amendment, answer({"disbursement_envelope_id": ENVELOPE_ID}))
        batch._add_steps()
        self.assertEqual(manager._rail_steps_to_add(batch), [])

    def test_what_people_gave_up_is_not_made_again(self):
        cycle, _manager, _envelope, requests = self.make_shrunk()
        self.give_up(requests[-1])
        self.give_up(self.steps(cycle, "amendment"))
        self.assertEqual([one.state for one in self.steps(cycle, "amendment")], ["cancelled"])

    def test_an_envelope_with_all_that_it_declared_is_left_alone(self):
        cycle, manager, _envelope, _requests = self.make_sent(members=5)
        self.assertEqual(manager._rail_steps_to_add(cycle.sudo().payment_batch_ids), [])
        self.assertEqual(len(self.steps(cycle)), 4)

    def test_nothing_is_amended_while_anything_of_it_is_not_settled(self):
        cycle, manager, _envelope, requests = self.make_shrunk()
        batch = cycle.sudo().payment_batch_ids
        for state in ("queued", "sending", "unknown", "rejected"):
            requests[-1]._guarded_write({"state": state, "claim_token": "t"})
            with self.subTest(state):
                self.assertEqual(manager._rail_steps_to_add(batch), [])

    def test_an_empty_envelope_is_cancelled(self):
        cycle, _manager, _submissions = self.make_open(members=1)
        envelope = self.open_envelope(cycle)
        self.give_up(self.steps(cycle, "disbursements"))
        cancellation = self.steps(cycle, "cancellation")
        self.assertEqual((cancellation.opener_id, cancellation.only_stops), (envelope, True))
        self.assertTrue(self.send(cancellation, answer({"disbursement_envelope_id": ENVELOPE_ID})))
        self.assertEqual(self.bridge.paths[-2:], ["cancel_disbursement_envelope", LOOK])
        self.assertEqual(self.bridge.requests[-2][1]["message"], {"disbursement_envelope_id": ENVELOPE_ID})
        self.assertEqual((cancellation.state, cancellation.is_taken), ("done", True))
        cycle.sudo().payment_batch_ids._add_steps()
        self.assertEqual(len(self.steps(cycle, "cancellation")), 1)

    def test_what_was_given_up_goes_into_an_envelope_of_its_own(self):
        cycle, _manager, envelope, requests = self.make_shrunk()
        self.give_up(requests[-1])
        self.send(self.steps(cycle, "amendment"), answer({"disbursement_envelope_id": ENVELOPE_ID}))
        cycle.payment_batch_ids.with_user(self.releaser).send_payment()
        second = self.open_envelope(cycle, "1795220609999")
        self.assertNotEqual(second, envelope)
        self.assertEqual(self.payload(second)["number_of_disbursements"], 1)
        request = second.opened_ids
        self.assertTrue(self.send(request, self.taken(request)), request.hold_reason)
        self.assertEqual(request.settings["disbursement_envelope_id"], "1795220609999")
        self.assertEqual(request.settings["disbursements_before"], 0)
        self.assertEqual(cycle.disbursement_envelope_id, f"1795220609999, {ENVELOPE_ID}")

    def test_an_amendment_never_names_a_day_that_is_over(self):
        cycle, manager, envelope, requests = self.make_shrunk()
        self.give_up(requests[-1])
        amendment = self.steps(cycle, "amendment")
        with self.on_day(5):
            settings = manager._rail_step_settings(amendment)
        day = fields.Date.today() + timedelta(days=5)
        self.assertEqual(settings["disbursement_schedule_date"], fields.Date.to_string(day))
        self.assertEqual(settings["carried_disbursements"], 4)
