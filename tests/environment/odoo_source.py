"""Where Odoo 19 comes from: the user's own checkout, else Debian's package, else Odoo's public branch."""

import os
import shutil
import subprocess
from pathlib import Path

from . import apt
from .cache import cache_dir, digest, forbid_download, fresh_folder, is_ready, lock, sha256
from .progress import SetupError, say, step

OWN = "G2P_ODOO_PATH"
SUITES = ("unstable", "testing")
PACKAGE = "odoo-19"
# Odoo's package links to files of these; without them every page of the web client answers 500.
COMPANIONS = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-font-awesome",
    "fonts-glyphicons-halflings",
    "fonts-dejavu-core",
    "fonts-ocr-b",
)
TESTED_FILE = "odoo-19_19.0.0+dfsg-1_all.deb"
TESTED_SHA256 = "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf"
# Cut from Debian's package (no source), but still asked for by the web client.
CUT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
REPOSITORY = "https://github.com/odoo/odoo"
BRANCH = "19.0"


def obtain():
    """Return the folder to put on Python's path, in which the package ``odoo`` lies.

    :raise SetupError: where Odoo 19 can be had in no way
    """
    if own := os.environ.get(OWN):
        return _own_checkout(Path(own).expanduser().resolve())
    with lock("odoo"):
        return _cached() or _from_debian() or _from_git()


def version(path):
    """What identifies this Odoo: the cached package or commit, else its folder."""
    marker = next((folder for folder in (path, *path.parents) if is_ready(folder)), None)
    if marker:
        return marker.name
    head = subprocess.run(
        ["git", "-C", str(path), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return f"{path}@{head.stdout.strip() or digest(path / 'odoo' / 'release.py')}"


def _own_checkout(path):
    for candidate in (path, path.parent):
        release = candidate / "odoo" / "release.py"
        if release.exists():
            if "version_info = (19, 0" not in release.read_text():
                raise SetupError(f"{OWN}={path} is not Odoo 19.0: see {release}")
            return candidate
    raise SetupError(f"{OWN}={path}: there is no odoo/release.py in that folder.")


def _cached():
    for folder in sorted(cache_dir().glob("odoo/*"), reverse=True):
        if is_ready(folder):
            return _python_folder(folder)
    return None


def _python_folder(folder):
    debian = folder / "usr/lib/python3/dist-packages"
    return debian if debian.exists() else folder


def _from_debian():
    if not apt.available():
        return None
    forbid_download("Odoo 19")
    for suite_name in SUITES:
        downloads = cache_dir() / "debs" / suite_name
        suite = apt.Suite(suite_name)
        try:
            with step(f"downloading Odoo 19 from Debian {suite_name} (123 MB)"):
                suite.update()
                shutil.rmtree(downloads, ignore_errors=True)
                suite.download((PACKAGE, *COMPANIONS), downloads)
        except SetupError as error:
            say(f"Debian {suite_name} does not have it: {error}")
            continue
        return _unpack(downloads)
    return None


def _unpack(downloads):
    archive = next(downloads.glob(f"{PACKAGE}_*.deb"))
    if archive.name != TESTED_FILE or sha256(archive) != TESTED_SHA256:
        say(f"WARNING: {archive.name} is not the tested {TESTED_FILE} (sha256 {TESTED_SHA256}); going on.")
    with step("unpacking Odoo 19"), fresh_folder(cache_dir() / "odoo" / archive.stem) as folder:
        apt.unpack(sorted(downloads.glob("*.deb")), folder)
        cut_out = _python_folder(folder) / CUT_OUT
        cut_out.parent.mkdir(parents=True, exist_ok=True)
        if not cut_out.exists():
            cut_out.write_text("/* removed by the distribution */\n")
    return _python_folder(folder)


def _from_git():
    if not shutil.which("git"):
        raise SetupError(f"Odoo 19 was found nowhere. Set {OWN} to a checkout of yours, or install git.")
    forbid_download("Odoo 19")
    with (
        step(f"cloning {REPOSITORY}, branch {BRANCH}"),
        fresh_folder(cache_dir() / "odoo" / f"git-{BRANCH}") as folder,
    ):
        command = ["git", "clone", "--quiet", "--depth=1", "--branch", BRANCH, REPOSITORY, str(folder)]
        if subprocess.run(command, check=False).returncode:
            raise SetupError(f"Odoo 19 could not be cloned. Set {OWN} to a checkout of yours.")
    return folder
