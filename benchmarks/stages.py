"""The stages: what is called, when it is done, and what plain SQL has to do for the same rows."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from odoo.addons.g2p_programs.dispatch import claim, news
from odoo.addons.g2p_programs.dispatch.cursors import run_in_own_transaction
from odoo.addons.g2p_programs.dispatch.outcome import Answer


@dataclass(frozen=True)
class Stage:
    """One stage.

    :param name: for people
    :param run: function (run.Run) that makes the calls; each call commits as a request does
    :param seen: SQL that counts the rows that are done; ``{schema}`` is where
    :param plain: SQL statements for the same final state in the copies
    :param then: function (run.Run) for what lies between this stage and the next, and is not timed
    """

    name: str
    run: Callable
    seen: str
    plain: tuple[str, ...] = field(default=())
    then: Callable | None = None


def copy(table, where):
    """Return the statement that takes rows over into a copy."""
    return f"INSERT INTO {table} SELECT * FROM public.{table} WHERE {where}"


_LOG = "write_uid = %(user)s, write_date = now() AT TIME ZONE 'UTC'"
BATCH = "batch_id IN (SELECT id FROM public.g2p_payment_batch WHERE cycle_id = %(cycle)s)"
_BATCH_STATE = f"""
    UPDATE g2p_payment_batch AS copy
       SET dispatch_state = done.dispatch_state, batch_has_started = done.batch_has_started,
           batch_has_completed = done.batch_has_completed, {_LOG}
      FROM public.g2p_payment_batch AS done WHERE done.id = copy.id AND done.cycle_id = %(cycle)s
"""
_SUBMISSION_STATE = f"""
    UPDATE g2p_payment_submission AS copy
       SET state = done.state, key = done.key, settings = done.settings, payload = done.payload,
           payload_hash = done.payload_hash, claim_token = done.claim_token, claimed_at = done.claimed_at,
           deadline_at = done.deadline_at, lease_until = done.lease_until, tries = done.tries,
           hold_reason = done.hold_reason, next_try_at = done.next_try_at, last_code = done.last_code,
           last_reason = done.last_reason, next_question_at = done.next_question_at, questions = done.questions,
           absent_answers = done.absent_answers, correlation = done.correlation, {_LOG}
      FROM public.g2p_payment_submission AS done WHERE done.id = copy.id AND done.cycle_id = %(cycle)s
"""
#: For payments whose batch has more than one submission.
EACH_ITS_OWN = f"""
    UPDATE g2p_payment AS copy SET submission_id = done.submission_id, {_LOG}
      FROM public.g2p_payment AS done WHERE done.id = copy.id AND copy.cycle_id = %(cycle)s
"""
# The digest is what a release writes; without it nothing would be signed.
_RELEASE = f"""
    UPDATE g2p_payment_batch AS copy
       SET released = true, released_by = %(user)s, released_at = now() AT TIME ZONE 'UTC',
           released_count = signed.count, released_total = signed.total, released_digest = signed.digest, {_LOG}
      FROM (SELECT batch_id, count(*) AS count, sum(amount_issued) AS total,
                   encode(sha256(convert_to(string_agg(
                       jsonb_build_array(name, payee_id_type, payee_id_value, payee_bank_code, payee_name,
                           amount_issued::text, currency_id, entitlement_id)::text, E'\\n' ORDER BY id
                   ), 'UTF8')), 'hex') AS digest
              FROM g2p_payment WHERE cycle_id = %(cycle)s GROUP BY batch_id) AS signed
     WHERE signed.batch_id = copy.id
"""
_ERN = "(1000000000 + (id::bigint * 3580196323 + 48731) %% 9000000000)::text"


# ---- calls ---------------------------------------------------------------------------------------------------
def _find_cycle(run):
    newest = "SELECT max(id) FROM g2p_cycle WHERE program_id = %(program)s"
    run.ids["cycle"] = run.look(newest)[0][0]


def _approve_cycle(run):
    run.request("approver", lambda env: run.cycle(env).approve())


def _import(run):
    run.request("officer", lambda env: run.program(env).import_eligible_registrants())


def _enrol(run):
    run.request("officer", lambda env: run.program(env).enroll_eligible_registrants())


def _fill(run):
    run.request("officer", lambda env: run.program(env).create_new_cycle())


def _entitle(run):
    run.request("officer", lambda env: run.cycle(env).prepare_entitlement())


def _submit(run):
    run.request("officer", lambda env: run.cycle(env).to_approve() and None)


def _approve(run):
    run.request("approver", lambda env: run.cycle(env).validate_entitlement())


def _prepare(run):
    run.request("officer", lambda env: run.cycle(env).prepare_payment())


def _release(run):
    run.request("releaser", lambda env: run.batches(env).release_payments() and None)


def _queue(run):
    run.request("releaser", lambda env: run.batches(env).send_payment())


def _claim(run):
    run.claims = [run_in_own_transaction(run.registry, claim.claim, id_) for id_ in run.submission_ids()]


def make_answers(run):
    """Make, for each claim, the answer of a payment system that has paid everything at once."""
    run.answers = [_answer(one.data.key, json.loads(one.data.payload)["disbursements"]) for one in run.claims]


def _answer(key, items):
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [
        {
            "reference_id": item["reference_id"],
            "timestamp": moment,
            "status": "succ",
            "amount": item["amount"],
            "currency_code": item["currency_code"],
        }
        for item in items
    ]
    message = {"transaction_id": key, "disbursements_status": rows}
    return Answer(status=200, body=json.dumps({"header": {"status": "succ"}, "message": message}))


def _apply(run):
    for one, answer in zip(run.claims, run.answers, strict=True):
        run_in_own_transaction(run.registry, news.store, one, answer)
        run_in_own_transaction(run.registry, news.apply_pending, one.submission_id)


# ---- stages --------------------------------------------------------------------------------------------------
STAGES = (
    Stage(
        "import of members",
        _import,
        "SELECT count(*) FROM {schema}.g2p_program_membership WHERE program_id = %(program)s",
        (copy("g2p_program_membership", "program_id = %(program)s"),),
    ),
    Stage(
        "enrolling",
        _enrol,
        "SELECT count(*) FROM {schema}.g2p_program_membership WHERE program_id = %(program)s AND state = 'enrolled'",
        (
            "UPDATE g2p_program_membership SET state = 'enrolled', enrollment_date = now() AT TIME ZONE 'UTC', "
            f"{_LOG} WHERE program_id = %(program)s AND state = 'draft'",
        ),
    ),
    Stage(
        "filling a cycle",
        _fill,
        "SELECT count(*) FROM {schema}.g2p_cycle_membership AS m JOIN public.g2p_cycle AS c ON c.id = m.cycle_id "
        "WHERE c.program_id = %(program)s",
        (copy("g2p_cycle_membership", "cycle_id = %(cycle)s"),),
        _find_cycle,
    ),
    Stage(
        "making entitlements",
        _entitle,
        "SELECT count(*) FROM {schema}.g2p_entitlement WHERE cycle_id = %(cycle)s",
        (copy("g2p_entitlement", "cycle_id = %(cycle)s"),),
    ),
    Stage(
        "submitting them",
        _submit,
        "SELECT count(*) FROM {schema}.g2p_entitlement WHERE cycle_id = %(cycle)s AND state = 'pending_validation'",
        (f"UPDATE g2p_entitlement SET state = 'pending_validation', {_LOG} WHERE cycle_id = %(cycle)s",),
        _approve_cycle,
    ),
    Stage(
        "approving entitlements",
        _approve,
        "SELECT count(*) FROM {schema}.g2p_entitlement WHERE cycle_id = %(cycle)s AND state = 'approved'",
        (
            "UPDATE g2p_entitlement SET state = 'approved', approved_by = %(user)s, date_approved = current_date, "
            f"ern = {_ERN}, {_LOG} WHERE cycle_id = %(cycle)s AND state = 'pending_validation'",
        ),
    ),
    Stage(
        "preparing payments and batches",
        _prepare,
        "SELECT count(*) FROM {schema}.g2p_payment WHERE cycle_id = %(cycle)s AND batch_id IS NOT NULL",
        (copy("g2p_payment_batch", "cycle_id = %(cycle)s"), copy("g2p_payment", "cycle_id = %(cycle)s")),
    ),
    Stage(
        "releasing",
        _release,
        "SELECT sum(released_count) FROM {schema}.g2p_payment_batch WHERE cycle_id = %(cycle)s AND released",
        (_RELEASE,),
    ),
    Stage(
        "queueing",
        _queue,
        "SELECT count(*) FROM {schema}.g2p_payment WHERE cycle_id = %(cycle)s AND submission_id IS NOT NULL",
        (
            copy("g2p_payment_submission", BATCH),
            "UPDATE g2p_payment AS copy SET submission_id = s.id, "
            + _LOG
            + " FROM g2p_payment_submission AS s "
            "WHERE s.batch_id = copy.batch_id AND copy.cycle_id = %(cycle)s",
            _BATCH_STATE,
            copy("queue_job", "channel = 'root.g2p_dispatch' AND id > %(last_job)s"),
        ),
    ),
    Stage(
        "claiming",
        _claim,
        "SELECT count(*) FROM {schema}.g2p_payment WHERE cycle_id = %(cycle)s AND state = 'sent'",
        (
            f"UPDATE g2p_payment SET state = 'sent', {_LOG} WHERE cycle_id = %(cycle)s",
            _SUBMISSION_STATE,
            _BATCH_STATE,
        ),
        make_answers,
    ),
    Stage(
        "applying statuses",
        _apply,
        "SELECT count(*) FROM {schema}.g2p_payment WHERE cycle_id = %(cycle)s AND status = 'paid'",
        (
            copy("g2p_payment_exchange", BATCH),
            "UPDATE g2p_payment SET state = 'reconciled', status = 'paid', status_is_final = true, "
            "status_datetime = now() AT TIME ZONE 'UTC', status_code = NULL, status_reason = NULL, "
            "external_reference = NULL, amount_paid = amount_issued, payment_datetime = now() AT TIME ZONE 'UTC', "
            f"{_LOG} WHERE cycle_id = %(cycle)s",
            _SUBMISSION_STATE,
            _BATCH_STATE,
        ),
    ),
)
