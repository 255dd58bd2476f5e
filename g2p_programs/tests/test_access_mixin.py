from dataclasses import asdict

from freezegun import freeze_time

from odoo.tests import TransactionCase, tagged

from ..dispatch import access
from ..dispatch.tls import TLS_FAULTS, TlsOptions
from ..models.managers.payment_access_mixin import ADMIN_ONLY, PINNED, SECRETS
from .certificates import Authority

MIXIN = "g2p.payment.access.mixin"


@tagged("post_install", "-at_install")
class TestAccessMixin(TransactionCase):
    def manager(self, **values):
        """Return a manager that is stored nowhere."""
        return self.env[MIXIN].new({"name": "Rail", **values})

    def problems(self, **values):
        """Return (what whoever saves is told, what is found besides before anything is sent)."""
        manager = self.manager(**values)
        told = manager._find_access_setting_problems()
        found = manager._find_access_problems()
        self.assertEqual(found[: len(told)], told)
        for text in found:
            self.assertTrue(text.startswith("Rail: "), text)
        return told, found[len(told) :]

    def assert_texts(self, texts, *words):
        """Check that there is one text for each of ``words``, with that in it."""
        self.assertEqual(len(texts), len(words), texts)
        for text, word in zip(texts, words, strict=True):
            self.assertIn(word, text)

    # ---- Fields -----------------------------------------------------------------------------------------------
    def test_secrets_are_for_administrators_and_never_copied_or_exported(self):
        names = (*SECRETS, "tls_ca", "tls_client_certificate")
        for name in names:
            field = self.env[MIXIN]._fields[name]
            with self.subTest(name):
                self.assertEqual(
                    {key: getattr(field, key) for key in ADMIN_ONLY},
                    {**ADMIN_ONLY, "groups": "base.group_system"},
                )
        others = [name for name in PINNED if self.env[MIXIN]._fields[name].groups]
        self.assertEqual(others, [])

    def test_secrets_are_credentials_and_addresses_are_endpoints(self):
        mixin = self.env[MIXIN]
        self.assertLessEqual(set(SECRETS), set(mixin._get_credential_fields()))
        self.assertIn("oauth2_token_url", mixin._get_endpoint_fields())

    def test_settings_are_pinned_and_secrets_are_not(self):
        pinned = self.env[MIXIN]._rail_pinned_fields()
        self.assertIn("program_id", pinned)
        self.assertLessEqual(set(PINNED), set(pinned))
        self.assertFalse({*SECRETS, "tls_ca", "tls_client_certificate"} & set(pinned))

    def test_whether_a_secret_is_there_is_told(self):
        manager = self.manager(bearer_token="t", tls_client_key="k")
        told = [name for name in SECRETS if manager[f"has_{name}"]]
        self.assertEqual(told, ["bearer_token", "tls_client_key"])

    # ---- For the client ---------------------------------------------------------------------------------------
    def test_settings_hold_no_secret_and_no_certificate(self):
        manager = self.manager(
            auth_type="oauth2",
            oauth2_token_url=" https://id.example.org/token ",
            oauth2_client_id="g2p",
            oauth2_client_auth="client_secret_post",
            **{name: f"{name}-canary" for name in (*SECRETS, "tls_ca", "tls_client_certificate")},
        )
        settings = manager._get_access_settings()
        self.assertEqual(
            settings,
            access.AccessSettings(
                auth_type="oauth2",
                oauth2_token_url="https://id.example.org/token",
                oauth2_client_id="g2p",
                oauth2_client_auth="client_secret_post",
            ),
        )
        self.assertNotIn("canary", str(asdict(settings)))

    def test_secrets_and_todays_certificates_reach_the_client(self):
        names = (*SECRETS, "tls_ca", "tls_client_certificate")
        manager = self.manager(**{name: f" {name}-canary\n" for name in names})
        secrets = manager._get_access_secrets()
        for name in names:
            with self.subTest(name):
                ends = (" ", "\n") if name == "auth_password" else ("", "")
                self.assertEqual(getattr(secrets, name), f"{ends[0]}{name}-canary{ends[1]}")
        self.assertEqual(
            access.Access(manager._get_access_settings(), secrets).tls,
            TlsOptions("tls_ca-canary", "tls_client_certificate-canary", "tls_client_key-canary"),
        )

    def test_pinned_token_url_is_found_among_what_belongs_to_access(self):
        found = self.manager()._get_pinned_addresses(
            {"payment_endpoint_url": "https://a", "access": {"oauth2_token_url": "https://b"}}
        )
        self.assertEqual(
            (found["payment_endpoint_url"], found["oauth2_token_url"]), ("https://a", "https://b")
        )

    # ---- Problems ---------------------------------------------------------------------------------------------
    def test_nothing_is_wrong_where_nothing_is_needed(self):
        self.assertEqual(self.problems(auth_type="none"), ([], []))

    def test_missing_settings_are_told_at_once_and_missing_secrets_before_sending(self):
        for kind, told, found in (
            ("basic", ["User Name"], ["Password"]),
            ("bearer", [], ["Bearer Token"]),
            ("oauth2", ["Token URL", "Client ID"], ["Client Secret"]),
            ("header", ["Header Name"], ["Header Value"]),
        ):
            with self.subTest(kind):
                now, later = self.problems(auth_type=kind)
                self.assert_texts(now, *told)
                self.assert_texts(later, *found)

    def test_complete_settings_have_no_problem(self):
        for values in (
            {"auth_type": "basic", "auth_username": "officer", "auth_password": "pä:ss word"},
            {"auth_type": "bearer", "bearer_token": "token"},
            {
                "auth_type": "oauth2",
                "oauth2_token_url": "https://id.example.org/token",
                "oauth2_client_id": "g2p",
                "oauth2_client_secret": "any thing",
            },
            {"auth_type": "header", "auth_header_name": "X-API-Key", "auth_header_value": "ApiKey one"},
        ):
            with self.subTest(values["auth_type"]):
                self.assertEqual(self.problems(**values), ([], []))

    def test_what_cannot_be_sent_is_told(self):
        for values, told, found in (
            ({"auth_type": "basic", "auth_username": "a:b", "auth_password": "x"}, ["User Name"], []),
            ({"auth_type": "basic", "auth_username": "a", "auth_password": "x\ny"}, [], ["Password"]),
            ({"auth_type": "bearer", "bearer_token": "two words"}, [], ["Bearer Token"]),
            (
                {"auth_type": "header", "auth_header_name": "Host", "auth_header_value": "x"},
                ["Header Name"],
                [],
            ),
            (
                {"auth_type": "header", "auth_header_name": "X-A", "auth_header_value": "ä"},
                [],
                ["Header Value"],
            ),
        ):
            with self.subTest(**values):
                now, later = self.problems(**values)
                self.assert_texts(now, *told)
                self.assert_texts(later, *found)

    def test_token_url_keeps_the_rules_of_addresses(self):
        for url in ("http://id.example.org/token", "ftp://x", "https://user:secret@id.example.org/"):
            with self.subTest(url):
                now, _later = self.problems(
                    auth_type="oauth2", oauth2_token_url=url, oauth2_client_id="g2p", oauth2_client_secret="x"
                )
                self.assert_texts(now, "Token URL")
                self.assertNotIn("secret@", now[0])

    def test_certificates_that_cannot_be_used_are_told(self):
        authority = Authority()
        certificate, key = authority.issue()
        over = authority.issue(days=(-9, -2))
        early = authority.issue(days=(2, 9))
        for values, told, found in (
            ({"tls_ca": "x"}, ["Own Certificate Authority cannot be read"], []),
            ({"tls_ca": authority.pem + key}, ["Own Certificate Authority holds a private key"], []),
            ({"tls_ca": Authority(days=(-9, -2)).pem}, [], ["certificate that is over"]),
            ({"tls_client_certificate": "x", "tls_client_key": key}, ["Client Certificate cannot"], []),
            ({"tls_client_certificate": certificate}, [], ["without a Client Key"]),
            ({"tls_client_key": key}, [], ["without a Client Certificate"]),
            (
                {"tls_client_certificate": certificate, "tls_client_key": "x"},
                [],
                ["Client Key cannot be read"],
            ),
            ({"tls_client_certificate": certificate, "tls_client_key": over[1]}, [], ["not the key of"]),
            ({"tls_client_certificate": over[0], "tls_client_key": over[1]}, [], ["Certificate is over"]),
            ({"tls_client_certificate": early[0], "tls_client_key": early[1]}, [], ["not valid yet"]),
            (
                {"tls_client_certificate": certificate + key, "tls_client_key": key},
                ["holds a private key"],
                [],
            ),
            ({"tls_ca": authority.pem, "tls_client_certificate": certificate, "tls_client_key": key}, [], []),
        ):
            with self.subTest(told=told, found=found):
                now, later = self.problems(**values)
                self.assert_texts(now, *told)
                self.assert_texts(later, *found)
                self.assertNotIn("BEGIN PRIVATE", "".join(now + later))

    def test_certificate_that_ends_is_told_from_that_day_on(self):
        certificate, key = Authority().issue(days=(-1, 300))
        values = {"tls_client_certificate": certificate, "tls_client_key": key}
        self.assertEqual(self.problems(**values), ([], []))
        with freeze_time("2999-01-01"):
            self.assert_texts(self.problems(**values)[1], "Client Certificate is over")

    def test_every_fault_of_certificates_has_its_text(self):
        self.assertEqual(set(self.env[MIXIN]._get_tls_texts()), set(TLS_FAULTS))
