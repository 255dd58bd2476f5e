from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class UniqueNameMixin(models.AbstractModel):
    """Reference lists whose entries are told apart by their name, whatever its case."""

    _name = "g2p.unique.name.mixin"
    _description = "Names That Occur Once"

    # Models that use this mixin add one EXCLUDE constraint per field, so that two
    # transactions cannot both add the same name. It is deferred: the check below
    # speaks first, and names every culprit.
    _unique_name_fields = ("name",)

    @api.constrains(lambda self: list(self._unique_name_fields))
    def _check_unique_names(self):
        """Refuse empty names and names that exist already, archived ones included.

        :raises ValidationError: naming every offending entry of the set
        """
        errors = []
        for fname in self._unique_name_fields:
            label = self._fields[fname]._description_string(self.env)
            names = {(record[fname] or "").strip().lower() for record in self}
            if "" in names:
                errors.append(
                    self.env._(
                        "%(model)s: the field %(field)s is empty. Enter a value.",
                        model=self._description,
                        field=label,
                    )
                )
            errors += [
                self.env._(
                    '%(model)s: %(field)s "%(name)s" already exists. Use the existing entry, '
                    "which may be archived, or choose another value.",
                    model=self._description,
                    field=label,
                    name=name,
                )
                for name in self._find_repeated_names(fname, names - {""})
            ]
        if errors:
            raise ValidationError("\n".join(errors))

    def _find_repeated_names(self, fname, names):
        if not names:
            return []
        column = SQL.identifier(fname, to_flush=self._fields[fname])
        rows = self.env.execute_query(
            SQL(
                "SELECT (array_agg(%(column)s ORDER BY id))[1] FROM %(table)s"
                " WHERE lower(btrim(%(column)s)) IN %(names)s"
                " GROUP BY lower(btrim(%(column)s)) HAVING count(*) > 1 ORDER BY 1",
                column=column,
                table=SQL.identifier(self._table),
                names=tuple(names),
            )
        )
        return [name for (name,) in rows]
