from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...notify import notification


class ManagerMixin(models.AbstractModel):
    """A wrapper: the place of a program where one manager, of whichever kind, is plugged in."""

    _name = "g2p.manager.mixin"
    _description = "Manager Wrapper"
    _order = "id"
    _rec_name = "manager_ref_id"

    manager_id = fields.Integer("Manager ID", readonly=True)
    manager_ref_id = fields.Reference(string="Manager", selection="_selection_manager_ref_id", required=True)

    @api.depends("manager_ref_id")
    def _compute_display_name(self):
        for wrapper in self:
            manager = wrapper.manager_ref_id
            wrapper.display_name = manager.display_name if manager else ""

    @api.model_create_multi
    def create(self, vals_list):
        wrappers = super().create([self._normalise_reference(vals) for vals in vals_list])
        wrappers._check_manager_program()
        return wrappers

    def write(self, vals):
        result = super().write(self._normalise_reference(vals))
        if not {"manager_ref_id", "program_id"}.isdisjoint(vals):
            self._check_manager_program()
        return result

    def _check_manager_program(self):
        """Refuse the manager of another program: it would do that program's work, with that program's rights.

        :raise ValidationError: naming each manager and the program that it was put into
        """
        problems = []
        # sudo: the other program may be one that the user must not see, and is then what this is about
        for wrapper in self.sudo():
            manager, program = wrapper.manager_ref_id, wrapper.program_id
            if manager and manager.program_id != program:
                # Its kind and number, not its name: that may be another company's.
                problems.append(
                    self.env._(
                        "%(kind)s no. %(number)s was not made for %(program)s. Choose a manager of the same program, "
                        "or make one.",
                        kind=manager._description,
                        number=manager.id,
                        program=program.display_name or self.env._("a place without a program"),
                    )
                )
        if problems:
            raise ValidationError("\n".join(problems))

    @api.model
    def _normalise_reference(self, vals):
        """Store references as "model,id" only: "model, id" means the same and would not be found again."""
        reference = vals.get("manager_ref_id")
        if not isinstance(reference, str):
            return vals
        return {**vals, "manager_ref_id": ",".join(part.strip() for part in reference.split(","))}

    @api.model
    def _selection_manager_ref_id(self):
        """Return the kinds of manager that fit here; each addon appends its own to what super returns.

        :return: list of (model name, label)
        """
        return []

    def open_manager_form(self):
        """Open the settings of the manager.

        :return: dict action
        """
        self.ensure_one()
        manager = self.manager_ref_id
        if not manager:
            return notification(
                self.env._("Manager"), self.env._("The Manager field must be filled-up."), kind="danger"
            )
        return {
            "name": self.env._("Manager: %s", manager.display_name),
            "type": "ir.actions.act_window",
            "res_model": manager._name,
            "res_id": manager.id,
            "view_mode": "form",
            "views": [(manager.get_manager_view_id(), "form")],
            "target": "new",
            "context": self.env.context,
            "flags": {"mode": "edit"},
        }
