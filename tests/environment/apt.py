"""Debian packages from any suite without touching the machine: own sources list, lists and archives.

The mirror is the one that the machine's own apt uses; what comes from it is verified with Debian's keyring.
"""

import getpass
import os
import shutil
import subprocess
from pathlib import Path

from .cache import cache_dir, forbid_download
from .progress import SetupError

KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
TARGETS = "$(ORIGIN)|$(SITE)|$(RELEASE)|$(COMPONENT)"


def available():
    """True on a machine that can fetch and unpack Debian packages."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb")) and keyring() is not None


def keyring():
    return next((path for path in KEYRINGS if path.exists()), None)


def mirrors():
    """Debian's own mirrors in this machine's apt set-up; other vendors' repositories are left out."""
    answer = _run(["apt-get", "indextargets", "--format", TARGETS])
    found = []
    for line in answer.splitlines():
        origin, site, release, component = line.split("|")
        # The origin is unknown until the first "apt-get update"; the keyring then decides.
        if origin in ("Debian", "", "$(ORIGIN)") and component == "main" and "security" not in release:
            if site not in found:
                found.append(site)
    return found


def release():
    """The suite of the machine's own main archive, such as bookworm; None where it cannot be told."""
    for line in Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME":
            return value.strip('"')
    return None


class Suite:
    """One suite of the Debian archive, kept beside the machine's own apt.

    :param str name: the suite, such as unstable
    """

    def __init__(self, name):
        self.name = name
        self.home = cache_dir() / "apt" / name
        self.options = []

    def update(self):
        """Fetch the suite's index from the first mirror that has it.

        :raise SetupError: where no mirror serves the suite
        """
        forbid_download(f"the package index of Debian {self.name}")
        for folder in ("lists/partial", "archives/partial"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        problems = []
        for mirror in mirrors():
            source = self.home / "sources.list"
            source.write_text(f"deb [signed-by={keyring()}] {mirror} {self.name} main\n")
            self.options = [
                f"-oDir::Etc::SourceList={source}",
                "-oDir::Etc::SourceParts=/dev/null",
                f"-oDir::State::Lists={self.home}/lists",
                f"-oDir::Cache={self.home}",
                "-oAcquire::Languages=none",
                f"-oAPT::Sandbox::User={getpass.getuser()}",
            ]
            try:
                _run(["apt-get", *self.options, "-oAPT::Update::Error-Mode=any", "update"])
                return
            except SetupError as error:
                problems.append(str(error))
        raise SetupError("\n".join(problems) or "apt knows of no Debian mirror; see /etc/apt/sources.list")

    def download(self, packages, folder):
        """Download the named packages, without what they depend on, into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        _run(["apt-get", *self.options, "download", *packages], cwd=folder)

    def dependencies(self, package):
        """Everything the package needs that this machine does not have installed."""
        answer = _run(["apt-get", *self.options, "--simulate", "--no-install-recommends", "install", package])
        return [line.split()[1] for line in answer.splitlines() if line.startswith("Inst ")]


def unpack(archives, folder):
    """Unpack package files into one folder, without running any of their scripts."""
    for archive in archives:
        _run(["dpkg-deb", "-x", archive, folder])


def _run(command, cwd=None):
    answer = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
    )
    if answer.returncode:
        raise SetupError(f"{' '.join(map(str, command[:1] + command[-2:]))} failed:\n{answer.stderr.strip()}")
    return answer.stdout
