import base64
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..signing import sealing
from ..signing.cwt_tokens import PREFIX, sign_cwt
from ..signing.jwt_tokens import sign_jwt
from ..signing.keys import DEFAULT_ALGORITHM
from ..signing.strict_json import NotStrictError
from ..signing.verify import verify
from .encryption_key import SIGNATURE_ALGORITHMS


class EncryptionProviderLocal(models.Model):
    """The provider whose keys are in this database."""

    _inherit = "g2p.encryption.provider"

    key_ids = fields.One2many("g2p.encryption.key", "provider_id", "Keys", readonly=True)
    signature_algorithm = fields.Selection(
        SIGNATURE_ALGORITHMS,
        required=True,
        default=DEFAULT_ALGORITHM,
        help="For the next key that is made. Every verifier knows ES256.",
    )
    has_signing_key = fields.Boolean(compute="_compute_has_signing_key")
    jwks_file = fields.Binary("Public Keys", compute="_compute_jwks_file", exportable=False)

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("key_ids.state", "key_ids.use")
    def _compute_has_signing_key(self):
        for provider in self:
            provider.has_signing_key = bool(provider._find_active_key("sig"))

    @api.depends("key_ids.public_jwk")
    def _compute_jwks_file(self):
        for provider in self:
            provider.jwks_file = base64.b64encode(json.dumps(provider.get_jwks(), indent=2).encode())

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.ondelete(at_uninstall=False)
    def _unlink_only_without_keys(self):
        # sudo: whether there are keys decides, whoever asks
        used = self.sudo().filtered("key_ids")
        if used:
            raise UserError(
                self.env._(
                    "%s cannot be deleted: documents that were signed with its keys could not be verified any more. "
                    "Choose another provider where it is used, and leave it.",
                    ", ".join(used.mapped("name")),
                )
            )

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_make_key(self):
        """Make the first key for signatures.

        :return: True
        :raise UserError: when there is one, or the keys are not in this database
        """
        self.check_access("write")
        self._check_local()
        self._lock_keys()
        taken = self.filtered(lambda provider: provider._find_active_key("sig"))
        if taken:
            raise UserError(
                self.env._(
                    "%s has a key already. Use Rotate Key, which keeps the old one for verifying.",
                    ", ".join(taken.mapped("name")),
                )
            )
        for provider in self:
            provider._make_key("sig")
        return True

    def action_rotate_key(self):
        """Sign with a new key from now on; what was signed with the old ones is verified as before.

        :return: True
        :raise UserError: when the keys are not in this database
        """
        self.check_access("write")
        self._check_local()
        self._lock_keys()
        for provider in self:
            provider._find_active_key("sig")._retire()
            provider._make_key("sig")
        return True

    def action_download_keys(self):
        """Download the public keys: for ``python g2p_payment_files/signing --keys``, and for other verifiers.

        :return: act_url
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/jwks_file?filename=keys.json&download=true",
            "target": "download",
        }

    def _check_local(self):
        wrong = self.filtered(lambda provider: provider.type != "local")
        if wrong:
            raise UserError(
                self.env._(
                    "The keys of %s are not in this database: manage them where they are.",
                    ", ".join(wrong.mapped("name")),
                )
            )

    # ---- Keys -------------------------------------------------------------------------------------------------
    def _find_active_key(self, use):
        # sudo: the private half is read by nobody; callers only sign with it, or say that it is there. By the field and
        # not by a search: ten thousand vouchers ask once.
        return self.sudo().key_ids.filtered(lambda key: key.use == use and key.state == "active")[:1]

    def _get_active_key(self, use):
        """Return the key that is used now, and make it when it is the first time."""
        key = self._find_active_key(use)
        if key:
            return key
        # sudo: a system parameter, read to stop, never shown
        if self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"):
            raise UserError(
                self.env._(
                    "This database is a neutralized copy: it has no keys, and makes none by itself. An administrator "
                    "can make one for tests (Settings, Encryption Providers)."
                )
            )
        self._lock_keys()
        return self._find_active_key(use) or self._make_key(use)

    def _lock_keys(self):
        """Wait until nobody else makes keys of these providers.

        Who waited for somebody that did make one gets a serialization failure, is run again, and finds that key: so
        the row is updated, not only locked.
        """
        self.flush_recordset()
        self.env.cr.execute(
            SQL("UPDATE g2p_encryption_provider SET name = name WHERE id = ANY(%s)", sorted(self.ids))
        )

    def _make_key(self, use):
        # sudo: nobody makes keys by hand; the callers checked the right, or need one to go on
        return self.env["g2p.encryption.key"].sudo()._make(self, use, self.signature_algorithm)

    # ---- Answers of this type ---------------------------------------------------------------------------------
    @api.private
    def ensure_signing_key_local(self):
        """See ``ensure_signing_key``."""
        return bool(self._get_active_key("sig"))

    @api.private
    def encrypt_data_local(self, data, **kwargs):
        """See ``encrypt_data``: JWE, compact, A256GCM with a key of its own, which never leaves this database."""
        self._refuse_options(kwargs)
        try:
            return sealing.seal(data, self._get_active_key("enc").private_jwk)
        except sealing.SealError as error:
            raise UserError(self.env._("This cannot be encrypted: %s", error)) from error

    @api.private
    def decrypt_data_local(self, data, **kwargs):
        """See ``decrypt_data``."""
        self._refuse_options(kwargs)
        kid = sealing.get_kid(data)
        # sudo: as in _find_active_key; retired keys decrypt too
        key = (
            self.env["g2p.encryption.key"]
            .sudo()
            .search([("provider_id", "=", self.id), ("use", "=", "enc"), ("kid", "=", kid)], limit=1)
        )
        if not key.private_jwk:
            raise ValueError(self.env._("%s did not encrypt this, or its key was taken away.", self.name))
        return sealing.unseal(data, key.private_jwk)

    @api.private
    def jwt_sign_local(
        self, data, include_payload=True, include_certificate=False, include_cert_hash=False, **kwargs
    ):
        """See ``jwt_sign``. A key in this database has no certificate."""
        self._refuse_options(kwargs)
        if include_certificate or include_cert_hash:
            raise UserError(
                self.env._(
                    "The key of %s has no certificate that a token could carry. Hand out its public keys instead "
                    "(Download Public Keys), or choose another provider.",
                    self.name,
                )
            )
        return self._sign(sign_jwt, data, include_payload=include_payload)

    @api.private
    def cwt_sign_local(self, data, **kwargs):
        """See ``cwt_sign``."""
        self._refuse_options(kwargs)
        return self._sign(sign_cwt, data)

    @api.private
    def jwt_verify_local(self, data, payload=None, **kwargs):
        """See ``jwt_verify``."""
        self._refuse_options(kwargs)
        return self._verify(data, wanted=not self._is_cwt(data), payload=payload)

    @api.private
    def cwt_verify_local(self, data, **kwargs):
        """See ``cwt_verify``."""
        self._refuse_options(kwargs)
        return self._verify(data, wanted=self._is_cwt(data))

    @api.private
    def get_jwks_local(self, **kwargs):
        """See ``get_jwks``: of active and retired keys, the newest first."""
        self._refuse_options(kwargs)
        keys = self.env["g2p.encryption.key"].search([("provider_id", "=", self.id), ("use", "=", "sig")])
        return {"keys": [json.loads(key.public_jwk) for key in keys]}

    def _sign(self, sign, data, **options):
        key = self._get_active_key("sig")._load()
        try:
            return sign(data, key, **options)
        except NotStrictError as error:
            raise UserError(self.env._("This cannot be signed: %s", error)) from error

    def _verify(self, data, wanted, payload=None):
        if not wanted:
            raise ValueError(self.env._("This is a signed document of another kind."))
        verdict = verify(data, self.get_jwks_local()["keys"], fields.Datetime.now(), payload)
        if verdict.result != "valid":
            raise ValueError(verdict.text)
        return verdict.claims

    @api.model
    def _is_cwt(self, data):
        return isinstance(data, str) and data.strip().startswith(PREFIX)

    def _refuse_options(self, kwargs):
        if kwargs:
            raise UserError(
                self.env._(
                    "%(provider)s does not know these options: %(options)s. Leave them out.",
                    provider=self.name,
                    options=", ".join(sorted(kwargs)),
                )
            )
