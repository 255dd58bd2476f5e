"""What a request must be before anybody looks at what it wants, in the order of the specification (contract, 1.6):
token, form, sender and receiver, signature, encryption."""

import hashlib
import hmac
import json
from collections import Counter

from . import encryption, signatures
from .contract import contract
from .envelope import EnvelopeError, dump, members


class Refused(Exception):
    """The request is not let in.

    :param status: of HTTP, where there is no Ack to say it
    :param code: of the envelope (err.…)
    """

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Gate:
    """Lets requests in, or refuses them, and counts whom."""

    def __init__(self, simulator):
        self._simulator = simulator
        self.forget()

    def forget(self):
        """Forget who was refused."""
        self.refusals = []
        self.forms = Counter()
        self._messages = {}
        self.violations = []

    @property
    def _security(self):
        return self._simulator.script.security

    def open(self, path, request):
        """Return the body of ``request``, its message decrypted.

        :param request: Flask's
        :raise Refused: when it is not let in
        """
        try:
            body = self._opened(path, request)
            if "/sync/" not in path:
                self._note(body)
            return body
        except Refused as refusal:
            self.refusals.append(refusal.code)
            raise

    def _note(self, body):
        """Remember the message; its id is for the same message sent again only (contract, section 1.2)."""
        digest = hashlib.sha256(dump(body["message"])).digest()
        if self._messages.setdefault(body["header"]["message_id"], digest) != digest:
            self.violate("$.header.message_id: is that of another message")

    def violate(self, problem):
        """Remember what was against the contract; no value is told."""
        self.violations.append(problem)

    def _opened(self, path, request):
        if not self._may_enter(request.headers.get("Authorization", "")):
            raise Refused(401, "err.request.unauthorized", "no valid access token")
        body = request.get_json(silent=True)
        if body is None:
            raise self._bad("no JSON")
        self._check(path, body)
        header = body["header"]
        security = self._security
        if security.senders and header["sender_id"] not in security.senders:
            raise Refused(400, "err.sender_id.invalid", "this sender is not known")
        if security.receivers and header.get("receiver_id") not in security.receivers:
            raise Refused(400, "err.receiver_id.invalid", "this receiver is somebody else")
        if security.signature != "none":
            self._check_signature(body, request.get_data())
        return self._decrypted(path, body)

    def _may_enter(self, given):
        simulator = self._simulator
        if self._security.static_token and hmac.compare_digest(
            given.encode(), f"Bearer {simulator.token}".encode()
        ):
            return True
        kind, _space, token = given.partition(" ")
        return kind == "Bearer" and simulator.tokens.knows(token)

    def _check(self, path, body):
        problem = contract().request_error(path, body)
        if problem:
            raise self._bad(problem)

    def _bad(self, problem):
        self.violate(problem)
        return Refused(400, "err.request.bad", problem)

    def _check_signature(self, body, raw):
        if not body.get("signature"):
            raise Refused(403, "err.signature.missing", "there is no signature")
        simulator, security = self._simulator, self._security
        try:
            parts = members(raw)
            signed = signatures.content(parts["header"], parts["message"])
            signatures.CHECKS[security.signature](
                body["signature"],
                body["header"]["sender_id"],
                signed,
                simulator.keys.caller,
                simulator.clock(),
                security.clock_tolerance,
            )
        except (EnvelopeError, signatures.SignatureError) as error:
            raise Refused(403, "err.signature.invalid", f"the signature {error}") from error

    def _decrypted(self, path, body):
        wanted = self._security.encryption
        if not body["header"].get("is_msg_encrypted"):
            if wanted == "required":
                raise Refused(400, "err.encryption.invalid", "the message is not encrypted")
            return body
        if wanted == "none":
            problem = "encrypted messages are not understood"
            self.violate(problem)
            code = "err.request.bad" if "/sync/" in path else "err.encryption.invalid"
            raise Refused(400, code, problem)
        try:
            plain, form = encryption.decrypt(body["message"], self._simulator.keys.server_encryption)
            self.forms[form] += 1
            body = {**body, "message": json.loads(plain)}
        except (encryption.EncryptionError, ValueError) as error:
            raise Refused(400, "err.encryption.invalid", f"the message {error}") from error
        self._check(path, body)
        return body
