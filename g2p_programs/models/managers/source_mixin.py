from odoo import api, models


class ManagerSourceMixin(models.AbstractModel):
    """A concrete manager: removing it also removes the wrappers that point to it."""

    _name = "g2p.manager.source.mixin"
    _description = "Manager"

    #: Wrapper models that may point to a manager; those not installed are left out.
    _WRAPPER_MODELS = (
        "g2p.eligibility.manager",
        "g2p.deduplication.manager",
        "g2p.program.notification.manager",
        "g2p.program.manager",
        "g2p.cycle.manager",
        "g2p.program.entitlement.manager",
        "g2p.program.payment.manager",
    )

    def write(self, vals):
        result = super().write(vals)
        if "program_id" in vals:
            # sudo: a wrapper that the user must not see would still be left behind in the other program
            for found in self.sudo()._find_wrappers():
                found._check_manager_program()
        return result

    def unlink(self):
        wrappers = self._find_wrappers()
        result = super().unlink()
        for found in wrappers:
            found.exists().unlink()
        return result

    def _find_wrappers(self):
        """Return the wrappers of all these managers, one recordset for each wrapper model."""
        references = [f"{self._name},{id_}" for id_ in self.ids]
        models_ = [self.env[name] for name in self._WRAPPER_MODELS if name in self.env]
        return [model.search([("manager_ref_id", "in", references)]) for model in models_]

    @api.private
    def get_managers_for_unlink(self, manager_ref):
        """Return the wrappers of one manager.

        :param str manager_ref: "model,id"
        :return: list of recordsets, one for each wrapper model
        """
        name, id_ = (part.strip() for part in manager_ref.split(","))
        return self.env[name].browse(int(id_))._find_wrappers()

    @api.private
    def get_manager_view_id(self):
        """Return the id of the form in which this kind of manager is set up.

        :return: int, or False when there is none
        """
        # sudo: which view is the form is no secret, and ordinary users may not read views.
        view = self.env["ir.ui.view"].sudo()
        domain = [("model", "=", self._name), ("type", "=", "form"), ("mode", "=", "primary")]
        return view.search(domain, order="priority, id", limit=1).id
