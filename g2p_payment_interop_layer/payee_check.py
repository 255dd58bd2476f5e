"""Whether payees can be paid, asked before any money moves: /disbursementCheck, or GET /parties for each."""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import uuid4

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from . import const, identifiers
from .calls import Calls
from .parsing import dumps, inner, mojaloop_code, parse_object, plain
from .row_rules import fsp_id_of
from .settings import Settings, extend

#: What the log says instead of a path that names a payee.
LOGGED_PATH = "/parties/[payee]"


@dataclass(frozen=True)
class PayeeToCheck:
    """Whom to look up.

    :param reference: the payment's key
    :param id_type: the registry's kind of identifier, such as ``phone`` (``payee_id_type`` of the payment)
    :param id_value: as the payment holds it, as ``payee_bank_code``
    """

    reference: str
    id_type: str
    id_value: str = field(repr=False)
    payee_bank_code: str = field(default="", repr=False)


@dataclass(frozen=True)
class PayeeCheck:
    """What was found out.

    :param verdict: ``unknown`` only where the payment system says that nobody can be paid there; whatever was not
        answered properly is ``unclear``
    :param name: whom the payee's institution knows there, empty where it does not say
    :param code: why, for officers
    :param fsp_id: where the scheme knows the payee, empty where it does not say
    """

    verdict: str
    name: str = field(default="", repr=False)
    code: str = ""
    fsp_id: str = field(default="", repr=False)


def check_payees(calls: Calls, payees: list[PayeeToCheck], settings: Settings) -> dict[str, PayeeCheck]:
    """Look payees up, each identifier once. Those that could not be sent are not asked about either.

    :return: by reference, all of them
    """
    found, wanted = {}, defaultdict(list)
    for payee in payees:
        problems = identifiers.find_problems(payee.id_type, payee.id_value, settings)
        if problems:
            found[payee.reference] = PayeeCheck(const.UNCLEAR, code=problems[0])
        else:
            value = identifiers.wire_identifier(payee.id_type, payee.id_value, settings)
            wanted[value].append(payee)
    look_up = _look_up_parties if settings.is_sdk else _look_up_disbursement
    if settings.check_url:
        verdicts = look_up(calls, list(wanted), settings)
    else:
        verdicts = dict.fromkeys(wanted, PayeeCheck(const.UNCLEAR, code="no.check_url"))
    for value, same in wanted.items():
        found |= {payee.reference: _at_institution(verdicts[value], payee, settings) for payee in same}
    return found


def _at_institution(check, payee, settings):
    """Return a verdict about the payee that would be paid: at another institution he is somebody else."""
    fsp_id = fsp_id_of(payee.payee_bank_code, settings)
    if check.verdict == const.PAYABLE and fsp_id and check.fsp_id not in ("", fsp_id):
        return PayeeCheck(const.UNCLEAR, code="other.institution")
    return check


# ---- The layer ------------------------------------------------------------------------------------------------
def _look_up_disbursement(calls, values, settings):
    size = max(1, min(settings.max_batch_size, const.MAX_LINES))
    verdicts = {}
    for start in range(0, len(values), size):
        part = values[start : start + size]
        request_id = str(uuid4())
        payees = [{"payeeIdType": settings.payee_id_type_to_send, "payeeIdValue": value} for value in part]
        body = dumps({"requestId": request_id, "payeeList": payees})
        answer = calls.ask("POST", settings.check_url, body)
        verdicts |= _read_disbursement_check(answer, request_id, part, settings)
    return verdicts


def _read_disbursement_check(answer, request_id, values, settings):
    """A payee of whom two different things are said is unclear, as is one of whom nothing is."""
    verdicts = dict.fromkeys(values, PayeeCheck(const.UNCLEAR, code=_code_of(answer)))
    body = parse_object(answer.body) or {}
    results = body.get("payeeResults")
    is_good = answer.fault is Fault.NONE and answer.status == 200 and isinstance(results, list)
    if not is_good or body.get("requestId") not in (None, request_id):
        return verdicts
    told = defaultdict(set)
    for result in results:
        own = isinstance(result, dict) and result.get("payeeIdType") == settings.payee_id_type_to_send
        if own and plain(result.get("payeeIdValue")) in verdicts:
            told[result["payeeIdValue"]].add(_read_payable(result))
    return verdicts | {
        value: said.pop() if len(said) == 1 else PayeeCheck(const.UNCLEAR, code="contradictory")
        for value, said in told.items()
    }


def _read_payable(result):
    payable = result.get("isPayable")
    if payable is True:
        return PayeeCheck(const.PAYABLE, name=plain(result.get("name")).strip())
    if payable is False:
        return PayeeCheck(const.UNKNOWN, code="not.payable")
    return PayeeCheck(const.UNCLEAR, code="unreadable.body")


# ---- The adapter ----------------------------------------------------------------------------------------------
def _look_up_parties(calls, values, settings):
    verdicts = {}
    for value in values:
        url = extend(settings.check_url, settings.payee_id_type_to_send, value)
        answer = calls.ask("GET", url, logged_path=LOGGED_PATH)
        verdicts[value] = _read_party(answer, value, settings)
    return verdicts


def _read_party(answer, value, settings):
    unclear = PayeeCheck(const.UNCLEAR, code=_code_of(answer))
    body = parse_object(answer.body)
    if answer.fault is not Fault.NONE or body is None:
        return unclear
    if answer.status == const.PARTY_UNKNOWN_STATUS:
        code = mojaloop_code(body)
        return PayeeCheck(const.UNKNOWN, code=code) if code in const.PARTY_UNKNOWN_CODES else unclear
    party = inner(body, "party", "body")
    told = inner(party, "partyIdInfo")
    asked = {"partyIdType": settings.payee_id_type_to_send, "partyIdentifier": value}
    is_found = answer.status == 200 and bool(told) and body.get("currentState") == const.PARTY_FOUND_STATE
    if not is_found or any(told.get(name) not in (None, own) for name, own in asked.items()):
        return unclear
    return PayeeCheck(const.PAYABLE, name=_name_of(party), fsp_id=plain(told.get("fspId")))


def _name_of(party):
    name = plain(party.get("name")).strip()
    parts = inner(party, "personalInfo", "complexName")
    return name or " ".join(filter(None, (plain(parts.get(one)) for one in ("firstName", "lastName"))))


def _code_of(answer: Answer):
    """Return why an answer says nothing, for officers."""
    if answer.fault is not Fault.NONE:
        return answer.fault.value
    return "unreadable.body" if answer.status == 200 else f"http.{answer.status}"
