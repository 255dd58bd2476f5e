"""What we send, as bytes: encrypted and signed as the script says, or badly, as a fault of it says."""

from . import encryption, signatures
from .envelope import compose, dump

#: What a fault does to the moment in which we sign, in seconds.
_SHIFTS = {"expired_signature": -86_400, "future_signature": 86_400}


def seal(simulator, body, fault=None):
    """Return the bytes of ``body`` ({header, message?}).

    :param simulator: whose keys, clock and script
    :param fault: knobs.ConnectFault, or None; only what concerns signatures is looked at
    """
    security, play = simulator.script.security, fault.play if fault else ""
    header, message = dict(body["header"]), body.get("message")
    if security.clock_offset:
        header["message_ts"] = simulator.moment()
    plain = None if message is None else dump(message)
    if plain is not None and security.encrypt:
        pair = simulator.keys.caller_encryption[encryption.KEY_OF[security.encrypt]]
        plain = dump(encryption.encrypt(plain, pair, security.encrypt, security.encryption_form))
        header["is_msg_encrypted"] = True
    head = dump(header)
    signature = _sign(simulator, header, signatures.content(head, plain), play)
    if play == "tampered" and plain is not None:
        plain = _changed(plain)
    return compose(head, plain, signature)


def _sign(simulator, header, signed, play):
    security = simulator.script.security
    kind = security.signs_with
    if kind == "none" or play == "no_signature":
        return None
    algorithm = security.jws_algorithm if kind == "jws" else "EdDSA"
    pair = _pair(simulator.keys, signatures.KEY_OF[algorithm], play)
    created = int(simulator.clock()) + _SHIFTS.get(play, 0)
    expires = created + security.signature_seconds
    if kind == "jws":
        return signatures.sign_jws(pair, algorithm, signed, created, expires, security.jws_times)
    sender = header.get("sender_id", "")
    return signatures.sign_http(pair, sender, signed, created, expires, security.signature_style)


def _pair(keys, kind, play):
    right, stranger = keys.server[kind], keys.stranger[kind]
    if play == "unknown_key":
        return stranger
    if play == "wrong_signature":
        return type(right)(right.id, stranger.private, stranger.public)
    return right


def _changed(plain):
    """Change one letter that no reader stumbles over."""
    for before, after in ((b'"succ"', b'"rjct"'), (b'"rjct"', b'"succ"'), (b'"pdng"', b'"succ"')):
        if before in plain:
            return plain.replace(before, after, 1)
    return plain.replace(b'"tag":"', b'"tag":"A', 1)
