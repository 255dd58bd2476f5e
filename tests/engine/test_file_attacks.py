"""Attacks on paying by file, each of which would pay twice, elsewhere, or behind somebody's back."""

import base64

from odoo import api
from odoo.exceptions import AccessError, UserError, ValidationError

from .file_case import FILE, FileCase


class FileAttackCase(FileCase):
    def make_config(self, name, **values):
        """Commit a configuration of a CSV with payees and amounts, and return its id."""
        columns = [(0, 0, {"source": source}) for source in ("end_to_end_id", "payee_id_value", "amount")]
        values = {"name": name, "type": "csv", "purpose": "instruction", "column_ids": columns, **values}
        with self.committed() as env:
            return env["g2p.payment.file.config"].create({**values, "company_id": env.company.id}).id

    def make_tagged(self, config_ids, own_ids=()):
        """Commit a cycle whose only batch has a tag with files of its own, and return it with ``tag``."""
        with self.committed() as env:
            tag = env["g2p.payment.batch.tag"].create({"name": "T", "file_config_ids": [(6, 0, config_ids)]})
        made = self.make_cycle(
            model=FILE,
            manager_vals={
                "payment_file_config_ids": [(6, 0, list(own_ids))],
                "batch_tag_ids": [(6, 0, tag.ids)],
            },
        )
        return {**made, "tag": tag.id}

    def prepare(self, made):
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()

    def release(self, made):
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.release_payments()

    def send(self, made):
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).send_payment()

    def files_of(self, made):
        with self.committed() as env:
            files = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.payment_file_ids
            return [(file.config_id.id, file.purpose) for file in files]


class TestWhatWasReleased(FileAttackCase):
    def test_document_turned_into_a_second_instruction_after_the_release_is_refused(self):
        first, second = self.make_config("Bank"), self.make_config("List", purpose="document")
        made = self.make_cycle(
            model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, [first, second])]}
        )
        self.prepare(made)
        self.release(made)
        with self.committed("officer") as env:
            env["g2p.payment.file.config"].browse(second).purpose = "instruction"
        with self.assertRaises(UserError):
            self.send(made)

    def test_document_turned_into_a_second_instruction_before_the_release_is_refused(self):
        first, second = self.make_config("Bank"), self.make_config("List", purpose="document")
        made = self.make_cycle(
            model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, [first, second])]}
        )
        self.prepare(made)
        with self.committed("officer") as env:
            env["g2p.payment.file.config"].browse(second).purpose = "instruction"
        with self.assertRaises(UserError):
            self.release(made)
            self.send(made)

    def test_voucher_added_to_the_tag_of_a_bank_file_is_refused(self):
        bank = self.make_config("Bank")
        voucher = self.make_config(
            "Voucher", type="html", purpose="voucher", column_ids=[], body_string="<p t-out='object.name'/>"
        )
        made = self.make_tagged([bank])
        self.prepare(made)
        with self.committed() as env:
            env["g2p.payment.batch.tag"].browse(made["tag"]).file_config_ids = [(4, voucher)]
        with self.assertRaises(UserError):
            self.release(made)
            self.send(made)

    def test_tag_that_points_to_another_signed_file_after_the_release_is_refused(self):
        one, other = self.make_config("Bank One"), self.make_config("Bank Two", has_header=False)
        made = self.make_tagged([one], own_ids=[other])
        self.prepare(made)
        self.release(made)
        with self.committed() as env:
            env["g2p.payment.batch.tag"].browse(made["tag"]).file_config_ids = [(6, 0, [other])]
        with self.assertRaises(UserError):
            self.send(made)

    def test_file_of_a_tag_that_is_archived_after_the_release_does_not_become_another_one(self):
        one, other = self.make_config("Bank One"), self.make_config("Bank Two", has_header=False)
        made = self.make_tagged([one], own_ids=[other])
        self.prepare(made)
        self.release(made)
        with self.committed() as env:
            env["g2p.payment.file.config"].browse(one).active = False
        with self.assertRaises(UserError):
            self.send(made)

    def test_payer_account_that_changes_after_the_release_is_refused(self):
        made = self.make_cycle(
            model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, [self.make_config("B")])]}
        )
        with self.committed() as env:
            partner = env.company.partner_id
            accounts = env["res.partner.bank"].create(
                [{"acc_number": f"90{made['cycle']}{n}", "partner_id": partner.id} for n in range(2)]
            )
            env[FILE].browse(made["manager"][1]).payer_bank_account_id = accounts[0]
        self.prepare(made)
        self.release(made)
        with self.committed("officer") as env:
            env[FILE].browse(made["manager"][1]).payer_bank_account_id = accounts[1].id
        with self.assertRaises(UserError):
            self.send(made)


class TestHandedOut(FileAttackCase):
    def test_system_administrators_find_no_bytes_by_searching_attachments(self):
        made = self.make_ready()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, 2, {})
            self.assertTrue(env.user.has_group("base.group_system"))
            for domain in (
                [("res_model", "=", "g2p.payment.file"), ("res_field", "=", "content")],
                [("res_field", "=", "content")],
                [("res_field", "!=", False)],
            ):
                found = env["ir.attachment"].search_read(domain, ["res_model", "datas", "index_content"])
                self.assertFalse([one for one in found if one["res_model"] == "g2p.payment.file"], domain)
        self.assertEqual(self.states(made), ["queued"])

    def test_file_all_of_whose_payments_failed_is_void_and_named_once_it_is_paid_again(self):
        made = self.make_ready()
        self.post_fund(made, 1000)
        self.take(made)
        with self.committed() as env:
            names = env["g2p.payment"].browse(made["payments"]).mapped("name")
        content = "\n".join(["reference,status", *(f"{name},failed" for name in names)]).encode()
        with self.committed("finance_one") as env:
            results = env["g2p.payment.result.import"].create(
                {"file": base64.b64encode(content), "file_name": "r.csv"}
            )
            results.action_check()
            results.action_apply()
        self.assertEqual(self.payment_states(made), {("reconciled", "failed")})
        self.prepare(made)
        self.release(made)
        self.send(made)
        with self.committed() as env:
            new = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.payment_file_ids
            new -= new.browse(made["file"])
            self.assertEqual(new.replaces_ids.ids, [made["file"]])
        with self.assertRaisesRegex(UserError, "replaced by"):
            self.take(made)

    def test_document_does_not_mix_payments_that_changed_places(self):
        document = self.make_config("Letter", purpose="document")
        made = self.make_tagged([self.make_config("Bank"), document])
        with self.committed() as env:
            env["g2p.payment.batch.tag"].browse(made["tag"]).max_batch_size = 2
        self.prepare(made)
        with self.committed() as env:
            first, second = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.sorted("id")
            file = first.payment_file_ids
            file.part_ids._job_make()
            a, b = first.payment_ids[0], second.payment_ids[0]
            a.write({"batch_id": second.id})
            b.write({"batch_id": first.id})
            file._job_join()
            self.assertEqual(file.state, "failed")

    def test_batch_that_was_never_released_is_deleted_and_its_documents_stay_on_record(self):
        document = self.make_config("Letter", purpose="document")
        made = self.make_cycle(
            model=FILE,
            manager_vals={"payment_file_config_ids": [(6, 0, [self.make_config("Bank"), document])]},
        )
        self.prepare(made)
        with self.committed() as env:
            batch = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids
            file = batch.payment_file_ids
            part = file.part_ids
            batch.unlink()
            self.assertFalse(batch.exists())
            self.assertEqual((file.state, file.void_reason, file.payments_count), ("void", "deleted", 3))
            part._job_make()
            file._job_join()
            self.assertEqual((part.done, file.state), (False, "void"))

    def test_files_of_another_company_are_not_made_through_a_manager(self):
        foreign = self.make_config("Foreign", purpose="document")
        with self.committed() as env:
            company = env["res.company"].create({"name": f"Other {foreign}"})
            env["g2p.payment.file.config"].browse(foreign).company_id = company
        made = self.make_cycle(
            model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, [self.make_config("Bank")])]}
        )
        with self.assertRaisesRegex(ValidationError, "belong to"), self.committed() as env:
            env[FILE].browse(made["manager"][1]).payment_file_config_ids = [(4, foreign)]

    def test_file_of_a_submission_that_is_free_again_is_not_handed_out_without_a_claim(self):
        made = self.make_ready()
        self.take(made)
        self.set_submission(made["submissions"][0], state="unknown")
        with self.committed("finance_one") as env:
            vals = {"submission_id": made["submissions"][0], "verdict": "never_executed", "reason": "Lost."}
            decision = env["g2p.payment.decision"].create({**vals, "evidence_reference": "letter 1"})
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(decision.id).action_confirm()
        self.assertEqual((self.states(made), self.payment_states(made)), (["rejected"], {("issued", False)}))
        with self.assertRaisesRegex(UserError, "nothing of it was executed"):
            self.take(made)
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        with self.assertRaises(UserError):
            self.take(made)

    def test_only_what_was_claimed_is_handed_over(self):
        made = self.make_ready()
        for state in ("rejected", "cancelled"):
            self.set_submission(made["submissions"][0], state=state)
            with self.subTest(state), self.assertRaises(UserError):
                self.take(made)

    def test_no_payee_is_kept_for_searching_in_attachments(self):
        made = self.make_file_cycle()
        with self.committed() as env:
            env["g2p.payment.file"].browse(made["file"]).part_ids._job_make()
            self.assertEqual(self._find_indexed(env), [])
        self.run_file_jobs()
        with self.committed() as env:
            self.assertEqual(self._find_indexed(env), [])

    def _find_indexed(self, env):
        env.cr.execute(
            "SELECT res_model FROM ir_attachment WHERE res_model LIKE 'g2p.payment.file%' AND index_content <> ''"
        )
        return env.cr.fetchall()

    def test_batch_of_vouchers_alone_is_taken_by_its_button(self):
        voucher = self.make_config(
            "Voucher", type="html", purpose="voucher", column_ids=[], body_string="<p t-out='object.name'/>"
        )
        made = self.make_cycle(model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, [voucher])]})
        self.prepare(made)
        self.release(made)
        self.send(made)
        self.run_file_jobs()
        with self.committed("officer") as env:
            batch = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids
            self.assertEqual(batch.action_download_files()["type"], "ir.actions.act_url")
            self.assertEqual(batch.submission_ids.state, "sent")

    def test_officer_makes_no_tag_one_of_all_companies(self):
        with self.assertRaises(AccessError), self.committed("officer") as env:
            env["g2p.payment.batch.tag"].create({"name": "Own"}).company_id = False
