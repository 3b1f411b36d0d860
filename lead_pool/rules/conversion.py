"""May this lead become a customer, an opportunity, an order?

>>> from .facts import Entry
>>> may_convert(Entry(1, state="held", user_id=7), 7, won_status="pending").code
''
>>> may_convert(Entry(1, state="waiting"), 7, won_status="pending").code
'waiting'
"""

from .facts import OK, Verdict


def may_convert(entry, user_id, *, won_status, active=True, is_admin=False):
    """Whether ``user_id`` may convert the lead.

    :param Entry entry: its place in a pool, ``None`` for a lead outside all pools
    :param won_status: ``pending``, ``won`` or ``lost`` (Odoo's own)
    :param is_admin: he is an admin of the pool
    """
    if not active or won_status != "pending" or (entry and entry.archived):
        return Verdict("not_convertible")
    if entry is None:
        return OK
    if entry.state == "closed":
        return Verdict("closed")
    if entry.state == "waiting" and not is_admin:
        return Verdict("waiting")
    if entry.state == "held" and entry.user_id != user_id and not is_admin:
        return Verdict("not_holder")
    return OK


def ends_holding(*, opportunity_ends_holding, order_confirmed=False):
    """Whether the holding ends now: always with a confirmed order, else as the pool says."""
    return bool(order_confirmed or opportunity_ends_holding)
