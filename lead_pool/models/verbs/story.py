"""What became of a lead, told to who held it: in the message to a former holder, and on a screen that still shows the
lead as his."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo import fields, models
from odoo.tools import SQL

#: Refusals that mean "it is not yours any more" to who held the lead.
NO_LONGER_MINE = ("unknown", "waiting", "not_holder", "closed", "changed_hands")


@dataclass(slots=True)
class Story:
    """How a holding ended."""

    lead_ref: int
    kind: str  # of the event
    date: datetime
    pool_id: int  # where the lead went
    actor: str = ""
    user: str = ""  # who got it
    why: str = ""


class LeadPoolStory(models.AbstractModel):
    _name = "lead.pool.verb.story"
    _description = "What Became of a Lead"

    # ------------------------------------------------------------
    # WHAT HAPPENED
    # ------------------------------------------------------------

    def _stories(self, lead_refs):
        """``{lead number: Story}`` of leads that the caller held: how his last holding of each ended.

        One query for the batch, and one for the names of the reasons.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (h.lead_ref) e.lead_ref, e.kind, e.date, e.pool_ref, e.actor_name,
                          e.user_name, e.reason, e.note, e.detail
                     FROM lead_pool_holding h JOIN lead_pool_event e ON e.lead_ref = h.lead_ref
                    WHERE h.lead_ref = ANY(%(leads)s) AND h.user_id = %(user)s AND h.ended_at IS NOT NULL
                      AND e.from_user_ref = %(user)s
                    ORDER BY h.lead_ref, e.seq DESC""",
                leads=list(lead_refs),
                user=self.env.uid,
            )
        )
        reasons = self._reasons_in_my_language({row[6] for row in rows if row[6]})
        rules = self._rule_names(row[8] for row in rows)
        return {
            ref: Story(
                ref, kind, date, pool_id, actor or "", user or "", self._why(reasons.get(reason), note, detail, rules)
            )
            for ref, kind, date, pool_id, actor, user, reason, note, detail in rows
        }

    def _reasons_in_my_language(self, names):
        """``{name as events keep it, in no language: name}``; of a reason that was renamed the name it had."""
        if not names:
            return {}
        Reason = self.env["lead.pool.reason"].sudo().with_context(lang=None, active_test=False)
        found = {reason.name: reason for reason in Reason.search([("name", "in", list(names))])}
        return {name: found[name].with_context(lang=self.env.lang).name if name in found else name for name in names}

    def _stories_of_moves(self, moves, now, rules):
        """``[Story]`` of moves that have just been made, for a reader in the language of the environment.

        :param rules: from :meth:`_rules_of`
        """
        rules = {rule.id: rule.name for rule in rules.with_env(self.env).sudo()}
        actor = self.env.user.sudo().name
        stories, whys, users = [], {}, self.env["res.users"].sudo()
        for move in moves:
            what = move.reason, move.note, move.detail.get("rule"), move.detail.get("rule_id")
            if what not in whys:
                reason = move.reason and move.reason.with_context(lang=self.env.lang).name
                whys[what] = self._why(reason, move.note, move.detail, rules)
            user = users.browse(move.user_id).name if move.user_id else ""
            stories.append(Story(move.row.lead_ref, move.kind, now, move.pool_id, actor, user, whys[what]))
        return stories

    def _rule_names(self, details):
        """``{id: name}`` of the reclaim rules in the details of these events, as far as they exist."""
        return {rule.id: rule.name for rule in self._rules_of(details)}

    def _rules_of(self, details):
        """The reclaim rules in the details of these events, as far as they exist."""
        ids = {detail["rule_id"] for detail in details if detail and detail.get("rule_id")}
        return self.env["lead.pool.reclaim.rule"].sudo().browse(ids).exists()

    def _why(self, reason, note, detail, rules):
        """Why: the deadline and its rule, or the reason and the note.

        :param rules: from :meth:`_rule_names`
        """
        detail = detail or {}
        deadlines = dict(self._fields["deadline_reason"]._description_selection(self.env))
        if detail.get("rule") in deadlines:
            rule = self._rule_beside(detail["rule"], rules.get(detail.get("rule_id")))
            parts = [deadlines[detail["rule"]], rule and self.env._("rule “%(rule)s”", rule=rule)]
        else:
            parts = [reason, note]
        return " · ".join(part for part in parts if part)

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def _tell_story(self, story, lead):
        """One sentence in the language and time zone of the environment.

        :param Story story: what happened
        :param lead: what to call the lead
        """
        _ = self.env._
        words = {
            "lead": lead,
            "pool": self.env["lead.pool"].sudo().browse(story.pool_id).name or "",
            "actor": story.actor,
            "user": story.user,
            "moment": self._wall_clock(story.date),
        }
        what = {
            "reclaimed": lambda: _("%(lead)s went back to “%(pool)s” on %(moment)s", **words),
            "returned": lambda: _("%(lead)s was returned to “%(pool)s” by %(actor)s on %(moment)s", **words),
            "recalled": lambda: _("%(lead)s was taken back into “%(pool)s” by %(actor)s on %(moment)s", **words),
            "reassigned": lambda: _("%(lead)s was given to %(user)s by %(actor)s on %(moment)s", **words),
            "handed_over": lambda: _("%(lead)s was handed over by %(actor)s on %(moment)s", **words),
            "transferred": lambda: _("%(lead)s was moved to “%(pool)s” by %(actor)s on %(moment)s", **words),
            "converted": lambda: _("%(lead)s was converted by %(actor)s on %(moment)s", **words),
            "invalid": lambda: _("%(lead)s was marked as invalid by %(actor)s on %(moment)s", **words),
            "lost": lambda: _("%(lead)s was closed as lost by %(actor)s on %(moment)s", **words),
            "merged": lambda: _("%(lead)s was merged with another one by %(actor)s on %(moment)s", **words),
            "deleted": lambda: _("%(lead)s was deleted by %(actor)s on %(moment)s", **words),
        }.get(story.kind, lambda: _("%(lead)s went out of your hands on %(moment)s", **words))()
        return _("%(what)s: %(why)s.", what=what, why=story.why) if story.why else _("%(what)s.", what=what)

    def _wall_clock(self, date):
        return fields.Datetime.context_timestamp(self, date).strftime("%Y-%m-%d %H:%M")

    def _claiming_places(self, users, pool_ids):
        """``{user id: pools}`` out of these pools in which each of these users has a place and everybody claims."""
        members = (
            self.env["lead.pool.member"]
            .sudo()
            .search([("user_id", "in", users.ids), ("role", "=", "member"), ("pool_id", "in", list(pool_ids))])
        )
        places = dict.fromkeys(users.ids, self.env["lead.pool"])
        for user, of_user in members.grouped("user_id").items():
            places[user.id] = of_user.pool_id.filtered("claimable")
        return places

    def _tell_when_again(self, stories, places):
        """From when a former holder may claim such leads again: a sentence for each pool into which they went.

        :param places: pools in which he claims, of :meth:`_claiming_places`
        """
        pools = {story.pool_id: story for story in stories if story.kind not in ("reassigned", "handed_over")}
        lines = []
        for pool in places.filtered(lambda pool: pool.id in pools).with_env(self.env).sudo():
            words = {"pool": pool.name}
            if pool.cooling_days:
                words["moment"] = self._wall_clock(pools[pool.id].date + timedelta(days=pool.cooling_days))
                lines.append(
                    self.env._("What was yours in “%(pool)s” you may claim again from %(moment)s on.", **words)
                )
            else:
                lines.append(self.env._("What was yours in “%(pool)s” you may claim again at once.", **words))
        return lines

    # ------------------------------------------------------------
    # A SCREEN THAT STILL SHOWS IT AS MINE
    # ------------------------------------------------------------

    def _with_stories(self, verdicts, names):
        """The placeholders of refusals, with what happened to leads that the caller held before."""
        stale = [entry_id for entry_id, verdict in verdicts.items() if verdict.code in NO_LONGER_MINE]
        if not stale:
            return names
        refs = {entry.id: entry.lead_ref for entry in self.sudo().browse(stale).exists()}
        stories = self._stories(refs.values())
        told = {
            entry_id: {**names.get(entry_id, {}), "story": self._tell_story(stories[ref], self.env._("This lead"))}
            for entry_id, ref in refs.items()
            if ref in stories
        }
        return {**names, **told}

    def _retell(self, verdict, story, sentence):
        """A refusal to who held the lead: what happened to it, and who has it now."""
        if verdict.code in ("not_holder", "changed_hands"):
            return f"{story} {sentence}"
        return story

    def _access_stories(self, leads):
        """What became of these leads, in a sentence each, for who held them and may not read or write them now.

        Whoever helps with one reads it: he is told what he may do with it, and not how he once lost it.
        """
        helped = set(self.env.user._helped_lead_ids()) & set(leads._ids)
        others = list(set(leads._ids) - helped)
        entries = self.sudo().search([("lead_id", "in", others), ("user_id", "!=", self.env.uid)])
        stories = self._stories(entries.mapped("lead_ref"))
        told = []
        if helped:
            told.append(
                self.env._(
                    "You help with this lead: follow it up, or write in its chatter. "
                    "It stays in the hands of its holder."
                )
            )
        return told + [
            self._tell_story(
                stories[ref],
                self.env._("This lead") if len(leads) == 1 else self.env._("Lead #%(number)s", number=ref),
            )
            for ref in entries.mapped("lead_ref")
            if ref in stories
        ]
