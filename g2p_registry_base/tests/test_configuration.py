from psycopg2.errors import ExclusionViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RegistryCase

NAMED_MODELS = {
    "g2p.id.type": "name",
    "g2p.group.kind": "name",
    "g2p.registrant.tags": "name",
    "gender.type": "code",
}


@tagged("post_install", "-at_install")
class TestConfiguration(RegistryCase):
    def new_entry(self, model, name):
        vals = {NAMED_MODELS[model]: name}
        if model == "gender.type":
            vals["value"] = f"value of {name}"
        return self.env[model].create(vals)

    def test_names_are_unique_whatever_their_case(self):
        for model in NAMED_MODELS:
            with self.subTest(model):
                self.new_entry(model, "T Entry")
                with self.assertRaisesRegex(ValidationError, '"T Entry" already exists'):
                    self.new_entry(model, " t entry")

    def test_names_cannot_be_blank(self):
        for model in NAMED_MODELS:
            with self.subTest(model), self.assertRaisesRegex(ValidationError, "is empty"):
                self.new_entry(model, " ")

    def test_archived_names_count(self):
        self.new_entry("g2p.registrant.tags", "T Entry").active = False
        with self.assertRaisesRegex(ValidationError, "already exists"):
            self.new_entry("g2p.registrant.tags", "T ENTRY")

    def test_several_entries_can_be_written_at_once(self):
        kinds = self.new_entry("g2p.group.kind", "T One") | self.new_entry("g2p.group.kind", "T Two")
        with self.assertRaisesRegex(ValidationError, "already exists"):
            kinds.write({"name": "T Three"})

    def test_database_refuses_a_name_twice(self):
        self.new_entry("g2p.group.kind", "T Entry")
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation), self.env.cr.savepoint():
            self.env.cr.execute("INSERT INTO g2p_group_kind (name) VALUES ('t entry')")
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_gender_value_is_unique(self):
        self.env["gender.type"].create({"code": "T One", "value": "same"})
        with self.assertRaisesRegex(ValidationError, '"same" already exists'):
            self.env["gender.type"].create({"code": "T Two", "value": "same"})

    def test_broken_id_validation_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "T Broken.*not a regular expression"):
            self.env["g2p.id.type"].create({"name": "T Broken", "id_validation": "["})

    def test_broken_phone_pattern_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "not a regular expression"):
            self.env["res.config.settings"].create({"phone_regex": "["})

    def test_default_group_kinds_exist(self):
        self.assertEqual(self.env.ref("g2p_registry_base.group_kind_household").name, "Household")
        self.assertEqual(self.env.ref("g2p_registry_base.group_kind_family").name, "Family")
