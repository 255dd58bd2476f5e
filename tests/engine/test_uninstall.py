"""A rail goes only when nothing is on its way through it, and what it did stays readable."""

from odoo.exceptions import UserError
from odoo.modules.registry import Registry

from .common import copy_engine_database, drop_database, without_tests
from .file_case import FILE, FileCase
from .g2p_connect_case import G2P_CONNECT, G2PConnectCase
from .rail_case import Tally

RAIL = "g2p_payment_g2p_connect"
HISTORY = (
    "g2p.payment.batch",
    "g2p.payment.submission",
    "g2p.payment.exchange",
    "g2p.payment",
    "g2p.payment.decision",
)


class TestUninstallFiles(FileCase):
    @classmethod
    def make_database(cls):
        name = copy_engine_database("uninstall_files")
        cls.addClassCleanup(drop_database, name)
        return name

    def test_payment_files_go_silently_once_nothing_is_open_and_what_was_taken_stays_on_record(self):
        made = self.make_ready(payments=2)
        self.take(made)
        with without_tests(), self.assertRaisesRegex(UserError, "Not uninstalled"), self.committed() as env:
            env["ir.module.module"].search([("name", "=", "g2p_payment_files")]).button_uninstall()
        vals = {
            "submission_id": made["submissions"][0],
            "verdict": "executed",
            "reason": "Statement",
            "evidence_reference": "7",
        }
        with self.committed("finance_one") as env:
            decision = env["g2p.payment.decision"].create(vals)
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(decision.id).action_confirm()
        with without_tests():
            with self.committed() as env:
                # Whatever this logs above INFO fails the test.
                env["ir.module.module"].search(
                    [("name", "=", "g2p_payment_files")]
                ).button_immediate_uninstall()
            type(self).registry = Registry(self.database)
        with self.committed() as env:
            self.assertNotIn(FILE, env)
            waiting = [("state", "in", ("pending", "enqueued", "wait_dependencies"))]
            jobs = env["queue.job"].search([*waiting, ("model_name", "=like", "g2p.payment.file%")])
            self.assertFalse(jobs)
            submission = env["g2p.payment.submission"].browse(made["submissions"])
            self.assertIn("sha256", submission.payload)
            self.assertIn("Downloaded", submission.exchange_ids.mapped("outcome"))
            self.assertEqual(set(submission.payment_ids.mapped("status")), {"paid"})


class TestUninstall(G2PConnectCase):
    @classmethod
    def make_database(cls):
        name = copy_engine_database("uninstall")
        cls.addClassCleanup(drop_database, name)
        return name

    def module(self, env, name=RAIL):
        return env["ir.module.module"].search([("name", "=", name)])

    def uninstall(self):
        """Uninstall the rail as the Apps screen does, and take the registry that comes of it."""
        with without_tests():
            with self.committed() as env:
                self.module(env).button_immediate_uninstall()
            type(self).registry = Registry(self.database)

    def make_settled(self):
        """Commit a batch with everything that can be in its history."""
        made = self.make_queued_here()
        self.play({"play": "reset", "executed": True})
        self.dispatch(made)
        with self.committed("finance_one") as env:
            proposal = env["g2p.payment.decision"].create(
                {
                    "submission_id": made["submissions"][0],
                    "verdict": "executed",
                    "reason": "Asked by telephone",
                    "evidence_reference": "T-3",
                }
            )
        with self.committed("finance_two") as env:
            env["g2p.payment.decision"].browse(proposal.id).action_refuse()
        self.ask(made)
        self.assertEqual(self.states(made), ["done"])
        return made

    def test_rail_is_uninstalled_only_when_nothing_is_open_and_its_history_stays(self):
        settled = self.make_settled()
        made = self.make_queued_here()
        (name,) = self.read("g2p.payment.submission", made["submissions"], "name")
        with self.subTest("refused"):
            self.assert_refused(name["name"])
        with self.committed("releaser") as env:
            env["g2p.payment.batch"].browse(made["batch"]).withdraw_release()
        with self.committed() as env:
            manager = env[G2P_CONNECT].browse(settled["manager"][1])
            crons = env[G2P_CONNECT].search([]).status_check_cron_id.ids
            wrappers = (
                env["g2p.program.payment.manager"].search([("manager_ref_id", "like", G2P_CONNECT)]).ids
            )
            job = manager.with_delay().payments_status_check(manager.id)
            stray = env["g2p.payment.submission"].browse(settled["submissions"]).with_delay()._job_ask()
            jobs = [job.db_record().id, stray.db_record().id]
        self.assertTrue(crons and wrappers)
        self.uninstall()
        with self.committed() as env:
            self.assertEqual(self.module(env).state, "uninstalled")
            self.assertNotIn(G2P_CONNECT, env)
            self.assertFalse(env["g2p.program.payment.manager"].browse(wrappers).exists())
            self.assertFalse(env["ir.cron"].with_context(active_test=False).browse(crons).exists())
            waiting = env["queue.job"].search([("state", "in", ("pending", "enqueued", "wait_dependencies"))])
            self.assertFalse(waiting & env["queue.job"].browse(jobs))
            self.assertFalse(waiting.filtered(lambda one: one.model_name == G2P_CONNECT))
        self.assertEqual(self.tally(settled), Tally(paid=2, failed=1))
        for user in (None, "officer", "finance_one"):
            with self.subTest(user or "superuser"), self.committed(user) as env:
                self.read_history(env, settled)
                self.open_program(env, settled)
        with self.subTest("the engine goes on"):
            self.dispatch(settled)
            self.sweep()
            with self.committed() as env:
                self.assertEqual(env["g2p.payment.batch"]._check_conservation(), [])

    def assert_refused(self, name):
        """Nothing of what leads to the end of the rail goes on, and the open submission is named."""
        for module, method in (
            (RAIL, "button_uninstall"),
            (RAIL, "button_immediate_uninstall"),
            (RAIL, "module_uninstall"),
            ("g2p_programs", "button_uninstall"),
            ("g2p_registry_base", "button_uninstall"),
        ):
            with (
                self.subTest(method, module=module),
                without_tests(),
                self.assertRaisesRegex(UserError, name),
            ):
                with self.committed() as env:
                    getattr(self.module(env, module), method)()
        with self.committed() as env:
            self.assertEqual(self.module(env).state, "installed")

    def read_history(self, env, made):
        """Open list and form of everything that the rail did, as the web client does."""
        for model in HISTORY:
            records = env[model].search([])
            if not env.su and not records.has_access("read"):
                continue
            self.assertTrue(records, model)
            records.read()
            self.open_views(records)
        self.assertEqual(env["g2p.payment.batch"].browse(made["batch"]).manager_name, "Rail")

    def open_program(self, env, made):
        program = env["g2p.program"].browse(made["program"])
        self.open_views(program)
        self.open_views(env["g2p.cycle"].browse(made["cycle"]))
        self.assertFalse(program.payment_managers)

    def open_views(self, records):
        """Load list and form, and read every field that they show."""
        views = records.get_views([(False, "list"), (False, "form")])
        fields = views["models"][records._name]["fields"]
        specification = {name: {} for name in fields}
        for name, field in fields.items():
            if field.get("relation"):
                specification[name] = {"fields": {"display_name": {}}}
        self.assertEqual(len(records.web_read(specification)), len(records))
