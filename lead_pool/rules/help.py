"""May this colleague be asked to help with this lead?

>>> may_ask(Colleague(8), holder_id=7, asker_id=7)
Verdict(code='', retry_at=None, missing=(), limit=0, count=0, rule_id=0)
>>> may_ask(Colleague(8), holder_id=9, asker_id=7).code
'not_holder'
"""

from dataclasses import dataclass

from .facts import OK, Verdict


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who is asked to help."""

    id: int
    active: bool = True
    has_rights: bool = True  # to leads at all
    in_company: bool = True  # of the lead
    helps: bool = False  # already


def may_ask(colleague, *, holder_id, asker_id, archived=False):
    """Whether the holder may ask this colleague to help with his lead.

    :param Colleague colleague: who is asked
    :param int holder_id: who holds the lead, or owns it where it is in no pool; 0: nobody
    :param int asker_id: who asks
    :param bool archived: the lead is archived
    :returns: a :class:`Verdict`

    >>> may_ask(Colleague(7), holder_id=7, asker_id=7).code
    'helper_self'
    >>> may_ask(Colleague(8, helps=True), holder_id=7, asker_id=7).code
    'helping_already'
    """
    if not holder_id:
        return Verdict("waiting", about="free")
    if holder_id != asker_id:
        return Verdict("not_holder")
    if archived:
        return Verdict("archived")
    if colleague.id == asker_id:
        return Verdict("helper_self")
    if not colleague.active:
        return Verdict("user_inactive")
    if not colleague.has_rights:
        return Verdict("helper_no_rights")
    if not colleague.in_company:
        return Verdict("target_foreign")
    if colleague.helps:
        return Verdict("helping_already")
    return OK


def may_stop(helper_id, *, helps, holder_id, asker_id, is_admin):
    """Whether a helper may be let go: by the holder, by himself, or by who runs the pool.

    >>> may_stop(8, helps=True, holder_id=7, asker_id=9, is_admin=False).code
    'not_holder'
    >>> bool(may_stop(8, helps=True, holder_id=7, asker_id=8, is_admin=False))
    True
    """
    if asker_id not in (holder_id, helper_id) and not is_admin:
        return Verdict("not_holder")
    return OK if helps else Verdict("not_helping")
