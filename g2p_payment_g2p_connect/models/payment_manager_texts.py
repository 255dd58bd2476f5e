from odoo import api, models

from .constants import G2P_CONNECT


class G2PConnectPaymentManager(models.Model):
    """What the client's keys and codes mean to people, and what is to be done; no payee and no account in them."""

    _inherit = G2P_CONNECT

    @api.model
    def _get_setting_texts(self):
        """Return what may be wrong with settings as a whole (dict {key of const.SETTING_REASONS: text})."""
        return {
            "mode": self.env._("API is not known: choose one"),
            "sender_uri": self.env._(
                "there is no address for callbacks: check Callback Base URL, or Odoo's own base URL"
            ),
            "sender": self.env._(
                "Sender ID is missing, or has a quotation mark, a bar or a backslash: use the id that the payment "
                "system has registered"
            ),
        }

    @api.model
    def _get_protection_texts(self):
        """Return what may be wrong with keys (dict {code of const.PROTECTION_FAULTS: text})."""
        pem = self.env._("Paste it as PEM, with its lines -----BEGIN …----- and -----END …-----.")
        private = self.env._("Enter a private key as PEM, without a passphrase.")
        key_id = self.env._("Use 1 to 128 letters, digits and . _ : @ / + = -.")
        by_signer = self.env._(
            "The specification's form needs Ed25519; a detached JWS Ed25519, the curve P-256, or RSA of 2048 bits."
        )
        for_reading = self.env._("Use RSA of 2048 bits or more, or the curve P-256.")
        return {
            "signer": self.env._("Signatures is not known: choose one."),
            "signing_key": self.env._("Our Signing Key is missing or cannot be read. %s", private),
            "signing_key_kind": self.env._("Our Signing Key is of the wrong kind. %s", by_signer),
            "signing_key_id": self.env._("Our Key ID is missing or not one. %s", key_id),
            "signing_algorithm": self.env._(
                "Signing Algorithm does not fit Our Signing Key. Leave it empty for the usual one."
            ),
            "signature_seconds": self.env._("Our signatures must be valid for at least 1 second."),
            "clock_skew": self.env._("Clocks may differ by 0 to 3600 seconds."),
            "peer_keys": self.env._(
                "Their Public Key is missing: without it no signature of the payment system can be believed. Enter "
                "it with its id."
            ),
            "peer_key": self.env._("Their Public Key cannot be read. %s", pem),
            "peer_key_kind": self.env._("Their Public Key is of the wrong kind. %s", by_signer),
            "peer_key_id": self.env._("Their Key ID is missing, not one, or there twice. %s", key_id),
            "peer_encryption_key": self.env._("Their Encryption Key is missing or cannot be read. %s", pem),
            "peer_encryption_key_kind": self.env._(
                "Their Encryption Key is of the wrong kind. %s", for_reading
            ),
            "peer_encryption_key_id": self.env._("Their Encryption Key ID is missing or not one. %s", key_id),
            "decryption_key": self.env._("Our Decryption Key cannot be read. %s", private),
            "decryption_key_kind": self.env._("Our Decryption Key is of the wrong kind. %s", for_reading),
            "decryption_key_id": self.env._("Our Decryption Key ID is not one. %s", key_id),
        }

    # ---- Test Connection --------------------------------------------------------------------------------------
    @api.model
    def _get_check_texts(self):
        """Return what is looked at (dict {one of const.CHECKS: text})."""
        return {
            "settings": self.env._("Settings"),
            "keys": self.env._("Keys"),
            "name": self.env._("The name is known"),
            "connection": self.env._("It answers"),
            "token": self.env._("Access"),
            "message": self.env._("It takes our message"),
            "answer": self.env._("We believe its answer"),
            "clock": self.env._("Clocks"),
            "payment_host": self.env._("The host that payments go to answers"),
        }

    @api.model
    def _get_check_code_texts(self):
        """Return what may be wrong (dict {code: text})."""
        return (
            self._get_network_texts()
            | self._get_error_texts()
            | self._get_framework_texts()
            | self._get_answer_fault_texts()
        )

    @api.model
    def _get_network_texts(self):
        lost = self.env._("the connection broke off: try again, then ask the payment system")
        return {
            "name.missing": self.env._("the address has no host: correct the endpoint"),
            "name.unknown": self.env._("nobody knows this name: check the endpoint, and this server's DNS"),
            "name.timeout": self.env._("the name was not found in time: check this server's DNS"),
            "connection.refused": self.env._(
                "no connection: check the endpoint, and that it can be reached from here (firewall)"
            ),
            "tls.refused": self.env._(
                "no safe connection: check Own Certificate Authority, our client certificate, and the name in the "
                "endpoint. Nothing was sent"
            ),
            "timeout": self.env._("no answer in time"),
            "connection": lost,
            "too_large": self.env._("its answer is too large: check the endpoint"),
            "redirect": self.env._(
                "it sends on to another address, which is not followed: check the endpoint"
            ),
            "found.unused": self.env._("it shows a payment that was never made: tell the payment system"),
            "clock.ahead": self.env._("its clock is ahead of ours: have both set"),
            "clock.behind": self.env._("its clock is behind ours: have both set"),
            "http.401": self.env._("it does not take our token (HTTP 401): an administrator checks it"),
            "http.403": self.env._("it forbids us what we ask (HTTP 403): ask the payment system"),
            "http.404": self.env._("nothing is at this address (HTTP 404): check the endpoint"),
            "unreadable.body": self.env._("it answers with something else: check the endpoint"),
        }

    @api.model
    def _get_error_texts(self):
        """Return what the payment system's own refusals mean (dict {code of const.ERRORS: text})."""
        return {
            "err.request.bad": self.env._("it does not understand our message: check API and Status Action"),
            "err.request.unauthorized": self.env._("it does not take our token: an administrator checks it"),
            "err.request.forbidden": self.env._("it forbids us what we ask: ask the payment system"),
            "err.request.not_found": self.env._("nothing is at this address: check the endpoint"),
            "err.request.timeout": self.env._("it was not ready in time: try again later"),
            "err.request.too_many_requests": self.env._("it is asked too often: try again later"),
            "err.version.not_supported": self.env._("it does not speak version 1.0.0 of the API"),
            "err.sender_id.invalid": self.env._("it does not know our Sender ID"),
            "err.sender_uri.invalid": self.env._(
                "it cannot call us back: check Callback Base URL, and have our callback address registered"
            ),
            "err.receiver_id.invalid": self.env._("Receiver ID is somebody else's: correct it"),
            "err.signature.missing": self.env._("it wants signed messages: choose Signatures"),
            "err.signature.invalid": self.env._(
                "it does not believe our signature: check that it has the public half of Our Signing Key under Our "
                "Key ID, and this server's clock"
            ),
            "err.encryption.invalid": self.env._(
                "it cannot decrypt our message: check Their Encryption Key and its id"
            ),
            "err.service.unavailable": self.env._("it is out of service: try again later"),
        }

    @api.model
    def _get_framework_texts(self):
        """Return what it means that one of OpenG2P's bridges refuses (dict {code of const.REFUSING_ERRORS: text})."""
        nothing = self.env._("nothing is at this address: check API and the endpoint")
        return {
            "G2P-REQ-102": self.env._(
                "it does not understand our message: check API, and OpenG2P Cash Transfer Bridge where it is one"
            ),
            "G2P-REQ-404": nothing,
            "G2P-REQ-405": nothing,
        }

    @api.model
    def _get_answer_fault_texts(self):
        """Return why an answer is not believed (dict {code: text})."""
        theirs = self.env._("check Their Public Key and its id, and ask the payment system how it signs")
        ours = self.env._("check that the payment system encrypts for Our Decryption Key, under its id")
        return {
            "signature.missing": self.env._(
                "its answer is not signed: ask the payment system, or switch Answers Must Be Signed off"
            ),
            "signature.unreadable": self.env._("its signature cannot be read: %s", theirs),
            "signature.sender_unknown": self.env._("its signature names another sender: check Receiver ID"),
            "signature.key_unknown": self.env._("its signature names a key that we do not have: %s", theirs),
            "signature.algorithm": self.env._("its signature is of a kind that is not taken: %s", theirs),
            "signature.early": self.env._("its signature is of the future: have the clocks set"),
            "signature.expired": self.env._("its signature is over: have the clocks set"),
            "signature.invalid": self.env._("its signature is not right: %s", theirs),
            "encryption.unreadable": self.env._("what it encrypted cannot be read: %s", ours),
            "encryption.key_missing": self.env._("it encrypts, and we have no key: enter Our Decryption Key"),
            "encryption.key_unknown": self.env._("it encrypts for another key: %s", ours),
            "encryption.algorithm": self.env._("it encrypts in a way that is not taken: %s", ours),
            "encryption.invalid": self.env._("what it encrypted is not for Our Decryption Key: %s", ours),
        }
