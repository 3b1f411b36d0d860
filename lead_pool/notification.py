"""What a button says when it is done: one sentence at the corner of the screen, and what the screen does then."""

RELOAD = {"type": "ir.actions.client", "tag": "lead_pool_reload"}  # soft_reload, once the dialog is closed
CLOSE = {"type": "ir.actions.act_window_close"}


def notification(message, kind="success", *, sticky=False, then=None):
    """The client action that shows a message.

    :param str message: translated
    :param str kind: ``success``, ``info``, ``warning`` or ``danger``: its colour
    :param bool sticky: stays until it is closed
    :param dict then: the action that follows; by default the view is read again, with False nothing happens
    :rtype: dict
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"type": kind, "message": message, "sticky": sticky, "next": RELOAD if then is None else then},
    }


def answered(answer):
    """What an ``action_…`` about one address answered, ``{"done": bool, "message": str}``, for its button."""
    return notification(answer["message"], "success" if answer["done"] else "danger", sticky=not answer["done"])
