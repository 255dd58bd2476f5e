from odoo.http import Controller, content_disposition, request, route


class PaymentFileDownload(Controller):
    """Gives the bytes of a file that was claimed before; claiming is the button's work, which is no GET."""

    @route("/g2p_payment_files/<int:file_id>", type="http", auth="user", methods=["GET"], readonly=False)
    def download(self, file_id):
        """Return a file as a download, and record who took it.

        :param int file_id: of a ``g2p.payment.file``
        :return: response
        """
        file = request.env["g2p.payment.file"].browse(file_id).exists()
        if not file:
            raise request.not_found()
        name, mimetype, data = file._hand_over()
        return request.make_response(
            data,
            headers=[
                ("Content-Type", mimetype),
                ("Content-Length", str(len(data))),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
                ("Content-Security-Policy", "sandbox; default-src 'none'"),
                ("Cache-Control", "no-store"),
            ],
        )
