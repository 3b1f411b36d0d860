"""What a report is asked for, and what it may be asked for."""

from dataclasses import dataclass, field, replace
from datetime import date

from odoo.tools import SQL

from ...tables.period import Period
from ...tables.scope import Scope


def began_between(start, stop):
    """The condition that the facts ``h`` are of holdings that began between these moments."""
    return SQL("h.started_at >= %s AND h.started_at < %s", start, stop)


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that only this report has; its key is one for RPC and for the address of the workbook.

    :param label: for people, in their language
    :param values: ``((code, label), ...)``, the first one is meant when nothing is asked; none: yes or no
    """

    key: str
    label: str
    values: tuple = ()

    @property
    def codes(self):
        """The values that may be asked for, the default first."""
        return [code for code, _label in self.values] or [False, True]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for: whose figures, of which period.

    :param further: ``{key: value}`` of the report's own :class:`Choice`
    :param options: all of it, as it can be asked for again
    :param earlier: the period to compare with
    """

    scope: Scope
    period: Period
    today: date
    further: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)
    earlier: Period | None = None

    def at(self, period):
        """The same, of another period."""
        return replace(self, period=period, earlier=None)

    @property
    def by_rep(self):
        """Whether it is enough to know whose figures these are, whatever the pools and sources of the leads."""
        scope = self.scope
        return scope.pools is None and scope.sources is None and (scope.everything or not scope.pools_run)

    def condition(self, user, pool, company=None, lead=None):
        """The scope as an SQL condition, by the names of the columns; ``lead`` is the number of the lead."""
        scope = self.scope
        user, pool = SQL(user), SQL(pool)
        parts = [self.of_sources(lead)]
        if company:
            parts.append(SQL("%s = ANY(%s)", SQL(company), list(scope.companies)))
        if scope.pools is not None:
            parts.append(SQL("%s = ANY(%s)", pool, list(scope.pools)))
        if scope.reps is not None:
            parts.append(SQL("%s = ANY(%s)", user, list(scope.reps)))
        if not scope.everything:
            mine, run = SQL("%s = ANY(%s)", user, list(scope.people)), list(scope.pools_run)
            # with an OR that is never true no index of people is used
            parts.append(SQL("(%s OR %s = ANY(%s))", mine, pool, run) if run else mine)
        return SQL(" AND ").join(parts)

    def pool_condition(self, pool, company, lead=None):
        """The condition on leads that count whoever holds them."""
        parts = [self.of_sources(lead), SQL("%s = ANY(%s)", SQL(company), list(self.scope.companies))]
        if self.scope.whole_pools is not None:
            parts.append(SQL("%s = ANY(%s)", SQL(pool), list(self.scope.whole_pools)))
        return SQL(" AND ").join(parts)

    def of_sources(self, lead):
        """The condition that the lead has one of the sources asked for, by the name of the column of its number."""
        if self.scope.sources is None or not lead:
            return SQL("TRUE")
        return SQL("%s IN (SELECT id FROM crm_lead WHERE source_id = ANY(%s))", SQL(lead), list(self.scope.sources))

    def of_facts(self, condition, source):
        """A condition on facts: also that ``source``, their column, is one of those asked for."""
        if self.scope.sources is None:
            return condition
        return SQL("%s AND %s = ANY(%s)", condition, SQL(source), list(self.scope.sources))
