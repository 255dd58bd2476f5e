"""Whether a connection to a bridge would work, without a payment."""

from odoo.addons.g2p_programs.dispatch.outcome import NeverHad, SubmissionData
from odoo.addons.g2p_programs.dispatch.transport import Transport

from .. import framework
from ..check import Check, check_system
from . import const, row_rules
from .client import BridgeClient
from .settings import BridgeSettings

#: Besides the status of envelopes.
_OTHERS = tuple(what for what in const.ACTIONS if what != const.ENVELOPE_STATUS)


def check_connection(
    client: BridgeClient, settings: BridgeSettings, transport: Transport, key: str
) -> tuple[Check, ...]:
    """Look at everything that can be looked at without a payment, as far as one can get.

    The bridge is asked for an envelope that there never was. Of other hosts it is only seen whether they answer.

    :param key: what no envelope is called
    :return: what was looked at, also what is in order
    """
    question = SubmissionData(key, 1, "", {}, (), purpose=const.ENVELOPE)
    return check_system(
        client,
        transport,
        row_rules.setting_findings(settings, client.protection),
        (settings.envelope_status_url, *filter(None, map(settings.url_of, _OTHERS))),
        ask=lambda: client.ask(transport, question, ()),
        judge=lambda answer: _judge(client, answer, question),
    )


def _judge(client, answer, question):
    """Return (what the bridge has against our message, what we have against its answer), as codes."""
    outcome = client.read_question(answer, question, ())
    if isinstance(outcome, NeverHad):
        return "", ""
    code = outcome.code
    if code.startswith("http."):
        return framework.refusal(answer) or code, ""
    # A code of the bridge's own: it refused the question.
    if const.CODE.fullmatch(code):
        return code, ""
    return "", code
