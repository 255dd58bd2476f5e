from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RegistryCase


@tagged("post_install", "-at_install")
class TestAccess(RegistryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registrar = cls.new_user("t_registrar", "group_g2p_registrar")
        cls.admin = cls.new_user("t_registry_admin", "group_g2p_admin")
        cls.clerk = cls.new_user("t_clerk")
        cls.other_company = cls.env["res.company"].create(
            {"name": "T Other Company", "country_id": cls.kenya.id}
        )

    def test_no_access_row_is_for_everybody(self):
        rows = self.env["ir.model.access"].search([("group_id", "=", False)])
        ours = rows.filtered(lambda row: row.get_external_id()[row.id].startswith("g2p_registry_base."))
        self.assertFalse(ours.mapped("name"))

    def test_settings_stay_closed(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self.env["ir.config_parameter"].with_user(self.admin).search([])

    def test_registrar_registers_and_changes(self):
        partner = self.env["res.partner"].with_user(self.registrar).create(self.prepare_nested_vals(1))
        partner.reg_ids[0].value = "99"
        self.assertEqual(partner.phone, "0712300001")

    def test_registrar_may_not_delete_registrants(self):
        partners = self.new_individual("T One") | self.new_individual("T Two")
        # assertRaises would roll back to a savepoint and bring deleted records back.
        try:
            partners.with_user(self.registrar).unlink()
        except UserError as error:
            self.assertIn("T One, T Two", str(error))
        else:
            self.fail("a registrar deleted registrants")
        self.env.invalidate_all()
        self.assertEqual(partners.exists(), partners)

    def test_registrar_may_delete_other_contacts(self):
        contact = self.env["res.partner"].create({"name": "T Contact"})
        contact.with_user(self.registrar).unlink()
        self.assertFalse(contact.exists())

    def test_administrator_deletes_registrants(self):
        partner = self.new_individual()
        partner.with_user(self.admin).unlink()
        self.assertFalse(partner.exists())

    def test_superuser_code_deletes_for_a_registrar(self):
        partner = self.new_individual()
        partner.with_user(self.registrar).sudo().unlink()
        self.assertFalse(partner.exists())

    def test_registrar_may_not_delete_what_belongs_to_registrants(self):
        partner = self.env["res.partner"].create(self.prepare_nested_vals(1))
        for records in (partner.reg_ids, partner.phone_number_ids):
            with self.subTest(records._name), mute_logger("odoo.addons.base.models.ir_model"):
                with self.assertRaises(AccessError):
                    records.with_user(self.registrar).unlink()

    def test_registrar_disables_with_the_wizard(self):
        partner = self.new_individual()
        wizards = self.env["g2p.disable.registrant.wizard"].with_user(self.registrar)
        wizards.create({"partner_id": partner.id, "disabled_reason": "gone"}).disable_registrant()
        self.assertEqual(partner.disabled_by, self.registrar)
        partner.with_user(self.registrar).enable_registrant()
        self.assertFalse(partner.disabled)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_wizard_of_somebody_else_cannot_be_used(self):
        wizard = self.env["g2p.disable.registrant.wizard"].with_user(self.admin)
        wizard = wizard.create({"partner_id": self.new_individual().id, "disabled_reason": "gone"})
        with self.assertRaises(AccessError):
            wizard.with_user(self.registrar).read(["disabled_reason"])

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_clerk_sees_no_identifiers(self):
        partner = self.env["res.partner"].create(self.prepare_nested_vals(1))
        for records in (partner.reg_ids, partner.phone_number_ids):
            with self.subTest(records._name), self.assertRaises(AccessError):
                records.with_user(self.clerk).read(["partner_id"])
        partner.disabled = "2025-01-01"
        with self.assertRaises(AccessError):
            partner.with_user(self.clerk).enable_registrant()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_registrants_of_another_company_are_hidden(self):
        vals = {**self.prepare_nested_vals(1), "company_id": self.other_company.id}
        hidden = self.env["res.partner"].create(vals)
        relation = self.env["g2p.reg.rel"].create(
            {"source": hidden.id, "destination": self.new_individual().id}
        )
        self.env.ref("base.res_partner_rule").active = False
        for records in (hidden, hidden.reg_ids, hidden.phone_number_ids, relation):
            with self.subTest(records._name):
                mine = records.with_user(self.registrar)
                self.assertFalse(mine.search([("id", "in", records.ids)]))
                with self.assertRaises(AccessError):
                    mine.read(["display_name"])

    def test_shared_registrants_are_visible(self):
        shared = self.new_individual(company_id=False)
        self.assertTrue(shared.with_user(self.registrar).search([("id", "=", shared.id)]))

    def test_account_of_another_company_is_no_company_of_the_registrant(self):
        partner = self.new_individual(company_id=self.env.company.id)
        other_domain = partner._check_company_domain(self.other_company)
        self.assertNotIn(partner, self.env["res.partner"].search(other_domain))
