"""What an answer says of single payments, applied as sets: a handful of statements for any number of rows."""

from collections import Counter
from datetime import UTC
from decimal import Decimal

from ..sets import set_update, set_update_rows
from .cursors import database_now
from .outcome import RowResult

_MOVES = (RowResult.PAID, RowResult.FAILED)


def apply_rows(submission, rows, current=True):
    """Apply rows to a locked submission's payments.

    :param submission: one locked ``g2p.payment.submission``
    :param rows: iterable of :class:`~.outcome.Row`
    :param bool current: whether they speak of the present claim; others may dispute and contradict, never settle
    :return: a text for finance when something does not fit ("" otherwise)
    """
    told, quarrels = _by_reference(rows)
    if not told and not quarrels:
        return ""
    payments = _load(submission, [*told, *quarrels])
    buckets = {name: [] for name in ("paid", "failed", "dispute", "contradict", "reverse", "note", "mark")}
    for reference, row in told.items():
        if reference in payments:
            for bucket in _judge(payments[reference], row, current):
                buckets[bucket].append((payments[reference], row))
    _write_final(submission, buckets["paid"], "paid")
    _write_final(submission, buckets["failed"], "failed")
    _dispute_rows(submission, buckets["dispute"])
    _contradict_rows(submission, buckets["contradict"])
    _reverse_rows(submission, buckets["reverse"])
    _note_rows(submission, buckets["note"])
    _mark_rows(submission, buckets["mark"])
    if current:
        _write_details(submission, [(payments[ref], row) for ref, row in told.items() if ref in payments])
    model = submission.env["g2p.payment"]
    quarrelled = [
        payments[ref]["id"] for ref in quarrels if ref in payments and payments[ref]["state"] == "sent"
    ]
    dispute(model.browse(quarrelled), "contradictory_rows")
    strangers = sum(1 for ref in (*told, *quarrels) if ref not in payments)
    # What was told before, by the same code, is not told again.
    calls = Counter(
        row.attention
        for ref, row in told.items()
        if current and row.attention and ref in payments and row.code != payments[ref]["code"]
    )
    return _note(submission, buckets, len(quarrelled), strangers, calls)


def dispute(payments, reason):
    """Mark open payments as disputed: they count as open and only finance settles them.

    :param payments: ``g2p.payment`` recordset
    :param str reason: a short code of ours
    """
    set_update(payments, {"disputed": True, "dispute_reason": reason})


def hold_entitlements(submission, references=()):
    """Dispute every payment that may still move money for the entitlements of a submission.

    :param submission: one locked ``g2p.payment.submission``
    :param references: keys of the payments it was sent with: some may be in another submission by now
    """
    model = submission.env["g2p.payment"]
    told = model.search([("name", "in", list(references)), ("batch_id", "=", submission.batch_id.id)])
    _hold(submission.payment_ids | told, "contradiction")


def _hold(payments, reason):
    """Dispute every payment of the same entitlements that may still move money."""
    live = payments.search(
        [("entitlement_id", "in", payments.entitlement_id.ids), ("state", "in", ("issued", "sent"))]
    )
    live.env.cr.execute("SELECT id FROM g2p_payment WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (live.ids,))
    dispute(live, reason)


def free_payments(submission):
    """Take a submission's sent payments back to issued: nothing of them was ever taken."""
    payments = submission.payment_ids.filtered(lambda payment: payment.state == "sent")
    set_update(payments, {"state": "issued"}, legal_from=("sent",))


def _by_reference(rows):
    """Return ({reference: row}, [references whose rows disagree]); rows of the same text count once."""
    told, quarrels = {}, set()
    for row in rows:
        other = told.setdefault(row.reference, row)
        if (other.result, other.amount, other.currency) != (row.result, row.amount, row.currency):
            quarrels.add(row.reference)
    for reference in quarrels:
        del told[reference]
    return told, sorted(quarrels)


def _load(submission, references):
    """Return {reference: payment as dict} with exact amounts: of this submission, or once of it and of its batch."""
    cr = submission.env.cr
    submission.env["g2p.payment"].flush_model()
    cr.execute(
        """
        SELECT p.name, p.id, p.state, p.status, p.disputed, p.contradicted, p.status_code,
               coalesce(p.external_reference, ''), p.amount_issued::text, c.name,
               p.submission_id IS NOT DISTINCT FROM %s
          FROM g2p_payment p JOIN res_currency c ON c.id = p.currency_id
         WHERE p.name = ANY(%s) AND (p.submission_id = %s OR p.batch_id = %s)
         ORDER BY p.id FOR UPDATE OF p
        """,
        (submission.id, references, submission.id, submission.batch_id.id),
    )
    names = (
        "id",
        "state",
        "status",
        "disputed",
        "contradicted",
        "code",
        "theirs",
        "amount",
        "currency",
        "own",
    )
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in cr.fetchall()}


def _judge(payment, row, current):
    """Tell what one row does to one payment: the names of buckets, none for nothing."""
    if payment["state"] == "reconciled":
        return _judge_final(payment, row)
    if not current or not payment["own"]:
        # What an earlier claim met with says nothing of this one, unless that money moved.
        moved = row.result in (RowResult.PAID, RowResult.REVERSED) and payment["state"] != "cancelled"
        return ("dispute",) if moved else ()
    if row.result is RowResult.PENDING:
        return ("note",) if payment["state"] == "sent" and _tells(payment, row) else ()
    if payment["state"] in ("issued", "cancelled"):
        return ("dispute",) if payment["state"] == "issued" else ("contradict",)
    if payment["disputed"]:
        return ()
    fits = _fits(payment, row)
    if row.result is RowResult.REVERSED:
        return ("paid", "reverse") if row.paid_before and fits else ("dispute",)
    return (row.result.value,) if fits or row.result is RowResult.FAILED else ("dispute",)


def _judge_final(payment, row):
    if row.result is RowResult.PENDING:
        return ()
    if row.result is RowResult.REVERSED:
        return ("reverse",) if payment["status"] == "paid" else ("contradict",)
    if row.result.value != payment["status"]:
        return ("contradict",)
    if row.result is not RowResult.FAILED and not _fits(payment, row):
        return ("contradict",)
    return ("mark",) if row.attention and row.code != payment["code"] else ()


def _tells(payment, row):
    """Return whether a row of an open payment says anything new; the first id that it was given stays."""
    is_named = row.external_reference and not payment["theirs"]
    return is_named or (row.code and row.code != payment["code"])


def _fits(payment, row):
    if row.currency and row.currency != payment["currency"]:
        return False
    return row.amount is None or row.amount == Decimal(payment["amount"])


def _write_final(submission, found, status):
    if not found:
        return
    env = submission.env
    now = database_now(env)
    payments = env["g2p.payment"].browse([payment["id"] for payment, _row in found])
    moments = [_naive(row.when) or now for _payment, row in found]
    set_update_rows(
        payments,
        {
            "state": ["reconciled"] * len(found),
            "status": [status] * len(found),
            "status_is_final": [True] * len(found),
            "status_datetime": [now] * len(found),
            "status_code": [row.code or None for _payment, row in found],
            "status_reason": [row.reason or None for _payment, row in found],
            "external_reference": [
                row.external_reference or payment["theirs"] or None for payment, row in found
            ],
            "amount_paid": [payment["amount"] if status == "paid" else "0" for payment, _row in found],
            "payment_datetime": moments if status == "paid" else [None] * len(found),
        },
        legal_from=("sent",),
    )


def _dispute_rows(submission, found):
    if not found:
        return
    set_update_rows(
        submission.env["g2p.payment"].browse([payment["id"] for payment, _row in found]),
        {
            "disputed": [True] * len(found),
            "dispute_reason": [_mismatch(payment, row) for payment, row in found],
            "status_code": [row.code or None for _payment, row in found],
        },
    )


def _mismatch(payment, row):
    if payment["state"] == "issued":
        return "news_of_unsent"
    if row.result is RowResult.REVERSED:
        return "reversed_before_paid"
    return "wrong_currency" if row.currency and row.currency != payment["currency"] else "wrong_amount"


def _contradict_rows(submission, found):
    """Mark final payments that the payment system now speaks of differently, and hold their successors."""
    if not found:
        return
    model = submission.env["g2p.payment"]
    payments = model.browse([payment["id"] for payment, _row in found])
    reasons = [f"later_{row.result.value}" for _payment, row in found]
    set_update_rows(payments, {"contradicted": [True] * len(found), "dispute_reason": reasons})
    paid_after_all = [
        payment["id"]
        for payment, row in found
        if row.result is RowResult.PAID and payment["status"] != "paid"
    ]
    if not paid_after_all:
        return
    _hold(model.browse(paid_after_all), "predecessor_paid")


def _note_rows(submission, found):
    """Show why a payment stays open, in the payment system's own code, and what it calls it."""
    if found:
        payments = submission.env["g2p.payment"].browse([payment["id"] for payment, _row in found])
        values = {
            "status_code": [row.code or payment["code"] for payment, row in found],
            "external_reference": [
                payment["theirs"] or row.external_reference or None for payment, row in found
            ],
        }
        set_update_rows(payments, values, legal_from=("sent",))


def _mark_rows(submission, found):
    """Show what the payment system holds against payments that stay what they are."""
    if found:
        payments = submission.env["g2p.payment"].browse([payment["id"] for payment, _row in found])
        set_update_rows(payments, {"status_code": [row.code for _payment, row in found]})


def _write_details(submission, found):
    """Keep the further facts of rows, in those fields that the rail has for them; what is not told stays as it is."""
    told = {payment["id"]: row.details for payment, row in found if row.details and payment["own"]}
    manager = submission._get_manager() if told else None
    names = manager._rail_detail_fields() if manager is not None else []
    payments = submission.env["g2p.payment"].browse(sorted(told))
    payments.fetch(names)
    new = payments.filtered(
        lambda one: any(told[one.id].get(name) not in (None, "", one[name]) for name in names)
    )
    set_update_rows(
        new, {name: [told[one.id].get(name) or one[name] or None for one in new] for name in names}
    )


def _reverse_rows(submission, found):
    """Record reversals; the payment stays paid until finance confirms."""
    if not found:
        return
    reversals = submission.env["g2p.payment.reversal"]
    ids = [payment["id"] for payment, _row in found]
    known = set(reversals.search([("payment_id", "in", ids), ("state", "!=", "refused")]).payment_id.ids)
    reversals._guarded_create(
        [
            {
                "payment_id": payment["id"],
                "reason_code": row.code,
                # The moment of a row that tells of both is that of the payment.
                "reported_at": (not row.paid_before and _naive(row.when)) or database_now(submission.env),
            }
            for payment, row in found
            if payment["id"] not in known
        ]
    )


def _note(submission, buckets, quarrelled, strangers, calls):
    notes = [
        submission.env._("%(count)s payments: %(text)s", count=count, text=text)
        for text, count in calls.items()
    ]
    if buckets["dispute"] or quarrelled:
        notes.append(submission.env._("%s payments are disputed", len(buckets["dispute"]) + quarrelled))
    if buckets["contradict"]:
        notes.append(submission.env._("%s final payments are contradicted", len(buckets["contradict"])))
    if buckets["reverse"]:
        notes.append(submission.env._("%s payments were reversed", len(buckets["reverse"])))
    if strangers:
        notes.append(submission.env._("%s rows speak of payments that are not of this submission", strangers))
    return "; ".join(notes)


def _naive(moment):
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)
