"""The 22 faults of the module that this one follows in names: each is impossible here, and a test says so.

Where it takes the wire or a run of the engine to show it, the table names the test; where one look at the addon is
enough, it is taken here.
"""

import ast
import inspect
import unittest
from importlib import import_module
from pathlib import Path

from odoo.tests import tagged

from ..settings import Settings
from .manager_case import InteropManagerCase

HERE = "odoo.addons.g2p_payment_interop_layer.tests"
ADDON = Path(__file__).parents[1]

#: number: (what was wrong, module of the test that shows it to be right, beginning of that test's name)
SHOWN = {
    2: (
        "a time-out of 20 s for any batch",
        f"{HERE}.test_manager_settings",
        "test_batch_must_fit_the_job_host",
    ),
    4: ("amounts as floats", f"{HERE}.test_payload", "test_every_amount_is_a_text"),
    5: ("results matched by their place", f"{HERE}.test_pil_matching", "test_order_means_nothing"),
    6: ("whatever is odd raises", f"{HERE}.test_reading_anything", "test_every_answer_to_a_submission"),
    8: ("empty and False identifiers are sent", f"{HERE}.test_identifiers", "test_nothing_never_leaves"),
    9: ("types that are none of Mojaloop's", f"{HERE}.test_manager_settings", "test_type_to_send_follows"),
    11: ("words that are not known", f"{HERE}.test_pil_reading", "test_every_word_means_what_the_table_says"),
    13: ("no authentication", f"{HERE}.test_client", "test_every_kind_of_authentication_is_sent"),
    15: ("no limits before sending", f"{HERE}.test_manager_settings", "test_currency_that_the_scheme_lacks"),
    21: ("accounts are not validated", f"{HERE}.test_manager_payees", "test_validate_accounts_tells"),
    22: ("tests without the real answers", f"{HERE}.test_samples", "test_every_request_is_the_recorded_one"),
}
#: number: (what was wrong, file of tests/engine, name of the test)
ELSEWHERE = {
    1: (
        "a failed batch is never sent again",
        "test_interop_payments.py",
        "test_refused_disbursement_says_why_and_goes_out_again_under_another_id",
    ),
    3: ("nothing is asked", "test_interop_pil_faults.py", "test_every_fault_of_a_question_ends_as_the_table_says"),
    7: ("all in one transaction", "test_interop_kill.py", "test_several_workers_at_once_send_once"),
    12: (
        "ABORTED has failed",
        "test_interop_payments.py",
        "test_aborted_is_to_be_confirmed_until_two_people_know",
    ),
    18: (
        "a batch with a failure never completes",
        "test_interop_pil_faults.py",
        "test_every_fault_of_a_submission_ends_as_the_table_says",
    ),
    19: (
        "answers in the log",
        "test_interop_quiet.py",
        "test_no_payee_and_no_secret_leaves_the_records_that_are_for_them",
    ),
}  # fmt: skip


class TestTheTable(unittest.TestCase):
    def test_every_named_test_exists(self):
        for number, (_what, module, start) in SHOWN.items():
            with self.subTest(number):
                names = [
                    name
                    for _class, case in inspect.getmembers(import_module(module), inspect.isclass)
                    for name in dir(case)
                ]
                self.assertTrue([name for name in names if name.startswith(start)])

    def test_every_fault_has_its_test(self):
        own = {int(name.split("_")[2]) for name in dir(TestUpstreamFaults) if name.startswith("test_fault_")}
        self.assertEqual(own | set(SHOWN) | set(ELSEWHERE), set(range(1, 23)))


@tagged("post_install", "-at_install")
class TestUpstreamFaults(InteropManagerCase):
    def test_fault_10_what_was_prepared_is_paid_whatever_the_registrant_has_by_now(self):
        people = self.make_registrants(1)
        accounts = self.env["res.partner.bank"].create(
            [
                {"partner_id": people.id, "acc_number": number, "sequence": sequence}
                for number, sequence in (("T-SECOND", 20), ("T-FIRST", 10))
            ]
        )
        _cycle, manager, batches = self.prepare(members=people)
        accounts[1].acc_number = "T-OTHER"
        accounts[0].sequence = 1
        self.assertEqual(manager._get_dfsp_id_and_type(batches.payment_ids), ("ACCOUNT_ID", "TFIRST"))
        self.release(batches).send_payment()
        self.assertTrue(self.claim(batches.submission_ids))
        self.assertIn('"TFIRST"', batches.submission_ids.sudo().payload)

    def test_fault_10_account_that_is_no_iban_is_a_finding_and_no_empty_payee(self):
        cycle, _manager = self.make_payable(1, {"payee_id_type": "bank_acc_iban"})
        cycle.prepare_payment()
        self.assertFalse(cycle.sudo().payment_batch_ids)
        self.assertTrue(self.findings(cycle))

    def test_fault_14_every_disbursement_has_an_id_of_its_own(self):
        keys = []
        for _time in range(2):
            _manager, _batches, submissions = self.make_open(members=5, manager={"max_batch_size": 2})
            for submission in submissions:
                self.assertTrue(self.claim(submission))
            keys += submissions.mapped("key")
        self.assertEqual((len(keys), len(set(keys))), (6, 6))

    def test_fault_16_officers_read_why(self):
        _manager, _batches, submissions = self.make_open()
        submissions._guarded_write({"last_code": "3100"})
        self.assertIn("refused the whole request", submissions.with_user(self.officer).layer_note)

    def test_fault_17_what_is_paid_is_not_opened_again(self):
        _manager, batches, submissions = self.make_open()
        payments = batches.payment_ids.sorted("id")
        payments[0]._guarded_write({"state": "reconciled", "status": "paid"})
        self.assertFalse(self.claim(submissions))
        self.assertEqual(payments[0].state, "reconciled")
        self.assertIn(payments[0].name, submissions.hold_reason)

    def test_fault_19_addon_logs_types_of_errors_and_nothing_else(self):
        logged = []
        for path in ADDON.rglob("*.py"):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("_logger.", "print")):
                    logged.append(ast.unparse(node))
        self.assertEqual(logged, ["_logger.error('payees could not be looked up: %s', type(error).__name__)"])

    def test_fault_20_texts_can_be_translated_and_officers_are_told_what_happened(self):
        for path in ADDON.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("self.env._", "env._", "_"):
                    self.assertIsInstance(node.args[0], ast.Constant, f"{path.name}: {node.lineno}")
        _cycle, _manager, batches = self.prepare()
        action = self.release(batches).send_payment()
        self.assertEqual((action["tag"], action["params"]["type"]), ("display_notification", "success"))

    def test_settings_that_are_pinned_have_no_float(self):
        kinds = {type(value) for value in vars(Settings()).values()} - {type(Settings().access)}
        self.assertEqual(kinds, {str, int, bool})
