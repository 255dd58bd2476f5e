"""Virtual environments, kept in the cache under a name made of all that went into them."""

import importlib.util
import os
import re
import subprocess
import sys

from .cache import REPO, cache_dir, digest, fresh_folder, is_offline, is_ready, lock
from .progress import SetupError, step

# "pip check" would say this of every environment: Odoo comes from elsewhere, under Debian's names.
NOT_OURS = re.compile(r"requires odoo|^odoo \S+ requires")


def make(name, requirement_files, path_entry=None):
    """Return the Python of a virtual environment that holds the pinned packages; make it where there is none.

    :param str name: what it is for
    :param requirement_files: names of the requirement files in the repository
    :param path_entry: a folder to add to the environment's import path
    :return: pathlib.Path of its python
    """
    files = [REPO / file for file in requirement_files]
    key = digest(*files, sys.version, sys.base_prefix, str(path_entry))
    folder = cache_dir() / "venvs" / f"{name}-{key}"
    python = folder / "bin" / "python"
    with lock(f"venv-{name}"):
        # A Python that was upgraded or removed leaves a link to nothing.
        if not is_ready(folder) or not python.exists():
            wheels = _wheels(files)
            with step(f"making the virtual environment '{name}'"), fresh_folder(folder):
                _install(folder, python, wheels, files)
                if path_entry:
                    library = next(folder.glob("lib/python*/site-packages"))
                    (library / "odoo-19.pth").write_text(f"{path_entry}\n")
    return python


def _wheels(files):
    """Bring every pinned package into the cache as a wheel, so that environments can be made offline."""
    wheels = cache_dir() / "wheels"
    key = digest(*files, sys.version)
    marker = wheels / f".{key}"
    if marker.exists():
        return wheels
    if not is_offline():
        with step("downloading Python packages"):
            command = [*_pip_of_system(), "wheel", "--quiet", "--no-deps", "-w", str(wheels)]
            _run([*command, f"--find-links={wheels}", *_requirements(files)], "download the Python packages")
            marker.touch()
    return wheels


def _pip_of_system():
    """A pip that can run before the environment exists."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    seed = cache_dir() / "venvs" / "seed"
    python = seed / "bin" / "python"
    if not is_ready(seed) or not python.exists():
        with fresh_folder(seed):
            _run([sys.executable, "-m", "venv", "--clear", str(seed)], "make a virtual environment")
    return [str(python), "-m", "pip", "--disable-pip-version-check"]


def _install(folder, python, wheels, files):
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], "make a virtual environment")
    pip = [*_pip_of_system(), "--python", str(python)]
    command = [*pip, "install", "--quiet", "--no-deps", "--no-index", f"--find-links={wheels}"]
    # Odoo forks and threads; compiled files are written once here instead of by each of them.
    _run([*command, "--compile", *_requirements(files)], "install the Python packages from the cache")
    answer = subprocess.run([*pip, "check"], capture_output=True, text=True, check=False, env=_environ())
    problems = [line for line in answer.stdout.splitlines() if not NOT_OURS.search(line)]
    if answer.returncode and problems:
        raise SetupError("The pinned requirements do not fit together:\n" + "\n".join(problems))


def _requirements(files):
    return [f"--requirement={file}" for file in files]


def _run(command, what):
    answer = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=_environ()
    )
    if answer.returncode:
        hint = " G2P_OFFLINE forbids downloads; run it once without." if is_offline() else ""
        raise SetupError(f"Could not {what}.{hint}\n{answer.stdout.strip()[-3000:]}")


def _environ():
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_"))}
    if is_offline():
        # Not even the user's own pip settings may lead to an index.
        environ.update(PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="")
    return environ
