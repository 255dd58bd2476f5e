import logging
from dataclasses import dataclass, field

from odoo import api, fields, models

from odoo.addons.g2p_programs.dispatch.claim import payment_data
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction
from odoo.addons.g2p_programs.dispatch.facts import is_neutralized
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal
from odoo.addons.g2p_programs.dispatch.transport import Transport
from odoo.addons.g2p_programs.sets import id_slices, set_update_rows

from .. import const
from ..payee_check import PayeeCheck, PayeeToCheck
from .constants import INTEROP, NOT_CHECKED

_logger = logging.getLogger(__name__)

#: Payees that one job looks up at the scheme adapter, one call each.
DIRECT_SLICE = 25


@dataclass(frozen=True)
class PayeeCheckCall:
    """All that is needed to look payees up without any transaction.

    :param payees: list of :class:`~..payee_check.PayeeToCheck`, named by their payments
    :param settings: what the batch is, or would be, sent with
    """

    client: object = field(repr=False)
    payees: list = field(repr=False)
    settings: dict
    seconds: int


class G2PPaymentInteropLayerManager(models.Model):
    """Looking payees up: from a button, and before anything is released or sent where the manager says so."""

    _inherit = INTEROP

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def write(self, vals):
        names = [name for name in self._get_check_fields() if name in vals]
        changing = self.filtered(
            lambda one: any((one[name] or False) != (vals[name] or False) for name in names)
        )
        result = super().write(vals)
        changing._forget_payee_checks()
        return result

    @api.model
    def _get_check_fields(self):
        """Return the fields that decide who is asked about a payee, and how (list)."""
        # What a payee is called follows payee_id_type where nothing else is given.
        others = (
            "mode", "payee_id_type", "payee_id_type_to_send", "phone_format", "send_bank_code_as_fsp_id",
        )  # fmt: skip
        return [*self._get_endpoint_fields(), *others]

    def _forget_payee_checks(self):
        """Let every payee that was looked up, and not paid since, count as not checked."""
        if not self:
            return
        # sudo: whoever changes the manager changes what these answers are worth, also where he may not see payments
        payments = self.env["g2p.payment"].sudo()
        payments.search(
            [
                ("batch_id.manager_model", "=", INTEROP),
                ("batch_id.manager_res_id", "in", self.ids),
                ("state", "=", "issued"),
                ("payee_check_state", "!=", NOT_CHECKED),
            ]
        )._forget_payee_checks()

    # ---- Business ---------------------------------------------------------------------------------------------
    def _prepare_payments(self, cycle, entitlements):
        payments, batches = super()._prepare_payments(cycle, entitlements)
        if batches and self.validate_before_sending and not is_neutralized(self.env):
            # sudo: the right to prepare was checked; the jobs run for the system
            self.sudo()._enqueue_payee_check(batches.sudo())
        return payments, batches

    @api.private
    def validate_accounts(self, entitlements):
        """Tell why entitlements could not be paid: also by the rules of the rail, and by what was looked up before.

        Nobody is asked here; *Check Payees* on a batch does that.

        :param entitlements: ``g2p.entitlement`` recordset
        :return: dict {entitlement id: reason}
        """
        problems = super().validate_accounts(entitlements)
        for ids in id_slices(entitlements.ids):
            for draft in self._judge(self._draft(ids)):
                if draft.problem:
                    problems.setdefault(draft.entitlement_id, draft.problem)
        unknown = self.env["g2p.payment"].search(
            [
                ("entitlement_id", "in", entitlements.ids),
                ("state", "=", "issued"),
                ("payee_check_state", "=", const.UNKNOWN),
            ]
        )
        for payment, text in unknown._explain_payee_checks().items():
            problems.setdefault(payment.entitlement_id.id, text)
        return problems

    def _check_payees_known(self, submission):
        """Refuse to send to payees that the payment system has not confirmed, where this manager says so.

        :param submission: one locked ``g2p.payment.submission``
        :raise RailRefusal: naming every payment
        """
        if not self.validate_before_sending:
            return
        # What was sent before, and is proven absent, is the same request again, and nobody can be looked up for it.
        waiting = submission.payment_ids.filtered(lambda one: one.state == "issued")
        found = waiting._explain_payee_checks()
        if found:
            raise RailRefusal({payment.name: text for payment, text in found.items()})

    # ---- Jobs -------------------------------------------------------------------------------------------------
    def _enqueue_payee_check(self, batches):
        """Leave one job for each slice of payments that were not sent.

        :param batches: ``g2p.payment.batch`` of this manager, as the superuser
        :return: number of payees that will be looked up (int)
        """
        self.ensure_one()
        groups = self.env["g2p.payment"]._read_group(
            [("batch_id", "in", batches.ids), ("state", "=", "issued")], ["batch_id"], ["id:array_agg"]
        )
        size, count = self._get_check_slice()[0], 0
        for batch, ids in groups:
            for part in id_slices(ids, size):
                count += len(part)
                self.with_delay(
                    channel="root.g2p_dispatch",
                    description=self.env._("Look up payees of %s", batch.name),
                    identity_key=f"g2p_check_payees_{part[0]}_{part[-1]}",
                )._job_check_payees(batch.id, part)
        return count

    def _get_check_slice(self):
        """Return (payees of one job, seconds that it may take)."""
        size = DIRECT_SLICE if self.mode == const.MODE_SDK else self.max_batch_size
        return size, self._rail_deadline_seconds()

    def _job_check_payees(self, batch_id, payment_ids):
        """Job: read, ask, write what was found; the payment system is asked while no transaction is open.

        :param int batch_id: id of the batch
        :param payment_ids: list of ids of its payments
        """
        registry = self.env.registry
        for manager_id in self.ids:
            call = run_in_own_transaction(registry, _read_payees, manager_id, batch_id, payment_ids)
            if call is not None:
                found = _ask(call)
                run_in_own_transaction(registry, _write_payees, batch_id, call, found)

    def _prepare_payee_check(self, batch, payment_ids):
        """Return the :class:`PayeeCheckCall` for some payments of a batch, None where nobody may be asked."""
        payments = self.env["g2p.payment"].search(
            [("id", "in", payment_ids), ("batch_id", "=", batch.id), ("state", "=", "issued")], order="id"
        )
        settings = batch._get_send_settings()[batch.id]
        if not payments or self._find_moved_endpoints(settings):
            return None
        seconds = self._get_check_slice()[1]
        return PayeeCheckCall(self._rail_client(settings), _as_prepared(payments), settings, seconds)

    def _find_check_problems(self, batches):
        """Return why payees of these batches cannot be looked up now (list of texts)."""
        problems = []
        for batch in batches:
            moved = self._find_moved_endpoints(batch._get_send_settings()[batch.id])
            if moved:
                problems.append(
                    self.env._(
                        "%(batch)s: %(fields)s changed after the release. Withdraw the release of the batch, look at "
                        "it and release it again.",
                        batch=batch.name,
                        fields=", ".join(self._fields[name]._description_string(self.env) for name in moved),
                    )
                )
        return problems

    def _find_moved_endpoints(self, settings):
        """Return the addresses that are not the manager's any more: today's secrets are not for them (list)."""
        pinned = self._get_pinned_addresses(settings)
        return [
            name
            for name in self._get_endpoint_fields()
            if name in pinned and (pinned[name] or "").strip() != (self[name] or "").strip()
        ]


def _as_prepared(payments):
    """Return the payees of payments, named by their payments (list of :class:`~..payee_check.PayeeToCheck`)."""
    return [
        PayeeToCheck(one.reference, one.payee_id_type, one.payee_id_value, one.payee_bank_code)
        for one in payment_data(payments)
    ]


def _read_payees(env, manager_id, batch_id, payment_ids):
    manager = env[INTEROP].browse(manager_id).exists()
    batch = env["g2p.payment.batch"].browse(batch_id).exists()
    if not manager or not batch or is_neutralized(env):
        return None
    return manager._prepare_payee_check(batch, payment_ids)


def _ask(call):
    """Return {reference: :class:`~..payee_check.PayeeCheck`}; a fault of the rail is an answer about nobody."""
    try:
        found = call.client.check_payees(Transport(call.seconds), call.payees)
    except Exception as error:
        # Only the type: the text of an exception may carry a payee or a secret.
        _logger.error("payees could not be looked up: %s", type(error).__name__)
        found = {}
    return {one.reference: found.get(one.reference, PayeeCheck(const.UNCLEAR)) for one in call.payees}


def _write_payees(env, batch_id, call, found):
    """Write what was found of payments whose payee is still the one that was asked about."""
    batch = env["g2p.payment.batch"].browse(batch_id).exists()
    if not batch or batch._get_send_settings()[batch_id] != call.settings:
        return
    asked = {one.reference: one for one in call.payees}
    payments = env["g2p.payment"].search(
        [("batch_id", "=", batch_id), ("name", "in", list(asked)), ("state", "=", "issued")], order="id"
    )
    same = {one.reference for one in _as_prepared(payments) if asked[one.reference] == one}
    payments = payments.filtered(lambda one: one.name in same)
    told = [found[payment.name] for payment in payments]
    set_update_rows(
        payments,
        {
            "payee_check_state": [one.verdict for one in told],
            "payee_check_name": [one.name or None for one in told],
            "payee_check_code": [one.code or None for one in told],
            "payee_checked_at": [fields.Datetime.now()] * len(told),
        },
        legal_from=("issued",),
        exact=False,
    )
