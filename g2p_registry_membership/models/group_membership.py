from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class G2PGroupMembership(models.Model):
    _name = "g2p.group.membership"
    _description = "Group Membership"
    _order = "id desc"
    _rec_names_search = ["group"]

    group = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        bypass_search_access=True,
        domain=[("is_group", "=", True), ("is_registrant", "=", True)],
    )
    individual = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        bypass_search_access=True,
        domain=[("is_group", "=", False), ("is_registrant", "=", True)],
    )
    kind = fields.Many2many(
        "g2p.group.membership.kind", "g2p_group_membership_g2p_group_membership_kind_rel", ondelete="restrict"
    )
    start_date = fields.Datetime(default=fields.Datetime.now)
    ended_date = fields.Datetime()
    # Not stored: a membership with an end date ends by itself when that date passes.
    status = fields.Selection(
        [("inactive", "Inactive"), ("active", "Active")], compute="_compute_status", search="_search_status"
    )
    is_ended = fields.Boolean(compute="_compute_status", search="_search_is_ended")
    individual_birthdate = fields.Date(related="individual.birthdate", string="Date of Birth")
    individual_gender = fields.Selection(related="individual.gender", string="Gender")

    # Deferred: the Python check speaks first and names every culprit; this refuses
    # what two transactions do at the same time.
    _member_once = models.Constraint(
        'EXCLUDE USING btree ("group" WITH =, individual WITH =) WHERE (ended_date IS NULL)'
        " DEFERRABLE INITIALLY DEFERRED",
        "Duplication of Member is not allowed: the individual is already a member of the group.",
    )

    @api.constrains("group", "individual", "kind", "start_date", "ended_date")
    def _check_memberships(self):
        """Check all memberships of the set and report every error at once."""
        # sudo: memberships of disabled registrants are hidden from users, but count here
        memberships = self.sudo()
        memberships._lock_out_other_holders()
        self._raise_errors(
            memberships._get_partner_errors()
            + memberships._get_date_errors()
            + memberships._get_duplicate_errors()
            + memberships._get_unique_kind_errors(groups=memberships.group)
        )

    @api.model
    def _raise_errors(self, errors):
        if errors:
            raise ValidationError("\n".join(errors))

    def _get_partner_errors(self):
        errors = []
        for membership in self:
            group, individual = membership.group, membership.individual
            if not (group.is_registrant and group.is_group):
                errors.append(
                    self.env._(
                        "%(name)s is not a group of the registry. Choose a group.", name=group.display_name
                    )
                )
            if not individual.is_registrant or individual.is_group:
                errors.append(
                    self.env._(
                        "%(group)s: %(name)s is not an individual of the registry. Choose an individual.",
                        group=group.display_name,
                        name=individual.display_name,
                    )
                )
        return errors

    def _get_date_errors(self):
        return [
            self.env._(
                "%(group)s: End Date cannot be earlier than Start Date for %(individual)s.",
                group=membership.group.display_name,
                individual=membership.individual.display_name,
            )
            for membership in self
            if membership.start_date
            and membership.ended_date
            and membership.ended_date < membership.start_date
        ]

    @api.depends("group.name")
    def _compute_display_name(self):
        for membership in self:
            membership.display_name = membership.group.name or "NONE"

    @api.depends("ended_date")
    def _compute_status(self):
        now = fields.Datetime.now()
        for membership in self:
            ended = bool(membership.ended_date and membership.ended_date <= now)
            membership.is_ended = ended
            membership.status = "inactive" if ended else "active"

    @api.model
    def _search_is_ended(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        domain = Domain.FALSE
        if True in value:
            domain |= Domain("ended_date", "<=", now)
        if False in value:
            domain |= Domain("ended_date", "=", False) | Domain("ended_date", ">", now)
        return domain

    @api.model
    def _search_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = [item == "inactive" for item in value if item in ("active", "inactive")]
        return self._search_is_ended("in", wanted)

    @api.onchange("kind")
    def _onchange_kind(self):
        """Warn at once when somebody else holds a kind that is unique in the group."""
        group = self.group._origin
        unique = self.kind.filtered("is_unique")
        if not (group and unique):
            return None
        others = group.group_membership_ids.filtered(lambda m: not m.is_ended and m != self._origin)
        taken = others.kind._origin & unique._origin
        if not taken:
            return None
        return {
            "warning": {
                "title": self.env._("Kind already taken"),
                "message": self.env._(
                    "Only one %(kinds)s is allowed per group. End the other membership first.",
                    kinds=", ".join(taken.mapped("name")),
                ),
            }
        }

    def open_individual_form(self):
        """Return the action that shows the member in a dialog."""
        self.ensure_one()
        return self._read_only(self.individual._get_registrant_form_action(self.env._("Group Member")))

    def open_group_form(self):
        """Return the action that shows the group in a dialog."""
        self.ensure_one()
        return self._read_only(self.group._get_registrant_form_action(self.env._("Group Membership")))

    @api.model
    def _read_only(self, action):
        return {**action, "flags": {"mode": "readonly"}}
