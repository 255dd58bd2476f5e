"""All linters, each run to its end, so that one call shows everything."""

import shutil
import subprocess

from . import addons, checks, virtualenv
from .cache import REPO, cache_dir, digest, forbid_download, fresh_folder, is_ready, lock
from .progress import SetupError, say, step

NODE_FILES = ("package.json", "package-lock.json")


def run(write=False):
    """Run every linter to its end.

    :param bool write: correct the files instead, where a tool can
    :return: int, 0 where all are content
    """
    checks.require(lint=True)
    binaries = virtualenv.make("lint", ("requirements-lint.txt",)).parent
    failed = []
    for title, command in formatters(binaries) if write else linters(binaries):
        answer = subprocess.run([str(part) for part in command], cwd=REPO, check=False)
        say(f"{title}: {'FAILED' if answer.returncode else 'ok'}")
        if answer.returncode:
            failed.append(title)
    if failed:
        say(f"lint failed: {', '.join(failed)}")
    return 1 if failed else 0


def linters(binaries):
    """List (title, command line) of all that looks at files."""
    found = [
        ("ruff check", [binaries / "ruff", "check", "."]),
        ("ruff format", [binaries / "ruff", "format", "--check", "."]),
    ]
    if names := addons.present():
        found.append(("pylint-odoo", [binaries / "pylint", "--rcfile=.pylintrc", *names]))
    if files := xml_files():
        found.append(("prettier", [*prettier(), "--check", "--log-level=warn", *files]))
    return found


def formatters(binaries):
    """List (title, command line) of all that corrects files."""
    found = [
        ("ruff check", [binaries / "ruff", "check", "--fix", "."]),
        ("ruff format", [binaries / "ruff", "format", "."]),
    ]
    if files := xml_files():
        found.append(("prettier", [*prettier(), "--write", "--log-level=warn", *files]))
    return found


def xml_files():
    return sorted(path for name in addons.present() for path in (REPO / name).rglob("*.xml"))


def prettier():
    """The command of prettier, installed into the cache from the lock file."""
    folder = cache_dir() / "node" / digest(*(REPO / name for name in NODE_FILES))
    with lock("node"):
        if not is_ready(folder):
            forbid_download("prettier")
            with step("installing prettier"), fresh_folder(folder):
                for name in NODE_FILES:
                    shutil.copy(REPO / name, folder)
                answer = subprocess.run(
                    ["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=False
                )
                if answer.returncode:
                    raise SetupError("npm could not install prettier.")
    plugin = folder / "node_modules/@prettier/plugin-xml/src/plugin.js"
    return [
        folder / "node_modules/.bin/prettier",
        "--config",
        REPO / ".prettierrc.json",
        f"--plugin={plugin}",
    ]
