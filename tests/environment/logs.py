"""What an Odoo log complains of. The form of a record is checklog-odoo's, OCA's log checker."""

from pathlib import Path

from checklog_odoo.checklog import ANSI_CSI_RE, LOG_START_RE, NON_ERROR_LEVELS

# Regular expressions of records that may be there. Empty, and meant to stay so.
ALLOWED = ()


def complaints(path, start=0):
    """List the records above INFO, each with its traceback.

    :param path: the log file
    :param int start: byte from which to read
    :return: list of str
    """
    path = Path(path)
    if not path.exists():
        return []
    with open(path, "rb") as stream:
        stream.seek(start)
        text = stream.read().decode(errors="replace")
    found, current = [], None
    for line in text.splitlines():
        line = ANSI_CSI_RE.sub("", line)
        record = LOG_START_RE.match(line)
        if record:
            current = None
            if record.group("loglevel") not in NON_ERROR_LEVELS:
                current = [line]
                found.append(current)
        elif current is not None:
            current.append(line)
    return ["\n".join(lines) for lines in found]
