"""The bank's own upload format: CSV in UTF-8 with exactly these columns, and a last line that adds up."""

import csv
import io

from .orders import Item, Order, Refused, is_ahead

#: The columns, in their order. Who writes others has not read the bank's leaflet.
COLUMNS = (
    "No",
    "End-to-End ID",
    "Beneficiary Name",
    "Beneficiary Account",
    "Beneficiary Bank",
    "Amount",
    "Currency",
    "Execution Date",
    "Payer Account",
    "Remittance Information",
    "Message ID",
)
#: The same in all lines: one file is one message, from one account, on one day.
SAME = ("Message ID", "Execution Date", "Payer Account", "Currency")
TOTAL = "TOTAL"


def read_csv(data):
    """Return the order in a file.

    :param bytes data: the file
    :raise Refused: with everything that is wrong
    """
    lines = _read_lines(data)
    header, lines = lines[:1], lines[1:]
    if header != [list(COLUMNS)]:
        raise Refused([f"the columns have to be {', '.join(COLUMNS)}"])
    if not lines or TOTAL not in lines[-1]:
        raise Refused(
            [f"the last line with {TOTAL}, number of payments and control sum is missing: is this all?"]
        )
    *rows, totals = [dict(zip(COLUMNS, line, strict=True)) for line in _check_widths(lines)]
    problems = _check_numbers(rows) + _check_same(rows)
    if problems:
        raise Refused(problems)
    order = Order(rows[0]["Message ID"] if rows else "", [_read_item(row) for row in rows])
    order.check(totals["No"], totals["Amount"])
    return order


def _read_lines(data):
    try:
        text = data.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:
        raise Refused([f"no UTF-8 at byte {error.start}"]) from error
    except csv.Error as error:
        raise Refused([f"no CSV: {error}"]) from error


def _check_widths(lines):
    wrong = [number for number, line in enumerate(lines, start=2) if len(line) != len(COLUMNS)]
    if wrong:
        raise Refused(f"line {number}: it has not {len(COLUMNS)} cells" for number in wrong)
    return lines


def _check_numbers(rows):
    """Return where lines do not count from 1 without a gap: none may be missing in the middle."""
    return [
        f"line {place + 1}: it is numbered {row['No']!r} and not {place}"
        for place, row in enumerate(rows, start=1)
        if row["No"] != str(place)
    ]


def _check_same(rows):
    problems = []
    for name in SAME:
        found = {row[name] for row in rows}
        if len(found) > 1:
            problems.append(f"{name} has to be the same in all lines, and there are {len(found)}")
        if "" in found:
            problems.append(f"{name} is missing")
    days = {row["Execution Date"] for row in rows} - {""}
    return problems + [f"Execution Date {day!r} is no day, or is over" for day in days if not is_ahead(day)]


def _read_item(row):
    return Item(
        place=f"line {int(row['No']) + 1}",
        reference=row["End-to-End ID"],
        name=row["Beneficiary Name"],
        address=f"account:{row['Beneficiary Account']}@{row['Beneficiary Bank']}",
        amount=row["Amount"],
        currency=row["Currency"],
    )
