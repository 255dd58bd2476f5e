"""Results that people import from a file, on committed data: builders for both kinds of rails."""

import base64
import csv
import io

from odoo.addons.g2p_programs.dispatch import claim, news, worker
from odoo.addons.g2p_programs.dispatch import outcome as said

from .common import SINGLE, EngineCase

BY_FILE = "g2p.program.payment.manager.test.file"
IMPORT = "g2p.payment.result.import"
LINE = "g2p.payment.result.line"
PAID, FAILED, SENT = ("reconciled", "paid"), ("reconciled", "failed"), ("sent", "")
COLUMNS = ("reference", "status", "amount", "currency", "date", "code", "reason", "bank reference")


class ResultFileCase(EngineCase):
    """``finance_one`` imports, ``finance_two`` is the second person, unless a test says otherwise."""

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            env["queue.job"].search([("model_name", "=", IMPORT), ("state", "=", "pending")]).unlink()

    # ---- Builders ---------------------------------------------------------------------------------------------
    def make_taken(self, **values):
        """Commit a batch that is paid by file and whose file was taken."""
        made = self.make_queued(model=BY_FILE, **values)
        with self.committed() as env:
            call = claim.claim(env, made["submissions"][0], on_demand=True)
            news.store(env, call, call.make())
            news.apply_pending(env, made["submissions"][0])
        self.assertEqual(self.states(made), ["sent"])
        return self.name_payments(made)

    def make_sent(self, model=SINGLE, **values):
        """Commit a batch that a payment system has accepted, and says no more of."""
        made = self.make_queued(model=model, **values)
        for submission_id in made["submissions"]:
            worker.dispatch(self.registry, submission_id)
        return self.name_payments(made)

    def name_payments(self, made):
        made["names"] = [row["name"] for row in self.read("g2p.payment", made["payments"], "name")]
        return made

    def make_file(self, *rows):
        """Return a CSV of (reference, status, amount, ...) in the order of :data:`COLUMNS`."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(row + ("",) * (len(COLUMNS) - len(row)) for row in rows)
        return stream.getvalue().encode()

    def upload(self, *rows, user="finance_one", content=None):
        """Commit an import of these rows; return its id."""
        with self.committed(user) as env:
            content = content or self.make_file(*rows)
            vals = {"file": base64.b64encode(content), "file_name": "results.csv"}
            return env[IMPORT].create(vals).id

    def check(self, import_id, user="finance_one"):
        with self.committed(user) as env:
            env[IMPORT].browse(import_id).action_check()

    def apply(self, import_id, user="finance_one"):
        with self.committed(user) as env:
            return env[IMPORT].browse(import_id).action_apply()

    def confirm(self, import_id, user="finance_two"):
        with self.committed(user) as env:
            return env[IMPORT].browse(import_id).action_confirm()

    def upload_and_check(self, *rows):
        import_id = self.upload(*rows)
        self.check(import_id)
        return import_id

    def import_rows(self, *rows):
        """Commit an import of these rows up to where a second person would have to say something."""
        import_id = self.upload_and_check(*rows)
        self.apply(import_id)
        return import_id

    def decide_by_rail(self, made, result, index=0):
        """Let the payment system say of one payment what it says."""
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][index])
            news.process(payment.submission_id, said.Found(rows=(said.Row(payment.name, result),)))

    # ---- Reading ----------------------------------------------------------------------------------------------
    def state(self, import_id):
        return self.read(IMPORT, import_id, "state")["state"]

    def effects(self, import_id):
        """Return [(line, effect)] of an import, in the order of the file."""
        with self.committed() as env:
            lines = env[LINE].search([("import_id", "=", import_id)], order="line, id")
            return [(line.line, line.effect) for line in lines]

    def errors(self, import_id):
        """Return [(line, column, value)] of the cells that are wrong."""
        with self.committed() as env:
            lines = env[LINE].search(
                [("import_id", "=", import_id), ("effect", "=", "error")], order="line, column_name"
            )
            self.assertTrue(all(line.message for line in lines))
            return [(line.line, line.column_name, line.value or "") for line in lines]

    def results(self, made):
        """Return [(state, status)] of the payments, in their order."""
        rows = self.read("g2p.payment", made["payments"], "state", "status")
        return [(row["state"], row["status"] or "") for row in rows]

    def exchanges(self, made, kind="file"):
        """Return the exchanges of a kind, oldest first."""
        with self.committed() as env:
            domain = [("submission_id", "in", made["submissions"]), ("kind", "=", kind)]
            found = env["g2p.payment.exchange"].search(domain, order="id")
            return found.read(["outcome", "code", "user_id", "payload_hash", "key", "claim_token", "answer"])

    def run_jobs(self):
        """Run the jobs of imports that are pending, as workers would, and return their methods' names."""
        names = []
        while True:
            with self.committed() as env:
                jobs = env["queue.job"].search(
                    [("model_name", "=", IMPORT), ("state", "=", "pending")], order="id"
                )
                calls = [(job.records.ids, job.method_name, job.args, job.kwargs) for job in jobs]
                jobs.unlink()
            if not calls:
                return names
            for ids, name, args, kwargs in calls:
                with self.committed() as env:
                    getattr(env[IMPORT].browse(ids), name)(*args, **kwargs)
                names.append(name)
