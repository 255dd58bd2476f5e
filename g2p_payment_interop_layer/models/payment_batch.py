from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.g2p_programs.dispatch.facts import is_neutralized
from odoo.addons.g2p_programs.notify import notification

from .. import const
from .constants import INTEROP, NOT_CHECKED

#: Who may have payees looked up: whoever prepares, releases or decides about payments.
CHECKING_GROUPS = (
    "g2p_programs.g2p_program_manager",
    "g2p_programs.g2p_payment_releaser",
    "g2p_programs.g2p_finance_validator",
    "g2p_registry_base.group_g2p_admin",
)
#: Payments that a message names; the list of payees shows all.
MOST_NAMED = 50


class G2PPaymentBatch(models.Model):
    """Which of a batch's payees the payment system knows, and what it is sent with."""

    _inherit = "g2p.payment.batch"

    pays_by_layer = fields.Boolean(
        compute="_compute_pays_by_layer", help="It is paid through a Payments Interoperability Layer."
    )
    payees_payable_count = fields.Integer("Payable", compute="_compute_payee_counts")
    payees_unknown_count = fields.Integer("Unknown Payees", compute="_compute_payee_counts")
    payees_unclear_count = fields.Integer("Unclear", compute="_compute_payee_counts")
    payees_unchecked_count = fields.Integer("Not Checked", compute="_compute_payee_counts")
    to_be_confirmed_count = fields.Integer("To Be Confirmed", compute="_compute_to_be_confirmed_count")

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("manager_model")
    def _compute_pays_by_layer(self):
        for batch in self:
            batch.pays_by_layer = batch.manager_model == INTEROP

    @api.depends("payment_ids.payee_check_state", "payment_ids.state")
    def _compute_payee_counts(self):
        names = {
            const.PAYABLE: "payees_payable_count",
            const.UNKNOWN: "payees_unknown_count",
            const.UNCLEAR: "payees_unclear_count",
            NOT_CHECKED: "payees_unchecked_count",
        }
        domain = [("batch_id", "in", self.ids), ("state", "!=", "cancelled")]
        groups = self.env["g2p.payment"]._read_group(domain, ["batch_id", "payee_check_state"], ["__count"])
        counts = {(batch.id, state): count for batch, state, count in groups}
        for batch in self:
            for state, name in names.items():
                batch[name] = counts.get((batch._origin.id, state), 0)

    @api.depends("payment_ids.state", "payment_ids.status_code")
    def _compute_to_be_confirmed_count(self):
        domain = [("batch_id", "in", self.ids), *self._get_to_be_confirmed_domain()]
        counts = dict(self.env["g2p.payment"]._read_group(domain, ["batch_id"], ["__count"]))
        for batch in self:
            batch.to_be_confirmed_count = counts.get(batch._origin, 0)

    @api.model
    def _get_to_be_confirmed_domain(self):
        return [("state", "=", "sent"), ("status_code", "=", const.DOUBTFUL[1])]

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_check_payees(self):
        """Leave jobs that look up the payees of payments that were not sent; no money is moved.

        :return: notification action (dict)
        :raise AccessError: when the user neither prepares nor releases nor decides about payments
        :raise UserError: naming the batches of which no payee can be looked up, and why
        """
        self.check_access("read")
        self._check_may_check_payees()
        if is_neutralized(self.env):
            raise UserError(
                self.env._("This database is a neutralized copy: no payment system is called from it.")
            )
        # sudo: the right was checked; the jobs run for the system and write nothing but what was found
        batches = self.sudo()
        foreign = batches.filtered(lambda one: one.manager_model != INTEROP)
        if foreign:
            raise UserError(
                self.env._(
                    "Payees cannot be looked up for %s: they are paid through another payment manager.",
                    ", ".join(foreign.mapped("name")),
                )
            )
        groups = batches._group_by_manager()
        problems = [problem for manager, mine in groups for problem in manager._find_check_problems(mine)]
        if problems:
            raise UserError("\n".join(problems))
        count = sum(manager._enqueue_payee_check(mine) for manager, mine in groups)
        if not count:
            raise UserError(
                self.env._(
                    "There is nobody to look up: all payments of %s were sent or cancelled.",
                    ", ".join(self.mapped("name")),
                )
            )
        message = self.env._(
            "%s payees are being looked up. The results show on the batch; nothing is paid by this.", count
        )
        return notification(self.env._("Payees"), message, kind="info")

    def action_open_payees(self):
        """Open the payees of these batches: our names, and those that the payment system knows.

        :return: act_window
        """
        return self._open_layer_payments(
            self.env._("Payees"), [], {"search_default_group_payee_check": 1}, payees=True
        )

    def action_open_to_be_confirmed(self):
        """Open the payments of these batches that two people of finance have to confirm.

        :return: act_window
        """
        domain = self._get_to_be_confirmed_domain()
        return self._open_layer_payments(self.env._("To Be Confirmed"), domain, {})

    def _open_layer_payments(self, name, domain, context, payees=False):
        action = self._open_related("g2p.payment", name)
        action["domain"] = [*action["domain"], *domain]
        action["context"] = {**action["context"], **context}
        if payees:
            tree = self.env.ref("g2p_payment_interop_layer.view_payment_tree_payees")
            action["views"] = [(tree.id, "list"), (False, "form")]
        return action

    def _get_manager_key(self):
        """Return who was, or would be, asked about the payees of this batch; nobody's where there is no batch."""
        return (self.manager_model or "", self.manager_res_id or 0)

    def _check_may_check_payees(self):
        if self.env.su or any(self.env.user.has_group(name) for name in CHECKING_GROUPS):
            return
        raise AccessError(
            self.env._("Only who prepares, releases or decides about payments may have payees looked up.")
        )

    # ---- Release ----------------------------------------------------------------------------------------------
    def _get_send_settings(self):
        found = super()._get_send_settings()
        for batch in self.filtered(lambda one: one.manager_model == INTEROP and not one.released):
            manager = batch._get_manager()
            if manager is not None:
                found[batch.id] = manager._get_batch_settings(batch)
        return found

    def _release_problems(self, found, expected, disputed, manager):
        problems = super()._release_problems(found, expected, disputed, manager)
        if self.manager_model == INTEROP and not self.released and manager is not None:
            problems += self._find_payee_problems(manager)
        return problems

    def _find_payee_problems(self, manager):
        """Return which payees stand in the way of a release (list of texts)."""
        counts = (self.payees_unknown_count, self.payees_unclear_count, self.payees_unchecked_count)
        if not manager.validate_before_sending or not any(counts):
            return []
        payments = self.env["g2p.payment"].search(
            [
                ("batch_id", "=", self.id),
                ("state", "!=", "cancelled"),
                ("payee_check_state", "!=", const.PAYABLE),
            ],
            order="payee_check_state, id",
            limit=MOST_NAMED,
        )
        intro = self.env._(
            "%(batch)s: %(count)s payees are not confirmed by the payment system. They are listed under Payees of the "
            "batch:",
            batch=self.name,
            count=sum(counts),
        )
        explained = payments._explain_payee_checks()
        return [intro, *(f"{payment.name}: {text}" for payment, text in explained.items())]
