"""What a template may not say: every attempt is refused with its line, before anything is ever run."""

from datetime import date, datetime
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests.common import TransactionCase
from odoo.tools.translate import FORMAT_REGEX

from ..documents import sandbox, shown
from ..documents.codes import DrawnCode
from ..documents.errors import DocumentError
from ..documents.expressions import FUNCTIONS, PATTERN, Expression, ExpressionError
from ..documents.layout import Code, Layout
from ..documents.sample import sample_file, sample_payments
from ..documents.sandbox import check_template, read_template
from .template_attacks import ATTACKS, UNREADABLE

GOOD = """<style>
/* of the sheet */
.list > td { border: 1px solid #ccc; font-family: sans-serif; }
</style>
<t t-foreach="in_groups(payments, 4)" t-as="group">
    <t t-set="first" t-value="group_index == 0"/>
    <div t-if="not first" style="page-break-before: always"/>
    <t t-foreach="group" t-as="payment">
        <p t-attf-class="row{{ payment_index % 2 }}" t-att-title="payment.reference">
            <b t-out="payment.partner_id.name or payment.payee_name"/>
            <t t-esc="format_amount(payment.amount_issued, payment.currency_id.name)"/>
            <i t-if="payment.valid_until">until <t t-out="format_date(payment.valid_until, '%d.%m.%Y')"/></i>
            <i t-else="">for ever</i>
            <img t-att-src="payment.qrcode_ids.get_by_name('v').content_htmlsafe" style="width: 30mm"/>
        </p>
    </t>
    <p>Sum <t t-out="sum_amounts(group)"/> of <t t-out="file.total"/> &lt;br/&gt; &amp;</p>
</t>"""


class TestAttacks(TestCase):
    def test_attack_refused_with_its_line(self):
        self.assertGreaterEqual(len(ATTACKS), 40)
        for name, attack in ATTACKS.items():
            # in a template about the batch, and in one about a payment
            for first in ('<p t-if="payments">first</p>', "<p>first</p>"):
                with self.subTest(name, first=first):
                    problems = check_template(f"{first}\n{attack}\n<p>third</p>", ["v"])
                    self.assertTrue(problems, f"{name} was let through")
                    self.assertIn(2, [problem.line for problem in problems])
                    self.assertTrue(all(len(problem.message) > 15 for problem in problems))

    def test_same_template_without_attack_allowed(self):
        self.assertEqual(check_template('<p t-if="payments">first</p>\n<p>second</p>\n<p>third</p>'), [])

    def test_unreadable_template_refused(self):
        for name, source in UNREADABLE.items():
            with self.subTest(name):
                self.assertTrue(check_template(source))

    def test_all_problems_told_at_once(self):
        source = '<p t-out="env"/>\n<script/>\n<p onclick="x"/>\n<p t-out="object.nonsense"/>'
        self.assertEqual([problem.line for problem in check_template(source)], [1, 2, 3, 4])

    def test_long_texts_are_decided_at_all(self):
        """Each of these takes minutes, and the test with it, where time grows with the square of the length."""
        letters = "a" * 150_000
        for source in (
            f"<style>{'/*' * 100_000}</style>",
            f"<style>p {{ color: {letters} }}</style>",
            f'<p style="color: {letters}">x</p>',
            '<p t-attf-title="{}">x</p>'.format("{{" * 100_000),
            '<p t-attf-style="{}">x</p>'.format("#{" * 100_000),
            '<img src="data:image/png;base64,{}"/>'.format("A" * 300_000),
        ):
            self.assertIsInstance(check_template(source), list)

    def test_css_problem_has_its_own_line(self):
        problems = check_template("<style>\np { color: red }\nb { background: url(x) }\n</style>")
        self.assertEqual([problem.line for problem in problems], [3])

    @settings(max_examples=200, deadline=None)
    @given(st.text(alphabet="objectpaymnsfile._()[]{}'\"+-*/%<>=,:1 0x\\\n env", max_size=60))
    def test_any_expression_is_decided_without_exception(self, source):
        try:
            Expression(source, {"object": shown.PAYMENT, "payments": shown.PAYMENTS})
        except ExpressionError as error:
            self.assertTrue(str(error))

    @settings(max_examples=200, deadline=None)
    @given(st.text(alphabet="<>/t-outeach=\"'payments&;{}# \n", max_size=80))
    def test_any_template_is_decided_without_exception(self, source):
        self.assertIsInstance(check_template(source), list)


class TestAllowed(TestCase):
    def test_good_template_has_no_problems(self):
        self.assertEqual(check_template(GOOD, ["v"]), [])

    def test_code_that_is_not_there_is_named(self):
        problems = check_template(GOOD, ["w"])
        self.assertIn("“v”", problems[0].message)

    def test_subject_found_by_what_is_asked(self):
        for source, subject in (
            ('<p t-out="object.payee_name"/>', "payment"),
            ('<p t-out="object.name"/>', "payment"),
            ('<p t-out="object.stats_issued_amount"/>', "batch"),
            ('<p t-foreach="object.payment_ids" t-as="one" t-out="one.name"/>', "batch"),
            ('<p t-out="len(payments)"/>', "batch"),
        ):
            template = read_template(source)
            self.assertEqual((template.subject, template.problems), (subject, []), source)

    def test_name_keeps_its_kind(self):
        source = '<t t-set="a" t-value="1"/>\n<t t-set="a" t-value="object.name"/>'
        self.assertEqual([problem.line for problem in check_template(source)], [2])

    def test_placeholders_are_those_of_qweb(self):
        self.assertEqual(sandbox.PLACEHOLDER.pattern, FORMAT_REGEX.pattern)

    def test_schema_is_what_objects_have(self):
        payment = sample_payments(1)[0]
        head = sample_file([payment])
        objects = {
            shown.PAYMENT: shown.ShownPayment(payment, head),
            shown.CODED: shown.ShownCoded(payment),
            shown.BATCH: shown.ShownBatch(head),
            shown.FILE: shown.ShownFile(head),
            shown.PARTNER: shown.ShownPartner(payment),
            shown.ENTITLEMENT: shown.ShownEntitlement(payment),
            shown.NAMED: shown.ShownNamed("x"),
            shown.CODES: shown.ShownCodes(),
            shown.CODE: DrawnCode("v", "x", [[True]]),
        }
        types = {
            shown.TEXT: str, shown.INT: int, shown.AMOUNT: shown.Amount, shown.DATE: date,
            shown.DATETIME: datetime, shown.PAYMENTS: list, shown.IMAGE: str, shown.BASE64: str,
            **{kind: type(one) for kind, one in objects.items()},
        }  # fmt: skip
        self.assertEqual(set(objects), set(shown.SCHEMA))
        for kind, attributes in shown.SCHEMA.items():
            for name, expected in attributes.items():
                with self.subTest(f"{kind}.{name}"):
                    self.assertIsInstance(getattr(objects[kind], name), types[expected])

    def test_every_function_is_there(self):
        self.assertEqual(set(FUNCTIONS), {*shown.get_helpers(), "len", "range"})
        self.assertIn({PATTERN}, FUNCTIONS["format_date"][0])

    def test_expressions_work_out_what_python_would(self):
        values = {"object": shown.ShownPayment(sample_payments(1)[0], sample_file()), **shown.get_helpers()}
        for source, expected in (
            ("object.name if object.number == 1 else 'x'", "00000000-0000-4000-8000-000000000001"),
            ("object.number + 7 - 2 * 1", 6),
            ("object.number * 7 % 4", 3),
            ("not object.valid_until", False),
            ("object.valid_until is not None and object.fee == 0", True),
            ("str", None),
            ("object.amount_issued - object.fee", shown.Amount("1012.50")),
            ("-object.number // 2", -1),
            ("1 < object.number < 3", False),
            ("format_date(object.valid_until)", "2030-03-31"),
            ("timestamp(object.valid_until)", 1901231999),
        ):
            with self.subTest(source):
                if expected is None:
                    with self.assertRaises(ExpressionError):
                        Expression(source, {"object": shown.PAYMENT})
                else:
                    self.assertEqual(Expression(source, {"object": shown.PAYMENT}).evaluate(values), expected)


class TestRendering(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.configs = cls.env["g2p.payment.file.config"]

    def render(self, body, count=3, **layout):
        payments = sample_payments(count)
        codes = layout.pop("codes", ())
        layout = Layout("html", body=body, codes=codes, **layout)
        return self.configs._render_markup(
            layout, sample_file(payments), self.configs._fill_codes(layout, payments)
        )

    def test_template_shows_payments_escaped(self):
        payments = sample_payments(1, names=["<b onclick='x'>&amp; \"Co\""])
        markup = self.configs._render_markup(
            Layout("html", body='<p t-att-title="object.payee_name" t-out="object.payee_name"/>'),
            sample_file(payments),
            payments,
        )
        self.assertNotIn("<b", markup)
        self.assertIn("&lt;b onclick=", markup)

    def test_text_of_template_stays_text(self):
        markup = self.render("<p>&lt;script&gt;1&lt;/script&gt;</p><b/>&lt;i&gt;<![CDATA[<u>]]>", 1)
        self.assertIn("&lt;script&gt;", markup)
        self.assertNotIn("<script", markup)
        self.assertNotIn("<i>", markup)
        self.assertNotIn("<u>", markup)

    def test_good_template_is_filled_in(self):
        markup = self.render(GOOD, 6, codes=(Code("v", body="{{ object.name }}"),))
        self.assertEqual(markup.count("data:image/svg+xml;base64,"), 6)
        self.assertEqual(markup.count("page-break-before"), 1)
        self.assertIn("1,012.50\xa0USD", markup)
        self.assertIn("until 31.03.2030", markup)
        self.assertIn("of 6262.50", markup)
        self.assertIn("&lt;br/&gt; &amp;", markup)

    def test_one_payment_after_the_other_with_nothing_left_over(self):
        body = (
            '<t t-if="object.number == 1"><t t-set="secret" t-value="object.payee_name"/></t>'
            '<p><t t-out="secret"/></p>'
        )
        markup = self.render(body, 3)
        self.assertEqual(markup.count("<p>"), 3)
        self.assertEqual(markup.count("Amina Diallo"), 1)
        self.assertEqual(markup.count("page-break-before"), 2)

    def test_engine_offers_nothing_even_unchecked(self):
        """The second fence: without the check, names of the engine still lead nowhere."""
        for name in (
            "env",
            "request",
            "user_id",
            "res_company",
            "json",
            "time",
            "datetime",
            "image_data_uri",
        ):
            tree = sandbox._parse(f'<t t-out="{name}"/>')
            self.assertFalse(self.env["ir.qweb"]._render(tree, {}, minimal_qcontext=True), name)

    def test_stored_template_is_checked_again(self):
        with self.assertRaises(DocumentError) as caught:
            self.render('<p t-out="env"/>')
        self.assertIn("Line 1", caught.exception.text)
