"""What would go back when, with the rules as they are being edited: told before they are saved."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...rules import reclaim
from ..verbs.deadline import Asked

#: Held leads that are looked at; of more, every so many-th one, and the numbers are told as about so many.
SAMPLE = 1000
TERMS = {"day": timedelta(days=1), "week": timedelta(days=7)}


class LeadPoolReclaimPreview(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.reclaim.preview"
    _description = "Preview of Reclaim"

    reclaim_preview = fields.Char(
        "What Goes Back Soon",
        compute="_compute_reclaim_preview",
        compute_sudo=True,
        help="How many leads go back within a day and a week; while you edit, with your changes.",
    )
    reclaim_warning = fields.Char(
        compute="_compute_reclaim_preview",
        compute_sudo=True,
        help="What is asked before rules are saved that bring deadlines forward.",
    )

    @api.depends(
        "grace_hours", "opportunity_ends_holding",
        "exempt_converted", "exempt_order", "exempt_tag_ids", "exempt_domain",
        "reclaim_rule_ids.active", "reclaim_rule_ids.sequence", "reclaim_rule_ids.domain",
        "reclaim_rule_ids.no_first_touch_days", "reclaim_rule_ids.no_follow_up_days",
        "reclaim_rule_ids.not_converted_days", "reclaim_rule_ids.not_won_days", "reclaim_rule_ids.held_days",
        "reclaim_rule_ids.match", "reclaim_rule_ids.working",
    )  # fmt: skip
    @api.depends_context("lang", "uid")
    def _compute_reclaim_preview(self):
        for pool in self:
            pool.reclaim_preview = pool.reclaim_warning = False
            if not pool._origin or not pool.is_admin or not pool._origin.held_count:
                continue
            edited = not isinstance(pool.id, int)
            preview = pool._preview_of(pool if edited else None)
            pool.reclaim_preview = pool._say_preview(preview)
            pool.reclaim_warning = pool._ask_preview(preview)

    def _reclaim_preview(self, values):
        """What goes back with these values of the pool, which are not saved, and what goes back without them.

        Nothing is written, told or recorded. Of more than :data:`SAMPLE` held leads every so many-th one is looked at.

        :param dict values: of this pool, as for ``write``
        :returns: ``{'held', 'sampled', 'day', 'week', 'sooner'}``: the two terms as
            ``{'now': (leads, people), 'then': (leads, people)}``; ``sooner``: leads whose deadline comes forward
        """
        self.ensure_one()
        return self._preview_of(self.new(values, origin=self))

    def _preview_of(self, draft):
        """:meth:`_reclaim_preview` of a pool in a form; of the saved rules when ``draft`` is ``None``."""
        saved = self._origin.sudo()
        now = saved._now()
        rows, times = saved._sample_of_held()
        before = [(row.user_id, row.reclaim_at) for row in rows]
        after = before
        if draft:
            asked = [Asked(row, row.pool_id, row.user_id, row.held_since) for row in rows]
            answers = self.env["lead.pool.entry"].sudo()._deadlines(asked, now, draft=draft.sudo())
            after = [(row.user_id, answers[row.id].reclaim_at) for row in rows]
        sooner = sum(
            bool(new and (not old or new < old))
            for (_user, old), (_same, new) in zip(before, after, strict=True)
        )  # fmt: skip

        def count(deadlines, term):
            leads, people = reclaim.going_back(deadlines, now + term)
            return leads * times, people

        return {
            "held": len(rows) * times,
            "sampled": times > 1,
            "sooner": sooner * times,
            **{name: {"now": count(before, term), "then": count(after, term)} for name, term in TERMS.items()},
        }

    def _sample_of_held(self):
        """``([Row], how many leads each of them stands for)``.

        By a hash of the number: of leads that are given out by turns, every hundredth one would be the same rep's.
        """
        Entry = self.env["lead.pool.entry"].sudo()
        held = [("pool_id", "=", self.id), ("state", "=", "held")]
        times = -(-Entry.search_count(held) // SAMPLE) or 1
        ids = self.env.execute_query(
            SQL(
                """SELECT id FROM lead_pool_entry
                    WHERE pool_id = %s AND state = 'held' AND hashint4(id) %% %s = 0""",
                self.id,
                times,
            )
        )
        entries = Entry.browse(row[0] for row in ids)
        return list(entries._read_rows().values()), times

    def _say_preview(self, preview):
        """The live sentence."""
        _ = self.env._
        words = self._preview_words(preview)
        if self.mode == "observe":
            return _("The pool only observes: nothing goes back by itself.")
        if all(preview[name]["now"] == preview[name]["then"] for name in TERMS):
            return _("Within a day %(day)s go back, within a week %(week)s, of %(held)s held leads.", **words)
        return _(
            "With your changes: within a day %(day)s go back (now %(day_now)s), within a week %(week)s (now "
            "%(week_now)s), of %(held)s held leads. Nobody loses a lead in less than %(grace)s hours by them.",
            **words,
        )

    def _ask_preview(self, preview):
        """What is asked before saving; nothing where no deadline comes forward."""
        if not preview["sooner"] or self.mode == "observe":
            return False
        return self.env._(
            "By your changes the deadlines of %(sooner)s of %(held)s held leads come forward. Within a day %(day)s go "
            "back (now %(day_now)s), within a week %(week)s (now %(week_now)s). Nobody loses a lead in less than "
            "%(grace)s hours by them, and holders are warned as the rules say.",
            **self._preview_words(preview),
        )

    def _preview_words(self, preview):
        _ = self.env._

        def number(count):
            return _("about %(count)s", count=count) if preview["sampled"] and count else str(count)

        def amount(pair):
            leads, people = pair
            return _("%(leads)s leads of %(people)s people", leads=number(leads), people=people)

        return {
            **{name: amount(preview[name]["then"]) for name in TERMS},
            **{f"{name}_now": amount(preview[name]["now"]) for name in TERMS},
            "held": number(preview["held"]),
            "sooner": number(preview["sooner"]),
            "grace": self.grace_hours,
        }
