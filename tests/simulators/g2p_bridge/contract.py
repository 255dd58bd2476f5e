"""The bridge's own OpenAPI file as a validator of answers, with what it gets wrong allowed for."""

import copy
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from jsonschema.exceptions import best_match
from openapi_schema_validator import OAS31Validator, oas31_format_checker

SPECIFICATION = Path(__file__).parent / "spec" / "g2p_bridge_api_v1.0.2.openapi.json"
#: Whatever is not HTTP 200 has this shape; the file does not know of 400 and 405, and knows a 422 that never comes.
ERRORS = "#/components/schemas/ErrorListResponse"


_CHECKER = copy.deepcopy(oas31_format_checker)


@_CHECKER.checks("date-time", ValueError)
def _is_moment(value):
    """Whether the bridge would call this a moment: none of its own has a zone."""
    return not isinstance(value, str) or "T" in value and bool(datetime.fromisoformat(value))


def official():
    """Return the file as it is written."""
    return json.loads(SPECIFICATION.read_text())


def patched():
    """Return the file as the bridge keeps to it: an amended envelope has the number of its row for an ``id``."""
    specification = copy.deepcopy(official())
    envelope = specification["components"]["schemas"]["DisbursementEnvelopePayload"]
    envelope["properties"]["id"]["anyOf"].append({"type": "integer"})
    return specification


@lru_cache
def _validator(path, right):
    specification = patched()
    schema = {"$ref": ERRORS}
    if right:
        answers = specification["paths"][path]["post"]["responses"]
        schema = answers["200"]["content"]["application/json"]["schema"]
    # The schema becomes a document of its own, in which its references to the components still hold.
    whole = {**schema, "components": specification["components"]}
    return OAS31Validator(whole, format_checker=_CHECKER)


def answer_error(path, status, body):
    """Return what is wrong with an answer (place and rule), or an empty text."""
    error = best_match(_validator(path, status == 200).iter_errors(body))
    return f"{error.json_path}: {error.validator} {error.validator_value!r:.120}" if error else ""
