"""What other systems can call: a new public method is a decision, so it shows up in a list that somebody reads."""

import json
from pathlib import Path

import pytest

from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name

from tests.environment.addons import ADDONS

FIXTURE = Path(__file__).with_name("rpc_methods.json")


def callable_methods(registry):
    """Return {model: sorted names} of the public methods that our addons add and RPC lets through."""
    found = {}
    for name, model in registry.items():
        methods = set()
        for klass in model.mro():
            parts = klass.__module__.split(".")
            if parts[:2] != ["odoo", "addons"] or parts[2] not in ADDONS:
                continue
            for attribute, value in vars(klass).items():
                if attribute.startswith("_") or not callable(value):
                    continue
                if not any(
                    getattr(getattr(base, attribute, None), "_api_private", False) for base in model.mro()
                ):
                    methods.add(attribute)
        if methods:
            found[name] = sorted(methods)
    return dict(sorted(found.items()))


def test_methods_that_rpc_can_call_are_those_of_the_list():
    found = callable_methods(Registry(get_db_name()))
    expected = json.loads(FIXTURE.read_text()) if FIXTURE.exists() else {}
    changes = [
        f"{sign} {model}.{method}"
        for sign, left, right in (("+", found, expected), ("-", expected, found))
        for model, methods in left.items()
        for method in methods
        if method not in right.get(model, ())
    ]
    if changes:
        proposal = FIXTURE.with_suffix(".found.json")
        proposal.write_text(json.dumps(found, indent=1) + "\n")
        pytest.fail(
            "Other systems can call other methods than the list says. Check that each asks for the right it needs, "
            f"then take over {proposal.name}:\n" + "\n".join(changes)
        )
