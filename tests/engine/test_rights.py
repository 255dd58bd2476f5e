"""Whose is what: companies, programs, evidence and resuming."""

import base64

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch import worker

from tests.environment.addons import ADDONS

from .common import SINGLE, STEPS, EngineCase

WRAPPER = "g2p.program.payment.manager"
DEFAULT = "g2p.program.payment.manager.default"
G2P_CONNECT = "g2p.program.payment.manager.g2p.connect"
TAG = "g2p.payment.batch.tag"
REFUSED = (UserError, AccessError, ValidationError)

#: Persistent models that belong to a company, a program or a cycle and need no rule by company, each with why.
WITHOUT_RULE = {}

ROLES = {
    "admin": "g2p_registry_base.group_g2p_admin",
    "manager": "g2p_programs.g2p_program_manager",
    "validator": "g2p_programs.g2p_program_validator",
    "approver": "g2p_programs.g2p_program_cycle_approver",
    "finance": "g2p_programs.g2p_finance_validator",
    "releaser": "g2p_programs.g2p_payment_releaser",
    "auditor": "g2p_programs.g2p_payment_auditor",
    "registrar": "g2p_registry_base.group_g2p_registrar",
}


class RightsCase(EngineCase):
    """Two companies with a program each, and people of one of them only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.committed() as env:
            cls.other_company = cls._find_or_make(env, "res.company", "name", {"name": "Elsewhere"}).id
            for name, groups in (
                ("officer_elsewhere", ("manager",)),
                ("admin_elsewhere", ("admin",)),
                ("registrar", ("registrar",)),
                ("administrator", ("admin",)),
                ("system", ("admin", "manager", "system")),
            ):
                company = cls.other_company if name.endswith("elsewhere") else env.company.id
                xmlids = [{**ROLES, "system": "base.group_system"}[group] for group in groups]
                values = {
                    "name": name,
                    "login": f"rights_{name}",
                    "company_id": company,
                    "company_ids": [Command.set([company])],
                    "group_ids": [Command.set([env.ref(one).id for one in ("base.group_user", *xmlids)])],
                }
                cls.users[name] = cls._find_or_make(env, "res.users", "login", values).id

    @staticmethod
    def _find_or_make(env, model, key, values):
        return env[model].search([(key, "=", values[key])], limit=1) or env[model].create(values)

    def make_program_elsewhere(self):
        """Commit a program of the other company by its officer; return ids of program, wrapper and manager."""
        with self.committed("officer_elsewhere") as env:
            program = env["g2p.program"].create({"name": "Elsewhere", "target_type": "individual"})
            wrapper = program.payment_managers
            return program.id, wrapper.id, wrapper.manager_ref_id.id

    def make_paused(self, **values):
        """Commit a cycle whose manager is paused, and return what :meth:`make_cycle` does."""
        made = self.make_cycle(**values)
        with self.committed() as env:
            model, manager_id = made["manager"]
            env[model].browse(manager_id)._pause_dispatch("broken")
        return made

    def assert_refused(self, user, model, ids, method, *args, errors=REFUSED):
        """Assert that a method of records is refused to a user (None: the superuser); nothing is committed."""
        with self.assertRaises(errors), self.committed(user) as env:
            getattr(env[model].browse(ids), method)(*args)
            env.flush_all()


class TestCompanies(RightsCase):
    def test_every_model_of_a_company_program_or_cycle_has_a_rule(self):
        with self.committed() as env:
            ruled = set(env["ir.rule"].search([("groups", "=", False)]).model_id.mapped("model"))
            owned = {
                name
                for name, model in env.registry.items()
                if model._original_module in ADDONS
                and not (model._abstract or model._transient)
                and {"company_id", "program_id", "cycle_id"} & set(model._fields)
            }
        self.assertLessEqual({WRAPPER, DEFAULT, TAG, "g2p.payment"}, owned)
        self.assertEqual(owned - ruled, set(WITHOUT_RULE))

    def test_managers_of_another_company_are_neither_seen_nor_changed(self):
        _program, wrapper, manager = self.make_program_elsewhere()
        for model, record_id, vals in (
            (WRAPPER, wrapper, {"manager_ref_id": f"{DEFAULT},{manager}"}),
            (DEFAULT, manager, {"name": "Mine"}),
        ):
            with self.subTest(model):
                self.assert_refused("officer", model, record_id, "write", vals, errors=AccessError)
                self.assert_refused("administrator", model, record_id, "unlink", errors=AccessError)
                with self.committed("officer") as env:
                    self.assertFalse(env[model].search([("id", "=", record_id)]))
                with self.committed("officer_elsewhere") as env:
                    self.assertTrue(env[model].search([("id", "=", record_id)]))

    def test_manager_of_another_company_cannot_be_made_or_given_away(self):
        program, _wrapper, _manager = self.make_program_elsewhere()
        made = self.make_cycle()
        self.assert_refused("officer", DEFAULT, [], "create", {"name": "Mine", "program_id": program})
        vals = {"program_id": program, "manager_ref_id": f"{STEPS},{made['manager'][1]}"}
        self.assert_refused("officer", WRAPPER, [], "create", vals)

    def test_what_belongs_to_no_company_is_seen_by_all(self):
        with self.committed() as env:
            program = env["g2p.program"].create(
                {"name": "Of all", "target_type": "individual", "company_id": False}
            )
            wrapper, manager = program.payment_managers.id, program.payment_managers.manager_ref_id.id
        for user in ("officer", "officer_elsewhere"):
            with self.committed(user) as env:
                self.assertTrue(env[WRAPPER].search([("id", "=", wrapper)]))
                self.assertTrue(env[DEFAULT].search([("id", "=", manager)]))


class TestPlaces(RightsCase):
    """A manager works for the program that it was made for, and is not taken out while money is on its way."""

    def test_wrapper_refuses_the_manager_of_another_program_of_every_kind(self):
        with self.committed("officer") as env:
            first, second = env["g2p.program"].create(
                [{"name": name, "target_type": "individual"} for name in ("First", "Second")]
            )
            kinds = {
                "g2p.eligibility.manager": "g2p.program_membership.manager.default",
                "g2p.program.manager": "g2p.program.manager.default",
                "g2p.program.entitlement.manager": "g2p.program.entitlement.manager.default",
                WRAPPER: DEFAULT,
            }
            managers = {
                wrapper: env[model].create({"name": "Foreign", "program_id": second.id}).id
                for wrapper, model in kinds.items()
            }
            first, second = first.id, second.id
        move = {"program_id": first}
        for wrapper, model in kinds.items():
            values = {"manager_ref_id": f"{model},{managers[wrapper]}"}
            for program in (first, False):
                with self.subTest(wrapper=wrapper, program=program):
                    self.assert_refused("officer", wrapper, [], "create", {"program_id": program, **values})
            with self.subTest(wrapper=wrapper, program="own"), self.committed("officer") as env:
                made = env[wrapper].create({"program_id": second, **values}).id
            with self.subTest(wrapper=wrapper, program="moved"):
                self.assert_refused("officer", wrapper, made, "write", move, errors=ValidationError)
            with self.subTest(wrapper=wrapper, program="manager moved"):
                self.assert_refused(
                    "officer", model, managers[wrapper], "write", move, errors=ValidationError
                )

    def test_program_refuses_the_wrapper_of_another_program(self):
        mine, other = self.make_cycle(), self.make_cycle()
        with self.committed() as env:
            foreign = env["g2p.program"].browse(other["program"]).payment_managers.id
        vals = {"payment_managers": [Command.set([foreign])]}
        self.assert_refused("officer", "g2p.program", mine["program"], "write", vals, errors=ValidationError)

    def test_copied_program_gets_managers_of_its_own(self):
        made = self.make_cycle()
        with self.committed("officer") as env:
            program = env["g2p.program"].browse(made["program"])
            copied = program.copy({"name": "Copied"})
            self.assertEqual(copied.payment_managers.program_id, copied)
            self.assertEqual(len(program.payment_managers), 1)

    def test_manager_of_an_open_submission_cannot_be_unplugged(self):
        made = self.make_queued(model=SINGLE, payments=1)
        with self.committed() as env:
            wrapper = env["g2p.program"].browse(made["program"]).payment_managers.id
        for command in (Command.clear(), Command.unlink(wrapper), Command.set([]), Command.delete(wrapper)):
            for user in ("officer", None):
                with self.subTest(command=command, user=user):
                    vals = {"payment_managers": [command]}
                    self.assert_refused(user, "g2p.program", made["program"], "write", vals)
        self.assertEqual(
            self.read("g2p.program", made["program"], "payment_managers")["payment_managers"], [wrapper]
        )

    def test_manager_through_which_nothing_goes_may_be_unplugged(self):
        made = self.make_cycle()
        with self.committed("officer") as env:
            env["g2p.program"].browse(made["program"]).write({"payment_managers": [Command.clear()]})
        self.assertFalse(self.read("g2p.program", made["program"], "payment_managers")["payment_managers"])


class TestBatchTags(RightsCase):
    def _make_tag(self, user, **values):
        with self.committed(user) as env:
            return env[TAG].create({"name": "Tag", **values}).id

    def test_tag_belongs_to_the_company_of_whoever_makes_it(self):
        tag = self._make_tag("officer_elsewhere")
        self.assertEqual(self.read(TAG, tag, "company_id")["company_id"][0], self.other_company)
        with self.committed("officer") as env:
            self.assertFalse(env[TAG].search([("id", "=", tag)]))
        self.assert_refused("officer", TAG, tag, "write", {"max_batch_size": 1}, errors=AccessError)

    def test_shared_tag_is_read_by_all_and_changed_by_administrators_only(self):
        tag = self._make_tag("administrator", company_id=False)
        for user in ("officer", "officer_elsewhere", "releaser"):
            with self.subTest(user), self.committed(user) as env:
                self.assertEqual(env[TAG].browse(tag).name, "Tag")
        self.assert_refused("officer", TAG, tag, "write", {"max_batch_size": 1}, errors=AccessError)
        vals = {"name": "All's", "company_id": False}
        self.assert_refused("officer", TAG, [], "create", vals, errors=AccessError)
        with self.committed("admin_elsewhere") as env:
            env[TAG].browse(tag).write({"max_batch_size": 7})
        with self.committed("officer") as env:
            env[TAG].create({"name": "Own"}).write({"max_batch_size": 9})

    def test_manager_refuses_the_tag_of_another_company(self):
        made = self.make_cycle()
        model, manager_id = made["manager"]
        far, near = self._make_tag("officer_elsewhere"), self._make_tag("officer")
        shared = self._make_tag("administrator", company_id=False)
        for user in ("officer", None):
            with self.subTest(user=user):
                vals = {"batch_tag_ids": [Command.set([far])]}
                self.assert_refused(user, model, manager_id, "write", vals)
        with self.committed("officer") as env:
            env[model].browse(manager_id).write({"batch_tag_ids": [Command.set([near, shared])]})
        with self.subTest("moved"):
            vals = {"company_id": self.other_company}
            self.assert_refused(None, TAG, near, "write", vals, errors=ValidationError)


class TestEvidence(RightsCase):
    FILE = base64.b64encode(b"the letter of the bank")

    def setUp(self):
        super().setUp()
        made = self.make_queued(model=STEPS, payments=1)
        worker.dispatch(self.registry, made["submissions"][0])
        self.rail.play("submit", said.Unknown())
        worker.dispatch(self.registry, made["submissions"][1])
        with self.committed("finance_one") as env:
            self.decision = (
                env["g2p.payment.decision"]
                .create(
                    {
                        "submission_id": made["submissions"][1],
                        "verdict": "executed",
                        "reason": "The operator looked into its books",
                        "evidence": self.FILE,
                        "evidence_name": "letter.txt",
                    }
                )
                .id
            )
        with self.committed() as env:
            domain = [("res_model", "=", "g2p.payment.decision"), ("res_id", "=", self.decision)]
            self.attachment = env["ir.attachment"].search([*domain, ("res_field", "=", "evidence")]).id

    def test_evidence_cannot_be_replaced_moved_or_deleted_by_anybody(self):
        other = base64.b64encode(b"forged")
        attempts = {
            "datas": ("write", {"datas": other}),
            "raw": ("write", {"raw": b"forged"}),
            "moved": ("write", {"res_id": self.decision + 1}),
            "hidden": ("write", {"res_field": False}),
            "unlink": ("unlink",),
        }
        for name, call in attempts.items():
            for user in ("finance_one", "finance_two", "officer", "system", None):
                with self.subTest(name, user=user):
                    self.assert_refused(user, "ir.attachment", self.attachment, *call)
        with self.committed("finance_two") as env:
            self.assertEqual(env["g2p.payment.decision"].browse(self.decision).evidence, self.FILE)

    def test_another_file_cannot_be_put_beside_the_evidence(self):
        slot = {"res_model": "g2p.payment.decision", "res_field": "evidence", "res_id": self.decision}
        vals = {"name": "x", "raw": b"forged", **slot}
        self.assert_refused("finance_one", "ir.attachment", [], "create", vals)
        for user in ("finance_one", None):
            with self.committed(user) as env:
                loose = env["ir.attachment"].create({"name": "x", "raw": b"forged"}).id
            with self.subTest(user=user):
                self.assert_refused(user, "ir.attachment", loose, "write", slot)

    def test_moving_the_file_store_rewrites_it_as_it_is(self):
        with self.committed() as env:
            env["ir.attachment"].browse(self.attachment)._migrate()
        with self.committed("finance_two") as env:
            self.assertEqual(env["g2p.payment.decision"].browse(self.decision).evidence, self.FILE)

    def test_other_attachments_are_left_alone(self):
        with self.committed("officer") as env:
            loose = env["ir.attachment"].create({"name": "x", "raw": b"one"})
            loose.write({"raw": b"two"})
            self.assertEqual(loose.raw, b"two")
            loose.unlink()


class TestResume(RightsCase):
    """Stopping is for everybody who works with payments, letting money flow again is not the preparer's."""

    def _paused(self, made):
        model, manager_id = made["manager"]
        return self.read(model, manager_id, "dispatch_paused")["dispatch_paused"]

    def test_officer_cannot_resume_a_manager(self):
        made = self.make_paused()
        model, manager_id = made["manager"]
        attempts = {
            "button": ("action_resume",),
            "False": ("write", {"dispatch_paused": False}),
            "0": ("write", {"dispatch_paused": 0}),
            "None": ("write", {"dispatch_paused": None}),
            "breaker": ("write", {"dispatch_resumed_at": fields.Datetime.now()}),
        }
        for name, call in attempts.items():
            with self.subTest(name):
                self.assert_refused("officer", model, manager_id, *call, errors=AccessError)
        self.assertTrue(self._paused(made))

    def test_finance_releasers_and_administrators_resume_and_pause(self):
        vals = {
            "payment_endpoint_url": "https://pay.example.org/disburse",
            "status_endpoint_url": "https://pay.example.org/status",
            "sender_id": "t-sender",
            "payer_fa": "account:7001002003@central-bank",
        }
        made = self.make_paused(model=G2P_CONNECT, manager_vals=vals)
        for user in ("finance_one", "releaser", "administrator"):
            with self.subTest(user), self.committed(user) as env:
                manager = env[G2P_CONNECT].browse(made["manager"][1])
                manager.action_resume()
                self.assertFalse(manager.dispatch_paused or manager.dispatch_paused_reason)
                self.assertTrue(manager.dispatch_resumed_at)
                manager.action_pause()
                self.assertTrue(manager.dispatch_paused)
                self.assertIn(env.user.name, manager.dispatch_paused_reason)

    def test_officer_pauses_and_others_do_not(self):
        made = self.make_cycle()
        model, manager_id = made["manager"]
        self.assert_refused("registrar", model, manager_id, "action_pause", errors=AccessError)
        with self.committed("officer") as env:
            env[model].browse(manager_id).action_pause()
        self.assertTrue(self._paused(made))

    def test_manager_of_another_company_is_neither_paused_nor_resumed(self):
        program, _wrapper, _manager = self.make_program_elsewhere()
        with self.committed() as env:
            vals = {
                "name": "Far",
                "program_id": program,
                "payment_endpoint_url": "https://pay.example.org/disburse",
                "status_endpoint_url": "https://pay.example.org/status",
                "sender_id": "t-sender",
                "payer_fa": "account:7001002003@central-bank",
            }
            manager = env[G2P_CONNECT].create(vals).id
        for method in ("action_pause", "action_resume"):
            for user in ("finance_one", "releaser", "administrator", "officer"):
                with self.subTest(method, user=user):
                    self.assert_refused(user, G2P_CONNECT, manager, method, errors=AccessError)

    def test_program_is_paused_by_its_officer_and_resumed_by_others(self):
        made = self.make_cycle()
        with self.committed("officer") as env:
            env["g2p.program"].browse(made["program"]).dispatch_paused = True
        resume = "action_resume_dispatch"
        for call in (("write", {"dispatch_paused": False}), ("write", {"dispatch_paused": 0}), (resume,)):
            self.assert_refused("officer", "g2p.program", made["program"], *call, errors=AccessError)
        for user in ("finance_one", "releaser", "administrator"):
            with self.subTest(user), self.committed(user) as env:
                program = env["g2p.program"].browse(made["program"])
                program.action_resume_dispatch()
                self.assertFalse(program.dispatch_paused)
                program.action_pause_dispatch()
                self.assertTrue(program.dispatch_paused)
        pause = "action_pause_dispatch"
        self.assert_refused("registrar", "g2p.program", made["program"], pause, errors=AccessError)


class TestDeclaring(RightsCase):
    """That a payment system refuses a repeated key is for system administrators to say, and is always logged."""

    def _count_notes(self, env, program_id):
        notes = env["g2p.program"].browse(program_id).message_ids
        return len(notes.filtered(lambda note: "refuses a repeated key" in (note.body or "")))

    def test_only_system_administrators_declare_it_and_creating_is_logged_too(self):
        made = self.make_cycle()
        vals = {"name": "Other", "program_id": made["program"], "refuses_repeated_key": True}
        for user in ("officer", "administrator"):
            with self.subTest(user):
                self.assert_refused(user, STEPS, [], "create", vals, errors=AccessError)
        with self.committed("system") as env:
            manager = env[STEPS].create(vals)
            self.assertEqual(self._count_notes(env, made["program"]), 1)
            manager.refuses_repeated_key = False
            self.assertEqual(self._count_notes(env, made["program"]), 2)
            env[STEPS].create({**vals, "refuses_repeated_key": False})
            self.assertEqual(self._count_notes(env, made["program"]), 2)

    def test_it_cannot_be_declared_by_a_default(self):
        made = self.make_cycle()
        with self.committed("officer") as env:
            model, _id = made["manager"]
            vals = {"name": "Other", "program_id": made["program"]}
            try:
                manager = env[model].with_context(default_refuses_repeated_key=True).create(vals)
            except AccessError:
                return
            self.assertFalse(manager.sudo().refuses_repeated_key)
