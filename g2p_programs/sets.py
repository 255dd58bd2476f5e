"""Set-based writes: the one helper through which thousands of rows are written with a bounded number of statements.

ENGINE.md section 6. It behaves as the ORM would (access, flush, log columns, cache, dependants), and takes the
ORM's own way, saying so in the log, where an addon from outside this suite wants to see every row.
"""

import logging

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.models import BaseModel
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

#: Rows per statement: bounds memory and lock time, while the number of statements stays small.
SLICE = 5000

#: Addons whose overrides of create/write are known to have nothing to say about set-based rows.
_KNOWN_ADDONS = frozenset(
    "account base bus contacts g2p_payment_files g2p_payment_g2p_connect g2p_payment_interop_layer g2p_payment_phee "
    "g2p_programs g2p_registry_base g2p_registry_membership mail phone_validation portal queue_job sms web".split()
)
_LOG_COLUMNS = ("create_uid", "create_date", "write_uid", "write_date")


def check_rows(records, operation):
    """Check the user's rights on all of ``records`` with one query, where the ORM looks at each one in Python.

    :param records: recordset of the user who acts
    :param str operation: read, write or unlink
    :raise AccessError: as ``check_access`` does
    """
    if type(records)._check_access is not BaseModel._check_access:
        records.check_access(operation)  # a model with a rule of its own in Python
        return
    records.browse().check_access(operation)
    if records.env.su or not records:
        return
    domain = records.env["ir.rule"]._compute_domain(records._name, operation)
    if domain.is_true():
        return
    # sudo: the rules are the condition that is counted.
    rows = records.sudo().with_context(active_test=False)
    if rows.search_count(Domain("id", "in", records.ids) & domain) < len(records):
        records.check_access(operation)  # says which ones, and why


def set_update(records, values, legal_from=None, field="state", exact=True):
    """Write the same ``values`` on all ``records`` with one UPDATE per slice.

    :param records: recordset of the user who acts: its write access is checked
    :param dict values: stored columns and their values (ids for many2one)
    :param legal_from: values of ``field`` a row may have now; None for any
    :param str field: the column that ``legal_from`` speaks of
    :param bool exact: raise when a row is not in a legal state, instead of leaving that row out
    :return: number of rows written (int)
    :raise UserError: naming the rows that are not in a legal state, before anything is written
    """
    rows = {name: [value] * len(records) for name, value in values.items()}
    return set_update_rows(records, rows, legal_from=legal_from, field=field, exact=exact)


def set_update_rows(records, columns, legal_from=None, field="state", exact=True):
    """Write values of their own on each of ``records``, with one UPDATE per slice.

    :param records: recordset of the user who acts: its write access is checked
    :param dict columns: {stored column: list of values in the order of ``records``}
    :param legal_from: see :func:`set_update`
    :param str field: see :func:`set_update`
    :param bool exact: see :func:`set_update`
    :return: number of rows written (int)
    :raise UserError: see :func:`set_update`
    """
    if not records:
        return 0
    check_rows(records, "write")
    records.env.flush_all()
    allowed = _lock_legal(records, legal_from, field, exact)
    if reason := _outside_interest(records, "write", columns):
        _say_orm_way(records, reason)
        return _update_by_orm(records, columns, allowed)
    constant = {name: vals[0] for name, vals in columns.items() if all(v is vals[0] for v in vals)}
    varying = {name: vals for name, vals in columns.items() if name not in constant}
    written = 0
    for part in split_every(SLICE, range(len(records)), list):
        keep = [i for i in part if allowed is None or records._ids[i] in allowed]
        if keep:
            written += _update_slice(records, keep, constant, varying)
    records.invalidate_recordset([*columns, "write_uid", "write_date"], flush=False)
    with records.env.protecting(_computed(records, columns), records):
        records.modified(list(columns))
    return written


def set_insert(model, columns, rows):
    """Insert ``rows`` with one INSERT per slice.

    Columns that are not given take the model's default, evaluated once: a default that must differ from row to
    row (a code, a name) has to be given.

    :param model: empty recordset of the user who acts: its create access is checked
    :param list columns: stored column names
    :param list rows: tuples of values in the order of ``columns``
    :return: list of the new ids, in the order of ``rows``
    """
    rows = list(rows)
    if not rows:
        return []
    model.browse().check_access("create")
    model.env.flush_all()
    if reason := _outside_interest(model, "create", None):
        _say_orm_way(model, reason)
        vals_list = [dict(zip(columns, row, strict=True)) for row in rows]
        return _create_by_orm(model, vals_list).ids
    names, fixed = _with_defaults(model, columns)
    ids = []
    for part in split_every(SLICE, rows, list):
        arrays = [
            SQL("%s::%s[]", [_value(model, name, row[i]) for row in part], _cast(model, name))
            for i, name in enumerate(columns)
        ]
        select = SQL(
            "SELECT * FROM unnest(%s) AS given(%s)",
            SQL(", ").join(arrays),
            SQL(", ").join(SQL.identifier(name) for name in columns),
        )
        ids += _insert_select(model, columns, names, fixed, select)
    _after_insert(model, ids, names)
    return ids


def set_insert_select(model, columns, select):
    """Insert what a SELECT finds, with one statement.

    :param model: empty recordset of the user who acts: its create access is checked
    :param list columns: stored column names, in the order of the SELECT's
    :param SQL select: a SELECT with one column for each of ``columns``
    :return: list of the new ids
    """
    model.browse().check_access("create")
    model.env.flush_all()
    if reason := _outside_interest(model, "create", None):
        _say_orm_way(model, reason)
        found = model.env.execute_query(select)
        return _create_by_orm(model, [dict(zip(columns, row, strict=True)) for row in found]).ids
    names, fixed = _with_defaults(model, columns)
    ids = _insert_select(model, columns, names, fixed, select)
    _after_insert(model, ids, names)
    return ids


def id_slices(ids, size=SLICE):
    """Cut ids into ascending ranges, for work by id range instead of OFFSET.

    :param ids: iterable of ids
    :param int size: ids per range
    :return: iterator of lists of ids
    """
    return split_every(size, sorted(ids), list)


# ---- how -----------------------------------------------------------------------------------------------------
def _lock_legal(records, legal_from, field, exact):
    """Lock the rows in id order and return the ids that may be written (None for all)."""
    if legal_from is None:
        return None
    found = dict(
        records.env.execute_query(
            SQL(
                "SELECT id, %s FROM %s WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                SQL.identifier(field),
                SQL.identifier(records._table),
                list(records._ids),
            )
        )
    )
    legal = {id_ for id_, value in found.items() if value in legal_from}
    wrong = [id_ for id_ in records._ids if id_ not in legal]
    if wrong and exact:
        records.invalidate_recordset([field], flush=False)
        raise UserError(
            records.env._(
                "Nothing was changed, because %(count)s of the %(model)s are in a state that does not allow it "
                "(needed: %(legal)s): %(names)s. Reload, take them out of the selection and try again.",
                count=len(wrong),
                model=records._description,
                legal=", ".join(str(value) for value in legal_from),
                names=", ".join(records.browse(wrong[:20]).exists().mapped("display_name")),
            )
        )
    return legal


def _update_slice(records, positions, constant, varying):
    """One UPDATE of the rows at ``positions``; returns the number of rows."""
    env, table = records.env, SQL.identifier(records._table)
    assignments = [
        SQL("%s = %s::%s", SQL.identifier(name), _value(records, name, value), _cast(records, name))
        for name, value in constant.items()
    ]
    assignments += [SQL("%s = given.%s", SQL.identifier(name), SQL.identifier(name)) for name in varying]
    if "write_uid" in records._fields:
        assignments.append(SQL("write_uid = %s, write_date = %s", env.uid, env.cr.now()))
    ids = [records._ids[i] for i in positions]
    if not varying:
        env.cr.execute(SQL("UPDATE %s SET %s WHERE id = ANY(%s)", table, SQL(", ").join(assignments), ids))
        return env.cr.rowcount
    arrays = [SQL("%s::int[]", ids)]
    arrays += [
        SQL("%s::%s[]", [_value(records, name, vals[i]) for i in positions], _cast(records, name))
        for name, vals in varying.items()
    ]
    env.cr.execute(
        SQL(
            "UPDATE %s AS target SET %s FROM unnest(%s) AS given(given_id, %s) WHERE target.id = given.given_id",
            table,
            SQL(", ").join(assignments),
            SQL(", ").join(arrays),
            SQL(", ").join(SQL.identifier(name) for name in varying),
        )
    )
    return env.cr.rowcount


def _insert_select(model, columns, names, fixed, select):
    env = model.env
    outer = [SQL.identifier("given", name) for name in columns]
    outer += [SQL("%s::%s", value, _cast(model, name)) for name, value in fixed.items()]
    extra = ()
    if "create_uid" in model._fields:
        extra = _LOG_COLUMNS
        outer.append(SQL("%s, %s, %s, %s", env.uid, env.cr.now(), env.uid, env.cr.now()))
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM (%s) AS given(%s) RETURNING id",
            SQL.identifier(model._table),
            SQL(", ").join(SQL.identifier(name) for name in (*names, *extra)),
            SQL(", ").join(outer),
            select,
            SQL(", ").join(SQL.identifier(name) for name in columns),
        )
    )
    return [row[0] for row in env.cr.fetchall()]


def _with_defaults(model, columns):
    """Return the names of all columns to insert and {name: value} of those taken from defaults."""
    missing = [
        name
        for name, field in model._fields.items()
        if field.store and field.column_type and name not in columns and name not in ("id", *_LOG_COLUMNS)
    ]
    # A default in the context is for one form, not for thousands of rows: it has to go, not to be added to.
    # pylint: disable-next=context-overridden
    clean = model.with_context({k: v for k, v in model.env.context.items() if not k.startswith("default_")})
    defaults = clean.default_get(missing)
    fixed = {}
    for name in missing:
        value = defaults.get(name)
        if value is None and model._fields[name].type != "boolean":
            continue
        fixed[name] = _value(model, name, bool(value) if model._fields[name].type == "boolean" else value)
    return [*columns, *fixed], fixed


def _after_insert(model, ids, names):
    """Let the cache and everything that depends on the new rows know of them."""
    records = model.browse(ids)
    model.env.invalidate_all(flush=False)
    own = [field for field in model._fields.values() if field.store and field.compute]
    with model.env.protecting(own, records):
        records.modified(names, create=True)


def _computed(records, columns):
    return [records._fields[name] for name in columns if records._fields[name].compute]


def _value(model, name, value):
    """Adapt an ORM value to its column: False means NULL everywhere but in a boolean."""
    field = model._fields.get(name)
    if value is False and (field is None or field.type != "boolean"):
        return None
    return value


def _cast(model, name):
    return SQL(model._fields[name].column_type[1])


# ---- when the ORM must do it ---------------------------------------------------------------------------------
def _outside_interest(model, method, columns):
    """Return why every row has to go through the ORM, or "" when none does."""
    for klass in type(model).mro():
        parts = klass.__module__.split(".")
        if method in klass.__dict__ and parts[:2] == ["odoo", "addons"] and parts[2] not in _KNOWN_ADDONS:
            return f"{parts[2]} overrides {method}"
    for field in model._fields.values():
        if field.store and field.compute and field._module and field._module not in _KNOWN_ADDONS:
            return f"{field._module} computes {field.name}"
    if "base.automation" in model.env:
        # sudo: whether a rule watches the model is no secret, and the actor may not read rules.
        rules = model.env["base.automation"].sudo()
        if rules.search_count([("model_id.model", "=", model._name)], limit=1):
            return "an automation rule watches it"
    return ""


def _say_orm_way(model, reason):
    _logger.info("%s: %s rows written one by one, because %s", model._name, len(model) or "new", reason)


def _update_by_orm(records, columns, allowed):
    written = 0
    for i, record in enumerate(records):
        if allowed is None or record.id in allowed:
            vals = {name: vals[i] for name, vals in columns.items()}
            record._guarded_write(vals) if hasattr(record, "_guarded_write") else record.write(vals)
            written += 1
    return written


def _create_by_orm(model, vals_list):
    return model._guarded_create(vals_list) if hasattr(model, "_guarded_create") else model.create(vals_list)
