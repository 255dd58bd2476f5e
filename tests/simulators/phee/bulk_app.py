"""The bulk processor: takes batches (contract, section 3)."""

import hashlib

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ..control import ROOT
from . import cautions, faults, gateway, jws, refusals
from .control import control
from .keys import public_key_of
from .submission import Submission, Unreadable, file_content, file_of_json, header_names, read_rows

SUBMIT = "/batchtransactions"


class Refused(Exception):
    """The hub's answer to a batch that it does not take.

    :param reason: short, for the state
    """

    def __init__(self, reason, answer):
        super().__init__(reason)
        self.reason = reason
        self.answer = answer


class Swallowed(Exception):
    """The batch is answered as if it were taken, and nothing ever happens."""


def create_bulk_app(simulator) -> Flask:
    """Return the WSGI application."""
    app = Flask("phee_bulk_processor")
    # Flask would make an answer of what says that a connection was dealt with on the socket.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.register_blueprint(control(simulator))
    app.register_blueprint(gateway.identity_provider(simulator))

    @app.before_request
    def outside():
        if request.path.startswith((ROOT, "/auth/")):
            return None
        simulator.wait(simulator.script.latency)
        no = gateway.refusal(simulator, simulator.hub.bulk_gateway)
        if no:
            simulator.refusals.append("gateway")
        return no

    @app.post(SUBMIT)
    def submit():
        return _Receiver(simulator).answer()

    @app.post("/bulk/transfer/<request_id>/<file_name>")
    def transfer(request_id, file_name):
        simulator.violations.append("the deprecated path was used")
        if not simulator.profile.old_path:
            return Response(b"", content_type="application/json")
        return _Receiver(simulator, request_id, file_name).answer()

    @app.get("/actuator/health")
    def health():
        return {"status": "UP"}

    @app.errorhandler(HTTPException)
    def http_error(error):
        return refusals.spring(error.code, request.path)

    return app


class _Receiver:
    """One request, checked in the order in which the hub checks."""

    def __init__(self, simulator, request_id=None, file_name=None):
        self.simulator = simulator
        self.hub = simulator.hub
        self.profile = simulator.profile
        self.request_id = request_id
        self.file_name = file_name
        self.cautions = []
        self.is_multipart = request.mimetype == "multipart/form-data"

    def answer(self):
        try:
            content = self._content()
            if self.simulator.jws:
                self._check_signature(content)
            submission = self._headers()
            self._controller_rules(submission)
        except Refused as refused:
            return self._refuse(refused)
        try:
            self._read(submission, content)
        except Refused as refused:
            if not self.profile.hides_route_errors:
                return self._refuse(refused)
            self.simulator.refusals.append(refused.reason)
            return self._accepted(submission, None)
        except Swallowed:
            return self._accepted(submission, None)
        return self._take(submission)

    def _refuse(self, refused):
        self.simulator.refusals.append(refused.reason)
        signs = self.simulator.jws and refused.reason != "jws"
        return faults.signed(self.simulator, refused.answer) if signs else refused.answer

    def _content(self):
        """Return the file or the JSON text; None where nothing can be read."""
        if not self.is_multipart:
            return request.get_data().decode(self.hub.charset, errors="replace")
        if not self.simulator.jws and self.profile.jws and not self.hub.jws_off_reads_csv:
            # The framework has consumed the stream before the home-made parser comes to it.
            return ""
        if not self.profile.jws:
            return self._upload()
        boundary = request.mimetype_params.get("boundary")
        try:
            return file_content(request.get_data(), boundary, self.hub.charset, self.cautions)
        except Unreadable:
            return None

    def _upload(self):
        """Return the file as versions before signatures read it: as the framework does."""
        files = list(request.files.values())
        content = files[0].read().decode(self.hub.charset, errors="replace") if files else ""
        return content.replace("\r\n", "\n").strip()

    def _check_signature(self, content):
        if content is None or not request.content_type:
            raise Refused("jws", refusals.jws_unreadable())
        if request.headers.get("X-BatchID") is not None:
            self.cautions.append("header X-BatchID was sent")
        signature = request.headers.get("X-SIGNATURE", "")
        certificate = self.simulator.certificate_of(request.headers.get("Platform-TenantId"))
        try:
            text = jws.signed_text(request.headers, content)
            right = jws.verified(public_key_of(certificate), signature, text)
        except jws.UnusableSignature as error:
            raise Refused("jws", refusals.jws_key(certificate)) from error
        if not right:
            raise Refused("jws", refusals.jws_mismatch(signature))

    def _headers(self):
        """Return a submission without its rows.

        :raise Refused: where a mandatory header is missing
        """
        headers, profile = request.headers, self.profile
        correlation = self.request_id or headers.get("X-CorrelationID")
        kind = request.args.get("type") if profile.type_in == "query" else headers.get("Type")
        wanted = (
            ("X-CorrelationID", correlation),
            ("purpose", headers.get("Purpose")),
            ("type", kind),
            ("Platform-TenantId", headers.get("Platform-TenantId")),
        )
        for name, value in wanted:
            if value is None:
                raise Refused(f"no {name}", self._missing(name))
        callback = profile.callback_header and headers.get(profile.callback_header)
        return Submission(
            headers["Platform-TenantId"],
            correlation,
            kind.lower(),
            self.file_name or headers.get("filename"),
            headers.get("X-Registering-Institution-ID"),
            headers.get("X-Program-ID"),
            callback or None,
            cautions=self.cautions,
        )

    def _missing(self, name):
        if self.profile.errors == "mapper":
            return refusals.missing_header(name)
        text = f"Missing request header '{name}' for method parameter of type String"
        return self._framework(400, text)

    def _framework(self, status, text):
        """Return an error that is nobody's rule: of the framework, or of an exception that nobody caught."""
        if self.profile.errors == "always-200":
            return refusals.oldest(status, text)
        if self.profile.errors == "mapper":
            return refusals.mapped(text)
        return refusals.spring(status)

    def _rule(self, reason, body):
        if self.profile.errors == "always-200":
            text = body.get("errorDescription") or body["Error Description : "]
            return Refused(reason, refusals.oldest(400, text))
        return Refused(reason, refusals.as_json(body, 400))

    def _controller_rules(self, submission):
        name = submission.file_name
        if self.is_multipart and name is None:
            text = 'Cannot invoke "String.isEmpty()" because "fileName" is null'
            raise Refused("no filename", self._framework(500, text))
        expected = "csv" if self.is_multipart else "raw"
        if submission.kind != expected or (self.is_multipart and not name):
            raise self._rule("header rules", refusals.HEADER_RULES)
        if self.is_multipart and "/" in name:
            raise Refused("slash in filename", self._framework(500, "No such file or directory"))

    def _file(self, submission, content):
        """Return the file that is looked into.

        :raise Refused: where it is none by its name, or cannot be made of the JSON
        :raise Swallowed: where this version does nothing with JSON
        """
        if submission.kind == "csv":
            if not submission.file_name.lower().endswith(".csv"):
                raise self._rule("extension", refusals.EXTENSION)
            return content
        if not self.profile.raw:
            raise Swallowed
        try:
            return file_of_json(content)
        except Unreadable as error:
            raise Refused("json", self._framework(500, str(error))) from error

    def _read(self, submission, content):
        """Fill ``submission`` with its rows.

        :raise Refused: in the hub's own order: extension, size, header names, then what cannot be parsed
        :raise Swallowed: where nothing starts and nobody hears of it
        """
        submission.sha256 = hashlib.sha256(content.encode()).hexdigest()
        content = self._file(submission, content)
        if len(content.encode()) > self.hub.csv_size:
            raise self._rule("too big", refusals.TOO_BIG)
        nothing = Response(b"", content_type="application/json")
        if not content:
            raise Refused("empty file", nothing)
        allowed = self.hub.columns or self.profile.columns
        submission.header = header_names(content)
        if allowed and not set(submission.header) <= set(allowed) and submission.kind == "csv":
            raise self._rule("structure", refusals.STRUCTURE)
        try:
            submission.lines, submission.rows = read_rows(content)
        except ValueError as error:
            raise Refused("id or amount", nothing) from error
        if submission.tenant not in self.hub.tenants:
            if self.profile.errors != "mapper":
                raise Swallowed
            raise Refused("unknown tenant", refusals.as_json(refusals.NO_WORKFLOW, 412))

    def _take(self, submission):
        simulator = self.simulator
        simulator.violations += cautions.of(submission, self.hub.modes)
        references = [row["request_id"] or "" for row in submission.rows]
        fault = simulator.player.next_fault("submit", submission.correlation, references)
        if fault and fault.play == "late":
            simulator.wait(fault.seconds)
        batch = None
        if fault is None or fault.executed:
            batch = simulator.engine.accept(simulator.script, self.profile, submission, self.hub.dead_engine)
            simulator.callbacks.watch(batch, self.profile)
        return self._accepted(submission, batch, fault)

    def _accepted(self, submission, batch, fault=None):
        """Return the answer to a batch that is taken, or seems to be."""
        simulator, profile = self.simulator, self.profile
        batch_id = batch.batch_id if batch else simulator.engine.new_id()
        if profile.answer == "queued":
            body = {"batch_id": batch_id, "request_id": submission.correlation, "status": "queued"}
        else:
            seconds = str(self.hub.polling_seconds)
            body = {"PollingPath": f"/batch/Summary/{batch_id}", "SuggestedCallbackSeconds": seconds}
        status = 202 if profile.answer == "polling-202" else 200
        answer = refusals.as_json(faults.spoil_body(fault, body), status)
        if simulator.jws:
            answer = faults.signed(simulator, answer)
        return faults.play(simulator, fault, answer, "submit")
