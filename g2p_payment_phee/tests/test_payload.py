import csv
import json

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import const
from ..payload import multipart, payees_of, render
from ..row_rules import plain_text, row_findings, setting_findings
from .common import KEY, payment, sample, settings, thorough


def payments_of(text, **changes):
    """Return the payments that a sample file pays."""
    return [
        payment(
            number,
            reference=row["request_id"],
            payee_id_value=row["payee_identifier"],
            amount=f"{row['amount']}.00",
            currency=row["currency"],
            payee_bank_code=row.get("payee_dfsp_id", ""),
            **changes,
        )
        for number, row in enumerate(csv.DictReader(text.splitlines()), 1)
    ]


def hub_parse(body, content_type):
    """Return what the hub's own parser makes of a form: the boundary anywhere in a line, a blank line ends it."""
    boundary = content_type.split("boundary=")[1].strip()
    lines = iter(body.decode("ascii").replace("\r\n", "\n").split("\n"))
    content = []
    line = next(lines, None)
    while line is not None:
        if boundary in line:
            while (line := next(lines, None)) not in (None, ""):
                pass
            while (line := next(lines, None)) not in (None, "") and boundary not in line:
                content.append(line)
        line = next(lines, None)
    return "\n".join(content).strip()


@tagged("post_install", "-at_install")
class TestSamples(BaseCase):
    def test_csv_of_10_columns_is_the_sample(self):
        text = sample("01_closedloop_bank_accounts.csv")
        self.assertEqual(render(payments_of(text), settings()), text)

    def test_csv_without_a_payer_is_the_sample(self):
        text = sample("02_mojaloop_msisdn_budget_account.csv")
        budget = settings(
            payment_mode="mojaloop",
            payer_id="",
            payer_id_type="",
            registering_institution_id="SW",
            program_id="P",
            note="School Support Q4",
        )
        self.assertEqual(setting_findings(budget), ())
        self.assertEqual(render(payments_of(text, payee_id_type="phone"), budget), text)

    def test_csv_of_15_columns_is_the_sample(self):
        text = sample("03_gsma_msisdn_15col_v1.13.csv")
        wide = settings(
            csv_columns=0,
            payment_mode="GSMA",
            payer_id_type="msisdn",
            payer_id="260977000100",
            note="Cash Transfer",
            program_shortcode="SCT01",
            cycle="2025-11",
        )
        self.assertEqual(render(payments_of(text, payee_id_type="phone"), wide), text)

    def test_json_is_the_sample(self):
        text = sample("batchtransactions_raw.json")
        two = payments_of(sample("01_closedloop_bank_accounts.csv"))[:2]
        self.assertEqual(render(two, settings(batch_type_header="RAW")), text)


@tagged("post_install", "-at_install")
class TestCsv(BaseCase):
    def test_columns_follow_the_version(self):
        for version, chosen, expected in (
            ("v1.4", 0, 10),
            ("v1.6", 0, 10),
            ("v1.8", 0, 13),
            ("v1.9", 10, 10),
            ("v1.11", 13, 13),
            ("v1.13", 0, 15),
            ("v1.13", 13, 13),
        ):
            with self.subTest(version=version, chosen=chosen):
                text = render([payment()], settings(server_version=version, csv_columns=chosen))
                head, row = text.split("\n")
                self.assertEqual(head.split(","), list(const.COLUMNS[expected]))
                self.assertEqual(len(row.split(",")), expected)

    def test_there_is_no_carriage_return_no_quote_and_no_newline_at_the_end(self):
        text = render([payment(1), payment(2)], settings(note=""))
        self.assertTrue(text.isascii())
        self.assertFalse(set(text) & set('\r"'))
        self.assertEqual(text, text.strip())
        self.assertNotIn("\n\n", text)

    def test_rows_are_numbered_from_0_and_the_mode_is_in_small_letters(self):
        rows = render([payment(7), payment(9)], settings(payment_mode=" ClosedLoop ")).split("\n")[1:]
        self.assertEqual(
            [row.split(",")[:3] for row in rows], [["0", "PAY-7", "closedloop"], ["1", "PAY-9", "closedloop"]]
        )

    def test_same_payments_make_the_same_text(self):
        payments = [payment(number) for number in range(1, 30)]
        self.assertEqual(render(payments, settings()), render(list(payments), settings()))

    @thorough
    @given(
        st.lists(
            st.tuples(
                st.text(max_size=20), st.decimals(0, 10**6, places=2), st.text(alphabet="USDE,", max_size=3)
            ),
            min_size=1,
            max_size=5,
        ),
        st.text(max_size=20),
        st.sampled_from(["CSV", "RAW"]),
    )
    def test_rows_without_findings_come_back_cell_by_cell(self, drawn, note, kind):
        pinned = settings(note=plain_text(note), csv_columns=15, batch_type_header=kind)
        payments = [
            payment(number, payee_id_value=payee, amount=f"{int(amount)}.00", currency=currency)
            for number, (payee, amount, currency) in enumerate(drawn, 1)
        ]
        wrong = row_findings(payments, pinned)
        good = [one for one in payments if one.reference not in wrong]
        text = render(good, pinned)
        self.assertTrue(text.isascii())
        expected = {one.reference: "".join(one.payee_id_value.split()) for one in good}
        self.assertEqual(payees_of(text, expected), expected)
        if kind == "CSV":
            # The hub splits at bare commas, a spreadsheet reads quotes: both must see the same cells.
            rows = [line.split(",") for line in text.split("\n")]
            self.assertEqual(rows, list(csv.reader(text.split("\n"))))
            self.assertEqual({len(row) for row in rows}, {15})


@tagged("post_install", "-at_install")
class TestRaw(BaseCase):
    def test_payer_is_left_out_where_there_is_none(self):
        pinned = settings(batch_type_header="RAW", payer_id="", payer_id_type="")
        (item,) = json.loads(render([payment()], pinned))
        self.assertNotIn("debitParty", item)
        self.assertEqual(item["creditParty"], [{"key": "accountnumber", "value": "500210000001"}])
        self.assertEqual(item["amount"], "1200")


@tagged("post_install", "-at_install")
class TestMultipart(BaseCase):
    def test_hubs_parser_gets_exactly_the_text_that_is_signed(self):
        text = sample("01_closedloop_bank_accounts.csv")
        body, content_type = multipart(text, "x.csv", KEY)
        self.assertEqual(hub_parse(body, content_type), text)

    def test_there_is_exactly_one_part(self):
        body, content_type = multipart("id\n0", "x.csv", KEY)
        boundary = content_type.split("boundary=")[1].encode()
        self.assertEqual(body.count(b"Content-Disposition"), 1)
        self.assertEqual(body.count(b"--" + boundary), 2)
        self.assertIn(b'name="data"; filename="x.csv"', body)

    def test_boundary_stands_nowhere_in_the_file(self):
        text = f"id,note\n0,g2p-boundary-{KEY}"
        body, content_type = multipart(text, "x.csv", KEY)
        self.assertEqual(hub_parse(body, content_type), text)


@tagged("post_install", "-at_install")
class TestPayeesOf(BaseCase):
    def test_what_is_no_payload_of_ours_names_nobody(self):
        for text in (
            "",
            "[",
            "[1]",
            "x",
            "id,request_id\n0",
            "request_id,payee_identifier\n1",
            '[{"requestId":[]}]',
        ):
            with self.subTest(text=text):
                self.assertEqual(payees_of(text, {"PAY-1"}), {})

    def test_only_those_asked_for_are_named(self):
        text = render([payment(1), payment(2)], settings())
        self.assertEqual(payees_of(text, {"PAY-2", "PAY-9"}), {"PAY-2": "500210000002"})
