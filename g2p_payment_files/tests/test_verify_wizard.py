"""What a clerk at a pay point is told of a scanned voucher, and of a file."""

import base64
import hashlib
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from odoo.addons.g2p_programs.tests.common import ProgramCase

from ..documents.facts import end_to_end_id
from ..signing.jwt_tokens import sign_jwt
from ..signing.keys import make_key
from ..wizards.verify_wizard import DOUBTFUL, GOOD, VERDICTS

MODEL = "g2p.payment.file.verify.wizard"
REFERENCE = "6a9c2f0e-5a59-4f0e-8d1d-0c1f2f7f3a11"


class VerifyCase(ProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "t_clerk", groups="base.group_user,g2p_payment_files.group_document_verifier"
        )
        cls.provider = cls.env.ref("g2p_payment_files.encryption_provider_default")
        cls.cycle = cls.make_approved_cycle(members=1).sudo()
        first = cls.cycle.entitlement_ids
        cls.batch = cls.env["g2p.payment.batch"]._guarded_create(
            [
                {
                    "name": "T Batch",
                    "cycle_id": cls.cycle.id,
                    "company_id": cls.cycle.company_id.id,
                    "currency_id": first.currency_id.id,
                }
            ]
        )
        cls.payment = cls.make_payment(first, name=REFERENCE, state="sent")
        cls.claims = {
            "reference": REFERENCE,
            "amount": "100.00",
            "currency": cls.payment.currency_id.name,
            "payee_name": "Amina Odhiambo",
        }
        batches = type(cls.batch)
        by_file = patch.object(
            batches, "_compute_pays_by_file", lambda self: self.update({"pays_by_file": True})
        )
        cls.startClassPatcher(by_file)

    @classmethod
    def make_payment(cls, entitlement, **vals):
        return cls.env["g2p.payment"]._guarded_create(
            [
                {
                    "entitlement_id": entitlement.id,
                    "cycle_id": cls.cycle.id,
                    "partner_id": entitlement.partner_id.id,
                    "company_id": cls.cycle.company_id.id,
                    "currency_id": entitlement.currency_id.id,
                    "batch_id": cls.batch.id,
                    "amount_issued": 100.0,
                    "payee_name": "Amina Odhiambo",
                    **vals,
                }
            ]
        )

    def make_file(self, content=b"bytes", **vals):
        return self.env["g2p.payment.file"]._guarded_create(
            [
                {
                    "name": "bank.csv",
                    "purpose": "instruction",
                    "state": "made",
                    "version": 2,
                    "batch_id": self.batch.id,
                    "company_id": self.batch.company_id.id,
                    "sha256": hashlib.sha256(content).hexdigest(),
                    **vals,
                }
            ]
        )

    def scan(self, text, user=None):
        """Scan, as a clerk does: type and press Enter."""
        form = Form(self.env[MODEL].with_user(user or self.clerk))
        form.payload = text
        return form

    def verdict_on(self, claims=None, sign="jwt_sign", **more):
        return self.scan(getattr(self.provider, sign)({**(claims or self.claims), **more})).verdict

    def upload(self, content, user=None):
        form = Form(self.env[MODEL].with_user(user or self.clerk))
        form.document = base64.b64encode(content)
        return form


class TestVoucher(VerifyCase):
    def test_open_payment_is_valid_and_shows_what_the_voucher_says(self):
        for sign in ("jwt_sign", "cwt_sign"):
            form = self.scan(getattr(self.provider, sign)(self.claims))
            self.assertEqual((form.verdict, form.color), ("valid", "success"))
            self.assertEqual(form.reference, REFERENCE)
            self.assertEqual(form.amount, f"100.00 {self.claims['currency']}")
            self.assertEqual(form.payee_name, "Amina Odhiambo")

    def test_field_is_empty_again_for_the_next_scan(self):
        form = self.scan(self.provider.jwt_sign(self.claims))
        self.assertFalse(form.payload)
        form.payload = "rubbish"
        self.assertEqual((form.verdict, form.color, form.payload), ("invalid", "danger", False))
        self.assertFalse(form.reference or form.amount or form.payee_name)
        form.payload = self.provider.cwt_sign(self.claims)
        self.assertEqual(form.verdict, "valid")

    def test_nothing_is_said_that_the_voucher_does_not_say(self):
        form = self.scan(self.provider.jwt_sign({"reference": REFERENCE}))
        self.assertEqual(form.verdict, "valid")
        self.assertFalse(form.payee_name or form.amount)
        self.assertNotIn("Amina", form.explanation)

    def test_payment_is_found_by_its_bank_reference(self):
        self.assertEqual(self.verdict_on({"end_to_end_id": end_to_end_id(REFERENCE)}), "valid")
        self.assertEqual(self.verdict_on({"end_to_end_id": "x" * 32}), "no_payment")
        form = self.scan(self.provider.cwt_sign({"sub": REFERENCE}))
        self.assertEqual((form.verdict, form.reference), ("valid", REFERENCE))

    def test_forged_voucher_is_altered_and_shows_nothing(self):
        header, _payload, signature = self.provider.jwt_sign(self.claims).split(".")
        _header, payload, _signature = self.provider.jwt_sign({**self.claims, "amount": "9999.00"}).split(".")
        form = self.scan(f"{header}.{payload}.{signature}")
        self.assertEqual((form.verdict, form.color), ("altered", "danger"))
        self.assertFalse(form.reference or form.amount or form.payee_name)

    def test_strangers_key_is_unknown(self):
        self.provider.ensure_signing_key()
        form = self.scan(sign_jwt(self.claims, make_key()))
        self.assertEqual((form.verdict, form.color), ("unknown_key", "danger"))

    def test_keys_of_all_providers_and_retired_ones_verify(self):
        other = self.env["g2p.encryption.provider"].create({"name": "T Other"})
        token = other.jwt_sign(self.claims)
        self.provider.ensure_signing_key()
        self.assertEqual(self.scan(token).verdict, "valid")
        other.action_rotate_key()
        self.assertEqual(self.scan(token).verdict, "valid")

    def test_claims_that_differ_from_the_record_are_altered(self):
        self.payment._guarded_write({"payee_id_value": "254700", "payee_bank_code": False})
        for changed in (
            {"amount": "100.01"},
            {"amount": "100,00"},
            {"amount": "NaN"},
            {"amount": True},
            {"currency": "XXX"},
            {"payee_name": "Somebody Else"},
            {"payee_id_value": "254701"},
            {"payee_bank_code": "B1"},
            {"fee": "1.00"},
        ):
            with self.subTest(changed=changed):
                self.assertEqual(self.verdict_on(**changed), "altered")
        for same in ({"amount": "100"}, {"amount": 100}, {"payee_bank_code": ""}, {"fee": "0.00"}):
            with self.subTest(same=same):
                self.assertEqual(self.verdict_on(**same), "valid")

    def test_times_of_the_voucher_hold(self):
        self.assertEqual(self.verdict_on(exp=1), "expired")
        self.assertEqual(self.verdict_on(valid_until="2020-01-01", sign="cwt_sign"), "expired")
        self.assertEqual(self.verdict_on(nbf=4_000_000_000), "early")
        self.assertEqual(self.verdict_on(valid_until="2090-01-01"), "valid")

    def test_state_of_the_payment_decides(self):
        states = {
            "paid": {"state": "reconciled", "status": "paid"},
            "failed": {"state": "reconciled", "status": "failed"},
            "cancelled": {"state": "cancelled"},
            "not_sent": {"state": "issued"},
        }
        for expected, vals in states.items():
            with self.subTest(expected):
                self.payment._guarded_write({"status": False, **vals})
                form = self.scan(self.provider.jwt_sign(self.claims))
                self.assertEqual(form.verdict, expected)
                self.assertNotEqual(form.color, "success")

    def test_paid_says_so_even_when_its_time_is_over(self):
        self.payment._guarded_write({"state": "reconciled", "status": "paid"})
        self.assertEqual(self.verdict_on(exp=1), "paid")

    def test_disputed_or_contradicted_payment_is_not_paid(self):
        for field in ("disputed", "contradicted"):
            with self.subTest(field):
                self.payment._guarded_write({"disputed": False, "contradicted": False, field: True})
                self.assertEqual(self.verdict_on(), "disputed")

    def test_failed_payment_with_a_successor_was_replaced(self):
        self.payment._guarded_write({"state": "reconciled", "status": "failed"})
        self.env.flush_all()
        self.make_payment(self.payment.entitlement_id, name="T-NEW", predecessor_id=self.payment.id)
        self.assertEqual(self.verdict_on(), "replaced")

    def test_payment_of_an_api_is_not_paid_by_hand(self):
        with patch.object(
            type(self.batch), "_compute_pays_by_file", lambda self: self.update({"pays_by_file": False})
        ):
            self.env.invalidate_all()
            self.assertEqual(self.verdict_on(), "elsewhere")

    def test_voucher_of_a_replaced_file_is_replaced(self):
        old = self.make_file(message_id="M1")
        self.assertEqual(self.verdict_on(message_id="M1"), "valid")
        old._guarded_write({"state": "void", "void_reason": "newer_version"})
        self.assertEqual(self.verdict_on(message_id="M1"), "replaced")
        old._guarded_write({"void_reason": "withdrawn"})
        self.assertEqual(self.verdict_on(message_id="M1"), "void")
        self.assertEqual(self.verdict_on(message_id="unheard of"), "valid")

    def test_what_names_no_payment_is_no_voucher(self):
        self.assertEqual(self.verdict_on({"note": "hello"}), "no_payment")
        self.assertEqual(self.verdict_on({"reference": "nobody's"}), "not_on_record")
        self.assertEqual(self.verdict_on({"reference": 5}), "no_payment")

    def test_code_of_a_file_tells_of_the_file(self):
        self.make_file(message_id="M1")
        claims = {"message_id": "M1", "total": "100.00", "currency": "EUR"}
        form = self.scan(self.provider.jwt_sign(claims))
        self.assertEqual((form.verdict, form.reference, form.amount), ("valid_file", "M1", "100.00 EUR"))
        self.assertEqual(self.verdict_on(claims, exp=1), "expired")

    def test_payments_of_other_companies_stay_unknown(self):
        company = self.env["res.company"].create({"name": "T Elsewhere"})
        stranger = new_test_user(
            self.env,
            "t_clerk_elsewhere",
            groups="base.group_user,g2p_payment_files.group_document_verifier",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.make_file(b"list")
        token = self.provider.jwt_sign(self.claims)
        self.assertEqual(self.scan(token, stranger).verdict, "not_on_record")
        self.assertEqual(self.upload(b"list", stranger).verdict, "unknown_file")
        self.assertEqual(self.scan(token).verdict, "valid")


class TestFile(VerifyCase):
    def test_made_file_is_known_by_its_bytes(self):
        self.make_file(b"list")
        form = self.upload(b"list")
        self.assertEqual((form.verdict, form.color, form.file_name), ("valid_file", "success", "bank.csv"))
        self.assertIn("version 2 of batch T Batch", form.explanation)
        self.assertFalse(form.document)

    def test_any_other_byte_is_unknown(self):
        self.make_file(b"list")
        for content in (b"lisT", b"list\n", b"x"):
            form = self.upload(content)
            self.assertEqual((form.verdict, form.color), ("unknown_file", "danger"))
            self.assertFalse(form.file_name)

    def test_encrypted_file_is_known_decrypted_too(self):
        self.make_file(b"sealed", plain_sha256=hashlib.sha256(b"plain").hexdigest())
        self.assertEqual(self.upload(b"sealed").verdict, "valid_file")
        self.assertEqual(self.upload(b"plain").verdict, "valid_file")

    def test_void_files_are_not_good_any_more(self):
        old = self.make_file(b"old", state="void", void_reason="never_executed")
        self.assertEqual(self.upload(b"old").verdict, "void")
        self.make_file(b"new", version=3, replaces_ids=[(6, 0, old.ids)])
        self.assertEqual(self.upload(b"old").verdict, "replaced")
        self.assertEqual(self.upload(b"new").verdict, "valid_file")

    def test_good_version_counts_where_the_same_bytes_were_made_twice(self):
        self.make_file(b"same", state="void", void_reason="withdrawn")
        self.make_file(b"same")
        self.make_file(b"same", state="void", void_reason="withdrawn")
        self.assertEqual(self.upload(b"same").verdict, "valid_file")

    def test_document_that_pays_nothing_is_nothing_to_pay_on(self):
        self.make_file(b"list", purpose="document")
        form = self.upload(b"list")
        self.assertEqual((form.verdict, form.color), ("no_payment", "warning"))

    def test_unfinished_file_is_unknown(self):
        self.make_file(b"half", state="making")
        self.assertEqual(self.upload(b"half").verdict, "unknown_file")


class TestRights(VerifyCase):
    def test_clerk_verifies_and_sees_nothing_else(self):
        self.assertEqual(self.scan(self.provider.jwt_sign(self.claims)).verdict, "valid")
        for model in ("g2p.payment", "g2p.payment.batch", "g2p.payment.file", "g2p.encryption.provider"):
            with self.subTest(model):
                self.assertFalse(self.env[model].with_user(self.clerk).has_access("read"))

    def test_who_works_with_payments_may_verify_and_others_may_not(self):
        token = self.provider.jwt_sign(self.claims)
        for role in ("officer", "approver", "validator", "finance", "releaser", "auditor", "g2padmin"):
            with self.subTest(role):
                self.assertEqual(self.scan(token, getattr(self, role)).verdict, "valid")
        for user in (self.nobody, self.registrar):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.scan(token, user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env[MODEL].with_user(user).new({"payload": token})._onchange_payload()

    def test_rows_are_ones_own(self):
        mine = self.env[MODEL].with_user(self.clerk).create({})
        for user in (self.finance, self.auditor):
            self.assertFalse(self.env[MODEL].with_user(user).search([("id", "=", mine.id)]))
            with self.assertRaises(AccessError):
                mine.with_user(user).read(["payload"])

    def test_every_verdict_has_words_and_a_color(self):
        wizard = self.env[MODEL]
        for verdict, _label in VERDICTS:
            self.assertTrue(wizard._explain(verdict))
            expected = "success" if verdict in GOOD else "warning" if verdict in DOUBTFUL else "danger"
            self.assertEqual(wizard.new({"verdict": verdict}).color, expected)
        self.assertFalse(wizard.new({}).color)
        self.assertEqual(GOOD | DOUBTFUL, (GOOD | DOUBTFUL) & {verdict for verdict, _label in VERDICTS})

    def test_menus_lead_the_clerk_to_it_and_to_nothing_else(self):
        menus = self.env["ir.ui.menu"].with_user(self.clerk)._visible_menu_ids()
        seen = self.env["ir.ui.menu"].browse(menus).filtered(lambda menu: menu.action)
        ours = seen.filtered(lambda menu: (menu.get_external_id()[menu.id] or "").startswith("g2p_"))
        self.assertEqual(ours, self.env.ref("g2p_payment_files.menu_payment_file_verify"))

    def test_menus_lead_the_keeper_of_keys_to_the_providers(self):
        keeper = new_test_user(self.env, "t_keeper", groups="base.group_user,g2p_payment_files.crypto_admin")
        visible = self.env["ir.ui.menu"].with_user(keeper)._visible_menu_ids()
        menu = self.env.ref("g2p_payment_files.menu_encryption_provider_program")
        while menu:
            self.assertIn(menu.id, visible)
            menu = menu.parent_id
