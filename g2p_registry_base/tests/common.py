from odoo.fields import Command
from odoo.tests.common import TransactionCase, new_test_user


class RegistryCase(TransactionCase):
    """Builders for tests of the registry."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kenya = cls.env.ref("base.ke")
        cls.env.company.country_id = cls.kenya
        cls.national_id = cls.env["g2p.id.type"].create({"name": "T National ID", "id_validation": "[0-9]+"})
        cls.passport = cls.env["g2p.id.type"].create({"name": "T Passport"})

    @classmethod
    def new_user(cls, login, *groups, **kwargs):
        groups = ",".join(("base.group_user", *(f"g2p_registry_base.{group}" for group in groups)))
        return new_test_user(cls.env, login=login, groups=groups, **kwargs)

    @classmethod
    def new_individual(cls, name="T Person", **vals):
        return cls.env["res.partner"].create({"name": name, "is_registrant": True, **vals})

    @classmethod
    def new_group(cls, name="T Household", **vals):
        return cls.new_individual(name, is_group=True, **vals)

    @classmethod
    def prepare_nested_vals(cls, number):
        """Values of a registrant as imports send them, with everything nested."""
        return {
            "name": f"T Nested {number}",
            "is_registrant": True,
            "reg_ids": [
                Command.create({"id_type": cls.national_id.id, "value": f"{number:08}"}),
                Command.create({"id_type": cls.passport.id, "value": f"P{number}"}),
            ],
            "phone_number_ids": [Command.create({"phone_no": f"07123{number:05}"})],
            "bank_ids": [Command.create({"acc_number": f"ACC{number:08}"})],
        }

    def count_queries(self, function, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
