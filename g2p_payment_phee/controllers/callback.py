from odoo.http import Controller, request, route

from ..models.payment_manager import PHEE
from ..models.payment_manager_callback import CALLBACK_PATH
from ..reading import callback_batch_id

#: What the hub says is a few hundred bytes.
MAX_BYTES = 16 * 1024


class PaymentHubCallback(Controller):
    """Where the hub says that a batch is done. It is believed nothing: it is asked, and that soon."""

    @route(
        f"{CALLBACK_PATH}/<int:manager_id>/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def hub_callback(self, manager_id, token, **_query):
        """Ask about the batch that is named; the answer is the same whatever was said.

        :param int manager_id: whose address it is
        :param str token: the part that nobody can guess
        :return: response
        """
        manager = request.env[PHEE]._find_called_back(manager_id, token)
        if not manager:
            raise request.not_found()
        length = request.httprequest.content_length or 0
        if length <= MAX_BYTES:
            text = request.httprequest.get_data(cache=False)[:MAX_BYTES].decode("utf-8", "replace")
            manager.env["g2p.payment.submission"]._hint(manager, callback_batch_id(text))
        return request.make_response(
            "", headers=[("Content-Type", "text/plain"), ("Cache-Control", "no-store")]
        )
