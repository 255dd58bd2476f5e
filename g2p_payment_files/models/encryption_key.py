import json
from uuid import uuid4

from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS

from ..signing import keys, sealing

SIGNATURE_ALGORITHMS = [("ES256", "ES256 (ECDSA on P-256)"), ("Ed25519", "EdDSA (Ed25519)")]


class EncryptionKey(models.Model):
    """One key of a provider. Its private half signs or decrypts, and is read by nobody."""

    _name = "g2p.encryption.key"
    _description = "G2P Encryption Key"
    _order = "id desc"
    _rec_name = "kid"

    provider_id = fields.Many2one(
        "g2p.encryption.provider", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kid = fields.Char("Key ID", required=True, readonly=True, copy=False, help="Tokens name their key by it.")
    use = fields.Selection(
        [("sig", "Signatures"), ("enc", "Encryption")], required=True, readonly=True, default="sig"
    )
    algorithm = fields.Selection(
        [*SIGNATURE_ALGORITHMS, (sealing.ALGORITHM, "A256GCM")], required=True, readonly=True
    )
    state = fields.Selection(
        [("active", "Active"), ("retired", "Retired")],
        required=True,
        readonly=True,
        default="active",
        help="Retired keys sign nothing any more; what they signed is verified as before.",
    )
    retired_at = fields.Datetime(readonly=True)
    retired_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    public_jwk = fields.Text("Public Key (JWK)", readonly=True)
    private_jwk = fields.Text(
        "Private Key", readonly=True, copy=False, exportable=False, prefetch=False, groups=NO_ACCESS
    )

    _kid_unique = models.UniqueIndex("(kid)", "A key with this ID exists already.")
    _one_active = models.UniqueIndex(
        "(provider_id, use) WHERE state = 'active'", "A provider uses one key at a time."
    )

    # ---- Business (as superuser only: nobody else may write keys or read their private half) -------------------
    @api.model
    def _make(self, provider, use, algorithm):
        """Make a key and keep it. The caller holds the lock on the provider's keys.

        :param provider: ``g2p.encryption.provider`` record
        :param str use: ``sig`` or ``enc``
        :param str algorithm: of a key for signatures
        :return: ``g2p.encryption.key`` record
        """
        vals = {"provider_id": provider.id, "use": use}
        if use == "enc":
            kid = uuid4().hex
            vals.update(kid=kid, algorithm=sealing.ALGORITHM, private_jwk=sealing.make_secret(kid))
        else:
            key = keys.make_key(algorithm)
            vals.update(
                kid=key.kid,
                algorithm=algorithm,
                public_jwk=json.dumps(key.public(), sort_keys=True),
                private_jwk=keys.to_text(key),
            )
        return self.create(vals)

    def _load(self):
        """Return this key for signing (:class:`~..signing.keys.Key`)."""
        self.ensure_one()
        return keys.load_key(json.loads(self.private_jwk), private=True)

    def _retire(self):
        """Sign nothing with these keys any more, and forget how to. What was encrypted must still be read."""
        self.write({"state": "retired", "retired_at": fields.Datetime.now(), "retired_by": self.env.uid})
        self.filtered(lambda key: key.use == "sig").write({"private_jwk": False})
        # Before the next key is inserted: the database allows one active key at a time.
        self.flush_recordset()
