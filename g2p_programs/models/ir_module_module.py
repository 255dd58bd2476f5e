from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..dispatch.states import OPEN_STATES


class IrModuleModule(models.Model):
    """A rail is not removed while money is on its way through it, and leaves nothing behind that points to it."""

    _inherit = "ir.module.module"

    def button_uninstall(self):
        self._check_no_open_submission()
        return super().button_uninstall()

    def module_uninstall(self):
        self._check_no_open_submission()
        self._remove_rail_leftovers()
        return super().module_uninstall()

    def _check_no_open_submission(self):
        """Raise when one of these addons, or one that needs it, owns a manager with an open submission."""
        if not self.env.is_system():
            raise AccessError(self.env._("Only system administrators may remove addons."))
        owned = self._get_rail_models()
        if not owned:
            return
        # sudo: whether money is on its way must be known whoever uninstalls
        submissions = self.env["g2p.payment.submission"].sudo()
        found = submissions.search([("manager_model", "in", owned), ("state", "in", OPEN_STATES)])
        if found:
            raise UserError(
                self.env._(
                    "Not uninstalled: these submissions are open, and only this addon can ask about them: %(names)s. "
                    "Settle or cancel them first.",
                    names=", ".join(found[:20].mapped("name")),
                )
            )

    def _get_rail_models(self):
        """Return the names of the payment manager models that these addons, and those that need them, define."""
        names = set((self | self.downstream_dependencies()).mapped("name"))
        return [
            name
            for name, model in self.env.registry.items()
            if issubclass(model, self.env.registry["g2p.payment.dispatch.mixin"])
            and not model._abstract
            and model._original_module in names
        ]

    @api.model
    def _remove_jobs_of(self, model_names):
        """Cancel the jobs that wait for managers which are about to go, and for submissions of theirs."""
        waiting = self.env["queue.job"].search(
            [
                ("model_name", "in", [*model_names, "g2p.payment.submission"]),
                ("state", "in", ("pending", "enqueued", "wait_dependencies")),
            ]
        )
        waiting.filtered(
            lambda job: (
                job.model_name in model_names
                or set(job.records.exists().mapped("manager_model")) & set(model_names)
            )
        ).button_cancelled()

    def _remove_rail_leftovers(self):
        """Remove wrappers, crons and jobs of the managers that go; batches and submissions stay readable."""
        owned = self._get_rail_models()
        if not owned:
            return
        for name in owned:
            # All of them go with the addon. pylint: disable-next=no-search-all
            managers = self.env[name].search([])
            managers._unlink_crons()
            managers._find_wrappers()[-1].unlink()
        self._remove_jobs_of(owned)
