from odoo import api, fields, models
from odoo.exceptions import UserError

from ...dispatch.rail import PlannedSubmission
from ...notify import notification

#: Payments per batch where no tag says otherwise.
DEFAULT_BATCH_SIZE = 500


class BaseProgramPaymentManager(models.AbstractModel):
    """What every payment manager offers: preparing payments, sending batches, and the hooks of a rail.

    A rail overrides ``_rail_*`` only; the engine owns claiming, committing, retrying, polling, recording and state.
    """

    _name = "g2p.base.program.payment.manager"
    _description = "Base Payment Manager"
    _inherit = "base.programs.manager"

    name = fields.Char("Manager Name", required=True)
    program_id = fields.Many2one("g2p.program", required=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one(related="program_id.currency_id")

    @api.model_create_multi
    def create(self, vals_list):
        managers = super().create(vals_list)
        if self.env.context.get("choose_payment_manager"):
            for manager in managers:
                manager.program_id._put_payment_manager(manager)
        return managers

    # ---- The program's side -----------------------------------------------------------------------------------
    @api.private
    def prepare_payments(self, cycle, entitlements=None):
        """Make payments of approved entitlements that have none, cut into batches.

        :param cycle: ``g2p.cycle`` record
        :param entitlements: ``g2p.entitlement`` recordset, or None for all of the cycle; an empty one means none
        :return: notification action (dict)
        """
        raise UserError(self.env._("%s cannot prepare payments. Choose another payment manager.", self.name))

    @api.private
    def send_payments(self, batches):
        """Record that batches are to be sent; nothing is sent inside this transaction.

        :param batches: ``g2p.payment.batch`` recordset of this manager
        :return: notification action (dict)
        """
        if not batches:
            return self._notify(
                self.env._("There are no payment batches to send: prepare payments first."), "warning"
            )
        return self._send_payments(batches)

    def _send_payments(self, batches):
        """Send ``batches``; the default says that it does not: a rail calls :meth:`_queue_batches`."""
        return self._notify(
            self.env._(
                "%s only prepares payments. Choose a payment manager that is connected to a payment system.",
                self.name,
            ),
            "warning",
        )

    @api.private
    def validate_accounts(self, entitlements):
        """Tell why entitlements could not be paid, without making payments.

        :param entitlements: ``g2p.entitlement`` recordset
        :return: dict {entitlement id: reason}
        """
        found = self._resolve_payees(entitlements)
        return {entitlement_id: payee.problem for entitlement_id, payee in found.items() if payee.problem}

    @api.private
    def mark_job_as_done(self, cycle, msg):
        """Unlock a cycle and say there that a background job is done.

        :param cycle: ``g2p.cycle`` record
        :param str msg: the message
        """
        cycle._release_lock(msg)

    # ---- The rail's side: what a rail overrides ---------------------------------------------------------------
    def _rail_settings(self):
        """Return what a submission pins: everything the call depends on except credentials (JSON-able dict)."""
        raise UserError(self.env._("%s is not connected to a payment system.", self.name))

    def _rail_client(self, settings):
        """Return a :class:`~...dispatch.rail.RailClient` for pinned settings and today's credentials."""
        raise UserError(self.env._("%s is not connected to a payment system.", self.name))

    def _rail_plan(self, batch):
        """Cut a batch into submissions: by default one, with everything.

        :param batch: one released ``g2p.payment.batch``
        :return: list of :class:`~...dispatch.rail.PlannedSubmission`
        """
        return [
            PlannedSubmission(1, tuple(batch.payment_ids.filtered(lambda one: one.state == "issued").ids))
        ]

    def _rail_step_settings(self, submission):
        """Return what a submission pins besides the settings of its batch, known only when its turn has come.

        :param submission: one locked ``g2p.payment.submission``
        :return: dict (JSON-able)
        :raise RailRefusal: when it must not be sent now; it is held back with the reasons
        """
        return {}

    def _rail_try_settings(self, submission):
        """Return what a submission pins of one try: what its payload does not depend on, and what an answer is read by.

        Told anew at every claim, in the claim's transaction.

        :param submission: one locked ``g2p.payment.submission``
        :return: dict (JSON-able)
        """
        return {}

    def _rail_may_still_pay(self, submission):
        """Return why a submission that left and was given up may still be paid, as a text; empty when it cannot.

        Its payments are not sent in another one before.

        :param submission: one cancelled ``g2p.payment.submission``
        """
        return ""

    def _rail_goes_behind(self, submission):
        """Return whether a submission that never arrived is sent again only behind the other steps of its plan.

        :param submission: one locked ``g2p.payment.submission``
        """
        return False

    def _rail_is_stale(self, submission):
        """Return whether a payload that certainly never left has to be made anew, as its time is over.

        :param submission: one locked ``g2p.payment.submission`` with its payload
        """
        return False

    def _rail_steps_to_add(self, batch):
        """Return the steps that what was sent and given up of a batch makes necessary.

        Asked after each change of a batch with a step that lasts, in a transaction of its own, with the batch locked:
        a step that is there already must not be returned again.

        :param batch: one ``g2p.payment.batch``
        :return: list of :class:`~...dispatch.rail.PlannedSubmission`, each with its ``opener_id``
        """
        return []

    def _rail_check_payload(self, submission):
        """Look once more at what a submission is about to send; called at every claim, in the claim's transaction.

        :param submission: one locked ``g2p.payment.submission`` with its payload
        :raise RailRefusal: when it must not be sent; it is held back with the reasons
        """

    def _get_batch_size(self, tag):
        """Return how many payments a batch holds at most.

        :param tag: the ``g2p.payment.batch.tag`` of the batch, or an empty recordset
        """
        return tag.max_batch_size or DEFAULT_BATCH_SIZE

    def _rail_findings(self, payments):
        """Tell which payments this rail cannot carry, before they are made.

        :param payments: list of :class:`~...dispatch.outcome.PaymentData`
        :return: dict {reference: reason}
        """
        return {}

    def _rail_deadline_seconds(self):
        """Return the total deadline of one call, in seconds."""
        return 30

    def _rail_at_once(self):
        """Return how many submissions may be with the payment system at the same time, each in a thread of its own.

        With 1, each submission has a job of its own. With more, one job at a time sends and asks for all submissions
        of the manager, as many at once as this says (see ``dispatch/lane.py``): for rails that pay one by one.
        """
        return 1

    def _rail_settle_seconds(self):
        """Return how long after the lease an answer of absence starts to count, in seconds."""
        return 300

    def _rail_watch_days(self):
        """Return for how many days after a submission is done it is asked whether money that was paid came back."""
        return 0

    @api.model
    def _rail_detail_fields(self):
        """Return the fields of ``g2p.payment`` that this rail's rows may fill with details (list of names)."""
        return []

    @api.model
    def _pays_by_file(self):
        """Return whether its payments are made from a file that a person carries to whoever pays.

        Then no job sends: the person who takes the file claims the submission. And there is nobody to ask: news of it
        is imported by people.
        """
        return False

    @api.model
    def _rail_pinned_fields(self):
        """Return the fields that are read-only while a submission is open (credentials excepted)."""
        return ["program_id"]

    def _get_pinned_settings(self):
        """Return what a batch that is released now would be sent with; one that sends nothing has none."""
        return {}

    def _check_nothing_open(self, what):
        """Raise while money may be on its way through this manager; one that sends nothing never has any."""

    # ---- Shared -----------------------------------------------------------------------------------------------
    def _notify(self, message, kind="success"):
        return notification(self.env._("Payments"), message, kind=kind, sticky=kind != "success")
