"""Databases: made, cloned with their files, and dropped only where they are ours."""

import os
import re
import shutil

from psycopg2 import errors, sql

from .progress import SetupError

PREFIXES = ("g2p_demo_", "g2p_test_")
MARKER = "g2p-payments: may be dropped"
RUN = re.compile(r"g2p_test_(?:run|engine)_(\d+)")
EXTENSIONS = ("pg_trgm", "unaccent")


class Databases:
    """The project's databases on one server.

    :param server: postgres.Server
    :param data_dir: Odoo's data folder, which holds each database's files
    """

    def __init__(self, server, data_dir):
        self.server = server
        self.data_dir = data_dir

    def names(self, prefix="g2p_"):
        """Databases of ours with this prefix, oldest first."""
        rows = self.server.query(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) "
            "AND shobj_description(oid, 'pg_database') = %s ORDER BY oid",
            (prefix, MARKER),
        )
        return [name for (name,) in rows if name.startswith(PREFIXES)]

    def exists(self, name):
        return bool(self.server.query("SELECT 1 FROM pg_database WHERE datname = %s", (name,)))

    def create(self, name, template=None, durable=False):
        """Make a database, empty or as a clone of a template, and mark it as one that may be dropped.

        :param str name: must start with g2p_demo_ or g2p_test_
        :param str template: a database nobody is connected to
        :param bool durable: wait for each commit to be written, as a database of worth would
        :return: str, the name
        """
        if not name.startswith(PREFIXES):
            raise SetupError(f"Database {name}: only names starting with {' or '.join(PREFIXES)} are made.")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        self.server.query(statement)
        self._execute("COMMENT ON DATABASE {} IS %s", name, (MARKER,))
        if durable:
            self._execute("ALTER DATABASE {} SET synchronous_commit TO on", name)
        if template:
            self._clone_files(template, name)
        else:
            self._add_extensions(name)
        return name

    def drop(self, name):
        """Drop a database of ours with its files; refuse any other.

        :raise SetupError: where the name or the marker says that it is somebody's own
        """
        if not self.exists(name):
            return
        if name not in self.names():
            raise SetupError(
                f"Database {name} is not dropped: it is not named {' or '.join(PREFIXES)} with our marker "
                f"({MARKER!r})."
            )
        self._execute("DROP DATABASE {} WITH (FORCE)", name)
        shutil.rmtree(self._files(name), ignore_errors=True)

    def drop_leftovers(self):
        """Drop what test runs left behind that were killed."""
        if not self.server.private:
            return  # The process may live on another machine.
        for name in self.names("g2p_test_"):
            process = RUN.match(name)
            if process and not os.path.exists(f"/proc/{process.group(1)}"):
                self.drop(name)

    def seal(self, name):
        """Let nobody connect any more, so that it can be cloned at any time."""
        self._execute("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)

    def is_sealed(self, name):
        rows = self.server.query("SELECT datallowconn FROM pg_database WHERE datname = %s", (name,))
        return rows == [(False,)]

    def _execute(self, statement, name, parameters=()):
        self.server.query(sql.SQL(statement).format(sql.Identifier(name)), parameters)

    def _files(self, name):
        return self.data_dir / "filestore" / name

    def _clone_files(self, template, name):
        # Odoo never changes a file of its store, so links do.
        shutil.rmtree(self._files(name), ignore_errors=True)
        if self._files(template).exists():
            shutil.copytree(self._files(template), self._files(name), copy_function=os.link)

    def _add_extensions(self, name):
        for extension in EXTENSIONS:
            try:
                self.server.query(f"CREATE EXTENSION IF NOT EXISTS {extension}", database=name)
            except (errors.FeatureNotSupported, errors.UndefinedFile, errors.InsufficientPrivilege):
                continue  # Odoo does without: an embedded PostgreSQL has none.
            if extension == "unaccent":
                # As Odoo does in the databases that it creates itself: else its indexes cannot use it, and it warns.
                self.server.query("ALTER FUNCTION unaccent(text) IMMUTABLE", database=name)
