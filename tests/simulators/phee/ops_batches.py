"""The operations app's routes for batches and transfers (contract, sections 4.1 to 4.4)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request

from . import faults, refusals, views
from .engine import now

_DATES = "%Y-%m-%d %H:%M:%S"


def batch_routes(simulator) -> Blueprint:
    """Return the routes below ``/api/v1``."""
    routes = Blueprint("batches", __name__)
    answers = _Answers(simulator)
    for rule, answer, methods in (
        ("/batch", answers.stored, ["GET"]),
        ("/batch/detail", answers.detail, ["GET"]),
        ("/batch/transactions", answers.transactions, ["GET"]),
        ("/batch/<batch_id>", answers.summary, ["GET"]),
        ("/batches", answers.listing, ["GET"]),
        ("/batches/<batch_id>", answers.batch, ["GET"]),
        ("/batches/<batch_id>/subBatches/<sub_id>", answers.sub_batch, ["GET"]),
        ("/transfers", answers.transfers, ["GET", "POST"]),
    ):
        routes.add_url_rule(rule, answer.__name__, answer, methods=methods)
    return routes


class _Answers:
    """One method for each route."""

    def __init__(self, simulator):
        self.simulator = simulator

    def summary(self, batch_id):
        """4.1: the batch as a whole; each look brings it forward."""
        engine, simulator = self.simulator.engine, self.simulator
        batch = engine.find(g.tenant, batch_id)
        fault = self._fault("status", batch)
        if batch is None:
            return faults.play(simulator, fault, self._unknown(batch_id), "status")
        engine.look(batch)
        transfers = faults.spoil_rows(fault, self._of(batch))
        batch.counted = views.counters(transfers)
        self._write_file(batch, transfers)
        body = views.summary(batch, batch.counted, simulator.profile.snake_names)
        return self._told(fault, body, "status")

    def stored(self):
        """4.2: what the last look left behind."""
        batch_id = request.args.get("batchId", "")
        batch = self.simulator.engine.find(g.tenant, batch_id)
        if batch is None:
            return self._unknown(batch_id)
        return refusals.as_json(views.stored_summary(batch, self.simulator.profile.snake_names))

    def detail(self):
        """4.3: one page of the payments as the last look at the whole saw them."""
        engine, values = self.simulator.engine, request.args
        batch_id = values.get("batchId")
        try:
            number, size = int(values.get("pageNo", 0)), int(values.get("pageSize", 10))
        except ValueError:
            return refusals.as_html(400)
        if batch_id is None or number < 0 or size < 1:
            return refusals.as_html(400 if batch_id is None else 500)
        batch = engine.find(g.tenant, batch_id, counts=False)
        if values.get("command", "json").lower() == "download":
            return self._download(batch)
        if values.get("status", "ALL").upper() in ("COMPLETED", "IN_PROGRESS", "FAILED"):
            # A text where the column wants a word of its own kind.
            return refusals.as_html(500)
        fault = self._fault("detail", batch)
        transfers = self._of(batch) if batch else self._of_sub_batch(batch_id)
        body = views.page(faults.spoil_rows(fault, transfers), number, size)
        return self._told(fault, body, "detail")

    def transactions(self):
        """4.4: statuses by transaction, of batches that were not split."""
        batch = self.simulator.engine.find(g.tenant, request.args.get("batchId", ""))
        if batch is None:
            return Response(b"", content_type="application/json")
        transfers = self._of(batch)
        own = [transfer for transfer in transfers if transfer["batchId"] == batch.batch_id]
        return refusals.as_json({transfer["transactionId"]: transfer["status"] for transfer in own})

    def listing(self):
        """4.4: all batches of the tenant."""
        values, simulator = request.args, self.simulator
        fault = simulator.player.next_fault("list", "", [])
        if fault and fault.play == "late":
            simulator.wait(fault.seconds)
        zone = ZoneInfo(simulator.hub.interface_zone)
        try:
            offset, limit = int(values.get("offset", 0)), int(values.get("limit", 10))
            ends = [_moment(values.get(name), zone) for name in ("dateFrom", "dateTo")]
        except ValueError:
            return refusals.as_html(500)
        if limit < 1 or offset < 0:
            return refusals.as_html(500)
        batches = simulator.engine.all_of(g.tenant)
        rows = [views.listed(batch, self._of(batch)) for batch in batches]
        chosen = [row for row in rows if _between(row["startedAt"], *ends) and _like(row, values)]
        _sort(chosen, values.get("sort", "+completedAt"))
        # A page starts where the framework's pages do, wherever the offset points.
        start = offset // limit * limit
        body = views.listing(chosen[start : start + limit], chosen)
        return self._told(fault, body, "list")

    def batch(self, batch_id):
        """4.4: the batch with its sub-batches, or with its payments."""
        no, batch = self._with_header(batch_id)
        if no:
            return no
        if request.args.get("associations") == "all":
            limit = request.args.get("limit", 10, int)
            return refusals.as_json(views.with_instructions(batch, self._of(batch), now(), limit))
        return refusals.as_json(views.detailed(batch, self._of(batch), now()))

    def sub_batch(self, batch_id, sub_id):
        """4.4: one sub-batch with its payments, whose payee is the payer."""
        no, batch = self._with_header(batch_id)
        if no:
            return no
        if sub_id not in batch.sub_batches:
            return Response(b"", 404)
        transfers = self._of(batch)
        body = views.sub_summary(batch, sub_id, transfers)
        numbers = {payment.number for payment in batch.payments if payment.sub_batch == sub_id}
        body["instructionList"] = [
            views.instruction(batch, one, sub_id, one["errorInformation"], one["payerPartyId"])
            for one in transfers
            if one["id"] in numbers
        ]
        return refusals.as_json(body)

    def transfers(self):
        """4.4: payments by request id, where the channel made them; of the others the ids are the hub's."""
        if request.method == "POST":
            wanted = set((request.get_json(silent=True) or {}).get("requestIds", ()))
            size = 10000
        else:
            wanted = {request.args.get("clientCorrelationId")}
            size = request.args.get("size", 1, int)
        found = [one for batch in self._batches() for one in self._of(batch)]
        chosen = [one for one in found if (one["clientCorrelationId"] or "").strip('"') in wanted]
        body = views.page(chosen, 0, size)
        body["totalElements"] = body["totalPages"]
        return refusals.as_json(body)

    def _batches(self):
        return self.simulator.engine.all_of(g.tenant)

    def _of(self, batch):
        """Return the transfers of ``batch`` that are to be seen."""
        with self.simulator.engine.lock:
            return [payment.transfer(batch, self.simulator.hub) for payment in batch.seen]

    def _of_sub_batch(self, sub_batch):
        engine = self.simulator.engine
        for batch in list(engine.batches.values()):
            if sub_batch in batch.sub_batches and engine.find(g.tenant, batch.batch_id, counts=False):
                numbers = {payment.number for payment in batch.payments if payment.sub_batch == sub_batch}
                return [one for one in self._of(batch) if one["id"] in numbers]
        return []

    def _unknown(self, batch_id):
        if self.simulator.profile.zeros_for_unknown:
            return refusals.as_json(views.zeros(batch_id, self.simulator.profile.snake_names))
        return refusals.unknown_batch(batch_id)

    def _with_header(self, batch_id):
        """Return the refusal, if any, and the batch."""
        if "X-Correlation-ID" not in request.headers:
            return refusals.as_html(400), None
        batch = self.simulator.engine.find(g.tenant, batch_id)
        return (None, batch) if batch else (Response(b"", 404), None)

    def _fault(self, kind, batch):
        references = [payment.row["request_id"] or "" for payment in batch.payments] if batch else []
        fault = self.simulator.player.next_fault(kind, batch.correlation if batch else "", references)
        if fault and fault.play == "late":
            self.simulator.wait(fault.seconds)
        return fault

    def _told(self, fault, body, kind):
        answer = refusals.as_json(faults.spoil_body(fault, body))
        if fault:
            # Signed before it is spoilt, and not again when it leaves.
            g.fault = fault
            if self.simulator.hub.ops_jws:
                answer = faults.signed(self.simulator, answer)
        return faults.play(self.simulator, fault, answer, kind)

    def _write_file(self, batch, transfers):
        """Make the result file of what is there, once, and never again."""
        if batch.file or any(transfer["completedAt"] is None for transfer in transfers):
            return
        path = views.new_file_name(now())
        self.simulator.files[path.rpartition("/")[2]] = views.result_file(transfers)
        batch.file = request.host_url.rstrip("/") + path

    def _download(self, batch):
        if batch is None or not batch.file:
            return Response(b"", 404)
        return Response(b"", 302, {"Location": batch.file})


def _moment(text, zone):
    """Return milliseconds of a date that the interface's zone is meant in; None for none."""
    if text is None:
        return None
    return int(datetime.strptime(text, _DATES).replace(tzinfo=zone).timestamp() * 1000)


def _between(millis, earliest, latest):
    second = timedelta(seconds=1) // timedelta(milliseconds=1)
    return (earliest is None or millis >= earliest) and (latest is None or millis < latest + second)


def _like(row, values):
    names = ("batchId", "payerFsp", "registeringInstitutionId")
    return all(values[name] in (row[name] or "") for name in names if values.get(name))


def _sort(rows, order):
    name = order.lstrip("+- ")
    rows.sort(key=lambda row: (row.get(name) or 0, row["id"]), reverse=order.startswith("-"))
