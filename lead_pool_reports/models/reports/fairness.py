from collections import Counter
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ...tables import fairness
from .asked import Choice, began_between

DAY = timedelta(days=1)
#: Which leads are good ones, as SQL on the facts ``h`` of a holding.
GOOD = {
    "either": SQL("(h.decision = 'go' OR (h.priority IN ('2', '3') AND h.decision IS DISTINCT FROM 'no_go'))"),
    "assessed": SQL("(h.decision = 'go')"),
    "priority": SQL("(h.priority IN ('2', '3'))"),
}


class LeadPoolReportFairness(models.AbstractModel):
    """What each member got, against what was due to him."""

    _name = "lead.pool.report.fairness"
    _description = "Report: Fairness"

    def _table_fairness(self, asked):
        """The table; ``asked``: :class:`~..lead_pool_report.Asked`."""
        pools = self._pools_of_fairness(asked)
        members = self._members_of_fairness(pools)
        leaves = self._leaves_of_fairness(pools, members, asked.period)
        rows, taken = self._rows_fairness(asked, pools, leaves)
        given = [
            fairness.Given(pool_id, (policy_id, part), user_id, way, count, good, over)
            for pool_id, policy_id, part, user_id, way, count, good, over in rows
        ]
        seats = self._seats_of_fairness(pools, members, leaves, given)
        people = {(pool_id, user_id) for (pool_id, _stretch), of_pool in seats.items() for user_id in of_pool}
        people |= {(one.pool_id, one.user_id) for one in given} | taken.keys()
        users = self.env["res.users"].sudo().browse({user_id for _pool, user_id in people})
        names = dict(zip(users.ids, users.mapped("name"), strict=True))
        of_pools = {pool.id: pool.name for pool in pools}
        return fairness.build(
            given,
            seats,
            {(pool_id, user_id): (of_pools[pool_id], names[user_id]) for pool_id, user_id in people},
            taken,
            asked.scope,
            asked.period,
            ways=asked.further["ways"],
            good=asked.further["good"],
            by_pool=asked.further["rows"] == "pool",
        )

    def _pools_of_fairness(self, asked):
        """The pools from which somebody got leads whose figures the reader may see."""
        scope = asked.scope
        domain = [("company_id", "in", [*scope.companies, False])]
        if scope.pools is not None:
            domain.append(("id", "in", scope.pools))
        if not scope.everything:
            people = [("user_id", "in", scope.people)]
            places = self.env["lead.pool.member"].sudo().search([*people, ("role", "=", "member")])
            ids = {*scope.pools_run, *scope.pools_led, *places.pool_id.ids, *self._pools_held_in(asked)}
            domain.append(("id", "in", sorted(ids)))
        return self.env["lead.pool"].sudo().with_context(active_test=False).search(domain)

    def _pools_held_in(self, asked):
        """Ids of the pools in which the reader's people held a lead that they got in the period."""
        period, facts, people = asked.period, self.env["lead.pool.fact.holding"], list(asked.scope.people)
        months, days = self._spans_of_fairness(period)
        parts = [
            SQL(
                "SELECT h.pool_id AS pool_ref, 1 AS leads FROM %s h WHERE h.user_id = ANY(%s) AND %s",
                facts._rows(),
                people,
                began_between(*span),
            )
            for span in days
        ]
        if months:
            given = self.env["lead.pool.fact.given"]
            parts.append(
                SQL(
                    "SELECT pool_ref, leads FROM %s s WHERE user_ref = ANY(%s) AND %s",
                    facts._summed(given._name),
                    people,
                    given._in(period, months),
                )
            )
        rows = self.env.execute_query(
            SQL(
                "SELECT pool_ref FROM (%s) s GROUP BY pool_ref HAVING sum(leads) > 0",
                SQL(" UNION ALL ").join(parts),
            )
        )
        return [pool_id for [pool_id] in rows]

    def _members_of_fairness(self, pools):
        """``{pool id: {user id: (weight today, whether the user is active)}}``; there may be thousands."""
        self.env["lead.pool.member"].flush_model()
        self.env["res.users"].flush_model(["active"])
        members = {pool_id: {} for pool_id in pools.ids}
        for pool_id, user_id, *place in self.env.execute_query(
            SQL(
                """SELECT m.pool_id, m.user_id, CASE WHEN m.paused THEN 0.0 ELSE COALESCE(m.weight, 0.0) END, u.active
                     FROM lead_pool_member m JOIN res_users u ON u.id = m.user_id
                    WHERE m.role = 'member' AND m.pool_id = ANY(%s) ORDER BY m.id""",
                pools.ids,
            )
        ):
            members[pool_id][user_id] = tuple(place)
        return members

    def _leaves_of_fairness(self, pools, members, period):
        """``{pool id: {user id: ((from, until))}}`` of the members' leaves in the period, as they are known today."""
        asked = {(user_id, pool_id): period.start for pool_id, of_pool in members.items() for user_id in of_pool}
        leaves = {pool.id: {} for pool in pools}
        for (user_id, pool_id), spans in self.env["lead.pool.entry"].sudo()._leaves(asked).items():
            if within := tuple(span for span in spans if span[0] < period.stop and span[1] > period.start):
                leaves[pool_id][user_id] = within
        return leaves

    def _rows_fairness(self, asked, pools, leaves):
        """Two statements on what is known of holdings.

        :returns: ``([(pool id, id of the rules' version, number of the part of the period between two changes of who
            is on leave, user id, way, leads, good ones, over capacity)], {(pool id, user id): taken by an admin})``
        """
        if not pools:
            return [], {}
        period, facts = asked.period, self.env["lead.pool.fact.holding"]._rows()
        ways = {origin: way for way, origins in fairness.WAYS.items() for origin in origins}
        bounds = {pool.id: moments for pool in pools if (moments := self._bounds(leaves[pool.id]))}
        part = SQL("0")
        if bounds:
            part = SQL(
                "CASE h.pool_id %s ELSE 0 END",
                SQL(" ").join(
                    SQL("WHEN %s THEN width_bucket(h.started_at, %s::timestamp[])", pool_id, moments)
                    for pool_id, moments in bounds.items()
                ),
            )
        mine = asked.of_facts(SQL("h.company_id = ANY(%s)", list(asked.scope.companies)), "h.source_id")
        counted = SQL(
            """SELECT h.pool_id, h.policy_ref, %(part)s AS part, h.user_id, h.origin, count(*) AS n,
                      count(*) FILTER (WHERE %(good)s) AS good, count(*) FILTER (WHERE h.over_capacity) AS over
                 FROM %(facts)s h
                WHERE h.origin = ANY(%(origins)s) AND h.pool_id = ANY(%(pools)s) AND %(mine)s""",
            part=part,
            good=GOOD[asked.further["good"]],
            pools=pools.ids,
            facts=facts,
            origins=list(ways),
            mine=mine,
        )
        in_one_part = sorted(set(pools.ids) - set(bounds))
        months, spans = self._months_of_fairness(asked, in_one_part)
        spans = [(in_one_part, span) for span in spans if in_one_part]
        if bounds:
            spans.append((sorted(bounds), (period.start, period.stop)))
        rests = [SQL("h.pool_id = ANY(%s) AND %s", pool_ids, began_between(*span)) for pool_ids, span in spans]
        rows = self.env.execute_query(
            SQL(
                """SELECT pool_id, policy_ref, part, user_id, origin, sum(n)::int, sum(good)::int, sum(over)::int
                     FROM (%s) given GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) > 0""",
                SQL(" UNION ALL ").join(
                    [*months, *(SQL("%s AND %s GROUP BY 1, 2, 3, 4, 5", counted, rest) for rest in rests)]
                ),
            )
        )
        taken = self.env.execute_query(
            SQL(
                """
                SELECT pool_id, user_id, count(*)
                  FROM %(facts)s h
                 WHERE ended_at >= %(start)s AND ended_at < %(stop)s AND end_reason = ANY(%(reasons)s)
                   AND pool_id = ANY(%(pools)s) AND %(mine)s
                 GROUP BY pool_id, user_id
                """,
                start=period.start,
                stop=period.stop,
                facts=facts,
                reasons=list(fairness.TAKEN),
                pools=pools.ids,
                mine=mine,
            )
        )
        rows = [(*row[:4], ways[row[4]], *row[5:]) for row in rows]
        return rows, {(pool_id, user_id): count for pool_id, user_id, count in taken}

    def _months_of_fairness(self, asked, pool_ids):
        """What was given in whole months and years, from their sums.

        :param pool_ids: of the pools in which nobody went on leave or came back, so that all of it is one part
        :returns: ``([query] of these, [(start, stop)] of the rest of the period)``
        """
        period, given = asked.period, self.env["lead.pool.fact.given"]
        months, days = self._spans_of_fairness(period)
        if not months or asked.scope.sources is not None:
            return [], [(period.start, period.stop)]
        sums = SQL(
            """SELECT pool_ref AS pool_id, NULLIF(policy_ref, 0) AS policy_ref, 0 AS part, user_ref AS user_id, origin,
                      leads AS n, %(good)s AS good, over
                 FROM %(sums)s s
                WHERE %(months)s AND pool_ref = ANY(%(pools)s) AND company_ref = ANY(%(companies)s)
                  AND origin = ANY(%(origins)s)""",
            good=SQL.identifier(asked.further["good"]),
            sums=self.env["lead.pool.fact.holding"]._summed(given._name),
            months=given._in(period, months),
            pools=pool_ids,
            companies=list(asked.scope.companies),
            origins=[origin for origins in fairness.WAYS.values() for origin in origins],
        )
        return [sums], days

    def _spans_of_fairness(self, period):
        """The whole months and years of which sums tell, and ``[(start, stop)]`` of the rest of the period."""
        months = [span for span in period.years if span[0] != "day"]
        if not (months and self.env["lead.pool.tally.zone"]._keeps(period)):
            return [], [(period.start, period.stop)]
        days = [(first, last) for span, first, last in period.years if span == "day"]
        return months, [(period.midnight(first), period.midnight(last + DAY)) for first, last in days]

    @staticmethod
    def _bounds(leaves):
        """The moments at which somebody goes on leave, or comes back."""
        return sorted({moment for spans in leaves.values() for span in spans for moment in span})

    def _seats_of_fairness(self, pools, members, leaves, given):
        """``{(pool id, (version id, part)): {user id: weight}}``: who could get leads, and with what weight.

        Versions that were kept by an earlier release call members by their names alone; somebody whose name is no
        longer known there counts with the weight that he has today, as in stretches of which no version is known.
        """
        stretches = {(one.pool_id, one.stretch) for one in given}
        receivers = {(one.pool_id, one.user_id) for one in given}
        today = {
            pool_id: {
                user_id: weight
                for user_id, (weight, active) in of_pool.items()
                if active or (pool_id, user_id) in receivers
            }
            for pool_id, of_pool in members.items()
        }
        versions = self._versions_of_fairness({policy_id for _pool, (policy_id, _part) in stretches if policy_id})
        called = {}
        if any(not self._is_by_number(row) for rows in versions.values() for row in rows):
            called = self._names_of_members(pools, members, receivers)
        weights = {
            (pool_id, policy_id): self._weights_of(versions[policy_id], called.get(pool_id, {}), today[pool_id])
            for pool_id, (policy_id, _part) in stretches
            if policy_id in versions
        }
        bounds = {pool.id: self._bounds(leaves[pool.id]) for pool in pools}
        named = {user_id for seats in (*weights.values(), *today.values()) for user_id in seats}
        working = set(self.env["res.users"].sudo().search([("id", "in", list(named))]).ids)
        result = {}
        for pool_id, (policy_id, part) in stretches:
            seats = weights.get((pool_id, policy_id), today[pool_id])
            moment = bounds[pool_id][part - 1] if part else None
            away = leaves[pool_id]
            result[pool_id, (policy_id, part)] = {
                user_id: 0.0 if user_id in away and self._is_away(away[user_id], moment) else weight
                for user_id, weight in seats.items()
                if user_id in working or (pool_id, user_id) in receivers
            }
        return result

    def _versions_of_fairness(self, policy_ids):
        """``{version id: [member as the version keeps him]}``."""
        self.env["lead.pool.policy"].flush_model(["content"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, content->'member_ids' FROM lead_pool_policy WHERE id = ANY(%s)",
                list(policy_ids),
            )
        )
        return {policy_id: members or [] for policy_id, members in rows}

    @staticmethod
    def _is_by_number(row):
        """Whether a version calls this member by the number of the user, and so whatever he is called."""
        return isinstance(row, dict) and bool(row.get("user_ref"))

    @staticmethod
    def _is_away(spans, moment):
        """Whether somebody is on leave in the part that begins at ``moment``; ``None``: before the first bound.

        A leave that began before the period has its beginning among the bounds, so that no part before it counts.
        """
        return moment is not None and any(start <= moment < end for start, end in spans)

    def _names_of_members(self, pools, members, receivers):
        """``{pool id: {name: user id}}`` of members and of who got leads; a name that two have is nobody's."""
        in_pools = {pool.id: {*members[pool.id], *pool.member_ids.user_id.ids} for pool in pools}
        for pool_id, user_id in receivers:
            in_pools[pool_id].add(user_id)
        users = self.env["res.users"].sudo().browse(set().union(*in_pools.values()))
        shown = dict(zip(users.ids, users.mapped("display_name"), strict=True))
        called = {}
        for pool_id, ids in in_pools.items():
            often = Counter(shown[user_id] for user_id in ids)
            called[pool_id] = {shown[user_id]: user_id for user_id in ids if often[shown[user_id]] == 1}
        return called

    def _weights_of(self, rows, called, today):
        """``{user id: weight}`` of one version; who was paused has none.

        :param rows: the members as the version keeps them
        """
        seats, by_name = {}, False
        for row in rows:
            if self._is_by_number(row):
                user_id = row["user_ref"]
            else:
                row = self.env["lead.pool.policy"]._flat(row)
                by_name, user_id = True, called.get(row["user_id"])
            if user_id:
                seats[user_id] = 0.0 if row.get("paused") else row.get("weight", 1.0)
        unknown = today.keys() - called.values() if by_name else ()
        return {**seats, **{user_id: today[user_id] for user_id in unknown}}

    def _further_fairness(self):
        rows = {"member": self.env._("Members"), "pool": self.env._("Lead Pools")}
        ways = {
            "all": self.env._("All"),
            "distributed": self.env._("Distributed"),
            "claimed": self.env._("Claimed"),
            "assigned": self.env._("Assigned by hand"),
        }
        good = {
            "either": self.env._("Go, or high priority"),
            "assessed": self.env._("Assessed as Go"),
            "priority": self.env._("High priority"),
        }
        return [
            Choice("rows", self.env._("Rows"), tuple(rows.items())),
            Choice("ways", self.env._("Leads"), tuple(ways.items())),
            Choice("good", self.env._("Good Leads"), tuple(good.items())),
        ]

    def _words_fairness(self):
        """Title, headings and help, in the user's language."""
        return {
            "title": self.env._("Fairness"),
            "help": self.env._(
                "What each member got of his pool's leads, against the share of his weight. Who was paused or on leave "
                "had no weight then; capacities and skills are not looked at."
            ),
            "empty": self.env._("Nobody got a lead out of a pool in this period. Choose a longer one."),
            "rows": {},
            "groups": {
                "leads": self.env._("Received"),
                "weight": self.env._("By Weight"),
                "good": self.env._("Good Leads"),
                "overrides": self.env._("Manual Overrides"),
                "judgement": self.env._("Judgement"),
            },
            "columns": {
                "pool": (self.env._("Lead Pool"), ""),
                "rep": (self.env._("Rep"), ""),
                "received": (
                    self.env._("Received"),
                    self.env._("Leads that came out of the pool into his hands. Leads of one's own are not counted."),
                ),
                "claimed": (self.env._("Claimed"), self.env._("Leads that reps took themselves.")),
                "distributed": (self.env._("Distributed"), self.env._("Leads given to a rep by the pool itself.")),
                "share": (self.env._("Share"), self.env._("Received, of all leads that were given in the pool.")),
                "due_share": (
                    self.env._("Share of the Weight"),
                    self.env._("His weight of all weights, whenever a lead was given."),
                ),
                "due": (
                    self.env._("Due"),
                    self.env._("Leads he would have got, had each lead been shared out by the weights of that moment."),
                ),
                "deviation": (self.env._("Deviation"), self.env._("Received less due, in leads.")),
                "apart": (
                    self.env._("Gone to Others"),
                    self.env._("Leads that would have to change hands for everybody to have what is due to him."),
                ),
                "good": (
                    self.env._("Good Leads"),
                    self.env._("Of those received, the good ones as they are judged today: see the option."),
                ),
                "good_share": (self.env._("Good, of His"), self.env._("Good leads, divided by received.")),
                "due_good": (self.env._("Good Due"), self.env._("Good leads due to him by the weights.")),
                "good_deviation": (self.env._("Deviation of Good"), self.env._("Good leads less good due.")),
                "assigned": (
                    self.env._("Given by Hand"),
                    self.env._("Leads an admin gave him, out of the pool or out of other hands."),
                ),
                "over": (
                    self.env._("Over Capacity"),
                    self.env._("Leads given to him although he held as many as he may."),
                ),
                "taken": (
                    self.env._("Taken by Hand"),
                    self.env._("Leads an admin took out of his hands: recalled, transferred or given to another rep."),
                ),
                "rest": (
                    self.env._("Deviation without Them"),
                    self.env._("Deviation of the leads that were not given by hand."),
                ),
                "gini": (
                    self.env._("Inequality (%)"),
                    self.env._(
                        "Gini's coefficient of leads for each unit of weight: 0 when all have what is due, 100 when "
                        "one has everything."
                    ),
                ),
                "chance": (
                    self.env._("By Chance (%)"),
                    self.env._(
                        "How often such differences come by chance alone (Pearson's chi-square test). Below 5: not by "
                        "chance. Empty: too few leads, at least 5 have to be due to each."
                    ),
                ),
            },
            "series": {"received": self.env._("Received"), "due": self.env._("Due")},
        }
