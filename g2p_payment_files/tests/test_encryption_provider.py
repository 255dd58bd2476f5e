"""Keys that sign, and that nobody reads."""

import base64
import json
from pathlib import Path
from unittest.mock import patch

import psycopg2

from odoo import api
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..signing.keys import load_key, make_key
from ..signing.verify import verify

CLAIMS = {"reference": "R-1", "amount": "12.50", "currency": "EUR"}
PRIVATE_METHODS = (
    "encrypt_data",
    "decrypt_data",
    "jwt_sign",
    "jwt_verify",
    "cwt_sign",
    "cwt_verify",
    "get_jwks",
    "ensure_signing_key",
)


class EncryptionProviderCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["g2p.encryption.provider"].create({"name": "T Provider"})
        users = {
            "keeper": "g2p_payment_files.crypto_admin,base.group_allow_export",
            "system": "base.group_system",
            "officer": "g2p_programs.g2p_program_manager",
            "g2padmin": "g2p_registry_base.group_g2p_admin",
        }
        for name, group in users.items():
            user = new_test_user(cls.env, login=f"t_crypto_{name}", groups=f"base.group_user,{group}")
            setattr(cls, name, user)

    def keys(self, use="sig", state=None):
        states = [state] if state else ["active", "retired"]
        return self.env["g2p.encryption.key"].search(
            [("provider_id", "=", self.provider.id), ("use", "=", use), ("state", "in", states)]
        )


class TestSigning(EncryptionProviderCase):
    def test_default_provider_is_there_and_signs(self):
        provider = self.env.ref("g2p_payment_files.encryption_provider_default")
        self.assertEqual(provider.type, "local")
        self.assertEqual(provider.jwt_verify(provider.jwt_sign(CLAIMS)), CLAIMS)

    def test_both_kinds_come_back_and_are_not_taken_for_each_other(self):
        jwt, cwt = self.provider.jwt_sign(CLAIMS), self.provider.cwt_sign(CLAIMS)
        self.assertEqual(self.provider.jwt_verify(jwt), CLAIMS)
        self.assertEqual(self.provider.cwt_verify(cwt), CLAIMS)
        for method, text in (("jwt_verify", cwt), ("cwt_verify", jwt)):
            with self.assertRaises(ValueError):
                getattr(self.provider, method)(text)

    def test_changed_token_raises_with_the_reason(self):
        header, _payload, signature = self.provider.jwt_sign(CLAIMS).split(".")
        payload = base64.urlsafe_b64encode(b'{"amount":"9"}').decode().rstrip("=")
        with self.assertRaisesRegex(ValueError, "changed"):
            self.provider.jwt_verify(f"{header}.{payload}.{signature}")
        with self.assertRaisesRegex(ValueError, "time is over"):
            self.provider.jwt_verify(self.provider.jwt_sign({"exp": 1}))
        for nothing in ("", None, "x", b"x"):
            for method in ("jwt_verify", "cwt_verify"):
                with self.subTest(nothing=nothing, method=method), self.assertRaises(ValueError):
                    getattr(self.provider, method)(nothing)

    def test_token_of_another_provider_is_refused(self):
        other = self.env["g2p.encryption.provider"].create({"name": "T Other"})
        other.ensure_signing_key()
        with self.assertRaises(ValueError):
            other.jwt_verify(self.provider.jwt_sign(CLAIMS))

    def test_options_are_honoured_or_refused(self):
        text = json.dumps(CLAIMS)
        token = self.provider.jwt_sign(text, include_payload=False)
        self.assertIn("..", token)
        self.assertEqual(self.provider.jwt_verify(token, payload=text), CLAIMS)
        with self.assertRaises(ValueError):
            self.provider.jwt_verify(token)
        for options in ({"include_certificate": True}, {"include_cert_hash": True}):
            with self.subTest(options=options), self.assertRaisesRegex(UserError, "certificate"):
                self.provider.jwt_sign(CLAIMS, **options)
        for method in ("jwt_sign", "cwt_sign", "jwt_verify", "cwt_verify", "encrypt_data", "decrypt_data"):
            with self.subTest(method=method), self.assertRaisesRegex(UserError, "unheard_of"):
                getattr(self.provider, method)(CLAIMS, unheard_of=1)
        with self.assertRaisesRegex(UserError, "unheard_of"):
            self.provider.get_jwks(unheard_of=1)

    def test_what_cannot_be_signed_is_said(self):
        for method in ("jwt_sign", "cwt_sign"):
            for data in ("[1]", '{"a": 1, "a": 2}', "no json"):
                with (
                    self.subTest(method=method, data=data),
                    self.assertRaisesRegex(UserError, "cannot be signed"),
                ):
                    getattr(self.provider, method)(data)

    def test_algorithm_is_that_of_the_provider(self):
        self.provider.signature_algorithm = "Ed25519"
        token = self.provider.jwt_sign(CLAIMS)
        header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        self.assertEqual(header["alg"], "Ed25519")
        self.assertEqual(self.keys().algorithm, "Ed25519")

    def test_bytes_are_encrypted_and_read_again(self):
        data = b"\x00\xff payroll"
        sealed = self.provider.encrypt_data(data)
        self.assertIsInstance(sealed, bytes)
        self.assertNotIn(b"payroll", sealed)
        self.assertEqual(self.provider.decrypt_data(sealed), data)
        for wrong in (sealed[:-3], b"", b"x.y.z"):
            with self.subTest(wrong=wrong), self.assertRaises(ValueError):
                self.provider.decrypt_data(wrong)
        with self.assertRaisesRegex(UserError, "Only bytes"):
            self.provider.encrypt_data("text")

    def test_another_provider_does_not_decrypt(self):
        other = self.env["g2p.encryption.provider"].create({"name": "T Other"})
        with self.assertRaises(ValueError):
            other.decrypt_data(self.provider.encrypt_data(b"x"))

    def test_type_of_another_addon_is_asked_with_its_own_method(self):
        kind = type(self.provider)
        with patch.object(kind, "jwt_sign_local", lambda self, data, **kwargs: (self.name, data, kwargs)):
            name, data, kwargs = self.provider.jwt_sign({"a": 1}, include_payload=False, extra=2)
        self.assertEqual((name, data), ("T Provider", {"a": 1}))
        self.assertEqual(
            kwargs,
            {"include_payload": False, "include_certificate": False, "include_cert_hash": False, "extra": 2},
        )

    def test_what_a_type_cannot_do_is_said_to_people(self):
        field = self.env["g2p.encryption.provider"]._fields["type"]
        label = {"remote": "Somewhere Else"}
        with (
            patch.dict(field._selection, label),
            patch.object(field, "selection", [*field.selection, *label.items()]),
        ):
            self.provider.type = "remote"
            with self.assertRaisesRegex(UserError, "T Provider .Somewhere Else. cannot do this: cwt_sign"):
                self.provider.cwt_sign(CLAIMS)
            self.assertTrue(self.provider.ensure_signing_key())
            for action in ("action_make_key", "action_rotate_key"):
                with self.subTest(action), self.assertRaisesRegex(UserError, "not in this database"):
                    getattr(self.provider, action)()


class TestKeys(EncryptionProviderCase):
    def test_first_signature_makes_one_key_and_the_next_ones_none(self):
        self.assertFalse(self.provider.has_signing_key)
        self.provider.jwt_sign(CLAIMS)
        self.provider.cwt_sign(CLAIMS)
        self.assertEqual(len(self.keys()), 1)
        self.assertTrue(self.provider.has_signing_key)

    def test_many_signatures_ask_the_database_once(self):
        self.provider.ensure_signing_key()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.provider.jwt_sign(CLAIMS)
        first = self.env.cr.sql_log_count - before
        for _number in range(20):
            self.provider.jwt_sign(CLAIMS)
            self.provider.cwt_sign(CLAIMS)
        self.assertEqual(self.env.cr.sql_log_count - before, first)

    def test_key_that_was_taken_back_signs_nothing(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.provider.ensure_signing_key()
            lost = self.keys().kid
            raise UserError(self.provider.name)
        self.provider.jwt_sign(CLAIMS)
        self.assertNotEqual(self.keys().kid, lost)

    def test_who_makes_keys_at_the_same_time_waits(self):
        provider = self.env.ref("g2p_payment_files.encryption_provider_default")
        with self.registry.cursor() as first, self.registry.cursor() as second:
            for cursor in (first, second):
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
            one, two = (
                api.Environment(cursor, self.env.uid, {})[provider._name].browse(provider.id)
                for cursor in (first, second)
            )
            one._lock_keys()
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.LockNotAvailable):
                two._lock_keys()
            first.rollback()
            second.rollback()

    def test_who_waited_for_another_ones_key_is_run_again(self):
        provider = self.env.ref("g2p_payment_files.encryption_provider_default")
        with self.registry.cursor() as first, self.registry.cursor() as second:
            one, two = (
                api.Environment(cursor, self.env.uid, {})[provider._name].browse(provider.id)
                for cursor in (first, second)
            )
            self.assertTrue(two.name)  # from here on the second one sees the database as it is now
            one._lock_keys()
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.SerializationFailure):
                two._lock_keys()
            second.rollback()

    def test_database_refuses_two_active_keys(self):
        self.provider.ensure_signing_key()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.provider._make_key("sig")

    def test_rotation_signs_anew_and_verifies_what_was(self):
        before = self.provider.jwt_sign(CLAIMS)
        self.provider.action_rotate_key()
        after = self.provider.jwt_sign(CLAIMS)
        self.assertNotEqual(before.split(".")[0], after.split(".")[0])
        for token in (before, after):
            self.assertEqual(self.provider.jwt_verify(token), CLAIMS)
        self.assertEqual(len(self.keys(state="active")), 1)
        retired = self.keys(state="retired")
        self.assertTrue(retired.retired_at)
        self.assertEqual(retired.retired_by, self.env.user)

    def test_retired_key_cannot_sign_any_more(self):
        self.provider.ensure_signing_key()
        self.provider.action_rotate_key()
        self.assertFalse(self.keys(state="retired").private_jwk)
        self.assertTrue(self.keys(state="active").private_jwk)

    def test_rotation_leaves_what_was_encrypted_readable(self):
        sealed = self.provider.encrypt_data(b"x")
        self.provider.action_rotate_key()
        self.assertEqual(self.provider.decrypt_data(sealed), b"x")

    def test_make_key_refuses_a_second_one(self):
        self.provider.action_make_key()
        with self.assertRaisesRegex(UserError, "Rotate Key"):
            self.provider.action_make_key()
        self.assertEqual(len(self.keys()), 1)

    def test_public_keys_verify_without_the_database(self):
        tokens = [self.provider.jwt_sign(CLAIMS)]
        self.provider.action_rotate_key()
        tokens.append(self.provider.cwt_sign(CLAIMS))
        content = self.provider.with_user(self.keeper).jwks_file
        keys = json.loads(base64.b64decode(content))["keys"]
        self.assertEqual(len(keys), 2)
        for token in tokens:
            self.assertEqual(verify(token, keys, self.env.cr.now()).result, "valid")
        action = self.provider.with_user(self.keeper).action_download_keys()
        self.assertIn(f"/{self.provider.id}/jwks_file", action["url"])

    def test_public_keys_hold_no_private_part(self):
        self.provider.ensure_signing_key()
        self.provider.encrypt_data(b"x")
        private = json.loads(self.keys().private_jwk)
        told = json.dumps(self.provider.get_jwks()) + self.keys().public_jwk
        self.assertNotIn(private["d"], told)
        self.assertEqual([key["kid"] for key in self.provider.get_jwks()["keys"]], self.keys().mapped("kid"))
        self.assertTrue(all("d" not in key and "k" not in key for key in self.provider.get_jwks()["keys"]))

    def test_kid_is_the_thumbprint(self):
        self.provider.ensure_signing_key()
        self.assertEqual(load_key(self.provider.get_jwks()["keys"][0]).kid, self.keys().kid)

    def test_provider_with_keys_stays(self):
        self.provider.ensure_signing_key()
        with self.assertRaisesRegex(UserError, "could not be verified"):
            self.provider.with_user(self.keeper).unlink()
        self.env["g2p.encryption.provider"].create({"name": "T Empty"}).with_user(self.keeper).unlink()


class TestRights(EncryptionProviderCase):
    def test_methods_that_sign_or_decrypt_are_no_rpc(self):
        for name in PRIVATE_METHODS:
            for method in (name, f"{name}_local"):
                with self.subTest(method), self.assertRaises(AccessError):
                    get_public_method(self.provider, method)

    def test_officer_has_signed_without_seeing_provider_or_key(self):
        self.provider.ensure_signing_key()
        for user in (self.officer, self.g2padmin):
            provider = self.provider.with_user(user).sudo(False)
            token = provider.jwt_sign(CLAIMS)
            self.assertEqual(self.provider.jwt_verify(token), CLAIMS)
            for records in (provider, self.keys().with_user(user).sudo(False)):
                with self.assertRaises(AccessError):
                    records.read([])
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(records.has_access(operation), operation)
            for action in ("action_make_key", "action_rotate_key", "action_download_keys"):
                with self.subTest(action), self.assertRaises(AccessError):
                    getattr(provider, action)()

    def test_keepers_make_and_rotate(self):
        for user in (self.keeper, self.system):
            provider = self.env["g2p.encryption.provider"].with_user(user).create({"name": "T New"})
            provider.action_make_key()
            provider.action_rotate_key()
            self.assertEqual(sorted(provider.key_ids.mapped("state")), ["active", "retired"])

    def test_private_half_is_read_by_nobody(self):
        self.provider.ensure_signing_key()
        for user in (self.keeper, self.system, self.env.ref("base.user_admin")):
            key = self.keys().with_user(user).sudo(False)
            self.assertNotIn("private_jwk", key.read()[0])
            self.assertNotIn("private_jwk", key.fields_get())
            for attempt in (
                lambda key=key: key.private_jwk,
                lambda key=key: key.read(["private_jwk"]),
                lambda key=key: key.export_data(["private_jwk"]),
                lambda key=key: key.search_count([("private_jwk", "like", "a")]),
                lambda key=key: key.search([], order="private_jwk"),
                lambda key=key: key._read_group([], ["private_jwk"]),
                lambda key=key: key.provider_id.search_count([("key_ids.private_jwk", "like", "a")]),
                lambda key=key: key.provider_id.export_data(["key_ids/private_jwk"]),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    attempt()

    def test_keys_are_written_made_and_deleted_by_nobody(self):
        self.provider.ensure_signing_key()
        forged = make_key()
        vals = {
            "provider_id": self.provider.id,
            "kid": forged.kid,
            "use": "sig",
            "algorithm": "ES256",
            "state": "retired",
            "public_jwk": json.dumps(forged.public()),
        }
        for user in (self.keeper, self.system):
            key = self.keys().with_user(user).sudo(False)
            for attempt in (
                lambda key=key: key.create(vals),
                lambda key=key: key.write({"state": "retired"}),
                lambda key=key: key.write({"private_jwk": "x"}),
                lambda key=key: key.unlink(),
                lambda key=key: key.copy(),
                lambda key=key: key.provider_id.write({"key_ids": [(0, 0, vals)]}),
                lambda key=key: (
                    key.load(list(vals), [[str(value) for value in vals.values()]])["ids"] or key.write({})
                ),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    attempt()

    def test_copied_provider_gets_no_keys(self):
        self.provider.ensure_signing_key()
        copied = self.provider.with_user(self.keeper).copy()
        self.assertFalse(copied.key_ids)


class TestNeutralized(EncryptionProviderCase):
    def neutralize(self):
        self.env.flush_all()
        script = Path(__file__).resolve().parents[1] / "data" / "neutralize.sql"
        self.env.cr.execute(script.read_text())
        self.env.invalidate_all()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)

    def test_copy_has_no_private_key_and_makes_none_by_itself(self):
        token, sealed = self.provider.jwt_sign(CLAIMS), self.provider.encrypt_data(b"x")
        self.neutralize()
        self.assertFalse(any((self.keys() | self.keys("enc")).mapped("private_jwk")))
        for method, data in (("jwt_sign", CLAIMS), ("cwt_sign", CLAIMS), ("encrypt_data", b"x")):
            with self.subTest(method), self.assertRaisesRegex(UserError, "neutralized copy"):
                getattr(self.provider, method)(data)
        with self.assertRaisesRegex(ValueError, "taken away"):
            self.provider.decrypt_data(sealed)
        self.assertEqual(self.provider.jwt_verify(token), CLAIMS)

    def test_key_made_on_a_copy_is_another_one(self):
        self.provider.ensure_signing_key()
        before = self.provider.get_jwks()["keys"]
        self.neutralize()
        self.provider.with_user(self.keeper).action_make_key()
        token = self.provider.jwt_sign(CLAIMS)
        self.assertEqual(verify(token, before, self.env.cr.now()).result, "unknown_key")


@tagged("-at_install", "post_install")
class TestDownload(HttpCase):
    def download(self, group):
        user = new_test_user(
            self.env, login="t_crypto_http", password="t_crypto_http", groups=f"base.group_user,{group}"
        )
        self.authenticate(user.login, user.login)
        provider = self.env.ref("g2p_payment_files.encryption_provider_default")
        provider.ensure_signing_key()
        return provider, self.url_open(provider.action_download_keys()["url"])

    def test_keepers_download_the_public_keys(self):
        provider, answer = self.download("g2p_payment_files.crypto_admin")
        self.assertEqual(answer.json(), provider.get_jwks())
        self.assertIn("keys.json", answer.headers["Content-Disposition"])

    def test_others_download_nothing(self):
        _provider, answer = self.download("g2p_programs.g2p_program_manager")
        self.assertEqual(answer.status_code, 404)
        self.assertNotIn("kty", answer.text)
