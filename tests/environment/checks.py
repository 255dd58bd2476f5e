"""What this machine lacks, all at once, each with its remedy; packages in one apt-get line."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from . import browser, pg_binaries
from .cache import cache_dir, is_offline
from .progress import SetupError

MINIMUM = (3, 11)
DISK_NEEDED = 4 << 30  # bytes: Odoo 1.2 GB, packages 0.7 GB, databases, downloads


def lacking(lint=False):
    """List (what is lacking, Debian package or None, other remedy) for everything that set-up will need."""
    found = []
    if sys.version_info < MINIMUM:
        found.append((f"Python {sys.version.split()[0]} is older than 3.11", "python3.11", ""))
    if not has_pip():
        found.append(("Python can make no virtual environment with pip (no ensurepip)", "python3-venv", ""))
    if not odoo_obtainable():
        found.append(
            (
                "Odoo 19 cannot be had: no apt-get and dpkg-deb (not a Debian machine?), and no git",
                "git",
                "or set G2P_ODOO_PATH to an Odoo 19 checkout of yours",
            )
        )
    if not pg_binaries.obtainable():
        found.append(("PostgreSQL: none on this machine, and no embedded one for it", "postgresql", ""))
    if not browser.obtainable():
        found.append(("a browser: none found, and apt-get cannot fetch one", "chromium", "or set CHROMIUM"))
    if lint and not shutil.which("npm"):
        found.append(("npm, which brings prettier for the XML files", "npm", ""))
    free = shutil.disk_usage(cache_dir()).free
    if not any(cache_dir().glob("odoo/*")) and free < DISK_NEEDED:
        found.append((f"room: {free >> 20} MB free in {cache_dir()}, 4096 needed", None, "set G2P_CACHE"))
    return found


def has_pip():
    # Debian ships "ensurepip" without its contents unless python3-venv is there.
    spec = importlib.util.find_spec("ensurepip")
    bundled = spec and any((Path(spec.origin).parent / "_bundled").glob("pip-*.whl"))
    shared = any(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    return bool(spec and (bundled or shared)) or importlib.util.find_spec("pip") is not None


def odoo_obtainable():
    if os.environ.get("G2P_ODOO_PATH") or any(cache_dir().glob("odoo/*/.complete")) or is_offline():
        return True
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb")) or bool(shutil.which("git"))


def require(lint=False):
    """Raise one error that names every lack and its remedy, before anything is downloaded."""
    found = lacking(lint)
    if not found:
        return
    lines = [f"  - {what}{f' ({remedy})' if remedy else ''}" for what, _package, remedy in found]
    packages = sorted({package for _what, package, _remedy in found if package})
    if packages:
        sudo = "" if os.geteuid() == 0 else "sudo "
        lines.append(f"Remedy:  {sudo}apt-get update && {sudo}apt-get install -y {' '.join(packages)}")
    raise SetupError("This machine lacks:\n" + "\n".join(lines))
