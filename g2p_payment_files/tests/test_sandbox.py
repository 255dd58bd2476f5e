"""What a template may not say: every attempt is refused with its line, before anything is ever run."""

import base64
import io
from datetime import date, datetime
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from odoo.tests.common import TransactionCase
from odoo.tools.translate import FORMAT_REGEX

from ..documents import sandbox, shown
from ..documents.codes import DrawnCode
from ..documents.errors import DocumentError
from ..documents.expressions import FUNCTIONS, PATTERN, Expression, ExpressionError
from ..documents.layout import Code, Layout
from ..documents.sample import sample_file, sample_payments
from ..documents.sandbox import check_template, read_template


def _make_bomb():
    """Return a PNG of few bytes and many pixels, in base64."""
    stream = io.BytesIO()
    Image.new("1", (9000, 9000)).save(stream, "PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode()


OUT = '<t t-out="{}"/>'
LOOP = '<t t-foreach="payments" t-as="payment">{}</t>'
#: Each is put on the second line of a template.
ATTACKS = {
    # the engine's own names, and what leads to them
    "env": OUT.format("env"),
    "env of a model": OUT.format("env['res.users'].sudo().search([])"),
    "request": OUT.format("request.session"),
    "user": OUT.format("user_id.login"),
    "company": OUT.format("res_company.name"),
    "json": OUT.format("json.dumps(object)"),
    "time": OUT.format("time.sleep(1000)"),
    "datetime": OUT.format("datetime.datetime.now()"),
    "self": OUT.format("self.env"),
    "values": OUT.format("values"),
    "xmlid": OUT.format("xmlid"),
    "image_data_uri": OUT.format("image_data_uri(object)"),
    "keep_query": OUT.format("keep_query()"),
    "relativedelta": OUT.format("relativedelta"),
    # walks
    "class": OUT.format("object.__class__"),
    "walk": OUT.format("object.name.__class__.__mro__[1].__subclasses__()"),
    "wide underscores": OUT.format("object.＿＿class＿＿"),
    "globals": OUT.format("format_amount.__globals__"),
    "dict": LOOP.format(OUT.format("payment.__dict__")),
    "private": OUT.format("object.qrcode_ids._codes"),
    "record method": OUT.format("object.partner_id.sudo()"),
    "unknown field": OUT.format("object.state"),
    "method of text": OUT.format("object.name.format(object)"),
    "upper": OUT.format("object.name.upper()"),
    "getattr": OUT.format("getattr(object, 'env')"),
    "builtin": OUT.format("open('/etc/passwd')"),
    "import": OUT.format("__import__('os')"),
    "subscript": OUT.format("object['env']"),
    "index": OUT.format("payments[0]"),
    # what runs
    "lambda": OUT.format("(lambda: 1)()"),
    "comprehension": OUT.format("[one for one in payments]"),
    "generator": OUT.format("sum(1 for one in payments)"),
    "walrus": OUT.format("(x := 1)"),
    "f-string": OUT.format("f'{object.name}'"),
    "percent format": OUT.format("'%s' % object"),
    "percent of a text": OUT.format("object.name % 5"),
    "format of text": OUT.format("'{0.__class__}'.format(object)"),
    "bytes": OUT.format("b'a'"),
    "dictionary": OUT.format("{'a': object}"),
    "star": OUT.format("format_amount(*payments)"),
    "keyword": OUT.format("format_amount(amount=1)"),
    "await": OUT.format("await object"),
    "yield": OUT.format("(yield)"),
    "statement": OUT.format("object.name; import os"),
    "closing bracket": OUT.format("object.name) or (env"),
    "comment": OUT.format("object.name # )"),
    "line break": '<t t-out="object.name&#10;+ 1"/>',
    # directives
    "t-call": '<t t-call="web.layout"/>',
    "t-call expression": '<t t-call="{{ object.name }}"/>',
    "t-field": '<span t-field="object.name"/>',
    "t-raw": '<t t-raw="object.name"/>',
    "t-cache": '<t t-cache="object">x</t>',
    "t-options": '<t t-out="object.name" t-options="{\'widget\': \'html\'}"/>',
    "t-options widget": '<t t-out="object.name" t-options-widget="\'contact\'"/>',
    "t-debug": '<t t-debug="pdb">x</t>',
    "t-inner-content": '<div t-inner-content="True"/>',
    "t-tag-open": '<div t-tag-open="script"/>',
    "t-tag": '<t t-tag="object.name"/>',
    "t-ref": '<div t-ref="x"/>',
    "t-lang": '<t t-lang="object.name">x</t>',
    "t-groups": '<t t-groups="base.group_user">x</t>',
    "groups": '<div groups="base.group_user">x</div>',
    "t-call-assets": '<t t-call-assets="web.assets_backend"/>',
    "t-name": '<t t-name="other">x</t>',
    "t-translation": '<p t-translation="off">x</p>',
    "t-qweb-skip": '<p t-qweb-skip="True">x</p>',
    "t-else-valid": '<p t-else-valid="True">x</p>',
    "t-att": "<p t-att=\"{'onclick': 'alert(1)'}\">x</p>",
    "t-att tuple": "<p t-att=\"('onclick', 'alert(1)')\">x</p>",
    "translated attribute": '<p title.translate="{{ env }}">x</p>',
    "t-set of all": '<t t-set="{\'env\': 1}"/>',
    "t-set 0": '<t t-set="0" t-value="1"/>',
    "t-set object": '<t t-set="object" t-value="1"/>',
    "t-set helper": '<t t-set="format_amount" t-value="1"/>',
    "t-set builtin": '<t t-set="len" t-value="1"/>',
    "t-set dunder": '<t t-set="a__b" t-value="1"/>',
    "t-set body": '<t t-set="a"><b>x</b></t>',
    "t-as builtin": '<t t-foreach="payments" t-as="str">x</t>',
    # markup
    "script": "<script>alert(1)</script>",
    "iframe": '<iframe src="https://example.org"/>',
    "object": '<object data="file:///etc/passwd"/>',
    "link": '<link rel="stylesheet" href="https://example.org/x.css"/>',
    "meta": '<meta http-equiv="refresh" content="0"/>',
    "form": '<form action="https://example.org"/>',
    "svg": "<svg><script>alert(1)</script></svg>",
    "a": '<a href="javascript:alert(1)">x</a>',
    "base": '<base href="https://example.org"/>',
    "handler": '<p onclick="alert(1)">x</p>',
    "dynamic handler": '<p t-att-onclick="object.name">x</p>',
    "formatted handler": '<p t-attf-onclick="{{ object.name }}">x</p>',
    "srcset": '<img srcset="https://example.org/x.png"/>',
    "data attribute": '<p data-oe-model="res.users">x</p>',
    "namespace": '<p xmlns:x="http://example.org">x</p>',
    "pdf tag": '<pdf:barcode xmlns:pdf="http://example.org" value="1"/>',
    "instruction": "<?php echo 1 ?>",
    # sources
    "file source": '<img src="file:///etc/passwd"/>',
    "http source": '<img src="http://169.254.169.254/latest"/>',
    "relative source": '<img src="/web/image/1"/>',
    "svg source": '<img src="data:image/svg+xml;base64,PHN2Zy8+"/>',
    "html source": '<img src="data:text/html;base64,PHN2Zy8+"/>',
    "text source": '<img t-att-src="object.payee_name"/>',
    "made source": '<img t-attf-src="{{ object.payee_name }}"/>',
    "half made source": (
        "<img t-attf-src=\"http://example.org/{{ object.qrcode_ids.get_by_name('v').content_base64 }}\"/>"
    ),
    "source elsewhere": '<p src="data:image/png;base64,AA==">x</p>',
    "no picture": '<img src="data:image/png;base64,AAAA"/>',
    "bomb": f'<img src="data:image/png;base64,{_make_bomb()}"/>',
    "long format": '<p t-attf-title="{}">x</p>'.format("{{" * 5000),
    # styles
    "css url": "<style>p { background: url(http://example.org/x.png) }</style>",
    "css import": "<style>@import 'http://example.org/x.css';</style>",
    "css escape": "<style>p { background: u\\72l(http://example.org) }</style>",
    "css expression": "<style>p { width: expression(alert(1)) }</style>",
    "css font": "<style>@font-face { font-family: x; src: local(x) }</style>",
    "css page": "<style>@page { size: a0 }</style>",
    "css behavior": '<p style="behavior: x">x</p>',
    "css binding": '<p style="-moz-binding: x">x</p>',
    "css attribute url": '<p style="background: url(http://example.org)">x</p>',
    "css image-set": "<p style=\"background: image-set('http://example.org' 1x)\">x</p>",
    "css dynamic": '<p t-att-style="object.payee_name">x</p>',
    "css formatted": '<p t-attf-style="color: {{ object.payee_name }}">x</p>',
    "css break out": "<style>p { color: red } &lt;/style&gt;</style>",
    "style directive": "<style><t t-out=\"object.payee_name\"/></style>",
    # without end
    "long range": '<t t-foreach="range(10000000)" t-as="i">x</t>',
    "number loop": '<t t-foreach="1000000000" t-as="i">x</t>',
    "nested ranges": '<t t-foreach="range(200)" t-as="i"><t t-foreach="range(200)" t-as="j">x</t></t>',
    "payments in payments": LOOP.format('<t t-foreach="payments" t-as="other">x</t>'),
    "all in groups": (
        '<t t-foreach="in_groups(payments, 1)" t-as="group"><t t-foreach="payments" t-as="one">x</t></t>'
    ),
    "groups in groups": (
        '<t t-foreach="in_groups(payments, 1)" t-as="g"><t t-foreach="in_groups(payments, 1)" t-as="h">x</t></t>'
    ),
    "loop over text": '<t t-foreach="object.name" t-as="letter">x</t>',
    "long text": OUT.format("'a' * 1000000000"),
    "power": OUT.format("9 ** 9 ** 9"),
    "shift": OUT.format("1 &lt;&lt; 1000000"),
    "squares": LOOP.format('<t t-set="a" t-value="payment_index"/><t t-set="a" t-value="a * a"/>'),
    "doubling text": LOOP.format(
        '<t t-set="a" t-valuef="{{ payment.name }}"/><t t-set="a" t-valuef="{{ a }}{{ a }}"/>'
    ),
    "adding texts": LOOP.format('<t t-set="a" t-value="payment.name + payment.name"/>'),
    "division by zero": OUT.format("len(payments) // 0"),
    "wide date": OUT.format("format_date(file.created_at, '%999999999d')"),
    "weighty": '<t t-foreach="range(200)" t-as="i"><p title="{}">x</p></t>'.format("x" * 20_000),
}  # fmt: skip
UNREADABLE = {
    "entity": '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><t>&x;</t>',
    "billion laughs": '<!DOCTYPE t [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><t>&b;</t>',
    "unknown entity": "<p>&nbsp;</p>",
    "declaration": '<?xml version="1.0" encoding="utf-8"?><p/>',
    "out of its wrapper": "</t><script>alert(1)</script><t>",
    "unclosed": "<p>",
    "control characters": "<p>\x00</p>",
    "empty": "   ",
    "too long": "<p>x</p>" * 100_000,
    "too deep": "<div>" * 1000 + "</div>" * 1000,
    "too many": "<p/>" * 3000,
}
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
