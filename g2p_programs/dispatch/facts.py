"""Whether what was released is still in order at the moment it would be sent (ENGINE.md section 3.3)."""

from dataclasses import dataclass
from enum import StrEnum

from odoo.tools import SQL

#: One row per payment that may not be sent, with the reasons' keys; read under the claim's locks.
_ROW_FACTS = """
SELECT name, reasons FROM (SELECT p.id, p.name, array_remove(ARRAY[
           CASE WHEN p.state <> 'issued' AND NOT (p.state = 'sent' AND %(again)s) THEN 'payment_state' END,
           CASE WHEN p.disputed THEN 'disputed' END,
           CASE WHEN e.state <> 'approved' THEN 'entitlement_state' END,
           CASE WHEN e.initial_amount <> p.amount_issued OR e.currency_id <> p.currency_id
                THEN 'entitlement_amount' END,
           CASE WHEN c.state <> 'approved' THEN 'cycle_state' END,
           CASE WHEN g.state <> 'active' OR NOT g.active THEN 'program_state' END,
           CASE WHEN cm.state IS DISTINCT FROM 'enrolled' THEN 'cycle_member' END,
           CASE WHEN pm.state IS DISTINCT FROM 'enrolled' THEN 'program_member' END,
           CASE WHEN r.disabled IS NOT NULL THEN 'disabled' END,
           CASE WHEN before.id IS NOT NULL AND before.status IS DISTINCT FROM 'failed'
                     AND before.reversal_confirmed IS NOT TRUE THEN 'predecessor' END,
           CASE WHEN EXISTS (SELECT 1 FROM g2p_payment said WHERE said.entitlement_id = e.id AND said.contradicted)
                THEN 'contradicted' END
       ], NULL) AS reasons
  FROM g2p_payment p
  JOIN g2p_entitlement e ON e.id = p.entitlement_id
  JOIN g2p_cycle c ON c.id = p.cycle_id
  JOIN g2p_program g ON g.id = c.program_id
  JOIN res_partner r ON r.id = p.partner_id
  LEFT JOIN g2p_cycle_membership cm ON cm.cycle_id = c.id AND cm.partner_id = p.partner_id
  LEFT JOIN g2p_program_membership pm ON pm.program_id = g.id AND pm.partner_id = p.partner_id
  LEFT JOIN g2p_payment before ON before.id = p.predecessor_id
 WHERE %(which)s) AS judged
 WHERE cardinality(reasons) > 0 ORDER BY id
"""


class Scope(StrEnum):
    """What a reason to hold one submission holds back besides it."""

    MANAGER = "manager"
    BATCH = "batch"
    SUBMISSION = "submission"


@dataclass(frozen=True)
class Findings:
    """Why a submission may not be sent now: ``texts`` for people, none when it may."""

    texts: list[str]
    scope: Scope = Scope.SUBMISSION


def claim_findings(submission, manager, signed=None):
    """Tell everything that speaks against sending this submission now.

    :param submission: one locked ``g2p.payment.submission``
    :param manager: its payment manager, or None
    :param signed: a lane's :class:`~.signed.SignedBatches`; without one the whole batch is looked at
    :return: :class:`Findings`
    """
    problems = stops(submission, manager)
    if problems:
        return Findings(problems, Scope.MANAGER)
    if submission._only_serves():
        # It carries nothing: what became of its batch since must not keep it from fitting what was sent.
        return Findings([])
    if submission.replaces and (problems := _earlier_problems(submission)):
        return Findings(problems, Scope.BATCH)
    problems = _signature_problems(submission, signed)
    if problems:
        return Findings(problems + _row_problems(submission), Scope.BATCH)
    return Findings(_row_problems(submission))


def is_neutralized(env):
    """Tell whether this database is a copy that must not talk to payment systems."""
    # sudo: a system parameter, read to stop, never shown
    return bool(env["ir.config_parameter"].sudo().get_param("database.is_neutralized"))


def stops(submission, manager):
    """Tell what stops everything that this submission's manager sends, whatever is in it.

    :param submission: ``g2p.payment.submission``
    :param manager: its payment manager, or None
    :return: list of texts; empty when nothing does
    """
    if is_neutralized(submission.env):
        return [submission.env._("This database is a neutralized copy: nothing is sent from it.")]
    if manager is None:
        return [
            submission.env._(
                "The payment manager was removed: withdraw the release and prepare these payments again."
            )
        ]
    if submission.only_stops:
        return []
    problems = []
    if manager.dispatch_paused:
        problems.append(
            submission.env._(
                "Payment manager %(name)s is paused: %(why)s",
                name=manager.name,
                why=manager.dispatch_paused_reason or "",
            )
        )
    program = submission.batch_id.cycle_id.program_id
    if program.dispatch_paused:
        problems.append(submission.env._("Sending is paused for program %s.", program.name))
    if submission.company_id.dispatch_paused:
        problems.append(submission.env._("Sending is paused for company %s.", submission.company_id.name))
    return problems


def rests(env, manager_key):
    """Tell whether all that a manager sends is stopped, and people can read why on one of its submissions.

    Then nobody has to find it out again, submission by submission.

    :param env: environment
    :param tuple manager_key: (model, id) of the payment manager
    :return: bool
    """
    env.cr.execute(
        """
        SELECT id FROM g2p_payment_submission
         WHERE manager_model = %s AND manager_res_id = %s AND state = 'queued' AND hold_reason IS NOT NULL
           AND next_try_at > clock_timestamp() AT TIME ZONE 'UTC' LIMIT 1
        """,
        manager_key,
    )
    found = env.cr.fetchone()
    if not found:
        return False
    submission = env["g2p.payment.submission"].browse(found[0])
    return bool(stops(submission, submission._get_manager()))


def _earlier_problems(submission):
    """Tell which submissions may still be paid that payments of this one were given up of."""
    managers = {one: one._get_manager() for one in submission.replaced_ids}
    found = (manager._rail_may_still_pay(one) for one, manager in managers.items() if manager is not None)
    return list(filter(None, found))


def _signature_problems(submission, signed):
    """Compare what would be sent with what was released."""
    batch = submission.batch_id
    if not batch.released:
        return [submission.env._("Batch %s is not released.", batch.name)]
    same = batch._is_as_released() if signed is None else signed.check(submission)
    if not same:
        return [
            submission.env._(
                "Batch %s is not what was released any more: withdraw the release, look at the changes, "
                "and release it again.",
                batch.name,
            )
        ]
    return []


def _row_problems(submission):
    env = submission.env
    which = SQL("p.submission_id = %s", submission.id)
    if submission.lasts:
        which = SQL("p.submission_id = ANY(%s)", submission._get_opened().ids)
    elif not submission.payments_count:
        which = SQL("p.batch_id = %s AND p.state <> 'cancelled'", submission.batch_id.id)
    env.flush_all()
    rows = env.execute_query(SQL(_ROW_FACTS, again=bool(submission.ever_unknown), which=which))
    labels = _row_labels(env)
    return [f"{name}: " + ", ".join(labels[key] for key in keys) for name, keys in rows]


def _row_labels(env):
    return {
        "payment_state": env._("the payment is not waiting to be sent"),
        "disputed": env._("the payment is disputed: finance has to decide first"),
        "entitlement_state": env._("the entitlement is not approved any more"),
        "entitlement_amount": env._("the entitlement's amount or currency changed"),
        "cycle_state": env._("the cycle is not approved any more"),
        "program_state": env._("the program is not active"),
        "cycle_member": env._("the beneficiary is not enrolled in the cycle any more"),
        "program_member": env._("the beneficiary is not enrolled in the program any more"),
        "disabled": env._("the registrant is disabled"),
        "predecessor": env._("the payment it replaces is not certainly failed"),
        "contradicted": env._(
            "the payment system contradicts itself about this entitlement: finance has to decide first"
        ),
    }
