"""A batch paid by file is claimed by its first download, and by nothing else; then it is frozen."""

import hashlib
import threading

from odoo.exceptions import AccessError, UserError

from odoo.addons.g2p_programs.dispatch import sweep, worker

from .common import STEPS
from .file_case import BANK_CSV, FILE, PAIN, FileCase


class TestFileClaim(FileCase):
    def test_nothing_but_a_download_claims_a_batch_paid_by_file(self):
        made = self.make_ready()
        worker.dispatch(self.registry, made["submissions"][0])
        sweep.sweep(self.registry)
        self.assertEqual(self.states(made), ["queued"])
        self.assertEqual(self.payment_states(made), {("issued", False)})
        with self.committed() as env:
            jobs = env["queue.job"].search([("identity_key", "=", f"g2p_dispatch_{made['submissions'][0]}")])
            self.assertFalse(jobs)

    def test_first_download_claims_and_freezes_message_id_rows_and_bytes(self):
        made = self.make_ready(payments=3)
        data = self.take(made)
        self.assertEqual(self.states(made), ["sent"])
        self.assertEqual(self.payment_states(made), {("sent", False)})
        file = self.file(made, "sha256", "message_id", "payments_count", "first_taken_by", "downloads")
        self.assertEqual(hashlib.sha256(data).hexdigest(), file["sha256"])
        self.assertEqual((file["payments_count"], file["downloads"]), (3, 1))
        self.assertEqual(file["first_taken_by"][0], self.users["officer"])
        submission = self.read("g2p.payment.submission", made["submissions"][0], "key", "payload_hash")
        self.assertEqual(file["message_id"], submission["key"].replace("-", ""))
        for payment in self.read("g2p.payment", made["payments"], "name"):
            self.assertEqual(data.count(payment["name"].replace("-", "").encode()), 1)

    def test_later_downloads_give_the_same_bytes_and_each_is_an_exchange(self):
        made = self.make_ready()
        first = self.take(made)
        with self.committed() as env:  # what would look different today
            env["res.partner"].browse(made["partners"][0]).name = "Somebody Else"
            env.ref(BANK_CSV).csv_delimiter = "pipe"
        try:
            self.assertEqual(self.take(made, "finance_one"), first)
        finally:
            with self.committed() as env:
                env.ref(BANK_CSV).csv_delimiter = "comma"
        with self.committed() as env:
            exchanges = env["g2p.payment.submission"].browse(made["submissions"]).exchange_ids.sorted("id")
            found = [(one.kind, one.outcome, one.user_id.id) for one in exchanges]
        officer, finance = self.users["officer"], self.users["finance_one"]
        self.assertEqual(
            found,
            [
                ("submit", "Accepted", officer),
                ("file", "Downloaded", officer),
                ("file", "Downloaded", finance),
            ],
        )

    def test_file_that_is_not_made_cannot_be_taken_and_nothing_moves(self):
        made = self.make_file_cycle()
        with self.assertRaisesRegex(UserError, "cannot be downloaded"):
            self.take(made)
        self.assertEqual(self.states(made), ["queued"])

    def test_two_people_who_download_at_once_get_one_claim(self):
        made = self.make_ready()
        taken, refused = [], []

        def take(user):
            try:
                taken.append(self.take(made, user))
            except Exception as error:
                refused.append(error)

        threads = [threading.Thread(target=take, args=(user,)) for user in ("officer", "releaser")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertTrue(taken, refused)
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"])
            self.assertEqual((submission.tries, submission.state), (1, "sent"))
            self.assertEqual(len(submission.exchange_ids.filtered(lambda one: one.kind == "submit")), 1)
        self.assertEqual(len(set(taken)), 1)

    def test_withdrawn_release_makes_the_file_void(self):
        made = self.make_ready()
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).withdraw_release()
        self.assertEqual(self.file(made, "state", "void_reason")["void_reason"], "withdrawn")
        with self.assertRaisesRegex(UserError, "withdrawn"):
            self.take(made)
        self.assertEqual(self.payment_states(made), {("issued", False)})

    def test_claim_refuses_what_is_not_in_order_any_more_and_says_why(self):
        made = self.make_ready()
        with self.committed() as env:
            env["res.partner"].browse(made["partners"][0]).disabled = "2026-01-01 00:00:00"
        with self.assertRaisesRegex(UserError, "registrant is disabled"):
            self.take(made)
        self.assertEqual(self.states(made), ["queued"])
        self.assertEqual(self.payment_states(made), {("issued", False)})

    def test_layout_changed_after_the_release_is_not_used(self):
        made = self.make_cycle(model=FILE, manager_vals=self._csv_manager())
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.release_payments()
        with self.committed() as env:
            env.ref(BANK_CSV).csv_delimiter = "semicolon"
        try:
            with self.assertRaisesRegex(UserError, "not as they were"), self.committed("releaser") as env:
                env["g2p.cycle"].browse(made["cycle"]).send_payment()
        finally:
            with self.committed() as env:
                env.ref(BANK_CSV).csv_delimiter = "comma"

    def _csv_manager(self):
        with self.committed() as env:
            return {"payment_file_config_ids": [(6, 0, [env.ref(BANK_CSV).id])]}

    def test_neutralized_copy_hands_over_nothing_that_pays(self):
        made, taken = self.make_ready(), self.make_ready()
        self.take(taken)
        with self.committed() as env:
            env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        try:
            for one in (made, taken):
                with self.assertRaisesRegex(UserError, "neutralized copy"):
                    self.take(one)
        finally:
            with self.committed() as env:
                env["ir.config_parameter"].set_param("database.is_neutralized", False)
        self.assertEqual((self.states(made), self.states(taken)), (["queued"], ["sent"]))

    def test_nobody_can_be_asked(self):
        made = self.make_ready()
        self.take(made)
        with self.assertRaisesRegex(UserError, "import the results"), self.committed("officer") as env:
            env["g2p.payment.batch"].browse(made["batch"]).action_ask_now()
        with self.committed() as env:
            self.assertFalse(env["g2p.payment.submission"].browse(made["submissions"]).next_question_at)
        self.set_submission(made["submissions"][0], next_question_at="2026-01-01 00:00:00")
        worker.ask(self.registry, made["submissions"][0])
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"])
            self.assertFalse(submission.next_question_at)
            self.assertFalse(submission.exchange_ids.filtered(lambda one: one.kind == "question"))


class TestFilesOfOneBatch(FileCase):
    """A pay point's list and the vouchers that families bring there."""

    def make_pay_point(self):
        with self.committed() as env:
            names = ("pay_point_list", "voucher_sheet")
            ids = [env.ref(f"g2p_payment_files.payment_file_config_{name}").id for name in names]
        made = self.make_queued(
            model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, ids)]}, payments=2
        )
        with self.committed() as env:
            files = env["g2p.payment.batch"].browse(made["batch"]).payment_file_ids
            made["list"] = files.filtered(lambda one: one.purpose == "instruction").id
            made["vouchers"] = files.filtered(lambda one: one.purpose == "voucher").id
        return made

    def make_one(self, file_id):
        with self.committed() as env:
            env["g2p.payment.file"].browse(file_id).part_ids._job_make()
        with self.committed() as env:
            env["g2p.payment.file"].browse(file_id)._job_join()

    def test_all_files_of_a_batch_are_handed_over_together(self):
        made = self.make_pay_point()
        self.make_one(made["vouchers"])
        with self.assertRaisesRegex(UserError, "handed over together"):
            self.take({"file": made["vouchers"]})
        self.make_one(made["list"])
        vouchers = self.take({"file": made["vouchers"]})
        self.assertEqual((vouchers[:5], self.states(made)), (b"%PDF-", ["sent"]))
        self.assertEqual(self.take({"file": made["list"]}, "finance_one")[:5], b"%PDF-")
        with self.committed() as env:
            submission = env["g2p.payment.submission"].browse(made["submissions"])
            hashes = env["g2p.payment.file"].browse([made["list"], made["vouchers"]]).mapped("sha256")
            self.assertEqual(submission.tries, 1)
            self.assertTrue(all(one in submission.payload for one in hashes))


class TestFileAccess(FileCase):
    def test_bytes_are_read_by_nobody_in_any_other_way(self):
        made = self.make_ready()
        with self.committed() as env:
            admin = env.ref("base.user_admin")
            attachment = env["ir.attachment"].search(
                [
                    ("res_model", "=", "g2p.payment.file"),
                    ("res_field", "=", "content"),
                    ("res_id", "=", made["file"]),
                ]
            )
            self.assertTrue(attachment)
        for user in (admin.id, self.users["officer"], self.users["finance_one"]):
            with self.subTest(user=user), self.registry.cursor() as cr:
                env = self._env(cr, user)
                with self.assertRaises(AccessError):
                    env["g2p.payment.file"].browse(made["file"]).read(["content"])
                with self.assertRaises(AccessError):
                    env["ir.attachment"].browse(attachment.id).read(["datas"])
                with self.assertRaises((AccessError, UserError)):
                    env["ir.attachment"].browse(attachment.id).write({"raw": b"another"})
                with self.assertRaises((AccessError, UserError)):
                    env["ir.attachment"].browse(attachment.id).unlink()
        self.assertEqual(self.states(made), ["queued"])

    def _env(self, cr, uid):
        from odoo import api

        return api.Environment(cr, uid, {})

    def test_auditor_takes_no_first_file_but_later_ones(self):
        made = self.make_ready()
        with self.committed() as env:
            group = env.ref("g2p_programs.g2p_payment_auditor")
            user = env["res.users"].create(
                {
                    "name": "A",
                    "login": f"auditor_{made['file']}",
                    "group_ids": [(6, 0, [env.ref("base.group_user").id, group.id])],
                }
            )
            type(self).users["auditor"] = user.id
        with self.assertRaisesRegex(UserError, "may not download"):
            self.take(made, "auditor")
        first = self.take(made)
        self.assertEqual(self.take(made, "auditor"), first)

    def test_nobody_writes_or_deletes_files(self):
        made = self.make_ready()
        with self.committed("officer") as env:
            file = env["g2p.payment.file"].browse(made["file"])
            for attempt in (lambda: file.write({"sha256": "0"}), lambda: file.unlink(), lambda: file.copy()):
                with self.assertRaises((AccessError, UserError)):
                    attempt()
        with self.committed() as env:
            file = env["g2p.payment.file"].browse(made["file"])
            for attempt in (lambda: file.write({"state": "made"}), lambda: file.unlink()):
                with self.assertRaises(UserError):
                    attempt()


class TestFileReplacement(FileCase):
    def _never_executed(self, made):
        with self.committed("finance_one") as env:
            decision = env["g2p.payment.decision"].create(
                {
                    "submission_id": made["submissions"][0],
                    "verdict": "never_executed",
                    "reason": "The bank refused the whole file.",
                    "evidence_reference": "letter 12",
                }
            )
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(decision.id).action_confirm()

    def test_replacement_needs_two_people_and_names_what_it_replaces(self):
        made = self.make_ready()
        self.post_fund(made, 1000)
        first = self.take(made)
        old = self.file(made, "message_id")["message_id"]
        self._never_executed(made)
        self.assertEqual(self.file(made, "state")["state"], "void")
        with self.assertRaisesRegex(UserError, "nothing of it was executed"):
            self.take(made)
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed("releaser") as env:
            cycle = env["g2p.cycle"].browse(made["cycle"])
            batch = cycle.payment_batch_ids.filtered(lambda one: not one.released)
            batch.release_payments()
            batch.send_payment()
        self.run_file_jobs()
        with self.committed() as env:
            new = env["g2p.payment.batch"].browse(batch.id).payment_file_ids
            self.assertEqual(new.replaces_ids.ids, [made["file"]])
            self.assertNotEqual(new.message_id, old)
            self.assertEqual(new.head["replaces"], [old])
        second = self.take({"file": new.id})
        self.assertNotEqual(first, second)

    def test_file_of_which_something_was_paid_is_not_void(self):
        made = self.make_ready(payments=2)
        self.take(made)
        with self.committed("finance_one") as env:
            decision = env["g2p.payment.decision"].create(
                {
                    "payment_id": made["payments"][0],
                    "verdict": "executed",
                    "reason": "On the bank's statement.",
                    "evidence_reference": "statement 3",
                }
            )
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(decision.id).action_confirm()
        self._never_executed(made)
        self.assertEqual(self.file(made, "state")["state"], "made")

    def test_file_of_which_something_is_paid_again_is_for_auditors_only(self):
        made = self.make_ready(payments=2)
        self.post_fund(made, 1000)
        self.take(made)
        for payment, verdict in zip(made["payments"], ("executed", "never_executed"), strict=True):
            vals = {
                "payment_id": payment,
                "verdict": verdict,
                "reason": "Statement",
                "evidence_reference": "7",
            }
            with self.committed("finance_one") as env:
                decision = env["g2p.payment.decision"].create(vals)
            with self.committed("finance_two") as env:
                env["g2p.payment.decision"].browse(decision.id).action_confirm()
        self.take(made)
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.assertRaisesRegex(UserError, "are paid again in"):
            self.take(made)


class TestFileMaking(FileCase):
    def test_stopped_work_goes_on_where_it_was(self):
        from odoo.addons.g2p_payment_files.models import payment_file_making

        before = payment_file_making.TABLE_PART
        payment_file_making.TABLE_PART = 2
        try:
            made = self.make_file_cycle(payments=5)
        finally:
            payment_file_making.TABLE_PART = before
        with self.committed() as env:
            parts = env["g2p.payment.file"].browse(made["file"]).part_ids.sorted("number")
            self.assertEqual([one.first_line for one in parts], [1, 3, 5])
            parts[0]._job_make()
            self.assertEqual(env["g2p.payment.file"].browse(made["file"]).progress, "1 of 3 parts")
        with self.assertRaisesRegex(UserError, "not made yet"), self.committed() as env:
            env["g2p.payment.file"].browse(made["file"])._job_join()
        with self.committed("officer") as env:
            env["g2p.payment.file"].browse(made["file"]).action_resume()
        with self.committed() as env:
            jobs = env["queue.job"].search([("method_name", "=", "_job_make"), ("state", "!=", "done")])
            again = [job.records.ids for job in jobs if parts[0].id in job.records.ids]
            self.assertEqual(len(again), 1)  # from the first time only
        self.run_file_jobs()
        self.assertEqual(
            self.file(made, "state", "payments_count"),
            {"id": made["file"], "state": "made", "payments_count": 5},
        )
        self.assertEqual(self.take(made).count(b"Payee "), 5)

    def test_batch_that_changed_after_the_release_makes_no_file(self):
        made = self.make_file_cycle(payments=2)
        with self.committed() as env:
            env.cr.execute(
                "UPDATE g2p_payment SET payee_id_value = '999' WHERE id = %s", (made["payments"][0],)
            )
        self.run_file_jobs()
        file = self.file(made, "state", "problem")
        self.assertEqual(file["state"], "failed")
        self.assertIn("not what was released", file["problem"])
        with self.assertRaises(UserError):
            self.take(made)

    def test_manager_without_an_instruction_prepares_nothing(self):
        made = self.make_cycle(model=FILE)
        with self.assertRaisesRegex(UserError, "choose one"), self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()

    def test_file_that_names_the_payer_wants_an_account(self):
        for config in (BANK_CSV, PAIN):
            with self.committed() as env:
                vals = {
                    "payer_bank_account_id": False,
                    "payment_file_config_ids": [(6, 0, env.ref(config).ids)],
                }
            made = self.make_cycle(manager_vals=vals)
            with (
                self.subTest(config),
                self.assertRaisesRegex(UserError, "which account pays"),
                self.committed("officer") as env,
            ):
                env["g2p.cycle"].browse(made["cycle"]).prepare_payment()

    def test_two_instructions_for_one_batch_are_refused(self):
        with self.committed() as env:
            ids = [env.ref(BANK_CSV).id, env.ref("g2p_payment_files.payment_file_config_pain001").id]
        with self.assertRaisesRegex(UserError, "Keep one payment instruction"):
            self.make_cycle(model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, ids)]})

    def test_bank_file_and_vouchers_for_one_batch_are_refused(self):
        with self.committed() as env:
            ids = [env.ref(BANK_CSV).id, env.ref("g2p_payment_files.payment_file_config_voucher_sheet").id]
        with self.assertRaisesRegex(UserError, "Choose either"):
            self.make_cycle(model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, ids)]})

    def test_rail_with_an_api_takes_documents_only(self):
        with self.committed() as env:
            config = env.ref(BANK_CSV)
            values = {
                "name": "G2P Connect",
                "program_id": env["g2p.program"]
                .create({"name": "Documents only", "target_type": "individual"})
                .id,
                "payment_endpoint_url": "https://pay.example/disburse",
                "status_endpoint_url": "https://pay.example/status",
                "sender_id": "x",
                "payer_fa": "account:7001002003@central-bank",
                "payment_file_config_ids": [(6, 0, config.ids)],
            }
            with self.assertRaisesRegex(UserError, "pays through an API"):
                env["g2p.program.payment.manager.g2p.connect"].create(values)
            env.cr.rollback()

    def test_other_rails_are_claimed_by_jobs_as_ever(self):
        made = self.make_queued(model=STEPS)
        self.assertFalse(
            self.read("g2p.payment.submission", made["submissions"][0], "on_demand")["on_demand"]
        )
        worker.dispatch(self.registry, made["submissions"][0])
        self.assertNotEqual(self.states(made)[0], "queued")
