"""Walk through, or cut up, what a domain finds: by ranges of ids, so that memory and each query stay small."""

from odoo.fields import Domain
from odoo.tools import SQL

from .sets import SLICE


def iter_slices(model, domain, size=SLICE, fnames=()):
    """Yield what ``domain`` finds as recordsets of at most ``size``, in id order.

    :param model: empty recordset of the user who acts
    :param domain: domain (list or Domain)
    :param int size: records per slice
    :param fnames: names of the fields that will be read: only those are fetched, with the ids
    :return: iterator of recordsets
    """
    last = 0
    while True:
        records = model.search_fetch(Domain(domain) & Domain("id", ">", last), fnames, order="id", limit=size)
        if records:
            yield records
        if len(records) < size:
            return
        last = records._ids[-1]


def cut_ranges(env, query, size):
    """Cut what a query finds into ranges of ``size`` records.

    :param Environment env: of the user who acts
    :param Query query: of a model's ids
    :param int size: records per range
    :return: list of (first id, last id), both included
    """
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT MIN(id), MAX(id)
              FROM (SELECT found.id, (ROW_NUMBER() OVER (ORDER BY found.id) - 1) / %s AS part
                      FROM (%s) AS found(id)) AS numbered
             GROUP BY part
             ORDER BY part
            """,
            size,
            query.select(),
        )
    )
    return [tuple(row) for row in rows]


def range_domain(id_from=None, id_to=None):
    """Return the Domain of an id range, both ends included, None for an open end."""
    domain = Domain.TRUE
    if id_from is not None:
        domain &= Domain("id", ">=", id_from)
    if id_to is not None:
        domain &= Domain("id", "<=", id_to)
    return domain
