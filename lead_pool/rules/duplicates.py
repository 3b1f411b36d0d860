"""Somebody whom we know already comes again: what becomes of the new lead?

>>> from lead_pool.rules.matching import Match
>>> lead = Match("crm.lead", 7, ("phone",), 0.95, sure=True)
>>> decide([lead], Policy(lead="repeat"), channel="website").action
'repeat'
>>> decide([lead], Policy(lead="repeat"), channel="ui").action  # a person is told, and goes on typing
'flag'
"""

from dataclasses import dataclass

from .intake import PEOPLE

#: What may be done with a sure duplicate, the mildest first.
ACTIONS = ("create", "flag", "same_owner", "repeat", "refuse")
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


def waves(twins):
    """In which turn each row is looked at, so that it finds the earlier rows of the same batch that it may be.

    :param twins: for each row the earlier rows that it may be; all of them come before, as one of them may become no
        lead
    :returns: for each row a number

    >>> waves([[], [], [0], [0, 2], [1]])
    [0, 0, 1, 2, 1]
    """
    turns = []
    for earlier in twins:
        turns.append(max((turns[row] + 1 for row in earlier), default=0))
    return turns
