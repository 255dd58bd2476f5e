"""What is stored of an imported file: any text is read as Found or Unreadable, and what was written is read again."""

import json
from datetime import datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests.common import BaseCase

from odoo.addons.g2p_programs.dispatch import outcome as said
from odoo.addons.g2p_programs.dispatch import result_file

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
_ROWS = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.builds(
            said.Row,
            reference=_TEXT.filter(bool),
            result=st.sampled_from(result_file.RESULTS),
            amount=st.none() | st.decimals(0, Decimal(10) ** 17, places=2),
            currency=st.none() | st.from_regex(r"[A-Z]{3}", fullmatch=True),
            code=_TEXT,
            reason=_TEXT,
            when=st.none() | st.datetimes(),
            external_reference=_TEXT,
        ),
    ),
    min_size=1,
    max_size=5,
)
_SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
_NAMES = st.sampled_from(sorted(result_file._NAMES)) | st.text(max_size=5)
_JSON = st.recursive(_SCALAR, lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner), max_leaves=20)
GOOD = {
    "line": 2,
    "reference": "a",
    "result": "paid",
    "amount": "1.50",
    "currency": "EUR",
    "code": "",
    "reason": "",
    "when": "2026-01-02T03:04:05",
    "external_reference": "",
}


def read(body):
    return result_file.read(said.Answer(body=body, note="import-1"))


class TestResultFile(BaseCase):
    @settings(deadline=None)
    @given(_ROWS)
    def test_rows_are_read_as_they_were_written(self, rows):
        found = read(result_file.write(rows))
        self.assertEqual(found, said.Found(code="import-1", rows=tuple(row for _line, row in rows)))

    @settings(deadline=None)
    @given(st.text() | _JSON.map(json.dumps) | st.lists(_JSON).map(json.dumps))
    def test_any_text_is_found_or_unreadable(self, body):
        self.assertIsInstance(read(body), said.Found | said.Unreadable)

    @settings(deadline=None)
    @given(st.sampled_from(sorted(GOOD)), _JSON)
    def test_any_value_of_a_row_is_found_or_unreadable(self, name, value):
        self.assertIsInstance(read(json.dumps([{**GOOD, name: value}])), said.Found | said.Unreadable)

    def test_what_is_not_exactly_a_list_of_rows_is_unreadable(self):
        self.assertIsInstance(read(json.dumps([GOOD])), said.Found)
        without = {name: value for name, value in GOOD.items() if name != "amount"}
        bodies = {
            "empty": "",
            "no rows": "[]",
            "one row alone": json.dumps(GOOD),
            "unknown name": json.dumps([{**GOOD, "more": 1}]),
            "missing name": json.dumps([without]),
            "name twice": json.dumps([GOOD])[:-2] + ', "result": "failed"}]',
            "deep": "[" * 100_000,
            "reversed": json.dumps([{**GOOD, "result": "reversed"}]),
            "number as amount": json.dumps([{**GOOD, "amount": 1.5}]),
            "negative": json.dumps([{**GOOD, "amount": "-1"}]),
            "exponent": json.dumps([{**GOOD, "amount": "1e3"}]),
            "infinite": json.dumps([{**GOOD, "amount": "Infinity"}]),
            "other digits": json.dumps([{**GOOD, "amount": "\u0661"}]),
            "small currency": json.dumps([{**GOOD, "currency": "eur"}]),
            "no reference": json.dumps([{**GOOD, "reference": ""}]),
            "true as line": json.dumps([{**GOOD, "line": True}]),
            "zone": json.dumps([{**GOOD, "when": "2026-01-02T03:04:05+02:00"}]),
            "NUL": json.dumps([{**GOOD, "reason": "\x00"}]),
            "half a pair": json.dumps([{**GOOD, "reason": "\ud800"}]),
            "long": json.dumps([{**GOOD, "reason": "x" * (result_file.MAX_TEXT + 1)}]),
        }
        for name, body in bodies.items():
            with self.subTest(name):
                self.assertEqual(read(body), said.Unreadable(code="unreadable"))

    def test_what_could_not_be_read_again_is_not_written(self):
        row = said.Row("a", said.RowResult.PAID)
        self.assertIsInstance(read(result_file.write([(1, row)])), said.Found)
        for values in (
            {"result": said.RowResult.REVERSED},
            {"amount": Decimal("NaN")},
            {"amount": Decimal("-1")},
            {"reason": "\x00"},
            {"reference": ""},
        ):
            with self.subTest(values), self.assertRaises(ValueError):
                result_file.write([(1, said.Row(**{"reference": "a", "result": row.result, **values}))])

    def test_writing_is_canonical_and_amounts_stay_exact(self):
        row = said.Row("a", said.RowResult.PAID, Decimal("10.10"), "EUR", when=datetime(2026, 1, 2))
        self.assertEqual(result_file.write([(1, row)]), result_file.write([(1, row)]))
        self.assertIn('"amount":"10.10"', result_file.write([(1, row)]))

    def test_answer_with_a_fault_is_unreadable(self):
        answer = said.Answer(fault=said.Fault.TIMEOUT, body=json.dumps([GOOD]))
        self.assertIsInstance(result_file.read(answer), said.Unreadable)
