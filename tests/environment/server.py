"""A really running Odoo server, with its job runner, as a process of its own."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import logs, rpc
from .progress import SetupError

HOST = "127.0.0.1"
START_LIMIT = 120  # seconds
STOP_LIMIT = 40
FIRST_PORT = 12_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
# Odoo 19 announces, on each call, that XML-RPC and JSON-RPC go in Odoo 20; nothing else is muted.
LOG_HANDLERS = ":INFO,odoo.addons.rpc.controllers.xmlrpc:ERROR,odoo.addons.rpc.controllers.jsonrpc:ERROR"


def free_port():
    """Return a port that nobody has, for a server that will take it in a while.

    It lies below those that the kernel gives away: a connection of somebody else's cannot come first.
    """
    end = int(EPHEMERAL.read_text().split()[0])
    while True:
        # By chance, not one after the other: several processes choose at the same time.
        chosen = FIRST_PORT + secrets.randbelow(end - FIRST_PORT) if end > FIRST_PORT else 0
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, chosen))
            return probe.getsockname()[1]


class OdooServer:
    """Start with ``with OdooServer(environment, database) as server:`` or start() and stop().

    :param environment: environment.Environment
    :param str database: the only database it serves
    :param int http_port: a free one where None
    :param int workers: 0 for threads in one process, else that many processes
    :param bool jobs: run queue_job's job runner
    :param str channels: queue_job's channels and their capacity
    :param dict extra_config: further options of Odoo's configuration file
    :param log_path: Odoo's log file; in .g2p/log where None
    """

    def __init__(
        self,
        environment,
        database,
        *,
        http_port=None,
        workers=0,
        jobs=True,
        channels="root:4",
        extra_config=None,
        log_path=None,
    ):
        self.environment = environment
        self.database = database
        self.http_port = http_port or free_port()
        self.workers = workers
        self.jobs = jobs
        self.channels = channels
        self.extra_config = extra_config or {}
        self.log_path = Path(log_path or environment.state_dir / "log" / f"{database}-{self.http_port}.log")
        self.process = None
        self._log_start = 0

    @property
    def url(self):
        return f"http://{HOST}:{self.http_port}"

    @property
    def pid(self):
        """Process id of the running server (with workers: of their parent), else None."""
        return self.process.pid if self.is_running() else None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def start(self):
        """Start the process and wait until it answers.

        :return: self
        :raise SetupError: where it ends or does not answer in time, with the end of its log
        """
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        config = self._write_config()
        # What Odoo prints besides its log (a crash of Python itself) lands beside it.
        with open(self.log_path.with_suffix(".out"), "ab") as output:
            self.process = subprocess.Popen(
                self.environment.odoo_command("server", "-c", config),
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise
        return self

    def _write_config(self):
        options = {
            "http_port": self.http_port,
            "workers": self.workers,
            "max_cron_threads": 1,
            "logfile": self.log_path,
            "log_handler": LOG_HANDLERS,
            **self.extra_config,
        }
        if self.workers:
            options.setdefault("gevent_port", free_port())
        jobs = {"channels": self.channels, "host": HOST, "port": self.http_port} if self.jobs else None
        path = self.environment.state_dir / "conf" / f"{self.database}-{self.http_port}.conf"
        return self.environment.write_config(path, self.database, jobs, **options)

    def _wait_until_it_answers(self):
        limit = time.monotonic() + START_LIMIT
        while time.monotonic() < limit:
            if not self.is_running():
                raise SetupError(f"The Odoo server ended while starting:\n{self._log_end()}")
            try:
                # Asks for the login page, so that the registry is loaded when this returns.
                with urllib.request.urlopen(f"{self.url}/web/login", timeout=START_LIMIT):
                    return
            except urllib.error.HTTPError as error:
                raise SetupError(f"The Odoo server answers {error.code}:\n{self._log_end()}") from error
            except OSError:
                time.sleep(0.2)
        raise SetupError(f"The Odoo server did not answer in {START_LIMIT} s:\n{self._log_end()}")

    def stop(self):
        """Stop it the clean way: what runs is finished; after a while it is killed.

        :return: int, the exit code, or None where it did not run
        """
        if self.process is None:
            return None
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def kill(self, signal_number=signal.SIGKILL):
        """Send a signal to the server and all of its workers at once, and wait for its end.

        :param int signal_number: SIGKILL leaves it no time for anything
        """
        if self.is_running():
            os.killpg(self.process.pid, signal_number)
            self.process.wait(STOP_LIMIT)

    def warnings(self):
        """Log records above INFO since this start, each a str with its traceback."""
        return logs.complaints(self.log_path, self._log_start)

    def xmlrpc(self, login="admin", password="admin"):
        """Return a callable (model, method, \\*args, \\*\\*kwargs) for this user, over XML-RPC."""
        return rpc.xmlrpc_caller(self.url, self.database, login, password)

    def jsonrpc(self, login="admin", password="admin"):
        """Return a callable (model, method, \\*args, \\*\\*kwargs) for this user, over JSON-RPC."""
        return rpc.jsonrpc_caller(self.url, self.database, login, password)

    def _log_end(self):
        for path in (self.log_path, self.log_path.with_suffix(".out")):
            if path.exists() and path.stat().st_size:
                return path.read_text(errors="replace")[-3000:]
        return "(it logged nothing)"
