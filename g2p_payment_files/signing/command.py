"""Checking documents without Odoo, at a desk or at a pay point that has no network."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from .claims import MAX_TEXT
from .keys import MAX_FILE, KeyRefusedError, read_key_file
from .verify import verify

#: What a shell learns: 0 for a good document, 1 for one that was ours, 2 for what is none.
EXIT_CODES = {"valid": 0, "altered": 1, "expired": 1, "early": 1, "unknown_key": 2, "invalid": 2}
CANNOT_TELL = 2


def main(arguments=None, stdin=None, stdout=None, stderr=None, now=None):
    """Say of each text what it is worth.

    :param list arguments: of the command line
    :param datetime now: when; this moment if not given
    :return: int: 0 when all are valid, 1 when one was altered or is not in its time, 2 when one is no document
    """
    for stream in (sys.stdin, sys.stdout):
        # Whatever a scanner types, and whatever the terminal can show, it ends in a verdict.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    stdin, stdout, stderr = stdin or sys.stdin, stdout or sys.stdout, stderr or sys.stderr
    options = _get_parser().parse_args(arguments)
    try:
        with Path(options.keys).open("rb") as file:
            keys = read_key_file(file.read(MAX_FILE + 1))
    except (OSError, KeyRefusedError) as error:
        stderr.write(f"{options.keys}: {getattr(error, 'strerror', None) or error}\n")
        return CANNOT_TELL
    worst = None
    for text in _read_lines(stdin) if options.payload == "-" else [options.payload]:
        verdict = verify(text, keys, now or datetime.now(UTC))
        _write(stdout, verdict, options.json)
        worst = max(worst or 0, EXIT_CODES[verdict.result])
    if worst is None:
        stderr.write("Nothing was given to be checked.\n")
        return CANNOT_TELL
    return worst


def _get_parser():
    parser = argparse.ArgumentParser(
        prog="signing",
        description="Say whether a scanned document is valid, altered, expired or none of ours.",
    )
    parser.add_argument("--keys", required=True, help="file of public keys, as downloaded from the provider")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of text")
    parser.add_argument(
        "payload",
        nargs="?",
        default="-",
        help="what was scanned; - (or nothing) reads one text a line from the standard input, as hand scanners type",
    )
    return parser


def _read_lines(stdin):
    """Yield what stands on each line, of overlong ones as much as shows that they are too long."""
    while line := stdin.readline(MAX_TEXT + 3):
        text = line.rstrip("\r\n")
        while line and not line.endswith("\n"):
            line = stdin.readline(MAX_TEXT + 3)
        if text.strip():
            yield text


def _write(stdout, verdict, as_json):
    if as_json:
        line = {
            "result": verdict.result,
            "text": verdict.text,
            "kid": verdict.kid,
            "claims": verdict.claims,
        }
        stdout.write(json.dumps(line, default=bytes.hex) + "\n")
    else:
        stdout.write(f"{verdict.result.upper()}: {verdict.text}\n")
        for name, value in verdict.claims.items():
            stdout.write(f"  {_to_harmless(name)}: {_to_harmless(value)}\n")
    stdout.flush()


def _to_harmless(value):
    """Return a value as text; a terminal obeys some characters that a token may hold, so they are written out."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
