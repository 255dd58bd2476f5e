from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.g2p_programs.dispatch.claim import canonical_amount

from ..documents.facts import FileFacts, PaymentFacts, end_to_end_id
from ..documents.inline import make_codes
from .payment_file_qrcode import CODE_GROUPS


class G2PPayment(models.Model):
    _inherit = "g2p.payment"

    qrcode_ids = fields.One2many(
        "g2p.payment.file.qrcode", "payment_id", "QR Codes", readonly=True, groups=CODE_GROUPS
    )
    payment_file_ids = fields.One2many("g2p.payment.file", "payment_id", string="Files", readonly=True)

    @api.model
    def _get_guarded_fields(self):
        return (*super()._get_guarded_fields(), "payment_file_ids")

    @api.model
    def _get_document_facts(self, payments, layout=None, provider=None, first_number=1):
        """Return what documents may show of payments, with one query for all of them.

        :param payments: ``g2p.payment`` recordset
        :param layout: :class:`~..documents.layout.Layout` whose codes are filled in; no codes when None
        :param provider: ``g2p.encryption.provider`` that signs codes
        :param int first_number: the line of the first one
        :return: list of :class:`~..documents.facts.PaymentFacts`, in the order of their ids
        :raise DocumentError: naming the payments whose codes cannot be made
        """
        rows = self._fetch_facts(payments)
        cards = self._fetch_cards({row[-1] for row in rows})
        facts = [
            self._make_facts(number, row, cards.get(row[-1], ""))
            for number, row in enumerate(rows, start=first_number)
        ]
        if layout is None or not layout.codes:
            return facts
        codes = make_codes(layout, facts, provider)
        return [replace(one, codes=texts) for one, texts in zip(facts, codes, strict=True)]

    def _get_file_facts(self, **more):
        """Return what a document of this one payment shows of itself as a whole.

        :param more: further values of :class:`~..documents.facts.FileFacts`
        :return: :class:`~..documents.facts.FileFacts`
        """
        self.ensure_one()
        facts = self._get_document_facts(self)[0]
        return FileFacts(
            **{
                "message_id": "",
                "created_at": fields.Datetime.now(),
                "count": 1,
                "total": facts.amount,
                "currency": facts.currency,
                "batch": self.batch_id.name or "",
                "program": self.program_id.name,
                "cycle": self.cycle_id.name,
                "company": self.company_id.name,
                **more,
            }
        )

    @api.model
    def _fetch_facts(self, payments):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT p.name, p.payee_name, p.payee_id_type, p.payee_id_value, p.payee_bank_code,
                       p.amount_issued::text, coalesce(p.payment_fee, 0)::text, c.name, c.decimal_places,
                       e.code, r.name, r.phone, r.address, e.valid_from, e.valid_until, r.id
                  FROM g2p_payment p JOIN res_currency c ON c.id = p.currency_id
                  JOIN g2p_entitlement e ON e.id = p.entitlement_id JOIN res_partner r ON r.id = p.partner_id
                 WHERE p.id = ANY(%s) ORDER BY p.id
                """,
                list(payments.ids),
            )
        )

    @api.model
    def _fetch_cards(self, partner_ids):
        """Return {partner id: what is on the ID card}: a registrant's own, or that of a group's head."""
        partners = self.env["res.partner"].browse(partner_ids)
        holders = {id_: id_ for id_ in partner_ids} | {
            group: head for group, head in partners._g2p_group_heads().items() if head
        }
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (partner_id) partner_id, value FROM g2p_reg_id
                 WHERE partner_id = ANY(%s) AND status IS DISTINCT FROM 'invalid'
                   AND (expiry_date IS NULL OR expiry_date >= current_date)
                 ORDER BY partner_id, id
                """,
                list({*holders, *holders.values()}),
            )
        )
        cards = dict(rows)
        return {id_: cards.get(id_) or cards.get(holder) or "" for id_, holder in holders.items()}

    @api.model
    def _make_facts(self, number, row, card):
        texts = [value or "" for value in row[:5]]
        return PaymentFacts(
            number=number,
            reference=texts[0],
            end_to_end_id=end_to_end_id(texts[0]),
            payee_name=texts[1],
            payee_id_type=texts[2],
            payee_id_value=texts[3],
            payee_bank_code=texts[4],
            amount=canonical_amount(row[5], row[8]),
            fee=canonical_amount(row[6], row[8]),
            currency=row[7],
            entitlement_code=row[9] or "",
            registrant_name=row[10] or "",
            registrant_phone=row[11] or "",
            registrant_address=", ".join(filter(None, map(str.strip, (row[12] or "").splitlines()))),
            valid_from=row[13],
            valid_until=row[14],
            registrant_id=card,
        )
