from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ProgramCase


@tagged("post_install", "-at_install")
class TestPaymentScreens(ProgramCase):
    """What stands on the screens of paying is what is meant."""

    def make_batch(self):
        """Return the one batch of a prepared cycle of three payments, as its releaser sees it."""
        cycle = self.make_approved_cycle(3)
        manager = cycle.program_id.payment_managers.manager_ref_id
        manager.payee_id_type = "email"
        for partner in cycle.cycle_membership_ids.partner_id:
            partner.sudo().email = f"payee{partner.id}@example.org"
        cycle.prepare_payment()
        return self.as_user(self.releaser, cycle.payment_batch_ids)

    def open_wizard(self, batch):
        action = batch.action_release()
        return self.env[action["res_model"]].with_user(self.releaser).browse(action["res_id"])

    def test_release_wizard_shows_what_is_signed_before_it_is_signed(self):
        batch = self.make_batch()
        wizard = self.open_wizard(batch)
        (summary,) = batch.get_release_summary()
        self.assertEqual(wizard.count, 3)
        self.assertIn("300.00", wizard.totals)
        self.assertEqual(wizard.line_ids.digest, summary["digest"])

    def test_release_wizard_refuses_what_changed_since_it_was_shown(self):
        batch = self.make_batch()
        wizard = self.open_wizard(batch)
        batch.sudo().payment_ids[0].action_cancel()
        with self.assertRaisesRegex(UserError, "changed since you looked"):
            wizard.action_confirm()
        self.assertFalse(batch.released)

    def test_release_is_offered_to_releasers_only(self):
        batch = self.make_batch()
        with self.assertRaisesRegex((UserError, AccessError), "Payment Releaser"):
            self.as_user(self.officer, batch).action_release()

    def test_chosen_payment_manager_takes_the_place_of_the_one_before(self):
        program = self.make_program()
        before = program.payment_managers
        action = program.action_choose_payment_manager()
        wizard = self.env[action["res_model"]].with_user(self.officer).with_context(**action["context"])
        wizard = wizard.create({"kind": "g2p.program.payment.manager.default"})
        action = wizard.action_continue()
        model = self.env[action["res_model"]].with_user(self.officer).with_context(**action["context"])
        with Form(model, view=action["views"][0][0]) as form:
            form.name = "T Chosen"
        self.assertEqual(program.payment_managers, before)
        self.assertEqual(program.payment_managers.manager_ref_id.name, "T Chosen")
        self.assertEqual(program.payment_managers.manager_ref_id.program_id, program)
