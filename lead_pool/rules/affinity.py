"""Who knows the customer of a lead?

>>> from datetime import datetime
>>> monday, friday = datetime(2026, 3, 2), datetime(2026, 3, 6)
>>> ties = (("customer", "12"), ("phone", "+8613800000000"))
>>> known_by(ties, {ties[0]: [(7, monday)], ties[1]: [(7, friday), (8, monday)]}, {})
((7, 'customer'), (8, 'phone'))
>>> known_by(ties, {}, {ties[0]: [(7, monday), (9, friday)], ties[1]: [(8, friday)]})
((9, 'converted_customer'),)
"""

#: Ties that also bind a lead to who converted the last one: the person may have moved, the company has not.
LASTING = ("customer", "registry", "company")


def known_by(ties, holders, converters):
    """Who holds leads with one of these ties; where nobody does, who converted the last one with a lasting tie.

    :param ties: ``[(what, value)]`` of one lead, the strongest first
    :param holders: ``{(what, value): [(user id, since)]}``
    :param converters: as ``holders``
    :returns: ``((user id, what), …)``, the latest first; each user once, by the strongest tie
    """
    lasting = [tie for tie in ties if tie[0] in LASTING]
    return _latest_first(ties, holders) or tuple(
        (user_id, f"converted_{what}") for user_id, what in _latest_first(lasting, converters)[:1]
    )


def _latest_first(ties, users):
    what_of, latest = {}, {}
    for tie in ties:
        for user_id, since in users.get(tie, ()):
            what_of.setdefault(user_id, tie[0])
            latest[user_id] = max(since, latest.get(user_id, since))
    order = sorted(latest, key=lambda user_id: (latest[user_id], -user_id), reverse=True)
    return tuple((user_id, what_of[user_id]) for user_id in order)
