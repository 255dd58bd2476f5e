from dateutil.relativedelta import relativedelta

from odoo.exceptions import ValidationError
from odoo.fields import Date
from odoo.tests import Form, tagged

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestRegistrant(RegistryCase):
    def test_registrant_gets_company_and_date_of_today(self):
        partner = self.new_individual()
        self.assertEqual(partner.company_id, self.env.company)
        self.assertEqual(partner.registration_date, Date.context_today(partner))

    def test_registrant_may_be_shared_by_all_companies(self):
        self.assertFalse(self.new_individual(company_id=False).company_id)

    def test_contact_needs_no_company(self):
        contact = self.env["res.partner"].create({"name": "T Contact"})
        self.assertFalse(contact.company_id)
        self.assertFalse(contact.registration_date)

    def test_new_company_can_be_made(self):
        company = self.env["res.company"].create({"name": "T Company"})
        self.assertFalse(company.partner_id.company_id)

    def test_person_without_name_is_named_by_its_parts(self):
        partner = self.env["res.partner"].create(
            {"is_registrant": True, "family_name": "Otieno", "given_name": "Mary"}
        )
        self.assertEqual(partner.name, "OTIENO, MARY")

    def test_form_puts_the_name_together(self):
        partners = self.env["res.partner"].with_context(default_is_registrant=True, default_is_group=False)
        form = Form(partners, "g2p_registry_base.view_individuals_form")
        form.family_name, form.given_name = "Jaddranka", "Heidi"
        self.assertEqual(form.name, "JADDRANKA, HEIDI ")
        partner = form.save()
        self.assertTrue(partner.is_registrant)
        self.assertFalse(partner.is_group)
        self.assertEqual(partner.company_id, self.env.company)

    def test_group_form_makes_a_group(self):
        partners = self.env["res.partner"].with_context(default_is_registrant=True, default_is_group=True)
        form = Form(partners, "g2p_registry_base.view_groups_form")
        form.name = "T Household"
        form.kind = self.env.ref("g2p_registry_base.group_kind_household")
        with form.reg_ids.new() as reg_id:
            reg_id.id_type = self.passport
            reg_id.value = "A1"
        with form.bank_ids.new() as account:
            account.acc_number = "123"
        group = form.save()
        self.assertTrue(group.is_registrant and group.is_group)
        self.assertEqual(group.kind_as_str, "Household")
        self.assertEqual(group.reg_ids.value, "A1")

    def test_age_counts_full_years(self):
        today = Date.today()
        partner = self.new_individual(birthdate=today - relativedelta(years=30, days=-1))
        self.assertEqual(partner.age, "29")
        self.assertEqual(self.new_individual().age, "No Birthdate!")
        self.assertEqual(partner.compute_age_from_dates(str(today - relativedelta(years=2))), "2")

    def test_dates_are_checked_for_all(self):
        future = Date.add(Date.today(), days=3)
        with self.assertRaises(ValidationError) as caught:
            self.env["res.partner"].create(
                [
                    {"name": name, "is_registrant": True, "registration_date": future}
                    for name in ("T One", "T Two")
                ]
            )
        self.assertIn("T One: Registration date must be less", str(caught.exception))
        self.assertIn("T Two: Registration date must be less", str(caught.exception))
        with self.assertRaisesRegex(ValidationError, "later than the birth date"):
            self.new_individual(birthdate="2020-01-01", registration_date="2019-01-01")
        with self.assertRaisesRegex(ValidationError, "in the future"):
            self.new_individual(birthdate=future)

    def test_birthdate_is_checked_against_registration_on_write(self):
        partner = self.new_individual(registration_date="2019-01-01")
        with self.assertRaisesRegex(ValidationError, "later than the birth date"):
            partner.birthdate = "2020-01-01"

    def test_negative_income_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "T Person: the income cannot be negative"):
            self.new_individual(income=-1)

    def test_gender_is_one_of_the_list(self):
        self.env["gender.type"].create({"code": "T Label", "value": "t_value"})
        partner = self.new_individual(gender="t_value")
        self.assertIn(("t_value", "T Label"), partner._get_dynamic_selection())
        with self.assertRaisesRegex(ValidationError, "'t_other' is not a known gender"):
            partner.gender = "t_other"

    def test_gender_that_was_archived_stays_valid(self):
        gender = self.env["gender.type"].create({"code": "T Label", "value": "t_value"})
        partner = self.new_individual(gender="t_value")
        gender.active = False
        partner.write({"gender": "t_value", "name": "T Renamed"})
        self.assertNotIn("t_value", dict(partner._get_dynamic_selection()))

    def test_registrants_can_be_disabled_and_enabled(self):
        partner = self.new_individual()
        wizard = self.env["g2p.disable.registrant.wizard"].with_context(active_id=partner.id)
        wizard.create({"disabled_reason": "moved away"}).disable_registrant()
        self.assertTrue(partner.disabled)
        self.assertEqual((partner.disabled_reason, partner.disabled_by), ("moved away", self.env.user))
        partner.enable_registrant()
        self.assertEqual(
            (partner.disabled, partner.disabled_reason, partner.disabled_by.ids), (False, False, [])
        )

    def test_copy_of_a_disabled_registrant_is_not_disabled(self):
        partner = self.new_individual(disabled="2025-01-01", disabled_reason="died")
        copied = partner.copy()
        self.assertFalse(copied.disabled or copied.disabled_reason)
