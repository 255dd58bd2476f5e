"""The 32 faults of the module that this one follows in names: each is impossible here, and a test says so.

Where it takes a run of the engine or of the wire to show it, the table names the test; where one look at the addon is
enough, it is taken here.
"""

import ast
import inspect
import unittest
from importlib import import_module
from pathlib import Path

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .. import const
from ..settings import Settings
from .common import payment, settings
from .manager_case import MODEL, PHEEManagerCase

HERE = "odoo.addons.g2p_payment_phee.tests"
TRANSPORT = "odoo.addons.g2p_programs.tests.test_transport"

#: number: (what was wrong, module of the test that shows it to be right, beginning of that test's name)
SHOWN = {
    1: ("no token was ever fetched", f"{HERE}.test_tokens", "test_token_is_asked_for_once_and_renewed"),
    2: ("nothing was ever asked", f"{HERE}.test_manager_status", "test_status_check_starts_with_the_first"),
    3: (
        "the hub's batch id was thrown away",
        f"{HERE}.test_questions",
        "test_summary_then_details_are_asked",
    ),
    4: ("a new correlation id at every try", f"{HERE}.test_client", "test_two_tries_send_the_same_bytes"),
    5: ("errors counted as success", f"{HERE}.test_const", "test_each_row_of_the_table"),
    6: ("TLS was not verified", TRANSPORT, "test_unverifiable_certificate_is_not_sent"),
    7: ("nothing was signed", f"{HERE}.test_client", "test_signature_is_over_the_text"),
    8: ("headers were missing", f"{HERE}.test_client", "test_institution_program_and_dfsp_are_sent"),
    10: (
        "a third party's sandbox by default",
        f"{HERE}.test_manager_secrets",
        "test_addon_brings_nobodys_hub",
    ),
    14: ("payee None or False", f"{HERE}.test_row_rules", "test_payee_is_never_empty_or_a_word_for_nothing"),
    16: ("amounts as floats", f"{HERE}.test_row_rules", "test_whole_units_are_written_without_a_point"),
    19: ("formulas in cells", f"{HERE}.test_row_rules", "test_payee_is_no_formula"),
    21: ("cut by count only", f"{HERE}.test_manager_files", "test_files_are_cut_by_bytes"),
    23: ("equal rows in a file", f"{HERE}.test_manager_settings", "test_payees_with_the_same_account"),
    24: ("a file found by its name", f"{HERE}.test_manager_files", "test_claim_refuses_with_both_hashes"),
    28: ("secrets that everybody reads", f"{HERE}.test_manager_secrets", "test_secrets_are_neither_read"),
    29: ("redirects, no total time", TRANSPORT, "test_redirect_is_not_followed"),
    31: ("no findings before the payment", f"{HERE}.test_manager_settings", "test_missing_secrets_stop"),
}
#: Shown by tests/engine: state is committed before the call (30).
ELSEWHERE = {30: "test_phee_kill"}


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
        own = {
            int(number)
            for name in dir(TestUpstreamFaults)
            if name.startswith("test_fault_")
            for number in name.removeprefix("test_fault_").split("_")[:1]
        }
        self.assertEqual(own | set(SHOWN) | set(ELSEWHERE), set(range(1, 33)))


@tagged("post_install", "-at_install")
class TestUpstreamFaults(PHEEManagerCase):
    def test_fault_9_type_is_a_choice_and_goes_into_header_and_query(self):
        kinds = [key for key, _label in self.env[MODEL]._fields["batch_type_header"].selection]
        self.assertEqual(kinds, list(const.TYPES))
        self.assertEqual(self.env[MODEL].default_get(["batch_type_header"]), {"batch_type_header": "CSV"})

    def test_fault_11_registrant_id_is_a_payee(self):
        kind = self.env["g2p.id.type"].create({"name": "T Functional"})
        people = self.make_registrants(2)
        self.env["g2p.reg.id"].create(
            [{"partner_id": one.id, "id_type": kind.id, "value": f"F{one.id}"} for one in people]
        )
        _cycle, manager, batches = self.prepare(
            members=people,
            manager={
                "payee_id_type": "reg_id",
                "reg_id_type_for_payee_id": kind.id,
                "payee_id_type_to_send": "functionalId",
            },
        )
        self.assertEqual(
            {one.partner_id: manager._get_dfsp_id_and_type(one) for one in batches.payment_ids},
            {one: ("functionalId", f"F{one.id}") for one in people},
        )

    def test_fault_12_account_that_is_no_iban_is_a_finding_and_no_empty_payee(self):
        cycle, _manager = self.make_payable(1, {"payee_id_type": "bank_acc_iban"})
        cycle.prepare_payment()
        self.assertFalse(cycle.sudo().payment_batch_ids)
        finding = self.env["g2p.payment.finding"].search([("cycle_id", "=", cycle.id)])
        self.assertEqual(finding.code, "no_account")

    def test_fault_13_payee_is_the_account_that_the_registrant_put_first(self):
        people = self.make_registrants(1)
        accounts = self.env["res.partner.bank"].create(
            [
                {"partner_id": people.id, "acc_number": number, "sequence": sequence}
                for number, sequence in (("T-SECOND", 20), ("T-FIRST", 10))
            ]
        )
        _cycle, _manager, batches = self.prepare(members=people)
        self.assertEqual(batches.payment_ids.payee_id_value, accounts[1].sanitized_acc_number)

    def test_fault_15_types_are_the_hubs_own_words(self):
        self.assertFalse(self.env[MODEL].default_get(["payee_id_type_to_send"]).get("payee_id_type_to_send"))
        self.assertEqual(set(const.PAYEE_TYPES.values()), {"accountNumber", "msisdn"})

    def test_fault_17_currency_is_that_of_the_payment(self):
        _cycle, manager, batches = self.prepare()
        currency = batches.payment_ids.currency_id.name
        rows = manager.prepare_csv_for_batch(batches).read().split("\n")[1:]
        self.assertEqual({row.split(",")[8] for row in rows}, {currency})

    def test_fault_18_file_has_plain_line_ends_no_quotes_and_nothing_but_ascii(self):
        program = self.make_program(
            self.make_registrants(2, accounts=True), fund=1000, name='Grant "2",\nÉté'
        )
        cycle = self.make_cycle(program, "approved")
        self.make_manager(program, make_csv_at_prepare=True)
        cycle.prepare_payment()
        text = self.texts(cycle.sudo().payment_batch_ids.hub_file_ids)[0]
        self.assertTrue(text.isascii())
        self.assertFalse(set(text) & set('\r"'))
        self.assertFalse(text.endswith("\n"))
        self.assertEqual({line.count(",") for line in text.split("\n")}, {14})

    def test_fault_20_rows_are_numbered_from_0_in_each_file(self):
        _cycle, _manager, batches = self.prepare(
            members=4, manager={"make_csv_at_prepare": True, "max_batch_bytes": 650}
        )
        self.assertGreater(len(batches.hub_file_ids), 1)
        for text in self.texts(batches.hub_file_ids):
            numbers = [line.split(",")[0] for line in text.split("\n")[1:]]
            self.assertEqual(numbers, [str(number) for number in range(len(numbers))])

    def test_fault_22_payments_without_a_batch_are_not_stuck(self):
        cycle, manager = self.make_payable(2, {"create_batch": False})
        cycle.prepare_payment()
        payments = self.env["g2p.payment"].search([("cycle_id", "=", cycle.id)])
        self.assertEqual((len(payments), payments.batch_id.ids), (2, []))
        payments.with_user(self.officer).action_cancel()
        manager.create_batch = True
        cycle.prepare_payment()
        self.assertEqual(len(cycle.sudo().payment_batch_ids.payment_ids), 2)

    def test_fault_25_prefix_that_the_hub_would_stumble_over_is_refused(self):
        for prefix in ("a/b", "é_", "a b", "../"):
            with self.subTest(prefix):
                self.assertFalse(const.FILE_PREFIX.fullmatch(prefix))
        self.assertTrue(settings(file_name_prefix="ph_ee_").file_name("x").endswith(".csv"))

    def test_fault_26_payment_mode_is_a_choice(self):
        self.assertEqual(self.env[MODEL]._fields["payment_mode"].type, "selection")
        with self.assertRaisesRegex(ValidationError, "none of those that the hub has"):
            self.env[MODEL].create(self.manager_vals(self.make_program(), payment_mode="IMMEDIATE"))

    def test_fault_27_addon_logs_nothing_by_itself(self):
        for path in Path(__file__).parents[1].rglob("*.py"):
            if "tests" in path.parts:
                continue
            names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
            self.assertFalse(names & {"_logger", "logging", "print"}, path.name)

    def test_fault_32_officers_are_told_and_every_link_leads_somewhere(self):
        cycle, _manager, batches = self.prepare()
        action = self.release(batches).send_payment()
        self.assertEqual(action["tag"], "display_notification")
        self.assertNotIn("links", action["params"])
        self.assertTrue(cycle)

    def test_settings_that_are_pinned_have_no_float(self):
        kinds = {type(value) for value in vars(Settings()).values()}
        self.assertEqual(kinds, {str, int, bool})
        self.assertIsInstance(payment().amount, str)
