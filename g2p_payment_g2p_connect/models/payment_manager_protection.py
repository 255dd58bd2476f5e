from odoo import api, fields, models

from .. import const
from ..protection import PeerKey, Protection, protection_findings
from .constants import G2P_CONNECT

#: Whoever may change these decides whom we believe, so nobody but administrators sees or writes them.
ADMIN_ONLY = {"copy": False, "groups": "base.group_system"}
SECRET = {**ADMIN_ONLY, "exportable": False}
PROTECTION_FIELDS = (
    "signer", "signing_key", "signing_key_id", "signing_algorithm", "signature_seconds", "clock_skew", "peer_key_id",
    "peer_key", "peer_next_key_id", "peer_next_key", "require_signed_answers", "encrypts", "peer_encryption_key_id",
    "peer_encryption_key", "decryption_key", "decryption_key_id",
)  # fmt: skip
PEER_KEYS = (("peer_key_id", "peer_key"), ("peer_next_key_id", "peer_next_key"))


class G2PConnectPaymentManager(models.Model):
    """How messages are signed and encrypted, and whose signatures are believed."""

    _inherit = G2P_CONNECT

    # -- signatures
    signer = fields.Selection(
        [
            (const.SIGNER_NONE, "None"),
            (const.SIGNER_HTTP, "As the specification writes it (Ed25519)"),
            (const.SIGNER_JWS, "Detached JWS"),
        ],
        "Signatures",
        required=True,
        default=const.SIGNER_NONE,
        help="Of both sides' messages. Callbacks must be signed as soon as this is chosen.",
        **ADMIN_ONLY,
    )
    signing_key = fields.Text(
        "Our Signing Key",
        help="PEM: our private key without a passphrase. The payment system has its public half.",
        **SECRET,
    )
    signing_key_id = fields.Char("Our Key ID", help="What the payment system calls our key.", **ADMIN_ONLY)
    signing_algorithm = fields.Selection(
        [(name, name) for names in const.JWS_ALGORITHMS.values() for name in names],
        help="Empty: the usual one of the key.",
        **ADMIN_ONLY,
    )
    signature_seconds = fields.Integer(
        "Our Signatures Are Valid (seconds)", default=const.SIGNATURE_SECONDS, required=True, **ADMIN_ONLY
    )
    clock_skew = fields.Integer(
        "Clocks May Differ By (seconds)", default=const.CLOCK_SKEW, required=True, **ADMIN_ONLY
    )
    peer_key_id = fields.Char("Their Key ID", help="What the payment system calls its key.", **ADMIN_ONLY)
    peer_key = fields.Text(
        "Their Public Key", help="PEM: public key or certificate of the payment system.", **ADMIN_ONLY
    )
    peer_next_key_id = fields.Char("Their Next Key ID", **ADMIN_ONLY)
    peer_next_key = fields.Text(
        "Their Next Public Key",
        help="While the payment system changes its key, both are believed.",
        **ADMIN_ONLY,
    )
    require_signed_answers = fields.Boolean(
        "Answers Must Be Signed",
        default=True,
        help="Believe no answer without a signature. Callbacks need one in any case.",
        **ADMIN_ONLY,
    )

    # -- encryption
    encrypts = fields.Boolean(
        "Encrypt Messages",
        help="What comes in is decrypted in any case, where our key is here.",
        **ADMIN_ONLY,
    )
    peer_encryption_key_id = fields.Char("Their Encryption Key ID", **ADMIN_ONLY)
    peer_encryption_key = fields.Text(
        "Their Encryption Key", help="PEM: public key or certificate that we encrypt for.", **ADMIN_ONLY
    )
    decryption_key_id = fields.Char("Our Decryption Key ID", help="Empty: any name will do.", **ADMIN_ONLY)
    decryption_key = fields.Text(
        "Our Decryption Key",
        help="PEM: our private key without a passphrase, RSA or on the curve P-256.",
        **SECRET,
    )
    has_signing_key = fields.Boolean(
        "Our Signing Key Is Set", compute="_compute_has_keys", compute_sudo=True, groups="base.group_system"
    )
    has_decryption_key = fields.Boolean(
        "Our Decryption Key Is Set",
        compute="_compute_has_keys",
        compute_sudo=True,
        groups="base.group_system",
    )

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("signing_key", "decryption_key")
    def _compute_has_keys(self):
        for manager in self:
            manager.has_signing_key = bool(manager.signing_key)
            manager.has_decryption_key = bool(manager.decryption_key)

    # ---- Business ---------------------------------------------------------------------------------------------
    def _get_protection(self):
        """Return how one manager's messages are protected today (:class:`Protection`), for its client only."""
        self.ensure_one()
        # sudo: readable by administrators only; it goes to the client and nowhere else
        manager = self.sudo()
        pairs = [(manager._get_text(key_id), manager._get_text(key)) for key_id, key in PEER_KEYS]
        peer_encryption = manager._get_text("peer_encryption_key")
        return Protection(
            signer=manager.signer,
            signing_key=manager._get_text("signing_key"),
            signing_key_id=manager._get_text("signing_key_id"),
            signing_algorithm=manager._get_text("signing_algorithm"),
            signature_seconds=manager.signature_seconds,
            clock_skew=manager.clock_skew,
            peer_keys=tuple(PeerKey(*pair) for pair in pairs if any(pair)),
            require_signed_answers=manager.require_signed_answers,
            encrypts=manager.encrypts,
            peer_encryption_key=PeerKey(manager._get_text("peer_encryption_key_id"), peer_encryption)
            if peer_encryption
            else None,
            decryption_key=manager._get_text("decryption_key"),
            decryption_key_id=manager._get_text("decryption_key_id"),
        )

    def _get_text(self, name):
        return (self[name] or "").strip()

    def _find_protection_problems(self):
        """Return everything because of which one manager could not sign, verify or encrypt (list of texts)."""
        return self._explain_protection(protection_findings(self._get_protection()))

    def _find_protection_setting_problems(self):
        """Return what is wrong with what was entered (list of texts), for a constraint.

        A signing key that is missing is no reason to refuse: it is taken away when somebody changes an address.
        """
        protection = self._get_protection()
        found = protection_findings(protection)
        if not protection.signing_key:
            found = [one for one in found if one[0] != "signing_key"]
        return self._explain_protection(found)

    def _explain_protection(self, found):
        texts = self._get_protection_texts()
        problems = []
        for code, key_id in found:
            name = f"{self.name} ({key_id})" if key_id else self.name
            problems.append(self.env._("%(name)s: %(problem)s", name=name, problem=texts[code]))
        return problems
