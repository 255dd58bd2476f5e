"""Whether a connection would work: token, both hosts, tenant and signature, without a payment."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, Rejected, SubmissionData
from odoo.addons.g2p_programs.dispatch.tokens import NoAccess
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest, Transport

from . import answers, const, reading, row_rules
from .client import PHEEClient
from .settings import Settings

#: A file that no version can pay from: its one column is unknown everywhere, and it has no row.
PROBE = "connection_check"
#: What the bulk processor says of a file whose name has no .csv, once it has accepted the signature.
PROBE_REFUSAL = "file.extension"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    :param name: ``settings``, ``status_host`` (token, tenant) or ``payment_host`` (token, signature)
    :param code: what was wrong, empty when nothing was
    """

    name: str
    code: str

    @property
    def is_good(self) -> bool:
        """Whether nothing was wrong."""
        return not self.code


def check_connection(
    client: PHEEClient, settings: Settings, transport: Transport, key: str
) -> tuple[Check, ...]:
    """Look at everything that can be looked at without a payment.

    The bulk processor is sent a file that it must refuse for its name; that it does so says that the signature was
    right, as that is checked before. Versions that sign nothing are asked for their health only. Whether the
    bulk processor knows the tenant shows with the first batch only.

    :param key: a correlation id that is used for nothing else
    :return: all checks, also the good ones
    """
    found = row_rules.setting_findings(settings)
    return (
        Check("settings", " ".join(found)),
        Check("status_host", _check_status_host(client, settings, transport)),
        Check("payment_host", _check_payment_host(client, settings, transport, key)),
    )


def _check_status_host(client, settings, transport):
    query = urlencode({"limit": 1, "offset": 0})
    headers = {const.TENANT_HEADER: settings.tenant_id, "Accept": "application/json"}
    request = HttpRequest("GET", f"{settings.batches_url}?{query}", headers=headers)
    answer = _send(client.status_access(), request, transport)
    if answer.fault is not Fault.NONE:
        return answer.note or answer.fault.value
    if answer.status == 500 and not answer.body.strip():
        return "tenant.unknown"
    if answer.status != 200:
        return f"http.{answer.status}"
    return "" if answers.batches(answer.body) else "unreadable.body"


def _check_payment_host(client, settings, transport, key):
    profile = settings.profile
    if profile is None:
        return "version"
    if not profile.signs:
        return _check_health(client, settings, transport)
    try:
        request = client.make_probe(SubmissionData(key, 1, PROBE, {}, ()))
    except NoAccess as problem:
        return problem.answer.note
    answer = _send(client.payment_access(), request, transport)
    outcome = reading.read_submission(answer, settings)
    if isinstance(outcome, Rejected) and outcome.code == PROBE_REFUSAL:
        return ""
    return (answer.note if answer.fault is not Fault.NONE else "") or outcome.code or "accepted"


def _check_health(client, settings, transport):
    parts = urlsplit(settings.payment_endpoint_url)
    url = urlunsplit((parts.scheme, parts.netloc, "/actuator/health", "", ""))
    answer = _send(client.payment_access(), HttpRequest("GET", url, headers={}), transport)
    if answer.fault is not Fault.NONE:
        return answer.note or answer.fault.value
    return "" if answer.status == 200 else f"http.{answer.status}"


def _send(access, request, transport):
    try:
        request.headers.update(access.headers(transport))
    except NoAccess as problem:
        return problem.answer
    answer: Answer = transport.send(request)
    if answer.status == 401:
        access.refused()
    return access.hide(answer)
