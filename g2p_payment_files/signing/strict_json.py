"""JSON without second readings: what two programs could read differently is refused."""

import json
import math


class NotStrictError(ValueError):
    """What was read is not JSON, or could be read in two ways."""


def _no_duplicates(pairs):
    read = dict(pairs)
    if len(read) != len(pairs):
        raise NotStrictError("a name is there twice.")
    return read


def _no_constant(name):
    raise NotStrictError(f"{name} is no number.")


def _finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise NotStrictError("a number is too large.")
    return number


def load_json(text):
    """Read JSON.

    :param text: str or UTF-8 bytes
    :return: what it says
    :raise NotStrictError: for duplicate names, NaN and Infinity, endless nesting, and whatever is not JSON
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return json.loads(
            text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite
        )
    except NotStrictError:
        raise
    except (ValueError, RecursionError) as error:
        raise NotStrictError("it is not JSON.") from error


def dump_json(value):
    """Return ``value`` as compact UTF-8 bytes, names in the order they are in.

    :raise NotStrictError: for what JSON cannot carry
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotStrictError("JSON cannot carry this.") from error
