import io
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..documents import inline, openpgp, sandbox
from ..documents.errors import DocumentError
from ..documents.expressions import DATE_PATTERN
from ..documents.formats import FORMATS
from ..documents.layout import Layout
from ..documents.page import PAGE_FORMATS, get_size
from ..documents.pdf import MAX_BYTES
from ..documents.sample import sample_file, sample_payments
from .payment_file_making import PAGES_PART

TEMPLATE_TYPES = ("pdf", "html")
TABLE_TYPES = ("csv", "xlsx", "text")
#: Made-up payments that a template is tried with.
SAMPLES = 3
#: Millimetres that must stay between the margins.
SMALLEST_PRINT = 30
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}


class G2PPaymentFileConfig(models.Model):
    """How a document made of payments looks: its format, its template or columns, its codes."""

    _name = "g2p.payment.file.config"
    _description = "Payment File Config"
    _order = "id desc"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty for one that all companies may use; only administrators make and change those.",
    )
    type = fields.Selection(
        [
            ("pdf", "PDF"),
            ("html", "HTML"),
            ("csv", "CSV"),
            ("xlsx", "Excel (XLSX)"),
            ("text", "Text, Fixed Width"),
            ("pain001", "ISO 20022 pain.001"),
        ],
        required=True,
        default="pdf",
    )
    purpose = fields.Selection(
        [("instruction", "Payment Instruction"), ("voucher", "Voucher"), ("document", "Document")],
        required=True,
        default="document",
        help="A payment instruction tells somebody to pay, a voucher lets the payee be paid: whoever first takes one "
        "of a batch sends the batch. A document pays nothing and can be taken at any time.",
    )
    body_string = fields.Text(
        "Body",
        help="QWeb. It sees object, payments, file and a few functions, and nothing else.",
    )
    subject = fields.Selection(
        [("payment", "each payment, one after the other"), ("batch", "the batch")],
        "Printed For",
        compute="_compute_subject",
        help="A template that goes over the payments is printed for the batch, any other for each payment.",
    )
    qrcode_config_ids = fields.One2many(
        "g2p.payment.file.qrcode.config", "payment_config_id", "QR Codes", copy=True
    )
    column_ids = fields.One2many("g2p.payment.file.column", "config_id", "Columns", copy=True)
    columns_preview = fields.Text(
        compute="_compute_columns_preview",
        help="What the columns make of made-up payments, while you edit them.",
    )

    encoding = fields.Selection(
        [
            ("utf-8", "UTF-8"),
            ("utf-8-sig", "UTF-8 with byte order mark (Excel)"),
            ("utf-16", "UTF-16"),
            ("cp1252", "Windows Western Europe (cp1252)"),
            ("cp1250", "Windows Central Europe (cp1250)"),
            ("cp1251", "Windows Cyrillic (cp1251)"),
            ("cp1254", "Windows Turkish (cp1254)"),
            ("cp1256", "Windows Arabic (cp1256)"),
            ("cp1258", "Windows Vietnamese (cp1258)"),
            ("iso8859-1", "Latin 1 (ISO 8859-1)"),
            ("iso8859-15", "Latin 9 (ISO 8859-15)"),
            ("cp850", "DOS Western Europe (cp850)"),
            ("ascii", "ASCII"),
        ],
        required=True,
        default="utf-8",
        help="What the bank's program reads.",
    )
    csv_delimiter = fields.Selection(
        [("comma", "Comma ,"), ("semicolon", "Semicolon ;"), ("tab", "Tab"), ("pipe", "Bar |")],
        "Delimiter",
        required=True,
        default="comma",
    )
    quote_all = fields.Boolean("Quote All Cells")
    decimal_mark = fields.Selection(
        [(".", "Point 1250.00"), (",", "Comma 1250,00")], required=True, default="."
    )
    minor_units = fields.Boolean(
        "Amounts in Minor Units", help="Whole numbers without a mark: 125000 for 1250.00."
    )
    date_format = fields.Char(required=True, default="%Y-%m-%d", help="Of %d %m %Y %y and the like: %d.%m.%Y")
    line_end = fields.Selection(
        [("crlf", "CR LF (Windows)"), ("lf", "LF (Unix)")], "Line Ends", required=True, default="crlf"
    )
    has_header = fields.Boolean("Header Line", default=True)
    has_totals = fields.Boolean("Totals Line", default=True, help="Count and control sum at the end.")

    charge_bearer = fields.Selection(
        [
            ("SLEV", "As the scheme says (SLEV)"),
            ("SHAR", "Shared (SHAR)"),
            ("DEBT", "Payer (DEBT)"),
            ("CRED", "Payee (CRED)"),
        ],
        "Charges Borne By",
        required=True,
        default="SLEV",
    )
    service_level = fields.Char(
        size=4, help="ISO code such as SEPA or URGP; empty where the bank wants none."
    )
    category_purpose = fields.Char(
        size=4, help="ISO code such as GOVT, SALA or SSBE; empty where the bank wants none."
    )
    batch_booking = fields.Boolean(default=True, help="One line on the payer's statement for the whole file.")

    page_format = fields.Selection(
        [(name, name) for name in PAGE_FORMATS], "Page Size", required=True, default="A4"
    )
    landscape = fields.Boolean()
    margin_top = fields.Integer("Top Margin (mm)", default=10)
    margin_right = fields.Integer("Right Margin (mm)", default=10)
    margin_bottom = fields.Integer("Bottom Margin (mm)", default=10)
    margin_left = fields.Integer("Left Margin (mm)", default=10)

    openpgp_key = fields.Text(
        "Recipient's OpenPGP Key", help="Public key, armored. The finished file is encrypted to it."
    )
    openpgp_fingerprint = fields.Char("Fingerprint", compute="_compute_openpgp")
    openpgp_owner = fields.Char("Key Of", compute="_compute_openpgp")
    openpgp_expires = fields.Datetime("Key Expires", compute="_compute_openpgp")
    openpgp_problem = fields.Char("Key Cannot Be Used", compute="_compute_openpgp")
    problems = fields.Text(
        "Cannot Be Used So",
        compute="_compute_problems",
        help="What keeps it from being saved, while you edit it.",
    )

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains(
        "type", "purpose", "body_string", "qrcode_config_ids", "column_ids", "encoding", "csv_delimiter",
        "quote_all", "decimal_mark", "minor_units", "date_format", "has_header", "service_level",
        "category_purpose", "page_format", "landscape", "margin_top", "margin_right", "margin_bottom",
        "margin_left", "openpgp_key",
    )  # fmt: skip
    def _check_usable(self):
        problems = []
        for config in self:
            found = config._get_problems()
            if found:
                problems.append(self.env._("%s cannot be used so:", config.name))
                problems += [f"– {problem}" for problem in found]
        if problems:
            raise ValidationError("\n".join(problems))

    def _get_problems(self):
        """Return everything that is wrong with this configuration, as a list of sentences."""
        layout = self._get_layout()
        problems = self._get_purpose_problems() + self._get_code_problems(layout)
        if not DATE_PATTERN.fullmatch(layout.date_format):
            problems.append(
                self.env._(
                    "Date Format: “%s” is none. Write for example %%d.%%m.%%Y.", layout.date_format[:40]
                )
            )
        if self.type in TEMPLATE_TYPES:
            problems += self._get_template_problems(layout) + self._get_page_problems(layout)
        else:
            problems += FORMATS[self.type].check(layout)
        return problems + self._get_key_problems()

    def _get_purpose_problems(self):
        if self.type == "pain001" and self.purpose != "instruction":
            return [self.env._("A pain.001 file tells a bank to pay: its purpose is Payment Instruction.")]
        if self.purpose == "voucher" and self.type not in TEMPLATE_TYPES:
            return [self.env._("A voucher is handed to a payee: its type is PDF or HTML.")]
        return []

    def _get_code_problems(self, layout):
        problems = []
        for code in layout.codes:
            if code.data_type in inline.SIGNED_TYPES and self.purpose == "document":
                problems.append(
                    self.env._(
                        "Code %s is signed: whoever scans it takes it for the right to be paid. A document, which "
                        "anybody gets before the release, carries no such code: make its purpose Voucher.",
                        code.name,
                    )
                )
            if code.kind == "code-128-barcode" and code.data_type != "string":
                problems.append(
                    self.env._(
                        "Code %s: bars carry a String only. Use a QR code for JSON and tokens.", code.name
                    )
                )
            try:
                inline.find_subject(code)
            except inline.InlineError as error:
                problems.append(self.env._("Code %(name)s: %(problem)s", name=code.name, problem=error))
        return problems

    def _get_template_problems(self, layout):
        found = sandbox.check_template(self.body_string, [code.name for code in layout.codes])
        return [
            self.env._("Template, line %(line)s: %(problem)s", line=problem.line, problem=problem.message)
            for problem in found
        ] or self._get_rendering_problems(layout)

    def _get_rendering_problems(self, layout):
        """Return what only shows when the template is filled in, with made-up payments."""
        try:
            payments = self._fill_codes(layout, sample_payments(SAMPLES))
            markup = self._render_markup(layout, sample_file(payments), payments)
        except DocumentError as error:
            return [self.env._("Template: %s", error.get_message())]
        except inline.InlineError:
            return []  # told by the code itself
        size = len(markup) * PAGES_PART // SAMPLES
        if size > MAX_BYTES:
            return [
                self.env._(
                    "Template: %(count)s payments would come to %(size)s MB. Let it show less, or smaller pictures.",
                    count=PAGES_PART,
                    size=size // 1024**2,
                )
            ]
        return []

    def _get_page_problems(self, layout):
        top, right, bottom, left = layout.margins
        width, height = get_size(layout)
        if (
            min(layout.margins) < 0
            or width - left - right < SMALLEST_PRINT
            or height - top - bottom < SMALLEST_PRINT
        ):
            return [
                self.env._(
                    "Margins: between them there must be at least %s mm, and none may be below 0.",
                    SMALLEST_PRINT,
                )
            ]
        return []

    def _get_key_problems(self):
        if not self.openpgp_key:
            return []
        try:
            openpgp.describe_key(self.openpgp_key)
        except DocumentError as error:
            return [self.env._("OpenPGP key: %s", error.text)]
        return []

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("body_string", "type")
    def _compute_subject(self):
        for config in self:
            template = config.type in TEMPLATE_TYPES and config.body_string
            config.subject = template and sandbox.read_template(config.body_string).subject

    @api.depends(
        "type", "encoding", "csv_delimiter", "quote_all", "decimal_mark", "minor_units", "date_format", "line_end",
        "has_header", "has_totals", "column_ids.sequence", "column_ids.source", "column_ids.header",
        "column_ids.text", "column_ids.width", "column_ids.align", "column_ids.fill",
    )  # fmt: skip
    def _compute_columns_preview(self):
        for config in self:
            config.columns_preview = config.type in TABLE_TYPES and config._preview_columns()

    def _preview_columns(self):
        """Return some lines of the table, or what is wrong with it (str)."""
        layout = self._get_layout()
        problems = FORMATS[self.type].check(layout)
        if problems or not DATE_PATTERN.fullmatch(layout.date_format):
            return "\n".join(problems)
        if self.type == "xlsx":
            # A sheet is no text: its cells, with blanks between them
            layout = replace(layout, type="csv", delimiter="\t", encoding="utf-8", bom=False)
        payments, stream = sample_payments(3), io.BytesIO()
        head, form = sample_file(payments), FORMATS[layout.type]
        try:
            form.join(layout, head, [form.part(layout, head, payments)], stream)
        except DocumentError as error:
            return error.get_message()
        return stream.getvalue().decode(layout.encoding, "replace").lstrip("\ufeff")

    @api.depends("openpgp_key")
    def _compute_openpgp(self):
        for config in self:
            config.update(config._describe_openpgp())

    @api.depends(
        "type", "purpose", "body_string", "encoding", "csv_delimiter", "quote_all", "decimal_mark", "minor_units",
        "date_format", "has_header", "service_level", "category_purpose", "page_format", "landscape", "margin_top",
        "margin_right", "margin_bottom", "margin_left", "openpgp_key", "column_ids.source", "column_ids.header",
        "column_ids.text", "column_ids.width", "column_ids.align", "column_ids.fill", "qrcode_config_ids.name",
        "qrcode_config_ids.type", "qrcode_config_ids.data_type", "qrcode_config_ids.body_string",
    )  # fmt: skip
    def _compute_problems(self):
        """Find while somebody edits what saving would refuse; what is saved already has no problem."""
        for config in self:
            config.problems = "\n".join(config._get_problems()) if config._is_edited() else False

    def _is_edited(self):
        """Whether this is what a form shows of a configuration that somebody has begun to write or change."""
        begun = self.body_string or self.column_ids or self.type == "pain001"
        return bool(begun) and not self.id

    def _describe_openpgp(self):
        values = dict.fromkeys(
            ("openpgp_fingerprint", "openpgp_owner", "openpgp_expires", "openpgp_problem"), False
        )
        if self.openpgp_key:
            try:
                key = openpgp.describe_key(self.openpgp_key)
            except DocumentError as error:
                return {**values, "openpgp_problem": error.text}
            values.update(
                openpgp_fingerprint=key.fingerprint,
                openpgp_owner=", ".join(key.user_ids),
                openpgp_expires=key.expires and key.expires.replace(tzinfo=None),
            )
        return values

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            # Rules were asked about the company it had; they hold for the one it has now, too.
            self.check_access("write")
        return result

    def copy_data(self, default=None):
        return [
            {
                **vals,
                "name": self.env._("%s (copy)", config.name),
                # Copied in order to be changed, which a shared one may be by administrators only.
                "company_id": config.company_id.id or self.env.company.id,
                **(default or {}),
            }
            for config, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_preview(self):
        """Open a preview of this configuration, with made-up payments at first.

        :return: act_window
        """
        self.ensure_one()
        self.check_access("read")
        preview = self.env["g2p.payment.file.preview"].create({"config_id": self.id})
        return preview._open()

    # ---- Business ---------------------------------------------------------------------------------------------
    def _get_layout(self):
        """Return how its documents look, apart from what they show.

        :return: :class:`~..documents.layout.Layout`
        """
        self.ensure_one()
        with_mark = self.encoding == "utf-8-sig"
        return Layout(
            type=self.type,
            columns=self.column_ids._get_columns(),
            encoding="utf-8" if with_mark else self.encoding,
            bom=with_mark or self.encoding == "utf-16",
            delimiter=DELIMITERS[self.csv_delimiter],
            quote_all=self.quote_all,
            decimal_mark=self.decimal_mark,
            minor_units=self.minor_units,
            date_format=self.date_format or "",
            line_end=LINE_ENDS[self.line_end],
            header=self.has_header,
            totals=self.has_totals,
            charge_bearer=self.charge_bearer,
            service_level=self.service_level or "",
            category_purpose=self.category_purpose or "",
            batch_booking=self.batch_booking,
            body=self.body_string or "" if self.type in TEMPLATE_TYPES else "",
            page_format=self.page_format,
            landscape=self.landscape,
            margins=(self.margin_top, self.margin_right, self.margin_bottom, self.margin_left),
            codes=self.qrcode_config_ids._get_codes(),
            openpgp_key=self.openpgp_key or "",
        )
