"""All linters, each run to its end, so that one call shows everything."""

import shutil
import subprocess

from . import addons, checks, virtualenv
from .cache import REPO, cache_dir, digest, forbid_download, fresh_folder, is_ready, lock
from .progress import SetupError, say, step

NODE_FILES = ("package.json", "package-lock.json")
PYTHON_FOLDERS = ("tests", "benchmarks")


def run():
    """Run every linter and return 0 where all are content."""
    checks.require(lint=True)
    binaries = virtualenv.make("lint", ("requirements-lint.txt",)).parent
    names = addons.present()
    failed = []
    for title, command in commands(binaries, names):
        with_title = subprocess.run([str(part) for part in command], cwd=REPO, check=False)
        say(f"{title}: {'FAILED' if with_title.returncode else 'ok'}")
        if with_title.returncode:
            failed.append(title)
    if failed:
        say(f"lint failed: {', '.join(failed)}")
    return 1 if failed else 0


def commands(binaries, names):
    """List (title, command line) of all linters."""
    own = [name for name in PYTHON_FOLDERS if (REPO / name).exists()]
    found = [
        ("ruff check", [binaries / "ruff", "check", "."]),
        ("ruff format", [binaries / "ruff", "format", "--check", "."]),
    ]
    if names:
        found.append(("pylint-odoo", [binaries / "pylint", "--rcfile=.pylintrc", *names]))
    found.append(("pylint", [binaries / "pylint", "--rcfile=.pylintrc", "--disable=odoolint", *own]))
    xml = sorted(path for name in names for path in (REPO / name).rglob("*.xml"))
    if xml:
        found.append(("prettier", [*prettier(), "--check", "--log-level=warn", *xml]))
    return found


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
