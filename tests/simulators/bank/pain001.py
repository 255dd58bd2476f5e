"""ISO 20022 pain.001.001.09, as this bank reads it: the schema first, then what adds up, then what stands in it."""

import functools
import importlib.resources

from lxml import etree

from .orders import Item, Order, Refused, check_sum, is_ahead

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_IN = {"p": NAMESPACE}
_SHOWN = 20  # errors of the schema


def read_pain001(data):
    """Return the order in a message.

    :param bytes data: the XML file
    :raise Refused: with everything that is wrong
    """
    root = _parse(data)
    if not _schema().validate(root):
        errors = list(_schema().error_log)[:_SHOWN]
        raise Refused(f"line {error.line}: {error.message}" for error in errors)
    head = root.find(".//p:GrpHdr", _IN)
    order = Order(_text(head, "p:MsgId"), [])
    problems = []
    for instruction in root.iterfind(".//p:PmtInf", _IN):
        part = _read_instruction(instruction, order.message_id)
        problems += _check_instruction(instruction, part)
        order.items.extend(part.items)
    if problems:
        raise Refused(problems)
    order.check(_text(head, "p:NbOfTxs"), _text(head, "p:CtrlSum"))
    return order


def _parse(data):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused([f"no XML: {error}"]) from error
    if root.getroottree().docinfo.doctype:
        raise Refused(["a document type has no place in a payment file"])
    if etree.QName(root).namespace != NAMESPACE:
        raise Refused(["this bank takes pain.001.001.09 only"])
    return root


@functools.cache
def _schema():
    file = importlib.resources.files("sepaxml") / "schemas" / "pain.001.001.09.xsd"
    return etree.XMLSchema(etree.fromstring(file.read_bytes()))


def _read_instruction(instruction, message_id):
    return Order(message_id, [_read_item(one) for one in instruction.iterfind("p:CdtTrfTxInf", _IN)])


def _read_item(transaction):
    amount = transaction.find("p:Amt/p:InstdAmt", _IN)
    reference = _text(transaction, "p:PmtId/p:EndToEndId")
    account = _text(transaction, "p:CdtrAcct/p:Id/p:IBAN") or _text(
        transaction, "p:CdtrAcct/p:Id/p:Othr/p:Id"
    )
    agent = transaction.find("p:CdtrAgt/p:FinInstnId", _IN)
    bank = _text(agent, "p:BICFI") or _text(agent, "p:ClrSysMmbId/p:MmbId") if agent is not None else ""
    return Item(
        place=f"line {transaction.sourceline}",
        reference=reference,
        name=_text(transaction, "p:Cdtr/p:Nm"),
        address=f"account:{account}@{bank}",
        amount=amount.text if amount is not None else "",
        currency=amount.get("Ccy") if amount is not None else "",
    )


def _check_instruction(instruction, part):
    """Return where an instruction's own count and sum do not fit, which it may leave out, and a day that is over."""
    problems = []
    count, total = _text(instruction, "p:NbOfTxs"), _text(instruction, "p:CtrlSum")
    name = _text(instruction, "p:PmtInfId")
    if count and count != str(len(part.items)):
        problems.append(f"{name}: it says {count} payments, and holds {len(part.items)}")
    day = _text(instruction, "p:ReqdExctnDt/p:Dt") or _text(instruction, "p:ReqdExctnDt/p:DtTm")[:10]
    if not is_ahead(day):
        problems.append(f"{name}: the execution date {day} is over")
    readable = not any(item.problems() for item in part.items)
    if total and readable:
        problems += [f"{name}: {problem}" for problem in check_sum(total, part.total)]
    return problems


def _text(node, path):
    return (node.findtext(path, "", _IN) or "").strip()
