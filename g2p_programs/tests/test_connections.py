import socket
import struct
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..dispatch import connections, transport
from ..dispatch.outcome import Fault
from ..dispatch.tls import TlsOptions
from ..dispatch.transport import ConnectionPool, HttpRequest, Transport
from .certificates import Authority, server_context
from .loopback_peer import OK, PATIENCE, keeping, peer, read_request

#: Deadline of the calls that must run into it, in seconds, and of those that must not.
SHORT = 0.6
LONG = 30
PAID = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"paid": "all"}'


@contextmanager
def served(play, is_tls=False):
    """Serve connections with ``play``; gives the peer, and what a call needs to reach it."""
    if not is_tls:
        with peer(play, read=False) as server:
            yield server, {"url": f"http://127.0.0.1:{server.port}"}
        return
    authority = Authority()
    with tempfile.TemporaryDirectory() as folder:
        context = server_context(folder, *authority.issue())
        with peer(play, read=False, tls=context) as server:
            yield server, {"url": f"https://127.0.0.1:{server.port}", "tls": TlsOptions(authority.pem)}


def call(where, pool, seconds=LONG, body=b"{}", **kwargs):
    request = HttpRequest("POST", f"{where['url']}/disburse", body, tls=where.get("tls"), **kwargs)
    return Transport(seconds, "REF/1", pool).send(request)


def silent(_request, connection, handle):
    handle.keep_silent(connection, OK)


def drip_head(_request, connection, handle):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    handle.drip(connection, b"a", b"\r\nContent-Length: 2\r\n\r\n{}")


def drip_body(_request, connection, handle):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
    handle.drip(connection, b" ")


def reset(_request, connection, _handle):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(_request, _connection, _handle):
    return None


def echo(request, _connection, _handle):
    """Answer with the body of the request."""
    body = request.partition(b"\r\n\r\n")[2]
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@tagged("post_install", "-at_install")
class TestKeptConnections(BaseCase):
    def test_calls_of_a_pool_share_a_connection(self):
        for is_tls in (False, True):
            with (
                self.subTest(is_tls),
                served(keeping(), is_tls) as (server, where),
                ConnectionPool(4) as pool,
            ):
                answers = [call(where, pool) for _turn in range(3)]
                self.assertEqual([(one.fault, one.status) for one in answers], [(Fault.NONE, 200)] * 3)
                self.assertEqual((len(server.requests), server.connections), (3, 1))
                self.assertIn(b"Connection: keep-alive", server.requests[0])

    def test_calls_without_a_pool_have_a_connection_each(self):
        with served(keeping()) as (server, where):
            for _turn in range(2):
                self.assertEqual(call(where, None).status, 200)
            self.assertTrue(server.wait_until_closed())
            self.assertEqual(server.connections, 2)
            self.assertIn(b"Connection: close", server.requests[0])

    def test_answer_of_any_kind_of_length_can_be_followed_by_another(self):
        for raw in (
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            b"HTTP/1.1 500 Broken\r\nContent-Length: 1\r\n\r\nx",
            b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
            b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=99\r\nContent-Length: 2\r\n\r\n{}",
        ):
            with self.subTest(raw=raw), served(keeping(raw)) as (server, where), ConnectionPool(1) as pool:
                for _turn in range(2):
                    self.assertEqual(call(where, pool).fault, Fault.NONE)
                self.assertEqual((len(server.requests), server.connections), (2, 1))

    def test_kept_connections_are_closed_with_the_pool(self):
        with served(keeping()) as (server, where):
            with ConnectionPool(1) as pool:
                call(where, pool)
            self.assertTrue(server.wait_until_closed())
            # A straggler finds a pool that keeps nothing any more.
            self.assertEqual(call(where, pool).status, 200)
            self.assertTrue(server.wait_until_closed())
            self.assertEqual(server.connections, 2)

    def test_connection_that_one_certificate_has_opened_is_used_for_no_other(self):
        with served(keeping(), is_tls=True) as (server, where), ConnectionPool(4) as pool:
            trusted = where["tls"].ca
            ours = Authority().issue("client.example")
            theirs = Authority().issue("client.example")
            for options in (TlsOptions(trusted, *ours), TlsOptions(trusted, *theirs), TlsOptions(trusted)):
                self.assertEqual(call({**where, "tls": options}, pool).status, 200)
            self.assertEqual(server.connections, 3)


@tagged("post_install", "-at_install")
class TestConnectionsNotUsedAgain(BaseCase):
    def assert_not_used_again(self, play, fault, seconds=LONG, is_tls=False):
        """Have the same answer twice, on two connections: a place that was not given back would be a fault."""
        with served(play, is_tls) as (server, where), ConnectionPool(1) as pool:
            for _turn in range(2):
                self.assertEqual(call(where, pool, seconds).fault, fault)
            self.assertFalse(server.outlasted)
            self.assertEqual((len(server.requests), server.connections), (2, 2))

    def test_connection_that_was_cut_is_not_used_again(self):
        for play in (silent, drip_head, drip_body):
            with self.subTest(play.__name__):
                self.assert_not_used_again(keeping(play), Fault.TIMEOUT, SHORT)

    def test_connection_that_broke_is_not_used_again(self):
        for play in (reset, hang_up):
            with self.subTest(play.__name__):
                self.assert_not_used_again(keeping(play), Fault.CONNECTION)

    def test_connection_with_a_redirect_is_not_used_again(self):
        raw = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        self.assert_not_used_again(keeping(raw), Fault.REDIRECT)

    def test_connection_with_an_unread_answer_is_not_used_again(self):
        large = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000
        cut = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"
        for raw, fault in ((large, Fault.TOO_LARGE), (cut, Fault.CONNECTION)):
            with self.subTest(fault), patch.object(transport, "MAX_ANSWER_BYTES", 1000):
                self.assert_not_used_again(keeping(raw), fault)

    def test_server_that_says_close_is_believed(self):
        for raw in (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
            b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\n{}",
            b"HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\n",
        ):
            with self.subTest(raw=raw):
                self.assert_not_used_again(keeping(raw), Fault.NONE)

    def test_connection_that_was_idle_for_long_is_not_used_again(self):
        with patch.object(connections, "IDLE_SECONDS", 1e-9):
            self.assert_not_used_again(keeping(), Fault.NONE)

    def test_second_answer_to_one_request_is_nobodys(self):
        for is_tls in (False, True):
            with self.subTest(is_tls):
                with served(keeping(OK + PAID), is_tls) as (server, where), ConnectionPool(1) as pool:
                    self.assertEqual([call(where, pool).body for _turn in range(2)], ["{}", "{}"])
                    self.assertEqual(server.connections, 2)

    def test_what_comes_between_two_calls_is_nobodys(self):
        for is_tls in (False, True):
            heard, said = threading.Event(), threading.Event()

            def chatter(connection, handle, heard=heard, said=said):
                if handle.connections > 1:
                    return keeping()(connection, handle)
                handle.requests.append(read_request(connection))
                connection.sendall(OK)
                heard.wait(PATIENCE)
                connection.sendall(PAID)
                said.set()
                return handle.stopped.wait(PATIENCE)

            with self.subTest(is_tls), served(chatter, is_tls) as (server, where), ConnectionPool(1) as pool:
                call(where, pool)
                heard.set()
                self.assertTrue(said.wait(PATIENCE))
                self.assertEqual(call(where, pool).body, "{}")
                self.assertEqual(server.connections, 2)

    def test_connection_that_the_server_has_dropped_is_replaced_unseen(self):
        def once(connection, handle):
            handle.requests.append(read_request(connection))
            connection.sendall(OK)

        for is_tls in (False, True):
            with self.subTest(is_tls), served(once, is_tls) as (server, where), ConnectionPool(1) as pool:
                for turn in range(1, 4):
                    answer = call(where, pool)
                    self.assertEqual((answer.fault, answer.status), (Fault.NONE, 200))
                    self.assertTrue(server.wait_until_closed())
                    self.assertEqual((len(server.requests), server.connections), (turn, turn))


@tagged("post_install", "-at_install")
class TestPromisesOnKeptConnections(BaseCase):
    def test_deadline_cuts_a_kept_connection(self):
        for is_tls in (False, True):
            for play in (silent, drip_head, drip_body):
                with (
                    self.subTest(play.__name__, is_tls=is_tls),
                    served(keeping(OK, play), is_tls) as (server, where),
                    ConnectionPool(1) as pool,
                ):
                    self.assertEqual(call(where, pool).status, 200)
                    self.assertEqual(call(where, pool, SHORT).fault, Fault.TIMEOUT)
                    self.assertFalse(server.outlasted)
                    self.assertEqual((len(server.requests), server.connections), (2, 1))
                    self.assertEqual(call(where, pool).status, 200)
                    self.assertEqual(server.connections, 2)

    def test_request_that_was_handed_to_a_kept_connection_is_not_called_not_sent(self):
        # Also not sent a second time: the first may have arrived.
        for play in (reset, hang_up):
            with (
                self.subTest(play.__name__),
                served(keeping(OK, play)) as (server, where),
                ConnectionPool(1) as pool,
            ):
                self.assertEqual(call(where, pool).status, 200)
                self.assertEqual(call(where, pool).fault, Fault.CONNECTION)
                self.assertEqual((len(server.requests), server.connections), (2, 1))

    def test_server_that_hangs_up_while_the_request_goes_out_is_not_called_not_sent(self):
        with served(keeping()) as (server, where), ConnectionPool(1) as pool:
            self.assertEqual(call(where, pool).status, 200)
            with (
                patch.object(connections.HTTPConnection, "send", side_effect=BrokenPipeError),
                patch.object(connections.HTTPConnection, "getresponse", side_effect=ConnectionResetError),
            ):
                self.assertEqual(call(where, pool).fault, Fault.CONNECTION)
            self.assertEqual(call(where, pool).status, 200)
            self.assertEqual(server.connections, 2)

    def test_what_fails_before_the_first_byte_is_not_sent(self):
        with served(keeping()) as (server, where), ConnectionPool(1) as pool:
            self.assertEqual(call(where, pool).status, 200)
            with patch.object(connections.HTTPConnection, "putrequest", side_effect=ValueError):
                self.assertEqual(call(where, pool).fault, Fault.NOT_SENT)
            self.assertEqual(call(where, pool, headers={"X-Key": "a\r\nb"}).fault, Fault.NOT_SENT)
            self.assertEqual(call(where, pool, seconds=0).fault, Fault.NOT_SENT)
            self.assertEqual(len(server.requests), 1)

    def test_failures_give_their_place_back(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            closed = {"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}
        bad = {"url": "https://127.0.0.1:1", "tls": TlsOptions("no certificate")}
        with ConnectionPool(1) as pool:
            for where in (closed, bad):
                answers = [call(where, pool) for _turn in range(3)]
                self.assertEqual({one.fault for one in answers}, {Fault.NOT_SENT})
                # Waiting for a place in vain would have another name.
                self.assertEqual(len({one.note for one in answers}), 1)
                self.assertNotIn("no free connection", answers[0].note)


@tagged("post_install", "-at_install")
class TestManyThreads(BaseCase):
    def test_at_most_so_many_connections_are_open(self):
        for is_tls in (False, True):
            with (
                self.subTest(is_tls),
                served(keeping(echo), is_tls) as (server, where),
                ConnectionPool(3) as pool,
                ThreadPoolExecutor(16) as threads,
            ):
                bodies = [f"payment {number}".encode() for number in range(80)]
                answers = list(threads.map(lambda body: call(where, pool, body=body), bodies))
                self.assertEqual([one.body.encode() for one in answers], bodies)
                self.assertLessEqual(server.most_at_once, 3)
                self.assertEqual(server.connections, server.most_at_once)

    def test_hosts_do_not_wait_for_each_other(self):
        with (
            served(keeping(silent)) as (_slow, slow),
            served(keeping()) as (_quick, quick),
            ConnectionPool(1) as pool,
            ThreadPoolExecutor(1) as threads,
        ):
            waiting = threads.submit(call, slow, pool, SHORT)
            self.assertEqual(call(quick, pool).status, 200)
            self.assertEqual(waiting.result().fault, Fault.TIMEOUT)

    def test_waiting_for_a_connection_ends_with_the_deadline_and_sends_nothing(self):
        gate, arrived = threading.Event(), threading.Event()

        def hold(_request, _connection, _handle):
            arrived.set()
            gate.wait(PATIENCE)
            return OK

        with (
            served(keeping(hold)) as (server, where),
            ConnectionPool(1) as pool,
            ThreadPoolExecutor(1) as one,
        ):
            first = one.submit(call, where, pool)
            self.assertTrue(arrived.wait(PATIENCE))
            answer = call(where, pool, SHORT)
            self.assertEqual(answer.fault, Fault.NOT_SENT)
            self.assertEqual(answer.note, "no free connection before the deadline")
            self.assertEqual(len(server.requests), 1)
            gate.set()
            self.assertEqual(first.result().status, 200)
            self.assertEqual(call(where, pool).status, 200)

    def test_threads_go_on_after_others_were_cut(self):
        def sometimes(request, connection, handle):
            return (
                silent(request, connection, handle)
                if b"slow" in request
                else echo(request, connection, handle)
            )

        with served(keeping(sometimes)) as (server, where), ConnectionPool(3) as pool:
            with ThreadPoolExecutor(6) as threads:
                bodies = [b"slow" if number % 4 == 0 else b"%d" % number for number in range(24)]
                answers = list(
                    threads.map(
                        lambda body: call(where, pool, SHORT if body == b"slow" else LONG, body=body), bodies
                    )
                )
            for body, answer in zip(bodies, answers, strict=True):
                if body == b"slow":
                    self.assertIn(answer.fault, (Fault.TIMEOUT, Fault.NOT_SENT))
                else:
                    self.assertEqual((answer.fault, answer.body.encode()), (Fault.NONE, body))
