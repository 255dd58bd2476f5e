"""Calls back: composes what the script wants the caller to hear, sends it, and checks how it is acknowledged."""

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from . import answers
from .agenda import Agenda
from .contract import ON_DISBURSE, ON_SEARCH, ON_TXN_STATUS
from .plays import spoiled
from .posting import Line, read_ack
from .sealing import seal

_REMEMBERED = 2000
_FINAL = ("succ", "rjct")


@dataclass
class Errand:
    """Everything that one request brings about.

    :param path: of the callback
    :param request: body of the request, decrypted
    :param rows: as they were when the request came
    :param tell: makes a body of rows
    :param fault: of the request, as it is played in the answer
    :param live: rows are told as they are when they are told
    :param refusal: reason of the header, where the request is refused as a whole
    :param book: where what is sent is written down
    """

    path: str
    request: dict
    rows: list
    tell: Any
    fault: Any = None
    live: bool = False
    refusal: str = ""
    book: Any = None
    final: set = field(default_factory=set)

    @property
    def transaction(self):
        return self.request["message"]["transaction_id"]


@dataclass(frozen=True)
class Step:
    """One message of an errand: which rows, and whether they are still called pending."""

    places: tuple
    pending: bool = False


class Courier:
    """Sends callbacks in threads of its own, and remembers how they were acknowledged."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._agenda = Agenda()
        self._lock = threading.Lock()
        self.forget()

    def forget(self):
        """Forget what was sent, and send nothing more for requests of before."""
        self._agenda.clear()
        with self._lock:
            self._book = deque(maxlen=_REMEMBERED)
            self._acks = Counter()
            self._held = []
            self._parked = []

    def state(self):
        """Return the latest messages and how all were acknowledged."""
        with self._lock:
            return {"callbacks": [dict(one) for one in self._book], "acks": dict(self._acks)}

    def disbursed(self, request, rows, executed, fault=None, refusal=""):
        """Call back about a disbursement."""
        errand = Errand(
            ON_DISBURSE,
            request,
            rows,
            lambda told: answers.disburse(request, told),
            fault,
            executed,
            refusal,
            self._book,
        )
        with self._lock:
            if self._rules.after_question:
                self._parked.append(errand)
                return
        self._begin(errand)

    def asked(self, transaction):
        """Let go what waits for a question about ``transaction``."""
        with self._lock:
            waited = [one for one in self._parked if one.transaction == transaction]
            self._parked = [one for one in self._parked if one.transaction != transaction]
        for errand in waited:
            self._begin(errand)

    def answered(self, request, tell, rows, fault=None, refusal=""):
        """Call back about a question; ``tell`` makes the answer of rows."""
        self._begin(
            Errand(ON_TXN_STATUS, request, rows, tell, fault, refusal=refusal, book=self._book), parts=1
        )

    def found(self, request, rows, fault=None, refusal=""):
        """Call back about a search."""
        errand = Errand(
            ON_SEARCH,
            request,
            rows,
            lambda told: answers.search(request, told),
            fault,
            refusal=refusal,
            book=self._book,
        )
        self._begin(errand, parts=1)

    @property
    def _rules(self):
        return self._simulator.script.callbacks

    def _begin(self, errand, parts=None):
        rules = self._rules
        begun = [(errand, _steps(errand, rules, parts or rules.parts))]
        if rules.hold:
            with self._lock:
                self._held += begun
                if len(self._held) < rules.hold:
                    return
                begun, self._held = self._held[::-1], []
        self._agenda.later(rules.delay, self._run, begun)

    def _run(self, begun):
        """Send the first message of each, one after the other; the rest of each goes its own way."""
        rules = self._rules
        for errand, (step, *rest) in begun:
            if errand.book is not self._book:
                return
            acknowledged = self._send(errand, step)
            if rules.stop_unless_acked and not acknowledged:
                continue
            if rest:
                self._agenda.later(rules.part_seconds, self._run, [(errand, rest)])
            else:
                self._follow_up(errand)

    def _follow_up(self, errand):
        seconds = self._rules.follow_up_seconds
        if seconds and errand.live:
            open_ones = tuple(place for place in range(len(errand.rows)) if place not in errand.final)
            if open_ones:
                self._agenda.later(seconds, self._look_again, errand, open_ones)

    def _look_again(self, errand, places):
        if errand.book is self._book:
            references = [errand.rows[place]["reference_id"] for place in places]
            self._simulator.bank.ask(self._simulator.script, errand.transaction, references)
            self._run([(errand, [Step(places)])])

    def _send(self, errand, step):
        """Send one message; tell whether it was acknowledged."""
        simulator = self._simulator
        rows = self._rows(errand, step)
        references = [row["reference_id"] for row in rows]
        fault = simulator.player.next_fault("callback", errand.transaction, references)
        if fault and fault.play == "late":
            simulator.wait(fault.seconds)
        body = self._body(errand, rows, fault)
        line = {
            "path": errand.path,
            "transaction": errand.transaction,
            "message_id": body["header"]["message_id"],
            "rows": len(rows) if "message" in body else 0,
            "play": fault.play if fault else "",
        }
        if fault and fault.play == "lost":
            self._write_down(errand, {**line, "tries": 0, "status": None, "ack": "", "problem": "lost"})
            return False
        data, kind = spoiled(fault, seal(simulator, body, fault))
        url, headers = self._address(errand, fault), self._headers(kind, fault)
        copies = self._rules.copies + (fault is not None and fault.play == "twice")
        acknowledged = True
        for _copy in range(copies):
            told = self._deliver(errand, url, data, headers, fault)
            self._write_down(errand, {**line, **told})
            acknowledged = acknowledged and told["ack"] in ("ACK", "NACK")
        return acknowledged

    def _rows(self, errand, step):
        rules = self._rules
        rows = errand.rows
        if errand.live:
            rows = self._simulator.bank.look(errand.transaction, rows)
        if step.pending:
            rows = [{**row, "status": "pdng"} for row in rows]
        told = [place for place in step.places if place >= rules.missing]
        errand.final |= {place for place in step.places if rows[place]["status"] in _FINAL}
        return answers.foreign_rows(rules.foreign) + [rows[place] for place in told]

    def _body(self, errand, rows, fault):
        """Return {header, message} as the script and the faults of request and message want it."""
        faults = [one for one in (errand.fault, fault) if one]
        for one in faults:
            rows = answers.spoil_rows(one, rows)
        body = errand.tell(rows)
        reason = errand.refusal or next(
            (one.code or "rjct.action.not_supported" for one in faults if one.play == "header_rjct"), ""
        )
        if reason:
            return answers.refusal(errand.request["header"], body["header"]["action"], reason)
        if errand.path == ON_DISBURSE:
            total, done = len(errand.rows), len(errand.final)
            status = "succ" if done == total else "pdng"
            body["header"].update(total_count=total, completed_count=done, status=status)
        if self._rules.transaction:
            body["message"]["transaction_id"] = self._rules.transaction
        for one in faults:
            body = answers.spoil_answer(one, body)
        if fault and fault.play == "wrong_action":
            body["header"]["action"] = "disburse"
        return body

    def _address(self, errand, fault):
        base = self._simulator.callback_base(errand.request["header"])
        if fault and fault.play == "wrong_address":
            base = base.rpartition("/")[0] + "/somebody-else"
        return base + errand.path

    def _headers(self, kind, fault):
        play = fault.play if fault else ""
        token = self._simulator.script.security.callback_token
        headers = {"Content-Type": kind}
        if token and play != "no_token":
            headers["Authorization"] = "Bearer " + ("wrong-token" if play == "wrong_token" else token)
        return headers

    def _deliver(self, errand, url, data, headers, fault):
        """Post until it is acknowledged, so often as the script says."""
        rules = self._rules
        told = {"tries": 0, "status": None, "ack": "", "problem": ""}
        while told["tries"] < rules.tries and told["ack"] not in ("ACK", "NACK"):
            if told["tries"]:
                self._simulator.wait(rules.retry_seconds)
            if errand.book is not self._book:
                break
            told["tries"] += 1
            hang_up = fault and fault.play == "reset" and told["tries"] == 1
            told.update(_post(errand.path, url, data, headers, rules.timeout, fault if hang_up else None))
            with self._lock:
                self._acks[_name(told)] += 1
        return told

    def _write_down(self, errand, line):
        with self._lock:
            errand.book.append(line)


def _steps(errand, rules, parts):
    places = tuple(range(len(errand.rows)))
    if errand.path != ON_DISBURSE:
        return [Step(places)]
    size = -(-len(places) // parts) or 1
    steps = [Step(places[begin : begin + size]) for begin in range(0, len(places), size)] or [Step(())]
    if rules.reversed_parts:
        steps.reverse()
    return [Step(places, pending=True), *steps] if rules.pending_first else steps


def _post(path, url, data, headers, seconds, hang_up):
    """Return status, ack and problem of one try.

    :param hang_up: the fault that resets the connection before the caller has answered, or None
    """
    try:
        line = Line(url, seconds)
        if hang_up:
            line.hang_up(url, data, headers, hang_up.interval)
            return {"status": None, "ack": "", "problem": "hung up"}
        try:
            status, body = line.post(url, data, headers)
        finally:
            line.close()
    except OSError as error:
        return {"status": None, "ack": "", "problem": str(error)}
    word, problem = read_ack(path, status, body)
    return {"status": status, "ack": word, "problem": problem}


def _name(told):
    """Return under which name a try is counted."""
    if told["ack"]:
        return told["ack"]
    if told["status"] is None:
        return "none"
    return "invalid" if told["status"] // 100 == 2 else f"http_{told['status']}"
