"""What is called back is stored where it is believed, and nothing is touched where it is not."""

import json
import logging
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.g2p_programs.dispatch import claim, news

from .. import const
from ..controllers import bad_calls
from ..controllers import callback as controller
from ..envelope import Envelope
from ..protection import PeerKey, Protection
from ..settings import Settings
from .common import G2PConnectManagerCase
from .protection_case import key_pair

(ED25519, OUR_PUBLIC), (OTHER_ED25519, THEIR_PUBLIC) = (
    key_pair("ed25519", owner) for owner in ("our", "their")
)
BASE = "https://odoo.example.org"
CANARY = "canary-callback-88c1"
ASYNC = {"api_mode": "async", "callback_base_url": BASE, "receiver_id": "t-bank"}


class ConnectCallbackCase(G2PConnectManagerCase, HttpCase):
    #: More of the manager's settings.
    manager_more = {}

    def setUp(self):
        super().setUp()
        self.cycle, self.manager, self.submission = self.make_open(manager=ASYNC | self.manager_more)
        call = claim.claim(self.env, self.submission.id)
        self.assertTrue(call)
        self.references = self.submission._get_data().references
        self.env.flush_all()
        patcher = patch.object(controller, "_bad_calls", bad_calls.BadCalls())
        patcher.start()
        self.addCleanup(patcher.stop)

    @property
    def path(self):
        return self.manager._get_callback_url().removeprefix(BASE)

    def message(self, rows=None, **changes):
        """Return a DisburseResponse as text: all of them paid, unless told otherwise."""
        told = dict.fromkeys(self.references, "succ") if rows is None else rows
        content = {
            "transaction_id": self.submission.key,
            "disbursements_status": [
                {"reference_id": reference, "timestamp": "2026-11-20T10:00:00+00:00", "status": status}
                for reference, status in told.items()
            ],
            **changes,
        }
        return json.dumps(content)

    def body(self, message=None, action="on-disburse", protection=None, **header):
        """Return (bytes, headers) as the payment system sends them."""
        settings = Settings(sender_id="t-bank", receiver_id="t-sender")
        made, headers = Envelope(settings, protection or Protection()).close(
            action, 1, message or self.message()
        )
        if not protection:
            whole = json.loads(made)
            whole["header"] |= {"status": "succ"} | header
            made = json.dumps(whole).encode()
        return made, headers

    def call(self, body, headers=None, path=None, what="/on-disburse"):
        made = {"Content-Type": "application/json"} | (headers or {})
        return self.url_open((path or self.path) + what, data=body, headers=made)

    def stored(self):
        self.env.invalidate_all()
        return self.submission.exchange_ids.filtered(lambda one: one.kind == "callback")

    def untouched(self):
        """Return everything that a callback could change."""
        self.env.invalidate_all()
        jobs = self.env["queue.job"].search_count([("method_name", "=", "_job_apply")])
        payments = self.submission.payment_ids.read(["state", "status", "disputed", "write_date"])
        return self.submission.read(), payments, len(self.stored()), self.manager.read(), jobs

    def assert_refused(self, status, *args, **kwargs):
        before = self.untouched()
        response = self.call(*args, **kwargs)
        self.assertEqual(response.status_code, status)
        self.assertEqual(self.untouched(), before)
        return response


@tagged("post_install", "-at_install")
class TestCallback(ConnectCallbackCase):
    def test_callback_is_acknowledged_stored_and_left_to_a_job(self):
        before = self.submission.payment_ids.mapped("state")
        response = self.call(self.body()[0])
        self.assertEqual(response.status_code, 200)
        ack = response.json()["message"]
        self.assertEqual(ack["ack_status"], "ACK")
        self.assertTrue(ack["timestamp"] and ack["correlation_id"])
        self.assertNotIn("Set-Cookie", response.headers)
        exchange = self.stored()
        self.assertEqual((len(exchange), exchange.key), (1, self.submission.key))
        self.assertEqual(self.submission.pending_exchange_ids, exchange)
        self.assertEqual(self.submission.payment_ids.mapped("state"), before, "applied by the job only")
        self.assertFalse(exchange.asked_at, "it answers no question")
        job = self.env["queue.job"].search([("method_name", "=", "_job_apply")])
        self.assertEqual(len(job), 1)
        news.apply_pending(self.env, self.submission.id)
        self.env.invalidate_all()
        self.assertEqual(set(self.submission.payment_ids.mapped("status")), {"paid"})

    def test_found_while_the_call_runs_its_acknowledgement_settles_the_submission(self):
        self.assertEqual(self.submission.state, "sending")
        self.call(self.body()[0])
        news.apply_pending(self.env, self.submission.id)
        self.assertEqual((self.submission.state, self.submission.ever_unknown), ("sending", True))

    def test_replay_is_acknowledged_alike_and_stored_once(self):
        body = self.body()[0]
        first = self.call(body).json()["message"]["correlation_id"]
        after = self.untouched()
        for _time in range(3):
            response = self.call(body)
            self.assertEqual(response.json()["message"]["correlation_id"], first)
        self.assertEqual(self.untouched(), after)

    def test_message_that_is_delivered_again_with_another_signature_is_the_same(self):
        message = self.message()
        self.call(self.body(message, message_id="one", message_ts="2026-11-20T10:00:00Z")[0])
        self.call(self.body(message, message_id="one", message_ts="2026-11-20T10:05:00Z")[0])
        self.assertEqual(len(self.stored()), 1)

    def test_other_news_under_the_same_message_id_is_not_lost(self):
        self.call(self.body(self.message({self.references[0]: "pdng"}), message_id="one")[0])
        self.call(self.body(self.message({self.references[0]: "succ"}), message_id="one")[0])
        self.assertEqual(len(self.stored()), 2)

    def test_parts_are_applied_one_after_the_other(self):
        for reference in reversed(self.references):
            self.call(self.body(self.message({reference: "succ"}))[0])
        self.assertEqual(len(self.stored()), len(self.references))
        self.assertEqual(self.env["queue.job"].search_count([("method_name", "=", "_job_apply")]), 1)
        news.apply_pending(self.env, self.submission.id)
        self.env.invalidate_all()
        self.assertEqual(set(self.submission.payment_ids.mapped("status")), {"paid"})

    def test_what_is_nobodys_is_acknowledged_and_touches_nothing(self):
        other = self.make_manager(self.make_program(), **ASYNC)
        for transaction in ("", "nobody", None, ["x"], self.submission.key + " "):
            with self.subTest(transaction):
                self.assert_refused(200, self.body(self.message(transaction_id=transaction))[0])
        foreign = other._get_callback_url().removeprefix(BASE)
        self.assert_refused(200, self.body()[0], path=foreign)

    def test_rows_of_others_change_nothing(self):
        self.call(self.body(self.message({"PAY-OF-NOBODY": "succ"}))[0])
        before = self.submission.payment_ids.read(["state", "status", "disputed"])
        news.apply_pending(self.env, self.submission.id)
        self.env.invalidate_all()
        self.assertEqual(self.submission.payment_ids.read(["state", "status", "disputed"]), before)
        self.assertEqual(self.submission.last_code, "other.references")

    def test_key_of_before_is_found_and_contradicts(self):
        """A submission was refused and gets a new key; then the payment system says that it paid under the old one."""
        key = self.submission.key
        self.env["g2p.payment.exchange"].create(
            {
                "submission_id": self.submission.id,
                "kind": "submit",
                "key": key,
                "claim_token": self.submission.claim_token,
                "references": list(self.references),
                "settings": self.submission.settings,
            }
        )
        body = self.body()[0]
        self.submission._guarded_write({"state": "queued", "key": False, "settings": False})
        self.env.flush_all()
        self.call(body)
        exchange = self.stored()
        self.assertEqual((exchange.key, exchange.settings["sender_id"]), (key, "t-sender"))
        news.apply_pending(self.env, self.submission.id)
        self.env.invalidate_all()
        self.assertTrue(self.submission.attention)
        self.assertTrue(all(self.submission.payment_ids.mapped("disputed")))

    def test_every_kind_has_its_path(self):
        for what, kind in const.CALLBACK_PATHS.items():
            with self.subTest(what):
                before = len(self.stored())
                action = {"on-status": "txn-on-status"}.get(kind, kind)
                self.assertEqual(self.call(self.body(action=action)[0], what=what).status_code, 200)
                exchange = self.stored()[:1]
                self.assertEqual((len(self.stored()), exchange.code), (before + 1, kind))

    # ---- what is refused --------------------------------------------------------------------------------------
    def test_wrong_addresses_are_refused_without_a_word(self):
        token = self.path.rpartition("/")[2]
        base = "/g2p_payment_g2p_connect/callback"
        other = self.make_manager(self.make_program(), **ASYNC)
        paths = (
            f"{base}/{self.manager.id}/{'0' * 64}",
            f"{base}/{self.manager.id}/{token[:-1]}",
            f"{base}/{self.manager.id}/%C5%BC",
            f"{base}/{other.id}/{token}",
            f"{base}/999999/{token}",
        )
        answers = set()
        for path in paths:
            with self.subTest(path):
                answers.add(self.assert_refused(401, self.body()[0], path=path).text)
        self.assertEqual(len(answers), 1, "nothing can be learnt from what is told")
        self.assertNotIn("T Connect", answers.pop())

    def test_synchronous_manager_and_neutralized_copy_take_none(self):
        path, body = self.path, self.body()[0]
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.assert_refused(401, body, path=path)
        self.env["ir.config_parameter"].set_param("database.is_neutralized", False)
        self.manager.sudo()._write({"api_mode": "sync"})
        self.env.invalidate_all()
        self.assert_refused(401, body, path=path)

    def test_renewed_address_refuses_the_old_one(self):
        old = self.path
        self.manager.with_user(self.officer).action_renew_callback_address()
        self.assertNotEqual(self.path, old)
        self.assert_refused(401, self.body()[0], path=old)
        self.assertEqual(self.call(self.body()[0]).status_code, 200)

    def test_unreadable_and_foreign_messages_are_refused_and_touch_nothing(self):
        bodies = (
            b"\xff\xfe",
            b"[]",
            b"{",
            b'{"header": 1, "message": {}}',
            self.body(receiver_id="somebody else")[0],
            self.body(sender_id="another bank")[0],
            self.body(action="on-search")[0],
            self.body(version="2.0.0")[0],
        )
        for body in bodies:
            with self.subTest(body[:40]):
                response = self.assert_refused(200, body)
                self.assertEqual(response.json()["message"]["ack_status"], "ERR")

    def test_too_large_body_is_not_read(self):
        with patch.object(const, "MAX_CALLBACK_BYTES", 100):
            self.assert_refused(413, b" " * 101)

    def test_other_paths_are_nobodys(self):
        self.assert_refused(404, self.body()[0], what="/on-whatever")

    def test_caller_that_is_wrong_too_often_is_not_looked_at_for_a_while(self):
        now = [0.0]
        with patch.object(controller, "_bad_calls", bad_calls.BadCalls(lambda: now[0])):
            with patch.object(controller._logger, "info") as log:
                for _time in range(bad_calls.MOST):
                    self.assertEqual(self.call(b"{").status_code, 200)
            self.assertEqual(log.call_count, 1, "one line a window")
            self.assert_refused(429, self.body()[0])
            now[0] += bad_calls.SECONDS
            self.assertEqual(self.call(self.body()[0]).json()["message"]["ack_status"], "ACK")

    def test_address_of_no_number_that_a_manager_can_have_is_nobodys(self):
        token = self.path.rpartition("/")[2]
        for number in (0, -1, 2**31, 2**64):
            with self.subTest(number):
                path = f"/g2p_payment_g2p_connect/callback/{number}/{token}"
                self.assertIn(self.call(self.body()[0], path=path).status_code, (401, 404))
        self.assertFalse(self.stored())

    def test_settings_that_are_not_written_yet_count(self):
        number, token = self.manager.id, self.path.rpartition("/")[2]
        model = self.env[self.manager._name].sudo()
        self.manager.callback_token = CANARY
        self.assertTrue(model._find_called_back(number, token)._is_callback_authorized(f"Bearer {CANARY}"))
        self.manager.callback_salt = "another"
        self.assertFalse(model._find_called_back(number, token))

    def test_address_is_in_no_line_of_the_access_log(self):
        secret = self.path.rpartition("/")[2]
        with self.assertLogs("werkzeug", logging.INFO) as log:
            werkzeug = logging.getLogger("werkzeug")
            line = f"POST {self.path}/on-disburse?a=b HTTP/1.1"
            werkzeug.info('127.0.0.1 - - [day] "%s" %s %s', line, 200, "-")
            werkzeug.info("%(line)s", {"line": "no address at all"})
            werkzeug.info(line)
        self.assertNotIn(secret, "".join(log.output))
        told = f"/callback/{self.manager.id}/***/on-disburse?a=b HTTP/1.1"
        self.assertEqual([told in one for one in log.output], [True, False, True])


@tagged("post_install", "-at_install")
class TestCallbackStatements(ConnectCallbackCase):
    """How many statements a callback costs, Odoo's own for a request left out."""

    def count(self, body):
        token = self.path.rpartition("/")[2]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        manager = self.env[self.manager._name].sudo()._find_called_back(self.manager.id, token)
        found = self.cr.sql_log_count
        manager._take_callback("on-disburse", body, {})
        return found - before, self.cr.sql_log_count - found

    def test_number_is_one_for_the_manager_and_one_for_storing_while_a_job_waits(self):
        self.call(self.body()[0])
        rows = {f"X{number}": "succ" for number in range(500)}
        for told in ({self.references[0]: "succ"}, rows):
            self.assertEqual(self.count(self.body(self.message(told))[0]), (1, 1))
        self.assertEqual(len(self.stored()), 3)
        self.assertEqual(self.env["queue.job"].search_count([("method_name", "=", "_job_apply")]), 1)

    def test_number_is_small_for_what_comes_again_or_is_nobodys(self):
        body = self.body()[0]
        self.call(body)
        self.assertEqual(self.count(body), (1, 3))
        self.assertEqual(self.count(self.body(self.message(transaction_id="nobody"))[0]), (1, 2))
        self.assertEqual(self.count(self.body(self.message(transaction_id=""))[0]), (1, 0))
        self.assertEqual(len(self.stored()), 1)

    def test_next_callback_after_a_job_has_begun_leaves_another_one(self):
        self.call(self.body(self.message({self.references[0]: "succ"}))[0])
        jobs = self.env["queue.job"].search([("method_name", "=", "_job_apply")])
        jobs.state = "started"
        self.env.flush_all()
        self.call(self.body(self.message({self.references[1]: "succ"}))[0])
        waiting = [("method_name", "=", "_job_apply"), ("state", "=", "pending")]
        self.assertEqual(self.env["queue.job"].search_count(waiting), 1)


@tagged("post_install", "-at_install")
class TestCallbackWithToken(ConnectCallbackCase):
    manager_more = {"callback_token": CANARY}

    def test_token_is_wanted_before_anything_is_read(self):
        body = self.body()[0]
        for authorization in (None, "", "Bearer", "Bearer x", f"Basic {CANARY}", CANARY, f"Bearer {CANARY}x"):
            with self.subTest(authorization):
                headers = {"Authorization": authorization} if authorization else {}
                response = self.assert_refused(401, body, headers)
                self.assertNotIn(CANARY, response.text)
        self.assertEqual(self.call(body, {"Authorization": f"Bearer {CANARY}"}).status_code, 200)
        self.assertEqual(len(self.stored()), 1)


@tagged("post_install", "-at_install")
class TestCallbackWithSignature(ConnectCallbackCase):
    manager_more = {
        "signer": "http_signature",
        "signing_key": ED25519,
        "signing_key_id": "ours",
        "peer_key_id": "theirs",
        "peer_key": THEIR_PUBLIC,
    }

    def signed(self, key=OTHER_ED25519, key_id="theirs", **changes):
        protection = Protection(
            signer="http_signature",
            signing_key=key,
            signing_key_id=key_id,
            peer_keys=(PeerKey("ours", OUR_PUBLIC),),
            **changes,
        )
        return self.body(protection=protection)[0]

    def test_only_what_is_signed_rightly_is_taken(self):
        right = self.signed()
        wrong = {
            "unsigned": self.body()[0],
            "another key": self.signed(key=ED25519),
            "unknown key": self.signed(key_id="ours"),
            "changed": right.replace(b'"succ"', b'"rjct"', 1),
            "changed message": right.replace(self.references[0].encode(), b"PAY-X", 1),
        }
        for name, body in wrong.items():
            with self.subTest(name):
                response = self.assert_refused(401, body)
                self.assertNotIn("signature", response.text)
        self.assertEqual(self.call(right).json()["message"]["ack_status"], "ACK")
        self.assertEqual(len(self.stored()), 1)

    def test_next_key_is_believed_beside_the_present_one(self):
        self.manager.write({"peer_next_key_id": "next", "peer_next_key": OUR_PUBLIC})
        self.env.flush_all()
        self.assertEqual(self.call(self.signed()).status_code, 200)
        self.assertEqual(self.call(self.signed(ED25519, "next")).status_code, 200)
