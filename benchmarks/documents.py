"""Documents: how long it takes from the button until a file is made, its jobs run one by one, and how much memory.

The payments are those of the stages before. They are put into one batch, so that there is one file of them all.
"""

import base64
import io
import statistics
import time

from pypdf import PdfReader

from odoo import SUPERUSER_ID, api

from tests.environment.progress import say

from .memory import measure_peak

BANK_CSV = "g2p_payment_files.payment_file_config_bank_csv"
VOUCHERS = "g2p_payment_files.payment_file_config_voucher_sheet"
CHANNEL = "root.g2p_files"
MOST_VOUCHERS = 10_000
ROUNDS = 3

#: What the ready-made CSV shows, by one statement.
COPY = """
    COPY (
        SELECT row_number() OVER (ORDER BY p.id) AS "No", replace(p.name, '-', '') AS "End-to-End ID",
               p.payee_name AS "Beneficiary Name", p.payee_id_value AS "Beneficiary Account",
               p.payee_bank_code AS "Beneficiary Bank", p.amount_issued::numeric(18, 2) AS "Amount",
               c.name AS "Currency", current_date AS "Execution Date", '' AS "Payer Account",
               g.name AS "Remittance Information", '' AS "Message ID"
          FROM g2p_payment p JOIN res_currency c ON c.id = p.currency_id
          JOIN g2p_cycle y ON y.id = p.cycle_id JOIN g2p_program g ON g.id = y.program_id
         WHERE p.batch_id = %(batch)s AND p.state <> 'cancelled' ORDER BY p.id
    ) TO STDOUT (FORMAT csv, HEADER)
"""


class Documents:
    """Makes documents of a run's payments.

    :param run: run.Run that has come to its end
    :param connect: function that returns a connection of its own
    """

    def __init__(self, run, connect):
        self.run = run
        self.connect = connect
        query = "SELECT min(id), count(*) FROM g2p_payment_batch WHERE cycle_id = %(cycle)s"
        self.batch = run.look(query)[0][0]

    # ---- what is measured ----------------------------------------------------------------------------------
    def measure_csv(self):
        """Return one row of the report for a CSV of all payments, with its memory at a tenth of them too."""
        config = self._make_config(BANK_CSV)
        sizes = [size for size in (self.run.count // 10, self.run.count) if size]
        peaks = {}
        for size in sizes:
            self._gather(size)
            (seconds, queries), peaks[size] = measure_peak(lambda: self._make(config))
        plain = statistics.median(self._copy() for _round in range(ROUNDS))
        say(f"CSV of {self.run.count} rows: {seconds / plain:.1f}x, memory {_show_peaks(peaks)}")
        return {
            "stage": f"CSV of {self.run.count} rows",
            "seconds": round(seconds, 4),
            "plain_seconds": round(plain, 4),
            "queries": queries,
            "peak_mb": peaks,
            # One COPY without a job, a hash or a check: what it takes is shown, and nothing hangs on it.
            "limited": False,
        }

    def measure_vouchers(self):
        """Return what 10,000 vouchers take, or as many as there are payments (dict)."""
        config = self._make_config(VOUCHERS)
        count = min(self.run.count, MOST_VOUCHERS)
        peaks = {}
        for size in [size for size in (count // 10, count) if size]:
            self._gather(size)
            parts = []
            (seconds, _queries), peaks[size] = measure_peak(lambda parts=parts: self._make(config, parts))
        pages = self._count_pages(config)
        say(f"{count} vouchers: {pages / seconds:.1f} pages/s, memory {_show_peaks(peaks)}")
        return {
            "vouchers": count,
            "pages": pages,
            "seconds": round(seconds, 2),
            "pages_per_second": round(pages / seconds, 2),
            "parts": len(parts) - 1,
            "seconds_per_part": round(statistics.mean(parts[:-1]), 3),
            "slowest_part": round(max(parts[:-1]), 3),
            "joining": round(parts[-1], 3),
            "peak_mb": peaks,
        }

    # ---- how -----------------------------------------------------------------------------------------------
    def _make_config(self, name):
        """Copy a ready-made configuration as a document that pays nothing; the manager makes only that one."""
        with self.run.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            config = env.ref(name).copy({"name": f"Bench {name}", "purpose": "document"})
            managers = env[self.run.rail.model].search([("program_id", "=", self.run.ids["program"])])
            managers.write({"payment_file_config_ids": [(6, 0, config.ids)]})
            return config.id

    def _gather(self, size):
        """Put the first payments of the cycle into one batch, and no others."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE g2p_payment SET batch_id = CASE WHEN place <= %(size)s THEN %(batch)s::int END
                  FROM (SELECT id AS found, row_number() OVER (ORDER BY id) AS place
                          FROM g2p_payment WHERE cycle_id = %(cycle)s) AS places
                 WHERE id = found
                """,
                self.run.ids | {"size": size, "batch": self.batch},
            )

    def _make(self, config, parts=None):
        """Press the button, run the jobs, and wait until another connection sees the file.

        :param list parts: takes the seconds of each job
        :return: (seconds, queries)
        """
        run = self.run
        with run.counting() as counted:
            started = time.perf_counter()
            batch = self.batch
            run.request("officer", lambda env: env["g2p.payment.batch"].browse(batch).action_make_files())
            run.work_off(CHANNEL, parts)
            state = run.look(
                f"SELECT state FROM g2p_payment_file WHERE config_id = {config} ORDER BY id DESC"
            )
            seconds = time.perf_counter() - started
        if not state or state[0][0] != "made":
            raise RuntimeError(f"The file was not made: {state}")
        return seconds, counted.queries

    def _copy(self):
        """Return the seconds that one COPY of the same columns takes."""
        with self.connect() as connection, connection.cursor() as cursor:
            started = time.perf_counter()
            cursor.copy_expert(cursor.mogrify(COPY, {"batch": self.batch}).decode(), io.BytesIO())
            return time.perf_counter() - started

    def _count_pages(self, config):
        with self.run.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            file = env["g2p.payment.file"].search([("config_id", "=", config)], order="id desc", limit=1)
            data = base64.b64decode(file.with_context(bin_size=False).content)
            return len(PdfReader(io.BytesIO(data)).pages)


def _show_peaks(peaks):
    return ", ".join(
        f"+{peak:.0f} MB at {size}" if peak is not None else f"unknown at {size}"
        for size, peak in peaks.items()
    )
