from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class ResPartner(models.Model):
    _inherit = "res.partner"

    # registrants of both kinds
    address = fields.Text(help="As people write it, apart from the postal fields.")
    disabled = fields.Datetime("Date Disabled", copy=False)
    disabled_reason = fields.Text("Reason for Disabling", copy=False)
    disabled_by = fields.Many2one("res.users", copy=False)
    is_registrant = fields.Boolean("Registrant")
    is_group = fields.Boolean("Group")
    registration_date = fields.Date(help="Filled in with today's date for new registrants.")
    reg_ids = fields.One2many("g2p.reg.id", "partner_id", "Registrant IDs")
    related_1_ids = fields.One2many("g2p.reg.rel", "destination", "Related to Registrant 1")
    related_2_ids = fields.One2many("g2p.reg.rel", "source", "Related to Registrant 2")
    phone_number_ids = fields.One2many("g2p.phone.number", "partner_id", "Phone Numbers")
    # As soon as a contact has entries under phone numbers they decide; without any,
    # the phone stays what it was entered as.
    phone = fields.Char(compute="_compute_phone", store=True, readonly=False)
    tags_ids = fields.Many2many("g2p.registrant.tags", string="Registrant Tags")
    district = fields.Many2one("g2p.district", index="btree_not_null")

    # individuals
    family_name = fields.Char()
    given_name = fields.Char()
    addl_name = fields.Char("Additional Name")
    birth_place = fields.Char()
    birthdate_not_exact = fields.Boolean("Approximate Birthdate")
    birthdate = fields.Date("Date of Birth")
    age = fields.Char(compute="_compute_age")
    gender = fields.Selection(selection="_get_dynamic_selection")
    civil_status = fields.Char()
    occupation = fields.Char()
    income = fields.Float()

    # groups
    kind = fields.Many2one("g2p.group.kind", ondelete="restrict", index="btree_not_null")
    kind_as_str = fields.Char(related="kind.name", string="Kind Name")
    is_partial_group = fields.Boolean("Partial Group")

    _registrant_index = models.Index("(is_group, company_id) WHERE is_registrant")

    @api.constrains("registration_date")
    def _check_registration_date(self):
        today = fields.Date.context_today(self)
        errors = []
        for partner in self.filtered("registration_date"):
            if partner.registration_date > today:
                errors.append(
                    self.env._(
                        "%(partner)s: Registration date must be less than the current date.",
                        partner=partner.display_name,
                    )
                )
            elif partner.birthdate and partner.registration_date < partner.birthdate:
                errors.append(
                    self.env._(
                        "%(partner)s: Registration date must be later than the birth date.",
                        partner=partner.display_name,
                    )
                )
        if errors:
            raise ValidationError("\n".join(errors))

    @api.constrains("income")
    def _check_income(self):
        negative = self.filtered(lambda partner: partner.income < 0)
        if negative:
            raise ValidationError(
                "\n".join(
                    self.env._(
                        "%(partner)s: the income cannot be negative. Enter zero or more.",
                        partner=partner.display_name,
                    )
                    for partner in negative
                )
            )

    @api.constrains("phone")
    def _check_registrant_phone(self):
        """Hold a phone entered directly on a registrant to the pattern of the settings."""
        Numbers = self.env["g2p.phone.number"]
        pattern = Numbers._get_phone_pattern()
        if not pattern:
            return
        errors = []
        # Numbers of the list were checked one by one when they were entered.
        direct = self.filtered(lambda p: p.is_registrant and p.phone and not p.sudo().phone_number_ids)
        for partner in direct:
            number = partner.phone
            sanitized = self._phone_format_number(number, partner._get_phone_country())
            if not Numbers._matches_pattern(pattern, number, sanitized):
                errors.append(
                    self.env._(
                        "%(partner)s: Invalid phone number! '%(number)s' does not match the required "
                        "pattern %(pattern)s.",
                        partner=partner.display_name,
                        number=number,
                        pattern=pattern.pattern,
                    )
                )
        if errors:
            raise ValidationError("\n".join(errors))

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
        types = self.env["gender.type"].sudo().search([("active", "=", True)])
        return [(gender.value, gender.code) for gender in types]

    @api.depends("birthdate")
    def _compute_age(self):
        for partner in self:
            partner.age = self.compute_age_from_dates(partner.birthdate)

    @api.depends("phone_number_ids.phone_no", "phone_number_ids.disabled")
    def _compute_phone(self):
        for partner in self:
            numbers = partner.phone_number_ids
            if not numbers:
                partner.phone = partner.phone
                continue
            active = numbers.filtered(lambda number: number.phone_no and not number.disabled)
            active = active.sorted(lambda number: (not number._origin, number._origin.id))
            partner.phone = ", ".join(active.mapped("phone_no"))

    @api.onchange("is_group", "family_name", "given_name", "addl_name")
    @api.private
    def name_change(self):
        """Put the name of a person together from its parts."""
        for partner in self.filtered(
            lambda p: not p.is_group and (p.family_name or p.given_name or p.addl_name)
        ):
            partner.name = self._join_names(partner.family_name, partner.given_name, partner.addl_name)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("default_is_registrant"):
            for fname, value in self._prepare_registrant_defaults().items():
                if fname in fields_list:
                    values.setdefault(fname, value)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        by_default = self.env.context.get("default_is_registrant")
        defaults = self._prepare_registrant_defaults()
        vals_list = [
            self._complete_registrant_vals({**defaults, **vals})
            if vals.get("is_registrant", by_default)
            else vals
            for vals in vals_list
        ]
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("phone"):
            # sudo: whether there are numbers does not depend on who may read them
            with_numbers = self.sudo().filtered("phone_number_ids")
            self.env.add_to_compute(self._fields["phone"], with_numbers)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registrant(self):
        """Leave the deletion of registrants to administrators of the registry."""
        if self.env.su or self.env.user.has_group("g2p_registry_base.group_g2p_admin"):
            return
        registrants = self.filtered("is_registrant")
        if registrants:
            raise UserError(
                self.env._(
                    "Only administrators of the registry may delete registrants. Disable them instead: "
                    "%(names)s",
                    names=", ".join(registrants.mapped("display_name")),
                )
            )

    def enable_registrant(self):
        """Enable the disabled registrants again (button; needs write access).

        :return: True
        """
        values = {"disabled": False, "disabled_by": False, "disabled_reason": False}
        return self.filtered("disabled").write(values)

    @api.model
    def _prepare_registrant_defaults(self):
        """Return what a new registrant gets where the caller says nothing.

        Only registrants have a company by default: a contact without one is shared by
        all companies, and core relies on that for its own partners.
        """
        return {
            "company_id": self.env.company.id,
            "registration_date": fields.Date.context_today(self),
        }

    @api.model
    def _complete_registrant_vals(self, vals):
        """Return the values of one new registrant, completed; for extending addons.

        Persons that come with the parts of their name only, as from imports, get a name;
        where there is a list of numbers, it decides over the phone.
        """
        parts = [vals.get(fname) for fname in ("family_name", "given_name", "addl_name")]
        is_group = vals.get("is_group", self.env.context.get("default_is_group"))
        if not vals.get("name") and any(parts) and not is_group:
            vals = {**vals, "name": self._join_names(*parts).strip(" ,")}
        if vals.get("phone_number_ids"):
            vals = {fname: value for fname, value in vals.items() if fname != "phone"}
        return vals

    @api.model
    def _join_names(self, family_name, given_name, addl_name):
        name = f"{family_name}, " if family_name else ""
        name += f"{given_name} " if given_name else ""
        name += f"{addl_name} " if addl_name else ""
        return name.upper()

    @api.model
    def compute_age_from_dates(self, partner_dob):
        """Return the age today as text.

        :param partner_dob: date of birth, a date or a text such as 2001-12-31
        :return: full years as text, or a note that there is no birth date
        """
        birthdate = fields.Date.to_date(partner_dob)
        if not birthdate:
            return self.env._("No Birthdate!")
        today = fields.Date.context_today(self)
        return str(relativedelta(today, birthdate).years)

    def _clear_phone_without_numbers(self):
        """Empty the phone of those whose last number was taken away."""
        # sudo: the phone mirrors the numbers, which the user was allowed to change
        self.sudo().exists().filtered(lambda p: p.phone and not p.phone_number_ids).write({"phone": False})

    def _get_phone_country(self):
        """Return the country by which national phone numbers of this contact are read."""
        return self.country_id or (self.company_id or self.env.company).country_id

    def _get_registrant_form_action(self, title):
        """Return an act_window that shows this registrant in a dialog.

        :param str title: title of the dialog
        """
        self.ensure_one()
        xmlid = "view_groups_form" if self.is_group else "view_individuals_form"
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "res.partner",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref(f"g2p_registry_base.{xmlid}").id, "form")],
            "target": "new",
            "context": {"default_is_registrant": True, "default_is_group": self.is_group},
        }
