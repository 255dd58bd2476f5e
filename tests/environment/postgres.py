"""A private PostgreSQL cluster with a Unix socket of its own, or the one that G2P_PG_URL names.

The private cluster holds nothing but databases that can be made again, so it does not wait for disks.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg2

from . import pg_binaries
from .cache import STATE, cache_dir, digest, lock
from .progress import SetupError, step

ROLE = "g2p"  # Odoo refuses to work as "postgres"
PORT = 5432  # only a part of the socket's name: nothing listens on TCP
SOCKET_LIMIT = 100  # bytes; the kernel's own limit is 107
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}
UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server.

    ``private`` is True where the server is the project's own, and its databases too.
    """

    host: str
    port: int
    user: str
    password: str = ""
    private: bool = True

    def connect(self, database="postgres"):
        """Return a psycopg2 connection in autocommit mode."""
        connection = psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password or None,
            dbname=database,
            connect_timeout=10,
        )
        connection.autocommit = True
        return connection

    def query(self, statement, parameters=(), database="postgres"):
        """Run one statement outside any transaction and return its rows, if it has some."""
        with contextlib.closing(self.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []


def forget_pg_variables():
    """Take the usual PG* variables out of this process and so out of all its children."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


def obtain():
    """Return the Server to work with; start the private cluster where it is not running."""
    forget_pg_variables()
    if url := os.environ.get("G2P_PG_URL"):
        return _from_url(url)
    cluster = Cluster()
    with lock("postgres"):
        return cluster.start()


def _from_url(url):
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.username:
        raise SetupError("G2P_PG_URL must look like postgresql://user:password@host:port")
    server = Server(
        unquote(parts.hostname or "localhost"),
        parts.port or PORT,
        unquote(parts.username),
        unquote(parts.password or ""),
        private=False,
    )
    try:
        server.query("SELECT 1")
    except psycopg2.OperationalError as error:
        raise SetupError(f"G2P_PG_URL names a server that does not answer: {error}") from error
    return server


class Cluster:
    """The private cluster: files, process, socket."""

    def __init__(self):
        self.programs, self.is_embedded = pg_binaries.choose()
        self.owner = _unprivileged_user()
        self.home = self._home()
        self.data = self.home / "data"
        self.socket_folder = self._socket_folder()
        self.server = Server(str(self.socket_folder), PORT, ROLE)

    def _home(self):
        kind = "embedded" if self.is_embedded else "system"
        version = self._version_of(self.programs)
        if not self.owner:
            return cache_dir() / "postgres" / f"{kind}-{version}"
        # The unprivileged owner must get there: root's own folders are closed to it.
        place = Path("/var/tmp") / f"g2p-payments-{digest(cache_dir())}"
        return place / f"{kind}-{version}"

    def _version_of(self, programs):
        answer = subprocess.run(
            [str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
        return answer.stdout.split()[2].split(".")[0]

    def _socket_folder(self):
        folder = self.home / "socket"
        if len(os.fsencode(folder)) + len(f"/.s.PGSQL.{PORT}.lock") <= SOCKET_LIMIT:
            return folder
        return Path(tempfile.gettempdir()) / f"g2p-{os.geteuid()}-{digest(self.home)}"

    def start(self):
        """Start the cluster unless it runs already; make it first where there is none.

        :return: the Server to connect to
        """
        if self._answers():
            return self.server
        self._make_folders()
        if not (self.data / "global" / "pg_control").exists():
            self._initialise()
        self._forget_stale_process()
        with step("starting PostgreSQL"):
            self._pg_ctl("start", f"--log={self.home / 'postgres.log'}", "--timeout=60")
        STATE.mkdir(exist_ok=True)
        (STATE / "postgres").write_text(f"{self.home}\n")
        return self.server

    def stop(self):
        """Stop the cluster; nothing happens where it does not run."""
        if self._running_process():
            self._make_programs_reachable()
            self._pg_ctl("stop", "--mode=fast", "--timeout=60")

    def _answers(self):
        if not self._running_process():
            return False
        for _attempt in range(50):
            try:
                self.server.query("SELECT 1")
                return True
            except psycopg2.OperationalError:
                time.sleep(0.2)
        return False

    def _running_process(self):
        """The cluster's process id, or None; another process that got the same id does not count."""
        try:
            process = int((self.data / "postmaster.pid").read_text().split()[0])
            working_folder = os.readlink(f"/proc/{process}/cwd")
        except (OSError, ValueError, IndexError):
            return None
        return process if Path(working_folder) == self.data.resolve() else None

    def _forget_stale_process(self):
        if self._running_process():
            return
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.socket_folder.glob(".s.PGSQL.*"):
            leftover.unlink()

    def _make_folders(self):
        for folder in (self.home.parent, self.home, self.socket_folder):
            folder.mkdir(parents=True, exist_ok=True)
            expected = {os.geteuid(), self.owner.pw_uid if self.owner else os.geteuid()}
            if folder.stat().st_uid not in expected:
                raise SetupError(f"{folder} belongs to somebody else. Remove it, or set G2P_CACHE.")
            if self.owner:
                os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
            if folder != self.home.parent or self.owner:
                folder.chmod(0o700)
        self._make_programs_reachable()

    def _make_programs_reachable(self):
        """Put the embedded programs where their unprivileged user can read them: root's folders are closed."""
        if not (self.owner and self.is_embedded):
            return
        package = self.programs.parent.parent
        # The programs find their libraries by the way from one folder to the other.
        reachable = self.home / "programs"
        if not reachable.exists():
            partial = self.home / "programs.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(self.programs.parent, partial / package.name / self.programs.parent.name)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, partial / libraries.name)
            partial.rename(reachable)
        self.programs = reachable / self.programs.relative_to(package.parent)

    def _initialise(self):
        with step("making the PostgreSQL cluster"):
            shutil.rmtree(self.data, ignore_errors=True)
            self._run(
                self.programs / "initdb",
                f"--pgdata={self.data}",
                f"--username={ROLE}",
                "--auth=trust",
                "--encoding=UTF8",
                "--lc-collate=C",
                "--lc-ctype=C.UTF-8",
                "--no-sync",
            )
            lines = [f"{name} = '{value}'" for name, value in SETTINGS.items()]
            lines.append(f"unix_socket_directories = '{self.socket_folder}'")
            with open(self.data / "postgresql.conf", "a") as stream:
                stream.write("\n".join(["", *lines, ""]))

    def _pg_ctl(self, action, *options):
        self._run(self.programs / "pg_ctl", action, f"--pgdata={self.data}", "--wait", *options)

    def _run(self, *command):
        identity = {}
        if self.owner:
            identity = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile() as output:
            answer = subprocess.run(
                [str(part) for part in command],
                # A file, not a pipe: the server process inherits it and would keep a pipe open.
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
                check=False,
                start_new_session=True,
                **identity,
            )
            if answer.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace") + self._log_end()
                raise SetupError(
                    f"{Path(command[0]).name} failed:\n{said}\n"
                    f"Remedy: if the cluster is broken, remove {self.home}; "
                    "all databases in it are made again."
                )

    def _log_end(self):
        log = self.home / "postgres.log"
        return log.read_text(errors="replace")[-1000:] if log.exists() else ""


def _unprivileged_user():
    """The user that owns the cluster where we are root, which PostgreSQL refuses to be; else None."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise SetupError("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'.")
