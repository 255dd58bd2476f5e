"""The addons install one by one, in their order, on Odoo's base alone, without a word in the log."""

import os

from tests.environment.template import Templates

ORDER = (
    "g2p_registry_base",
    "g2p_registry_membership",
    "g2p_programs",
    "g2p_payment_files",
    "g2p_payment_g2p_connect",
    "g2p_payment_phee",
    "g2p_payment_interop_layer",
)


def test_addons_install_one_by_one_on_an_empty_database(environment):
    name = f"g2p_test_run_{os.getpid()}_order"
    templates = Templates(environment)
    environment.databases.create(name, template=templates.base())
    try:
        for addon in ORDER:
            # Raises with the lines of the log when there is so much as a warning.
            templates.install(name, [addon], strict=True)
        query = "SELECT name FROM ir_module_module WHERE state = 'installed' AND name = ANY(%s)"
        installed = {row[0] for row in environment.server.query(query, (list(ORDER),), database=name)}
        assert installed == set(ORDER)
    finally:
        environment.databases.drop(name)
