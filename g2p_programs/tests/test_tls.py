import os
import ssl
import stat
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..dispatch import tls
from ..dispatch.outcome import Fault
from ..dispatch.tls import TLS_FAULTS, TlsOptions, TlsProblem, find_tls_faults, make_context
from ..dispatch.transport import HttpRequest, Transport
from .certificates import Authority, key_pem, server_context, write_pem
from .loopback_peer import OK, answering, peer

LONG = 30


@contextmanager
def https_peer(authority, host="127.0.0.1", client_ca="", most=None, days=(-1, 1)):
    """Serve https with a certificate of ``authority``, whose folder is given with the peer."""
    with tempfile.TemporaryDirectory() as folder:
        context = server_context(folder, *authority.issue(host, days), client_ca)
        if most:
            context.maximum_version = most
        with peer(answering(OK), tls=context) as server:
            yield server, folder


def call(server, options, seconds=LONG):
    request = HttpRequest("POST", f"https://127.0.0.1:{server.port}/disburse", b"{}", tls=options)
    return Transport(seconds, "REF/1").send(request)


@contextmanager
def public(folder, pem):
    """Let the authorities that everybody trusts be those in ``pem``."""
    with (
        patch.object(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", write_pem(folder, pem)),
        # Some versions of requests keep one context for the standard bundle; this test must not use it.
        patch.object(requests.adapters, "_preloaded_ssl_context", None, create=True),
    ):
        yield


def in_one_line(pem):
    """Return PEM as it comes out of a browser's field for passwords."""
    return pem.replace("\n", "")


@tagged("post_install", "-at_install")
class TestTrust(BaseCase):
    def test_line_ends_that_a_browser_took_away_are_not_missed(self):
        authority, ours = Authority(), Authority()
        certificate, key = ours.issue("payer")
        options = TlsOptions(*(in_one_line(text) for text in (authority.pem, certificate, key)))
        self.assertEqual(find_tls_faults(options), [])
        with https_peer(authority, client_ca=ours.pem) as (server, _folder):
            self.assertEqual(call(server, options).status, 200)

    def test_own_authority_is_trusted(self):
        authority = Authority()
        with https_peer(authority) as (server, _folder):
            self.assertEqual(call(server, TlsOptions(authority.pem)).status, 200)

    def test_another_authority_is_not_trusted(self):
        with https_peer(Authority()) as (server, _folder):
            answer = call(server, TlsOptions(Authority().pem))
        self.assertEqual((answer.fault, server.requests), (Fault.NOT_SENT, []))

    def test_beside_an_own_authority_the_public_ones_are_not_trusted(self):
        authority = Authority()
        with https_peer(authority) as (server, folder), public(folder, authority.pem):
            self.assertEqual(call(server, None).status, 200)
            self.assertEqual(call(server, TlsOptions(Authority().pem)).fault, Fault.NOT_SENT)
            self.assertEqual(len(server.requests), 1)

    def test_one_of_several_authorities_is_enough(self):
        authority = Authority()
        with https_peer(authority) as (server, _folder):
            self.assertEqual(call(server, TlsOptions(Authority().pem + authority.pem)).status, 200)

    def test_authority_below_another_can_be_trusted_by_itself(self):
        below = Authority("Below", Authority("Root"))
        with https_peer(below) as (server, _folder):
            self.assertEqual(call(server, TlsOptions(below.pem)).status, 200)

    def test_host_of_another_name_is_not_trusted(self):
        authority = Authority()
        with https_peer(authority, "bank.example") as (server, _folder):
            answer = call(server, TlsOptions(authority.pem))
        self.assertEqual((answer.fault, server.requests), (Fault.NOT_SENT, []))

    def test_certificate_that_is_over_is_not_trusted(self):
        authority = Authority()
        with https_peer(authority, days=(-9, -1)) as (server, _folder):
            answer = call(server, TlsOptions(authority.pem))
        self.assertEqual((answer.fault, server.requests), (Fault.NOT_SENT, []))

    def test_context_verifies_and_takes_nothing_older_than_tls_1_2(self):
        for options in (TlsOptions(), TlsOptions(Authority().pem)):
            context = make_context(options)
            self.assertEqual(context.verify_mode, ssl.CERT_REQUIRED)
            self.assertTrue(context.check_hostname)
            self.assertGreaterEqual(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        self.assertEqual(make_context(TlsOptions()).get_ca_certs(), [])


@tagged("post_install", "-at_install")
class TestClientCertificate(BaseCase):
    def test_certificate_is_shown_to_a_server_that_wants_one(self):
        authority, theirs = Authority(), Authority("Theirs")
        certificate, key = theirs.issue("client.example")
        with https_peer(authority, client_ca=theirs.pem) as (server, folder):
            self.assertEqual(call(server, TlsOptions(authority.pem, certificate, key)).status, 200)
            # The public authorities go on where there is no own one.
            with public(folder, authority.pem):
                self.assertEqual(call(server, TlsOptions("", certificate, key)).status, 200)

    def test_certificates_on_the_way_to_the_authority_are_shown_too(self):
        authority, root = Authority(), Authority("Root")
        below = Authority("Below", root)
        certificate, key = below.issue("client.example")
        with https_peer(authority, client_ca=root.pem) as (server, _folder):
            options = TlsOptions(authority.pem, certificate + below.pem, key)
            self.assertEqual(call(server, options).status, 200)

    def test_nothing_arrives_without_the_certificate(self):
        authority, theirs = Authority(), Authority("Theirs")
        stranger = Authority("Stranger").issue("client.example")
        for most in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with https_peer(authority, client_ca=theirs.pem, most=most) as (server, _folder):
                for pair in (("", ""), stranger):
                    with self.subTest(most, has_certificate=bool(pair[0])):
                        answer = call(server, TlsOptions(authority.pem, *pair))
                        # From 1.3 on a server refuses when our request is on its way, and nobody knows how far it came.
                        is_told = most == ssl.TLSVersion.TLSv1_2
                        self.assertEqual(answer.fault, Fault.NOT_SENT if is_told else Fault.CONNECTION)
                        self.assertEqual(server.requests, [])

    def test_texts_around_certificate_and_key_do_no_harm(self):
        authority, theirs = Authority(), Authority("Theirs")
        certificate, key = theirs.issue("client.example")

        def as_pasted(pem):
            return "Bag Attributes\r\n  friendlyName: Bänk\r\n" + "".join(
                f"  {line}\r\n" for line in pem.splitlines()
            )

        options = TlsOptions(as_pasted(authority.pem), as_pasted(certificate), as_pasted(key))
        self.assertEqual(find_tls_faults(options), [])
        with https_peer(authority, client_ca=theirs.pem) as (server, _folder):
            self.assertEqual(call(server, options).status, 200)

    def test_key_is_left_nowhere(self):
        certificate, key = Authority().issue()
        for has_memory in (True, False):
            seen = []
            with (
                self.subTest(has_memory),
                tempfile.TemporaryDirectory() as folder,
                patch.object(tempfile, "tempdir", folder),
                patch.object(ssl.SSLContext, "load_cert_chain", _loading(seen)),
            ):
                with _memory(has_memory):
                    make_context(TlsOptions("", certificate, key))
                ((path, mode),) = seen
                self.assertEqual(path.startswith(folder), not has_memory)
                self.assertFalse(os.path.exists(path))
                self.assertEqual(os.listdir(folder), [])
                if not has_memory:
                    self.assertEqual(mode, 0o600)

    def test_representation_shows_no_key(self):
        self.assertNotIn(
            "key-canary", repr(HttpRequest("GET", "https://h/", tls=TlsOptions("", "", "key-canary")))
        )


def _loading(seen):
    """Return a loader that notes (path, mode) of what it loads in ``seen``."""
    load = ssl.SSLContext.load_cert_chain

    def spy(context, path, *args, **kwargs):
        seen.append((path, stat.S_IMODE(os.stat(path).st_mode)))
        return load(context, path, *args, **kwargs)

    return spy


@contextmanager
def _memory(is_there):
    if is_there:
        yield
        return
    with patch.object(tls.os, "memfd_create", create=True):
        del tls.os.memfd_create
        yield


@tagged("post_install", "-at_install")
class TestUnusableOptions(BaseCase):
    def unusable(self):
        """Return (options, their faults)."""
        certificate, key = Authority().issue()
        locked = key_pem(ec.generate_private_key(ec.SECP256R1()), "passphrase")
        broken = certificate.replace("M", "N", 3)
        return (
            (TlsOptions("no certificate"), ["ca"]),
            (TlsOptions(broken), ["ca"]),
            (TlsOptions(key), ["ca_secret", "ca"]),
            (TlsOptions("", "no certificate", key), ["certificate"]),
            (TlsOptions("", certificate, "no key"), ["key"]),
            (TlsOptions("", certificate, locked), ["key"]),
            (TlsOptions("", certificate, certificate), ["key"]),
            (TlsOptions("", certificate, Authority().issue()[1]), ["pair"]),
            (TlsOptions("", certificate), ["key_missing"]),
            (TlsOptions("", "", key), ["certificate_missing"]),
        )

    def test_each_fault_is_found(self):
        for options, faults in self.unusable():
            with self.subTest(faults):
                self.assertEqual(find_tls_faults(options), faults)

    def test_nothing_is_sent_with_what_cannot_be_used(self):
        with https_peer(Authority()) as (server, _folder):
            for options, faults in self.unusable():
                with self.subTest(faults):
                    answer = call(server, options)
                    self.assertEqual(answer.fault, Fault.NOT_SENT)
                    self.assertIn(answer.note, [TLS_FAULTS[code] for code in faults])
            self.assertEqual((server.requests, server.connections), ([], 0))

    def test_key_in_the_certificate_is_found(self):
        certificate, key = Authority().issue()
        self.assertEqual(find_tls_faults(TlsOptions("", certificate + key, key)), ["certificate_secret"])

    def test_certificates_that_are_over_or_early_are_found(self):
        authority = Authority(days=(-9, 9))
        options = TlsOptions(authority.pem, *authority.issue(days=(-2, 2)))
        now = datetime.now(UTC)
        for days, faults in (
            (0, []),
            (3, ["certificate_over"]),
            (-3, ["certificate_early"]),
            (10, ["ca_over", "certificate_over"]),
        ):
            with self.subTest(days):
                self.assertEqual(find_tls_faults(options, now + timedelta(days=days)), faults)

    def test_options_that_say_nothing_have_no_faults(self):
        self.assertEqual(find_tls_faults(TlsOptions()), [])

    @hypothesis_settings(max_examples=150, deadline=None, database=None)
    @given(
        *[st.one_of(st.text(), st.just("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"))] * 3
    )
    def test_any_text_is_a_fault_and_no_error(self, ca, certificate, key):
        options = TlsOptions(ca, certificate, key)
        self.assertLessEqual(set(find_tls_faults(options)), set(TLS_FAULTS))
        try:
            make_context(options)
        except TlsProblem as problem:
            self.assertIn(problem.code, TLS_FAULTS)
        else:
            self.assertEqual(options, TlsOptions())
