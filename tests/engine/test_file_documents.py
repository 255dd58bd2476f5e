"""Documents pay nothing: they are made when payments are prepared, however the batch is paid, and again on demand."""

import base64

from odoo.exceptions import UserError

from .file_case import FileCase
from .g2p_connect_case import G2P_CONNECT

MANAGER = {
    "payment_endpoint_url": "https://pay.example/disburse",
    "status_endpoint_url": "https://pay.example/status",
    "sender_id": "x",
    "payer_fa": "account:7001002003@central-bank",
    "api_token": "no-one-is-called",
}


class TestDocuments(FileCase):
    def _prepare(self, per_payment=False, **config):
        """Commit a prepared cycle of an API rail with one document; add ``batch`` to what is returned."""
        with self.committed() as env:
            columns = [(0, 0, {"source": name}) for name in ("payee_name", "amount")]
            vals = {"name": "Report", "type": "csv", "purpose": "document", "column_ids": columns, **config}
            made_config = env["g2p.payment.file.config"].create(vals)
            tag = env["g2p.payment.batch.tag"].create(
                {
                    "name": "All",
                    "file_config_ids": [(6, 0, made_config.ids)],
                    "render_files_per_payment": per_payment,
                }
            )
        made = self.make_cycle(
            model=G2P_CONNECT, manager_vals={**MANAGER, "batch_tag_ids": [(6, 0, tag.ids)]}
        )
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed() as env:
            made["batch"] = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids.id
            made["payments"] = env["g2p.payment.batch"].browse(made["batch"]).payment_ids.sorted("id").ids
        return made

    def _files(self, env, made):
        return env["g2p.payment.batch"].browse(made["batch"]).payment_file_ids.sorted("id")

    def test_document_of_a_batch_is_made_at_prepare_and_taken_without_a_claim(self):
        made = self._prepare()
        self.run_file_jobs()
        with self.committed("finance_one") as env:
            answer = self._files(env, made).fetch_file()
        content = base64.b64decode(answer["content"])
        self.assertEqual([content.count(f"Payee {number}".encode()) for number in range(3)], [1, 1, 1])
        self.assertEqual(self.payment_states(made), {("issued", False)})
        with self.committed() as env:
            self.assertFalse(env["g2p.payment.batch"].browse(made["batch"]).submission_ids)
            self.assertEqual(self._files(env, made).first_taken_by.id, self.users["finance_one"])

    def test_document_made_again_is_a_new_version_and_the_old_one_void(self):
        made = self._prepare()
        self.run_file_jobs()
        with self.committed("officer") as env:
            env["g2p.payment.batch"].browse(made["batch"]).payment_ids[0].action_cancel()
            env["g2p.payment.batch"].browse(made["batch"]).action_make_files()
        with self.committed() as env:
            self.assertEqual(self._files(env, made).mapped("state"), ["made", "making"])
        self.run_file_jobs()
        with self.committed() as env:
            found = [(one.version, one.state, one.payments_count) for one in self._files(env, made)]
        self.assertEqual(found, [(1, "void", 3), (2, "made", 2)])

    def test_batch_that_changed_while_its_document_was_made_makes_none(self):
        made = self._prepare()
        with self.committed("officer") as env:
            env["g2p.payment.batch"].browse(made["batch"]).payment_ids[0].action_cancel()
        self.run_file_jobs()
        with self.committed() as env:
            file = self._files(env, made)
            self.assertEqual(file.state, "failed")
            self.assertIn("make it again", file.problem)
        with self.committed("officer") as env:
            env["g2p.payment.batch"].browse(made["batch"]).action_make_files()
        self.run_file_jobs()
        with self.committed() as env:
            self.assertEqual(self._files(env, made).mapped("state"), ["void", "made"])

    def test_one_document_for_each_payment_where_the_tag_says_so(self):
        made = self._prepare(
            per_payment=True, type="html", body_string="<p t-out='object.payee_name'/>", column_ids=[]
        )
        with self.committed() as env:
            job = env["queue.job"].search([("method_name", "=", "_job_make_each")], order="id desc", limit=1)
            job.records._job_make_each(*job.args, **job.kwargs)
        with self.committed() as env:
            payments = env["g2p.payment"].browse(made["payments"])
            self.assertEqual([len(one.payment_file_ids) for one in payments], [1, 1, 1])
            self.assertEqual(set(payments.payment_file_ids.mapped("state")), {"made"})
            for payment in payments:
                content = base64.b64decode(payment.payment_file_ids.content)
                self.assertIn(payment.payee_name.encode(), content)
        with self.committed("officer") as env:
            self.assertTrue(env["g2p.payment.batch"].browse(made["batch"]).action_make_files())

    def test_batch_without_documents_says_where_to_choose_some(self):
        made = self.make_ready()
        with self.assertRaisesRegex(UserError, "no document to make"), self.committed("officer") as env:
            env["g2p.payment.batch"].browse(made["batch"]).action_make_files()
