"""What was measured: a table for people, a JSON file for programs."""

import json
import platform
from datetime import UTC, datetime

SHOWN_SETTINGS = (
    "server_version",
    "synchronous_commit",
    "fsync",
    "full_page_writes",
    "shared_buffers",
    "work_mem",
    "wal_level",
)
COLUMNS = ("stage", "seconds", "rows/s", "plain SQL/s", "ratio", "queries", "per row")
EXPLANATION = """\
Each stage: from its call until another connection sees all of it committed. Plain SQL: the median of several
runs of one set statement per table, on copies with the same columns, indexes and constraints. Beside a CSV or
signed files: one COPY of the same columns. Bridge, sending and settling: a batch of 10,000 in whole rounds from claim
to books, with the bridge's own work. Direct: a call and a few transactions for each payment, the simulated payment
system on the same processors.
"""


def read_settings(connection):
    """Return the settings of the cluster that make a difference, as a dict."""
    with connection.cursor() as cursor:
        query = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)"
        cursor.execute(query, (list(SHOWN_SETTINGS),))
        return dict(cursor.fetchall())


def make(count, settings, results, limit):
    """Return everything as one JSON-able dict.

    :param int count: registrants
    :param dict settings: of the cluster
    :param list results: dicts of stage, seconds, plain_seconds, queries; ``limited`` False where no limit holds,
        ``count`` where other than all registrants were paid, and ``peak_mb`` where memory was looked at
    :param float limit: the ratio that no stage may pass
    """
    stages = []
    for row in results:
        ratio = row["seconds"] / row["plain_seconds"]
        rows = row.get("count", count)
        stages.append(
            row
            | {
                "rate": round(rows / row["seconds"], 1),
                "plain_rate": round(rows / row["plain_seconds"], 1),
                "ratio": round(ratio, 2),
                "queries_per_row": round(row["queries"] / rows, 3),
            }
        )
    return {
        "n": count,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "settings": settings,
        "limit": limit,
        "stages": stages,
    }


def show(report):
    """Print the table."""
    settings = ", ".join(f"{name} {value}" for name, value in report["settings"].items())
    print(f"\n{report['n']} households, one payment each; PostgreSQL: {settings}")
    print(EXPLANATION)
    print(_line(*COLUMNS))
    for row in report["stages"]:
        values = (f"{row['seconds']:.3f}", f"{row['rate']:.0f}", f"{row['plain_rate']:.0f}")
        print(
            _line(
                row["stage"], *values, f"{row['ratio']:.1f}x", row["queries"], f"{row['queries_per_row']:.2f}"
            )
        )
    for row in [*report["stages"], *report["vouchers"]]:
        _show_more(row)


def _show_more(row):
    """Print what else is known of documents."""
    if "pages" in row:
        print(
            f"\n{row['vouchers']} vouchers on {row['pages']} pages: {row['seconds']:.1f} s,"
            f" {row['pages_per_second']:.1f} pages/s; {row['parts']} parts of {row['seconds_per_part']:.2f} s"
            f" (slowest {row['slowest_part']:.2f} s), joined in {row['joining']:.2f} s"
        )
    what = row.get("stage", "vouchers")
    for size, queries in row.get("queries_at", {}).items():
        print(f"queries at {size} ({what}): {queries}")
    for size, peak in row.get("peak_mb", {}).items():
        print(f"memory at {size} ({what}): " + ("unknown" if peak is None else f"+{peak:.1f} MB at most"))


def _line(stage, *values):
    return f"{stage:<32}" + "".join(f"{value:>13}" for value in values)


def save(report, path):
    """Write the JSON file."""
    path.write_text(json.dumps(report, indent=2) + "\n")


def over_limit(report):
    """Return the names of the stages that are slower than the limit allows."""
    return [
        row["stage"]
        for row in report["stages"]
        if row.get("limited", True) and row["ratio"] > report["limit"]
    ]
