"""Paying by file, on committed data: builders, and the jobs that make files run one at a time."""

import base64

from .common import EngineCase

FILE = "g2p.program.payment.manager.file"
BANK_CSV = "g2p_payment_files.payment_file_config_bank_csv"
PAIN = "g2p_payment_files.payment_file_config_pain001"


class FileCase(EngineCase):
    """Builders of batches that are paid by file."""

    def make_cycle(self, model=FILE, manager_vals=None, **values):
        """Commit a program as :meth:`EngineCase.make_cycle` does; one paid by file has an account that pays."""
        vals = manager_vals or {}
        if model == FILE:
            vals = {"payer_bank_account_id": self._find_payer_account(), **vals}
        return super().make_cycle(model=model, manager_vals=vals, **values)

    def _find_payer_account(self):
        with self.committed() as env:
            accounts = env["res.partner.bank"]
            vals = {"acc_number": "7001002003", "partner_id": env.company.partner_id.id}
            known = accounts.search(
                [("acc_number", "=", "7001002003"), ("partner_id", "=", vals["partner_id"])]
            )
            return (known or accounts.create(vals))[:1].id

    def make_file_cycle(self, config=BANK_CSV, **values):
        """Commit a released and sent batch paid by a file that is not made yet; add ``file`` to what is returned."""
        with self.committed() as env:
            config_id = env.ref(config).id
        made = self.make_queued(
            model=FILE, manager_vals={"payment_file_config_ids": [(6, 0, [config_id])]}, **values
        )
        with self.committed() as env:
            made["file"] = env["g2p.payment.batch"].browse(made["batch"]).payment_file_ids.id
        return made

    def make_ready(self, **values):
        """Commit a batch whose file may be downloaded."""
        made = self.make_file_cycle(**values)
        self.run_file_jobs()
        return made

    def run_file_jobs(self):
        """Make every part that is missing and join what is complete, each in a transaction of its own."""
        with self.committed() as env:
            parts = env["g2p.payment.file.part"].search([("done", "=", False)], order="id").ids
        for part_id in parts:
            with self.committed() as env:
                env["g2p.payment.file.part"].browse(part_id)._job_make()
        with self.committed() as env:
            files = env["g2p.payment.file"].search([("state", "=", "making")]).ids
        for file_id in files:
            with self.committed() as env:
                env["g2p.payment.file"].browse(file_id)._job_join()

    def take(self, made, user="officer"):
        """Download a cycle's file as ``user`` over the RPC method, committed.

        :return: bytes
        """
        with self.committed(user) as env:
            answer = env["g2p.payment.file"].browse(made["file"]).fetch_file()
        return base64.b64decode(answer["content"])

    def file(self, made, *names):
        """Return committed values of a cycle's file."""
        return self.read("g2p.payment.file", made["file"], *names)
