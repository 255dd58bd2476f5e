"""Copies of the tables, filled and changed by one set statement each: what PostgreSQL itself needs."""

import time

#: Tables that the stages write, those that others refer to first.
TABLES = (
    "g2p_program_membership",
    "g2p_cycle_membership",
    "g2p_entitlement",
    "g2p_payment_batch",
    "g2p_payment_submission",
    "g2p_payment",
    "g2p_payment_exchange",
    "g2p_payment_phee_file",
    "queue_job",
)


class Copies:
    """One set of copies, in a schema of its own: same columns, defaults, indexes, checks and foreign keys.

    :param server: tests.environment.postgres.Server
    :param str database: the database of the benchmark
    :param str schema: name of the schema to make
    """

    def __init__(self, server, database, schema):
        self.schema = schema
        self.connection = server.connect(database)

    def make(self):
        """Make the copies, empty."""
        with self.connection.cursor() as cursor:
            foreign_keys = [row for table in TABLES for row in self._foreign_keys(cursor, table)]
            cursor.execute(f"CREATE SCHEMA {self.schema}")
            for table in TABLES:
                cursor.execute(f"CREATE TABLE {self.schema}.{table} (LIKE public.{table} INCLUDING ALL)")
            # A foreign key to a table that is copied too refers to the copy.
            cursor.execute(f"SET search_path TO {self.schema}, public")
            for table, name, definition in foreign_keys:
                cursor.execute(f'ALTER TABLE {self.schema}.{table} ADD CONSTRAINT "{name}" {definition}')

    def _foreign_keys(self, cursor, table):
        cursor.execute(
            "SELECT %s, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = ('public.' || %s)::regclass AND contype = 'f' ORDER BY conname",
            (table, table),
        )
        return cursor.fetchall()

    def run(self, statements, parameters, is_seen):
        """Run statements in one transaction.

        :param statements: SQL texts; an unqualified table is the copy, ``public.`` the real one
        :param dict parameters: values for the statements
        :param is_seen: function that returns once another connection sees the committed rows
        :return: float, seconds from the first statement until they are seen
        """
        with self.connection.cursor() as cursor:
            started = time.perf_counter()
            cursor.execute("BEGIN")
            for statement in statements:
                cursor.execute(statement, parameters)
            cursor.execute("COMMIT")
            is_seen(self.schema)
            return time.perf_counter() - started

    def close(self):
        self.connection.close()
