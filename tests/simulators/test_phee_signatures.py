"""The simulated Payment Hub EE checks and makes signatures, and takes multipart apart, as the hub does (section 6)."""

import base64
import json

import pytest
from cryptography import x509

from .phee import jws
from .phee.keys import Keys
from .phee.messages import SAMPLES, csv_of, heard, multipart, part, row, sample

pytest_plugins = ("tests.simulators.phee.fixtures",)

EMPTY_200 = (200, b"")


# Signatures


def test_signature_is_the_one_of_the_hub():
    certificate = (SAMPLES / "jws" / "TEST_ONLY_certificate.pem").read_bytes()
    key = x509.load_pem_x509_certificate(certificate).public_key()
    vectors = json.loads((SAMPLES / "jws" / "vector.json").read_text())
    assert len(vectors) == 3
    for vector in vectors.values():
        payload = vector.get("payload") or (SAMPLES / vector["payload_file"]).read_text()
        text = jws.signed_text(vector, payload)
        assert jws.digest(text) == vector["sha3_256_hex_of_joined_string"]
        assert jws.verified(key, vector["X-SIGNATURE"], text)
        assert not jws.verified(key, vector["X-SIGNATURE"], text + " ")


def test_signed_text_leaves_out_what_is_not_there():
    headers = {"X-CorrelationID": "c", "Platform-TenantId": "t"}
    assert jws.signed_text(headers, "p") == "c:t:p"
    assert jws.signed_text({**headers, "X-BatchID": "b"}, "p") == "b:c:t:p"
    assert jws.signed_text(headers, "") == "c:t"
    assert jws.signed_text({}, "p") == "p"


def test_answer_is_signed_over_its_body_alone(hub, caller):
    answer = caller.send(row(0))
    key, signature = hub.keys.server_public, answer.headers["X-SIGNATURE"]
    assert jws.verified(key, signature, answer.raw.decode())
    assert not jws.verified(key, signature, "gorilla:" + answer.raw.decode())


def test_answer_need_not_be_signed(hub, caller):
    hub.play({"hub": {"sign_responses": False}})
    assert "X-SIGNATURE" not in caller.send(row(0)).headers


@pytest.mark.parametrize(
    "signature", ["", "no base64", base64.b64encode(b"\7" * 256).decode(), base64.b64encode(b"x").decode()]
)
def test_missing_or_foreign_signature_is_refused_with_the_certificate(hub, caller, signature):
    answer = caller.send(row(0), headers={"X-SIGNATURE": signature})
    expected = sample("submit_400_jws_missing_or_foreign_key.json")
    expected["developerMessage"] = "Certificate" + hub.keys.client_certificate
    assert heard(answer) == (400, expected)
    assert "X-SIGNATURE" not in answer.headers
    assert caller.paid() == []


def test_signature_of_another_key_is_refused_as_foreign(hub, caller):
    other = Keys.made().client_private
    headers = caller.headers()
    foreign = jws.sign(other, jws.signed_text(headers, csv_of(row(0))))
    answer = caller.send(row(0), headers={"X-SIGNATURE": foreign})
    assert answer.body["errorCode"] == "InvalidPublicKeyConfigured"


def test_tenant_may_have_a_certificate_of_its_own(hub, caller):
    own = Keys.made()
    certificates = [{"tenant": "rhino", "certificate": own.client_certificate}]
    hub.play({"hub": {"tenants": ["gorilla", "rhino"], "tenant_certificates": certificates}})
    headers = caller.headers(Platform_TenantId="rhino")
    signature = jws.sign(own.client_private, jws.signed_text(headers, csv_of(row(0))))
    as_rhino = {"Platform-TenantId": "rhino"}
    assert caller.send(row(0), headers={**as_rhino, "X-SIGNATURE": signature}).status == 202
    answer = caller.send(row(0), headers=as_rhino)
    assert answer.body["developerMessage"] == "Certificate" + own.client_certificate
    assert caller.send(row(1)).status == 202


@pytest.mark.parametrize(
    "changes", [{"Platform-TenantId": "rhino"}, {"X-CorrelationID": "other"}, {"X-BatchID": "b"}]
)
def test_signature_of_other_headers_is_a_mismatch(hub, caller, changes):
    content = csv_of(row(0))
    signature = caller.signed(caller.headers(), content)["X-SIGNATURE"]
    answer = caller.send(content=content, headers={**changes, "X-SIGNATURE": signature})
    expected = sample("submit_400_jws_mismatch.json")
    expected["errorParameters"][0]["value"] = signature
    assert heard(answer) == (400, expected)
    assert caller.paid() == []


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_signed_normal_text_is_valid_for_a_file_with_other_line_ends(hub, caller, ending):
    content = csv_of(row(0), row(1))
    body = multipart(part(content.replace("\n", ending) + ending))
    assert caller.send(content=content, body=body).status == 202
    assert caller.paid() == ["PAY-0", "PAY-1"]


@pytest.mark.parametrize("signed", [lambda text: text.replace("\n", "\r\n"), lambda text: text + "\n"])
def test_signed_raw_text_is_a_mismatch(hub, caller, signed):
    content = csv_of(row(0), row(1))
    body = multipart(part(signed(content)))
    assert caller.send(content=signed(content), body=body).body["errorCode"] == "InvalidJsonWebSignature"


def test_signature_comes_before_everything_else(hub, caller):
    headers = {"Purpose": None, "Type": "xml", "filename": "a.txt", "X-SIGNATURE": "wrong"}
    assert caller.send(row(0), headers=headers).body["errorCode"] == "InvalidPublicKeyConfigured"


@pytest.mark.parametrize("content_type", ["", "multipart/form-data", "multipart/form-data; boundary=other"])
def test_body_that_cannot_be_taken_apart_is_a_server_error(hub, caller, content_type):
    answer = caller.send(row(0), headers={"Content-Type": content_type})
    assert answer.status == 500
    assert (answer.body["errorCategory"], answer.body["errorCode"]) == (
        "System",
        "JWSVerificationServerError",
    )


def test_without_jws_a_new_version_finds_no_file(hub, caller):
    hub.play({"hub": {"jws": False}})
    assert heard(caller.send(row(0), sign_=False)) == EMPTY_200
    assert caller.send_raw(row(0)).status == 202
    hub.play({"hub": {"jws": False, "jws_off_reads_csv": True}})
    answer = caller.send(row(1), sign_=False)
    assert answer.status == 202
    assert "X-SIGNATURE" not in answer.headers


# The home-made multipart parser


def parted(caller, signed, *contents):
    """Send these contents as parts; ``signed`` is what the hub should read."""
    return caller.send(content=signed, body=multipart(*(part(content) for content in contents)))


def test_blank_line_ends_the_file(hub, caller):
    whole = csv_of(row(0)) + "\n\n" + csv_of(row(1)).partition("\n")[2]
    assert parted(caller, csv_of(row(0)), whole).status == 202
    assert caller.paid() == ["PAY-0"]
    assert hub.state()["violations"] == ["a blank line ends the file before its end"]


def test_leading_blank_line_makes_the_file_empty(hub, caller):
    assert heard(parted(caller, "", "\n" + csv_of(row(0)))) == EMPTY_200
    assert caller.paid() == []


def test_part_before_the_file_replaces_it(hub, caller):
    answer = parted(caller, "field", "field", csv_of(row(0)))
    assert heard(answer) == (400, sample("submit_400_structure.json"))


def test_part_after_the_file_is_ignored(hub, caller):
    assert parted(caller, csv_of(row(0)), csv_of(row(0)), "field").status == 202
    assert caller.paid() == ["PAY-0"]


def test_file_between_two_parts_is_not_seen(hub, caller):
    assert parted(caller, "one\ntwo", "one", csv_of(row(0)), "two").body == sample(
        "submit_400_structure.json"
    )


def test_name_of_the_part_and_the_file_in_it_do_not_matter(hub, caller):
    body = multipart(part(csv_of(row(0)), name="upload", file_name="../x.exe"))
    assert caller.send(row(0), body=body).status == 202


def test_other_than_ascii_spoils_the_signature(hub, caller):
    assert caller.send(row(0, note="Bénéfice")).body["errorCode"] == "InvalidJsonWebSignature"
    assert caller.paid() == []


def test_machine_with_utf8_takes_other_than_ascii(hub, caller):
    hub.play({"hub": {"charset": "utf-8"}})
    assert caller.send(row(0, note="Bénéfice")).status == 202
    assert hub.state()["violations"] == ["row 0: has other than ASCII"]


def test_byte_order_mark_is_part_of_the_first_name(hub, caller):
    hub.play({"hub": {"charset": "utf-8"}})
    assert caller.send(content="\ufeff" + csv_of(row(0))).body == sample("submit_400_structure.json")
