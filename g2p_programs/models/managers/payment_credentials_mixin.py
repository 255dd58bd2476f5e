from urllib.parse import urlsplit

from odoo import api, models
from odoo.exceptions import UserError

from ...dispatch.rail import RailRefusal

#: Hosts that plain http may go to, where a developer's switch allows it.
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


class G2PPaymentCredentialsMixin(models.AbstractModel):
    """A rail's secrets: an administrator enters them for the addresses he has seen, and they go to no others.

    The fields themselves are declared by the rail, with ``groups="base.group_system"``, ``copy=False`` and
    ``exportable=False``.
    """

    _name = "g2p.payment.credentials.mixin"
    _description = "Payment Credentials"

    # ---- What a rail says -------------------------------------------------------------------------------------
    @api.model
    def _get_credential_fields(self):
        """Return the names of the fields that hold secrets."""
        return []

    @api.model
    def _get_endpoint_fields(self):
        """Return the names of the fields that hold addresses; where secrets go, depends on them."""
        return []

    @api.model
    def _get_loopback_parameter(self):
        """Return the system parameter that allows plain http to this machine (a developer's switch)."""
        return ""

    # ---- CRUD -------------------------------------------------------------------------------------------------
    def write(self, vals):
        losing = self._find_losing_credentials(vals)
        result = super().write(vals)
        if losing:
            losing._forget_credentials()
        return result

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        # "exportable" keeps a field out of the dialog only.
        named = {path[0] for path in fields if path} & set(self._fields)
        hidden = [self._fields[name] for name in sorted(named) if not self._fields[name].exportable]
        if hidden:
            labels = [field._description_string(self.env) for field in hidden]
            raise UserError(self.env._("%s cannot be exported. Leave it out.", ", ".join(labels)))
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)

    # ---- Secrets ----------------------------------------------------------------------------------------------
    def _has_credentials(self):
        """Return whether one manager has any secret."""
        # sudo: whether there is one decides what happens to it; the secret itself goes nowhere
        manager = self.sudo()
        return any(manager[name] for name in self._get_credential_fields())

    def _find_losing_credentials(self, vals):
        """Return the managers whose secrets would go to an address that no administrator has chosen."""
        # Who asks decides, not the mode: a flow that writes for an officer as the superuser is the officer's.
        if self.env.user._is_system():
            return self.browse()
        names = [name for name in self._get_endpoint_fields() if name in vals]
        return self.filtered(
            lambda manager: (
                any((manager[name] or "") != (vals[name] or "") for name in names)
                and manager._has_credentials()
            )
        )

    def _forget_credentials(self):
        # sudo: nobody but administrators may write them, and taking them away is the point.
        for manager in self.sudo():
            lost = [name for name in self._get_credential_fields() if manager[name]]
            manager.write(dict.fromkeys(lost, False))
            labels = ", ".join(self._fields[name]._description_string(self.env) for name in lost)
            manager.message_post(
                body=self.env._(
                    "%(names)s was removed, as %(user)s changed where it is sent to. Nothing is sent until an "
                    "administrator has checked all endpoints and entered it again.",
                    names=labels,
                    user=self.env.user.name,
                )
            )

    def _check_addresses_stand(self, submission):
        """Refuse to send to an address that was released and is not the manager's any more.

        Today's secrets are for today's addresses; a batch may have been released before those were chosen.

        :param submission: one locked ``g2p.payment.submission``, with what it is sent with
        :raise RailRefusal: naming the fields, not the addresses
        """
        pinned = self._get_pinned_addresses(submission.settings or {})
        moved = [
            self._fields[name]._description_string(self.env)
            for name in self._get_endpoint_fields()
            if name in pinned and (pinned[name] or "").strip() != (self[name] or "").strip()
        ]
        if moved:
            reason = self.env._(
                "%s changed after the release. Withdraw the release of the batch, look at it and release it again.",
                ", ".join(moved),
            )
            raise RailRefusal({submission.name: reason}, holds_batch=True)

    @api.model
    def _get_pinned_addresses(self, settings):
        """Return the values of endpoint fields by name (dict), out of what a submission is sent with.

        :param dict settings: as the rail has pinned them
        """
        return settings

    # ---- Addresses --------------------------------------------------------------------------------------------
    def _find_url_problem(self, name):
        """Return why the address in a field cannot be used ("" when it can).

        :param str name: field of one manager
        """
        return self._find_address_problem(self._fields[name]._description_string(self.env), self[name] or "")

    def _find_address_problem(self, label, address):
        """Return why an address cannot be used ("" when it can); nothing of the address is in the text."""
        try:
            url = urlsplit(address)
            host, _port = url.hostname, url.port
        except ValueError:
            host, url = None, urlsplit("")
        if not host or url.scheme not in ("https", "http") or url.username:
            return self.env._(
                "%(name)s: %(field)s is not a web address. Use one that begins with https:// and has no password in "
                "it.",
                name=self.name,
                field=label,
            )
        if url.scheme == "https" or (host in LOOPBACK_HOSTS and self._allows_loopback_http()):
            return ""
        return self.env._(
            "%(name)s: %(field)s must begin with https://. (Plain http is for a payment system on this machine only, "
            "when the developer setting %(setting)s is on.)",
            name=self.name,
            field=label,
            setting=self._get_loopback_parameter(),
        )

    def _allows_loopback_http(self):
        # sudo: a developer's switch, read to decide, never shown
        value = self.env["ir.config_parameter"].sudo().get_param(self._get_loopback_parameter())
        return value in ("1", "True", "true")
