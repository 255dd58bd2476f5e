import tempfile

from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import Response, content_disposition, request

from ..documents.results import write_template
from ..models.payment_batch_export import EXPORT_URL

_MIMETYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Below so many bytes the file never touches the disk.
_IN_MEMORY = 1_000_000


class OpenPayments(http.Controller):
    @http.route(EXPORT_URL, type="http", auth="user", methods=["GET"], readonly=True)
    def open_payments(self, batch_ids="", kind="csv"):
        """Send the open payments of batches, with the rights of the user; nothing is changed by it.

        :param str batch_ids: ids with commas between them
        :param str kind: ``csv`` or ``xlsx``
        :return: the file
        """
        if kind not in _MIMETYPES or not all(one.isascii() and one.isdigit() for one in batch_ids.split(",")):
            raise BadRequest
        batches = request.env["g2p.payment.batch"].browse(map(int, batch_ids.split(","))).exists()
        stream = tempfile.SpooledTemporaryFile(_IN_MEMORY)
        try:
            write_template(batches._iter_open_payments(), kind, stream)
        except (AccessError, UserError) as error:
            stream.close()
            raise Forbidden from error
        length = stream.tell()
        stream.seek(0)
        name = batches.name.replace("/", "-") if len(batches) == 1 else "batches"
        response = Response(
            wrap_file(request.httprequest.environ, stream),
            headers=[
                ("Content-Type", _MIMETYPES[kind]),
                ("Content-Length", str(length)),
                ("Content-Disposition", content_disposition(f"open_payments_{name}.{kind}")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
            direct_passthrough=True,
        )
        response.call_on_close(stream.close)
        return response
