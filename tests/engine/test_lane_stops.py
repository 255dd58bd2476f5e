"""What stops a lane: pause, breaker, reasons to hold, changes after the release. What waits stays queued, cheaply."""

from itertools import product
from unittest.mock import patch

from odoo.addons.g2p_programs.dispatch import signed, sweep
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .lane_case import LANE, LaneCase


class TestLaneStops(LaneCase):
    # ---- pause ------------------------------------------------------------------------------------------------
    def pause(self, made):
        with self.committed() as env:
            env[LANE].browse(made["manager"][1]).action_pause()

    def resume(self, made):
        with self.committed() as env:
            env[LANE].browse(made["manager"][1]).action_resume()

    def test_pause_in_mid_run_lets_what_is_in_flight_finish_and_starts_nothing(self):
        made = self.make_queued_here(payments=12, at_once=3)
        self.take_jobs(made)
        with self.lane_running(made), self.server.hold():
            self.server.wait_for(lambda: self.server.inside == 3)
            self.pause(made)
        self.assertEqual(self.count_states(made), {"done": 3, "queued": 9})
        self.assertEqual(len(self.held(made)), 1, "one reason is enough")
        self.assertEqual(self.count_jobs(made), 0, "nothing is left that another run could do")
        self.assertEqual(self.batch_state(made), "queued")

    def test_paused_manager_costs_the_sweeper_no_job_and_resuming_sends_the_rest(self):
        made = self.make_queued_here(payments=6, at_once=2)
        self.pause(made)
        self.run_lane(made)
        self.assertEqual((len(self.held(made)), self.server.paid), (1, {}))
        self.take_jobs(made)
        sweep.sweep(self.registry)
        self.assertEqual(self.count_jobs(made), 0)
        self.resume(made)
        self.assertEqual((self.take_jobs(made), self.held(made)), (1, []))
        self.run_lane(made)
        self.assert_all_paid(made)

    def test_run_that_asks_while_the_manager_rests_tries_to_send_nothing(self):
        made = self.make_queued_here(payments=6, at_once=2)
        self.pause(made)
        for _run in range(3):
            self.run_lane(made)
        self.assertEqual(len(self.held(made)), 1, "one reason, however often it runs")

    def test_manager_resumed_in_mid_run_goes_on_in_a_new_job(self):
        made = self.make_queued_here(payments=8, at_once=2)
        slow = self.read("g2p.payment", made["payments"][0], "name")["name"]
        self.take_jobs(made)
        with self.lane_running(made), self.server.hold(lambda reference: reference == slow):
            with self.server.hold():
                self.server.wait_for(lambda: self.server.inside == 2)
                self.pause(made)
            # The other one is answered, and what would follow it meets the pause.
            self.wait_until(lambda: self.held(made))
            self.resume(made)
            self.take_jobs(made)
        self.assertEqual(self.take_jobs(made), 1)
        self.run_lane(made)
        self.assert_all_paid(made)

    def test_pause_of_program_or_company_holds_one_and_ending_it_sends(self):
        for model in ("g2p.program", "res.company"):
            with self.subTest(model):
                made = self.make_queued_here(payments=4, at_once=2)
                with self.committed() as env:
                    company = env["g2p.program"].browse(made["program"]).company_id or env.company
                    target = env[model].browse(made["program"] if model == "g2p.program" else company.id)
                    target.dispatch_paused = True
                self.run_lane(made)
                self.assertEqual((self.count_states(made), len(self.held(made))), ({"queued": 4}, 1))
                with self.committed() as env:
                    env[model].browse(target.id).dispatch_paused = False
                self.move_time_on(made)
                self.take_jobs(made)
                sweep.sweep(self.registry)
                self.assertEqual(self.count_jobs(made), 1)
                self.run_lane(made)
                self.assertEqual(self.count_states(made), {"done": 4})

    def test_neutralized_database_neither_sends_nor_asks(self):
        made = self.make_queued_here(payments=4)
        with self.committed() as env:
            env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        try:
            self.run_lane(made)
        finally:
            with self.committed() as env:
                env["ir.config_parameter"].set_param("database.is_neutralized", False)
        self.assertEqual((self.server.paid, self.states(made)), ({}, ["queued"] * 4))

    # ---- breaker ----------------------------------------------------------------------------------------------
    def test_three_unknown_in_a_row_stop_the_lane(self):
        made = self.make_queued_here(payments=20, at_once=2)
        self.server.status = lambda reference: 500
        self.run_lane(made)
        manager = self.read(LANE, made["manager"][1], "dispatch_paused", "dispatch_paused_reason")
        self.assertTrue(manager["dispatch_paused"])
        counts = self.count_states(made)
        # The third is followed while another call may be in flight, or be claimed already.
        self.assertIn(counts["unknown"], (3, 4, 5))
        self.assertEqual(counts["unknown"] + counts["queued"], 20)
        self.assertEqual(len(self.server.paid), counts["unknown"])
        self.assertEqual(len(self.held(made)), 1)
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            told = batch.activity_ids.filtered(lambda one: one.user_id.id == self.users["finance_one"])
            self.assertEqual(len(told), 1)

    def test_certain_answers_in_between_keep_the_lane_going(self):
        made = self.make_queued_here(payments=12, at_once=2)
        good = {row["name"] for row in self.read("g2p.payment", made["payments"][::2], "name")}
        self.server.status = lambda reference: 200 if reference in good else 500
        with patch("odoo.addons.g2p_programs.dispatch.follow_up.BREAKER_LIMIT", 7):
            self.run_lane(made)
        self.assertEqual(self.count_states(made), {"done": 6, "unknown": 6})

    # ---- one payment, one batch -------------------------------------------------------------------------------
    def test_payment_that_is_held_back_stops_no_other(self):
        made = self.make_queued_here(payments=6, at_once=2)
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][1])
            name, partner_id = payment.name, payment.partner_id.id
            env.cr.execute("UPDATE res_partner SET disabled = now() WHERE id = %s", (partner_id,))
        self.run_lane(made)
        self.assertEqual(self.count_states(made), {"done": 5, "queued": 1})
        (reason,) = self.held(made)
        self.assertIn(name, reason)

    def test_change_after_release_sends_nothing_of_the_batch_and_says_so_once(self):
        made = self.make_queued_here(payments=40, at_once=2)
        self.change(made, -1)
        self.run_lane(made)
        self.assertEqual((self.server.paid, self.count_states(made)), ({}, {"queued": 40}))
        (reason,) = self.held(made)
        self.assertIn(self.read("g2p.payment.batch", made["batch"], "name")["name"], reason)

    def test_refusal_of_the_rail_that_holds_for_the_whole_batch_is_said_once(self):
        made = self.make_queued_here(payments=10, at_once=2)
        refused = RailRefusal({"its address": "changed"}, holds_batch=True)
        with patch.object(self.registry[LANE], "_rail_check_payload", side_effect=refused):
            self.run_lane(made)
        self.assertEqual((self.server.paid, self.count_states(made)), ({}, {"queued": 10}))
        (reason,) = self.held(made)
        self.assertIn("its address: changed", reason)

    def change(self, made, position, column="payee_id_value", value="X"):
        with self.committed() as env:
            env.cr.execute(
                f"UPDATE g2p_payment SET {column} = %s WHERE id = %s", (value, made["payments"][position])
            )

    def test_batch_that_changed_leaves_the_other_batches_of_the_manager_alone(self):
        size = "odoo.addons.g2p_programs.models.managers.payment_manager_base.DEFAULT_BATCH_SIZE"
        with patch(size, 4):
            made = self.make_released(model=LANE, payments=12, manager_vals={"endpoint": self.server.url})
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).send_payment()
        with self.committed() as env:
            batches = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.sorted("id")
            self.assertEqual(len(batches), 3)
            made["submissions"] = batches.submission_ids.sorted("id").ids
            made["payments"] = batches[1].payment_ids.ids
        self.change(made, 0)
        self.run_lane(made)
        self.assertEqual(self.count_states(made), {"done": 8, "queued": 4})
        rows = self.read("g2p.payment.batch", batches.ids, "dispatch_state")
        self.assertEqual(sorted(row["dispatch_state"] for row in rows), ["done", "done", "queued"])

    def test_changed_payment_is_never_sent_and_stops_its_batch_within_an_eighth_of_it(self):
        changes = (
            ("payee_id_value", "X"),
            ("payee_name", "X"),
            ("amount_issued", 7),
            ("state", "cancelled"),
        )
        # The next one is claimed while the look at the whole batch still counts, the last one only after another.
        for position, (column, value) in product((2, -1), changes):
            with self.subTest(column, position=position):
                self.server.reset()
                made = self.make_queued_here(payments=32, at_once=2)
                with self.lane_running(made), self.server.hold():
                    self.server.wait_for(lambda: self.server.inside == 2)
                    self.change(made, position, column, value)
                name = self.read("g2p.payment", made["payments"][position], "name")["name"]
                self.assertNotIn(name, self.server.references)
                self.assertLessEqual(len(self.server.paid), 2 + 32 // signed.LOOKS)
                self.assertEqual(len(self.held(made)), 1)

    def test_payment_of_another_batch_in_its_place_is_never_sent(self):
        for position in (2, -1):
            with self.subTest(position):
                self.server.reset()
                made = self.make_queued_here(payments=32, at_once=2)
                other = self.make_queued_here(payments=1)
                with self.lane_running(made), self.server.hold():
                    self.server.wait_for(lambda: self.server.inside == 2)
                    with self.committed() as env:
                        env.cr.execute(
                            "UPDATE g2p_payment SET submission_id = NULLIF(%s, submission_id) WHERE id IN %s",
                            (
                                made["submissions"][position],
                                (made["payments"][position], other["payments"][0]),
                            ),
                        )
                name = self.read("g2p.payment", other["payments"][0], "name")["name"]
                self.assertNotIn(name, self.server.references)
                self.assertEqual(self.states(made)[position], "queued")

    def test_whole_batch_is_looked_at_a_bounded_number_of_times(self):
        for payments in (32, 64):
            with self.subTest(payments):
                made = self.make_queued_here(payments=payments, at_once=4)
                with patch.object(signed, "_look", side_effect=signed._look) as look:
                    self.run_lane(made)
                self.assertEqual(self.count_states(made), {"done": payments})
                self.assertEqual(look.call_count, signed.LOOKS)
