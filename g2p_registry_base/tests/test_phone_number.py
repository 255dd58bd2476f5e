from odoo.exceptions import ValidationError
from odoo.fields import Command, Date
from odoo.tests import Form, tagged

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestPhoneNumber(RegistryCase):
    def new_number(self, partner, phone_no, **vals):
        return self.env["g2p.phone.number"].create({"partner_id": partner.id, "phone_no": phone_no, **vals})

    def test_national_number_is_read_by_the_country_of_the_company(self):
        number = self.new_number(self.new_individual(), "0712 345678")
        self.assertEqual(number.phone_sanitized, "+254712345678")
        self.assertEqual(number.country_id, self.kenya)

    def test_national_number_is_read_by_the_country_of_the_registrant(self):
        partner = self.new_individual(country_id=self.env.ref("base.be").id)
        number = self.new_number(partner, "0470 12 34 56")
        self.assertEqual(number.phone_sanitized, "+32470123456")

    def test_number_stays_the_same_when_the_registrant_moves(self):
        partner = self.new_individual()
        number = self.new_number(partner, "0712345678")
        partner.country_id = self.env.ref("base.ug")
        number.phone_no = "0712345679"
        self.assertEqual(number.phone_sanitized, "+254712345679")

    def test_international_number_gets_no_country(self):
        number = self.new_number(self.new_individual(), "+32470123456")
        self.assertEqual(number.phone_sanitized, "+32470123456")
        self.assertFalse(number.country_id)

    def test_bad_numbers_are_all_told_with_their_registrant(self):
        with self.assertRaises(ValidationError) as caught:
            self.env["res.partner"].create(
                [
                    {
                        "name": f"T Person {number}",
                        "is_registrant": True,
                        "phone_number_ids": [Command.create({"phone_no": phone_no})],
                    }
                    for number, phone_no in enumerate(("0712345678", "12", "not a number"))
                ]
            )
        message = str(caught.exception)
        self.assertNotIn("T Person 0", message)
        self.assertRegex(message, "T Person 1: phone number '12' is not valid for Kenya")
        self.assertRegex(message, "T Person 2: phone number 'not a number'")
        self.assertIn("write it with + and the country code", message)

    def test_national_number_without_any_country_is_told_what_to_do(self):
        self.env.company.country_id = False
        with self.assertRaisesRegex(ValidationError, "not valid for any country"):
            self.new_number(self.new_individual(), "0712345678")

    def test_compute_never_raises(self):
        number = self.env["g2p.phone.number"].new({"phone_no": "rubbish"})
        self.assertFalse(number.phone_sanitized)

    def test_date_collected_cannot_be_in_the_future(self):
        tomorrow = Date.add(Date.today(), days=2)
        with self.assertRaisesRegex(ValidationError, "Date collected cannot be in the future"):
            self.new_number(self.new_individual(), "0712345678", date_collected=tomorrow)

    def test_pattern_of_the_settings_is_matched_as_a_whole(self):
        self.env["ir.config_parameter"].set_param("g2p_registry.phone_regex", r"\d{10}")
        partner = self.new_individual()
        self.assertTrue(self.new_number(partner, "0712345678").exists())
        with self.assertRaisesRegex(ValidationError, "does not match the required pattern"):
            self.new_number(partner, "+254712345678")

    def test_pattern_may_describe_the_international_form(self):
        self.env["ir.config_parameter"].set_param("g2p_registry.phone_regex", r"\+2547\d{8}")
        self.assertTrue(self.new_number(self.new_individual(), "0712345678").exists())

    def test_registrant_with_two_numbers_can_be_saved_under_a_pattern(self):
        self.env["ir.config_parameter"].set_param("g2p_registry.phone_regex", r"\d{10}")
        partner = self.new_individual()
        self.new_number(partner, "0712345678")
        self.new_number(partner, "0712345679")
        partner.write({"phone": partner.phone, "name": "T Renamed"})
        self.assertEqual(partner.name, "T Renamed")

    def test_phone_entered_directly_is_held_to_the_pattern(self):
        self.env["ir.config_parameter"].set_param("g2p_registry.phone_regex", r"\d{10}")
        with self.assertRaisesRegex(ValidationError, "Invalid phone number"):
            self.new_individual(phone="12")
        contact = self.env["res.partner"].create({"name": "T Contact", "phone": "12"})
        self.assertEqual(contact.phone, "12")

    def test_broken_pattern_is_told(self):
        self.env["ir.config_parameter"].set_param("g2p_registry.phone_regex", "(")
        with self.assertRaisesRegex(ValidationError, "not a regular expression"):
            self.new_number(self.new_individual(), "0712345678")

    def test_registrar_can_enter_numbers_under_a_pattern(self):
        self.env["ir.config_parameter"].set_param("g2p_registry.phone_regex", r"\d{10}")
        registrar = self.new_user("t_registrar_phone", "group_g2p_registrar")
        partner = self.new_individual()
        number = (
            self.env["g2p.phone.number"]
            .with_user(registrar)
            .create({"partner_id": partner.id, "phone_no": "0712345678"})
        )
        self.assertTrue(number.exists())

    def test_phone_of_the_registrant_follows_its_numbers(self):
        partner = self.new_individual()
        first = self.new_number(partner, "0712345678")
        second = self.new_number(partner, "0712345679")
        self.assertEqual(partner.phone, "0712345678, 0712345679")
        first.disable_phone()
        self.assertEqual(first.disabled_by, self.env.user)
        self.assertEqual(partner.phone, "0712345679")
        first.enable_phone()
        self.assertEqual(partner.phone, "0712345678, 0712345679")
        second.phone_no = "0712345670"
        self.assertEqual(partner.phone, "0712345678, 0712345670")
        (first | second).unlink()
        self.assertFalse(partner.phone)

    def test_phone_is_empty_when_all_numbers_are_disabled(self):
        partner = self.new_individual()
        self.new_number(partner, "0712345678").disable_phone()
        self.assertFalse(partner.phone)

    def test_phone_follows_a_number_that_moves(self):
        old, new = self.new_individual("T Old"), self.new_individual("T New")
        number = self.new_number(old, "0712345678")
        number.partner_id = new
        self.assertFalse(old.phone)
        self.assertEqual(new.phone, "0712345678")

    def test_numbers_decide_over_a_phone_entered_directly(self):
        vals = {**self.prepare_nested_vals(1), "phone": "0799999999"}
        partner = self.env["res.partner"].create(vals)
        self.assertEqual(partner.phone, "0712300001")
        partner.phone = "0799999999"
        self.assertEqual(partner.phone, "0712300001")

    def test_phone_without_numbers_stays_as_entered(self):
        partner = self.new_individual(phone="0712345678")
        partner.name = "T Renamed"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(partner.phone, "0712345678")

    def test_form_shows_the_number_in_international_form(self):
        form = Form(self.env["g2p.phone.number"])
        form.partner_id = self.new_individual()
        form.phone_no = "0712345678"
        self.assertEqual(form.phone_sanitized, "+254712345678")
