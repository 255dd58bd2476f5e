import gzip
import logging
import os
import socket
import struct
import tempfile
import threading
from unittest.mock import patch

import requests

from odoo.tests import BaseCase, tagged

from ..dispatch import transport
from ..dispatch.outcome import Fault
from ..dispatch.transport import HttpRequest, Transport
from .certificates import Authority, server_context, write_pem
from .loopback_peer import OK, PATIENCE, answering, peer, read_request

#: Deadline of the calls that must run into it, in seconds.
SHORT = 0.6
#: Deadline of the calls that must not.
LONG = 30


def call(port, seconds=LONG, scheme="http", **kwargs):
    kwargs.setdefault("body", b'{"a": 1}')
    request = HttpRequest("POST", f"{scheme}://127.0.0.1:{port}/disburse?k=query-secret", **kwargs)
    return Transport(seconds, "REF/1").send(request)


@tagged("post_install", "-at_install")
class TestTransport(BaseCase):
    def test_send_returns_status_body_and_only_the_kept_headers(self):
        raw = (
            b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nSet-Cookie: secret=1\r\n"
            b'X-CorrelationID: c-1\r\nContent-Length: 11\r\n\r\n{"a": "\xc3\xa9"}'
        )
        with peer(answering(raw)) as server:
            answer = call(server.port, headers={"Authorization": "Bearer t"})
        self.assertEqual((answer.fault, answer.status, answer.body), (Fault.NONE, 202, '{"a": "é"}'))
        self.assertEqual(answer.headers, {"content-type": "application/json", "x-correlationid": "c-1"})
        head, _sep, body = server.requests[0].partition(b"\r\n\r\n")
        self.assertEqual(body, b'{"a": 1}')
        self.assertIn(b"Authorization: Bearer t", head)
        self.assertIn(b"Accept-Encoding: identity", head)

    def test_undecodable_body_becomes_text_that_postgresql_takes(self):
        raw = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\x00\xffa"
        with peer(answering(raw)) as server:
            self.assertEqual(call(server.port).body, "\ufffd\ufffda")

    def test_error_statuses_are_answers_and_not_faults(self):
        for status in (400, 401, 408, 429, 500, 503):
            with (
                self.subTest(status=status),
                peer(answering(f"HTTP/1.1 {status} X\r\nContent-Length: 1\r\n\r\nx".encode())) as server,
            ):
                answer = call(server.port)
                self.assertEqual((answer.fault, answer.status, answer.body), (Fault.NONE, status, "x"))


@tagged("post_install", "-at_install")
class TestTransportNotSent(BaseCase):
    def test_refused_connection_is_not_sent(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.assertEqual(call(port).fault, Fault.NOT_SENT)

    def test_unknown_name_is_not_sent(self):
        with patch.object(socket, "getaddrinfo", side_effect=socket.gaierror(-2, "unknown")):
            self.assertEqual(call(1).fault, Fault.NOT_SENT)

    def test_slow_name_lookup_is_not_sent_and_does_not_outlive_the_deadline(self):
        gate, outlasted = threading.Event(), []
        with peer(answering(OK)) as server:
            real = socket.getaddrinfo("127.0.0.1", server.port, type=socket.SOCK_STREAM)

            def look_up(*args, **kwargs):
                outlasted.append(not gate.wait(PATIENCE))
                return real

            with patch.object(socket, "getaddrinfo", side_effect=look_up):
                answer = call(server.port, seconds=SHORT)
            self.assertEqual(outlasted, [])
            gate.set()
        self.assertEqual((answer.fault, server.requests), (Fault.NOT_SENT, []))

    def test_second_address_is_tried_when_the_first_refuses(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            closed = listener.getsockname()
        with peer(answering(OK)) as server:
            addresses = [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
                for address in (closed, ("127.0.0.1", server.port))
            ]
            with patch.object(socket, "getaddrinfo", return_value=addresses):
                self.assertEqual(call(server.port).status, 200)

    def test_spent_deadline_is_not_sent_and_opens_no_connection(self):
        with peer(answering(OK)) as server:
            self.assertEqual(call(server.port, seconds=0).fault, Fault.NOT_SENT)
        self.assertEqual(server.requests, [])

    def test_unusable_request_is_not_sent(self):
        for url in ("", "no-scheme", "ftp://127.0.0.1/", "http://", "http://[::1", "http://127.0.0.1:99999/"):
            with self.subTest(url=url):
                answer = Transport(LONG).send(HttpRequest("POST", url))
                self.assertEqual(answer.fault, Fault.NOT_SENT)

    def test_header_with_a_line_break_is_not_sent(self):
        with peer(answering(OK)) as server:
            answer = call(server.port, headers={"Authorization": "Bearer a\r\nX-Other: b"})
        self.assertEqual((answer.fault, server.requests), (Fault.NOT_SENT, []))

    def test_unverifiable_certificate_is_not_sent(self):
        with tempfile.TemporaryDirectory() as folder:
            context = server_context(folder, *Authority().issue())
            with peer(answering(OK), tls=context) as server:
                answer = call(server.port, scheme="https")
        self.assertEqual((answer.fault, server.requests), (Fault.NOT_SENT, []))

    def test_silent_tls_handshake_is_not_sent(self):
        def silent(connection, handle):
            handle.keep_silent(connection)

        with peer(silent, read=False) as server:
            self.assertEqual(call(server.port, seconds=SHORT, scheme="https").fault, Fault.NOT_SENT)
            self.assertFalse(server.outlasted)

    def test_unknown_failure_before_our_connection_is_not_called_not_sent(self):
        # Somebody has replaced a part of requests: it may have sent the request without our knowing.
        with patch.object(requests.adapters.HTTPAdapter, "send", side_effect=requests.ConnectionError("x")):
            self.assertEqual(call(1).fault, Fault.CONNECTION)
        with patch.object(requests.adapters.HTTPAdapter, "send", side_effect=requests.ReadTimeout("x")):
            self.assertEqual(call(1).fault, Fault.TIMEOUT)


@tagged("post_install", "-at_install")
class TestTransportDeadline(BaseCase):
    def assert_times_out(self, play):
        with peer(play) as server:
            answer = call(server.port, seconds=SHORT)
            self.assertFalse(server.outlasted)
        self.assertEqual((answer.fault, answer.body), (Fault.TIMEOUT, ""))
        self.assertEqual(len(server.requests), 1)

    def test_silence_after_the_request_times_out(self):
        self.assert_times_out(lambda connection, handle: handle.keep_silent(connection, OK))

    def test_dripped_header_times_out(self):
        def drip(connection, handle):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            handle.drip(connection, b"a", b"\r\nContent-Length: 2\r\n\r\n{}")

        self.assert_times_out(drip)

    def test_dripped_interim_answers_time_out(self):
        self.assert_times_out(
            lambda connection, handle: handle.drip(connection, b"HTTP/1.1 100 Continue\r\n\r\n", OK)
        )

    def test_dripped_body_times_out(self):
        def drip(connection, handle):
            length = int(PATIENCE / 0.05) + 1
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode())
            handle.drip(connection, b" ", b" ")

        self.assert_times_out(drip)

    def test_dripped_chunks_time_out(self):
        def drip(connection, handle):
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            handle.drip(connection, b"1\r\n \r\n", b"0\r\n\r\n")

        self.assert_times_out(drip)

    def test_dripped_body_without_a_length_is_no_answer(self):
        # Cutting the connection looks like the end of such a body, which must not pass for a whole answer.
        def drip(connection, handle):
            connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"header": {"status": "succ"}}')
            handle.drip(connection, b" ")

        self.assert_times_out(drip)

    def test_peer_that_does_not_read_the_request_times_out(self):
        def deaf(connection, handle):
            if not handle.stopped.wait(PATIENCE):
                handle.outlasted = True
                read_request(connection)
                connection.sendall(OK)

        with peer(deaf, read=False) as server:
            answer = call(server.port, seconds=SHORT, body=b"x" * 30_000_000)
            self.assertFalse(server.outlasted)
        self.assertEqual(answer.fault, Fault.TIMEOUT)

    def test_dripped_tls_answer_times_out(self):
        def drip(connection, handle):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            handle.drip(connection, b"a", b"\r\nContent-Length: 2\r\n\r\n{}")

        with tempfile.TemporaryDirectory() as folder:
            authority = Authority()
            context = server_context(folder, *authority.issue())
            public = write_pem(folder, authority.pem)
            trusted = patch.object(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", public)
            # Some versions of requests keep one context for the standard bundle; this test must not use it.
            unshared = patch.object(requests.adapters, "_preloaded_ssl_context", None, create=True)
            with peer(drip, tls=context) as server, trusted, unshared:
                answer = call(server.port, seconds=SHORT, scheme="https")
                self.assertFalse(server.outlasted)
        self.assertEqual((answer.fault, len(server.requests)), (Fault.TIMEOUT, 1))

    def test_calls_of_one_transport_share_the_deadline(self):
        def silent(connection, handle):
            handle.keep_silent(connection, OK)

        with peer(silent) as slow, peer(answering(OK)) as quick:
            shared = Transport(SHORT)
            first = shared.send(HttpRequest("POST", f"http://127.0.0.1:{slow.port}/"))
            second = shared.send(HttpRequest("POST", f"http://127.0.0.1:{quick.port}/"))
        self.assertEqual((first.fault, second.fault), (Fault.TIMEOUT, Fault.NOT_SENT))
        self.assertEqual(quick.requests, [])


@tagged("post_install", "-at_install")
class TestTransportBrokenAnswers(BaseCase):
    def test_reset_after_the_request_is_a_connection_fault(self):
        for sent in (b"", b"HTTP/1.1 200 OK\r\nContent-Le", OK.replace(b": 2", b": 200")):

            def reset(connection, handle, sent=sent):
                connection.sendall(sent)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

            with self.subTest(sent=sent), peer(reset) as server:
                self.assertEqual(call(server.port).fault, Fault.CONNECTION)
                self.assertEqual(len(server.requests), 1)

    def test_answer_that_ends_early_is_a_connection_fault(self):
        cut_off = (
            b"",
            b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}" * 50)[:-9],
        )
        for raw in cut_off:
            with self.subTest(raw=raw), peer(answering(raw)) as server:
                self.assertEqual(call(server.port).fault, Fault.CONNECTION)

    def test_rubbish_instead_of_http_is_a_connection_fault(self):
        with peer(answering(b"\x00\x01\x02 nonsense\r\n\r\n")) as server:
            self.assertEqual(call(server.port).fault, Fault.CONNECTION)

    def test_compressed_answer_is_read(self):
        packed = gzip.compress(b'{"a": 1}')
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
        with peer(answering(head.encode() + packed)) as server:
            self.assertEqual(call(server.port).body, '{"a": 1}')

    def test_largest_answer_is_read_and_one_byte_more_is_not(self):
        for size, fault in ((1000, Fault.NONE), (1001, Fault.TOO_LARGE)):
            for packed in (False, True):
                body = gzip.compress(b"x" * size) if packed else b"x" * size
                encoding = "Content-Encoding: gzip\r\n" if packed else ""
                head = f"HTTP/1.1 200 OK\r\n{encoding}Content-Length: {len(body)}\r\n\r\n"
                with (
                    self.subTest(size=size, packed=packed),
                    patch.object(transport, "MAX_ANSWER_BYTES", 1000),
                    peer(answering(head.encode() + body)) as server,
                ):
                    answer = call(server.port)
                    self.assertEqual(answer.fault, fault)
                    self.assertEqual(len(answer.body), size if fault is Fault.NONE else 0)

    def test_endless_answer_is_too_large(self):
        def endless(connection, handle):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not handle.stopped.is_set():
                connection.sendall(b"x" * 65536)

        with patch.object(transport, "MAX_ANSWER_BYTES", 200_000), peer(endless) as server:
            self.assertEqual(call(server.port).fault, Fault.TOO_LARGE)


@tagged("post_install", "-at_install")
class TestTransportTrust(BaseCase):
    def test_redirect_is_not_followed(self):
        with peer(answering(OK)) as target:
            for status in (301, 302, 303, 307, 308):
                raw = (
                    f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:{target.port}/\r\n"
                    "Content-Length: 0\r\n\r\n"
                )
                with self.subTest(status=status), peer(answering(raw.encode())) as server:
                    answer = call(server.port)
                    self.assertEqual((answer.fault, answer.status), (Fault.REDIRECT, status))
        self.assertEqual(target.requests, [])

    def test_body_of_a_redirect_is_not_read(self):
        def endless(connection, handle):
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n")
            handle.drip(connection, b" ")

        # Reading it would end in the deadline, which is told apart from a redirect.
        with peer(endless) as server:
            self.assertEqual(call(server.port, seconds=SHORT * 3).fault, Fault.REDIRECT)

    def test_proxies_of_the_environment_are_ignored(self):
        with peer(answering(OK)) as server, peer(answering(OK)) as proxy:
            where = f"http://127.0.0.1:{proxy.port}"
            with patch.dict(os.environ, {"HTTP_PROXY": where, "http_proxy": where, "ALL_PROXY": where}):
                self.assertEqual(call(server.port).status, 200)
        self.assertEqual((len(server.requests), proxy.requests), (1, []))

    def test_netrc_of_the_environment_is_ignored(self):
        with tempfile.NamedTemporaryFile("w", suffix="netrc") as netrc, peer(answering(OK)) as server:
            netrc.write("machine 127.0.0.1 login l password p\n")
            netrc.flush()
            with patch.dict(os.environ, {"NETRC": netrc.name}):
                call(server.port)
        self.assertNotIn(b"Authorization", server.requests[0])

    def test_log_holds_no_secret_and_no_payee(self):
        # Levels by number: Odoo gives the name INFO to another level of its own.
        with (
            peer(answering(OK)) as server,
            self.assertLogs("urllib3", logging.DEBUG) as theirs,
            self.assertLogs(transport.__name__, logging.INFO) as ours,
        ):
            logging.getLogger("urllib3.connectionpool").debug("before")
            call(server.port, headers={"Authorization": "Bearer header-secret"}, body=b"payee-name")
            logging.getLogger("urllib3.connectionpool").debug("after")
        self.assertEqual([record.getMessage() for record in theirs.records], ["before", "after"])
        (line,) = ours.output
        self.assertIn("POST /disburse: status=200 fault=- reference=REF/1", line)
        for secret in ("header-secret", "query-secret", "payee-name"):
            self.assertNotIn(secret, line)

    def test_representation_of_a_request_shows_no_secret_and_no_payee(self):
        shown = repr(HttpRequest("POST", "https://h/", b"payee-name", {"Authorization": "header-secret"}))
        self.assertNotIn("payee-name", shown)
        self.assertNotIn("header-secret", shown)
