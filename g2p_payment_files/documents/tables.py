"""What tables have in common, whether read by a spreadsheet or by a bank's line reader."""

from .cells import (
    AMOUNT_SOURCES,
    COLUMN_SOURCES,
    EMPTY,
    Cell,
    get_cell,
    get_label,
    is_canonical,
)
from .errors import DocumentError, Findings

TOTAL_LABEL = "TOTAL"


def check_columns(layout):
    """Return what is wrong with a layout's columns, whatever the format."""
    problems = []
    if not layout.columns:
        problems.append("There are no columns: add at least one.")
    problems += [
        f"Column {place}: there is nothing called {column.source!r} to show; choose another."
        for place, column in enumerate(layout.columns, 1)
        if column.source not in COLUMN_SOURCES
    ]
    return problems


def check_decimal_mark(layout):
    """Return what is wrong with how amounts are written."""
    if layout.minor_units or layout.decimal_mark in (".", ","):
        return []
    return ["The decimal mark must be a point or a comma."]


def raise_if_unfit(problems):
    """Raise all of a layout's problems at once."""
    if problems:
        raise DocumentError(text="\n".join(problems))


def make_rows(layout, head, payments, write):
    """Return the rows of a part, or everything that is wrong with them.

    :param write: ``write(column, cell) -> (what stands there, list of problems)``
    :return: list of lists of what ``write`` gave
    :raises DocumentError: naming each payment, column and remedy
    """
    findings = Findings()
    rows = []
    for payment in payments:
        row = []
        for column in layout.columns:
            cell = get_cell(column, layout, head, payment)
            written, problems = write(column, cell)
            for problem in [*_get_amount_problems(column, cell), *problems]:
                findings.add(payment.reference, f"Column {get_label(column)!r}: {problem}.")
            row.append(written)
        if payment.currency != head.currency:
            findings.add(
                payment.reference,
                f"Its currency is {payment.currency}, the document's {head.currency}; split them.",
            )
        rows.append(row)
    findings.raise_if_any()
    return rows


def _get_amount_problems(column, cell):
    if cell.kind == "amount" and not is_canonical(cell.text):
        return ["it is not an amount; correct it"]
    if column.source in AMOUNT_SOURCES and column.source != "fee" and cell is EMPTY:
        return ["there is no amount; correct it"]
    return []


def place_totals(layout, head, fits=None):
    """Return the last line: count and control sum, each below the column that it adds up where there is one.

    :param fits: ``fits(column, cell) -> bool``; all do where it is not given
    :return: (a :class:`Cell` for each column, cells that found no column)
    """
    fits = fits or (lambda column, cell: True)
    cells = [None] * len(layout.columns)
    waiting = [Cell("text", TOTAL_LABEL)]
    for source, cell in (
        ("number", Cell("integer", str(head.count))),
        ("amount", Cell("amount", head.total)),
    ):
        own = [
            place
            for place, column in enumerate(layout.columns)
            if column.source == source and fits(column, cell)
        ]
        if own:
            cells[own[0]] = cell
        else:
            waiting.append(cell)
    homeless = []
    for cell in waiting:
        free = [
            place
            for place, column in enumerate(layout.columns)
            if cells[place] is None and column.source not in AMOUNT_SOURCES and fits(column, cell)
        ]
        if free:
            cells[free[0]] = cell
        elif cell.text != TOTAL_LABEL:
            homeless.append(cell)
    return [cell or EMPTY for cell in cells], homeless
