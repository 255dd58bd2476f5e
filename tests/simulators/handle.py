"""Start a simulator as a process of its own, tell it what to play, end it: what all simulators have in common."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

from .control import ROOT
from .ledger import Executed, read_ledger

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60


class ProcessHandle:
    """A running simulator, as its starter sees it.

    :ivar process: what runs it: kill(), terminate() and wait() as subprocess.Popen has them
    :ivar port: first of its ports, where it is told what to play, too
    :ivar base_url: base URL there
    :ivar ledger_path: file of what was really paid
    """

    def __init__(self, process, port, ledger_path, kind="http"):
        self.process = process
        self.port = port
        self.base_url = f"{kind}://127.0.0.1:{port}"
        self.ledger_path = Path(ledger_path)

    def state(self) -> dict:
        """Return what the simulator says of itself."""
        return self._control("state")

    def play(self, script: dict) -> dict:
        """Give another script; calls are counted from 1 again."""
        return self._control("script", script)

    def reset(self) -> dict:
        """Forget all that was sent; the ledger stays."""
        return self._control("reset", {})

    def release(self) -> dict:
        """End every wait of a fault that goes on now."""
        return self._control("release", {})

    def ledger(self) -> list[Executed]:
        """Return what was really paid."""
        return read_ledger(self.ledger_path)

    def kill(self):
        """End the process at once, as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def _control(self, name, body=None, timeout=30):
        data = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(
            f"{self.base_url}{ROOT}/{name}", data, {"Content-Type": "application/json"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), *self._handlers())
        with direct.open(call, timeout=timeout) as answer:
            return json.load(answer)

    def _handlers(self):
        """Return what it takes to reach the simulator: handlers of urllib.request."""
        return ()


def start_process(package, name, script, ledger_path, *options, environ=None):
    """Start ``python -m package`` and return it and its ports when it listens; the caller ends it.

    :param package: package of the simulator, whose command line knows ``--ledger``, ``--script`` and ``--ports-file``
    :param name: of the simulator, for people
    :param script: a dict as ``knobs`` of the package describes it, or None
    :param ledger_path: file of executed payments; kept and added to
    :param options: the rest of the command line
    :param environ: {name: value} of environment variables to add
    :return: (subprocess.Popen, list of int)
    :raise RuntimeError: when it does not start
    """
    with tempfile.TemporaryDirectory(prefix="g2p_simulator_") as folder:
        script_file, ports_file = Path(folder, "script.json"), Path(folder, "ports")
        script_file.write_text(json.dumps(script or {}))
        command = [sys.executable, "-m", package, "--ledger", Path(ledger_path).resolve()]
        command += ["--script", script_file, "--ports-file", ports_file, *options]
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=_ROOT,
            env={**os.environ, **(environ or {})},
            stdout=subprocess.DEVNULL,
        )
        ends = time.monotonic() + _START_SECONDS
        while not ports_file.exists():
            if process.poll() is not None or time.monotonic() > ends:
                process.kill()
                process.wait()
                raise RuntimeError(f"the {name} simulator did not start; see its messages above")
            time.sleep(0.05)
        return process, [int(port) for port in ports_file.read_text().split()]


def running(start):
    """Return ``start`` for a ``with`` block: it gives the handle that ``start`` returns, and stops it at the end."""

    @contextmanager
    @wraps(start)
    def run(*args, **kwargs):
        handle = start(*args, **kwargs)
        try:
            yield handle
        finally:
            handle.stop()

    return run
