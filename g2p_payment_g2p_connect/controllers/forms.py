"""A callback as it comes: as the body of a request, or as the one file of a form.

Source: FileInfo of the official file, ``multipart/form-data`` with ``action``, ``fileName`` (the message itself) and
``fileFormat``, which is json unless it says otherwise.
"""

from .. import const
from ..callbacks import refusal

FILE = "fileName"
FORMAT = "json"
#: The official file's action of on-search ends with an apostrophe that nobody means.
STRAY = "'"


def read_body(httprequest, kind):
    """Return the message of a callback, as it came.

    :param httprequest: Odoo's wrapper around the request, which has taken forms apart
    :param str kind: by the path that it came to
    :return: bytes
    :raise CallbackRefused: where a form does not hold one JSON file, or says that it is for another path
    """
    if httprequest.mimetype != "multipart/form-data":
        # Kept, as Odoo runs this again where PostgreSQL could not serialize it.
        return httprequest.get_data()
    files = list(httprequest.files.items(multi=True))
    if [name for name, _file in files] != [FILE]:
        raise refusal("form.file")
    if any(one.strip().lower() != FORMAT for one in httprequest.form.getlist("fileFormat")):
        raise refusal("form.format")
    if not _is_action(httprequest.form.getlist("action"), kind):
        raise refusal("form.action")
    body = files[0][1].read(const.MAX_CALLBACK_BYTES + 1)
    if len(body) > const.MAX_CALLBACK_BYTES:
        raise refusal("form.size")
    return body


def _is_action(told, kind):
    """Return whether a form is for this path: what is in its file is looked at as that of any other message."""
    actions = const.CALLBACK_ACTIONS.get(kind)
    return len(told) == 1 and (not actions or told[0].rstrip(STRAY) in actions)
