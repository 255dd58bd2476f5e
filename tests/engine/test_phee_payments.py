"""What a table of faults cannot say: versions, signatures, parts, rows that never come, and people."""

import time
from pathlib import Path

from odoo.addons.g2p_programs.dispatch import worker

from tests.simulators.phee.keys import Keys
from tests.simulators.phee.process import start_simulator
from tests.simulators.phee.profiles import PROFILES

from .phee_case import REFUSED, PHEECase
from .rail_case import Tally

DONE = ("done", Tally(paid=2, failed=1))
SENT, UNKNOWN = ("sent", Tally(sent=3)), ("unknown", Tally(sent=3))
REJECTED, QUEUED = ("rejected", Tally(issued=3)), ("queued", Tally(issued=3))


def version_of(profile):
    """Return the manager's name for a version of the simulator."""
    minor = int(profile.split(".")[1])
    return f"v1.{next(first for first in (13, 11, 9, 8, 6, 4) if first <= minor)}"


class TestPHEEPayments(PHEECase):
    def assert_is(self, made, expected, when=""):
        self.assertEqual((self.states(made)[0], self.tally(made)), expected, when)

    def note(self, made):
        return self.read("g2p.payment.submission", made["submissions"][0], "hub_note")["hub_note"]

    def settle(self, made, times=2):
        """Ask until everything that can be known is known; nothing may be sent."""
        with self.assert_no_submit():
            for _time in range(times):
                self.move_time_on(made)
                self.ask(made)

    def manager(self, env, made):
        model, id_ = made["manager"]
        return env[model].browse(id_)

    # ---- versions, types, hosts -------------------------------------------------------------------------------
    def test_every_version_is_paid_through_with_what_it_takes(self):
        for profile in PROFILES:
            version = version_of(profile)
            with self.subTest(profile):
                made = self.make_queued_here(server_version=version)
                self.play(hub={"profile": profile})
                self.dispatch(made)
                self.settle(made)
                self.assert_is(made, DONE)
                self.assert_promises(made)
                self.assertEqual(self.simulator.state()["violations"], [])

    def test_columns_and_json_are_taken_by_versions_that_know_them(self):
        for profile, vals in (
            ("v1.13.1", {"batch_type_header": "RAW"}),
            ("v1.9.0", {"batch_type_header": "RAW"}),
            ("v1.13.1", {"csv_columns": "10"}),
            ("v1.12.1", {"csv_columns": "13"}),
        ):
            with self.subTest(profile, **vals):
                made = self.make_queued_here(server_version=version_of(profile), **vals)
                self.play(hub={"profile": profile})
                self.dispatch(made)
                self.settle(made)
                self.assert_is(made, DONE)
                self.assert_promises(made)

    def test_each_host_is_authenticated_to_by_itself(self):
        hub = {
            "payment_auth": "hub", "status_auth": "hub", "auth_endpoint_url": self.simulator.auth_url,
            "username": self.simulator.username, "password": self.simulator.password,
            "authorization": self.simulator.authorization,
        }  # fmt: skip
        oidc = {
            "oidc_token_url": self.simulator.oidc_url, "oidc_client_id": self.simulator.oidc_client,
            "oidc_client_secret": self.simulator.oidc_secret,
        }  # fmt: skip
        key = {"payment_api_key": self.simulator.api_key, "status_api_key": self.simulator.api_key}
        for name, knobs, vals in (
            ("hub", {"rest_auth": True, "bulk_gateway": "hub"}, hub),
            ("hub for status alone", {"rest_auth": True}, hub | {"payment_auth": "none"}),
            (
                "provider and key",
                {"bulk_gateway": "oidc", "ops_gateway": "apikey"},
                oidc | key | {"payment_auth": "oidc", "status_auth": "api_key"},
            ),
        ):
            with self.subTest(name):
                self.forget_tokens()
                made = self.make_queued_here(**vals)
                self.play(hub=knobs)
                self.dispatch(made)
                self.simulator.expire_tokens()
                self.settle(made)
                self.assert_is(made, DONE)
                self.assert_promises(made)

    def test_wrong_signing_key_is_refused_and_the_same_batch_goes_out_once_it_is_mended(self):
        made = self.make_queued_here(signing_key=Keys.made().client_key)
        self.play()
        self.dispatch(made)
        self.assert_is(made, REJECTED)
        self.assertIn("certificate", self.note(made))
        with self.committed() as env:
            self.manager(env, made).signing_key = self.simulator.keys.client_key
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        self.dispatch(made)
        self.settle(made)
        self.assert_is(made, DONE)
        self.assertEqual(self.count_submits(), 1)
        self.assert_promises(made)

    def test_missing_signing_key_sends_nothing(self):
        made = self.make_queued_here()
        with self.committed() as env:
            self.manager(env, made).signing_key = False
        self.play()
        self.dispatch(made)
        self.assert_is(made, QUEUED)
        self.assertEqual(self.count_submits(), 0)
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._cancel_unclaimed()

    # ---- parts ------------------------------------------------------------------------------------------------
    def test_batch_in_several_files_is_paid_whole(self):
        made = self.make_queued_here(payments=20, max_batch_bytes=900)
        self.assertGreater(len(made["submissions"]), 3)
        self.play()
        for submission_id in made["submissions"]:
            worker.dispatch(self.registry, submission_id)
        self.assertEqual(self.count_submits(), len(made["submissions"]))
        for submission_id in made["submissions"]:
            self.move_time_on(made)
            worker.ask(self.registry, submission_id)
        self.assertEqual(set(self.states(made)), {"done"})
        self.assertEqual(self.tally(made), Tally(paid=18, failed=2))
        self.assert_promises(made)

    def test_batch_that_the_hub_splits_is_told_row_by_row(self):
        made = self.make_queued_here(payments=12)
        self.play(hub={"sub_batch_size": 5})
        self.dispatch(made)
        self.settle(made)
        self.assertEqual(self.simulator.state()["batches"][0]["sub_batches"], 3)
        self.assert_is(made, ("done", Tally(paid=11, failed=1)))
        self.assert_promises(made)

    def test_equal_payments_to_one_payee_are_both_paid(self):
        made = self.make_cycle_with_twins()
        self.play(outcomes=[])
        for submission_id in made["submissions"]:
            worker.dispatch(self.registry, submission_id)
            self.move_time_on(made)
            worker.ask(self.registry, submission_id)
        self.assertEqual(self.states(made), ["done", "done"])
        self.assertEqual(self.tally(made), Tally(paid=3))
        self.assert_promises(made)

    def make_cycle_with_twins(self):
        make_cycle = self.make_cycle

        def twins(**values):
            made = make_cycle(**values)
            with self.committed() as env:
                env["res.partner"].browse(made["partners"][:2]).bank_ids.write({"acc_number": "55500011"})
            return made

        self.make_cycle = twins
        try:
            return self.make_queued_here()
        finally:
            del self.make_cycle

    # ---- time -------------------------------------------------------------------------------------------------
    def test_late_import_is_waited_for(self):
        made = self.make_queued_here()
        self.play(hub={"import_questions": 2, "empty_questions": 2})
        self.dispatch(made)
        self.settle(made, 1)
        self.assert_is(made, SENT)
        self.assertIn("does not show this batch yet", self.note(made))
        self.settle(made, 5)
        self.assert_is(made, DONE)
        self.assert_promises(made)

    def test_rows_that_never_appear_are_shown_as_incomplete_and_stay_open(self):
        made = self.make_queued_here()
        self.play(outcomes=[{"payee_suffixes": ["1"], "hidden": -1}, REFUSED])
        self.dispatch(made)
        self.settle(made, 4)
        self.assert_is(made, ("sent", Tally(paid=1, failed=1, sent=1)))
        self.assertIn("Incomplete", self.note(made))
        with self.assert_no_submit():
            self.sweep()
        self.assert_promises(made)

    def test_incident_stays_open_until_the_hub_has_ended_it(self):
        stuck = {
            "payee_suffixes": ["1"],
            "result": "pending",
            "status": "EXCEPTION",
            "questions": 2,
            "then": {},
        }
        made = self.make_queued_here()
        self.play(outcomes=[stuck, REFUSED])
        self.dispatch(made)
        self.settle(made, 1)
        self.assert_is(made, ("sent", Tally(paid=1, failed=1, sent=1)))
        self.settle(made, 3)
        self.assert_is(made, DONE)
        self.assert_promises(made)

    def test_execution_after_the_time_out_is_found_by_its_correlation_id(self):
        made = self.make_queued_here(seconds=1)
        self.play({"play": "late", "seconds": 60})
        self.dispatch(made)
        self.assert_is(made, UNKNOWN)
        with self.committed() as env:
            self.manager(env, made).batch_request_timeout = 20
        self.settle(made, 3)
        self.assert_is(made, UNKNOWN, "not found is no proof: it is executed later")
        self.simulator.release()
        ends = time.monotonic() + 30
        while len(self.executed(made)) < 2 and time.monotonic() < ends:
            time.sleep(0.02)
        self.settle(made)
        self.assert_is(made, DONE)
        self.assert_promises(made)

    def test_correlation_id_that_the_hub_overwrites_leaves_it_unknown(self):
        made = self.make_queued_here()
        self.play({"play": "reset", "executed": True}, hub={"authorization_enabled": True})
        self.dispatch(made)
        self.settle(made, 4)
        self.assert_is(made, UNKNOWN)
        self.assertEqual(len(self.executed(made)), 2)
        self.assert_promises(made)

    def test_refused_connection_is_tried_again_with_the_same_key_payload_and_file(self):
        made = self.make_queued_here()
        simulator = self.simulator
        ports, ledger = (simulator.port, simulator.ops_port), simulator.ledger_path
        simulator.stop()
        try:
            self.dispatch(made)
        finally:
            started = start_simulator({"outcomes": [REFUSED]}, Path(ledger), port=ports[0], ops_port=ports[1])
            type(self).simulator = started
        self.assert_is(made, QUEUED, "nothing left this machine")
        names = ("key", "payload_hash", "hub_file_ids")
        before = self.read("g2p.payment.submission", made["submissions"][0], *names)
        self.move_time_on(made)
        self.assertIn("_job_dispatch", self.sweep())
        self.assertEqual(self.read("g2p.payment.submission", made["submissions"][0], *names), before)
        self.assertEqual(self.count_submits(), 1)
        self.settle(made)
        self.assert_is(made, DONE)
        self.assert_promises(made)

    # ---- people -----------------------------------------------------------------------------------------------
    def test_lost_batch_is_sent_again_only_after_two_people_and_under_a_new_key(self):
        made = self.make_queued_here()
        self.play({"play": "reset", "executed": False})
        self.dispatch(made)
        self.settle(made, 4)
        self.assert_is(made, UNKNOWN)
        first = self.read("g2p.payment.submission", made["submissions"][0], "key")["key"]
        with self.committed("finance_one") as env:
            proposal = env["g2p.payment.decision"].create(
                {
                    "submission_id": made["submissions"][0],
                    "verdict": "never_executed",
                    "reason": "The hub's operator has looked",
                    "evidence_reference": "T-1",
                }
            )
        self.assert_is(made, UNKNOWN, "one person is not enough")
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(proposal.id).action_confirm()
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        self.play()
        self.dispatch(made)
        self.assertNotEqual(self.read("g2p.payment.submission", made["submissions"][0], "key")["key"], first)
        self.settle(made)
        self.assert_is(made, DONE)
        self.assert_promises(made)

    def test_job_that_runs_twice_sends_once(self):
        made = self.make_queued_here()
        self.play()
        for _time in range(2):
            with self.committed() as env:
                env["g2p.payment.submission"].browse(made["submissions"])._job_dispatch()
        self.assertEqual(self.count_submits(), 1)
        self.settle(made)
        self.assert_is(made, DONE)

    # ---- connection test --------------------------------------------------------------------------------------
    def test_connection_test_tells_of_both_hosts_without_a_payment(self):
        made = self.make_idle()
        self.play()
        good, result = self.check_connection(made)
        self.assertTrue(good, result)
        self.assertEqual(result.count("in order"), 3)
        self.assertEqual((self.count_submits(), self.executed(made)), (0, {}))

    def test_connection_test_says_what_is_wrong(self):
        for vals, words in (
            ({"tenant_id": "nobody"}, ("the hub does not know the tenant",)),
            ({"signing_key": Keys.made().client_key}, ("another certificate",)),
            ({"signing_key": False}, ("Payment host", "key")),
            ({"status_endpoint_url": "http://127.0.0.1:9/api/v1/batch"}, ("no connection",)),
        ):
            with self.subTest(**vals):
                made = self.make_idle()
                with self.committed() as env:
                    self.manager(env, made).write(vals)
                self.play()
                good, result = self.check_connection(made)
                self.assertFalse(good)
                for word in words:
                    self.assertIn(word, result)

    def make_idle(self):
        """Return a batch that nobody is going to send."""
        made = self.make_queued_here()
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._cancel_unclaimed()
        return made

    def check_connection(self, made):
        """Do what the job of Test Connection does; return (whether all is in order, text)."""
        with self.committed() as env:
            self.manager(env, made)._job_test_connection()
        with self.committed() as env:
            manager = self.manager(env, made)
            return manager.connection_is_good, manager.connection_result
