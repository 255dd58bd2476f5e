"""Where things are kept: downloads and all that is made of them outside the clone, pointers inside."""

import contextlib
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from .progress import SetupError, say

REPO = Path(__file__).resolve().parents[2]
STATE = REPO / ".g2p"
READY = ".complete"


def cache_dir():
    """The folder outside the clone, from G2P_CACHE, XDG_CACHE_HOME or the home folder."""
    chosen = os.environ.get("G2P_CACHE")
    if not chosen:
        parent = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        chosen = Path(parent) / "g2p-payments"
    path = Path(chosen).expanduser().resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def is_offline():
    """True where every download is forbidden (G2P_OFFLINE=1)."""
    return os.environ.get("G2P_OFFLINE", "") not in ("", "0")


def forbid_download(what):
    """Raise where downloads are forbidden, naming what the cache lacks."""
    if is_offline():
        raise SetupError(
            f"{what} is not in the cache ({cache_dir()}) and G2P_OFFLINE forbids downloads. "
            "Run the same command once without G2P_OFFLINE."
        )


def digest(*parts):
    """A short name made of parts: of a file its contents count, of all else its text."""
    total = hashlib.sha256()
    for part in parts:
        is_file = isinstance(part, Path) and part.is_file()
        data = part.read_bytes() if is_file else str(part).encode()
        total.update(b"%d:" % len(data) + data)
    return total.hexdigest()[:12]


def sha256(path):
    total = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            total.update(block)
    return total.hexdigest()


@contextlib.contextmanager
def lock(name):
    """Let one process at a time do the named piece of set-up."""
    with open(cache_dir() / f"{name}.lock", "w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that is busy with: {name}")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def fresh_folder(path):
    """Fill a folder completely or not at all: half-made ones of an earlier, broken run are thrown away."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(parents=True)
    yield path
    (path / READY).touch()


def is_ready(path):
    return (path / READY).exists()
