import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import Row, RowResult

from .. import answers, transfers
from .common import page, sample, settings, thorough, transfer

PAYEES = {"PAY-1": "500210000001", "PAY-2": "500210000002"}


def read(*items, references=("PAY-1", "PAY-2"), payees=None, **changes):
    found = answers.details(json.dumps(page(*items))).transfers
    return transfers.rows(found, set(references), PAYEES if payees is None else payees, settings(**changes))


def failed(error):
    (row,) = read(transfer(1, "FAILED", errorInformation=error))
    return row.result, row.code


def ph_error(code, category="Interop", description="x"):
    return json.dumps({"errorCategory": category, "errorCode": code, "errorDescription": description})


@tagged("post_install", "-at_install")
class TestSamples(BaseCase):
    def test_closed_loop_is_matched_by_transaction_id(self):
        found = [
            one
            for number in (0, 1)
            for one in answers.details(sample(f"detail_200_page{number}_closedloop.json")).transfers
        ]
        references = {one.references[1] for one in found}
        rows = transfers.rows(found, references, {}, settings())
        self.assertEqual({row.reference for row in rows}, references)
        by_result = {}
        for row in rows:
            by_result.setdefault(row.result, []).append(row.code)
        self.assertEqual(len(by_result[RowResult.PAID]), 6)
        self.assertEqual(by_result[RowResult.FAILED], ["failed"])
        # "Duplicate transaction." means that an equal one exists.
        self.assertEqual(by_result[RowResult.PENDING], ["duplicate.transaction"])

    def test_mojaloop_is_matched_by_correlation_id_in_sub_batches(self):
        found = answers.details(sample("detail_200_mojaloop_split.json")).transfers
        references = {one.references[0] for one in found}
        rows = {row.reference: row for row in transfers.rows(found, references, {}, settings())}
        self.assertEqual(set(rows), references)
        refused = rows["03165d6e-392a-40ce-8b84-159e28fd0d2b"]
        self.assertEqual((refused.result, refused.code), (RowResult.FAILED, "PayeeNotFound"))
        paid = rows["bab566a8-9401-4b95-90e4-c5421066a6b8"]
        self.assertEqual((paid.result, paid.amount, paid.currency), (RowResult.PAID, Decimal(450), "ZAR"))
        self.assertEqual(paid.external_reference, "7f7bf577-1cca-4064-b5cb-875a1e15c8ee")


@tagged("post_install", "-at_install")
class TestRows(BaseCase):
    def test_completed_is_paid_with_what_the_hub_says(self):
        (row,) = read(transfer(1))
        self.assertEqual((row.reference, row.result, row.amount), ("PAY-1", RowResult.PAID, Decimal(1200)))
        self.assertEqual((row.currency, row.external_reference), ("USD", "hub-1"))
        self.assertEqual(row.when.isoformat(), "2025-11-20T09:19:10+00:00")

    def test_minor_units_come_back_as_units(self):
        (row,) = read(transfer(1, amount="1250"), minor_unit_digits=2)
        self.assertEqual(row.amount, Decimal("12.50"))

    def test_what_is_not_ours_is_left_out_and_nothing_is_matched_by_position(self):
        stranger = transfer(1, clientCorrelationId="x", transactionId="y")
        self.assertEqual(read(stranger), ())
        self.assertEqual([row.reference for row in read(stranger, transfer(2))], ["PAY-2"])

    def test_what_is_not_final_stays_open(self):
        for status, code in (
            ("IN_PROGRESS", ""),
            ("UNKNOWN", ""),
            ("EXCEPTION", "incident"),
            ("ABORTED", "unknown.status"),
            ("completed", "unknown.status"),
            ("", "unknown.status"),
            (None, "unknown.status"),
            (7, "unknown.status"),
        ):
            with self.subTest(status=status):
                self.assertEqual(read(transfer(1, status)), (Row("PAY-1", RowResult.PENDING, code=code),))

    def test_unreadable_amount_or_currency_does_not_pass_for_paid(self):
        for fields, code in (
            ({"amount": "12,00"}, "unreadable.amount"),
            ({"amount": ""}, "unreadable.amount"),
            ({"amount": "-1200"}, "unreadable.amount"),
            ({"amount": {}}, "unreadable.amount"),
            ({"currency": "usd"}, "unreadable.currency"),
        ):
            with self.subTest(**fields):
                self.assertEqual(read(transfer(1, **fields)), (Row("PAY-1", RowResult.PENDING, code=code),))

    def test_completed_with_an_error_stays_open(self):
        (row,) = read(transfer(1, errorInformation="Payee blocked"))
        self.assertEqual((row.result, row.code), (RowResult.PENDING, "completed.with_error"))

    def test_one_transfer_with_two_of_our_keys_says_nothing_of_either(self):
        rows = read(transfer(1, transactionId="PAY-2"))
        self.assertEqual(
            {(row.reference, row.result) for row in rows},
            {("PAY-1", RowResult.PENDING), ("PAY-2", RowResult.PENDING)},
        )

    def test_key_in_both_fields_is_one_transfer(self):
        (row,) = read(transfer(1, transactionId="PAY-1"))
        self.assertEqual((row.result, row.external_reference), (RowResult.PAID, ""))

    def test_same_transfer_that_ended_in_two_ways_is_for_people(self):
        for statuses in (("COMPLETED", "FAILED"), ("FAILED", "COMPLETED"), ("FAILED", "COMPLETED", "FAILED")):
            with self.subTest(statuses):
                rows = read(*(transfer(1, status) for status in statuses))
                self.assertEqual([row.result for row in rows], [RowResult.PAID, RowResult.PENDING])

    def test_same_transfer_on_two_pages_counts_once_with_its_later_word(self):
        (row,) = read(transfer(1, "IN_PROGRESS"), transfer(1))
        self.assertEqual(row.result, RowResult.PAID)

    def test_payment_that_was_paid_twice_is_for_people(self):
        rows = read(transfer(1), transfer(1, id=999))
        self.assertEqual([row.result for row in rows], [RowResult.PAID, RowResult.PENDING])
        self.assertEqual({row.reference for row in rows}, {"PAY-1"})

    def test_paid_and_failed_together_are_for_people(self):
        for status in ("FAILED", "IN_PROGRESS", "EXCEPTION"):
            with self.subTest(status):
                rows = read(transfer(1, status, id=1), transfer(1, id=2))
                self.assertEqual([row.result for row in rows], [RowResult.PAID, RowResult.PENDING])

    def test_failed_is_told_only_where_every_transfer_failed(self):
        (row,) = read(transfer(1, "FAILED", id=1), transfer(1, "FAILED", id=2))
        self.assertEqual(row.result, RowResult.FAILED)
        (row,) = read(transfer(1, "FAILED", id=1), transfer(1, "IN_PROGRESS", id=2))
        self.assertEqual(row.result, RowResult.PENDING)

    def test_two_transfers_without_a_number_are_two(self):
        nameless = transfer(1, id=None, workflowInstanceKey=None)
        self.assertEqual(len(read(nameless, nameless)), 2)


@tagged("post_install", "-at_install")
class TestPayee(BaseCase):
    def test_money_that_went_to_somebody_else_is_for_people(self):
        rows = read(transfer(1, payeePartyId="500210009999"))
        self.assertEqual([row.result for row in rows], [RowResult.PAID, RowResult.PENDING])
        self.assertEqual({row.code for row in rows}, {"other.payee"})

    def test_failure_to_pay_somebody_else_is_no_failure_of_ours(self):
        (row,) = read(transfer(1, "FAILED", payeePartyId="500210009999"))
        self.assertEqual((row.result, row.code), (RowResult.PENDING, "other.payee"))

    def test_spelling_is_no_difference(self):
        (row,) = read(transfer(1, payeePartyId=" +500210000001"))
        self.assertEqual(row.result, RowResult.PAID)

    def test_nobody_is_compared_where_nobody_is_named(self):
        self.assertEqual(len(read(transfer(1, payeePartyId=None))), 1)
        self.assertEqual(len(read(transfer(1, payeePartyId="x"), payees={})), 1)

    def test_account_look_up_names_another_by_design(self):
        (row,) = read(transfer(1, payeePartyId="9988"), account_lookup=True)
        self.assertEqual(row.result, RowResult.PAID)


@tagged("post_install", "-at_install")
class TestFailed(BaseCase):
    def test_plain_refusals_are_final(self):
        for error, code in (
            (None, "failed"),
            ("", "failed"),
            ("FAILED", "failed"),
            (ph_error("PayeeNotFound"), "PayeeNotFound"),
            (json.dumps(ph_error("PayeeNotFound")), "PayeeNotFound"),
            (ph_error("PayeeNotFound", description="Payee does not exist"), "PayeeNotFound"),
            (ph_error("InsufficientBalance", "BusinessRule"), "InsufficientBalance"),
            ('{"errorInformation":{"errorCode":"3204","errorDescription":"Party not found"}}', "3204"),
            ("Payee Identifier not found", "failed.other"),
            ("Payment mode not configured", "failed.other"),
        ):
            with self.subTest(error=error):
                self.assertEqual(failed(error), (RowResult.FAILED, code))

    def test_doubtful_failures_stay_open(self):
        for error, code in (
            ("Duplicate transaction.", "duplicate.transaction"),
            (ph_error("TransactionExists"), "TransactionExists"),
            (ph_error("PayeeNotFound", "System"), "PayeeNotFound"),
            (ph_error("PayeeNotFound", description="Request timed out"), "PayeeNotFound"),
            (ph_error("TransferTimeout"), "TransferTimeout"),
            (ph_error("InternalServerError"), "InternalServerError"),
            ("Timeout while waiting for callback", "failed.other"),
            ("Time Out", "failed.other"),
            ("Service unavailable", "failed.other"),
            ("Transfer already committed", "failed.other"),
            ("Retry later", "failed.other"),
            ('{"errorInformation":{"errorCode":"2003","errorDescription":"Connection reset"}}', "2003"),
            ("io.grpc.StatusRuntimeException: DEADLINE_EXCEEDED", "failed.other"),
            (ph_error("TransferExpired"), "TransferExpired"),
            ("Broken pipe", "failed.other"),
            ("502 Bad Gateway", "failed.other"),
            ("java.net.SocketException", "failed.other"),
            ("NullPointerException", "failed.other"),
            ("No answer from payee DFSP", "failed.other"),
            (["x"], "failed.other"),
            (False, "failed.other"),
        ):
            with self.subTest(error=error):
                self.assertEqual(failed(error), (RowResult.PENDING, code))

    def test_texts_of_the_hub_are_never_handed_on(self):
        for error in ("Aminata Kargbo is blocked", ph_error("Aminata Kargbo"), {"errorCode": "A\nB"}):
            _result, code = failed(error)
            self.assertEqual(code, "failed.other")


@tagged("post_install", "-at_install")
class TestAnything(BaseCase):
    @thorough
    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "status": st.sampled_from(
                        ["COMPLETED", "FAILED", "IN_PROGRESS", "EXCEPTION", "x", None, 7]
                    ),
                    "clientCorrelationId": st.sampled_from(["PAY-1", '"PAY-2"', "x", "", None, 7]),
                    "transactionId": st.sampled_from(["PAY-1", "PAY-2", "y", None, []]),
                },
                optional={
                    "id": st.integers(1, 3) | st.none() | st.text(max_size=3),
                    "amount": st.sampled_from(["1200", "x", None, 1200, -1, "1e5"]),
                    "currency": st.sampled_from(["USD", "", None, 1]),
                    "payeePartyId": st.sampled_from(["500210000001", "500210000002", "z", None]),
                    "errorInformation": st.sampled_from(
                        ["FAILED", "Duplicate transaction.", None, {}, "x", 3]
                    )
                    | st.text(),
                    "completedAt": st.integers() | st.none(),
                },
            ),
            max_size=6,
        )
    )
    def test_nothing_is_final_that_was_not_said_plainly_and_once(self, items):
        rows = read(*items)
        for reference in ("PAY-1", "PAY-2"):
            ours = [
                item
                for item in items
                if reference in (str(item["clientCorrelationId"]).strip('"'), item["transactionId"])
            ]
            said = {row.result for row in rows if row.reference == reference}
            self.assertLessEqual(len([row for row in rows if row.reference == reference]), 2)
            if said == {RowResult.FAILED}:
                self.assertNotIn("COMPLETED", [item["status"] for item in ours if item.get("id") is None])
                self.assertIn("FAILED", [item["status"] for item in ours])
            if RowResult.PAID in said:
                self.assertIn("COMPLETED", [item["status"] for item in ours])
            self.assertTrue(ours or not said)
        for row in rows:
            self.assertRegex(row.code, r"\A[A-Za-z0-9._-]*\Z")
            self.assertEqual(row.reason, "")
