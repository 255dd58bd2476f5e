import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, Found, Unreadable

from .. import const
from ..callbacks import CallbackRefused, is_authorized, read, receive, unauthorized
from .protection_case import NOW, OUR_ID, THEIR_ID, our_envelope, pair_of_protections, their_envelope
from .test_client import SETTINGS
from .test_reading import FAILED, PAID, disburse, results, row, told
from .test_reading_anything import near_answers, thorough, values

PLAIN = replace(pair_of_protections()[0], signer=const.SIGNER_NONE, peer_keys=())
#: The contract's own message (1.9), as it arrives at /on-disburse.
CONTRACT = {
    "header": {
        "version": "1.0.0",
        "message_id": "b1a1-0001",
        "message_ts": "2026-11-20T09:41:12+00:00",
        "action": "on-disburse",
        "status": "succ",
        "total_count": 2,
        "completed_count": 2,
        "sender_id": "pay.treasury.example.org",
        "receiver_id": "spp.moss.example.org",
    },
    "message": {
        "transaction_id": "BATCH-2026-11-0007",
        "disbursements_status": [
            {
                "reference_id": "PAY-2026-000101",
                "timestamp": "2026-11-20T09:41:10+00:00",
                "status": "succ",
                "amount": "1250.00",
                "currency_code": "SLL",
            },
            {
                "reference_id": "PAY-2026-000102",
                "timestamp": "2026-11-20T09:41:11+00:00",
                "status": "rjct",
                "status_reason_code": "rjct.payee_fa.invalid",
                "status_reason_message": "wallet is closed",
            },
        ],
    },
}


def called(body, **header):
    """Return ``body`` with the header that a callback has; a value None leaves that out."""
    basis = {
        "version": "1.0.0",
        "message_id": "m-1",
        "message_ts": "2026-11-20T09:30:00+00:00",
        "action": "on-disburse",
        "sender_id": THEIR_ID,
        "receiver_id": OUR_ID,
        "is_msg_encrypted": False,
    }
    header = basis | body["header"] | header
    return body | {"header": {name: value for name, value in header.items() if value is not None}}


def take(body, kind=const.ON_DISBURSE, protection=PLAIN, now=NOW, settings=SETTINGS):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return receive(kind, raw, our_envelope(protection, now, settings), settings)


def stored(callback):
    """Return the answer as a database gives it back."""
    answer = json.loads(json.dumps(asdict(callback.answer)))
    return Answer(**(answer | {"fault": Fault(answer["fault"])}))


@tagged("post_install", "-at_install")
class TestReceive(BaseCase):
    def assert_refused(self, body, code, status=200, told=None, **options):
        with self.assertRaises(CallbackRefused) as caught:
            take(body, **options)
        refused = caught.exception
        self.assertEqual((refused.code, refused.reply.status), (code, status))
        content = json.loads(refused.reply.body)
        if status == 200:
            self.assertEqual(content["message"]["ack_status"], "ERR")
            self.assertEqual(content["message"]["error"], {"code": told or code})
            self.assertIn(told or code, const.ERRORS)
        else:
            self.assertEqual(refused.reply, unauthorized())

    def test_message_of_the_contract_is_taken_and_read(self):
        settings = replace(SETTINGS, sender_id="spp.moss.example.org", receiver_id="pay.treasury.example.org")
        callback = take(CONTRACT, settings=settings)
        self.assertEqual(
            (callback.kind, callback.message_id, callback.transaction_id),
            ("on-disburse", "b1a1-0001", "BATCH-2026-11-0007"),
        )
        outcome = read(stored(callback), callback.transaction_id, {"PAY-2026-000101", "PAY-2026-000102"})
        self.assertEqual(
            results(outcome),
            {"PAY-2026-000101": (PAID, ""), "PAY-2026-000102": (FAILED, "rjct.payee_fa.invalid")},
        )
        self.assertEqual((outcome.rows[0].amount, outcome.rows[0].currency), (Decimal("1250.00"), "SLL"))
        self.assertEqual(outcome.rows[0].when, datetime(2026, 11, 20, 9, 41, 10, tzinfo=UTC))

    def test_message_that_comes_again_is_known_by_its_id_and_bytes(self):
        one, again = take(called(disburse(row()))), take(called(disburse(row())))
        other = take(called(disburse(row()), message_id="m-2"))
        self.assertEqual((one.message_id, one.body_hash), (again.message_id, again.body_hash))
        self.assertNotEqual(one.body_hash, other.body_hash)
        self.assertEqual(
            one.make_ack().content["message"]["correlation_id"],
            again.make_ack().content["message"]["correlation_id"],
        )

    def test_acknowledgement_says_nothing_of_what_is_known_here(self):
        reply = take(called(disburse(row(), key="NOBODY"))).make_ack()
        self.assertEqual((reply.status, reply.content["message"]["ack_status"]), (200, "ACK"))
        self.assertNotIn("error", reply.content["message"])

    def test_what_cannot_be_read_is_refused(self):
        for body in (b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"message":{}}', b'{"header":[]}', b"{} {}"):
            with self.subTest(body):
                self.assert_refused(body, "unreadable.body", told="err.request.bad")
        twice = b'{"header":{"message_id":"a","message_id":"b"},"message":{}}'
        self.assert_refused(twice, "unreadable.body", told="err.request.bad")

    def test_body_that_is_too_large_is_not_read(self):
        self.assert_refused(
            b" " * const.MAX_CALLBACK_BYTES + b"{}", "unreadable.body", told="err.request.bad"
        )

    def test_header_must_be_for_us_and_from_them(self):
        body = disburse(row())
        for header, code in (
            ({"message_id": None}, "err.request.bad"),
            ({"message_id": 7}, "err.request.bad"),
            ({"message_id": "a\u0000"}, "err.request.bad"),
            ({"action": "on-search"}, "err.request.bad"),
            ({"action": None}, "err.request.bad"),
            ({"action": ["on-disburse"]}, "err.request.bad"),
            ({"version": "2.0.0"}, "err.version.not_supported"),
            ({"version": 1}, "err.version.not_supported"),
            ({"sender_id": "other.example.org"}, "err.sender_id.invalid"),
            ({"sender_id": {}}, "err.sender_id.invalid"),
            ({"receiver_id": "other.example.org"}, "err.receiver_id.invalid"),
        ):
            with self.subTest(header):
                self.assert_refused(called(body, **header), code)

    def test_what_the_official_file_leaves_free_may_be_missing(self):
        body = called(disburse(row()), version=None, sender_id=None, receiver_id=None, is_msg_encrypted=None)
        self.assertEqual(take(body).transaction_id, "BATCH-1")
        settings = replace(SETTINGS, receiver_id="")
        self.assertEqual(take(called(disburse(row()), sender_id="any"), settings=settings).message_id, "m-1")

    def test_action_of_a_status_may_be_any_as_the_official_file_names_others(self):
        for action in ("txn-on-status", "on-status", "on-disburse", "on-search", "notify", None):
            body = called(told(row()), action=action)
            self.assertEqual(take(body, kind=const.ON_STATUS).kind, const.ON_STATUS)

    def test_transaction_that_is_no_text_is_nobodys(self):
        for key in (None, 7, {}, "x" * 200):
            self.assertEqual(take(called(disburse(row(), key=key))).transaction_id, "")
        self.assertEqual(take(called({"header": {"status": "rjct"}})).transaction_id, "")

    def test_paths_are_those_of_the_official_file(self):
        self.assertEqual(
            const.CALLBACK_PATHS,
            {
                "/on-disburse": "on-disburse",
                "/disburse/txn/on-status": "on-status",
                "/disburse/on-search": "on-search",
            },
        )

    @thorough
    @given(st.binary(max_size=200) | (near_answers | values).map(lambda one: json.dumps(one).encode()))
    def test_any_bytes_are_taken_or_refused(self, body):
        for kind in const.CALLBACK_PATHS.values():
            try:
                callback = take(body, kind)
            except CallbackRefused as refused:
                self.assertIn(refused.reply.status, (200, 401))
                json.loads(refused.reply.body)
            else:
                self.assertTrue(callback.message_id)
                self.assertIsInstance(read(stored(callback), "BATCH-1", {"PAY-1"}), Found | Unreadable)


@tagged("post_install", "-at_install")
class TestSignedCallbacks(BaseCase):
    assert_refused = TestReceive.assert_refused

    def sign(self, theirs, body, now=NOW):
        """Return ``body`` as the payment system sends it: encrypted, then signed."""
        envelope = their_envelope(theirs, now)
        sealed, _headers = envelope.close("on-disburse", 1, json.dumps(body["message"]))
        return sealed

    def test_signed_and_encrypted_callbacks_are_opened(self):
        for signer, kind in ((const.SIGNER_HTTP, "ed25519"), (const.SIGNER_JWS, "p256")):
            for encrypts in ("", "rsa", "p256"):
                ours, theirs = pair_of_protections(signer, kind, encrypts)
                with self.subTest(signer, encrypts=encrypts):
                    raw = self.sign(theirs, disburse(row()))
                    self.assertEqual(b"BATCH-1" in raw, not encrypts)
                    callback = take(raw, protection=ours)
                    self.assertEqual(callback.transaction_id, "BATCH-1")
                    message = json.loads(callback.answer.body)["message"]
                    self.assertEqual(message["disbursements_status"][0]["reference_id"], "PAY-1")

    def test_one_bit_that_differs_is_refused_without_a_word(self):
        ours, theirs = pair_of_protections()
        raw = self.sign(theirs, disburse(row()))
        for place in range(0, len(raw), 5):
            changed = bytearray(raw)
            changed[place] ^= 1
            with self.subTest(place), self.assertRaises(CallbackRefused):
                take(bytes(changed), protection=ours)

    def test_unsigned_or_wrongly_signed_gets_401_whatever_else_is_wrong(self):
        ours, theirs = pair_of_protections()
        stranger = replace(theirs, signing_key=pair_of_protections()[0].signing_key)
        unsigned = called(disburse(row()), sender_id="other", action="on-search")
        self.assert_refused(unsigned, "signature.missing", 401, protection=ours)
        self.assert_refused(unsigned | {"signature": ""}, "signature.missing", 401, protection=ours)
        self.assert_refused(unsigned | {"signature": 7}, "signature.unreadable", 401, protection=ours)
        forged = self.sign(stranger, disburse(row()))
        self.assert_refused(forged, "signature.invalid", 401, protection=ours)

    def test_callback_has_to_be_signed_even_where_answers_have_not(self):
        ours, _theirs = pair_of_protections(require_signed_answers=False)
        self.assert_refused(called(disburse(row())), "signature.missing", 401, protection=ours)

    def test_old_callback_is_refused(self):
        ours, theirs = pair_of_protections(signature_seconds=600, clock_skew=60)
        raw = self.sign(theirs, disburse(row()))
        take(raw, protection=ours, now=NOW + 660)
        self.assert_refused(raw, "signature.expired", 401, protection=ours, now=NOW + 661)
        self.assert_refused(raw, "signature.early", 401, protection=ours, now=NOW - 61)

    def test_message_that_cannot_be_decrypted_is_refused_behind_the_signature(self):
        ours, theirs = pair_of_protections(encrypts="rsa")
        raw = self.sign(theirs, disburse(row()))
        for changes, code in (
            ({"decryption_key": ""}, "encryption.key_missing"),
            ({"decryption_key_id": "another"}, "encryption.key_unknown"),
            ({"decryption_key": theirs.decryption_key}, "encryption.invalid"),
        ):
            protection = replace(ours, **changes)
            with self.subTest(code):
                self.assert_refused(raw, code, told="err.encryption.invalid", protection=protection)
        unsigned = json.loads(raw) | {"signature": None}
        self.assert_refused(unsigned, "signature.missing", 401, protection=replace(ours, decryption_key=""))

    def test_encryption_that_is_not_what_the_header_says_is_refused(self):
        body = called(disburse(row()), is_msg_encrypted=True)
        self.assert_refused(body, "encryption.unreadable", told="err.encryption.invalid")
        ours, theirs = pair_of_protections(encrypts="rsa")
        raw = self.sign(theirs, disburse(row()))
        body = json.loads(raw) | {"signature": None}
        body["header"]["is_msg_encrypted"] = False
        protection = replace(ours, signer=const.SIGNER_NONE)
        self.assert_refused(
            body, "encryption.unreadable", told="err.encryption.invalid", protection=protection
        )

    def test_refusal_says_nothing_of_why(self):
        content = json.dumps(unauthorized().content)
        self.assertEqual(
            content, '{"errors": [{"code": "err.request.unauthorized", "message": "Unauthorized"}]}'
        )

    def test_token_is_compared_whole(self):
        for authorization, expected in (
            ("Bearer secret", True),
            ("bearer secret", True),
            ("Bearer  secret ", True),
            ("Bearer secre", False),
            ("Bearer secrets", False),
            ("Bearer SECRET", False),
            ("Basic secret", False),
            ("secret", False),
            ("Bearer", False),
            ("Bearer ünï", False),
            ("", False),
            (None, False),
        ):
            with self.subTest(authorization):
                self.assertIs(is_authorized("secret", authorization), expected)
        self.assertTrue(is_authorized("", None))
