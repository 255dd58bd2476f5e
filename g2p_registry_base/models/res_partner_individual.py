from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    """What is known of a person."""

    _inherit = "res.partner"

    family_name = fields.Char()
    given_name = fields.Char()
    addl_name = fields.Char("Additional Name")
    birth_place = fields.Char()
    birthdate_not_exact = fields.Boolean("Approximate Birthdate")
    birthdate = fields.Date("Date of Birth")
    age = fields.Char(compute="_compute_age")
    gender = fields.Selection(selection="_get_dynamic_selection")

    @api.constrains("birthdate")
    def _check_birthdate(self):
        today = fields.Date.context_today(self)
        unborn = self.filtered(lambda partner: partner.birthdate and partner.birthdate > today)
        if unborn:
            raise ValidationError(
                "\n".join(
                    self.env._(
                        "%(partner)s: the date of birth %(date)s is in the future. Correct it.",
                        partner=partner.display_name,
                        date=partner.birthdate,
                    )
                    for partner in unborn
                )
            )
        self._check_registration_date()

    @api.constrains("gender")
    def _check_gender(self):
        """Refuse genders that are not in the list: Odoo does not check lists made by a method."""
        genders = {partner.gender for partner in self if partner.gender}
        if not genders:
            return
        # sudo and archived ones: a gender that was archived stays valid where it is
        types = self.env["gender.type"].sudo().with_context(active_test=False)
        known = set(types.search([("value", "in", list(genders))]).mapped("value"))
        wrong = self.filtered(lambda partner: partner.gender and partner.gender not in known)
        if wrong:
            raise ValidationError(
                "\n".join(
                    self.env._(
                        "%(partner)s: '%(gender)s' is not a known gender. "
                        "Choose one of the gender types of the registry, or add it there.",
                        partner=partner.display_name,
                        gender=partner.gender,
                    )
                    for partner in wrong
                )
            )

    @api.model
    def _get_dynamic_selection(self):
        # sudo: the list is shown to everybody who may see a registrant
        types = self.env["gender.type"].sudo().search([])
        return [(gender.value, gender.code) for gender in types]

    @api.depends("birthdate")
    def _compute_age(self):
        for partner in self:
            partner.age = self.compute_age_from_dates(partner.birthdate)

    @api.model
    def compute_age_from_dates(self, partner_dob):
        """Return the age today as text.

        :param partner_dob: date of birth, a date or a text such as 2001-12-31
        :return: full years as text, or a note that there is no birth date
        """
        birthdate = fields.Date.to_date(partner_dob)
        if not birthdate:
            return self.env._("No Birthdate!")
        today: date = fields.Date.context_today(self)
        return str(relativedelta(today, birthdate).years)

    @api.onchange("is_group", "family_name", "given_name", "addl_name")
    @api.private
    def name_change(self):
        """Put the name of a person together from its parts."""
        for partner in self.filtered(lambda p: not p.is_group and (p.family_name or p.given_name or p.addl_name)):
            partner.name = self._join_names(partner.family_name, partner.given_name, partner.addl_name)

    @api.model
    def _join_names(self, family_name, given_name, addl_name):
        name = f"{family_name}, " if family_name else ""
        name += f"{given_name} " if given_name else ""
        name += f"{addl_name} " if addl_name else ""
        return name.upper()

    @api.model
    def _complete_registrant_vals(self, vals):
        """Name persons that come with the parts of their name only, as imports do."""
        vals = super()._complete_registrant_vals(vals)
        parts = [vals.get(fname) for fname in ("family_name", "given_name", "addl_name")]
        is_group = vals.get("is_group", self.env.context.get("default_is_group"))
        if not vals.get("name") and any(parts) and not is_group:
            vals["name"] = self._join_names(*parts).strip(" ,")
        return vals
