"""The scheme adapter: party, quote, transfer, one after another; what it remembers, and what it says of it."""

import threading
import uuid
from dataclasses import dataclass, field

from . import contract, sdk_messages
from .knobs import ERRORS, USUAL_CODES
from .switch import Transfer, amounts, now, pending_state

DECLINED = {
    "party": "Payee rejected by backend",
    "quote": "Quote rejected by backend",
    "conversion": "FX quote rejected by backend",
}
#: What accepts each stage.
ACCEPTS = {
    "party": ("acceptParty",),
    "quote": ("acceptQuote", "acceptQuoteOrConversion"),
    "conversion": ("acceptConversion", "acceptQuoteOrConversion"),
}


class Stopped(Exception):
    """A stage that did not come to its end.

    :param status: HTTP status
    :param code: of the scheme; empty where nobody said anything
    """

    def __init__(self, status, text, code="", description=""):
        super().__init__(text)
        self.status = status
        self.code = code
        self.information = {
            "errorInformation": {
                "errorCode": code,
                "errorDescription": description or ERRORS.get(code, "Refused"),
            }
        }


@dataclass
class Model:
    """What the adapter knows of one transfer.

    :param data: as it is told
    :param stages: those that are still to come
    :param waiting: the stage that is to be accepted
    :param dry: nothing of it is ever kept or executed
    """

    data: dict
    transfer: Transfer
    stages: list
    dry: bool = False
    waiting: str = ""
    answer: tuple = ()
    lock: threading.Lock = field(default_factory=threading.Lock)


class Adapter:
    """Runs transfers and remembers them. Safe to use from several threads."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._models = {}

    @property
    def _scheme(self):
        return self._simulator.script.scheme

    def forget(self):
        """Forget everything, as a restart does."""
        self._models = {}

    def post(self, body, transaction="", reference="", dry=False):
        """Start a transfer and run it as far as it goes.

        :param transaction: what ledger and script call it, where the layer is the caller
        :param dry: answer as if, and keep nothing
        :return: HTTP status, answer, the :class:`Transfer`
        """
        model = self._model(body, transaction, reference, dry)
        if not dry:
            self._models[model.transfer.transfer_id] = model
        with model.lock:
            self._simulator.wait(self._scheme.transfer_seconds + model.transfer.outcome.seconds)
            model.answer = self._run(model)
            return *model.answer, model.transfer

    def put(self, transfer_id, body):
        """Accept or decline what a transfer waits for; return HTTP status and answer."""
        model = self._models.get(transfer_id)
        if model is None:
            return sdk_messages.bare_error(500, f"No cached data found for transferId: {transfer_id}")
        with model.lock:
            if model.waiting:
                model.data.update({name: body[name] for name in ("amount", "to") if name in body})
                stage, model.waiting = model.waiting, ""
                if any(body.get(name) for name in ACCEPTS[stage]):
                    model.answer = self._run(model)
                else:
                    model.stages = []
                    model.data.update(currentState="ABORTED", abortedReason=DECLINED[stage])
                    model.answer = 200, model.data
            return model.answer

    def get(self, transfer_id):
        """Ask the switch about a transfer; return HTTP status and answer."""
        model, transfer = self._models.get(transfer_id), self._simulator.switch.find(transfer_id)
        if transfer:
            self._simulator.switch.ask(transfer)
            state, completed = transfer.state, transfer.completed
        else:
            state, completed = model and model.waiting and self._scheme.waiting_is, ""
        if not state:
            return sdk_messages.unknown_transfer()
        data = model.data if model else {"transferId": transfer_id}
        return 200, sdk_messages.status(data, state, completed)

    def look_up(self, id_type, id_value):
        """Return HTTP status and answer to a question about a party."""
        outcome = self._simulator.script.decide("", "", id_value)
        found = sdk_messages.party(self._scheme, id_type, id_value)
        try:
            self._find(id_type, outcome)
        except Stopped as stopped:
            if stopped.status == 504:
                return sdk_messages.bare_error(504, str(stopped))
            return 404, {**stopped.information, "currentState": "COMPLETED"}
        return 200, {"party": {"body": found, "headers": {}}, "currentState": "COMPLETED"}

    def state(self):
        """Return the transfers that wait to be accepted, for tests."""
        return {"to_be_accepted": sorted(key for key, model in self._models.items() if model.waiting)}

    # ---- Stages ---------------------------------------------------------------------------------------------
    def _model(self, body, transaction, reference, dry):
        transfer_id = body.get("transferId") or str(uuid.uuid4())
        transaction, reference = transaction or transfer_id, reference or body["homeTransactionId"]
        leaves, _reaches = amounts(self._scheme, body["amountType"], body["amount"])
        asked = (transaction, reference, body["to"]["idValue"])
        outcome = self._simulator.script.decide(*asked, body["amount"], leaves)
        transfer = Transfer(transfer_id, *asked, body["amount"], body["currency"], outcome)
        data = {"transferId": transfer_id, **body, "currentState": "ERROR_OCCURRED"}
        data.update(initiatedTimestamp=now(), direction="OUTBOUND")
        skips = body.get("skipPartyLookup") and "fspId" in body["to"]
        order = ["quote"]
        if self._scheme.conversion:
            order.insert(body["amountType"] != "SEND", "conversion")
        return Model(data, transfer, [*([] if skips else ["party"]), *order, "transfer"], dry)

    def _run(self, model):
        try:
            while model.stages:
                stage = model.stages.pop(0)
                getattr(self, f"_{stage}")(model)
                if self._halts(stage):
                    model.waiting = stage
                    model.data["currentState"] = f"WAITING_FOR_{stage.upper()}_ACCEPTANCE"
                    return 200, model.data
        except Stopped as stopped:
            model.stages = []
            model.data["currentState"] = "ERROR_OCCURRED"
            error = {"httpStatusCode": stopped.status}
            if stopped.code:
                error["mojaloopError"] = stopped.information
            model.data["lastError"] = error
            return sdk_messages.error(stopped.status, str(stopped), model.data, stopped.code)
        model.data["currentState"] = "COMPLETED"
        return 200, model.data

    def _halts(self, stage):
        scheme = self._scheme
        return {
            "party": not scheme.auto_accept_party,
            "quote": scheme.conversion or not scheme.auto_accept_quotes,
            "conversion": True,
        }.get(stage, False)

    def _silence(self, text):
        self._simulator.wait(self._scheme.silence_seconds)
        raise Stopped(504, text)

    @staticmethod
    def _refused(doing, code):
        stopped = Stopped(500, "", code)
        text = sdk_messages.in_one_line(stopped.information)
        stopped.args = (f"Got an error response {doing}: {text}",)
        return stopped

    def _find(self, id_type, outcome):
        """Look a party up.

        :raise Stopped: where nobody is found, or nobody answers
        """
        if id_type not in contract.sdk().id_types or outcome.how == "party_silent":
            self._silence("Timeout resolving party")
        if outcome.how == "party":
            raise self._refused("resolving party", outcome.code or USUAL_CODES["party"])

    def _party(self, model):
        data = model.data
        to = data["to"]
        outcome = model.transfer.outcome
        data["getPartiesRequest"] = sdk_messages.parties_request(self._scheme, to)
        try:
            self._find(to["idType"], outcome)
        except Stopped as stopped:
            if stopped.code:
                data["getPartiesResponse"] = sdk_messages.with_headers("parties", stopped.information)
            raise
        found = sdk_messages.party(self._scheme, to["idType"], to["idValue"])
        data["getPartiesResponse"] = sdk_messages.with_headers("parties", {"party": found})
        name = found["personalInfo"]
        data["to"] = {
            **to,
            "fspId": self._scheme.payee_fsp,
            **name["complexName"],
            "dateOfBirth": name["dateOfBirth"],
        }

    def _quote(self, model):
        data, outcome = model.data, model.transfer.outcome
        request, answer = sdk_messages.quote(self._scheme, data)
        data.update(quoteId=request["quoteId"], quoteRequest=sdk_messages.with_headers("quotes", request))
        if outcome.how == "quote_silent":
            self._silence(f"Timeout requesting quote for transfer {data['transferId']}")
        if not contract.sdk().is_correlation(data["transferId"]):
            raise self._refused("requesting quote", "3100")
        if outcome.how == "quote":
            raise self._refused("requesting quote", outcome.code or USUAL_CODES["quote"])
        data["quoteResponse"] = sdk_messages.with_headers("quotes", answer)
        data["quoteResponse"]["originalIso20022QuoteResponse"] = {}
        data["quoteResponseSource"] = self._scheme.payee_fsp

    def _conversion(self, model):
        model.data.update(sdk_messages.conversion(self._scheme, model.data))

    def _transfer(self, model):
        data, transfer, outcome = model.data, model.transfer, model.transfer.outcome
        data["prepare"] = sdk_messages.with_headers("transfers", sdk_messages.prepare(self._scheme, data))
        known = self._simulator.switch.find(transfer.transfer_id)
        if known and self._scheme.modified == "3106":
            raise self._refused("preparing transfer", "3106")
        states = {"paid": "COMMITTED", "refused": "ABORTED"}
        state = states.get(outcome.result) or pending_state(outcome)
        if not model.dry:
            self._simulator.switch.prepare(transfer, state)
        if outcome.how == "transfer":
            raise self._refused("preparing transfer", outcome.code or USUAL_CODES["transfer"])
        if outcome.how == "no_answer":
            self._silence(f"Timeout waiting for fulfil for transfer {transfer.transfer_id}")
        data["fulfil"] = sdk_messages.fulfil(state, transfer.completed or now())
        if outcome.how == "bad_fulfilment":
            raise Stopped(500, "Invalid fulfilment received from peer DFSP.")
