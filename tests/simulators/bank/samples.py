"""Payment files as an office would bring them, for tests of the bank: right ones, and ways to spoil them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import openpyxl

from .csv_file import COLUMNS
from .pain001 import NAMESPACE

HEADERS = (
    "Reference", "Payee", "Amount", "Currency", "Batch", "Status", "Date", "Code", "Reason", "Bank Reference",
)  # fmt: skip


def payment(number, **changes):
    """Return one payment as a dict: reference, name, account, bank, amount, currency."""
    return {
        "reference": f"{number:032x}",
        "name": f"Payee {number}",
        "account": f"{100000000 + number}",
        "bank": "HARBOUR1",
        "amount": f"{10 + number}.50",
        "currency": "USD",
        **changes,
    }


def tomorrow():
    return (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


def total_of(payments):
    return f"{sum(Decimal(one['amount']) for one in payments):.2f}"


def make_csv(*payments, message="MSG1", count=None, total=None, columns=COLUMNS, day=None, totals=True):
    """Return the bank's CSV; ``count`` and ``total`` tell lies where they are given."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(columns)
    for number, one in enumerate(payments, start=1):
        writer.writerow(
            [
                one.get("line", number),
                one["reference"],
                one["name"],
                one["account"],
                one["bank"],
                one["amount"],
                one["currency"],
                day or tomorrow(),
                one.get("payer", "7001"),
                "Program",
                one.get("message", message),
            ]  # fmt: skip
        )
    if totals:
        count = len(payments) if count is None else count
        writer.writerow([count, "TOTAL", "", "", "", total or total_of(payments), "", "", "", "", ""])
    return stream.getvalue().encode()


def make_pain001(
    *payments, message="MSG1", count=None, total=None, inner_count=None, inner_total=None, day=None
):
    """Return a pain.001.001.09 message with one instruction."""
    count = len(payments) if count is None else count
    total = total or total_of(payments)
    head = f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
    inner = f"<NbOfTxs>{inner_count or count}</NbOfTxs><CtrlSum>{inner_total or total}</CtrlSum>"
    agent = "<FinInstnId><ClrSysMmbId><MmbId>HARBOUR1</MmbId></ClrSysMmbId></FinInstnId>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}"><CstmrCdtTrfInitn><GrpHdr>'
        f"<MsgId>{message}</MsgId><CreDtTm>2026-11-21T08:00:00Z</CreDtTm>{head}<InitgPty><Nm>Office</Nm></InitgPty>"
        f"</GrpHdr><PmtInf><PmtInfId>{message}</PmtInfId><PmtMtd>TRF</PmtMtd>{inner}"
        f"<ReqdExctnDt><Dt>{day or tomorrow()}</Dt></ReqdExctnDt><Dbtr><Nm>Office</Nm></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>7001</Id></Othr></Id></DbtrAcct><DbtrAgt>{agent}</DbtrAgt>"
        f"{''.join(map(_make_transaction, payments))}</PmtInf></CstmrCdtTrfInitn></Document>"
    ).encode()


def _make_transaction(one):
    iban = one.get("iban")
    account = f"<IBAN>{iban}</IBAN>" if iban else f"<Othr><Id>{one['account']}</Id></Othr>"
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{one['reference']}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{one["currency"]}">{one["amount"]}</InstdAmt></Amt>'
        f"<CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>{one['bank']}</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt>"
        f"<Cdtr><Nm>{one['name']}</Nm></Cdtr><CdtrAcct><Id>{account}</Id></CdtrAcct></CdtTrfTxInf>"
    )


def make_list(*payments, headers=HEADERS):
    """Return a pay point's list of open payments (XLSX)."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(headers)
    for one in payments:
        values = {
            "Reference": one["reference"],
            "Payee": one["name"],
            "Amount": float(one["amount"]),
            "Currency": one["currency"],
            "Batch": "PB-1",
        }
        sheet.append([values.get(name) for name in headers])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()
