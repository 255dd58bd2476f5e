"""What a careful caller would not send, though the real systems take it."""

from collections import Counter

from . import contract

_NOBODY = ("", "false", "none", "null", "undefined")


def _of_payee(id_type, id_value, amount):
    if id_value.strip().lower() in _NOBODY:
        yield "an identifier of nobody was sent"
    if id_type not in contract.sdk().id_types:
        yield "an identifier type was sent that the scheme does not know"
    if amount == "0":
        yield "an amount of nothing was sent"


def of_disbursement(body, known):
    """Return what is wrong with a disbursement that keeps to the schema.

    :param known: whether its id was used before
    """
    found = ["a disbursementId was used again"] if known else []
    if not body["disbursementId"].strip():
        found.append("an empty disbursementId was sent")
    names = ("payeeIdType", "payeeIdValue", "amount", "currency")
    lines = Counter(tuple(payee[name] for name in names) for payee in body["payeeList"])
    if any(times > 1 for times in lines.values()):
        found.append("two equal lines were sent in one disbursement")
    for id_type, id_value, amount, _currency in lines:
        found += _of_payee(id_type, id_value, amount)
    return list(dict.fromkeys(found))


def of_transfer(body, switch, unknown):
    """Return what is wrong with a transfer that keeps to the schema.

    :param unknown: transferIds that the caller was told are unknown to the switch since they were sent
    """
    found = list(_of_payee(body["to"]["idType"], body["to"]["idValue"], body["amount"]))
    transfer_id = body.get("transferId")
    if transfer_id is None:
        return [*found, "no transferId was sent"]
    if not contract.sdk().is_correlation(transfer_id):
        found.append("a transferId was sent that is none")
    if switch.find(transfer_id):
        found.append("a transferId was sent again that the switch has")
    elif unknown.get(transfer_id) is False:
        found.append("a transferId was sent again without being asked about")
    if switch.sent_before(body["homeTransactionId"], transfer_id):
        found.append("a payment was sent again that may be paid")
    return found
