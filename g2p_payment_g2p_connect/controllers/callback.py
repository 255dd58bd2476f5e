import logging

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route

from .. import const
from ..callbacks import CallbackRefused, Reply, unauthorized
from ..models.constants import G2P_CONNECT
from ..models.payment_manager_callback import CALLBACK_PATH
from .bad_calls import BadCalls
from .forms import read_body

_logger = logging.getLogger(__name__)

_bad_calls = BadCalls()


class G2PConnectCallback(Controller):
    """Where results are called back. What is wrong changes nothing here, and learns nothing."""

    @route(
        f"{CALLBACK_PATH}/<int:manager_id>/<string:token>/<path:what>",
        type="http",
        # A payment system is no user, so none is looked for.
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        # Of strangers too, before anybody looks: forms are taken apart first.
        max_content_length=const.MAX_CALLBACK_BYTES,
    )
    def take_callback(self, manager_id, token, what, **_query):
        """Store what a payment system says, and acknowledge it once that is committed.

        :param int manager_id: whose address it is
        :param str token: the part that nobody can guess
        :param str what: which of :data:`const.CALLBACK_PATHS`
        :return: response
        """
        caller = (request.db, manager_id, request.httprequest.remote_addr)
        if _bad_calls.is_over(caller):
            return _respond(Reply(429, {"errors": [{"code": "err.request.too_many_requests"}]}))
        code, reply = self._judge(manager_id, token, what)
        if code and _bad_calls.add(caller):
            # A code of ours only: nothing of what a stranger sent belongs into a log.
            _logger.info("callback to G2P Connect manager %s refused: %s", manager_id, code)
        return _respond(reply)

    def _judge(self, manager_id, token, what):
        """Return (why it is refused, or an empty text; what is answered)."""
        env = request.env(user=SUPERUSER_ID)
        manager = env[G2P_CONNECT]._find_called_back(manager_id, token)
        if not manager:
            return "address", unauthorized()
        headers = {name.lower(): value for name, value in request.httprequest.headers.items()}
        if not manager._is_callback_authorized(headers.get("authorization")):
            return "token", unauthorized()
        kind = const.CALLBACK_PATHS.get(f"/{what}")
        if kind is None:
            return "path", Reply(404, {"errors": [{"code": "err.request.not_found"}]})
        length = request.httprequest.content_length
        if length is None or length > const.MAX_CALLBACK_BYTES:
            return "size", Reply(413, {"errors": [{"code": "err.request.bad"}]})
        try:
            return "", manager._take_callback(kind, read_body(request.httprequest, kind), headers)
        except CallbackRefused as refused:
            return refused.code, refused.reply


def _respond(reply):
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
    return request.make_response(reply.body, headers=headers, status=reply.status)
