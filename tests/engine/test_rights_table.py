"""A table of all rights on payments, held against the addons' access rows."""

from odoo.exceptions import AccessError
from odoo.tests import Form

from tests.environment.addons import ADDONS

from .common import SINGLE
from .test_rights import DEFAULT, G2P_CONNECT, ROLES, TAG, WRAPPER, RightsCase

PHEE = "g2p.program.payment.manager.phee"
INTEROP = "g2p.program.payment.manager.payment.interop.layer"
FILE_MANAGER = "g2p.program.payment.manager.file"
#: Rights on payments, one row a model: r(ead), w(rite), c(reate), u(nlink); a role that is not named has none.
#: Guarded fields, and what is append-only, are refused beyond that to everybody (test_people).
RIGHTS = {
    "g2p.payment": "admin rwcu, manager rwcu, validator r, finance r, releaser r, auditor r",
    "g2p.payment.batch": "admin rwcu, manager rwcu, validator r, finance r, releaser r, auditor r",
    TAG: "admin rwcu, manager rwc, validator r, finance r, releaser r, auditor r",
    "g2p.payment.submission": "admin r, manager r, validator r, finance r, releaser r, auditor r",
    "g2p.payment.exchange": "admin r, manager r, finance r, releaser r, auditor r",
    "g2p.payment.decision": "admin r, manager r, finance rwc, releaser r, auditor r",
    "g2p.payment.reversal": "admin r, manager r, finance r, releaser r, auditor r",
    "g2p.payment.finding": "admin r, manager r, validator r, finance r, releaser r, auditor r",
    WRAPPER: "admin rwcu, manager rwc, validator r, finance r, releaser r, auditor r",
    DEFAULT: "admin rwcu, manager rwc, validator r, finance r, releaser r, auditor r",
    G2P_CONNECT: "admin rwcu, manager rwc, validator r, finance r, releaser r, auditor r",
    FILE_MANAGER: "admin rwcu, manager rwc, validator r, finance r, releaser r, auditor r",
    PHEE: "admin rwcu, manager rwc, validator r, finance r, releaser r, auditor r",
    INTEROP: "admin rwcu, manager rwc, validator r, finance r, releaser r, auditor r",
    "g2p.payment.phee.file": "admin r, manager r, validator r, finance r, releaser r, auditor r",
    "g2p.payment.file": "admin r, manager r, validator r, finance r, releaser r, auditor r",
    "g2p.payment.file.part": "auditor r",
    "g2p.payment.file.config": "admin rwcu, manager rwc, validator r, finance r, releaser r, auditor r",
    "g2p.payment.file.column": "admin rwcu, manager rwcu, validator r, finance r, releaser r, auditor r",
    "g2p.payment.file.qrcode.config": "admin rwcu, manager rwcu, validator r, finance r, releaser r, auditor r",
    "g2p.payment.result.import": "admin r, manager r, finance rwcu, auditor r",
    "g2p.payment.result.line": "admin r, manager r, finance r, auditor r",
}


class TestTable(RightsCase):
    def test_rights_on_payments_are_those_of_the_table(self):
        letters = {"read": "r", "write": "w", "create": "c", "unlink": "u"}
        found = {}
        with self.committed() as env:
            groups = {env.ref(xmlid): role for role, xmlid in ROLES.items()}
            for model in RIGHTS:
                rows = env["ir.model.access"].search([("model_id.model", "=", model)])
                self.assertLessEqual(set(rows.group_id), set(groups), model)
                self.assertTrue(all(row.group_id for row in rows), model)
                rights = {role: set() for role in ROLES}
                for row in rows:
                    rights[groups[row.group_id]] |= {name for name in letters if row[f"perm_{name}"]}
                found[model] = ", ".join(
                    f"{role} {''.join(letters[name] for name in letters if name in rights[role])}"
                    for role in ROLES
                    if rights[role]
                )
        self.assertEqual(found, RIGHTS)

    def test_table_names_every_persistent_model_of_payments(self):
        with self.committed() as env:
            names = {
                name
                for name, model in env.registry.items()
                if model._original_module in ADDONS
                and not (model._abstract or model._transient)
                and (name.startswith("g2p.payment") or name.startswith(WRAPPER))
            }
        self.assertEqual(names, set(RIGHTS))

    def test_registrars_read_no_payment_and_still_open_what_they_may(self):
        made = self.make_queued(model=SINGLE, payments=1)
        for model, record_id in (("g2p.payment", made["payments"][0]), ("g2p.payment.batch", made["batch"])):
            with self.subTest(model):
                self.assert_refused("registrar", model, record_id, "read", ["name"], errors=AccessError)
        with self.committed() as env:
            membership = env["g2p.program"].browse(made["program"]).program_membership_ids[0].id
        with self.committed("registrar") as env:
            for model, record_id in (
                ("g2p.program_membership", membership),
                ("g2p.entitlement", made["entitlements"][0]),
                ("res.partner", made["partners"][0]),
            ):
                with self.subTest(form=model):
                    Form(env[model].browse(record_id))
