"""The one shape of a message that a button shows in the browser."""


def notification(title, message, kind="success", sticky=False, then=None):
    """Return the client action that shows ``message``.

    :param str title: already translated
    :param str message: already translated
    :param str kind: success, warning, danger or info
    :param bool sticky: stay until it is clicked away
    :param dict then: action that follows; None closes a dialog and reads the page again
    :return: dict action
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {
            "title": title,
            "message": message,
            "sticky": sticky,
            "type": kind,
            "next": then or {"type": "ir.actions.act_window_close"},
        },
    }
