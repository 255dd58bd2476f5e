"""Every way in which callbacks can go wrong, and what Odoo makes of it: nobody paid twice, nothing lost from sight.

A batch has three payments: the payment system pays two and refuses the third. Each case is one line of a table: what
goes wrong, what is known once everything was called back that will be, and what is known when somebody asked.
"""

import unittest
from dataclasses import dataclass, field
from unittest.mock import patch

from odoo.addons.g2p_programs.dispatch.tokens import TokenCache

from tests.simulators.g2p_connect.knobs import ACK_PLAYS, CALLBACK_PLAYS

from .g2p_connect_async_case import G2PConnectAsyncCase
from .g2p_connect_case import REFUSED
from .rail_case import Tally
from .test_g2p_connect_faults import ALL_OPEN, DISPUTED, DONE, PART, REJECTED, UNKNOWN

SENT = ("sent", ALL_OPEN)


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong.

    :param faults: as the simulator's script wants them
    :param messages: so many are sent, or lost, before somebody asks
    :param executed: payments in the ledger at the end
    """

    name: str
    faults: tuple = ()
    messages: int = 1
    after: tuple = DONE
    end: tuple = DONE
    executed: int = 2
    seconds: int = 20
    callbacks: dict = field(default_factory=dict)


def acked(play, messages=0, after=SENT, end=DONE, executed=2, **fault):
    return Case(f"acknowledged: {play}", ({"play": play, **fault},), messages, after, end, executed)


def on_the_way(play, executed, seconds=20, **fault):
    """The acknowledgement is lost on its way: what was executed is called back all the same."""
    end = DONE if executed else UNKNOWN
    fault = {"play": play, "executed": executed, **fault}
    name = f"acknowledgement {play}, {'executed' if executed else 'not executed'}"
    return Case(name, (fault,), int(executed), end, end, 2 * executed, seconds)


def called(play, after=SENT, messages=1, end=DONE, **fault):
    return Case(f"called back: {play}", ({"on": "callback", "play": play, **fault},), messages, after, end)


def ruled(name, messages=1, after=DONE, end=DONE, **callbacks):
    return Case(name, (), messages, after, end, callbacks=callbacks)


CASES = [
    Case("nothing"),
    # -- the acknowledgement
    acked("nack"),
    acked("never"),
    acked("bare_ack", 1, DONE),
    acked("unknown_ack", after=UNKNOWN, code="MAYBE"),
    acked("err", after=REJECTED, end=REJECTED, executed=0, code="err.request.bad"),
    acked("err", after=UNKNOWN, end=UNKNOWN, executed=0, code="err.service.unavailable"),
    on_the_way("timeout", True, seconds=1),
    on_the_way("timeout", False, seconds=1),
    *(on_the_way("reset", executed, after_bytes=0) for executed in (True, False)),
    *(on_the_way("status", executed, status=503) for executed in (True, False)),
    *(on_the_way(play, True) for play in ("rubbish", "html", "empty", "truncated", "redirect")),
    # -- the callback
    called("lost"),
    called("twice", DONE, 2),
    called("reset", DONE),
    *(called(play) for play in ("rubbish", "html", "empty", "truncated", "wrong_action", "wrong_address")),
    *(called(play) for play in ("other_transaction", "header_rjct")),
    called("missing_rows", ("sent", PART)),
    called("extra_rows", DONE, rows=2),
    called("duplicated_rows", DONE, rows=3),
    called("contradictory_rows", ("sent", PART)),
    called("reordered_rows", DONE),
    called("wrong_amount", ("sent", DISPUTED), end=("sent", DISPUTED)),
    called("wrong_currency", ("sent", DISPUTED), end=("sent", DISPUTED)),
    called("unknown_status", ("sent", PART)),
    # -- how it is called back
    ruled("in parts", 3, parts=3),
    ruled("in parts, the last one first", 3, parts=3, reversed_parts=True),
    ruled("each message twice", 2, copies=2),
    ruled("parts, each twice, backwards", 6, parts=3, copies=2, reversed_parts=True),
    ruled("pending at first", 2, pending_first=True),
    ruled("a row that is never told", after=("sent", PART), missing=1),
    ruled("rows of nobody", foreign=2),
    ruled("of nobody's transaction", 0, SENT, transaction="nobodys"),
    ruled("only after a question", 0, SENT, after_question=True),
]

PROTECTED = ("no_token", "wrong_token", "no_signature", "wrong_signature", "unknown_key", "expired_signature",
             "future_signature", "tampered")  # fmt: skip


class TestTheTables(unittest.TestCase):
    def test_every_fault_of_acknowledgements_and_callbacks_is_in_the_tables(self):
        played = {fault["play"] for case in CASES for fault in case.faults} | set(PROTECTED)
        self.assertEqual({*ACK_PLAYS, *CALLBACK_PLAYS} - played, set())


class AsyncFaultsCase(G2PConnectAsyncCase):
    def go_through(self, case):
        made = self.make_queued_here(seconds=case.seconds)
        self.play(*case.faults, callbacks=case.callbacks)
        self.dispatch(made)
        self.assertEqual(self.count_submits(), 1)
        self.hear(made, case.messages)
        self.assert_is(made, case.after, "once everything was called back")
        self.assert_promises(made)
        # Whatever went wrong is over.
        self.play()
        self.simulator.release()
        with self.committed() as env:
            self.manager(env, made).api_timeout = 20
        with self.assert_no_submit():
            self.move_time_on(made)
            self.ask_and_hear(made)
            self.dispatch(made)
        self.assert_is(made, case.end, "when somebody asked")
        self.assertEqual(len(self.executed(made)), case.executed, "payments in the ledger")
        self.assert_promises(made)
        self.assertEqual(self.simulator.state()["violations"], [])
        return made


class TestG2PConnectAsyncFaults(AsyncFaultsCase):
    def test_every_fault_ends_as_the_table_says(self):
        for case in CASES:
            with self.subTest(case.name):
                self.go_through(case)

    def test_callback_before_the_acknowledgement_was_stored_is_no_less_true(self):
        made = self.make_queued_here(seconds=5)
        self.play({"play": "timeout", "executed": True, "seconds": 2})
        self.dispatch(made)
        self.assertEqual(self.count_stored(made), 1)
        self.hear(made)
        self.assert_is(made, DONE)
        self.assert_promises(made)

    def test_job_that_is_lost_is_made_up_for_by_the_sweeper(self):
        made = self.make_queued_here()
        self.play(callbacks={"delay": 1})
        self.dispatch(made)
        self.wait_for_messages(made, 1)
        with self.committed() as env:
            env.cr.execute("DELETE FROM queue_job")
        self.assert_is(made, SENT, "stored only")
        self.move_time_on(made)
        self.sweep()
        self.assert_is(made, DONE)

    def test_refused_yet_called_back_as_paid_is_held_for_people(self):
        made = self.make_queued_here()
        # Late: a callback that is stored before the refusal is applied first, and then nothing is free any more.
        self.play({"play": "status", "status": 400, "executed": True}, callbacks={"delay": 2})
        self.dispatch(made)
        self.hear(made)
        state, tally = self.states(made)[0], self.tally(made)
        self.assertEqual((state, tally.disputed, tally.paid), ("rejected", 3, 0))
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        with self.assert_no_submit():
            self.dispatch(made)

    def test_callback_about_the_key_of_before_holds_what_is_to_be_sent_under_a_new_one(self):
        made = self.make_queued_here()
        self.play({"play": "err", "code": "err.request.bad"})
        self.dispatch(made)
        self.assert_is(made, REJECTED)
        key = self.read("g2p.payment.submission", made["submissions"][0], "key")["key"]
        with self.committed("releaser") as env:
            env["g2p.payment.submission"].browse(made["submissions"]).action_queue_again()
        rows = [
            {"reference_id": one["name"], "timestamp": "2026-11-20T10:00:00+00:00", "status": "succ"}
            for one in self.read("g2p.payment", made["payments"], "name")
        ]
        with self.committed() as env:
            uri = self.manager(env, made)._get_callback_url()
        told = [{"transaction_id": key, "rows": rows}]
        self.simulator.burst(transactions=told, uri=uri, copies=2)
        self.run_apply_jobs()
        self.assertEqual((self.count_stored(made), self.tally(made).disputed), (1, 3))
        with self.assert_no_submit():
            self.dispatch(made)

    def test_callback_to_the_address_of_another_manager_touches_neither(self):
        made, other = self.make_queued_here(), self.make_queued_here()
        self.play(callbacks={"ack": "NACK"})
        self.dispatch(made)
        with self.committed() as env:
            uri = self.manager(env, other)._get_callback_url()
        self.simulator.burst(transactions=None, uri=uri)
        key = self.read("g2p.payment.submission", made["submissions"][0], "key")["key"]
        self.simulator.burst(transactions=[{"transaction_id": key, "rows": []}], uri=uri)
        self.assertEqual(self.count_stored(other), 0)
        self.assertEqual(self.tally(other), Tally(issued=3))

    def test_many_callbacks_at_once_and_each_twice_are_stored_once(self):
        made = [self.make_queued_here() for _number in range(3)]
        self.play(callbacks={"ack": "NACK"})
        for one in made:
            self.dispatch(one)
        report = self.simulator.burst(copies=4, lines=8)
        self.assertEqual(report["acks"], {"ACK": 12}, report)
        self.run_apply_jobs()
        for one in made:
            self.assertEqual(self.count_stored(one), 1)
            self.assert_is(one, DONE)
            self.assert_promises(one)


class TestG2PConnectAsyncProtected(AsyncFaultsCase):
    """Signed and encrypted, with a token for callbacks; tokens of ours from a token endpoint."""

    security = {
        "static_token": False,
        "signature": "http_signature",
        "encryption": "required",
        "encrypt": "RSA-OAEP-256",
        "callback_token": "callback-secret",
    }

    def protection_vals(self):
        keys = self.simulator.keys
        return {
            "auth_type": "oauth2",
            "oauth2_token_url": self.simulator.token_url,
            "oauth2_client_id": self.simulator.client_id,
            "oauth2_client_secret": self.simulator.client_secret,
            "signer": "http_signature",
            "signing_key": keys.caller["ed25519"].private,
            "signing_key_id": keys.caller["ed25519"].id,
            "peer_key": keys.server["ed25519"].public,
            "peer_key_id": keys.server["ed25519"].id,
            "encrypts": True,
            "peer_encryption_key": keys.server_encryption["rsa"].public,
            "peer_encryption_key_id": keys.server_encryption["rsa"].id,
            "decryption_key": keys.caller_encryption["rsa"].private,
            "decryption_key_id": keys.caller_encryption["rsa"].id,
            "callback_token": "callback-secret",
        }

    def test_payments_are_settled_and_nothing_was_refused(self):
        self.go_through(Case("nothing"))
        self.assertFalse(self.simulator.state()["refused"])

    def test_no_secret_and_no_callback_address_is_on_record(self):
        made = self.go_through(Case("nothing"))
        with self.committed() as env:
            manager = self.manager(env, made)
            secrets = (manager._make_callback_token(), manager.callback_token, manager.oauth2_client_secret)
            for table in ("g2p_payment_submission", "g2p_payment_exchange", "queue_job", "mail_message"):
                env.cr.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
                text = env.cr.fetchone()[0] or ""
                for secret in secrets:
                    self.assertNotIn(secret, text, table)

    def test_callback_that_is_not_believed_touches_nothing_and_is_asked_for(self):
        for play in PROTECTED:
            with self.subTest(play):
                made = self.go_through(called(play))
                self.assertEqual(self.count_stored(made), 1, "the answer to the question only")

    def test_without_a_token_nothing_is_sent_and_it_goes_out_when_there_is_one(self):
        from odoo.addons.g2p_payment_g2p_connect.models import payment_manager

        made = self.make_queued_here()
        self.play({"on": "token", "play": "status", "status": 503})
        with patch.object(payment_manager, "TOKENS", TokenCache()):
            self.dispatch(made)
        self.assert_is(made, ("queued", Tally(issued=3)), "nothing left this machine")
        self.play(outcomes=[REFUSED])
        self.move_time_on(made)
        self.dispatch(made)
        self.hear(made)
        self.assert_is(made, DONE)
