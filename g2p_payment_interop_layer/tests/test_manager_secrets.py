"""Secrets stay with administrators, and go to no address that somebody else has chosen."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .manager_case import CANARY, MODEL, SECRETS, SEND, URLS, InteropManagerCase

ELSEWHERE = "https://elsewhere.example.org/disbursement"
ALL = {name: CANARY for name in SECRETS if name != "tls_client_key"}


@tagged("post_install", "-at_install")
class TestManagerSecrets(InteropManagerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make_program()

    def setUp(self):
        super().setUp()
        self.manager = self.make_secretive()

    def make_secretive(self, **vals):
        return self.make_manager(self.program, **{**ALL, "auth_type": "bearer", **vals})

    # ---- who sees them ----------------------------------------------------------------------------------------
    def test_secrets_are_neither_read_nor_found_nor_exported_nor_written_by_others(self):
        export = self.env.ref("base.group_allow_export")
        users = (
            self.officer, self.g2padmin, self.finance, self.releaser, self.validator, self.auditor, self.approver,
        )  # fmt: skip
        for user in users:
            user.group_ids |= export
            mine = self.manager.with_user(user)
            if not mine.has_access("read"):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    mine.read(["name"])
                continue
            self.assertNotIn(CANARY, str(mine.read()))
            for name in SECRETS:
                with self.subTest(name, user=user.login):
                    self.assertNotIn(name, mine.fields_get())
                    for attempt in (
                        lambda mine=mine, name=name: mine.read([name]),
                        lambda mine=mine, name=name: mine.search([(name, "like", "canary%")]),
                        lambda mine=mine, name=name: mine.search([], order=name),
                        lambda mine=mine, name=name: mine.formatted_read_group([], [name], ["__count"]),
                        lambda mine=mine, name=name: mine.write({name: "x"}),
                        lambda mine=mine, name=name: mine.create(
                            self.manager_vals(self.program) | {name: "x"}
                        ),
                    ):
                        with self.assertRaises(AccessError):
                            attempt()
                    with self.assertRaisesRegex(UserError, "cannot be exported"):
                        mine.export_data(["name", name])
        self.assertEqual(self.manager.bearer_token, CANARY)

    def test_secrets_are_exported_for_nobody_and_not_copied(self):
        mine = self.manager.with_user(self.administrator)
        for name in SECRETS:
            with self.subTest(name):
                with self.assertRaisesRegex(UserError, "cannot be exported"):
                    mine.export_data(["name", name])
                self.assertNotIn(name, self.manager.copy_data()[0])

    def test_secrets_show_in_no_representation_and_no_pinned_setting(self):
        settings = self.manager._rail_settings()
        client = self.manager._rail_client(settings)
        shown = repr(client) + repr(vars(client)) + str(settings)
        self.assertNotIn(CANARY, shown)
        self.assertEqual(self.manager._get_access_secrets().bearer_token, CANARY)

    def test_officer_is_told_which_there_are(self):
        mine = self.manager.with_user(self.officer)
        names = [f"has_{name}" for name in ALL]
        self.assertTrue(all(mine.read(names)[0][name] for name in names))
        self.manager.write(dict.fromkeys(ALL, False))
        self.assertFalse(any(mine.read(names)[0][name] for name in names))

    def test_secrets_are_passwords_on_the_screen_and_none_of_an_officers(self):
        arch = self.env[MODEL].with_user(self.administrator).get_view(view_type="form")["arch"]
        officers = self.env[MODEL].with_user(self.officer).get_view(view_type="form")["arch"]
        for name in SECRETS:
            self.assertRegex(arch, f'<field name="{name}"[^>]*password="True"')
            self.assertNotIn(f'name="{name}"', officers)
            self.assertIn(f'name="has_{name}"', officers)

    # ---- where they go ----------------------------------------------------------------------------------------
    def test_all_secrets_are_gone_when_somebody_else_changes_an_address(self):
        for user in (self.officer, self.g2padmin):
            for name in URLS:
                for sudo in (False, True):
                    manager = self.make_secretive()
                    before = manager.message_ids
                    with self.subTest(user=user.login, name=name, sudo=sudo):
                        manager.with_user(user).sudo(sudo).write({name: ELSEWHERE})
                        self.assertFalse(any(manager[one] for one in SECRETS))
                        said = " ".join((manager.message_ids - before).mapped("body"))
                        self.assertIn("Bearer Token", said)
                        self.assertIn(user.name, said)
                        self.assertNotIn(CANARY, said)
                        self.assertIn("Bearer Token is missing", manager.access_problems)

    def test_secrets_stay_when_the_addresses_do_or_an_administrator_changes_them(self):
        self.manager.with_user(self.officer).write(
            {"payment_endpoint_url": self.manager.payment_endpoint_url, "max_batch_size": 20}
        )
        self.assertEqual(self.manager.bearer_token, CANARY)
        self.manager.with_user(self.administrator).write({"payment_endpoint_url": ELSEWHERE})
        self.assertEqual(self.manager.bearer_token, CANARY)

    def test_secrets_do_not_go_where_a_batch_was_released_to_before_the_address_changed(self):
        """Somebody releases to an address of his own; an administrator then corrects it and enters the secrets."""
        right = "https://layer.example.org/disbursement"
        token_url = "https://id.example.org/token"
        client = {"auth_type": "oauth2", "oauth2_client_id": "g2p"}
        for wrong, mended, label in (
            ({"payment_endpoint_url": ELSEWHERE}, {"payment_endpoint_url": right}, "Payment Endpoint URL"),
            ({"check_endpoint_url": ELSEWHERE}, {"check_endpoint_url": False}, "Payee Check URL"),
            ({**client, "oauth2_token_url": ELSEWHERE}, {"oauth2_token_url": token_url}, "Token URL"),
        ):
            with self.subTest(label):
                secret = {"oauth2_client_secret": "x" * 12} if "oauth2_token_url" in wrong else {}
                _cycle, manager, batches = self.prepare(manager={**wrong, **secret})
                mine = self.release(batches)
                manager.with_user(self.administrator).write({**mended, "oauth2_client_secret": CANARY})
                mine.send_payment()
                submission = batches.submission_ids
                self.assertFalse(self.claim(submission))
                self.assertEqual((submission.state, submission.tries), ("queued", 0))
                self.assertIn(label, submission.hold_reason)
                self.assertNotIn(ELSEWHERE, submission.hold_reason)
                # Nor are payees looked up there.
                with self.assertRaisesRegex(UserError, f"{label} changed after the release"):
                    mine.action_check_payees()
                call = manager._prepare_payee_check(batches, batches.payment_ids.ids)
                self.assertIsNone(call)

    def test_no_call_is_made_within_the_transaction_of_a_button(self):
        _cycle, manager, batches = self.prepare(manager={"validate_before_sending": True})
        with patch(SEND) as send:
            manager.with_user(self.officer).action_test_connection()
            batches.with_user(self.officer).action_check_payees()
        send.assert_not_called()
