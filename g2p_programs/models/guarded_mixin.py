from odoo import api, models
from odoo.exceptions import UserError

#: The proof that a write comes from a transition of this suite. An object has no spelling in RPC, JSON or a view,
#: so nobody outside this process can send it (queue_job guards its own fields in the same way).
_SENTINEL = object()
_KEY = "_g2p_guard"


class G2PGuardedMixin(models.AbstractModel):
    """Fields that only transitions may set: refused in create, write, load, copy and x2many commands for everybody."""

    _name = "g2p.guarded.mixin"
    _description = "Guarded Fields"

    #: Names of the fields that only :meth:`_guarded_write` and :meth:`_guarded_create` may set.
    _guarded_fields = ()

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_guarded_call():
            for vals in vals_list:
                self._refuse_guarded(vals)
            names = {f"default_{name}" for name in self._get_guarded_fields()}
            if not names.isdisjoint(self.env.context):
                clean = {key: value for key, value in self.env.context.items() if key not in names}
                # Without those keys, not with further ones. pylint: disable-next=context-overridden
                return super(G2PGuardedMixin, self.with_context(clean)).create(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if not self._is_guarded_call():
            self._refuse_guarded(vals)
        return super().write(vals)

    @api.model
    def _all_stored_fields_but(self, *names):
        """Return every stored field but those that this suite does not own and those that people may write.

        :param names: fields that people may write
        """
        foreign = ("message_", "activity_", "my_activity_", "website_message_", "rating_")
        return tuple(
            name
            for name, field in self._fields.items()
            if field.store
            and name not in names
            and name not in models.MAGIC_COLUMNS
            and not name.startswith(foreign)
        )

    @api.model
    def _get_guarded_fields(self):
        """Return the guarded names; an extending addon adds its own by overriding this."""
        return self._guarded_fields

    def _is_guarded_call(self):
        return self.env.context.get(_KEY) is _SENTINEL

    def _guarded_write(self, vals):
        """Write guarded fields: the caller has checked the actor's right and the transition."""
        return self.with_context(**{_KEY: _SENTINEL}).write(vals)

    @api.model
    def _guarded_create(self, vals_list):
        """Create with guarded fields: the caller has checked the actor's right."""
        created = self.with_context(**{_KEY: _SENTINEL}).create(vals_list)
        # The sentinel must not leave this method. pylint: disable-next=context-overridden
        return created.with_context(self.env.context)

    def _refuse_guarded(self, vals):
        names = [name for name in self._get_guarded_fields() if name in vals]
        if not names:
            return
        if not self:
            # A form sends its defaults back; saying what would be true anyway is no attempt to set it.
            # pylint: disable-next=context-overridden
            defaults = self.with_context({}).default_get(names)
            names = [name for name in names if (vals[name] or False) != (defaults.get(name) or False)]
            if not names:
                return
        raise UserError(
            self.env._(
                "%(model)s %(record)s: %(fields)s cannot be set by hand. Use the buttons, which record who decided.",
                model=self._description,
                record=", ".join(self[:5].mapped("display_name")),
                fields=", ".join(self._fields[name].string for name in names),
            )
        )
