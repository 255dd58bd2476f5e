"""The outermost object of a message, as bytes: what is signed is what is sent, not what a parser makes of it."""

import json

_DECODER = json.JSONDecoder()


class EnvelopeError(ValueError):
    """No JSON object whose members can be told apart."""


def members(raw):
    """Return the members of the JSON object ``raw`` as they are written, without the space around them.

    :param raw: bytes
    :return: dict of bytes by name
    :raise EnvelopeError: when it is no object, or a name stands twice, so that two readers may see two messages
    """
    try:
        text = raw.decode()
        found, place = {}, _after(text, 0, "{")
        if text[place : place + 1] == "}":
            place += 1
        else:
            while True:
                name, place = _DECODER.raw_decode(text, place)
                begin = _after(text, place, ":")
                _value, place = _DECODER.raw_decode(text, begin)
                if not isinstance(name, str) or name in found:
                    raise EnvelopeError("a name stands twice, or is none")
                found[name] = text[begin:place].encode()
                place = _skip(text, place)
                if text[place : place + 1] != ",":
                    break
                place = _after(text, place, ",")
            place = _after(text, place, "}")
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise EnvelopeError("no JSON") from error
    if _skip(text, place) != len(text):
        raise EnvelopeError("more than one object")
    return found


def dump(value):
    """Return ``value`` as we write it: no spaces, and letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def compose(header, message=None, signature=None):
    """Return the object of these members.

    :param header: bytes
    :param message: bytes, or None when there is none
    :param signature: text, or None when there is none
    """
    parts = [b'"signature":' + dump(signature)] if signature is not None else []
    parts.append(b'"header":' + header)
    if message is not None:
        parts.append(b'"message":' + message)
    return b"{" + b",".join(parts) + b"}"


def _skip(text, place):
    while text[place : place + 1] in (" ", "\t", "\r", "\n"):
        place += 1
    return place


def _after(text, place, sign):
    place = _skip(text, place)
    if text[place : place + 1] != sign:
        raise EnvelopeError(f"{sign} is wanted")
    return _skip(text, place + 1)
