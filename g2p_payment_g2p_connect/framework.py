"""What OpenG2P's bridges are written in refuses requests by itself, in one shape for all of them."""

from odoo.addons.g2p_programs.dispatch.outcome import Answer

from . import const, doubts, parsing


def refusal(answer: Answer) -> str:
    """Return the code with which a request was refused before the bridge looked at it, else an empty text."""
    code, body = const.REFUSING_ERRORS.get(answer.status), parsing.parse(answer.body)
    if code is None or body is None or set(body) != {"errors"}:
        return ""
    errors = body["errors"]
    if not isinstance(errors, list) or not errors:
        return ""
    is_sure = all(
        isinstance(one, dict) and one.get("code") == code and not doubts.is_doubtful(one) for one in errors
    )
    return code if is_sure else ""
