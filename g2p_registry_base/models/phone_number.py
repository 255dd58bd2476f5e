import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class G2PPhoneNumber(models.Model):
    _name = "g2p.phone.number"
    _description = "Phone Number"
    _order = "id desc"
    _rec_name = "phone_no"

    partner_id = fields.Many2one(
        "res.partner",
        "Registrant",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_registrant", "=", True)],
    )
    phone_no = fields.Char("Phone Number", required=True)
    phone_sanitized = fields.Char(
        compute="_compute_phone_sanitized",
        store=True,
        index="btree_not_null",
        help="The number in international form (E.164); empty when it cannot be understood.",
    )
    date_collected = fields.Date(default=fields.Date.context_today)
    disabled = fields.Datetime("Date Disabled")
    disabled_by = fields.Many2one("res.users", readonly=True)
    country_id = fields.Many2one(
        "res.country",
        help="How a number written without + is read. Filled in from the registrant, "
        "else from the company, when the number is saved.",
    )

    @api.constrains("phone_no", "country_id", "date_collected")
    def _check_phone_numbers(self):
        """Refuse numbers that cannot be dialled or do not match the setting, all at once."""
        pattern = self._get_phone_pattern()
        errors = []
        for number in self:
            errors += number._get_errors(pattern)
        if errors:
            raise ValidationError("\n".join(errors))

    def _get_errors(self, pattern):
        values = {"partner": self.partner_id.display_name, "number": self.phone_no}
        errors = []
        if not self.phone_sanitized:
            errors.append(
                self.env._(
                    "%(partner)s: phone number '%(number)s' is not valid for %(country)s. "
                    "Correct it, write it with + and the country code, or choose its country.",
                    country=self._get_number_country().name or self.env._("any country"),
                    **values,
                )
            )
        elif pattern and not self._matches_pattern(pattern, self.phone_no, self.phone_sanitized):
            errors.append(
                self.env._(
                    "%(partner)s: phone number '%(number)s' does not match the required pattern %(pattern)s. "
                    "Correct the number, or ask an administrator to change the pattern in the settings.",
                    pattern=pattern.pattern,
                    **values,
                )
            )
        if self.date_collected and self.date_collected > fields.Date.context_today(self):
            errors.append(
                self.env._(
                    "%(partner)s: phone number '%(number)s': Date collected cannot be in the future. "
                    "Enter today or an earlier date.",
                    **values,
                )
            )
        return errors

    # The country is stored with the number when it is saved, so that a later change of the
    # registrant's country does not silently turn the number into somebody else's.
    @api.depends("phone_no", "country_id")
    def _compute_phone_sanitized(self):
        for number in self:
            country = number._get_number_country()
            number.phone_sanitized = self._phone_format_number(number.phone_no, country)

    @api.model_create_multi
    def create(self, vals_list):
        partners = self.env["res.partner"].browse(
            {vals["partner_id"] for vals in vals_list if vals.get("partner_id")}
        )
        countries = {partner.id: partner._get_phone_country().id for partner in partners}
        completed = []
        for vals in vals_list:
            vals = self._strip_number(vals)
            international = (vals.get("phone_no") or "").startswith(("+", "00"))
            if not international and not vals.get("country_id"):
                vals = {**vals, "country_id": countries.get(vals.get("partner_id"))}
            completed.append(vals)
        return super().create(completed)

    def write(self, vals):
        partners = self.partner_id if "partner_id" in vals else self.env["res.partner"]
        result = super().write(self._strip_number(vals))
        partners._clear_phone_without_numbers()
        return result

    def unlink(self):
        partners = self.partner_id
        result = super().unlink()
        partners._clear_phone_without_numbers()
        return result

    @api.model
    def _strip_number(self, vals):
        if isinstance(vals.get("phone_no"), str):
            vals = {**vals, "phone_no": vals["phone_no"].strip()}
        return vals

    def disable_phone(self):
        """Disable the numbers that are not disabled yet (button; needs write access).

        :return: True
        """
        return self.filtered(lambda number: not number.disabled).write(
            {"disabled": fields.Datetime.now(), "disabled_by": self.env.uid}
        )

    def enable_phone(self):
        """Enable the disabled numbers again (button; needs write access).

        :return: True
        """
        return self.filtered("disabled").write({"disabled": False, "disabled_by": False})

    def _get_number_country(self):
        return self.country_id or self.partner_id._get_phone_country()

    @api.model
    def _get_phone_pattern(self):
        """Return the compiled pattern of the settings, or None when there is none.

        :raises ValidationError: when the stored pattern is not a regular expression
        """
        # sudo: everybody who registers a number is held to the setting, few may read settings
        text = self.env["ir.config_parameter"].sudo().get_param("g2p_registry.phone_regex")
        if not text:
            return None
        try:
            return re.compile(text)
        except re.error as error:
            raise ValidationError(
                self.env._(
                    "The phone number pattern %(pattern)s of the registry settings is not a regular "
                    "expression (%(error)s). Ask an administrator to correct it.",
                    pattern=text,
                    error=error,
                )
            ) from error

    @api.model
    def _matches_pattern(self, pattern, *forms):
        """Tell whether one of the given forms of a number matches the pattern as a whole."""
        return any(form and pattern.fullmatch(form) for form in forms)
