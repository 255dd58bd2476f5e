"""From the file that pays to the file that comes back: the real file manager, and the exported table filled in."""

import io

from openpyxl import load_workbook

from odoo.addons.g2p_payment_files.documents.results import write_template

from .file_case import FileCase
from .result_file_case import FAILED, PAID, SENT, ResultFileCase


class TestWhole(FileCase, ResultFileCase):
    def test_exported_open_payments_come_back_filled_in(self):
        made = self.make_ready(payments=3, amount=1234.5)
        self.take(made)
        self.assertEqual((self.states(made), self.results(made)), (["sent"], [SENT] * 3))
        self.name_payments(made)
        import_id = self.upload(content=self.fill_in(made, {0: "paid", 1: "failed"}))
        self.check(import_id)
        self.assertEqual(self.effects(import_id), [(2, "apply"), (3, "apply"), (4, "nothing")])
        self.apply(import_id)
        self.assertEqual((self.states(made), self.results(made)), (["sent"], [PAID, FAILED, SENT]))
        import_id = self.upload(content=self.fill_in(made, {0: "paid"}))
        self.check(import_id)
        self.apply(import_id)
        self.assertEqual((self.states(made), self.results(made)), (["done"], [PAID, FAILED, PAID]))
        batch = self.read("g2p.payment.batch", made["batch"], "dispatch_state", "stats_paid_amount")
        self.assertEqual((batch["dispatch_state"], batch["stats_paid_amount"]), ("done", 2469))

    def test_results_are_nothing_before_the_file_was_taken(self):
        made = self.name_payments(self.make_ready(payments=1))
        import_id = self.upload_and_check((made["names"][0], "paid"))
        self.assertEqual([one[:2] for one in self.errors(import_id)], [(2, "status")])

    def fill_in(self, made, statuses):
        """Return the exported workbook with these statuses, {row of the export: status}."""
        stream = io.BytesIO()
        with self.committed("officer") as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            write_template(batch._iter_open_payments(), "xlsx", stream)
        book = load_workbook(stream)
        sheet = book.active
        (column,) = (cell.column for cell in sheet[1] if cell.value.lower() == "status")
        for row, status in statuses.items():
            sheet.cell(row + 2, column, status)
        filled = io.BytesIO()
        book.save(filled)
        return filled.getvalue()
