"""What the operations app says of batches, with its own errors in it (contract, section 4)."""

import uuid
from collections import Counter
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from .batches import milliseconds

_SNAKE = {"batchId": "batch_id", "requestId": "request_id", "createdAt": "created_at"}
_ZEROS = ("total", "ongoing", "failed", "successful")
_AMOUNTS = ("totalAmount", "successfulAmount", "pendingAmount", "failedAmount")
FILE_ROOT = "/paymenthub-ee/"


def counters(transfers):
    """Return counts and sums over ``transfers``; what is neither in progress nor final only counts in total."""
    number, amount = Counter(), Counter()
    for transfer in transfers:
        for status in (transfer["status"], "total"):
            number[status] += 1
            amount[status] += int(transfer["amount"])
    return {
        "total": number["total"],
        "ongoing": number["IN_PROGRESS"],
        "failed": number["FAILED"],
        "successful": number["COMPLETED"],
        "totalAmount": amount["total"],
        "successfulAmount": amount["COMPLETED"],
        "pendingAmount": amount["IN_PROGRESS"],
        "failedAmount": amount["FAILED"],
    }


def right_status(counted):
    """Return the status that the list and ``/batches/{id}`` tell, which is right."""
    if counted["ongoing"] or not counted["total"]:
        return "IN_PROGRESS"
    if counted["failed"]:
        return "FAILED"
    return "COMPLETED" if counted["successful"] == counted["total"] else "UNKNOWN"


def summary(batch, counted, snake):
    """Return ``GET /batch/{id}``: its status is COMPLETED where there is nothing, and Failed while it runs."""
    total = counted["total"]
    body = _aggregate(
        batch,
        counted,
        "COMPLETED" if counted["successful"] == total else "Failed",
        *(str(counted[name] / total * 100) if total else "NaN" for name in ("failed", "successful")),
    )
    return _named(body, snake)


def stored_summary(batch, snake):
    """Return ``GET /batch?batchId=``: nothing but what the last look at the batch as a whole left behind."""
    counted = batch.counted or dict.fromkeys((*_ZEROS, *_AMOUNTS))
    status, shares = "UNKNOWN", (None, None)
    if batch.counted:
        total = counted["total"]
        if counted["successful"] == total:
            status = "COMPLETED"
        elif counted["ongoing"]:
            status = "Pending"
        shares = (percentage(counted["failed"], total), percentage(counted["successful"], total))
    return _named(_aggregate(batch, counted, status, *shares), snake)


def zeros(batch_id, snake):
    """Return what the oldest operations apps say of a batch that they do not know."""
    body = {"batchId": batch_id, "requestId": None, **dict.fromkeys((*_ZEROS, *_AMOUNTS), 0)}
    body.update(file=None, notes=None, createdAt="null", status="COMPLETED", modes="")
    body.update(purpose="Unknown purpose", failPercentage="NaN", successPercentage="NaN")
    return _named(body, snake)


def percentage(part, total):
    """Return a share as the stored views write it: at most two decimals, cut off."""
    if not total:
        return "NaN"
    share = (Decimal(part) * 100 / Decimal(total)).quantize(Decimal("0.01"), ROUND_DOWN)
    return f"{share.normalize():f}"


def page(transfers, number, size):
    """Return one page of ``transfers`` in the envelope of the hub's framework."""
    content = transfers[number * size : (number + 1) * size]
    pages = -(-len(transfers) // size)
    unsorted = {"sorted": False, "unsorted": True, "empty": True}
    return {
        "content": content,
        "pageable": {
            "sort": unsorted,
            "offset": number * size,
            "pageSize": size,
            "pageNumber": number,
            "paged": True,
            "unpaged": False,
        },
        "totalPages": pages,
        "totalElements": len(transfers),
        "last": number + 1 >= pages,
        "size": size,
        "number": number,
        "sort": unsorted,
        "numberOfElements": len(content),
        "first": number == 0,
        "empty": not content,
    }


def completed_at(transfers):
    """Return when the last of ``transfers`` was completed; None while one is not."""
    moments = [transfer["completedAt"] for transfer in transfers]
    return max(moments) if moments and None not in moments else None


def listed(batch, transfers):
    """Return a batch as a row of ``GET /batches``."""
    counted = counters(transfers)
    stored = batch.counted or dict.fromkeys((*_ZEROS, *_AMOUNTS))
    return {
        "id": batch.number,
        "batchId": batch.batch_id,
        "subBatchId": None,
        "requestId": None,
        "correlationId": batch.correlation or None,
        "requestFile": batch.file_name,
        "totalTransactions": stored["total"],
        "ongoing": stored["ongoing"],
        "failed": stored["failed"],
        "completed": stored["successful"],
        "totalAmount": stored["totalAmount"],
        "ongoingAmount": stored["pendingAmount"],
        "failedAmount": stored["failedAmount"],
        "completedAmount": stored["successfulAmount"],
        "result_file": batch.file,
        "note": None,
        "startedAt": milliseconds(batch.accepted),
        "completedAt": completed_at(transfers),
        "paymentMode": batch.mode,
        "registeringInstitutionId": batch.institution,
        "payerFsp": batch.tenant,
        "status": right_status(counted),
    }


def listing(rows, chosen):
    """Return the envelope of ``GET /batches``: ``rows`` of the page, totals of all that are ``chosen``."""
    amounts = [row["totalAmount"] or 0 for row in chosen]
    return {
        "totalBatches": len(chosen),
        "totalTransactions": sum(row["totalTransactions"] or 0 for row in chosen),
        "totalAmount": sum(amounts),
        "totalApprovedCount": 0,
        "totalApprovedAmount": 0,
        # Whatever was created.
        "totalSubBatchesCreated": 10,
        "data": rows,
    }


def detailed(batch, transfers, moment):
    """Return ``GET /batches/{id}`` with its sub-batches."""
    subs = [sub_summary(batch, sub, transfers) for sub in batch.sub_batches]
    body = _stored_part(batch, transfers, batch.counted)
    body.update(
        payeeFsp=None,
        generatedBy=None,
        generatedAt=_local(moment),
        totalSubBatches=len(subs),
        approvedTransactionCount=0,
        approvedAmount=0,
        subBatchSummaryList=subs,
        totalInstructionCount=0,
    )
    return body


def sub_summary(batch, sub_batch, transfers):
    """Return one sub-batch, as ``/batches/{id}`` lists it."""
    own = _of_sub(batch, sub_batch, transfers)
    body = {"subBatchId": sub_batch, **_stored_part(batch, own, counters(own))}
    position = batch.sub_batches.index(sub_batch) + 1
    body.update(registeringInstitutionId=None, modes=batch.mode, file=f"x_sub-batch-{position}.csv")
    body.update(approvedAmount=0, approvedTransactionCount=0, payeeFspSet=[], instructionList=None)
    body.update(budgetAccount=None, generatedBy=None, generatedAt=None, totalInstructionCount=None)
    return body


def with_instructions(batch, transfers, moment, limit):
    """Return ``GET /batches/{id}?associations=all``; ``limit`` holds for each sub-batch."""
    counted = counters(transfers)
    subs, instructions = [], []
    for sub_batch in batch.sub_batches or [None]:
        own = _of_sub(batch, sub_batch, transfers)
        instructions += [instruction(batch, transfer, sub_batch) for transfer in own[:limit]]
        if sub_batch:
            part = counters(own)
            payer = own[0]["payerPartyId"] if own else None
            subs.append(
                {
                    "subBatchId": sub_batch,
                    "payerFsp": batch.tenant,
                    "total": part["total"],
                    "totalAmount": part["totalAmount"],
                    "payeeFspSet": [],
                    "budgetAccount": payer,
                }
            )
    return {
        "batchId": batch.batch_id,
        "payerFsp": batch.tenant,
        "reportGeneratedBy": None,
        "reportGeneratedAt": _local(moment),
        "startedAt": milliseconds(batch.accepted),
        "completedAt": completed_at(transfers),
        "registeringInstitutionId": batch.institution,
        "status": right_status(counted),
        "subBatchList": subs,
        "instructionList": instructions,
        **(batch.counted or dict.fromkeys((*_ZEROS, *_AMOUNTS))),
        "totalInstruction": 0,
        "totalBatchAmount": counted["totalAmount"],
        "clientCorrelationId": batch.correlation or None,
    }


def instruction(batch, transfer, sub_batch, reason=None, payee=None):
    """Return one payment as an instruction."""
    by_channel = transfer["direction"] == "OUTGOING"
    return {
        "instructionId": transfer["clientCorrelationId" if by_channel else "transactionId"],
        "payerFsp": batch.tenant,
        "payeeFunctionalId": payee or transfer["payeePartyId"],
        "amount": int(transfer["amount"]),
        "status": transfer["status"],
        "reason": reason,
        "startedAt": transfer["startedAt"],
        "completedAt": transfer["completedAt"],
        "subBatchId": sub_batch,
    }


def result_file(transfers):
    """Return the file that the operations app puts into its store: no header, a comma at each end."""
    lines = []
    for row in transfers:
        cells = [row[name] for name in ("transactionId", "status", "payeeDfspId", "payeePartyId")]
        cells += [row[name] for name in ("payerDfspId", "payerPartyId", "amount", "currency")]
        cells += [row["errorInformation"], _stamp(row["startedAt"]), _stamp(row["completedAt"])]
        lines.append(",".join("null" if cell is None else str(cell) for cell in cells) + ",\n")
    return "".join(lines)


def new_file_name(moment):
    return f"{FILE_ROOT}{milliseconds(moment)}_{uuid.uuid4().hex[:13]}_response.csv"


def _of_sub(batch, sub_batch, transfers):
    by_id = {payment.number: payment.sub_batch for payment in batch.payments}
    return [transfer for transfer in transfers if by_id.get(transfer["id"]) == sub_batch]


def _stored_part(batch, transfers, stored):
    stored = stored or dict.fromkeys((*_ZEROS, *_AMOUNTS))
    shares = [None, None]
    if stored["total"] is not None:
        shares = [percentage(stored[name], stored["total"]) for name in ("failed", "successful")]
    return {
        "batchId": batch.batch_id,
        "requestId": None,
        "startedAt": milliseconds(batch.accepted),
        "completedAt": completed_at(transfers),
        "registeringInstitutionId": batch.institution,
        **stored,
        "file": None,
        "notes": None,
        "createdAt": _stamp(milliseconds(batch.accepted)),
        "status": right_status(counters(transfers)),
        "modes": None,
        "purpose": None,
        "failedPercentage": shares[0],
        "successPercentage": shares[1],
        "payerFsp": batch.tenant,
    }


def _aggregate(batch, counted, status, failed, successful):
    return {
        "batchId": batch.batch_id,
        "requestId": None,
        **{name: counted[name] for name in (*_ZEROS, *_AMOUNTS)},
        "file": batch.file,
        "notes": None,
        "createdAt": _stamp(milliseconds(batch.accepted)),
        "status": status,
        "modes": batch.mode,
        "purpose": "Unknown purpose",
        "failPercentage": failed,
        "successPercentage": successful,
        "registeringInstitutionId": batch.institution,
        "payerFsp": batch.tenant,
        "correlationId": batch.correlation or None,
    }


def _named(body, snake):
    return {_SNAKE.get(name, name): value for name, value in body.items()} if snake else body


def _stamp(millis):
    """Return a moment as Java's Timestamp writes it."""
    if millis is None:
        return None
    return datetime.fromtimestamp(millis / 1000).strftime("%Y-%m-%d %H:%M:%S.0")


def _local(moment):
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
