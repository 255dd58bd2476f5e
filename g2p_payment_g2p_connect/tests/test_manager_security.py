"""Whom we believe, and how we are called back, is for administrators; everything that is wrong is told at once."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .. import const
from .common import G2PConnectManagerCase
from .protection_case import key_pair

OUR_KEY, THEIR_PUBLIC = key_pair("ed25519", "our")[0], key_pair("ed25519", "their")[1]
CANARY = "canary-callback-88c1"
SECRETS = ("signing_key", "decryption_key", "callback_token", "callback_salt")
ASYNC = {
    "api_mode": "async",
    "callback_base_url": "https://odoo.example.org",
    "receiver_id": "t-bank",
}


@tagged("post_install", "-at_install")
class TestManagerSecurity(G2PConnectManagerCase):
    """Who may see and change whom we believe."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make_program()
        cls.administrator = cls.env.ref("base.user_admin")

    def secretive(self, **vals):
        keys = {
            "signer": "jws", "signing_key": OUR_KEY, "signing_key_id": "ours", "peer_key_id": "theirs",
            "peer_key": THEIR_PUBLIC, "callback_token": CANARY,
        }  # fmt: skip
        return self.make_manager(self.program, **(ASYNC | keys | vals))

    def test_others_neither_see_nor_change_whom_we_believe(self):
        manager = self.secretive()
        names = [
            name for name, field in manager._fields.items()
            if field.groups == "base.group_system" and name.startswith(
                ("signer", "signing", "peer_", "encrypts", "decryption", "callback_", "clock_skew", "require_signed")
            )
        ]  # fmt: skip
        self.assertGreaterEqual(len(names), 18)
        for user in (self.officer, self.g2padmin, self.finance):
            mine = manager.with_user(user)
            shown = str(mine.read())
            for name in names:
                with self.subTest(name, user=user.login):
                    self.assertNotIn(name, mine.fields_get())
                    for attempt in (
                        lambda mine=mine, name=name: mine.read([name]),
                        lambda mine=mine, name=name: mine.write({name: manager[name]}),
                    ):
                        with self.assertRaises(AccessError):
                            attempt()
            for secret in (CANARY, manager.callback_salt, manager._make_callback_token()):
                self.assertNotIn(secret, shown)

    def test_secrets_are_exported_for_nobody_and_not_copied(self):
        manager = self.secretive()
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.org")
        copied = manager.copy()
        for name in SECRETS:
            with self.subTest(name), self.assertRaisesRegex(UserError, "cannot be exported"):
                manager.with_user(self.administrator).export_data([name])
        self.assertFalse(copied.signing_key or copied.callback_token)
        self.assertNotEqual(copied.callback_salt, manager.callback_salt)

    def test_secrets_are_in_nothing_that_is_pinned_or_shown(self):
        manager = self.secretive()
        client = manager._rail_client(manager._rail_settings())
        token = manager._make_callback_token()
        for text in (str(manager._rail_settings()), repr(client._credentials) + repr(client)):
            for secret in (CANARY, token, manager.callback_salt, OUR_KEY):
                self.assertNotIn(secret, text)
        self.assertTrue(client._settings.sender_uri.endswith(token), "it is told where to call back")
        self.assertEqual(manager.callback_url, client._settings.sender_uri)

    def test_address_that_somebody_else_chose_gets_neither_key_nor_the_present_callback_address(self):
        for user in (self.officer, self.g2padmin):
            for name in ("payment_endpoint_url", "status_endpoint_url", "oauth2_token_url"):
                manager = self.secretive()
                salt = manager.callback_salt
                with self.subTest(name, user=user.login):
                    manager.with_user(user).write({name: "https://elsewhere.example.org/x"})
                    self.assertFalse(manager.signing_key or manager.api_token)
                    self.assertNotEqual(manager.callback_salt, salt)
                    self.assertIn("Our Signing Key", manager.access_problems)
        manager = self.secretive()
        salt = manager.callback_salt
        manager.with_user(self.officer).write(
            {"note": "x", "payment_endpoint_url": manager.payment_endpoint_url}
        )
        manager.with_user(self.administrator).write({"payment_endpoint_url": "https://new.example.org/x"})
        self.assertEqual((manager.callback_salt, bool(manager.signing_key)), (salt, True))

    def test_all_that_is_wrong_is_told_at_once(self):
        with self.assertRaises(ValidationError) as caught:
            self.secretive(
                callback_base_url="http://odoo.example.org",
                peer_key="no key",
                signing_key_id="a b",
                clock_skew=9999,
                encrypts=True,
                auth_type="oauth2",
                sender_id='t"sender',
            )
        text = str(caught.exception)
        for part in (
            "Callback Base URL must begin with https://", "Their Public Key cannot be read", "Our Key ID",
            "0 to 3600", "Their Encryption Key is missing", "Their Encryption Key ID", "Token URL", "Client ID",
            "Sender ID",
        ):  # fmt: skip
            self.assertIn(part, text)
        self.assertEqual(text.count("T Connect"), len(text.splitlines()))
        self.assertNotIn(CANARY, text)

    def test_every_fault_reason_and_check_has_a_text(self):
        manager = self.make_manager(self.program)
        self.assertEqual(set(manager._get_protection_texts()), set(const.PROTECTION_FAULTS))
        self.assertEqual(set(manager._get_setting_texts()), set(const.SETTING_REASONS))
        self.assertEqual(set(manager._get_check_texts()), set(const.CHECKS))
        self.assertLessEqual({*const.CHECK_CODES, *const.ERRORS}, set(manager._get_check_code_texts()))

    def test_token_is_one_under_both_its_names(self):
        manager = self.make_manager(self.program)
        manager.bearer_token = "renewed-token"
        self.assertEqual((manager.api_token, manager.has_bearer_token), ("renewed-token", True))
        manager.api_token = False
        self.assertFalse(manager.bearer_token)
        self.assertIn("Bearer Token is missing", manager.access_problems)
        self.assertEqual(manager.auth_type, "bearer")

    def test_missing_access_stops_preparing(self):
        cycle, _manager = self.make_payable(1, {"api_token": False})
        with self.assertRaisesRegex(UserError, "Bearer Token is missing"):
            cycle.prepare_payment()
