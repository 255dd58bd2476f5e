from odoo import api, models

from .constants import G2P_CONNECT


class G2PConnectPaymentManager(models.Model):
    """What the keys of ``bridge/const.py`` mean to people, and what is to be done; no payee and no account in them."""

    _inherit = G2P_CONNECT

    @api.model
    def _get_bridge_reasons(self):
        """Return what stands in the way of a payment or of a request.

        :return: dict {key of const.ROW_REASONS or const.REQUEST_REASONS: text}
        """
        internal = self.env._("the request could not be made: tell whoever runs this server")
        return {
            "reference": self.env._(
                "it has no reference, or one that another payment of the batch has too: prepare it again"
            ),
            "beneficiary": self.env._(
                "there is no valid identifier of the payee: check the kind of account, and prefix and suffix of the "
                "payment manager"
            ),
            "name": self.env._("the payee has no name, and the bridge takes none without: fill it in"),
            "amount": self.env._("the amount cannot be carried: it must be from 1 to 2,147,483,647"),
            "amount_fraction": self.env._(
                "the amount is not whole, and the bridge pays whole amounts only: change the entitlement's amount, or "
                "pay it through another payment manager"
            ),
            "currency": self.env._("the currency has no three-letter ISO 4217 code: correct the currency"),
            "purpose": internal,
            "url": self.env._("the payment manager has no address for this request: fill it in"),
            "mnemonic": self.env._("Program Mnemonic is missing, or has blanks at its ends: correct it"),
            "frequency": self.env._("Frequency is missing: choose one"),
            "cycle_code": self.env._("the cycle has no name: give it one"),
            "narrative": self.env._("there is no text for the bank statement: fill in Note"),
            "schedule_date": internal,
            "envelope_id": self.env._(
                "the bridge gave the envelope no id that can be used: ask whoever runs it"
            ),
            "currencies": self.env._(
                "its payments are of several currencies, and an envelope has one: put them into batches of their own"
            ),
            "size": self.env._("there are no payments, or too many for one request: release the batch again"),
            "total": self.env._(
                "it adds up to more than 2,147,483,647, the most that the bridge can count: move some of its payments "
                "to another batch"
            ),
            "twins": self.env._(
                "one beneficiary is in a request twice, which keeps all of it from being paid: release the batch again"
            ),
            "carried": internal,
        }

    @api.model
    def _get_bridge_setting_texts(self):
        """Return what may be wrong with settings as a whole (dict {key of const.SETTING_REASONS: text})."""
        beside = self.env._(
            "%s is missing, or no web address. It follows from Envelope Creation URL only where that ends in "
            "create_disbursement_envelope: fill it in"
        )
        url = self.env._("%s is missing, or no web address: fill it in")
        texts = {
            "mode": self.env._("API is not known: choose one"),
            "sender": self.env._(
                "Sender ID is missing, or has a quotation mark, a bar or a backslash: use the id that the payment "
                "system has registered"
            ),
            "mnemonic": self.env._(
                "Program Mnemonic is missing, or has blanks at its ends: enter what the bridge calls this program"
            ),
            "frequency": self.env._("Frequency is missing: choose one"),
            "prefix": self.env._(
                "Payee Prefix is not one: use letters, digits, points and hyphens with a colon behind, such as token:"
            ),
            "encryption": self.env._(
                "the bridge reads no encrypted messages: switch Encrypt Messages off (an administrator)"
            ),
        }
        for name in (
            "envelope_creation_url",
            "envelope_status_url",
            "payment_endpoint_url",
            "status_endpoint_url",
        ):
            texts[name] = url % self._fields[name]._description_string(self.env)
        for name in ("envelope_amend_url", "envelope_cancel_url"):
            texts[name] = beside % self._fields[name]._description_string(self.env)
        return texts

    @api.model
    def _get_attention_texts(self):
        """Return what finance must hear of (dict {key of const.ATTENTIONS: text})."""
        statement = self.env._("look at the bank's statement, and ask whoever runs the bridge")
        return {
            "counts.differ": self.env._(
                "an envelope holds something else than Odoo knows of, so nothing more is put into it: ask whoever runs "
                "the bridge what is in it. It pays only when it is complete. Where that cannot be mended, cancel it, "
                "give up what was not sent, and release that again"
            ),
            "counts.unclear": self.env._(
                "what an envelope holds does not tell whether a request is in it: ask whoever runs the bridge, and "
                "decide about that request"
            ),
            "ids.lost": self.env._(
                "the bridge has taken payments and their ids were lost, so that nobody can ask about them one by one: "
                "find out from the bank, and decide about each"
            ),
            "echo.differs": self.env._(
                "the bridge answered about something else than was sent: ask whoever runs it what it has"
            ),
            "amendment.refused": self.env._(
                "the bridge did not let the envelope be amended, so that it may wait for payments that will not come: "
                "it pays only when it is complete. Look at what it has received, and ask whoever runs the bridge"
            ),
            "amendment.differs": self.env._(
                "the envelope was amended and holds something else than it declares, so that it pays nobody: ask "
                "whoever runs the bridge what is in it"
            ),
            "cancellation.late": self.env._(
                "the bridge says that it has cancelled an envelope whose money had gone already: what is in it is "
                "paid. Find out what that is, and decide"
            ),
            "cancellation.refused": self.env._(
                "the bridge did not let the envelope be cancelled: ask whoever runs it what becomes of it"
            ),
            "envelope.full": self.env._(
                "an envelope is full before all of it was sent, so that something may be in it twice: cancel the "
                "envelope before its day, unless whoever runs the bridge can say what is in it"
            ),
            "envelope.lost": self.env._(
                "the bridge does not know an envelope any more that it gave an id: ask whoever runs it"
            ),
            "funds.not_available": self.env._(
                "there is not enough money in the program's account: the envelope waits for it"
            ),
            "funds.not_blocked": self.env._("the bank did not block the money for the envelope: ask it why"),
            "funds.error": self.env._(
                "the bridge could not ask the bank about the money: ask whoever runs it"
            ),
            "funds.attempts": self.env._(
                "the bridge has given up asking the bank about the money, and pays nobody: ask whoever runs it to "
                "begin anew"
            ),
            "shipment.none": self.env._(
                "the day to pay is over and the bridge has given no payment to the bank: ask whoever runs it"
            ),
            "shipment.incomplete": self.env._(
                "the day to pay is over and the bridge has not given all payments to the bank: ask whoever runs it "
                "which, and why"
            ),
            "bank.duplicate_disbursement": self.env._(
                "the bank tells of a payment twice: it was made twice, or told twice; %s", statement
            ),
            "bank.invalid_reversal": self.env._(
                "the bank tells that a payment came back that it never told as made; %s", statement
            ),
            "bank.invalid_disbursement_id": self.env._(
                "the bank tells of a payment that the bridge does not know; %s", statement
            ),
            "bank.error": self.env._(
                "the bank tells of a payment what the bridge does not take; %s", statement
            ),
        }

    @api.model
    def _get_bridge_check_texts(self):
        """Return what may be wrong with what a bridge answers to Test Connection (dict {code: text})."""
        other = self.env._("it answers with something else: check that Envelope Status URL is a bridge 1.0")
        nothing = self.env._("nothing is at this address: check Envelope Status URL")
        return {
            "G2P-REQ-102": self.env._("it does not understand our message: check that it is a bridge 1.0"),
            "G2P-REQ-404": nothing,
            "G2P-REQ-405": nothing,
            "found.unused": self.env._(
                "it knows an envelope that was never made: tell whoever runs the bridge"
            ),
            "unreadable.header": other,
            "unreadable.counts": other,
        }
