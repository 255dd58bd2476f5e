"""PEM as people paste it."""

import re

_BLOCK = re.compile(
    r"(?P<begin>-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----)(?P<body>[\sA-Za-z0-9+/=]*)"
    r"(?P<end>-----END (?P=label)-----)"
)
_LINE = 64


def restore_lines(text: str) -> str:
    """Return ``text`` with the line ends of its PEM blocks, which a browser's field for passwords takes away.

    What stands around a block, and a block with headers of its own, stays as it is.
    """
    return _BLOCK.sub(_restore, text)


def _restore(found):
    body = "".join(found["body"].split())
    lines = [body[start : start + _LINE] for start in range(0, len(body), _LINE)]
    return "\n".join((found["begin"], *lines, found["end"], ""))
