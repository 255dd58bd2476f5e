from odoo import api, fields, models
from odoo.exceptions import UserError


class EncryptionProvider(models.Model):
    """Who signs and encrypts: the dispatch of each question to the method of the provider's type.

    An addon for another kind of provider adds its type with ``selection_add`` and one method for each question, named
    ``<method>_<type>`` and marked ``@api.private``, with the arguments that the method here names.
    """

    _name = "g2p.encryption.provider"
    _description = "G2P Encryption Provider"
    _order = "id"

    name = fields.Char(required=True)
    type = fields.Selection(
        [("local", "Key in This Database")],
        required=True,
        default="local",
        help="Where the key is, and so who signs.",
    )

    # ---- Business (off RPC: who may have something signed is decided by the code that calls) -------------------
    @api.private
    def encrypt_data(self, data, **kwargs):
        """Encrypt bytes.

        :param bytes data: raw, not base64
        :return: bytes
        :raise UserError: when it cannot be done, and what to do
        """
        return self._call_type("encrypt_data", data, **kwargs)

    @api.private
    def decrypt_data(self, data, **kwargs):
        """Decrypt what :meth:`encrypt_data` gave.

        :param bytes data: raw
        :return: bytes
        :raise ValueError: when it was changed, or encrypted by somebody else
        """
        return self._call_type("decrypt_data", data, **kwargs)

    @api.private
    def jwt_sign(
        self, data, include_payload=True, include_certificate=False, include_cert_hash=False, **kwargs
    ):
        """Sign claims as JSON Web Token (RFC 7519).

        :param data: dict, or a JSON object as str or bytes
        :param bool include_payload: without it the token's middle part is empty, and who verifies brings the payload
        :param bool include_certificate: the signer's certificate in the header (x5c)
        :param bool include_cert_hash: its hash in the header (x5t#S256)
        :return: str
        :raise UserError: when it cannot be done, and what to do
        """
        return self._call_type(
            "jwt_sign",
            data,
            include_payload=include_payload,
            include_certificate=include_certificate,
            include_cert_hash=include_cert_hash,
            **kwargs,
        )

    @api.private
    def jwt_verify(self, data, **kwargs):
        """Verify a token that this provider signed.

        :param str data: the token
        :param kwargs: ``payload`` (str or bytes), where it travels apart
        :return: dict: its claims
        :raise ValueError: saying why it is not good
        """
        return self._call_type("jwt_verify", data, **kwargs)

    @api.private
    def cwt_sign(self, data, **kwargs):
        """Sign claims as CBOR Web Token (RFC 8392), written in base45 for small QR codes.

        :param data: dict, or a JSON object as str or bytes
        :return: str
        :raise UserError: when it cannot be done, and what to do
        """
        return self._call_type("cwt_sign", data, **kwargs)

    @api.private
    def cwt_verify(self, data, **kwargs):
        """Verify a token that this provider signed.

        :param str data: the token
        :return: dict: its claims
        :raise ValueError: saying why it is not good
        """
        return self._call_type("cwt_verify", data, **kwargs)

    @api.private
    def get_jwks(self, **kwargs):
        """Return the public keys of all that this provider ever signed (RFC 7517).

        :return: dict {"keys": [dict]}
        """
        return self._call_type("get_jwks", **kwargs)

    @api.private
    def ensure_signing_key(self):
        """Make sure that signing will not have to make a key: to be called once before a long run.

        :return: True
        :raise UserError: when there is no key and none may be made
        """
        if hasattr(self, f"ensure_signing_key_{self.sudo().type}"):  # sudo: as in _call_type
            self._call_type("ensure_signing_key")
        return True

    def _call_type(self, method, *args, **kwargs):
        self.ensure_one()
        # sudo: program managers have vouchers signed without ever seeing a provider or a key. Callers are code of
        # addons, never RPC (all methods here are private), and they decide what is signed.
        provider = self.sudo()
        handler = getattr(provider, f"{method}_{provider.type}", None)
        if handler is None:
            labels = dict(self._fields["type"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Encryption provider %(name)s (%(type)s) cannot do this: %(method)s. Choose another provider.",
                    name=provider.name,
                    type=labels.get(provider.type, provider.type),
                    method=method,
                )
            )
        return handler(*args, **kwargs)
