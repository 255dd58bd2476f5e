from odoo import api, models

from .. import const
from .constants import INTEROP


class G2PPaymentInteropLayerManager(models.Model):
    """What the client's keys and codes mean to people, and what is to be done; no payee and no account in them."""

    _inherit = INTEROP

    def _get_reasons(self):
        """Return what stands in the way of a payment, for officers.

        :return: dict {key of const.ROW_REASONS and const.SETTING_REASONS: text}
        """
        return self._get_setting_texts() | self._get_row_texts()

    @api.model
    def _get_row_texts(self):
        return {
            "reference": self.env._(
                "it has no reference, or one that another payment has too: prepare it again"
            ),
            "payee_kind": self.env._(
                "its payee's identifier is of another kind than the payment manager sends now: cancel it and prepare "
                "again"
            ),
            "payee": self.env._("the payee's identifier is empty: add it to the registrant"),
            "payee_text": self.env._(
                "the payee's identifier has more than 128 characters, or one that cannot be printed: correct it"
            ),
            "payee_phone": self.env._(
                "the payee's phone number is not an international one of 7 to 15 digits: write it with the country code"
            ),
            "payee_iban": self.env._("the payee's IBAN is not valid: correct the bank account"),
            "payee_email": self.env._("the payee's e-mail address is none: correct it"),
            "fsp_id": self.env._(
                "the code of the payee's bank stands for nothing, has more than 32 characters, or one that cannot be "
                "printed: correct the bank"
            ),
            "amount": self.env._(
                "the amount is not above 0, or has more than 18 digits before the point: correct the entitlement"
            ),
            "amount_digits": self.env._(
                "the amount has more digits behind the point than its currency has: correct the entitlement"
            ),
            "currency": self.env._(
                "the payment system does not know the currency: correct it, or choose another payment manager"
            ),
            "currency_missing": self.env._(
                "the payment system's list of currencies is of 2015 and lacks this one, as it lacks MRU, SLE, SSP, "
                "STN, VES and ZWG: ask its operator, and pay it through another payment manager"
            ),
            "duplicate": self.env._(
                "another payment of the same disbursement has the same payee, amount and currency"
            ),
            "size": self.env._("the disbursement has more lines or bytes than the payment system takes"),
            "key": self.env._("the key of the submission is not one"),
        }

    @api.model
    def _get_setting_texts(self):
        return {
            "mode": self.env._("the mode is not known: choose one"),
            "url": self.env._("Payment Endpoint URL is missing: fill it in"),
            "payee_id_type": self.env._("Payee ID Type is not known: choose one"),
            "payee_id_type_to_send": self.env._(
                "Payee ID Type to Send is none of the eight that Mojaloop knows: choose one"
            ),
            "phone_format": self.env._("Phone Format is not known: choose one"),
            "payer": self.env._(
                "Payer ID or its type is missing or not valid: fill in what the operator of the scheme gave you"
            ),
            "payer_type": self.env._("Payer Type is not known: choose one"),
            "payer_name": self.env._(
                "Payer Name has more than 128 characters, or one that names may not have: use letters, digits and . , "
                "' - only"
            ),
            "amount_type": self.env._("Amount Type is neither RECEIVE nor SEND: choose one"),
            "note": self.env._(
                "the names of program and cycle make a note that cannot be sent: shorten or correct them"
            ),
            "limits": self.env._("Max Batch Size is not 1 to 1000: correct it"),
            "auth": self.env._("the kind of authentication is not known: choose one"),
        }

    # ---- Codes ------------------------------------------------------------------------------------------------
    @api.model
    def _explain_codes(self, codes):
        """Return what codes mean to people and what is to be done, empty where nothing is known of them.

        :param str codes: as a submission or a payment has them; several stand between blanks
        """
        words = (codes or "").split()
        if not words:
            return ""
        texts, families = self._get_code_texts(), self._get_family_texts()
        found = []
        for word in words:
            is_scheme = bool(const.MOJALOOP_CODE.fullmatch(word))
            found.append(
                texts.get(word) or (families.get(word[:2]) or families.get(word[0]) if is_scheme else "")
            )
        return " ".join(dict.fromkeys(filter(None, found)))

    @api.model
    def _get_code_texts(self):
        return self._get_layer_texts() | self._get_transfer_texts() | self._get_answer_texts()

    @api.model
    def _get_layer_texts(self):
        """Return what the layer's words mean (dict {code: text})."""
        confirm = self.env._(
            "The payment system gave up on this payment and may have paid it all the same. Ask its operator for the "
            "transfer at the switch; then two people of finance confirm what became of it."
        )
        waiting = self.env._(
            "The transfer waits for somebody at the layer to accept it. It is asked about again; tell the operator."
        )
        return {
            "to.be.confirmed": confirm,
            "layer.completed": self.env._(
                "Paid on the layer's word alone, which it also gives for transfers that the switch has not committed: "
                "compare it with the bank's statement."
            ),
            "layer.rejected": self.env._("The layer refused it: nothing was paid."),
            "layer.failed": self.env._("The layer says that it failed: nothing was paid."),
            "layer.aborted": self.env._(
                "The layer gave up on it. By the operator's word nothing is paid then (payment manager)."
            ),
            "layer.received": self.env._("The layer has it, and is still at work."),
            "layer.pending": self.env._("The layer has it, and is still at work."),
            "layer.waiting_party": waiting,
            "layer.waiting_quote": waiting,
            "layer.waiting_conversion": waiting,
            "unknown.word": self.env._("The layer used a word that nobody knows. It is asked about again."),
            "completed.with_error": self.env._(
                "The layer calls it completed and names an error. It stays open: ask the operator."
            ),
            "rows.missing": self.env._(
                "The layer's answer does not name all payments. Those stay open and are asked about again."
            ),
            "rows.foreign": self.env._(
                "The layer's answer names payees that are not ours. Tell the operator."
            ),
            "rows.repeated": self.env._(
                "The layer's answer names payments more than once. Tell the operator."
            ),
            "not.seen": self.env._(
                "The layer shows nothing of this disbursement, as it does while it pays and after a restart. That "
                "proves nothing: it is asked again, and never sent again by itself."
            ),
            "other.disbursement": self.env._(
                "The layer answered with another disbursement. It is asked again."
            ),
            "no.results": self.env._("The layer's answer has no results. It is asked again."),
            "nothing.ours": self.env._("Nothing in the layer's answer is ours. It is asked again."),
            "error.with_success": self.env._(
                "The layer answered with success and an error. It is asked again."
            ),
        }

    @api.model
    def _get_transfer_texts(self):
        """Return what the scheme adapter's and the switch's words mean (dict {code: text})."""
        waiting = self.env._(
            "The transfer waits to be accepted or declined, which is done only while it is being sent. It is asked "
            "about again; where it stays so, ask the adapter's operator, and let two people of finance confirm."
        )
        return {
            const.SDK_REFUSAL: self.env._(
                "The scheme adapter refused the request as it stands; nothing was looked up or paid. Check kinds of "
                "identifiers, payer and currency."
            ),
            "transfer.aborted": self.env._("The switch aborted the transfer: nothing was paid."),
            "transfer.reserved": self.env._(
                "The money is reserved at the switch and not committed. It is asked again."
            ),
            "transfer.received": self.env._("The switch has the transfer. It is asked again."),
            "transfer.unknown_state": self.env._(
                "The switch used a word that nobody knows. It is asked again."
            ),
            "declined": self.env._(
                "It was declined by the settings of the payment manager: nothing was paid."
            ),
            "waiting.party": waiting,
            "waiting.quote": waiting,
            "waiting.conversion": waiting,
            "other.institution": self.env._(
                "The scheme knows the payee at another institution than the payment names: correct the bank account."
            ),
            "other.transfer": self.env._("The adapter answered with another transfer. It is asked again."),
            "no.transfer_state": self.env._("The answer lacks the switch's own word. It is asked again."),
            const.MODIFIED_REQUEST: self.env._(
                "The switch has an earlier transfer under this id. It is asked what became of that one."
            ),
            const.TRANSFER_UNKNOWN: self.env._(
                "The switch does not know the transfer. When no call of ours can live any more and it says so twice, "
                "the same transfer is sent again by itself."
            ),
        }

    @api.model
    def _get_answer_texts(self):
        """Return what answers mean that both systems, or whoever stands before them, may give (dict {code: text})."""
        again = self.env._("What came back means nothing. It is asked what became of it.")
        return {
            "not_sent": self.env._("Nothing left this machine. It is tried again."),
            "timeout": self.env._("No answer in time, which is ordinary. It is asked what became of it."),
            "connection": self.env._("The connection broke off. It is asked what became of it."),
            "too_large": again,
            "redirect": self.env._(
                "It was sent on to another address, which is not followed: check the URLs."
            ),
            "empty.body": again,
            "unreadable.body": again,
            "unreadable.payload": self.env._("What was sent cannot be read any more. Tell an administrator."),
            "unreadable.amount": self.env._("The amount in the answer cannot be read. It is asked again."),
            "other.amount": self.env._(
                "It failed for another amount than ours. It stays open: ask the operator."
            ),
            "http.401": self.env._("It does not take our credentials (HTTP 401)."),
            "http.403": self.env._("It forbids us what we ask (HTTP 403)."),
            "http.404": self.env._("Nothing is at this address (HTTP 404): check the URLs."),
            "3100": self.env._("It refused the whole request: a value is not as its schema wants it."),
            "3102": self.env._("It refused the whole request: an element is missing."),
            "3000": self.env._("It refused the whole request: it cannot be read."),
            "3002": self.env._("It knows no such address: check the URLs."),
        }

    @api.model
    def _get_family_texts(self):
        """Return what the families of the scheme's codes mean (dict {first one or two digits: text})."""
        return {
            "1": self.env._("The scheme could not communicate."),
            "2": self.env._("A server of the scheme failed."),
            "31": self.env._("The scheme refused the form of the request."),
            "32": self.env._("The scheme does not know the payee, or its bank: correct the registrant."),
            "33": self.env._("Something took too long, and its terms ran out."),
            "3": self.env._("The scheme refused the request."),
            "4": self.env._(
                "The payer's side refused: check the fund, limits and the account at the payer's bank."
            ),
            "5": self.env._("The payee's bank refused: ask the payee or the bank."),
        }

    @api.model
    def _get_connection_texts(self):
        """Return what the codes of a connection test mean (dict {code: text})."""
        return {
            "dns": self.env._("the name of the host is not known: check the address"),
            "tls": self.env._("its certificate cannot be trusted: nothing was sent"),
            "tls.settings": self.env._("our certificates cannot be used: an administrator corrects them"),
            "connection": self.env._(
                "no connection: check the address, and that it can be reached from here"
            ),
            "timeout": self.env._("no answer in time"),
            "no.access": self.env._("credentials are missing: an administrator enters them"),
            "redirect": self.env._(
                "it sends on to another address, which is not followed: check the address"
            ),
            "health.bad": self.env._("it answers, and does not call itself well: ask its operator"),
            "unreadable.body": self.env._("it answers with something else: check the address"),
            "found": self.env._("it shows a payment that was never made: tell its operator"),
            "http.401": self.env._("it does not take our credentials (HTTP 401)"),
            "http.403": self.env._("it forbids us what we ask (HTTP 403)"),
            "http.404": self.env._("nothing is at this address (HTTP 404): check it"),
        }
