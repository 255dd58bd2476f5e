from odoo import api, models
from odoo.exceptions import ValidationError

from .. import const, jws, row_rules

LOOPBACK_PARAMETER = "g2p_payment_phee.allow_loopback_http"
#: More rows than that could not be asked about in one go.
MOST_ROWS = const.PAGE_SIZE * const.MAX_PAGES
#: Addresses that may be empty, and who needs them.
ENDPOINTS = (
    "auth_endpoint_url",
    "payment_endpoint_url",
    "status_endpoint_url",
    "details_endpoint_url",
    "batches_endpoint_url",
    "oidc_token_url",
)


class G2PPaymentHubEEManager(models.Model):
    """What is wrong with a manager's settings, all at once, with the remedy."""

    _inherit = "g2p.program.payment.manager.phee"

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains(lambda self: [*self._rail_pinned_fields(), *self._get_further_checked()])
    def _check_settings(self):
        problems = [problem for manager in self for problem in manager._find_setting_problems()]
        if problems:
            raise ValidationError("\n".join(problems))

    @api.model
    def _get_further_checked(self):
        return (
            "batch_request_timeout", "payee_id_type", "reg_id_type_for_payee_id", "refuses_repeated_key",
            "use_callbacks", "callback_base_url",
        )  # fmt: skip

    def _find_setting_problems(self):
        """Return everything that is wrong with one manager's settings (list of texts)."""
        problems = [problem for name in ENDPOINTS if self[name] and (problem := self._find_url_problem(name))]
        texts = self._get_setting_texts()
        found = row_rules.setting_findings(self._get_client_settings())
        problems += [f"{self.name}: {texts[key]}" for key in found]
        if self.batch_request_timeout < 1:
            problems.append(self.env._("%s: Batch Request Timeout must be at least 1 second.", self.name))
        elif problem := self._check_host_limit(self.name, self.batch_request_timeout):
            problems.append(problem)
        if self.max_batch_size > MOST_ROWS:
            problems.append(
                self.env._(
                    "%(name)s: Max Batch Size is %(size)s. More than %(most)s cannot be asked about in one go.",
                    name=self.name,
                    size=self.max_batch_size,
                    most=MOST_ROWS,
                )
            )
        if self.payee_id_type == "reg_id" and not self.reg_id_type_for_payee_id:
            problems.append(
                self.env._("%s: choose the Payee DFSP ID Type to pay by registrant ID.", self.name)
            )
        return (
            problems + self._find_key_problems() + self._find_callback_problems() + self._find_type_problems()
        )

    def _find_key_problems(self):
        """Return why a repeated key is never proof here (list of texts)."""
        # sudo: the switch is for system administrators; whether it is set must be known whoever saves
        if not self.sudo().refuses_repeated_key:
            return []
        return [
            self.env._(
                "%s: Payment Hub EE takes a repeated key for a new batch and pays it again. “Payment System Refuses a "
                "Repeated Key” cannot be switched on here.",
                self.name,
            )
        ]

    def _find_type_problems(self):
        """Return kinds of payee that the hub has no word for (list of texts)."""
        has_word = (
            self.payee_id_type in const.PAYEE_TYPES or self.payee_id_type_to_send or self.account_lookup
        )
        if has_word or self.payment_mode in const.PHONE_MODES:
            return []
        return [
            self.env._(
                "%s: the hub has no name of its own for this kind of payee. Fill in Payee ID Type to Send.",
                self.name,
            )
        ]

    def _configuration_problems(self):
        return (
            super()._configuration_problems() + self._find_setting_problems() + self._find_missing_secrets()
        )

    def _find_missing_secrets(self):
        """Return which secrets an administrator has still to enter (list of texts)."""
        # sudo: only whether they are there
        secrets, settings = self.sudo(), self._get_client_settings()
        wanted = {settings.payment_auth, settings.status_auth}
        signs = bool(settings.sign_requests and settings.profile and settings.profile.signs)
        needs = (
            ("username", const.AUTH_HUB in wanted and settings.grant_type == const.GRANT_PASSWORD),
            ("password", const.AUTH_HUB in wanted and settings.grant_type == const.GRANT_PASSWORD),
            ("authorization", const.AUTH_HUB in wanted and settings.grant_type == const.GRANT_CLIENT),
            ("oidc_client_secret", const.AUTH_OIDC in wanted),
            ("payment_api_key", settings.payment_auth == const.AUTH_API_KEY),
            ("status_api_key", settings.status_auth == const.AUTH_API_KEY),
            ("signing_key", signs),
        )
        missing = [name for name, is_needed in needs if is_needed and not secrets[name]]
        problems = [
            self.env._(
                "%(name)s: %(field)s is missing. An administrator checks all endpoints and enters it.",
                name=self.name,
                field=self._fields[name]._description_string(self.env),
            )
            for name in missing
        ]
        if signs and secrets.signing_key and not jws.can_read_key(secrets.signing_key):
            problems.append(
                self.env._(
                    "%s: the Signing Key cannot be read. Give an RSA private key without a passphrase, as PEM or as "
                    "base64 of PKCS#8.",
                    self.name,
                )
            )
        return problems

    @api.model
    def _get_loopback_parameter(self):
        return LOOPBACK_PARAMETER

    # ---- Texts ------------------------------------------------------------------------------------------------
    def _get_reasons(self):
        """Return what stands in the way of a payment, for officers; no payee and no account in it.

        :return: dict {key of const.ROW_REASONS and const.SETTING_REASONS: text}
        """
        return self._get_setting_texts() | self._get_row_texts()

    @api.model
    def _get_row_texts(self):
        return {
            "reference": self.env._(
                "it has no reference, or one that another payment of the batch has too: prepare it again"
            ),
            "payee": self.env._("the payee's identifier is empty: add it to the registrant"),
            "payee_text": self.env._(
                "the payee's identifier has a comma, a quote, another alphabet or begins like a formula: correct it"
            ),
            "payee_type": self.env._(
                "the hub has no name for this kind of payee: fill in Payee ID Type to Send in the payment manager"
            ),
            "payee_phone": self.env._(
                "this payment mode pays to phone numbers, and the payee's identifier is none: write it with the "
                "country code, or choose another Payee ID Type"
            ),
            "payee_functional": self.env._(
                "the payee's identifier has more than the 20 characters of a functional id: correct it"
            ),
            "payee_dfsp": self.env._(
                "the bank's code has a character that the hub cannot take: correct the bank"
            ),
            "amount": self.env._(
                "the amount cannot be carried: the hub takes whole units of at most 15 digits, unless Digits of the "
                "Minor Unit says otherwise"
            ),
            "currency": self.env._("the currency has no three-letter ISO 4217 code: correct the currency"),
            "duplicate": self.env._(
                "another payment of the same file has the same payee, amount and currency, and the hub would drop one "
                "of them"
            ),
            "size": self.env._("the file has more rows or bytes than the payment manager allows"),
            "key": self.env._("the correlation id is not one"),
        }

    @api.model
    def _get_setting_texts(self):
        return {
            "version": self.env._("the version of the bulk processor is not known: choose one"),
            "urls": self.env._("Payment and Status Endpoint URL are both needed: fill them in"),
            "tenant": self.env._(
                "Tenant ID is missing or is no plain text: use the name the hub's operator gave you"
            ),
            "auth": self.env._(
                "authentication is incomplete: a token of the hub needs the Authentication Endpoint URL, one of a "
                "provider its Token URL and Client, an API key the name of its header"
            ),
            "type": self.env._("Batch Type is neither CSV nor RAW: choose one"),
            "raw": self.env._("this version of the bulk processor pays nobody with RAW: choose CSV"),
            "columns": self.env._(
                "this version of the bulk processor does not take that many columns: choose fewer"
            ),
            "mode": self.env._("Payment Mode is none of those that the hub has: choose one"),
            "payer": self.env._(
                "Payer ID and its type are incomplete: fill in both as plain text, or empty both and fill in "
                "Registering Institution ID and Program ID of the Hub"
            ),
            "payee_type_to_send": self.env._(
                "Payee ID Type to Send is no single plain word: correct or empty it"
            ),
            "institution": self.env._(
                "Registering Institution ID is missing: a hub that looks payees up needs it"
            ),
            "headers": self.env._(
                "Batch Purpose is empty or, as institution, program or Payee DFSP ID, is no plain text: use letters "
                "and digits without accents"
            ),
            "text": self.env._(
                "the program's shortcode has a character that the hub cannot take: correct it"
            ),
            "file_name": self.env._("Filename Prefix may have letters, digits, _ and - only: correct it"),
            "limits": self.env._(
                "Max Batch Size and Max File Size must be above 0, and Digits of the Minor Unit 0 to 4: correct them"
            ),
            "certificate": self.env._(
                "the Certificate of the Hub cannot be read: paste it as PEM or base64, or empty it"
            ),
        }
