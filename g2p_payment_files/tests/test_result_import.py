import base64
import hashlib
import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..documents.results import ReadOptions, read_results
from .result_case import COLUMNS, ResultCase


@tagged("post_install", "-at_install")
class TestResultImport(ResultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.batch = cls.make_open_batch(4)
        cls.names = cls.batch.payment_ids.sorted("id").mapped("name")

    def test_check_shows_counts_and_sums_and_changes_nothing(self):
        record = self.check(
            (self.names[0], "paid", "100"), (self.names[1], "failed"), (self.names[2], ""), ("nobody", "paid")
        )
        counts = record.read([f"count_{one}" for one in ("apply", "nothing", "error", "final", "wait")])[0]
        self.assertEqual([counts[one] for one in counts if one != "id"], [2, 1, 1, 0, 0])
        self.assertEqual((record.rows_count, record.state), (4, "checked"))
        for text in ("Apply", "Says Nothing", "Error", "100.00"):
            self.assertIn(text, record.summary)
        self.assertEqual(record.error_ids.mapped("value"), ["nobody"])
        self.assertEqual(set(self.batch.payment_ids.mapped("state")), {"sent"})

    def test_file_is_uploaded_in_the_form(self):
        model = self.env["g2p.payment.result.import"].with_user(self.finance)
        with Form(model) as form:
            form.file = base64.b64encode(self.make_file((self.names[0], "paid")))
            form.delimiter = ","
        record = form.save()
        record.action_check()
        self.assertEqual((record.state, record.count_apply), ("checked", 1))
        with self.assertRaises(UserError):
            Form(model).save()

    def test_summary_shows_no_markup_of_the_file(self):
        record = self.check(("<script>", "paid"))
        self.assertNotIn("<script>", record.summary)

    def test_what_the_reader_finds_wrong_stands_beside_what_the_books_find_wrong(self):
        record = self.check((self.names[0], "perhaps"), ("nobody", "paid"))
        self.assertEqual(record.count_error, 2)
        self.assertEqual(sorted(record.error_ids.mapped("line")), [2, 3])

    def test_file_that_is_no_table_is_an_error_and_no_exception(self):
        for content in (b"", b"\x00\xff" * 50, b"PK\x03\x04 and nothing more", b"one column\nvalue\n"):
            with self.subTest(content[:10]):
                record = self.upload(content or b" ")
                record.action_check()
                self.assertGreaterEqual(record.count_error, 1)
                with self.assertRaises(UserError):
                    record.action_apply()

    def test_file_without_lines_is_not_applied(self):
        record = self.check()
        with self.assertRaises(UserError):
            record.action_apply()

    def test_check_can_be_taken_back_to_read_the_file_in_another_way(self):
        record = self.check((self.names[0], "paid", "100"))
        with self.assertRaises(UserError):
            record.delimiter = ";"
        record.action_reset()
        self.assertEqual((record.state, len(record.line_ids), record.count_apply), ("draft", 0, 0))
        record.delimiter = ","
        record.action_check()
        record.action_check()
        self.assertEqual((record.state, len(record.line_ids)), ("checked", 1))

    def test_guarded_fields_are_refused_and_lines_are_written_by_nobody(self):
        record = self.check((self.names[0], "paid"))
        for vals in (
            {"state": "done"},
            {"count_error": 0},
            {"applied_by": self.finance2.id},
            {"checked_by": self.finance2.id},
            {"sha256": "0" * 64},
            {"run_token": "x"},
            {"line_ids": [(5,)]},
            {"line_ids": [(1, record.line_ids.id, {"lot": "one"})]},
        ):
            with self.subTest(vals):
                for one in (record, record.sudo()):
                    with self.assertRaises(UserError):
                        one.write(vals)
                with self.assertRaises(UserError):
                    record.create({"file": base64.b64encode(b"x"), **vals})
        for vals in ({"lot": "one"}, {"effect": "apply"}, {"result": "failed"}, {"payment_id": False}):
            for line in (record.line_ids, record.line_ids.sudo()):
                with self.subTest(vals), self.assertRaises(UserError):
                    line.write(vals)

    def test_file_stays_as_it_was_uploaded(self):
        content = self.make_file((self.names[0], "paid"))
        record = self.upload(content)
        self.assertEqual(record.sha256, hashlib.sha256(content).hexdigest())
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id), ("res_field", "=", "file")]
        )
        self.assertEqual(attachment.raw, content)
        other = base64.b64encode(b"forged")
        for attempt in (
            lambda: record.write({"file": other}),
            lambda: record.sudo().write({"file": other}),
            lambda: record.write({"file_name": "another.csv"}),
            lambda: attachment.write({"raw": b"forged"}),
            lambda: attachment.with_user(self.finance).write({"raw": b"forged"}),
            lambda: attachment.unlink(),
        ):
            with self.assertRaises(UserError):
                attempt()
        with self.assertRaises(UserError):
            record.copy()
        record.unlink()
        self.assertFalse(attachment.exists(), "a file whose import may be deleted goes with it")

    def test_import_that_was_applied_is_not_deleted(self):
        record = self.check((self.names[0], "paid"))
        record.action_apply()
        for one in (record, record.sudo()):
            with self.assertRaises(UserError):
                one.unlink()

    def test_file_is_read_by_finance_and_auditors_only(self):
        record = self.upload(self.make_file((self.names[0], "paid")))
        for user in (self.finance2, self.auditor):
            self.assertTrue(record.with_user(user).file)
        for user in (self.officer, self.g2padmin):
            self.assertEqual(record.with_user(user).sha256, record.sha256)
            with self.assertRaises(AccessError):
                record.with_user(user).read(["file"])
        for user in (self.registrar, self.approver, self.releaser):
            with self.assertRaises(AccessError):
                record.with_user(user).read(["state"])

    def test_only_finance_presses_the_buttons(self):
        record = self.check((self.names[0], "paid"))
        for user in (self.officer, self.releaser, self.auditor, self.g2padmin, self.env.user):
            for method in (
                "action_check",
                "action_apply",
                "action_confirm",
                "action_refuse",
                "action_reset",
                "action_continue",
            ):
                with self.subTest(user=user.login, method=method):
                    with self.assertRaises(UserError):
                        getattr(record.with_user(user), method)()

    def test_text_of_the_file_is_kept_short_and_on_one_line(self):
        reason = "two\nlines\x07" + "x" * 900
        record = self.check((self.names[0], "failed", "", "", "", "AC04", reason))
        self.assertEqual(record.count_error, 0)
        line = record.line_ids
        self.assertLessEqual(len(line.reason), 500)
        self.assertTrue(line.reason.isprintable())
        record.action_apply()
        payment = line.payment_id
        self.assertEqual((payment.status, payment.status_reason), ("failed", line.reason))

    def test_queries_do_not_grow_with_the_lines(self):
        counts = {}
        for size in (20, 200):
            batch = self.make_open_batch(size)
            rows = [(name, "paid", "100") for name in batch.payment_ids.mapped("name")]
            record = self.upload(self.make_file(*rows))
            checked = self.count_queries(record.action_check)
            applied = self.count_queries(record.action_apply)
            counts[size] = (checked, applied)
            self.assertEqual(set(batch.payment_ids.mapped("status")), {"paid"})
        for small, large in zip(*counts.values(), strict=True):
            self.assertLessEqual(large, small + 5, counts)


@tagged("post_install", "-at_install")
class TestOpenPaymentsExport(ResultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.batch = cls.make_open_batch(3)
        cls.payments = cls.batch.payment_ids.sorted("id")

    def export(self, kind, batches=None, user=None):
        from ..documents.results import write_template

        stream = io.BytesIO()
        batches = (batches or self.batch).with_user(user or self.finance)
        write_template(batches._iter_open_payments(), kind, stream)
        return stream.getvalue()

    def test_export_is_a_file_that_the_import_takes_and_says_nothing(self):
        for kind in ("csv", "xlsx"):
            with self.subTest(kind):
                record = self.upload(self.export(kind))
                record.action_check()
                self.assertFalse(record.count_error, record.error_ids.mapped("message"))
                self.assertEqual((record.rows_count, record.count_nothing), (3, 3))
                table = read_results(self.export(kind), ReadOptions())
                self.assertEqual([row.reference for row in table.rows], self.payments.mapped("name"))

    def test_export_leaves_out_what_waits_for_no_result(self):
        self.payments[0]._guarded_write({"disputed": True})
        record = self.check((self.payments[1].name, "paid"))
        record.action_apply()
        table = read_results(self.export("csv"), ReadOptions())
        self.assertEqual([row.reference for row in table.rows], [self.payments[2].name])
        self.check((self.payments[2].name, "failed")).action_apply()
        with self.assertRaises(UserError):
            self.batch.with_user(self.finance).action_export_open_payments()

    def test_export_of_several_batches_and_of_a_cycle(self):
        other = self.make_open_batch(2)
        table = read_results(self.export("csv", self.batch | other), ReadOptions())
        self.assertEqual(len(table.rows), 5)
        action = self.batch.cycle_id.with_user(self.officer).action_export_open_payments_csv()
        self.assertIn(f"batch_ids={self.batch.id}", action["url"])
        self.assertIn("kind=csv", action["url"])

    def test_only_finance_releasers_and_program_managers_export(self):
        for user in (self.finance, self.releaser, self.officer):
            self.assertTrue(self.export("csv", user=user))
        for user in (self.auditor, self.validator, self.g2padmin, self.registrar):
            with self.subTest(user.login), self.assertRaises(UserError):
                self.export("csv", user=user)
            with self.subTest(user.login), self.assertRaises(UserError):
                self.batch.with_user(user).action_export_open_payments()

    def test_columns_of_the_import_are_those_of_the_tests(self):
        table = read_results(self.make_file(("a", "paid")), ReadOptions())
        self.assertFalse(table.errors or table.ignored, COLUMNS)
