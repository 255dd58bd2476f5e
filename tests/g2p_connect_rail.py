"""Our side of G2P Connect without Odoo: a client, and a server that takes callbacks as the addon's plain half judges
them."""

import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from odoo.addons.g2p_payment_g2p_connect import const
from odoo.addons.g2p_payment_g2p_connect.callbacks import (
    CallbackRefused,
    is_authorized,
    receive,
    unauthorized,
)
from odoo.addons.g2p_payment_g2p_connect.client import G2PConnectClient
from odoo.addons.g2p_payment_g2p_connect.envelope import Envelope
from odoo.addons.g2p_payment_g2p_connect.protection import PeerKey, Protection
from odoo.addons.g2p_payment_g2p_connect.settings import Credentials, Settings
from odoo.addons.g2p_programs.dispatch.access import AUTH_BEARER, AccessSecrets, AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import SubmissionData
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .contract import LONG, Rail

BASE_PATH = "/callback/7/unguessable"
#: Settings that are the same for all.
PAYER = {
    "sender_id": "spp.example.org",
    "receiver_id": "pay.example.org",
    "payer_fa": "account:7001@central-bank",
    "payer_name": "Harvest Relief",
    "locale": "eng",
    "purpose": "Harvest Relief",
    "payee_prefix": "account:",
}
#: PaymentData that are the same for all, where a test says nothing else.
PAYMENT = {
    "payee_id_type": "bank_acc_no",
    "payee_bank_code": "ABCDSLFR",
    "amount": "1250.50",
    "currency": "SLE",
}


def protect(simulator, signer="none", kind="ed25519", encrypts="", **changes):
    """Return how we sign and encrypt for a simulator; ``encrypts`` is a kind of key, empty for none.

    Whatever is encrypted for us can be read, also where we do not encrypt.
    """
    keys = simulator.keys
    reads = keys.caller_encryption[encrypts or "rsa"]
    sends = keys.server_encryption[encrypts or "rsa"]
    return Protection(
        signer=signer,
        signing_key=keys.caller[kind].private,
        signing_key_id=keys.caller[kind].id,
        peer_keys=tuple(PeerKey(pair.id, pair.public) for pair in _fitting(keys.server, signer)),
        encrypts=bool(encrypts),
        peer_encryption_key=PeerKey(sends.id, sends.public),
        decryption_key=reads.private,
        decryption_key_id=reads.id,
        **changes,
    )


def _fitting(pairs, signer):
    return [pair for kind, pair in pairs.items() if signer == "jws" or kind == "ed25519"]


class Receiver:
    """Takes callbacks on loopback.

    :ivar taken: callbacks.Callback in the order they came; ``refused``: codes of the others
    """

    def __init__(self, settings, protection, token=""):
        self.taken, self.refused = [], []
        self._settings, self._token = settings, token
        self._envelope = Envelope(settings, protection)
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.uri = f"http://127.0.0.1:{self._server.server_port}{BASE_PATH}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self, taken=0, refused=0):
        """Return what was taken, as soon as there is so much of both."""
        with self._changed:
            enough = self._changed.wait_for(
                lambda: len(self.taken) >= taken and len(self.refused) >= refused, LONG
            )
        assert enough, (self.taken, self.refused)
        return self.taken

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path, headers, body):
        """Return our reply, and remember what was said."""
        kind = const.CALLBACK_PATHS.get(path.removeprefix(BASE_PATH)) if path.startswith(BASE_PATH) else None
        with self._changed:
            self._changed.notify_all()
            if kind is None or not is_authorized(self._token, headers.get("authorization")):
                self.refused.append("path" if kind is None else "token")
                return unauthorized()
            try:
                callback = receive(kind, body, self._envelope, self._settings, headers)
            except CallbackRefused as refused:
                self.refused.append(refused.code)
                return refused.reply
            self.taken.append(callback)
            return callback.make_ack()

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = receiver.answer(self.path, headers, body)
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *args):
                pass

        return Handler


class _OneSubmission(Rail):
    """A client, and one submission of it.

    :param settings: settings.Settings
    :param credentials: settings.Credentials
    """

    def __init__(self, simulator, settings, credentials, count, **payment):
        super().__init__(simulator)
        self.settings = settings
        self.client = G2PConnectClient(settings, credentials)
        payments = self.make_payments(count, **PAYMENT | payment)
        submission = SubmissionData(self.key, 1, "", {}, self.references)
        self.submission = replace(submission, payload=self.client.build(submission, payments))

    def submit(self, seconds=LONG):
        answer = self.client.submit(Transport(seconds), self.submission)
        return self.client.read_submission(answer, self.submission)

    def ask(self, *references, seconds=LONG):
        answer = self.client.ask(Transport(seconds), self.submission, references)
        return self.client.read_question(answer, self.submission, references)

    def ledger(self):
        return [line for line in super().ledger() if line.transaction_id == self.key]


class SyncRail(_OneSubmission):
    """A client of the synchronous half, and one submission of it."""

    def __init__(self, simulator, count=3, token=None, **payment):
        settings = Settings(
            payment_endpoint_url=simulator.payment_url,
            status_endpoint_url=simulator.status_url,
            note="Cycle 3 of Harvest Relief " * 9,
            **PAYER,
        )
        super().__init__(simulator, settings, Credentials(token or simulator.token), count, **payment)


class ConnectRail(_OneSubmission):
    """A client, one submission of it, and what is called back about that.

    :param mode: half of the API; the synchronous one is not called back
    :param token: that callbacks must bring
    """

    def __init__(
        self, simulator, protection=None, mode=const.MODE_ASYNC, count=3, base="", token="", **changes
    ):
        base = base or simulator.base_url
        path = "/disburse/sync" if mode == const.MODE_SYNC else "/disburse"
        settings = Settings(
            payment_endpoint_url=base + path + ("/disburse" if mode == const.MODE_SYNC else ""),
            status_endpoint_url=f"{base}{path}/txn/status",
            api_mode=mode,
            **PAYER,
        )
        self.protection = protection or Protection()
        self.receiver = Receiver(settings, self.protection, token)
        access = changes.pop("access", None) or AccessSettings(AUTH_BEARER)
        secrets = changes.pop("secrets", None) or AccessSecrets(bearer_token=simulator.token)
        settings = replace(settings, sender_uri=self.receiver.uri, access=access, **changes)
        super().__init__(simulator, settings, Credentials(access=secrets, protection=self.protection), count)

    def hear(self, count=1):
        """Return what the callbacks say, as outcomes, once there are so many."""
        return [self.read_callback(callback) for callback in self.receiver.wait(count)]

    def read_callback(self, callback):
        return self.client.read_callback(callback.answer, self.submission, self.references)

    def wait_for_acks(self, count):
        """Return how our acknowledgements were understood, once the payment system has read so many."""
        ends = time.monotonic() + LONG
        while sum((acks := self.simulator.state()["acks"]).values()) < count:
            assert time.monotonic() < ends, acks
            time.sleep(0.02)
        return acks


@pytest.fixture
def rails(simulator):
    """A function that makes a :class:`ConnectRail`; all are closed when the simulator has no more to say."""
    made = []

    def make(*args, **kwargs):
        made.append(ConnectRail(simulator, *args, **kwargs))
        return made[-1]

    yield make
    simulator.reset()
    for rail in made:
        rail.receiver.close()


def play(simulator, *faults, security=None, outcomes=(), **rules):
    """Give the simulator its script: faults, how it protects itself, outcomes, how it calls back."""
    simulator.play(
        {
            "callbacks": {"retry_seconds": 0.01, "tries": 1} | rules,
            "faults": [{"on": "submit"} | fault for fault in faults],
            "security": security or {},
            "outcomes": list(outcomes),
        }
    )
