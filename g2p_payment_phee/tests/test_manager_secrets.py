"""Secrets stay with administrators, and go to no address that somebody else has chosen."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.payment_manager_credentials import DEFAULTS
from .common import signing_key
from .manager_case import CANARY, MODEL, PHEEManagerCase

SECRETS = (
    "password",
    "authorization",
    "oidc_client_secret",
    "payment_api_key",
    "status_api_key",
    "signing_key",
)
HIDDEN = (*SECRETS, "callback_salt")
ELSEWHERE = "https://elsewhere.example.org/x"
URLS = (
    "auth_endpoint_url",
    "payment_endpoint_url",
    "status_endpoint_url",
    "details_endpoint_url",
    "batches_endpoint_url",
    "oidc_token_url",
)


@tagged("post_install", "-at_install")
class TestManagerSecrets(PHEEManagerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make_program()

    def setUp(self):
        super().setUp()
        self.manager = self.make_secretive()

    def make_secretive(self, **vals):
        return self.make_manager(
            self.program, **{**dict.fromkeys(SECRETS, CANARY), "signing_key": signing_key()[0], **vals}
        )

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
            for name in HIDDEN:
                with self.subTest(name, user=user.login):
                    self.assertNotIn(name, mine.fields_get())
                    for attempt in (
                        lambda mine=mine, name=name: mine.read([name]),
                        lambda mine=mine, name=name: mine.search([(name, "like", "canary%")]),
                        lambda mine=mine, name=name: mine.search([], order=name),
                        lambda mine=mine, name=name: mine.formatted_read_group([], [name], ["__count"]),
                        lambda mine=mine, name=name: mine.write({name: "x"}),
                        lambda mine=mine, name=name: mine.create(
                            self.manager_vals(self.program, signing_key=False) | {name: "x"}
                        ),
                    ):
                        with self.assertRaises(AccessError):
                            attempt()
                    with self.assertRaisesRegex(UserError, "cannot be exported"):
                        mine.export_data(["name", name])
        self.assertEqual(self.manager.password, CANARY)

    def test_secrets_are_exported_for_nobody_and_not_copied(self):
        mine = self.manager.with_user(self.administrator)
        for name in HIDDEN:
            with self.subTest(name):
                with self.assertRaisesRegex(UserError, "cannot be exported"):
                    mine.export_data(["name", name])
                self.assertNotIn(name, self.manager.copy_data()[0])
        copied = self.manager.copy()
        self.assertFalse(any(copied[name] for name in SECRETS))
        self.assertNotEqual(copied.callback_salt, self.manager.callback_salt)

    def test_secrets_show_in_no_representation_and_no_pinned_setting(self):
        settings = self.manager._rail_settings()
        client = self.manager._rail_client(settings)
        self.assertNotIn(CANARY, repr(client._credentials) + repr(client) + str(settings))
        self.assertEqual(client._credentials.password, CANARY)

    def test_officer_is_told_which_there_are(self):
        mine = self.manager.with_user(self.officer)
        names = [f"has_{name}" for name in SECRETS]
        self.assertTrue(all(mine.read(names)[0][name] for name in names))
        self.manager.write(dict.fromkeys(SECRETS, False))
        self.assertFalse(any(mine.read(names)[0][name] for name in names))

    # ---- where they go ----------------------------------------------------------------------------------------
    def test_all_secrets_are_gone_when_somebody_else_changes_an_address(self):
        for user in (self.officer, self.g2padmin):
            for name in URLS:
                for sudo in (False, True):
                    manager = self.make_secretive()
                    before = manager.message_ids
                    with self.subTest(user=user.login, name=name, sudo=sudo):
                        manager.with_user(user).sudo(sudo).write({name: ELSEWHERE, "username": "x"})
                        self.assertFalse(any(manager[one] for one in SECRETS))
                        said = " ".join((manager.message_ids - before).mapped("body"))
                        for label in ("Password", "Authorization", "Signing Key", user.name):
                            self.assertIn(label, said)
                        self.assertNotIn(CANARY, said)
                        self.assertIn("Signing Key is missing", manager.missing_secrets)

    def test_secrets_stay_when_the_addresses_do_or_an_administrator_changes_them(self):
        self.manager.with_user(self.officer).write(
            {"payment_endpoint_url": self.manager.payment_endpoint_url, "username": "other"}
        )
        self.assertEqual(self.manager.password, CANARY)
        self.manager.with_user(self.administrator).write({"payment_endpoint_url": ELSEWHERE})
        self.assertEqual(self.manager.password, CANARY)

    def test_secrets_do_not_go_where_a_batch_was_released_to_before_the_address_changed(self):
        """Somebody releases to an address of his own; an administrator then corrects it and enters the secrets."""
        _cycle, manager, batches = self.prepare(manager={"payment_endpoint_url": ELSEWHERE})
        mine = self.release(batches)
        manager.with_user(self.administrator).write(
            {
                "payment_endpoint_url": "https://bulk.example.org/batchtransactions",
                "payment_auth": "api_key",
                "payment_api_key": CANARY,
            }
        )
        mine.send_payment()
        submission = batches.submission_ids
        self.assertFalse(self.claim(submission))
        self.assertEqual((submission.state, submission.tries), ("queued", 0))
        self.assertIn("Payment Endpoint URL", submission.hold_reason)
        self.assertNotIn(ELSEWHERE, submission.hold_reason)

    # ---- the database's own -----------------------------------------------------------------------------------
    def test_new_manager_takes_the_defaults_of_the_settings(self):
        self.save_settings()
        manager = self.make_default(self.administrator)
        self.assertEqual(
            (manager.username, manager.password, manager.authorization, manager.tenant_id),
            ("officer", CANARY, "Basic Y2xpZW50Og==", "gorilla"),
        )
        self.assertEqual(manager.auth_endpoint_url, "https://ops.example.org/oauth/token")

    def test_new_manager_takes_the_grant_type_of_the_settings(self):
        self.assertEqual(self.make_secretive().grant_type, "password")
        for value, taken in (("client_credentials", "client_credentials"), ("x", "password")):
            self.env["ir.config_parameter"].set_param(DEFAULTS["grant_type"], value)
            self.assertEqual(self.make_secretive().grant_type, taken)

    def test_officer_gets_default_secrets_only_for_the_default_addresses(self):
        self.save_settings()
        self.assertEqual(self.make_default(self.officer).password, CANARY)
        for name in URLS:
            with self.subTest(name):
                made = self.make_default(self.officer, **{name: ELSEWHERE})
                self.assertFalse(made.password or made.authorization)
        # A default of the officer's own is no default of the database.
        self.env["ir.default"].with_user(self.officer).set(
            MODEL, "payment_endpoint_url", ELSEWHERE, user_id=True
        )
        made = self.make_default(self.officer)
        self.assertEqual(made.payment_endpoint_url, ELSEWHERE)
        self.assertFalse(made.password or made.authorization)

    def test_default_secrets_are_no_defaults_of_odoo_and_administrators_read_them_only(self):
        self.save_settings()
        stored = self.env["ir.default"].sudo().search([]).mapped("json_value")
        self.assertNotIn(CANARY, str(stored))
        for user in (self.officer, self.g2padmin, self.finance):
            with self.subTest(user.login):
                self.assertNotIn(
                    "password", self.env[MODEL].with_user(user).default_get(["password", "name"])
                )
                with self.assertRaises(AccessError):
                    self.env["ir.config_parameter"].with_user(user).get_param(DEFAULTS["password"])
                with self.assertRaises(AccessError):
                    self.env["res.config.settings"].with_user(user).create({}).read(["phee_password"])

    def test_addon_brings_nobodys_hub(self):
        found = self.env["ir.default"].search([("field_id.model", "=", MODEL)])
        self.assertFalse(found)
        fresh = self.env[MODEL].default_get([*URLS, "tenant_id", "username", "password", "authorization"])
        self.assertFalse(any(fresh.values()), fresh)

    def save_settings(self):
        self.env["res.config.settings"].create(
            {
                "default_payment_endpoint_url": "https://bulk.example.org/batchtransactions",
                "default_status_endpoint_url": "https://ops.example.org/api/v1/batch",
                "default_auth_endpoint_url": "https://ops.example.org/oauth/token",
                "default_tenant_id": "gorilla",
                "phee_username": "officer",
                "phee_password": CANARY,
                "phee_grant_type": "password",
                "phee_authorization": "Basic Y2xpZW50Og==",
            }
        ).execute()

    def make_default(self, user, **vals):
        made = (
            self.env[MODEL]
            .with_user(user)
            .create(
                {
                    "name": "T Default",
                    "program_id": self.program.id,
                    "payment_mode": "closedloop",
                    "payer_id": "900100007781",
                    **vals,
                }
            )
        )
        return made.sudo().with_user(self.env.user)
