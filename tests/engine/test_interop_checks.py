"""What is looked at before money moves: the connection, who we are, and who the payees are."""

from odoo.exceptions import UserError
from odoo.modules.neutralize import neutralize_database

from .common import copy_engine_database, drop_database
from .interop_case import INTEROP, TRUE_WORDS, InteropCase
from .rail_case import Tally

UNKNOWN_PARTY = {"payee_suffixes": ["1"], "result": "refused", "how": "party"}
SILENT_PARTY = {"payee_suffixes": ["1"], "result": "refused", "how": "party_silent"}
NAME = "Navya Agarwal"


class InteropChecksCase(InteropCase):
    def make_idle(self, payments=1, **vals):
        """Return a cycle with a prepared batch that nobody has released."""
        made = self.make_cycle(model=INTEROP, payments=payments, manager_vals=self.manager_vals(**vals))
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed() as env:
            batch = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids
            made["batch"], made["payments"] = batch.id, batch.payment_ids.sorted("id").ids
        return made

    def check_connection(self, made):
        """Do what the job of Test Connection does; return (whether all is in order, text)."""
        with self.committed("officer") as env:
            self.manager(env, made).action_test_connection()
        self.run_jobs(made, "_job_test_connection")
        with self.committed() as env:
            manager = self.manager(env, made)
            return manager.connection_is_good, manager.connection_result

    def check_payees(self, made):
        """Press the button, do what its jobs do, and return the states of the payments in the order of their ids."""
        with self.committed("officer") as env:
            env["g2p.payment.batch"].browse(made["batch"]).action_check_payees()
        self.run_jobs(made, "_job_check_payees")
        return self.verdicts(made)

    def verdicts(self, made):
        rows = self.read("g2p.payment", made["payments"], "payee_check_state")
        return [row["payee_check_state"] for row in rows]

    def run_jobs(self, made, method):
        """Do what the job runner would do with a manager's pending jobs."""
        model, id_ = made["manager"]
        with self.committed() as env:
            domain = [("model_name", "=", model), ("method_name", "=", method), ("state", "=", "pending")]
            jobs = env["queue.job"].search(domain).filtered(lambda job: job.records.ids == [id_])
            todo = [tuple(job.args) for job in jobs]
            jobs.unlink()
        self.assertTrue(todo, "there was no job")
        for args in todo:
            with self.committed() as env:
                getattr(self.manager(env, made), method)(*args)

    def auths(self):
        """Return {auth of the simulator: settings of the manager}."""
        simulator = self.simulator
        return {
            "basic": {
                "auth_type": "basic",
                "auth_username": simulator.username,
                "auth_password": simulator.password,
            },
            "bearer": {"auth_type": "bearer", "bearer_token": simulator.bearer_token},
            "oauth2": {
                "auth_type": "oauth2",
                "oauth2_token_url": simulator.token_url,
                "oauth2_client_id": simulator.client_id,
                "oauth2_client_secret": simulator.client_secret,
            },
            "header": {
                "auth_type": "header",
                "auth_header_name": simulator.header_name,
                "auth_header_value": simulator.header_value,
            },
        }


class ChecksOfBothModes:
    """What both modes have to do; goes before an :class:`InteropChecksCase`."""

    done = None

    # ---- connection -------------------------------------------------------------------------------------------
    def test_connection_test_moves_no_money(self):
        made = self.make_idle()
        self.play()
        good, result = self.check_connection(made)
        self.assertTrue(good, result)
        self.assertEqual(result.count("in order"), 3, result)
        self.assertEqual((self.count_submits(), self.simulator.state()["known"]), (0, 0))
        self.assert_no_violation()

    def test_connection_test_says_what_is_wrong(self):
        closed = self.manager_vals()["payment_endpoint_url"].replace(
            str(self.simulator.port if self.mode == "pil" else self.simulator.sdk_port), "9"
        )
        for vals, scheme, words in (
            ({"payment_endpoint_url": closed}, {}, ("no connection",)),
            ({}, {"auth": "basic"}, ("does not take our credentials (HTTP 401)",)),
            ({"auth_type": "bearer"}, {}, ("credentials are missing",)),
        ):
            with self.subTest(**vals, **scheme):
                made = self.make_idle()
                with self.committed() as env:
                    self.manager(env, made).write(vals)
                self.play(scheme={**TRUE_WORDS, **scheme})
                good, result = self.check_connection(made)
                self.assertFalse(good, result)
                for word in words:
                    self.assertIn(word, result)

    def test_every_kind_of_authentication_pays_asks_and_looks_up(self):
        for auth, vals in self.auths().items():
            with self.subTest(auth):
                self.forget_tokens()
                made = self.make_queued_here(**vals)
                self.play({"play": "reset", "executed": True}, scheme={**TRUE_WORDS, "auth": auth})
                good, result = self.check_connection(made)
                self.assertTrue(good, result)
                self.assertEqual(set(self.check_payees(made)), {"payable"})
                self.dispatch(made)
                self.simulator.expire_tokens()
                self.ask(made)
                self.assert_is(made, self.done)
                self.assert_promises(made)

    def test_wrong_credentials_pay_nobody_and_pause_in_the_end(self):
        made = self.make_queued_here(auth_type="bearer", bearer_token="another-token")
        self.play(scheme={**TRUE_WORDS, "auth": "bearer"})
        self.dispatch(made)
        # Whoever stands before the payment system may say so after it was paid: it is asked about.
        self.assertEqual(self.states(made), ["unknown"])
        self.assertEqual(self.ledger(made), [])
        self.assert_promises(made)

    # ---- payees -----------------------------------------------------------------------------------------------
    def test_payees_are_looked_up_and_unknown_ones_stop_the_release(self):
        made = self.make_idle(payments=3, validate_before_sending=True)
        self.play(outcomes=[UNKNOWN_PARTY])
        self.run_jobs(made, "_job_check_payees")
        self.assertEqual(self.verdicts(made), ["payable", "unknown", "payable"], "looked up when prepared")
        names = self.read("g2p.payment", made["payments"], "payee_check_name", "payee_names_differ")
        self.assertEqual([row["payee_check_name"] for row in names], [NAME, False, NAME])
        self.assertTrue(names[0]["payee_names_differ"])
        reference = self.read("g2p.payment", made["payments"][1], "name")["name"]
        with self.assertRaisesRegex(UserError, reference), self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).send_payment()
        with self.committed("officer") as env:
            env["g2p.payment"].browse(made["payments"][1]).action_cancel()
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).send_payment()
        with self.committed() as env:
            made["submissions"] = env["g2p.payment.batch"].browse(made["batch"]).submission_ids.ids
        self.dispatch(made)
        self.assertEqual(self.tally(made).paid, 2)
        self.assertEqual(len(self.ledger(made)), 2)

    def test_whoever_is_silent_about_a_payee_makes_nobody_unknown(self):
        made = self.make_idle(payments=3)
        faults = [
            *(
                {"play": play}
                for play in ("reset", "redirect", "rubbish", "html", "empty", "truncated", "huge")
            ),
            *({"play": "status", "status": status} for status in (400, 401, 403, 429, 500, 503)),
            *({"play": "status", "status": status, "shape": False} for status in (400, 401, 404, 500, 502)),
            {"play": "bare_list"},
            {"play": "header_rjct"},
        ]
        for fault in faults:
            with self.subTest(str(fault)):
                self.play({"on": "check", **fault}, outcomes=[UNKNOWN_PARTY])
                self.assertEqual(self.check_payees(made), ["unclear"] * 3)
        self.play(outcomes=[UNKNOWN_PARTY])
        self.assertEqual(self.check_payees(made), ["payable", "unknown", "payable"])

    def test_silent_look_up_is_over_when_its_time_is(self):
        made = self.make_idle(payments=2)
        self.play({"on": "check", "play": "timeout", "seconds": 60})
        with self.deadline(1):
            self.assertEqual(self.check_payees(made), ["unclear"] * 2)
        self.simulator.release()

    def test_nothing_is_looked_up_for_a_batch_whose_address_has_moved(self):
        made = self.make_idle()
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).release_payments()
        with self.committed() as env:
            self.manager(env, made).check_endpoint_url = "http://127.0.0.1:9/elsewhere"
        with self.assertRaisesRegex(UserError, "Payee Check URL changed"), self.committed("officer") as env:
            env["g2p.payment.batch"].browse(made["batch"]).action_check_payees()


class TestInteropPILChecks(ChecksOfBothModes, InteropChecksCase):
    done = ("done", Tally(paid=2, failed=1))

    def test_layer_that_does_not_call_itself_well_is_told(self):
        made = self.make_idle()
        with self.committed() as env:
            self.manager(env, made).payment_endpoint_url = f"{self.simulator.pil_url}/x/disbursement"
        self.play()
        good, result = self.check_connection(made)
        self.assertFalse(good)
        self.assertIn("nothing is at this address", result)


class TestInteropSDKChecks(ChecksOfBothModes, InteropChecksCase):
    mode = "sdk"
    done = ("done", Tally(paid=1))

    def test_many_payees_are_looked_up_in_several_jobs(self):
        made = self.make_idle(payments=55)
        self.play()
        self.assertEqual(self.check_payees(made), ["payable"] * 55)

    def test_silent_party_is_unclear_and_not_unknown(self):
        made = self.make_idle(payments=3)
        self.play(outcomes=[SILENT_PARTY])
        self.assertEqual(self.check_payees(made), ["payable", "unclear", "payable"])


class TestInteropTLS(InteropChecksCase):
    papers = True
    mutual = True

    def vals(self, **changes):
        text = self.simulator.papers.text
        papers = {
            "tls_ca": text("ca.pem"),
            "tls_client_certificate": text("client.pem"),
            "tls_client_key": text("client.key"),
        }
        return {**papers, **self.auths()["oauth2"], **changes}

    def test_own_authority_and_client_certificate_pay_ask_and_look_up_in_both_modes(self):
        for self.mode in ("pil", "sdk"):
            with self.subTest(self.mode):
                self.forget_tokens()
                made = self.make_queued_here(payments=1, **self.vals())
                self.play({"play": "reset", "executed": True}, scheme={**TRUE_WORDS, "auth": "oauth2"})
                good, result = self.check_connection(made)
                self.assertTrue(good, result)
                self.assertEqual(self.check_payees(made), ["payable"])
                self.dispatch(made)
                self.ask(made)
                self.assert_is(made, ("done", Tally(paid=1)))
                self.assert_promises(made)

    def test_without_either_nothing_is_sent(self):
        none = {"tls_client_certificate": False, "tls_client_key": False}
        for vals in ({"tls_ca": False}, none):
            with self.subTest(str(list(vals))):
                self.forget_tokens()
                made = self.make_queued_here(payments=1, **self.vals(**vals))
                self.play(scheme={**TRUE_WORDS, "auth": "oauth2"})
                good, result = self.check_connection(made)
                self.assertFalse(good, result)
                self.dispatch(made)
                self.assertEqual((self.count_submits(), self.ledger(made)), (0, []))
                self.assertEqual(self.tally(made), Tally(issued=1))


class TestInteropNeutralize(InteropChecksCase):
    @classmethod
    def make_database(cls):
        name = copy_engine_database("neutralize_interop")
        cls.addClassCleanup(drop_database, name)
        return name

    def test_neutralized_copy_has_no_secret_and_neither_pays_nor_asks_nor_looks_up(self):
        secret = "canary-secret-7b1d"
        vals = {
            "auth_type": "bearer",
            **dict.fromkeys(
                ("auth_password", "bearer_token", "oauth2_client_secret", "auth_header_value"), secret
            ),
        }
        made = self.make_queued_here(**vals)
        idle = self.make_idle(**vals)
        self.play()
        with self.committed("officer") as env:
            env["g2p.payment.batch"].browse(idle["batch"]).action_check_payees()
            self.manager(env, idle).action_test_connection()
        with self.registry.cursor() as cr:
            neutralize_database(cr)
        self.registry.clear_all_caches()
        with self.committed() as env:
            env.cr.execute(
                "SELECT count(*) FROM g2p_program_payment_manager_payment_interop_layer t WHERE t::text LIKE %s",
                (f"%{secret}%",),
            )
            self.assertEqual(env.cr.fetchone()[0], 0)
            self.assertTrue(all(env[INTEROP].search([]).mapped("dispatch_paused")))
            pending = [("model_name", "=", INTEROP), ("state", "=", "pending")]
            self.assertEqual(env["queue.job"].search_count(pending), 0)
        with self.committed() as env:
            self.manager(env, idle).bearer_token = secret
            self.manager(env, idle)._job_check_payees(idle["batch"], idle["payments"])
            self.manager(env, idle)._job_test_connection()
        with self.assertRaisesRegex(UserError, "neutralized"), self.committed("officer") as env:
            env["g2p.payment.batch"].browse(idle["batch"]).action_check_payees()
        self.dispatch(made)
        self.assertFalse(any(self.simulator.state()["calls"].values()))
        self.assertEqual(self.verdicts(idle), ["not_checked"])
