"""A Chromium for the browser tests: the machine's own, else Debian's, unpacked into the cache."""

import os
import shutil
import subprocess

from . import apt
from .cache import cache_dir, forbid_download, fresh_folder, is_offline, is_ready, lock
from .progress import SetupError, say, step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find():
    """The browser's executable, or None. CHROMIUM names one that is not on the path."""
    if own := os.environ.get("CHROMIUM"):
        if not shutil.which(own):
            raise SetupError(f"CHROMIUM={own}: there is no such program.")
        return shutil.which(own)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    unpacked = cache_dir() / "chromium"
    return found or (str(unpacked / "chromium") if is_ready(unpacked) else None)


def obtainable():
    return find() is not None or is_offline() or apt.available()


def obtain():
    """Return a browser's executable, installing one where there is none.

    :raise SetupError: where none can be had, with the remedy
    """
    with lock("browser"):
        found = find()
        if found:
            return found
        forbid_download("a browser")
        with step("getting Chromium from Debian (100 MB)"):
            if os.geteuid() == 0:
                _install()
            else:
                _unpack()
        return find()


def _install():
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
    ):
        answer = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        if answer.returncode:
            say(f"{' '.join(command)} failed: {answer.stdout[-500:]}")
    if not find():
        raise SetupError(
            "No browser could be installed. Remedy: apt-get install -y chromium, or set CHROMIUM."
        )


def _unpack():
    """Debian's Chromium with the libraries this machine lacks, for a user who may not install packages."""
    suite = apt.Suite(apt.release() or "stable")
    suite.update()
    packages = suite.dependencies("chromium")
    downloads = cache_dir() / "debs" / "chromium"
    shutil.rmtree(downloads, ignore_errors=True)
    suite.download(packages, downloads)
    with fresh_folder(cache_dir() / "chromium") as folder:
        apt.unpack(sorted(downloads.glob("*.deb")), folder)
        _write_launcher(folder)


def _write_launcher(folder):
    binary = folder / "usr/lib/chromium/chromium"
    if not binary.exists():
        raise SetupError("Debian's Chromium has another layout than expected. Remedy: set CHROMIUM.")
    libraries = sorted({str(path.parent) for path in folder.glob("usr/lib/**/*.so.*")} | {str(binary.parent)})
    launcher = folder / "chromium"
    launcher.write_text(
        "#!/bin/sh\n"
        f'export LD_LIBRARY_PATH="{":".join(libraries)}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\n'
        "if [ ! -d /etc/fonts ]; then\n"
        f'    export FONTCONFIG_PATH="{folder}/etc/fonts" XDG_DATA_HOME="{folder}/usr/share"\n'
        "fi\n"
        f'exec "{binary}" "$@"\n'
    )
    launcher.chmod(0o755)
