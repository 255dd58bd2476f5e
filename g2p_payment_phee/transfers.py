"""From the transfers that the hub lists to news of payments, matched by key and by nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from odoo.addons.g2p_programs.dispatch.outcome import Row, RowResult

from . import answers, const
from .answers import Transfer
from .row_rules import answered_amount
from .settings import Settings

#: Code of the second row of a payment of which the hub says what cannot be true of one payment. Two rows that
#: disagree are what makes the engine ask finance.
QUARREL = "contradictory.transfers"
WRONG_PAYEE = "other.payee"


def rows(
    transfers: Iterable[Transfer], references: set[str], payees: Mapping[str, str], settings: Settings
) -> tuple[Row, ...]:
    """Return what transfers say of our payments; what is not ours is left out, what did not appear stays open.

    :param references: keys of the submission's payments
    :param payees: whom we sent each key for, as far as that is known
    """
    found = defaultdict(dict)
    for number, transfer in enumerate(transfers):
        keys = {key for key in transfer.references if key in references}
        for key in keys:
            slot = transfer.identity or f"#{number}"
            if _quarrels(found[key].get(slot), transfer):
                slot += f"#{number}"
            found[key][slot] = transfer if len(keys) == 1 else None
    return tuple(
        row
        for reference, ours in found.items()
        for row in _rows_of(reference, list(ours.values()), payees.get(reference, ""), settings)
    )


def _quarrels(known, transfer):
    """Whether one transfer is told to have ended in two ways.

    The same transfer can stand on two pages, as they have no order: then the later word counts, but not against an end.
    """
    ends = {const.ROW_RESULTS.get(one.status) for one in (known, transfer) if one}
    return ends == {RowResult.PAID, RowResult.FAILED}


def _rows_of(reference, transfers, payee, settings):
    """Return one row, or two that disagree where people have to look."""
    if None in transfers:
        # One transfer that carries the keys of two payments says nothing of either.
        return [Row(reference, RowResult.PENDING, code=QUARREL)]
    judged = [_row(reference, transfer, payee, settings) for transfer in transfers]
    paid = [row for row in judged if row.result is RowResult.PAID]
    if paid and (len(judged) > 1 or paid[0].code == WRONG_PAYEE):
        return [paid[0], Row(reference, RowResult.PENDING, code=paid[0].code or QUARREL)]
    return judged[:1] if len(judged) == 1 else [_least_final(judged)]


def _least_final(judged):
    """Failed only where every transfer of the payment failed."""
    return next((row for row in judged if row.result is not RowResult.FAILED), judged[0])


def _row(reference, transfer, payee, settings):
    result = const.ROW_RESULTS.get(transfer.status)
    if result is None:
        return Row(reference, RowResult.PENDING, code="unknown.status")
    if result is RowResult.PENDING:
        return Row(reference, result, code=const.PENDING_CODES.get(transfer.status, ""))
    code = _error_code(transfer.error)
    doubt = _doubt(transfer, result, payee, settings)
    if doubt:
        return Row(reference, RowResult.PENDING, code=code if doubt == "error" else doubt)
    is_paid = result is RowResult.PAID
    if is_paid and not _is_payee(transfer, payee, settings):
        code = WRONG_PAYEE
    elif not is_paid:
        code = code or "failed"
    amount = answered_amount(transfer.amount, settings.minor_unit_digits) if transfer.amount else None
    return Row(
        reference,
        result,
        amount=amount,
        currency=transfer.currency or None,
        code=code,
        when=transfer.when,
        external_reference=transfer.own_id if transfer.own_id != reference else "",
    )


def _doubt(transfer, result, payee, settings):
    """Return why a final word is not taken for one, empty when it is."""
    if result is RowResult.PAID:
        # What cannot be read cannot be compared, so it must not pass for paid in full.
        if transfer.amount == "" or transfer.currency == "":
            return "unreadable.amount" if transfer.amount == "" else "unreadable.currency"
        return "completed.with_error" if transfer.error else ""
    if not _is_payee(transfer, payee, settings):
        return WRONG_PAYEE
    return "error" if is_doubtful(transfer.error) else ""


def _is_payee(transfer, payee, settings):
    """Whether the transfer names whom we named; with account look-up the hub puts an account in the place of ours."""
    if settings.account_lookup or not transfer.payee or not payee:
        return True
    return transfer.payee.strip().lstrip("+").casefold() == payee.casefold()


def is_doubtful(error: object) -> bool:
    """Whether an error may stand for money that moved, or is still at work."""
    if answers.error_field(error, "errorCategory").lower() in const.DOUBTFUL_CATEGORIES:
        return True
    if error is not None and not isinstance(error, str | dict):
        return True
    return any(_speaks_of_doubt(text) for text in answers.error_texts(error))


def _speaks_of_doubt(text):
    return text == "unclear" or bool(const.DOUBTFUL.search(const.SEPARATION.sub(" ", text)))


def _error_code(error):
    """Return the code of an error, or ours for a text that is known; never a text of the hub."""
    if error is None or error == "":
        return ""
    code = answers.error_field(error, "errorCode")
    if const.CODE.fullmatch(code):
        return code
    text = error.strip() if isinstance(error, str) else ""
    return const.ERROR_TEXTS.get(text, "failed.other")
