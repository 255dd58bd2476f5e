"""Keys as JSON Web Keys (RFC 7517): made, read, and named by their thumbprint (RFC 7638)."""

import json
from dataclasses import dataclass

from joserfc import jwk
from joserfc.errors import JoseError

from .strict_json import NotStrictError, load_json

#: {algorithm as JOSE calls it: (key type, curve, algorithm number in COSE)}. There is no third one on purpose: what
#: is not in this table can neither sign nor be verified.
ALGORITHMS = {"ES256": ("EC", "P-256", -7), "Ed25519": ("OKP", "Ed25519", -8)}
DEFAULT_ALGORITHM = "ES256"
_CLASSES = {"EC": jwk.ECKey, "OKP": jwk.OKPKey}
#: Ed25519 had a wider name before RFC 9864.
_OTHER_NAMES = {"Ed25519": "EdDSA"}
_PUBLIC_NAMES = ("kty", "crv", "x", "y")
#: Of the thumbprint's 43 characters, those that a CWT carries: 66 bits, as health certificates carry 64.
SHORT_KID = 11
#: Nobody has that many keys; a file beyond it is not a key file.
MAX_FILE = 1024 * 1024


class KeyRefusedError(ValueError):
    """A key that this suite neither signs with nor trusts, and why."""


@dataclass(frozen=True)
class Key:
    """A key pair, or the public half of one.

    :param kid: its RFC 7638 thumbprint
    :param algorithm: a key of :data:`ALGORITHMS`
    :param jwk: what it consists of; with ``d`` when it can sign
    :param names: every kid by which its owner calls it
    """

    kid: str
    algorithm: str
    jwk: dict
    names: frozenset = frozenset()

    @property
    def can_sign(self):
        """Whether the private half is there."""
        return "d" in self.jwk

    @property
    def short_kid(self):
        """Its name in a CWT, where each character counts."""
        return self.kid[:SHORT_KID]

    def public(self):
        """Return its public half as JWK (dict), with name, use and algorithm: what may be given to anybody."""
        public = {name: self.jwk[name] for name in _PUBLIC_NAMES if name in self.jwk}
        return {**public, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def to_jose(self):
        """Return it as joserfc wants it."""
        return _CLASSES[self.jwk["kty"]].import_key(self.jwk)


def make_key(algorithm=DEFAULT_ALGORITHM):
    """Make a key pair.

    :param str algorithm: a key of :data:`ALGORITHMS`
    :return: :class:`Key` that can sign
    :raise KeyRefusedError: when there is no such algorithm
    """
    if algorithm not in ALGORITHMS:
        raise KeyRefusedError(f"No algorithm {algorithm!r}: use one of {', '.join(ALGORITHMS)}.")
    kty, curve, _number = ALGORITHMS[algorithm]
    return load_key(_CLASSES[kty].generate_key(curve).as_dict(private=True), private=True)


def load_key(data, private=False):
    """Read a key.

    :param dict data: a JWK
    :param bool private: keep the private half, which has to be there; without it only the public half is read,
        even where both are there
    :return: :class:`Key`
    :raise KeyRefusedError: when it is no key for signatures on P-256 or Ed25519
    """
    if not isinstance(data, dict):
        raise KeyRefusedError("A key is a JSON object.")
    algorithm = next(
        (
            name
            for name, (kty, crv, _cose) in ALGORITHMS.items()
            if (data.get("kty"), data.get("crv")) == (kty, crv)
        ),
        None,
    )
    if algorithm is None:
        raise KeyRefusedError("Only keys on the curves P-256 and Ed25519 sign documents.")
    if data.get("use", "sig") != "sig" or data.get("alg", algorithm) not in (
        algorithm,
        _OTHER_NAMES.get(algorithm),
    ):
        raise KeyRefusedError("The key is made for something else than this signature.")
    names = (*_PUBLIC_NAMES, "d") if private else _PUBLIC_NAMES
    material = {name: data[name] for name in names if name in data}
    if not all(isinstance(value, str) for value in material.values()):
        raise KeyRefusedError("The key's values are not texts.")
    if private and "d" not in material:
        raise KeyRefusedError("The key's private half is missing.")
    try:
        # The point is computed here, so that a point which is not on the curve fails now.
        jose = _CLASSES[data["kty"]].import_key(material)
        _point = jose.public_key
        kid = jose.thumbprint()
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise KeyRefusedError("The key's numbers are wrong.") from error
    stated = data.get("kid")
    called = {kid, stated} if isinstance(stated, str) and stated else {kid}
    return Key(kid, algorithm, material, frozenset(called))


def load_keys(data):
    """Read the public keys of a list, and pass over those that cannot have signed a document.

    :param list data: JWKs, or :class:`Key` objects
    :return: list of :class:`Key`
    """
    keys = []
    for one in data:
        if isinstance(one, Key):
            keys.append(one)
            continue
        try:
            keys.append(load_key(one))
        except KeyRefusedError:
            continue
    return keys


def read_key_file(text):
    """Read a file of public keys: a JWK set, a list of JWKs, or one JWK.

    :param text: str or bytes
    :return: list of :class:`Key`
    :raise KeyRefusedError: when no usable key is in it
    """
    if len(text) > MAX_FILE:
        raise KeyRefusedError("This is no file of keys: it is too long.")
    try:
        data = load_json(text)
    except NotStrictError as error:
        raise KeyRefusedError(f"This is no file of keys: {error}") from error
    if isinstance(data, dict):
        data = data.get("keys", [data])
    keys = load_keys(data) if isinstance(data, list) else []
    if not keys:
        raise KeyRefusedError("No key on the curves P-256 or Ed25519 is in this file.")
    return keys


def to_text(key):
    """Return a key with all that is in it as JSON text, for keeping it."""
    return json.dumps({**key.public(), **key.jwk}, sort_keys=True)
