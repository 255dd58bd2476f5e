"""The official OpenAPI files as validators that coerce nothing, with their slips allowed for, one patch for each.

Texts of what is wrong are those of the validator that both real systems use.
"""

import copy
import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from jsonschema import ValidationError
from jsonschema.validators import extend
from openapi_schema_validator import OAS30Validator

SPEC = Path(__file__).parent / "spec"
PIL_FILE = SPEC / "pil-api.yaml"
SDK_FILE = SPEC / "sdk-outbound-2.1.0.yaml"

_JOIN_CONTROL = "\u200c\u200d"
_LETTERS_AND_SO_ON = r"\p{L}\p{gc=Mark}\p{digit}\p{gc=Connector_Punctuation}\p{Join_Control}"


@lru_cache(maxsize=1)
def _letters_and_so_on():
    """Return, as the inside of a character class, what Python has no escapes for."""

    def wanted(code):
        kind = unicodedata.category(chr(code))
        return kind[0] in "LM" or kind in ("Nd", "Pc") or chr(code) in _JOIN_CONTROL

    codes = [code for code in range(sys.maxunicode + 1) if wanted(code)]
    ranges = []
    for _distance, run in groupby(enumerate(codes), lambda pair: pair[1] - pair[0]):
        run = [code for _number, code in run]
        ranges.append(f"\\U{run[0]:08x}-\\U{run[-1]:08x}")
    return "".join(ranges)


@lru_cache
def compiled(pattern):
    """Return a pattern of the files, which are in another dialect: ``$`` is the very end, ``\\w`` and ``\\d`` ASCII."""
    if _LETTERS_AND_SO_ON in pattern:
        pattern = pattern.replace(_LETTERS_AND_SO_ON, _letters_and_so_on())
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern), re.ASCII)


def _pattern(validator, pattern, instance, schema):
    if validator.is_type(instance, "string") and not compiled(pattern).search(instance):
        yield ValidationError("pattern")


_Validator = extend(OAS30Validator, {"pattern": _pattern})


@dataclass(frozen=True)
class Patch:
    """One slip of a file, which the real system does not keep to in its answers.

    :param path: where it stands in the file
    :param value: what is put there instead
    :param why: what is wrong with what is written
    """

    name: str
    path: tuple
    value: Any
    why: str

    def apply(self, specification):
        """Put the value into ``specification``.

        :raise KeyError: when the place is not there, that is: when the file is another one than was read
        """
        node = specification
        for step in self.path[:-1]:
            node = node[step]
        if isinstance(node, dict) and self.path[-1] not in node:
            raise KeyError(self.path[-1])
        node[self.path[-1]] = self.value


def _of(schema, *rest):
    return ("components", "schemas", schema, *rest)


PIL_PATCHES = (
    Patch(
        "answer-requires-the-request",
        _of("DisbursementResponse", "required"),
        ["disbursementId"],
        "'payeeList' is required, which is no property of an answer and never sent",
    ),
    Patch(
        "check-requires-the-request",
        _of("DisbursementCheckResponse", "required"),
        [],
        "'requestId' and 'payeeList' are required, and neither is sent",
    ),
    Patch(
        "amounts-of-failed-lines",
        _of("IndividualPayeeResult", "required"),
        ["payeeIdType", "payeeIdValue", "amount", "currency"],
        "amountDebited and amountCredited are required, and a line that failed has neither",
    ),
    Patch(
        "words-of-status",
        _of("IndividualPayeeResult", "allOf", 1, "properties", "status", "enum"),
        ["RECEIVED", "PENDING", "COMPLETED", "REJECTED", "ABORETED", "FAILED", "ABORTED"]
        + [
            "WAITING_FOR_PARTY_ACCEPTANCE",
            "WAITING_FOR_QUOTE_ACCEPTANCE",
            "WAITING_FOR_CONVERSION_ACCEPTANCE",
        ],
        "ABORETED is written, FAILED is in the text, ABORTED and the adapter's own words are sent",
    ),
)
SDK_PATCHES = (
    Patch(
        "declined",
        _of("transferStatus", "enum"),
        ["ERROR_OCCURRED", "WAITING_FOR_PARTY_ACCEPTANCE", "WAITING_FOR_QUOTE_ACCEPTANCE"]
        + ["WAITING_FOR_CONVERSION_ACCEPTANCE", "COMPLETED", "ABORTED"],
        "ABORTED is sent after a decline",
    ),
)
#: Answers of the real systems that keep to no schema: the layer's unknown disbursement (nothing), the adapter's
#: 3208 (an empty transferState) and its 400 (a number for statusCode, no transferState).


@dataclass(frozen=True)
class Problem:
    """The first thing that is wrong with a body.

    :param place: JSON pointer, empty for the body itself
    :param rule: keyword of the schema
    :param text: as the real systems say it; no value of the body in it
    """

    place: str
    rule: str
    text: str


class Contract:
    """What requests and answers of one API must look like.

    :param specification: the parsed OpenAPI file
    """

    def __init__(self, specification):
        self.specification = specification
        self._validators = {}

    def _validator(self, schema):
        if schema not in self._validators:
            if schema == "transferContinuation":
                path = self.specification["paths"]["/transfers/{transferId}"]["put"]
                node = path["requestBody"]["content"]["application/json"]["schema"]
            else:
                node = self.specification["components"]["schemas"][schema]
            # The schema becomes a document of its own, in which its references to the components still hold.
            whole = {**node, "components": self.specification["components"]}
            self._validators[schema] = _Validator(whole)
        return self._validators[schema]

    def problem(self, schema, body):
        """Return the first :class:`Problem` of ``body`` held against ``schema`` (a name), or None."""
        errors = sorted(self._validator(schema).iter_errors(body), key=_order)
        return _explain(errors[0]) if errors else None

    def coerced(self, schema, body):
        """Return a copy of ``body`` in which plain values have become what the schema wants."""
        body = copy.deepcopy(body)
        for error in self._validator(schema).iter_errors(body):
            wanted = {"string": _as_string, "boolean": _as_boolean}.get(
                error.validator_value, lambda value: value
            )
            path = list(error.absolute_path)
            if error.validator == "type" and path and not isinstance(error.instance, dict | list):
                node = body
                for step in path[:-1]:
                    node = node[step]
                node[path[-1]] = wanted(error.instance)
        return body

    @cached_property
    def id_types(self):
        """The kinds of identifiers that the scheme knows."""
        return tuple(self.specification["components"]["schemas"]["PartyIdType"]["enum"])

    def is_correlation(self, text):
        """Whether ``text`` can be a transferId: a UUID in lower case, or a ULID in upper case."""
        return not self.problem("CorrelationId", text)


def _order(error):
    """Sort by place, as the fields come; what concerns the whole before its parts."""
    return [(isinstance(step, str), step) for step in error.absolute_path], error.validator != "required"


def _explain(error):
    value = error.validator_value
    if error.validator == "required":
        missing = [name for name in value if name not in error.instance]
        text = f"must have required property '{missing[0]}'"
    else:
        texts = {
            "type": f"must be {value}",
            "pattern": f'must match pattern "{value}"',
            "enum": "must be equal to one of the allowed values",
            "minItems": f"must NOT have fewer than {value} items",
            "maxItems": f"must NOT have more than {value} items",
            "minLength": f"must NOT have fewer than {value} characters",
            "maxLength": f"must NOT have more than {value} characters",
            "oneOf": "must match exactly one schema in oneOf",
        }
        text = texts.get(error.validator, f"must pass {error.validator}")
    place = "".join(f"/{step}" for step in error.absolute_path)
    return Problem(place, error.validator, text)


def _as_string(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value)


def _as_boolean(value):
    return {"true": True, "false": False, 1: True, 0: False, None: False}.get(value, value)


def official(path):
    """Return a specification as it is written."""
    return yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _patched(path, patches):
    specification = official(path)
    for patch in patches:
        patch.apply(specification)
    return Contract(specification)


@lru_cache(maxsize=1)
def pil():
    """Return the contract of the layer, with its patches; none of them is about requests."""
    return _patched(PIL_FILE, PIL_PATCHES)


@lru_cache(maxsize=1)
def sdk():
    """Return the contract of the scheme adapter, with its patches; none of them is about requests."""
    return _patched(SDK_FILE, SDK_PATCHES)
