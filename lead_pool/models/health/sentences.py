"""What the health check says: for each code how bad it is, and a sentence that says what is wrong, what it means and
what to do, in the reader's language."""

from odoo import models

#: Differences from the ledgers that a repair mends.
MENDABLE = (
    "member_counter",
    "rep_counter",
    "day_claims",
    "hour_claims",
    "place",
    "owner",
    "chain_end",
    "keys",
    "customer_keys",
    "no_entry",
)
#: Differences that nobody can decide but a person: of :data:`rules.ledgers.DOUBTS`, and leads without an entry.
UNDECIDED = ("no_event", "two_holders", "ledgers_differ", "broken_chain", "lead_gone")
#: What is no error yet.
WARNINGS = (
    "c_locale",
    "no_phonenumbers",
    "cron_overdue",
    "job_stuck",
    "own_assignment",
    "old_snapshot",
    "bloat",
    "broken_rule",
    "webhook_paused",
    "webhook_dead",
    "mass_read",
    "keys",
    "customer_keys",
)


class LeadPoolHealthSentences(models.AbstractModel):
    _name = "lead.pool.health.sentences"
    _description = "Health Check: Sentences"

    def _mendable(self):
        """Codes of the differences that a repair mends. Override to mend more."""
        return MENDABLE

    def _health_answers(self, found):
        """For programs and people.

        :param found: ``[(code, values)]``
        :returns: ``[{'code', 'level', 'message'}]``; the level is ``error`` or ``warning``; errors first
        """
        answers = [
            {
                "code": code,
                "level": "warning" if code in WARNINGS else "error",
                "message": self._health_sentence(code, values),
            }
            for code, values in found
        ]
        return sorted(answers, key=lambda answer: answer["level"])

    def _health_sentence(self, code, values):
        """:param values: what is named: ``name``, ``count`` and others, see the checks"""
        _ = self.env._
        words = {"name": "", "field": "", "count": 0, "most": 0, "pid": 0, "problem": "", "leads": "", **values}
        return {
            # the database
            "lost_guard": _(
                "The unique index %(name)s is missing or not valid: nothing would stop the database from giving a lead "
                "to two people. Nothing is distributed and nobody can claim until it is back. Update the module Lead "
                "Pool; if it stays, press Check Everything and see what holds two open holdings.",
                **words,
            ),
            "lost_object": _(
                "The database lacks %(name)s, or it is not valid: wrong values are no longer refused, or searches are "
                "slow. Update the module Lead Pool.",
                **words,
            ),
            "lost_trigger": _(
                "The trigger that keeps events from being changed is missing or switched off: the history of leads can "
                "be rewritten. Update the module Lead Pool, then press Check Everything."
            ),
            "lost_column": _(
                "The column %(name)s of the custom field “%(field)s” is gone: remove the field or make it again.",
                **words,
            ),
            "c_locale": _(
                "The database was made with the letters of %(name)s (LC_CTYPE), which lack accents and Chinese: "
                "searches miss names written in another case and fast search finds no Chinese text. Make the database "
                "again with C.UTF-8, from a backup.",
                **words,
            ),
            "no_phonenumbers": _(
                "The Python library %(name)s is missing: one phone number written in two ways counts as two people. "
                "Install it on the server.",
                **words,
            ),
            # what goes on
            "cron_off": _(
                "The scheduled action “%(name)s” is switched off, so its work is not done. Switch it on in Settings ▸ "
                "Technical ▸ Scheduled Actions; Odoo does it itself after many failures, so look at its log first.",
                **words,
            ),
            "cron_fails": _(
                "The scheduled action “%(name)s” failed %(count)s times in a row. Look at the server's log.", **words
            ),
            "cron_overdue": _(
                "Leads wait or stay longer than the rules say, as scheduled actions are overdue: %(name)s. Check that "
                "Odoo runs with scheduled actions (max_cron_threads).",
                **words,
            ),
            "job_stuck": _(
                "“%(name)s” has made no progress for %(count)s hours. Check that scheduled actions run; cancel it "
                "under Lead Pool ▸ History ▸ Jobs if it is not needed.",
                **words,
            ),
            "own_assignment": _(
                "Odoo's own rule-based assignment is on for %(name)s. It takes no lead of a pool, but gives the same "
                "people leads that no limit of a pool counts. Switch it off in CRM's settings, or choose Skip auto "
                "assignment on the team.",
                **words,
            ),
            "old_snapshot": _(
                "The database session %(pid)s (%(name)s) has been in one transaction for %(count)s minutes: what is "
                "deleted meanwhile cannot be cleared away, and claims become slower. End it if it is not a backup.",
                **words,
            ),
            "bloat": _(
                "The table of leads in pools has %(count)s dead rows beside %(most)s living ones: claims become "
                "slower. Check that autovacuum runs, and look for old sessions.",
                **words,
            ),
            "mass_read": _(
                "%(name)s read %(count)s leads in an hour, more than the %(most)s of which managers are told. See Lead "
                "Pool ▸ History ▸ Leads Read, and ask what for.",
                **words,
            ),
            "webhook_paused": _(
                "The webhook “%(name)s” is paused: nothing reached its receiver for a day. Once that is back, press Go "
                "On at the webhook.",
                **words,
            ),
            "webhook_dead": _(
                "The webhook “%(name)s” gave up %(count)s deliveries. See what its receiver said, and send them again.",
                **words,
            ),
            "broken_rule": _(
                "“%(name)s” is out of use, its condition cannot be evaluated: %(problem)s. Open it and choose the "
                "condition again.",
                **words,
            ),
            # the ledgers
            "member_counter": _(
                "%(count)s members' counters differ from the leads they hold (%(leads)s): they may claim too many or "
                "too few. Press Repair.",
                **words,
            ),
            "rep_counter": _(
                "%(count)s reps' counters over all pools differ from the leads they hold (%(leads)s): they may claim "
                "too many or too few. Press Repair.",
                **words,
            ),
            "day_claims": _(
                "%(count)s counters of today's claims differ from the claims in the ledger (%(leads)s): people may "
                "claim too many or too few today. Press Repair.",
                **words,
            ),
            "hour_claims": _(
                "%(count)s counters of this hour's claims differ from the claims in the ledger (%(leads)s): they begin "
                "anew with the next hour. Press Repair, or wait.",
                **words,
            ),
            "place": _(
                "%(count)s leads are elsewhere than the ledgers say (%(leads)s). Press Repair: the ledgers count.",
                **words,
            ),
            "owner": _(
                "%(count)s open leads have another owner or pool in CRM than by the ledgers (%(leads)s): somebody "
                "wrote it past the pool. Press Repair: the ledgers count.",
                **words,
            ),
            "chain_end": _(
                "%(count)s leads do not know the last of their events (%(leads)s), so nothing can be done with them. "
                "Press Repair.",
                **words,
            ),
            "no_entry": _(
                "%(count)s leads of the ledgers are in no pool (%(leads)s), so nobody finds them. Press Repair.",
                **words,
            ),
            "keys": _(
                "%(count)s leads lack keys, or have wrong ones (%(leads)s): the same customer is not recognised. Press "
                "Repair.",
                **words,
            ),
            "customer_keys": _(
                "%(count)s customers lack keys, or have wrong ones (%(leads)s): their leads are not recognised. Press "
                "Repair.",
                **words,
            ),
            "no_event": _(
                "%(count)s leads are in a pool and the ledger of events knows nothing of them (%(leads)s). Restore the "
                "events from a backup; a repair cannot tell where they belong.",
                **words,
            ),
            "two_holders": _(
                "%(count)s leads have two holders by the ledger of holdings (%(leads)s). A repair cannot tell who "
                "should have them: ask both, and end one holding by hand.",
                **words,
            ),
            "ledgers_differ": _(
                "The two ledgers name different holders or pools for %(count)s leads (%(leads)s). A repair cannot tell "
                "which is right: compare with a backup.",
                **words,
            ),
            "broken_chain": _(
                "Events of %(count)s leads were changed, inserted or removed (%(leads)s): their history cannot be "
                "trusted. Find out who has access to the database, and compare with a backup.",
                **words,
            ),
            "lead_gone": _(
                "%(count)s leads that were open are gone from CRM without a trace in the ledgers (%(leads)s). Restore "
                "them from a backup.",
                **words,
            ),
            "old_check": _(
                "Ledgers, counters and keys were last compared %(count)s days ago. Press Check Everything.", **words
            ),
        }[code]

    def _difference_sentence(self, code, values):
        """One difference, as the report of a job lists it."""
        _ = self.env._
        words = {"name": "", "lead": "", "was": "", "now": "", **values}
        if isinstance(words["was"], list):
            words |= {"was": self._place_words(words["was"]), "now": self._place_words(words["now"])}
        text = {
            "member_counter": _("%(name)s: counter %(was)s, holds %(now)s", **words),
            "rep_counter": _("%(name)s, all pools: counter %(was)s, holds %(now)s", **words),
            "day_claims": _("%(name)s: counter of today's claims %(was)s, claimed %(now)s", **words),
            "hour_claims": _("%(name)s: counter of this hour's claims %(was)s, claimed %(now)s", **words),
            "place": _("Lead #%(lead)s: %(was)s; by the ledgers %(now)s", **words),
            "owner": _("Lead #%(lead)s in CRM: %(was)s; by the ledgers %(now)s", **words),
            "chain_end": _("Lead #%(lead)s: at event %(was)s; the last one is %(now)s", **words),
            "no_entry": _("Lead #%(lead)s: in no pool", **words),
            "keys": _("Lead #%(lead)s: %(was)s keys wrong, %(now)s missing", **words),
            "customer_keys": _("Customer %(name)s: %(was)s keys wrong, %(now)s missing", **words),
        }.get(code)
        return text or self._health_sentence(code, {"count": 1, "leads": f"#{words['lead']}"})

    def _place_words(self, place):
        """``["held", "Li Na", "Beijing"]`` in the reader's words."""
        fields_ = self.env["lead.pool.entry"]._fields
        labels = dict(fields_["state"]._description_selection(self.env))
        labels |= dict(fields_["closed_as"]._description_selection(self.env))
        state, user, pool = place
        if not state:  # an owner in CRM
            user = user or self.env._("nobody")
        return ", ".join(filter(None, [labels.get(state), user, pool]))
