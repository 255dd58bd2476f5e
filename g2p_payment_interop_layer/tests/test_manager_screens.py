"""The screens of officers, finance and administrators open, and show what is theirs."""

from lxml import etree

from odoo.tests import Form, tagged

from .manager_case import MODEL, InteropManagerCase

XMLIDS = (
    "view_payment_manager_payment_interop_tree",
    "view_payment_manager_payment_interop_form",
    "payment_manager_payment_interop_filter",
    "action_payment_manager_payment_interop",
)


@tagged("post_install", "-at_install")
class TestManagerScreens(InteropManagerCase):
    def readers(self):
        return (self.officer, self.validator, self.finance, self.releaser, self.auditor, self.g2padmin)

    def test_officer_sets_a_manager_up_in_each_mode(self):
        for mode, address in (("pil", "disbursement"), ("sdk", "transfers")):
            with self.subTest(mode):
                program = self.make_program()
                form = Form(
                    self.env[MODEL].with_user(self.officer).with_context(default_program_id=program.id)
                )
                form.name = "T Form"
                form.mode = mode
                form.payment_endpoint_url = f"https://layer.example.org/{address}"
                if mode == "sdk":
                    form.payer_id_type = "BUSINESS"
                    form.payer_id_value = "ministry-7"
                form.auth_type = "bearer"
                manager = form.save()
                self.assertEqual((manager.max_batch_size, manager.api_timeout), (50, 60))
                self.assertTrue(manager.create_batch)
                self.assertIn("Bearer Token is missing", manager.access_problems)

    def test_lists_forms_and_searches_open_for_everybody_who_reads_managers(self):
        for user in self.readers():
            for kind in ("list", "form", "search"):
                with self.subTest(user.login, kind=kind):
                    self.assertTrue(self.env[MODEL].with_user(user).get_view(view_type=kind)["arch"])

    def test_names_of_views_and_action_are_those_that_stay(self):
        for name in XMLIDS:
            record = self.env.ref(f"g2p_payment_interop_layer.{name}")
            self.assertEqual(record.model if record._name == "ir.ui.view" else record.res_model, MODEL)

    def test_batches_and_payments_open_for_everybody_who_reads_them(self):
        _manager, batches, submissions = self.make_open()
        for user in self.readers():
            for records in (batches, batches.payment_ids[0], submissions):
                with self.subTest(user.login, model=records._name):
                    Form(records.with_user(user))
                    for kind in ("list", "search"):
                        self.assertTrue(records.with_user(user).get_view(view_type=kind)["arch"])

    def test_search_of_payments_finds_what_people_have_to_look_at(self):
        _manager, batches, _submissions = self.make_open(members=4)
        payments = batches.payment_ids.sorted("id")
        payments[0]._guarded_write({"payee_check_state": "unknown"})
        payments[1]._guarded_write({"state": "sent", "status_code": "to.be.confirmed"})
        payments[2]._guarded_write(
            {"state": "reconciled", "status": "paid", "status_code": "layer.completed"}
        )
        arch = etree.fromstring(self.env["g2p.payment"].get_view(view_type="search")["arch"])
        for name, payment in (
            ("unknown_payee", payments[0]),
            ("to_be_confirmed", payments[1]),
            ("paid_on_word", payments[2]),
        ):
            with self.subTest(name):
                (node,) = arch.xpath(f"//filter[@name='{name}']")
                domain = self.env["g2p.base.program.payment.manager"]._safe_eval(node.get("domain"))
                found = self.env["g2p.payment"].search([*domain, ("batch_id", "in", batches.ids)])
                self.assertEqual(found, payment)

    def test_batch_of_another_payment_manager_shows_nothing_of_this_one(self):
        _cycle, _manager, batches = self.prepare()
        mine = batches.with_user(self.officer)
        self.assertTrue(mine.pays_by_layer)
        batches._guarded_write({"manager_model": "g2p.program.payment.manager.default"})
        self.assertFalse(mine.pays_by_layer)
        arch = etree.fromstring(mine.get_view(view_type="form")["arch"])
        for path in ("//page[@name='payees']", "//button[@name='action_check_payees']"):
            (node,) = arch.xpath(path)
            self.assertIn("not pays_by_layer", node.get("invisible"))
