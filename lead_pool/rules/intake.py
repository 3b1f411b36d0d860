"""Whose is a new lead, and which pool does it enter?

>>> who_owns(given_pool=3, given_user=None, channel="ui", is_rep=True).pool_id
3
>>> who_owns(given_pool=None, given_user=None, channel="ui", is_rep=True).mine
True
>>> who_owns(given_pool=None, given_user=None, channel="mail", is_rep=False).route
True
"""

from dataclasses import dataclass

#: Every way in. By ``ui`` and ``card`` a person types, who sees what he is told.
CHANNELS = ("ui", "import", "intake", "mail", "website", "livechat", "survey", "event", "integration", "card")
PEOPLE = ("ui", "card")
#: Channels on which nobody is the owner unless the values say so.
OWNERLESS = ("import", "intake", "mail", "website", "livechat", "survey", "event", "integration")
#: Channels whose own choice of an owner (mostly the team's leader) is not kept.
DROP_OWNER = ("mail", "website", "livechat", "survey")
#: Channels that choose an owner by themselves; whether that stands is a setting of each.
CHOOSING = (*DROP_OWNER, "event")


@dataclass(frozen=True, slots=True)
class Destination:
    """``pool_id`` with ``user_id`` 0: waits there; ``user_id``: held; ``route``: ask the entry
    rules."""

    pool_id: int = 0
    user_id: int = 0
    mine: bool = False
    route: bool = False


def who_owns(*, given_pool, given_user, channel, is_rep, keep_owner=None):
    """Decide on the values *given*, before any default.

    :param given_pool: id, or ``None`` when the caller named no pool
    :param given_user: id, ``False`` when the caller said "nobody", ``None`` when he said nothing
    :param channel: one of :data:`CHANNELS`
    :param is_rep: the caller sells (and is not merely marketing)
    :param keep_owner: the channel's own choice of an owner stands; ``None``: as is usual for it
    """
    if keep_owner is None:
        keep_owner = channel not in DROP_OWNER
    if given_user and channel in CHOOSING and not keep_owner:
        given_user = None
    if given_pool:
        return Destination(pool_id=given_pool, user_id=given_user or 0)
    if given_user:
        return Destination(user_id=given_user)
    if given_user is None and channel in PEOPLE and is_rep:
        return Destination(mine=True)
    return Destination(route=True)


def first_match(rules, matches, lead_id):
    """The first rule whose condition holds for the lead, and what was tried before it.

    :param rules: ``[(rule_id, pool_id)]`` in order
    :param matches: ``{rule_id: {lead ids}}``
    :returns: ``(rule_id, pool_id, [rule ids that did not match])``; ``(0, 0, tried)`` when none
        does

    >>> first_match([(1, 10), (2, 20)], {1: set(), 2: {5}}, 5)
    (2, 20, [1])
    """
    tried = []
    for rule_id, pool_id in rules:
        if lead_id in matches.get(rule_id, ()):
            return rule_id, pool_id, tried
        tried.append(rule_id)
    return 0, 0, tried
