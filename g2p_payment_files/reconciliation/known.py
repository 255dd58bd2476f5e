"""Finding the payments that a file names, and reading them as the books have them: as sets."""

from decimal import Decimal
from uuid import UUID

from odoo.addons.g2p_programs.dispatch.claim import canonical_amount

from .judge import Known

_FACTS = """
    SELECT p.id, p.name, p.state, coalesce(p.status, ''), coalesce(p.disputed, false), p.amount_issued::text,
           c.name, c.id, p.batch_id, s.id, coalesce(s.state, ''), coalesce(s.tries, 0),
           CASE WHEN s.tries > 1 THEN s.create_date ELSE s.claimed_at END,
           b.manager_model, b.manager_res_id, c.decimal_places
      FROM g2p_payment p
      JOIN res_currency c ON c.id = p.currency_id
      LEFT JOIN g2p_payment_batch b ON b.id = p.batch_id
      LEFT JOIN g2p_payment_submission s ON s.id = p.submission_id
     WHERE p.id = ANY(%s) ORDER BY p.id
"""


def get_names(reference):
    """Return the names that a payment of this reference can have: as written, or of an end-to-end id.

    :param str reference: ``g2p.payment.name``, or the same without hyphens and in any case
    """
    names = [reference]
    if len(reference.replace("-", "")) == 32:
        try:
            names.append(str(UUID(reference)))
        except ValueError:
            return names
    return names


def find_payments(env, references, company):
    """Return {reference as written: payment id} of those that the user may see.

    :param env: environment of the user who imports
    :param references: iterable of references as the file has them
    :param company: ``res.company`` of the import
    """
    candidates = {reference: get_names(reference) for reference in references}
    names = sorted({name for found in candidates.values() for name in found})
    payments = (
        env["g2p.payment"]
        .with_context(allowed_company_ids=company.ids)
        .search_fetch([("name", "in", names), ("company_id", "=", company.id)], ["name"], order="id")
    )
    by_name = {payment.name: payment.id for payment in payments}
    found = {}
    for reference, possible in candidates.items():
        ids = [by_name[name] for name in possible if name in by_name]
        if ids:
            found[reference] = ids[0]
    return found


def read_known(env, payment_ids, managers=None):
    """Return {payment id: :class:`~.judge.Known`}.

    :param env: environment, as the superuser: the ids were found with the rights of the user
    :param payment_ids: ids
    :param dict managers: {(model, id): whether it pays by file}; filled here, to be given again with the next slice
    """
    managers = {} if managers is None else managers
    env.flush_all()
    env.cr.execute(_FACTS, (list(payment_ids),))
    known = {}
    for row in env.cr.fetchall():
        key = row[13:15]
        if key not in managers:
            managers[key] = _pays_by_file(env, *key)
        amount = Decimal(canonical_amount(row[5], row[15]))
        known[row[0]] = Known(*row[:5], amount, *row[6:13], by_file=managers[key])
    return known


def _pays_by_file(env, model, res_id):
    """Where the manager is gone nobody can tell: such payments want a second person."""
    if not model or model not in env:
        return False
    manager = env[model].browse(res_id).exists()
    return bool(manager) and manager._pays_by_file()
