"""The addons of this repository, in the order in which they build on each other."""

import ast

from .cache import REPO, digest

ADDONS = (
    "g2p_registry_base",
    "g2p_registry_membership",
    "g2p_programs",
    "g2p_payment_files",
    "g2p_payment_g2p_connect",
    "g2p_payment_phee",
    "g2p_payment_interop_layer",
)
# Odoo's own and OCA's modules that the addons build on; they change seldom, so a database with them is kept.
CORE_MODULES = (
    "account",
    "base_iban",
    "contacts",
    "phone_validation",
    "queue_job",
    "rpc",
    "sms",
)
# What lies in an addon without changing what is installed.
NOT_INSTALLED = {"tests", "readme", "__pycache__"}


def present():
    """Names of the addons that exist, can be installed, and depend on no addon that does not."""
    found = []
    for name in ADDONS:
        manifest = _manifest(REPO / name)
        ours = {needed for needed in manifest.get("depends", ()) if needed.startswith("g2p_")}
        if manifest.get("installable", True) and manifest and ours <= set(found):
            found.append(name)
    return found


def paths():
    """Folders in which Odoo finds the addons, and those that only tests install."""
    folders = (REPO, REPO / "tests" / "addons")
    return [folder for folder in folders if any(folder.glob("*/__manifest__.py"))]


def _manifest(folder):
    path = folder / "__manifest__.py"
    if not (path.exists() and (folder / "__init__.py").exists()):
        return {}
    return ast.literal_eval(path.read_text())


def fingerprint():
    """A short name for the present state of all that installing the addons would read."""
    parts = []
    for name in present():
        for path in sorted((REPO / name).rglob("*")):
            inside = path.relative_to(REPO)
            if path.is_file() and path.suffix != ".pyc" and not NOT_INSTALLED.intersection(inside.parts):
                parts += [inside, path]
    return digest(*parts)
