import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..documents import inline, shown
from ..documents.errors import DocumentError
from ..documents.layout import Code, Layout

#: Upstream's values are python-qrcode's constants.
ERROR_CORRECT = {"0": "M", "1": "L", "2": "H", "3": "Q"}
RECORD_FIELDS = {"g2p.payment": "payment_id", "g2p.payment.batch": "payment_batch_id"}
MAX_BOX_SIZE, MAX_BORDER = 40, 20


class G2PPaymentFileQRCodeConfig(models.Model):
    """A QR or bar code of a payment file: what it carries, and how it is drawn."""

    _name = "g2p.payment.file.qrcode.config"
    _description = "Payment File QR Code Config"
    _order = "id asc"

    name = fields.Char(required=True, help="How the template calls it: object.qrcode_ids.get_by_name('…')")
    type = fields.Selection(
        [("qrcode", "QR code"), ("code-128-barcode", "Code 128 Barcode")], required=True, default="qrcode"
    )
    data_type = fields.Selection(
        [
            ("string", "String"),
            ("json", "JSON"),
            ("jwt", "Signed JSON Web Token (JWT)"),
            ("cwt", "Signed CBOR Web Token (CWT)"),
        ],
        required=True,
        default="string",
    )
    body_string = fields.Char(
        "Body", help="{{ object.name }} and the like; for JSON and tokens, in a JSON document."
    )
    qrcode_version = fields.Integer(help="1 to 40; 0 for the smallest that fits.", aggregator=None)
    qrcode_error_correct = fields.Selection(
        [("1", "Low (7%)"), ("0", "Medium (15%)"), ("3", "Quartile (25%)"), ("2", "High (30%)")],
        "Error Correction",
        required=True,
        default="0",
    )
    qrcode_box_size = fields.Integer("Box Size", default=10, aggregator=None)
    qrcode_border = fields.Integer("Border", default=4, aggregator=None)
    payment_config_id = fields.Many2one("g2p.payment.file.config", index=True, ondelete="cascade")

    _name_unique = models.UniqueIndex(
        "(payment_config_id, name)", "Each code of a configuration has its own name."
    )

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains(
        "name", "type", "data_type", "body_string", "qrcode_version", "qrcode_error_correct", "qrcode_box_size",
        "qrcode_border", "payment_config_id",
    )  # fmt: skip
    def _check_usable(self):
        problems = []
        for config in self:
            problems += config._get_problems()
        if problems:
            raise ValidationError("\n".join(problems))
        self.payment_config_id._check_usable()

    def _get_problems(self):
        problems = []
        if self.type == "code-128-barcode" and self.data_type != "string":
            problems.append(
                self.env._("Code %s: bars carry a String only. Use a QR code for JSON and tokens.", self.name)
            )
        if not 0 <= self.qrcode_version <= 40:
            problems.append(
                self.env._("Code %s: the version is 1 to 40, or 0 for the smallest that fits.", self.name)
            )
        if not 1 <= self.qrcode_box_size <= MAX_BOX_SIZE or not 0 <= self.qrcode_border <= MAX_BORDER:
            problems.append(
                self.env._(
                    "Code %(name)s: the box size is 1 to %(box)s, the border 0 to %(border)s.",
                    name=self.name,
                    box=MAX_BOX_SIZE,
                    border=MAX_BORDER,
                )
            )
        try:
            inline.find_subject(self._get_codes()[0])
        except inline.InlineError as error:
            problems.append(self.env._("Code %(name)s: %(problem)s", name=self.name, problem=error))
        return problems

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def write(self, vals):
        result = super().write(vals)
        if "payment_config_id" in vals:
            # Rules were asked about the configuration it was in; they hold for the one it is in now, too.
            self.check_access("write")
        return result

    def unlink(self):
        configs = self.payment_config_id
        result = super().unlink()
        configs.exists()._check_usable()
        return result

    # ---- Business ---------------------------------------------------------------------------------------------
    def _get_codes(self):
        """Return these codes in their order.

        :return: tuple of :class:`~..documents.layout.Code`
        """
        return tuple(
            Code(
                name=config.name or "",
                kind=config.type,
                data_type=config.data_type,
                body=config.body_string or "",
                version=config.qrcode_version,
                error_correct=ERROR_CORRECT[config.qrcode_error_correct],
                box_size=config.qrcode_box_size,
                border=config.qrcode_border,
            )
            for config in self
        )

    @api.private
    def render_datas_and_store(
        self,
        res_model,
        res_ids,
        encryption_provider,
        res_id_field_in_qrcode_model=None,
        template_engine="inline_template",
    ):
        """Make the codes of records, as rows that last as long as wizards do.

        :param str res_model: ``g2p.payment`` or ``g2p.payment.batch``
        :param list res_ids: ids
        :param encryption_provider: ``g2p.encryption.provider`` that signs
        :param str res_id_field_in_qrcode_model: field of the rows that names the record; known if not given
        :param str template_engine: only ``inline_template``
        :return: ``g2p.payment.file.qrcode`` records
        :raise UserError: naming every record and code that cannot be made
        """
        field = res_id_field_in_qrcode_model or RECORD_FIELDS[res_model]
        values = []
        for config in self:
            datas = config._render_data(
                config.data_type, config.body_string, res_model, res_ids, encryption_provider, template_engine
            )
            values += [
                {"qrcode_config_id": config.id, "data": datas[res_id], field: res_id} for res_id in res_ids
            ]
        return self.env["g2p.payment.file.qrcode"].create(values)

    def _render_data(
        self,
        data_type,
        template_src,
        res_model,
        res_ids,
        encryption_provider,
        template_engine="inline_template",
    ):
        """Return what a code carries.

        :return: dict {id: str}
        :raise UserError: naming every record that cannot be made, and why
        """
        if template_engine != "inline_template":
            raise UserError(self.env._("Codes are filled in by inline templates only: {{ object.name }}."))
        code = Code("code", data_type=data_type, body=template_src or "")
        records = self.env[res_model].browse(res_ids)
        records.check_access("read")
        try:
            if res_model == "g2p.payment":
                return self._render_payments(code, records, encryption_provider)
            body = inline.Inline(code.body, data_type, shown.BATCH)
            return {
                batch.id: body.carry(shown.ShownBatch(batch._get_file_facts()), encryption_provider)
                for batch in records
            }
        except (DocumentError, inline.InlineError, json.JSONDecodeError) as error:
            raise UserError(error.get_message() if isinstance(error, DocumentError) else str(error)) from None

    def _render_payments(self, code, payments, provider):
        payments = payments.sorted("id")
        facts = payments._get_document_facts(payments, Layout("html", codes=(code,)), provider)
        return {payment.id: one.codes["code"] for payment, one in zip(payments, facts, strict=True)}
