"""Somebody whom we know already comes again: what becomes of the new lead?

>>> from lead_pool.rules.matching import Match
>>> lead = Match("crm.lead", 7, ("phone",), 0.95, sure=True)
>>> decide([lead], Policy(lead="repeat"), channel="website").action
'repeat'
>>> decide([lead], Policy(lead="repeat"), channel="ui").action  # a person is told, and goes on typing
'flag'
"""

from dataclasses import dataclass, replace

from .intake import PEOPLE
from .matching import FIRST_ROW

#: What may be done with a sure duplicate, the mildest first.
ACTIONS = ("create", "flag", "same_owner", "repeat", "refuse")
#: Those that make no lead.
LEADLESS = ("repeat", "refuse")
#: Those that need no more of the known lead than its number.
MILD = ("create", "flag")
#: A person whose inquiry goes to a lead that he does not see would look for his own.
NOT_FOR_PEOPLE = {"repeat": "flag"}
#: Code whose caller did not say how the lead comes in goes on with the record that it asked for.
NOT_FOR_CODE = {"repeat": "flag", "refuse": "flag"}
#: A customer without a lead has none that an inquiry could go to.
NOT_FOR_CUSTOMERS = {"repeat": "same_owner"}


@dataclass(frozen=True, slots=True)
class Policy:
    """Of a channel: actions by what the new lead is a duplicate of."""

    lead: str = "flag"  # surely that lead
    customer: str = "flag"  # surely that customer, of whom there is no lead
    unsure: str = "flag"  # perhaps one of them
    keep_owner: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """``of`` is the match that it is about, ``would`` the action that a pool which observes only noted."""

    action: str = "create"
    of: object = None
    would: str = ""


def decide(matches, policy, *, channel, is_code=False, observed=frozenset(), stopped=False):
    """What becomes of a new lead.

    :param matches: ``Match`` of leads and customers, the best first
    :param channel: one of :data:`.intake.CHANNELS`
    :param is_code: made by code that does not know the gate
    :param observed: ids of the leads whose pools only observe
    :param stopped: the kill switch is on: nothing is held up, what is found is flagged
    """
    sure = [match for match in matches if match.sure]
    leads = [match for match in sure if match.model == "crm.lead"]
    if leads:
        of, action = leads[0], policy.lead
    elif sure:
        of, action = sure[0], NOT_FOR_CUSTOMERS.get(policy.customer, policy.customer)
    elif matches:
        of, action = matches[0], "flag" if policy.unsure == "flag" else "create"
    else:
        return Decision()
    if channel in PEOPLE:
        action = NOT_FOR_PEOPLE.get(action, action)
    if is_code:
        action = NOT_FOR_CODE.get(action, action)
    milder = min(action, "flag", key=ACTIONS.index)
    if milder != action and (stopped or (of.model == "crm.lead" and of.id in observed)):
        return Decision(milder, of, would=action)
    return Decision(action, of if action != "create" else None)


class Queue:
    """New leads of one batch: each is decided on as if the rows before it were in the database."""

    def __init__(self, crowd, asked, choose):
        """
        :param crowd: the :class:`.matching.Crowd` of all who may be one of them
        :param asked: the :class:`.matching.Asked` of each row
        :param choose: callable ``(row, matches) -> Decision``
        """
        self._crowd, self._asked, self._choose = crowd, asked, choose

    def decide(self, rows, through=None):
        """Decide on these rows, in their order.

        :param through: the rows that are through; those that cannot be done before others of ``rows`` are leads are
            left out, and asked for again. ``None``: nothing is done, so that none has to wait
        :returns: ``{row: Decision}``; ``of`` may be a row before, see :data:`.matching.FIRST_ROW`
        """
        decisions, waiting = {}, set()
        for row in rows:
            decision = self._choose(row, self._matches(row))
            if self._has_to_wait(row, decision, waiting, through):
                waiting.add(row)
            else:
                decisions[row] = decision
            if row in waiting or decision.action not in LEADLESS:
                self._crowd.add(row, self._asked[row])
        for row in waiting:
            self._crowd.remove(row, self._asked[row])
        return decisions

    def _has_to_wait(self, row, decision, waiting, through):
        if through is None:
            return False
        if decision.action not in MILD and (before := row_of(decision.of)) is not None and before not in through:
            return True
        return bool(waiting) and self._choose(row, self._matches(row, waiting)) != decision

    def _matches(self, row, without=frozenset()):
        return self._crowd.matches(self._asked[row], before=row, without=without)


def row_of(match):
    """Which row of the batch it is; ``None`` for a lead or customer that was there before."""
    return match.id - FIRST_ROW if match and match.id >= FIRST_ROW else None


def of_lead(decision, leads):
    """The decision, about the lead that was a row before.

    :param leads: ``{row: lead}`` of the rows that are leads, with ``id``
    """
    lead = leads.get(row_of(decision.of))
    return replace(decision, of=replace(decision.of, id=lead.id)) if lead else decision
