"""Signatures and encrypted messages of the simulated G2P Connect payment system, against fixed examples and joserfc."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from .g2p_connect import encryption, signatures
from .g2p_connect.envelope import EnvelopeError, compose, dump, members
from .g2p_connect.keys import KeyPair, Keys

JWK = {"ed25519": OKPKey, "p256": ECKey, "rsa": RSAKey}
HEADER, MESSAGE = b'{"message_id":"1", "a" : [1]}', '{"note":"Zoë"}'.encode()
NOW = 1_795_167_100

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


@pytest.fixture(scope="module")
def keys():
    return Keys.made()


def fixed_pair():
    """Return the pair of RFC 8037, appendix A."""
    secret = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    key = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    pem, public = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return KeyPair("k1", private.decode(), key.public_key().public_bytes(pem, public).decode())


def test_http_signature_is_written_as_in_the_specification():
    digest = base64.b64encode(hashlib.new("blake2b512", HEADER + MESSAGE).digest()).decode()
    text = f"(created): 1795167000\n(expires): 1795170600\ndigest: BLAKE-512={digest}"
    proof = base64.b64encode(fixed_pair().private_key.sign(text.encode())).decode()
    assert signatures.sign_http(
        fixed_pair(), "spp.example.org", signatures.content(HEADER, MESSAGE), 1795167000, 1795170600
    ) == (
        'namespace="g2p", kidId="spp.example.org|k1|ed25519", algorithm="ed25519", created="1795167000", '
        f'expires="1795170600", headers="(created) (expires) digest", signature="{proof}"'
    )


def test_jws_is_the_one_of_the_standard():
    # RFC 8037, appendix A.4
    signed = b"Example of Ed25519 signing"
    head = "eyJhbGciOiJFZERTQSJ9"
    proof = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    pair = fixed_pair()
    key = type(pair)(None, pair.private, pair.public)
    signatures.check_jws(f"{head}..{proof}", "", signed, {"ed25519": key}, NOW, 0)
    with pytest.raises(signatures.SignatureError, match="does not verify"):
        signatures.check_jws(f"{head}..{proof}", "", signed + b".", {"ed25519": key}, NOW, 0)


@pytest.mark.parametrize("algorithm", signatures.KEY_OF)
def test_joserfc_reads_our_jws_and_we_read_its(keys, algorithm):
    pair = keys.caller[signatures.KEY_OF[algorithm]]
    key = JWK[signatures.KEY_OF[algorithm]]
    signed = signatures.content(HEADER, MESSAGE)
    head, proof = signatures.sign_jws(pair, algorithm, signed, NOW, NOW + 300).split("..")
    whole = f"{head}.{signatures.packed(signed)}.{proof}"
    assert jws.deserialize_compact(whole, key.import_key(pair.public), algorithms=[algorithm])
    for kid in (pair.id, f"spp.example.org|{pair.id}|{algorithm}"):
        whole = jws.serialize_compact(
            {"alg": algorithm, "kid": kid}, signed, key.import_key(pair.private), algorithms=[algorithm]
        )
        head, _payload, proof = whole.split(".")
        signatures.check_jws(f"{head}..{proof}", "spp.example.org", signed, keys.caller, NOW, 0)


def test_jws_may_leave_its_payload_unpacked(keys):
    # RFC 7797
    pair = keys.caller["ed25519"]
    head = signatures.packed(dump({"alg": "EdDSA", "kid": pair.id, "b64": False, "crit": ["b64"]}))
    proof = signatures.packed(pair.private_key.sign(head.encode() + b"." + HEADER))
    signatures.check_jws(f"{head}..{proof}", "", HEADER, keys.caller, NOW, 0)


@pytest.mark.parametrize(
    "protected",
    [
        {"alg": "EdDSA", "kid": "caller-ed25519", "b64": False},
        {"alg": "EdDSA", "kid": "caller-ed25519", "crit": ["exp"], "exp": NOW + 300},
        {"alg": "EdDSA", "kid": "caller-ed25519", "exp": NOW + 300},
        {"alg": "EdDSA", "kid": "caller-ed25519", "iat": NOW, "exp": "soon"},
        {"alg": "EdDSA", "kid": "server-ed25519"},
        {"alg": "EdDSA"},
        {"alg": ["EdDSA"], "kid": "caller-ed25519"},
        ["EdDSA"],
    ],
)
def test_jws_with_another_header_is_refused(keys, protected):
    head = signatures.packed(dump(protected))
    signed = f"{head}.{signatures.packed(HEADER)}".encode()
    proof = signatures.packed(keys.caller["ed25519"].private_key.sign(signed))
    with pytest.raises(signatures.SignatureError):
        signatures.check_jws(f"{head}..{proof}", "", HEADER, keys.caller, NOW, 0)


@pytest.mark.parametrize("algorithm", encryption.KEY_OF)
@pytest.mark.parametrize("form", ["unprotected", "header", "protected"])
def test_message_is_encrypted_in_each_form(keys, algorithm, form):
    pair = keys.server_encryption[encryption.KEY_OF[algorithm]]
    message = encryption.encrypt(MESSAGE, pair, algorithm, form)
    assert ("protected" in message) == (form == "protected")
    assert {"alg", "enc", "kid"} <= set(message["header"])
    assert encryption.decrypt(json.loads(dump(message)), keys.server_encryption) == (MESSAGE, form)
    if form != "unprotected":
        key = JWK[encryption.KEY_OF[algorithm]].import_key(pair.private)
        parts = [signatures.packed(dump(message["header"]))]
        parts += [message[name] for name in ("encrypted_key", "iv", "ciphertext", "tag")]
        assert (
            jwe.decrypt_compact(".".join(parts), key, algorithms=[algorithm, "A256GCM"]).plaintext == MESSAGE
        )


@pytest.mark.parametrize("algorithm", encryption.KEY_OF)
def test_message_of_joserfc_is_decrypted(keys, algorithm):
    pair = keys.server_encryption[encryption.KEY_OF[algorithm]]
    key = JWK[encryption.KEY_OF[algorithm]].import_key(pair.public)
    allowed = {"algorithms": [algorithm, "A256GCM"]}
    header = {"alg": algorithm, "enc": "A256GCM", "kid": pair.id}
    parts = jwe.encrypt_compact(header, MESSAGE, key, **allowed).split(".")
    message = dict(zip(("encrypted_key", "iv", "ciphertext", "tag"), parts[1:], strict=True))
    message["header"] = json.loads(signatures.unpacked(parts[0]))
    assert encryption.decrypt(message, keys.server_encryption) == (MESSAGE, "header")
    message["protected"] = parts[0]
    assert encryption.decrypt(message, keys.server_encryption) == (MESSAGE, "protected")
    flat = jwe.FlattenedJSONEncryption({"enc": "A256GCM"}, MESSAGE)
    flat.add_recipient({"alg": algorithm, "kid": pair.id}, key)
    message = jwe.encrypt_json(flat, None, **allowed)
    assert encryption.decrypt(message, keys.server_encryption) == (MESSAGE, "protected")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda message: message.pop("iv"),
        lambda message: message.update(header="x"),
        lambda message: message.update(tag=message["tag"][:-4]),
        lambda message: message.update(ciphertext="AAAA" + message["ciphertext"][4:]),
        lambda message: message.update(encrypted_key="AAAA" + message["encrypted_key"][4:]),
        lambda message: message.update(iv=message["iv"] + "=="),
        lambda message: message.update(protected=signatures.packed(b'{"kid":"another"}')),
        lambda message: message["header"].update(alg="RSA1_5"),
        lambda message: message["header"].update(alg="dir"),
        lambda message: message["header"].update(alg=["RSA-OAEP-256"]),
        lambda message: message.update(protected=signatures.packed(b"[1]")),
        lambda message: message.update(protected=[1]),
        lambda message: message["header"].update(enc="A128GCM"),
        lambda message: message["header"].update(kid="another"),
        lambda message: message["header"].update(zip="DEF"),
    ],
)
@pytest.mark.parametrize("algorithm", encryption.KEY_OF)
def test_spoiled_message_is_not_decrypted(keys, algorithm, spoil):
    pair = keys.server_encryption[encryption.KEY_OF[algorithm]]
    message = encryption.encrypt(MESSAGE, pair, algorithm)
    spoil(message)
    with pytest.raises(encryption.EncryptionError):
        encryption.decrypt(message, keys.server_encryption)


def test_members_are_the_bytes_that_were_sent():
    raw = b' { "signature" : "x\\"}" ,"header":' + HEADER + b' , "message" : ' + MESSAGE + b"}\n"
    assert members(raw) == {"signature": b'"x\\"}"', "header": HEADER, "message": MESSAGE}
    assert members(compose(HEADER, MESSAGE, 'x"}')) == members(raw)
    assert members(b"{}") == {}
    assert members(compose(HEADER)) == {"header": HEADER}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{} {}",
        b'{"a":1',
        b'{"a":1,}',
        b'{"a" 1}',
        b'{"a":1 "b":2}',
        b"{1:1}",
        b'{"header":{},"header":{}}',
        b'{"header":{},"he\\u0061der":{}}',
        b"\xff",
    ],
)
def test_object_that_two_readers_may_read_differently_is_none(raw):
    with pytest.raises(EnvelopeError):
        members(raw)


def test_keys_are_kept_over_a_restart_and_for_their_owner_only(tmp_path):
    path = tmp_path / "keys.json"
    first = Keys.kept(path)
    assert Keys.kept(path) == first
    assert path.stat().st_mode & 0o077 == 0
