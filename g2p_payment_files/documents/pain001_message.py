"""What a credit transfer initiation says, as the classes that pyiso20022 generated from the schema."""

import re
from decimal import Decimal

from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as iso
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from xsdata.models.datatype import XmlDate, XmlDateTime

from .bank_text import is_plain, transliterate
from .cells import is_canonical
from .errors import Findings

MAX_NAME = 140
MAX_SEPA_NAME = 70
MAX_ACCOUNT = 34
MAX_ID = 35
MAX_REMITTANCE = 140

# What stands in place of a bank that is found by the IBAN alone, as SEPA guidelines have it.
NOT_PROVIDED = "NOTPROVIDED"

_AMOUNT_DIGITS = 18
_FRACTION_DIGITS = 5
_PRINTABLE = re.compile(r"[\x21-\x7e]+( [\x21-\x7e]+)*")


def as_iban(account):
    """Return an account number as IBAN without blanks; None where it is none."""
    try:
        return str(IBAN(account))
    except (SchwiftyException, ValueError):
        return None


def as_bic(code):
    """Return a bank code as BIC; None where it is none."""
    try:
        return str(BIC(code.strip().upper()))
    except (SchwiftyException, ValueError):
        return None


def make_document(layout, head, transactions):
    """Return the whole message with one payment instruction.

    :param list transactions: of :class:`CreditTransferTransaction34`
    :raises DocumentError: with everything that is missing in the head
    """
    findings = Findings()
    payer_name = _get_payer_name(head, findings)
    account = _get_payer_account(head, findings)
    agent = _get_payer_agent(head, findings)
    _check_head(head, findings)
    findings.raise_if_any()
    count, total = str(head.count), Decimal(head.total)
    instruction = iso.PaymentInstruction30(
        pmt_inf_id=head.message_id,
        pmt_mtd=iso.PaymentMethod3Code.TRF,
        btch_bookg=layout.batch_booking,
        nb_of_txs=count,
        ctrl_sum=total,
        pmt_tp_inf=_make_type(layout),
        reqd_exctn_dt=iso.DateAndDateTime2Choice(
            dt=XmlDate.from_date(head.execution_date or head.created_at.date())
        ),
        dbtr=iso.PartyIdentification135(nm=payer_name),
        dbtr_acct=account,
        dbtr_agt=agent,
        chrg_br=iso.ChargeBearerType1Code(layout.charge_bearer) if layout.charge_bearer else None,
        cdt_trf_tx_inf=transactions,
    )
    header = iso.GroupHeader85(
        msg_id=head.message_id,
        cre_dt_tm=_make_time(head.created_at),
        nb_of_txs=count,
        ctrl_sum=total,
        initg_pty=iso.PartyIdentification135(nm=payer_name),
    )
    return iso.Document(
        cstmr_cdt_trf_initn=iso.CustomerCreditTransferInitiationV09(grp_hdr=header, pmt_inf=[instruction])
    )


def make_transaction(layout, head, payment, findings):
    """Return one credit transfer; what is wrong with it goes to the findings.

    :param Findings findings: collects reasons by the payment's reference
    :return: :class:`CreditTransferTransaction34`, None where something is wrong
    """
    problems = _get_amount_problems(head, payment)
    if not is_plain(payment.end_to_end_id) or len(payment.end_to_end_id) > MAX_ID:
        problems.append(f"The end-to-end ID must be 1 to {MAX_ID} of the characters that banks take.")
    name = _get_name(layout, payment.payee_name, problems)
    account = _make_payee_account(payment, problems)
    agent = _make_payee_agent(payment, problems)
    if problems:
        for problem in problems:
            findings.add(payment.reference, problem)
        return None
    return iso.CreditTransferTransaction34(
        pmt_id=iso.PaymentIdentification6(end_to_end_id=payment.end_to_end_id),
        amt=iso.AmountType4Choice(
            instd_amt=iso.ActiveOrHistoricCurrencyAndAmount(
                value=Decimal(payment.amount), ccy=payment.currency
            )
        ),
        cdtr_agt=agent,
        cdtr=iso.PartyIdentification135(nm=name),
        cdtr_acct=account,
        rmt_inf=iso.RemittanceInformation16(ustrd=[get_remittance(head)]) if get_remittance(head) else None,
    )


def get_remittance(head):
    """Return what the payee reads on the statement: program and cycle."""
    return " / ".join(text for text in map(transliterate, (head.program, head.cycle)) if text)


def _make_time(moment):
    """Return a moment in UTC, as Odoo keeps it, to the second."""
    return XmlDateTime(
        moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, offset=0
    )


def _make_type(layout):
    if not layout.service_level and not layout.category_purpose:
        return None
    return iso.PaymentTypeInformation26(
        svc_lvl=[iso.ServiceLevel8Choice(cd=layout.service_level)] if layout.service_level else [],
        ctgy_purp=iso.CategoryPurpose1Choice(cd=layout.category_purpose) if layout.category_purpose else None,
    )


def _check_head(head, findings):
    if not is_plain(head.message_id) or len(head.message_id) > MAX_ID:
        findings.add_text(f"The message ID must be 1 to {MAX_ID} of the characters that banks take.")
    if head.count < 1:
        findings.add_text("There is no payment to instruct: add payments to the batch.")
    if len(get_remittance(head)) > MAX_REMITTANCE:
        findings.add_text(
            f"The names of program and cycle have more than {MAX_REMITTANCE} characters together: shorten one."
        )
    if not is_canonical(head.total) or len(head.total.replace(".", "")) > _AMOUNT_DIGITS:
        findings.add_text(f"The control sum has more than {_AMOUNT_DIGITS} digits: make several batches.")


def _get_payer_name(head, findings):
    name = transliterate(head.payer_name or head.company)
    if not name:
        findings.add_text(
            "The payer's name is missing or not readable in Latin letters: set it on the payment manager."
        )
    elif len(name) > MAX_SEPA_NAME:
        findings.add_text(f"The payer's name has more than {MAX_SEPA_NAME} characters: shorten it.")
    return name


def _get_payer_account(head, findings):
    iban = as_iban(head.payer_account)
    if iban:
        return iso.CashAccount38(id=iso.AccountIdentification4Choice(iban=iban), ccy=head.currency)
    problem = _get_account_problem(head.payer_account)
    if problem:
        findings.add_text(f"The payer's account {problem}: set it on the payment manager.")
        return None
    return iso.CashAccount38(id=_make_other_account(head.payer_account, code="BBAN"), ccy=head.currency)


def _get_payer_agent(head, findings):
    if not head.payer_bank_code and as_iban(head.payer_account):
        other = iso.GenericFinancialIdentification1(id=NOT_PROVIDED)
        return _make_agent(iso.FinancialInstitutionIdentification18(othr=other))
    institution = _make_institution(head.payer_bank_code)
    if institution is None:
        findings.add_text(
            "The payer's bank code is missing or not one that banks take: set the BIC or clearing code on the "
            "payer's bank."
        )
        return None
    return _make_agent(institution)


def _get_amount_problems(head, payment):
    if not is_canonical(payment.amount) or Decimal(payment.amount) <= 0:
        return ["The amount must be greater than zero; correct it."]
    problems = []
    if len(payment.amount.partition(".")[2]) > _FRACTION_DIGITS:
        problems.append(f"The amount has more than {_FRACTION_DIGITS} digits after the mark; round it.")
    if len(payment.amount.replace(".", "")) > _AMOUNT_DIGITS:
        problems.append(f"The amount has more than {_AMOUNT_DIGITS} digits; split it.")
    if payment.currency != head.currency:
        problems.append(f"Its currency is {payment.currency}, the document's {head.currency}; split them.")
    elif not re.fullmatch("[A-Z]{3}", payment.currency):
        problems.append("The currency must be a code of three capital letters; correct it.")
    return problems


def _get_name(layout, name, problems):
    plain = transliterate(name)
    limit = MAX_SEPA_NAME if layout.service_level == "SEPA" else MAX_NAME
    if not plain:
        problems.append(
            "The payee's name is missing or not readable in Latin letters; write it in Latin letters."
        )
    elif len(plain) > limit:
        problems.append(f"The payee's name has {len(plain)} Latin letters, a bank takes {limit}; shorten it.")
    return plain


def _get_account_problem(account):
    if not account:
        return "is missing"
    if len(account) > MAX_ACCOUNT:
        return f"has more than {MAX_ACCOUNT} characters"
    if not _PRINTABLE.fullmatch(account):
        return "holds characters that banks do not take"
    return ""


def _make_payee_account(payment, problems):
    account, kind = payment.payee_id_value, payment.payee_id_type
    iban = as_iban(account) if kind in ("bank_acc_no", "bank_acc_iban") else None
    if iban:
        return iso.CashAccount38(id=iso.AccountIdentification4Choice(iban=iban))
    problem = "is not a valid IBAN" if kind == "bank_acc_iban" else _get_account_problem(account)
    if problem:
        problems.append(f"The payee's account {problem}; correct it on the registrant.")
        return None
    if kind == "bank_acc_no":
        return iso.CashAccount38(id=_make_other_account(account, code="BBAN"))
    return iso.CashAccount38(id=_make_other_account(account, own=kind))


def _make_other_account(account, code=None, own=None):
    scheme = iso.AccountSchemeName1Choice(cd=code) if code else None
    if own:
        scheme = iso.AccountSchemeName1Choice(prtry=own[:MAX_ID])
    return iso.AccountIdentification4Choice(
        othr=iso.GenericAccountIdentification1(id=account, schme_nm=scheme)
    )


def _make_payee_agent(payment, problems):
    code = payment.payee_bank_code
    if not code:
        if payment.payee_id_type == "bank_acc_no" and not as_iban(payment.payee_id_value):
            problems.append(
                "The payee's bank code is missing; set the BIC or clearing code on the payee's bank."
            )
        return None
    institution = _make_institution(code)
    if institution is None:
        problems.append(
            f"The payee's bank code is not one that banks take, or longer than {MAX_ID}; correct it."
        )
        return None
    return _make_agent(institution)


def _make_institution(code):
    """Return a bank by its BIC, or by its number in the country's clearing; None where it can be neither."""
    bic = as_bic(code)
    if bic:
        return iso.FinancialInstitutionIdentification18(bicfi=bic)
    if not is_plain(code) or len(code) > MAX_ID:
        return None
    return iso.FinancialInstitutionIdentification18(
        clr_sys_mmb_id=iso.ClearingSystemMemberIdentification2(mmb_id=code)
    )


def _make_agent(institution):
    return iso.BranchAndFinancialInstitutionIdentification6(fin_instn_id=institution)
