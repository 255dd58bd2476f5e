"""Many callbacks at once, each once, as fast as asked: what a benchmark throws at the caller.

All messages are made before the clock starts, and all acknowledgements are checked after it has stopped.
"""

import itertools
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass

from . import answers
from .contract import ON_DISBURSE
from .posting import Line, read_ack
from .sealing import seal

_SOMEBODY = {"sender_id": "spp.example.org", "receiver_id": "pay.example.org"}


@dataclass
class Shot:
    """One callback: what is sent, and what became of it.

    :param seconds: from the moment it was due to the end of the answer
    :param lag: from the moment it was due to that in which it was sent
    """

    base: str
    data: bytes
    seconds: float = 0.0
    lag: float = 0.0
    status: int | None = None
    answer: bytes = b""


def burst(simulator, transactions=None, uri="", rate=0.0, lines=8, copies=1):
    """Send one ``/on-disburse`` for each transaction and return a report of plain values.

    :param transactions: list of {transaction_id, rows}; all that are known, as they are now, when not given
    :param uri: callback base, where a transaction's own caller gave none
    :param rate: callbacks a second; 0 sends as fast as the caller answers
    :param lines: connections, kept alive
    :param copies: each is sent so often, byte for byte
    :raise ValueError: where a transaction has nowhere to be called back
    """
    if transactions is None:
        known = simulator.bank.transactions()
        transactions = [{"transaction_id": name, "rows": rows} for name, rows in known.items()]
    shots = [shot for one in transactions for shot in _shots(simulator, one, uri, copies)]
    seconds = _fire(simulator, shots, rate, lines)
    return _report(shots, seconds)


def _shots(simulator, transaction, uri, copies):
    name, rows = transaction["transaction_id"], transaction["rows"]
    header = simulator.callers.get(name) or {**_SOMEBODY, "total_count": len(rows)}
    base = simulator.callback_base({"sender_uri": uri}) or simulator.callback_base(header)
    if not base:
        raise ValueError(f"nowhere to call back about {name}")
    body = answers.disburse({"header": header, "message": {"transaction_id": name}}, rows)
    body["header"]["message_id"] = str(uuid.uuid4())
    data = seal(simulator, body)
    return [Shot(base, data) for _copy in range(copies)]


def _fire(simulator, shots, rate, lines):
    security, timeout = simulator.script.security, simulator.script.callbacks.timeout
    headers = {"Content-Type": "application/json"}
    if security.callback_token:
        headers["Authorization"] = f"Bearer {security.callback_token}"
    numbers, lock = itertools.count(), threading.Lock()
    begin = time.monotonic()

    def work():
        open_lines = {}
        while True:
            with lock:
                number = next(numbers)
            if number >= len(shots):
                break
            shot = shots[number]
            due = begin + number / rate if rate else time.monotonic()
            time.sleep(max(0.0, due - time.monotonic()))
            shot.lag = time.monotonic() - due
            line = open_lines.get(shot.base) or open_lines.setdefault(shot.base, Line(shot.base, timeout))
            try:
                shot.status, shot.answer = line.post(shot.base + ON_DISBURSE, shot.data, headers)
            except OSError as error:
                shot.answer = str(error).encode()
            shot.seconds = time.monotonic() - due
        for line in open_lines.values():
            line.close()

    threads = [threading.Thread(target=work, daemon=True) for _line in range(min(lines, len(shots)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begin


def _report(shots, seconds):
    statuses, acks, problems = Counter(), Counter(), Counter()
    for shot in shots:
        statuses[str(shot.status)] += 1
        word, problem = "", shot.answer.decode(errors="replace")
        if shot.status is not None:
            word, problem = read_ack(ON_DISBURSE, shot.status, shot.answer)
        acks[word or "none"] += 1
        if problem:
            problems[problem] += 1
    latencies = sorted(shot.seconds for shot in shots) or [0.0]
    shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "max": 1.0}
    last = len(latencies) - 1
    return {
        "sent": len(shots),
        "seconds": seconds,
        "per_second": len(shots) / seconds if seconds else 0.0,
        "latency": {name: latencies[round(share * last)] for name, share in shares.items()},
        "lag": max((shot.lag for shot in shots), default=0.0),
        "statuses": dict(statuses),
        "acks": dict(acks),
        "problems": dict(problems.most_common(10)),
    }
