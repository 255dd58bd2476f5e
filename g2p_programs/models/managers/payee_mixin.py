from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL

PAYEE_ID_TYPES = [
    ("bank_acc_no", "Bank Account Number"),
    ("bank_acc_iban", "IBAN"),
    ("phone", "Phone"),
    ("email", "Email"),
    ("reg_id", "Registrant ID"),
]


@dataclass(frozen=True)
class Payee:
    """Where the money of one entitlement goes, or why it cannot go anywhere."""

    partner_id: int
    name: str
    value: str = ""
    bank_code: str = ""
    problem: str = ""
    problem_code: str = ""


class G2PPayeeMixin(models.AbstractModel):
    """Resolves the payees of entitlements: a group is paid through its head."""

    _name = "g2p.payee.mixin"
    _description = "Payee Resolution"

    payee_id_type = fields.Selection(PAYEE_ID_TYPES, "Payee ID Type", required=True, default="bank_acc_no")
    reg_id_type_for_payee_id = fields.Many2one("g2p.id.type", "Payee DFSP ID Type", ondelete="restrict")

    @api.private
    def get_registrant_or_group_head(self, partner):
        """Return who is paid for a registrant: an individual itself, the head of a group.

        :param partner: ``res.partner`` record
        :return: ``res.partner`` record, empty when the group has no head
        """
        if not partner.is_group:
            return partner
        return partner.browse(partner._g2p_group_heads().get(partner.id))

    def _resolve_payees(self, entitlements):
        """Resolve all payees with a handful of queries.

        :param entitlements: ``g2p.entitlement`` recordset
        :return: dict {entitlement id: :class:`Payee`}
        """
        entitlements.flush_model(["partner_id"])
        self.env["res.partner"].flush_model(["is_group", "name"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.id, p.id, p.is_group FROM g2p_entitlement e JOIN res_partner p ON p.id = e.partner_id
                 WHERE e.id = ANY(%s)
                """,
                list(entitlements.ids),
            )
        )
        groups = self.env["res.partner"].browse(
            {partner_id for _id, partner_id, is_group in rows if is_group}
        )
        heads = groups._g2p_group_heads()
        receiver = {
            id_: heads.get(partner_id) if is_group else partner_id for id_, partner_id, is_group in rows
        }
        ids = list({partner_id for partner_id in receiver.values() if partner_id})
        names = self._fetch_names(ids)
        values = getattr(self, f"_fetch_{self.payee_id_type}")(ids) if ids else {}
        return {id_: self._make_payee(partner_id, names, values) for id_, partner_id in receiver.items()}

    def _make_payee(self, partner_id, names, values):
        if not partner_id:
            return Payee(
                0,
                "",
                problem=self.env._("The group has no head. Give one of its members the kind Head."),
                problem_code="no_head",
            )
        name = names.get(partner_id, "")
        if partner_id not in values:
            label = dict(self._fields["payee_id_type"]._description_selection(self.env))[self.payee_id_type]
            if self.payee_id_type == "reg_id":
                label = self.reg_id_type_for_payee_id.name or label
            problem = self.env._(
                "The payee has no %(label)s. Add one to the registrant and prepare payments again.",
                label=label,
            )
            return Payee(partner_id, name, problem=problem, problem_code="no_account")
        value, bank_code = values[partner_id]
        bank_code = (bank_code or "").strip()
        if self.payee_id_type == "bank_acc_no" and not bank_code and self._needs_bank_code():
            problem = self.env._(
                "The bank of the payee's account has no code. Fill in the Bank Identifier Code of the bank and prepare "
                "payments again."
            )
            return Payee(partner_id, name, value, problem=problem, problem_code="no_bank_code")
        return Payee(partner_id, name, value, bank_code)

    def _needs_bank_code(self):
        """Return whether an account number means nothing to this rail without its bank's code."""
        return True

    # ---- One query each: {partner id: (value, bank code)} -----------------------------------------------------
    def _fetch_names(self, ids):
        self.env["res.partner"].flush_model(["name"])
        return dict(
            self.env.execute_query(
                SQL("SELECT id, coalesce(name, '') FROM res_partner WHERE id = ANY(%s)", ids)
            )
        )

    def _fetch_bank_acc_no(self, ids):
        self.env["res.partner.bank"].flush_model()
        self.env["res.bank"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (account.partner_id) account.partner_id, account.sanitized_acc_number, bank.bic
                  FROM res_partner_bank account LEFT JOIN res_bank bank ON bank.id = account.bank_id
                 WHERE account.partner_id = ANY(%s) AND account.active AND account.sanitized_acc_number <> ''
                 ORDER BY account.partner_id, account.sequence, account.id
                """,
                ids,
            )
        )
        return {partner_id: (value, code) for partner_id, value, code in rows}

    def _fetch_bank_acc_iban(self, ids):
        # sudo: preparing payments needs the account of each payee, which officers need not otherwise see.
        accounts = (
            self.env["res.partner.bank"].sudo().search([("partner_id", "in", ids)], order="sequence, id")
        )
        found = {}
        for account in accounts:
            if account.iban:
                found.setdefault(
                    account.partner_id.id, (account.iban.replace(" ", ""), account.bank_id.bic or "")
                )
        return found

    def _fetch_phone(self, ids):
        self.env["g2p.phone.number"].flush_model()
        return self._fetch_plain(
            SQL(
                """
                SELECT DISTINCT ON (partner_id) partner_id, coalesce(nullif(phone_sanitized, ''), phone_no)
                  FROM g2p_phone_number WHERE partner_id = ANY(%s) AND disabled IS NULL
                 ORDER BY partner_id, id
                """,
                ids,
            )
        )

    def _fetch_email(self, ids):
        self.env["res.partner"].flush_model(["email"])
        return self._fetch_plain(SQL("SELECT id, email FROM res_partner WHERE id = ANY(%s)", ids))

    def _fetch_reg_id(self, ids):
        self.env["g2p.reg.id"].flush_model()
        return self._fetch_plain(
            SQL(
                """
                SELECT DISTINCT ON (partner_id) partner_id, value FROM g2p_reg_id
                 WHERE partner_id = ANY(%s) AND id_type = %s AND status IS DISTINCT FROM 'invalid'
                   AND (expiry_date IS NULL OR expiry_date >= current_date)
                 ORDER BY partner_id, id DESC
                """,
                ids,
                self.reg_id_type_for_payee_id.id or 0,
            )
        )

    def _fetch_plain(self, query):
        return {
            id_: (value.strip(), "")
            for id_, value in self.env.execute_query(query)
            if value and value.strip()
        }
