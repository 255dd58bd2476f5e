from psycopg2.errors import UniqueViolation

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestRegId(RegistryCase):
    def new_id(self, partner, id_type, value):
        return self.env["g2p.reg.id"].create(
            {"partner_id": partner.id, "id_type": id_type.id, "value": value}
        )

    def test_value_must_match_as_a_whole(self):
        partner = self.new_individual()
        with self.assertRaisesRegex(ValidationError, "The provided T National ID ID '12abc' is invalid"):
            self.new_id(partner, self.national_id, "12abc")

    def test_value_is_stripped(self):
        self.assertEqual(self.new_id(self.new_individual(), self.national_id, " 123 ").value, "123")

    def test_all_records_are_checked_and_all_errors_told(self):
        partners = [self.new_individual(f"T Person {number}") for number in range(3)]
        with self.assertRaises(ValidationError) as caught:
            self.env["g2p.reg.id"].create(
                [
                    {"partner_id": partners[0].id, "id_type": self.national_id.id, "value": "1"},
                    {"partner_id": partners[1].id, "id_type": self.national_id.id, "value": "b1"},
                    {"partner_id": partners[2].id, "id_type": self.national_id.id, "value": "c1"},
                ]
            )
        message = str(caught.exception)
        self.assertIn("T Person 1", message)
        self.assertIn("T Person 2", message)
        self.assertNotIn("T Person 0", message)

    def test_change_of_type_checks_the_value_again(self):
        reg_id = self.new_id(self.new_individual(), self.passport, "AB1")
        with self.assertRaisesRegex(ValidationError, "AB1"):
            reg_id.id_type = self.national_id

    def test_second_id_of_a_type_is_refused(self):
        partner = self.new_individual()
        self.new_id(partner, self.passport, "A")
        with self.assertRaisesRegex(ValidationError, "ID Type must be unique"):
            self.new_id(partner, self.passport, "B")

    def test_types_of_two_ids_can_be_exchanged(self):
        partner = self.new_individual()
        first, second = self.new_id(partner, self.passport, "1"), self.new_id(partner, self.national_id, "2")
        partner.reg_ids = [
            Command.update(first.id, {"value": "11"}),
            Command.update(second.id, {"value": "22"}),
        ]
        self.assertEqual((first.value, second.value), ("11", "22"))

    def test_database_refuses_a_second_id_of_a_type(self):
        partner = self.new_individual()
        self.new_id(partner, self.passport, "A")
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO g2p_reg_id (partner_id, id_type) VALUES (%s, %s)", (partner.id, self.passport.id)
            )
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_value_may_be_shared_unless_type_says_otherwise(self):
        self.new_id(self.new_individual("T One"), self.passport, "SAME")
        shared = self.new_id(self.new_individual("T Two"), self.passport, "SAME")
        self.assertTrue(shared.exists())

    def test_unique_value_is_refused_for_a_second_registrant(self):
        self.passport.unique_value = True
        self.new_id(self.new_individual("T One"), self.passport, "SAME")
        with self.assertRaisesRegex(ValidationError, "T Two: .*'SAME' is held by another registrant"):
            self.new_id(self.new_individual("T Two"), self.passport, "SAME")

    def test_unique_value_is_refused_on_write(self):
        self.passport.unique_value = True
        self.new_id(self.new_individual("T One"), self.passport, "SAME")
        other = self.new_id(self.new_individual("T Two"), self.passport, "OTHER")
        with self.assertRaisesRegex(ValidationError, "held by another registrant"):
            other.value = "SAME"

    def test_database_refuses_a_unique_value_twice(self):
        self.passport.unique_value = True
        first = self.new_id(self.new_individual("T One"), self.passport, "SAME")
        second = self.new_id(self.new_individual("T Two"), self.passport, "OTHER")
        self.env.flush_all()
        self.assertEqual(first.unique_key, "SAME")
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE g2p_reg_id SET unique_key = 'SAME' WHERE id = %s", (second.id,))
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_unique_value_cannot_be_asked_for_while_values_are_shared(self):
        self.new_id(self.new_individual("T One"), self.passport, "SAME")
        self.new_id(self.new_individual("T Two"), self.passport, "SAME")
        with self.assertRaisesRegex(ValidationError, "T Passport.*1 values"):
            self.passport.unique_value = True

    def test_display_name_is_the_partner(self):
        reg_id = self.new_id(self.new_individual("T Wanjiru"), self.passport, "A")
        self.assertEqual(reg_id.display_name, "T Wanjiru")
        self.assertIn(reg_id.id, dict(self.env["g2p.reg.id"].name_search("T Wanjiru")))

    def test_ids_go_with_their_registrant(self):
        partner = self.new_individual()
        reg_id = self.new_id(partner, self.passport, "A")
        partner.unlink()
        self.assertFalse(reg_id.exists())
