"""Real worker processes that die or race: what is committed is finished by others, and nothing is sent twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import odoo.tools

from .g2p_connect_case import G2PConnectCase
from .rail_case import Tally

ROOT = Path(__file__).parents[2]
OPTIONS = ("db_host", "db_port", "db_user", "db_password", "db_sslmode", "data_dir", "server_wide_modules")

ISSUED = {("issued", False)}
SENT = {("sent", False)}
SETTLED = {("reconciled", "paid"), ("reconciled", "failed")}


class Workers:
    """The program of ``kill_worker.py``, as a test sees it."""

    def __init__(self, database):
        config = odoo.tools.config
        options = {name: config[name] for name in OPTIONS}
        options["addons_path"] = [*config["addons_path"], str(Path(__file__).parents[1] / "addons")]
        command = [
            sys.executable,
            str(Path(__file__).with_name("kill_worker.py")),
            json.dumps(options),
            database,
        ]
        environ = {
            name: value for name, value in os.environ.items() if name not in ("ODOO_RC", "OPENERP_SERVER")
        }
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._answer() == "ready"

    def start(self, *jobs):
        """Start a worker for each job, all at once; return their process ids."""
        return self._tell({"start": jobs})

    def wait(self, pids):
        """Wait for workers to end and return their exit codes, negative for signals."""
        return self._tell({"wait": pids})

    def stop(self):
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def _tell(self, command):
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the program of the workers ended")
        return json.loads(line)


class WorkersMixin:
    """Lets real processes do a rail's jobs, and die in them; goes before a :class:`.rail_case.RailCase`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workers = Workers(cls.database)
        cls.addClassCleanup(cls.workers.stop)

    def run_until(self, made, job, point):
        """Let a worker do ``job`` and die at ``point``."""
        (pid,) = self.workers.start({"job": job, "submission": made["submissions"][0], "point": point})
        self.assertEqual(self.workers.wait([pid]), [-signal.SIGKILL], f"the worker never came to {point}")
        self.wait_until_gone()

    def wait_until_gone(self):
        """Wait until PostgreSQL has noticed that a killed worker is gone, and rolled back what it had not committed."""
        query = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"""

        def nobody():
            with self.committed() as env:
                env.cr.execute(query)
                return not env.cr.fetchone()[0]

        self.wait_for(nobody)

    def wait_for(self, condition, seconds=30):
        ends = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), ends, "did not happen")
            time.sleep(0.02)

    def settle_later(self, made):
        """Let time pass and the sweeper, and what it enqueues, finish what was left; nothing of it may send."""
        with self.assert_no_submit():
            self.move_time_on(made)
            self.sweep()
            self.move_time_on(made)
            self.sweep()

    def assert_settled(self, made):
        self.assertEqual((self.states(made), self.tally(made)), (["done"], Tally(paid=2, failed=1)))
        self.assertEqual(len(self.executed(made)), 2)
        self.assert_promises(made)


class WorkersCase(WorkersMixin, G2PConnectCase):
    pass


class TestKilledWhileSending(WorkersCase):
    def assert_committed(self, made, state, payments, exchanges, submits):
        """Compare what a killed worker left: state, payments, stored answers, and what reached the simulator."""
        self.assertEqual(self.states(made), [state])
        self.assertEqual(self.payment_states(made), payments)
        rows = self.read(
            "g2p.payment.submission", made["submissions"][0], "exchange_ids", "pending_exchange_ids"
        )
        self.assertEqual((len(rows["exchange_ids"]), len(rows["pending_exchange_ids"])), exchanges)
        self.assertEqual(self.count_submits(), submits)

    def killed(self, point):
        made = self.make_queued_here()
        self.play()
        self.run_until(made, "dispatch", point)
        return made

    def test_killed_before_the_claim_is_committed_nothing_happened(self):
        made = self.killed("in_claim")
        self.assert_committed(made, "queued", ISSUED, (0, 0), 0)
        row = self.read("g2p.payment.submission", made["submissions"][0], "claim_token", "payload", "tries")
        self.assertEqual((row["claim_token"], row["payload"], row["tries"]), (False, False, 0))
        self.dispatch(made)
        self.assertEqual(self.count_submits(), 1)
        self.assert_settled(made)

    def test_killed_between_claim_and_call_stays_unknown_until_two_people_decide(self):
        made = self.killed("after_claim")
        self.assert_committed(made, "sending", SENT, (0, 0), 0)
        names = ("claim_token", "key", "payload", "lease_until")
        row = self.read("g2p.payment.submission", made["submissions"][0], *names)
        self.assertTrue(all(row.values()))
        self.sweep()
        self.assertEqual(self.states(made), ["sending"], "the lease runs still")
        self.settle_later(made)
        self.assertEqual(self.states(made), ["unknown"], "nobody can tell that it was never sent")
        self.assertEqual(self.payment_states(made), SENT)
        self.assert_promises(made)
        self._decide_never_executed(made)
        self.dispatch(made)
        self.assertEqual(self.count_submits(), 1)
        self.assert_settled(made)

    def _decide_never_executed(self, made):
        with self.committed("finance_one") as env:
            proposal = env["g2p.payment.decision"].create(
                {
                    "submission_id": made["submissions"][0],
                    "verdict": "never_executed",
                    "reason": "The payment system's log has nothing of it",
                    "evidence_reference": "T-2",
                }
            )
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(proposal.id).action_confirm()
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()

    def test_killed_in_the_call_is_found_by_asking(self):
        made = self.make_queued_here(seconds=60)
        self.play({"play": "timeout", "executed": True, "seconds": 60})
        (pid,) = self.workers.start({"job": "dispatch", "submission": made["submissions"][0]})
        self.wait_for(lambda: len(self.executed(made)) == 2)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.workers.wait([pid]), [-signal.SIGKILL])
        self.simulator.release()
        self.assert_committed(made, "sending", SENT, (0, 0), 1)
        self.settle_later(made)
        self.assert_settled(made)

    def test_killed_between_call_and_store_is_found_by_asking(self):
        for point in ("before_store", "in_store"):
            with self.subTest(point):
                made = self.killed(point)
                self.assert_committed(made, "sending", SENT, (0, 0), 1)
                self.settle_later(made)
                self.assert_settled(made)

    def test_killed_between_store_and_apply_is_applied_from_the_store(self):
        for point in ("after_store", "in_apply_pending"):
            with self.subTest(point):
                made = self.killed(point)
                self.assert_committed(made, "sending", SENT, (1, 1), 1)
                self.move_time_on(made, hours=0.005)
                asked = self.simulator.state()["calls"]["status"]
                self.sweep()
                self.assertEqual(
                    self.simulator.state()["calls"]["status"], asked, "what is stored needs no question"
                )
                self.assert_settled(made)

    def test_stored_refusal_counts_though_its_lease_has_ended(self):
        made = self.make_queued_here()
        self.play({"play": "status", "status": 400})
        self.run_until(made, "dispatch", "after_store")
        self.assert_committed(made, "sending", SENT, (1, 1), 1)
        self.settle_later(made)
        self.assertEqual((self.states(made), self.payment_states(made)), (["rejected"], ISSUED))
        self.assert_promises(made)

    def test_killed_after_apply_loses_nothing_of_what_follows(self):
        for point in ("after_apply_pending", "in_follow_up"):
            with self.subTest(point):
                made = self.make_queued_here()
                self.play({"play": "extra_rows"})
                self.run_until(made, "dispatch", point)
                self.assert_committed(made, "done", SETTLED, (1, 0), 1)
                self.settle_later(made)
                self.assert_settled(made)
                with self.committed() as env:
                    batch = env["g2p.payment.batch"].browse(made["batch"])
                    self.assertIn(
                        self.users["finance_one"], batch.activity_ids.user_id.ids, "finance was not told"
                    )
                    self.assertTrue(batch.settlement_move_id or batch.settlement_problem, "not booked")

    def test_worker_that_comes_back_after_its_lease_brings_news_only(self):
        made = self.make_queued_here()
        self.play()
        job = {
            "job": "dispatch",
            "submission": made["submissions"][0],
            "point": "before_store",
            "signal": "STOP",
        }
        (pid,) = self.workers.start(job)
        self.wait_for(lambda: len(self.executed(made)) == 2)
        self.wait_for(lambda: "T (stopped)" in Path(f"/proc/{pid}/status").read_text())
        self.settle_later(made)
        self.assert_settled(made)
        with self.assert_no_submit():
            os.kill(pid, signal.SIGCONT)
            self.assertEqual(self.workers.wait([pid]), [0])
        self.assert_settled(made)
        rows = self.read(
            "g2p.payment.submission", made["submissions"][0], "exchange_ids", "pending_exchange_ids"
        )
        self.assertEqual(
            (len(rows["exchange_ids"]), rows["pending_exchange_ids"]),
            (3, []),
            "the end of the lease, the question and the late answer are on record",
        )


class TestKilledWhileAsking(WorkersCase):
    def unknown(self):
        """Commit a batch that was executed and whose answer was lost; a question about it is due."""
        made = self.make_queued_here()
        self.play({"play": "reset", "executed": True})
        self.dispatch(made)
        self.assertEqual(self.states(made), ["unknown"])
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._schedule_question()
        return made

    def assert_committed(self, made, state, answers, pending):
        self.assertEqual(self.states(made), [state])
        rows = self.read(
            "g2p.payment.submission", made["submissions"][0], "exchange_ids", "pending_exchange_ids"
        )
        # One exchange is the lost submission's.
        self.assertEqual(
            (len(rows["exchange_ids"]) - 1, len(rows["pending_exchange_ids"])), (answers, pending)
        )

    def test_killed_before_the_answer_is_stored_is_asked_again(self):
        for point in ("in_take", "after_take", "before_store", "in_store"):
            with self.subTest(point):
                made = self.unknown()
                self.run_until(made, "ask", point)
                self.assert_committed(made, "unknown", 0, 0)
                next_question = self.read(
                    "g2p.payment.submission", made["submissions"][0], "next_question_at"
                )
                self.assertTrue(next_question["next_question_at"], "nobody would ask again")
                self.settle_later(made)
                self.assert_settled(made)

    def test_killed_in_the_question_is_asked_again(self):
        made = self.unknown()
        self.simulator.play({"faults": [{"on": "status", "play": "timeout", "seconds": 60}]})
        (pid,) = self.workers.start({"job": "ask", "submission": made["submissions"][0]})
        self.wait_for(lambda: self.simulator.state()["calls"]["status"] == 1)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.workers.wait([pid]), [-signal.SIGKILL])
        self.play()
        self.assert_committed(made, "unknown", 0, 0)
        self.settle_later(made)
        self.assert_settled(made)

    def test_killed_between_store_and_apply_is_applied_from_the_store(self):
        for point in ("after_store", "in_apply_pending"):
            with self.subTest(point):
                made = self.unknown()
                self.run_until(made, "ask", point)
                self.assert_committed(made, "unknown", 1, 1)
                asked = self.simulator.state()["calls"]["status"]
                self.settle_later(made)
                self.assert_settled(made)
                self.assertEqual(
                    self.simulator.state()["calls"]["status"], asked, "asked although it was known"
                )

    def test_killed_after_apply_is_booked_by_the_sweeper(self):
        for point in ("after_apply_pending", "in_follow_up"):
            with self.subTest(point):
                made = self.unknown()
                self.run_until(made, "ask", point)
                self.assert_committed(made, "done", 1, 0)
                self.settle_later(made)
                self.assert_settled(made)
                with self.committed() as env:
                    batch = env["g2p.payment.batch"].browse(made["batch"])
                    self.assertTrue(batch.settlement_move_id or batch.settlement_problem, "not booked")


class TestTwoWorkers(WorkersCase):
    ROUNDS = 20

    def test_two_workers_at_once_send_once(self):
        for turn in range(self.ROUNDS):
            with self.subTest(turn):
                made = self.make_queued_here()
                self.play()
                job = {"job": "dispatch", "submission": made["submissions"][0]}
                self.assertEqual(self.workers.wait(self.workers.start(job, job)), [0, 0])
                self.assertEqual(self.count_submits(), 1)
                self.assert_settled(made)

    def test_two_workers_that_ask_at_once_ask_once(self):
        made = self.make_queued_here()
        self.play({"play": "reset", "executed": True})
        self.dispatch(made)
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._schedule_question()
        job = {"job": "ask", "submission": made["submissions"][0]}
        self.assertEqual(self.workers.wait(self.workers.start(job, job)), [0, 0])
        self.assertEqual(self.simulator.state()["calls"], {"submit": 1, "status": 1})
        self.assert_settled(made)

    def test_worker_and_sweeper_and_question_at_once_settle_once(self):
        made = self.make_queued_here()
        self.play({"play": "timeout", "executed": True, "seconds": 60})
        job = {"job": "dispatch", "submission": made["submissions"][0]}
        pids = self.workers.start(job)
        self.wait_for(lambda: len(self.executed(made)) == 2)
        self.move_time_on(made)
        self.sweep()
        self.assertEqual(self.states(made), ["unknown"], "the lease ended while the call goes on")
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._schedule_question()
        pids += self.workers.start({"job": "ask", "submission": made["submissions"][0]}, job)
        self.simulator.release()
        self.assertEqual(self.workers.wait(pids), [0, 0, 0])
        self.assertEqual(self.count_submits(), 1)
        self.assert_settled(made)
