"""Reconciliation by file: a bank's word through the engine's one door, and who has to vouch for it."""

import hashlib
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError

from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch import worker

from .common import SINGLE, STEPS
from .result_file_case import BY_FILE, FAILED, IMPORT, LINE, PAID, SENT, ResultFileCase


class TestPaidByFile(ResultFileCase):
    def test_results_of_a_batch_paid_by_file_settle_its_payments_through_the_door(self):
        made = self.make_taken(payments=3)
        one, two, three = made["names"]
        rows = [
            (one, "paid", "100", "", date.today().isoformat(), "", "", "B-1"),
            (two.replace("-", "").upper(), "failed", "", "", "", "AC04", "account closed"),
            (three, ""),
        ]
        content = self.make_file(*rows)
        import_id = self.upload(content=content)
        self.check(import_id)
        self.assertEqual(self.effects(import_id), [(2, "apply"), (3, "apply"), (4, "nothing")])
        self.assertEqual(self.results(made), [SENT] * 3, "a check changes nothing")
        self.apply(import_id)
        self.assertEqual(self.results(made), [PAID, FAILED, SENT])
        self.assertEqual((self.state(import_id), self.states(made)), ("done", ["sent"]))
        paid, failed = self.read(
            "g2p.payment", made["payments"][:2], "amount_paid", "status_code", "external_reference"
        )
        self.assertEqual((paid["amount_paid"], paid["external_reference"]), (100, "B-1"))
        self.assertEqual((failed["amount_paid"], failed["status_code"]), (0, "AC04"))
        (exchange,) = self.exchanges(made)
        self.assertEqual((exchange["outcome"], exchange["code"]), ("Found", f"import-{import_id}"))
        self.assertEqual(exchange["user_id"][0], self.users["finance_one"])
        self.assertEqual(exchange["payload_hash"], hashlib.sha256(content).hexdigest())
        self.assertEqual(exchange["payload_hash"], self.read(IMPORT, import_id, "sha256")["sha256"])

    def test_last_result_closes_the_batch_and_books_it(self):
        made = self.make_taken(payments=2)
        self.import_rows(*[(name, "paid") for name in made["names"]])
        self.assertEqual(self.states(made), ["done"])
        self.assertEqual(self.run_jobs(), ["_job_follow_up"])
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            self.assertEqual(batch.dispatch_state, "done")
            self.assertTrue(batch.settlement_move_id or batch.settlement_problem, "not booked")

    def test_whoever_released_imports_only_where_the_program_allows_it(self):
        made = self.make_taken(payments=1)
        self._release_by(made, "finance_releaser")
        import_id = self.upload((made["names"][0], "paid"), user="finance_releaser")
        self.check(import_id, "finance_releaser")
        with self.assertRaises(UserError):
            self.apply(import_id, "finance_releaser")
        with self.committed() as env:
            env["g2p.program"].browse(made["program"]).separate_duties = False
        self.apply(import_id, "finance_releaser")
        self.assertEqual(self.results(made), [PAID])

    def test_only_finance_imports_and_no_administrator(self):
        made = self.make_taken(payments=1)
        for user in ("officer", "releaser"):
            with self.subTest(user), self.assertRaises((UserError, AccessError)):
                self.upload((made["names"][0], "paid"), user=user)
        import_id = self.upload_and_check((made["names"][0], "paid"))
        for user in ("officer", "releaser", None):
            for method in ("action_check", "action_apply", "action_reset"):
                refused = self.assertRaises((UserError, AccessError))
                with self.subTest(user=user, method=method), refused, self.committed(user) as env:
                    getattr(env[IMPORT].browse(import_id), method)()

    def test_payments_whose_manager_is_gone_want_a_second_person_and_are_settled_all_the_same(self):
        made = self.make_taken(payments=1)
        with self.committed() as env:
            env.cr.execute("UPDATE g2p_payment_batch SET manager_res_id = 0 WHERE id = %s", (made["batch"],))
            env.cr.execute(
                "UPDATE g2p_payment_submission SET manager_model = 'g2p.no.such' WHERE id = ANY(%s)",
                (made["submissions"],),
            )
        import_id = self.import_rows((made["names"][0], "paid"))
        self.assertEqual((self.state(import_id), self.results(made)), ("waiting", [SENT]))
        self.confirm(import_id)
        self.assertEqual(self.results(made), [PAID])

    def _release_by(self, made, user):
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            batch._guarded_write({"released_by": self.users[user]})


class TestErrors(ResultFileCase):
    def test_all_wrong_cells_are_named_at_once_and_nothing_is_written(self):
        made = self.make_taken(payments=4)
        one, two, three, four = made["names"]
        tomorrow = (date.today() + timedelta(days=3)).isoformat()
        import_id = self.upload_and_check(
            ("nobody", "paid"),
            (one, "paid", "99.99", "XXX"),
            (two, "paid", "", "", tomorrow),
            (two, "failed"),
            (three, "paid", "", "", "2020-01-01"),
            (four, "paid"),
        )
        self.assertEqual(
            self.errors(import_id),
            [
                (2, "reference", "nobody"),
                (3, "amount", "99.99"),
                (3, "currency", "XXX"),
                (4, "date", tomorrow),
                (5, "reference", two),
                (6, "date", "2020-01-01"),
            ],
        )
        with self.assertRaises(UserError):
            self.apply(import_id)
        self.assertEqual(self.results(made), [SENT] * 4)
        self.assertFalse(self.exchanges(made))

    def test_amount_that_a_failed_row_gives_as_nothing_is_no_error(self):
        made = self.make_taken(payments=2)
        self.import_rows((made["names"][0], "failed", "0.00"), (made["names"][1], "paid", "100.00"))
        self.assertEqual(self.results(made), [FAILED, PAID])

    def test_amount_of_a_line_that_says_nothing_is_looked_at_too(self):
        made = self.make_taken(payments=1)
        import_id = self.upload_and_check((made["names"][0], "", "1"))
        self.assertEqual(self.errors(import_id), [(2, "amount", "1")])

    def test_payment_that_was_not_sent_or_was_cancelled_or_is_disputed_is_an_error(self):
        queued = self.name_payments(self.make_queued(model=BY_FILE, payments=1))
        disputed = self.make_taken(payments=1)
        with self.committed() as env:
            env["g2p.payment"].browse(disputed["payments"])._guarded_write({"disputed": True})
        cancelled = self.make_cycle(model=BY_FILE, payments=1)
        with self.committed("officer") as env:
            cycle = env["g2p.cycle"].browse(cancelled["cycle"])
            cycle.prepare_payment()
            payment = cycle.payment_batch_ids.payment_ids
            payment.action_cancel()
            name = payment.name
        import_id = self.upload_and_check(
            (queued["names"][0], "paid"), (disputed["names"][0], "failed"), (name, "paid")
        )
        self.assertEqual([one[:2] for one in self.errors(import_id)], [(n, "status") for n in (2, 3, 4)])
        with self.committed() as env:
            messages = env[IMPORT].browse(import_id).error_ids.sorted("line").mapped("message")
        for word, message in zip(("not sent", "disputed", "cancelled"), messages, strict=True):
            self.assertIn(word, message)

    def test_payment_of_another_company_is_nobodys(self):
        made = self.make_taken(payments=1)
        with self.committed() as env:
            other = env["res.company"].create({"name": f"Other {made['batch']}"})
            user = env["res.users"].create(
                {
                    "name": "Far",
                    "login": f"far_{made['batch']}",
                    "company_id": other.id,
                    "company_ids": [(6, 0, other.ids)],
                    "group_ids": [
                        (4, env.ref("base.group_user").id),
                        (4, env.ref("g2p_programs.g2p_finance_validator").id),
                    ],
                }
            )
            self.users["far"] = user.id
        import_id = self.upload((made["names"][0], "paid"), user="far")
        self.check(import_id, "far")
        self.assertEqual(self.errors(import_id), [(2, "reference", made["names"][0])])
        with self.committed("finance_one") as env:
            self.assertFalse(env[IMPORT].search([("id", "=", import_id)]))
            self.assertFalse(env[LINE].search([("import_id", "=", import_id)]))

    def test_one_payment_named_twice_in_other_words_is_counted_once(self):
        made = self.make_taken(payments=1)
        (name,) = made["names"]
        import_id = self.import_rows((name, "paid", "100"), (name.replace("-", ""), "paid", "100"))
        self.assertEqual(self.effects(import_id), [(2, "apply")])
        self.assertEqual(self.results(made), [PAID])


class TestFinal(ResultFileCase):
    def test_what_is_final_and_the_same_is_skipped_and_counted(self):
        made = self.make_taken(payments=2)
        self.import_rows((made["names"][0], "paid"))
        before = self.read("g2p.payment", made["payments"], "write_date", "payment_datetime")
        import_id = self.import_rows((made["names"][0], "paid", "100"), (made["names"][1], ""))
        self.assertEqual(self.effects(import_id), [(2, "final"), (3, "nothing")])
        self.assertEqual(self.read(IMPORT, import_id, "count_final")["count_final"], 1)
        self.assertEqual(self.state(import_id), "done")
        self.assertEqual(len(self.exchanges(made)), 1)
        self.assertEqual(self.read("g2p.payment", made["payments"], "write_date", "payment_datetime"), before)

    def test_what_is_final_and_not_the_same_is_marked_and_stays(self):
        for first, second, status in (("paid", "failed", PAID), ("failed", "paid", FAILED)):
            with self.subTest(first):
                made = self.make_taken(payments=1)
                self.import_rows((made["names"][0], first))
                import_id = self.import_rows((made["names"][0], second))
                self.assertEqual(self.effects(import_id), [(2, "contradicts")])
                self.assertEqual(self.results(made), [status])
                row = self.read("g2p.payment", made["payments"][0], "contradicted", "dispute_reason")
                self.assertEqual((row["contradicted"], row["dispute_reason"]), (True, f"later_{second}"))
                self.run_jobs()
                with self.committed() as env:
                    users = env["g2p.payment.batch"].browse(made["batch"]).activity_ids.user_id
                    self.assertIn(self.users["finance_two"], users.ids, "finance was not told")

    def test_paid_of_a_failed_payment_holds_the_one_that_pays_again(self):
        made = self.make_taken(payments=1)
        self.post_fund(made, 1000)
        self.import_rows((made["names"][0], "failed"))
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        self.import_rows((made["names"][0], "paid"))
        with self.committed() as env:
            live = env["g2p.payment"].search(
                [("entitlement_id", "in", made["entitlements"]), ("state", "=", "issued")]
            )
            self.assertEqual(live.mapped("disputed"), [True])

    def test_paid_of_a_payment_that_was_taken_back_is_not_lost(self):
        made = self.name_payments(self.make_queued(model=SINGLE, payments=1))
        self.rail.play("submit", said.Rejected(code="refused"))
        worker.dispatch(self.registry, made["submissions"][0])
        self.assertEqual((self.states(made), self.results(made)), (["rejected"], [("issued", "")]))
        import_id = self.upload_and_check((made["names"][0], "failed"))
        self.assertEqual([one[:2] for one in self.errors(import_id)], [(2, "status")])
        import_id = self.import_rows((made["names"][0], "paid"))
        self.assertEqual(self.effects(import_id), [(2, "contradicts")])
        self.assertFalse(self.read("g2p.payment", made["payments"][0], "disputed")["disputed"])
        self.confirm(import_id)
        self.assertTrue(self.read("g2p.payment", made["payments"][0], "disputed")["disputed"])


class TestSecondPerson(ResultFileCase):
    def test_results_of_an_api_rail_wait_and_free_nothing_before(self):
        for model in (SINGLE, STEPS):
            with self.subTest(model):
                made = self.make_sent(model=model, payments=2)
                before = self.states(made)
                import_id = self.import_rows((made["names"][0], "paid"), (made["names"][1], "failed"))
                self.assertEqual(self.effects(import_id), [(2, "wait"), (3, "wait")])
                self.assertEqual((self.state(import_id), self.results(made)), ("waiting", [SENT, SENT]))
                self.assertEqual((self.states(made), self.exchanges(made)), (before, []))
                with self.committed("officer") as env:
                    env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
                    payments = env["g2p.payment"].search([("entitlement_id", "in", made["entitlements"])])
                    self.assertEqual(len(payments), 2, "a failed that nobody confirmed frees nothing")
                self.confirm(import_id)
                self.assertEqual((self.state(import_id), self.results(made)), ("done", [PAID, FAILED]))
                self.assertEqual(self.states(made), ["done", "done"])
                whose = {one["user_id"][0] for one in self.exchanges(made)}
                self.assertEqual(whose, {self.users["finance_two"]})

    def test_second_person_is_somebody_else_of_finance_who_did_not_release(self):
        made = self.make_sent(payments=1)
        import_id = self.import_rows((made["names"][0], "paid"))
        with self.committed() as env:
            env["g2p.payment.batch"].browse(made["batch"])._guarded_write(
                {"released_by": self.users["finance_releaser"]}
            )
        for user in ("finance_one", "finance_releaser", "officer", "releaser", None):
            with self.subTest(user), self.assertRaises((UserError, AccessError)):
                self.confirm(import_id, user)
        with self.assertRaises((UserError, AccessError)), self.committed() as env:
            env[IMPORT].with_user(env.ref("base.user_admin")).browse(import_id).action_confirm()
        self.assertEqual((self.state(import_id), self.results(made)), ("waiting", [SENT]))

    def test_who_uploaded_is_not_the_second_person_of_who_applied(self):
        made = self.make_sent(payments=1)
        import_id = self.upload((made["names"][0], "paid"), user="finance_two")
        self.check(import_id, "finance_two")
        self.apply(import_id, "finance_one")
        for user in ("finance_one", "finance_two"):
            with self.subTest(user), self.assertRaises(UserError):
                self.confirm(import_id, user)

    def test_whoever_released_cannot_even_be_the_first_person(self):
        made = self.make_sent(payments=1)
        with self.committed() as env:
            env["g2p.program"].browse(made["program"]).separate_duties = False
            env["g2p.payment.batch"].browse(made["batch"])._guarded_write(
                {"released_by": self.users["finance_releaser"]}
            )
        import_id = self.upload((made["names"][0], "paid"), user="finance_releaser")
        self.check(import_id, "finance_releaser")
        with self.assertRaises(UserError):
            self.apply(import_id, "finance_releaser")

    def test_refused_results_change_nothing_and_may_be_imported_again(self):
        made = self.make_sent(payments=1)
        import_id = self.import_rows((made["names"][0], "paid"))
        with self.committed("finance_two") as env:
            env[IMPORT].browse(import_id).action_refuse()
        self.assertEqual((self.state(import_id), self.results(made)), ("refused", [SENT]))
        with self.assertRaises(UserError):
            self.confirm(import_id)
        self.assertEqual(self.state(self.import_rows((made["names"][0], "paid"))), "waiting")

    def test_file_about_both_kinds_is_applied_in_two_steps(self):
        by_file, by_rail = self.make_taken(payments=1), self.make_sent(payments=1)
        import_id = self.import_rows((by_file["names"][0], "paid"), (by_rail["names"][0], "paid"))
        self.assertEqual((self.results(by_file), self.results(by_rail)), ([PAID], [SENT]))
        with self.committed() as env:
            users = env[IMPORT].browse(import_id).activity_ids.user_id.ids
        self.assertIn(self.users["finance_two"], users)
        self.assertNotIn(self.users["finance_one"], users)
        self.confirm(import_id)
        self.assertEqual((self.results(by_file), self.results(by_rail)), ([PAID], [PAID]))

    def test_unknown_submission_is_settled_by_what_two_people_say(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self.rail.play("submit", said.Unknown())
        worker.dispatch(self.registry, made["submissions"][0])
        self.name_payments(made)
        self.confirm(self.import_rows((made["names"][0], "paid", "100")))
        self.assertEqual((self.states(made), self.results(made)), (["done"], [PAID]))

    def test_contradiction_of_an_api_rail_wants_two_people_as_well(self):
        made = self.make_sent(payments=1)
        self.decide_by_rail(made, said.RowResult.FAILED)
        import_id = self.import_rows((made["names"][0], "paid"))
        self.assertEqual((self.state(import_id), self.effects(import_id)), ("waiting", [(2, "contradicts")]))
        self.assertFalse(self.read("g2p.payment", made["payments"][0], "contradicted")["contradicted"])
        self.confirm(import_id)
        self.assertTrue(self.read("g2p.payment", made["payments"][0], "contradicted")["contradicted"])
        self.assertEqual(self.results(made), [FAILED])
