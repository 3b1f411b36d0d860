"""Whose figures: what the caller may see, and what he asked for. The drill-down obeys the very same scope.

>>> rep = Scope(companies=(1,), people=(7,))
>>> rep.domain("user_id", "pool_id", "company_id")
(('company_id', 'in', (1,)), ('user_id', 'in', (7,)))
>>> admin = Scope(companies=(1,), people=(7,), pools_run=(3,), pools=(3, 4))
>>> admin.domain("user_id", "pool_id", "company_id")
(('company_id', 'in', (1,)), ('pool_id', 'in', (3, 4)), '|', ('user_id', 'in', (7,)), ('pool_id', 'in', (3,)))
>>> Scope(companies=(1,), everything=True).domain("user_id", "pool_id", "company_id")
(('company_id', 'in', (1,)),)
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be seen is everything, or what belongs to ``people`` or to ``pools_run``.

    :param companies: ids of the companies that the caller works in now
    :param people: ids of users: himself, and those he leads
    :param pools_run: ids of pools of which he is an admin
    :param pools_led: ids of pools that belong to a sales team he leads: their numbers, not their records
    :param pools: ids of pools asked for; ``None``: any
    :param reps: ids of users asked for; ``None``: any
    :param sources: ids of the sources of leads asked for; ``None``: any
    :param numbers_only: the caller sees figures, and may not open the records behind them
    """

    companies: tuple
    everything: bool = False
    people: tuple = ()
    pools_run: tuple = ()
    pools_led: tuple = ()
    pools: tuple | None = None
    reps: tuple | None = None
    sources: tuple | None = None
    numbers_only: bool = False

    @property
    def whole_pools(self):
        """Ids of pools whose leads are counted whoever holds them; ``None``: all pools."""
        if self.everything:
            return self.pools
        mine = {*self.pools_run, *self.pools_led}
        return tuple(sorted(mine if self.pools is None else mine & set(self.pools)))

    @property
    def personal(self):
        """Whether the caller has people to look after, but no pools."""
        return not (self.everything or self.pools_run or self.pools_led)

    @property
    def runs_all(self):
        """Whether the caller may see the records of all leads that are counted whoever holds them."""
        return self.everything or set(self.whole_pools) <= set(self.pools_run)

    @property
    def of_sources(self):
        """The terms on the source of the lead, for all models whose records stand behind figures."""
        return () if self.sources is None else (("lead_source_id", "in", self.sources),)

    def domain(self, user, pool, company):
        """The Odoo domain of the records in this scope, by the names of their fields."""
        terms = [(company, "in", self.companies)]
        if self.pools is not None:
            terms.append((pool, "in", self.pools))
        if self.reps is not None:
            terms.append((user, "in", self.reps))
        terms += self.of_sources
        if not self.everything:
            mine = (user, "in", self.people)
            terms += ["|", mine, (pool, "in", self.pools_run)] if self.pools_run else [mine]
        return tuple(terms)
