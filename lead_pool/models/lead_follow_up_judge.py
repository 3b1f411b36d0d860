"""The facts by which a follow-up is judged, and what is said of one that does not count."""

from odoo import models
from odoo.tools import SQL

from ..rules import follow_up
from ..rules.note import COMPARED

#: Why a follow-up does not count, or what is odd about one that does; codes of :mod:`rules.follow_up`.
DOUBTS = [
    ("not_holder", "By Somebody Else"),
    ("channel_off", "Must Be Typed Here"),
    ("not_sent", "Not Delivered"),
    ("not_to_customer", "Not to the Customer"),
    ("wrong_type", "Type Does Not Count"),
    ("short_call", "Call Too Short"),
    ("empty", "Says Nothing"),
    ("short_note", "Note Too Short"),
    ("no_result", "No Result"),
    ("repeated", "Said Before"),
    ("copied", "Same Note on Many Leads"),
    ("burst", "Many within a Minute"),
    ("gone", "No Longer Held"),
]
assert {code for code, _label in DOUBTS} == {*follow_up.MISSING, *follow_up.ODD, "gone"} - {"never"}

OTHERS = 200  # follow-ups of the last day that are looked through for a pasted note


class LeadFollowUpJudge(models.AbstractModel):
    _name = "lead.follow.up.judge"
    _description = "Judging a Follow-up"

    def _judge(self, lead, pool, values, channel, user, now, **facts):
        """Whether this would reset the clock of the lead.

        :param lead.pool pool: where the lead is held; empty: in no pool, where nothing is asked
        :param dict values: of :meth:`lead.follow.up._record`
        :param facts: further ones of :class:`rules.follow_up.Touch`
        :returns: ``(Verdict, doubt)``
        """
        kind = self.env["lead.follow.up.type"].browse(values.get("type_id") or [])
        seconds = round((values.get("duration") or 0) * 60)
        touch = follow_up.Touch(
            "call" if channel == "manual" and kind.is_call and seconds else channel,
            by_holder=lead.user_id == user,
            text=values.get("note") or "",
            type_id=kind.id or 0,
            result=values.get("result") or "",
            seconds=seconds if kind.is_call else 0,
            is_call=kind.is_call,
            **facts,
        )
        evidence = pool._evidence()
        verdict = follow_up.judge(touch, evidence)
        if not verdict or not pool:
            return verdict, "".join(verdict.missing)
        past = self._past(lead, pool, user, now)
        verdict = follow_up.judge(touch, evidence, past)
        return verdict, "".join(verdict.missing) or follow_up.oddity(touch, past)

    def _past(self, lead, pool, user, now):
        """``[rules.follow_up.Earlier]``, the latest first: this rep's last ones on the lead, and those of the last day
        on others. One query, two reads of an index. What did not count is left out: who completes a note that was
        too thin does not repeat himself."""
        self.env["lead.follow.up"].flush_model()
        columns = SQL("lead_id, left(note, %s), result, duration, date, type_id, channel, id", COMPARED)
        rows = self.env.execute_query(
            SQL(
                """(SELECT %(columns)s FROM lead_follow_up WHERE user_id = %(user)s AND lead_id = %(lead)s AND counts
                     ORDER BY date DESC, id DESC LIMIT %(look_back)s)
                   UNION ALL
                   (SELECT %(columns)s FROM lead_follow_up WHERE user_id = %(user)s AND lead_id <> %(lead)s AND counts
                       AND date > %(now)s::timestamp - make_interval(secs => %(day)s) AND date <= %(now)s
                     ORDER BY date DESC LIMIT %(others)s)""",
                columns=columns,
                user=user.id,
                lead=lead.id,
                look_back=follow_up.LOOK_BACK,
                now=now,
                day=follow_up.DAY,
                others=OTHERS,
            )
        )
        today = pool._windows(now)[0]
        calls = set(self.env["lead.follow.up.type"]._calls())
        return [
            follow_up.Earlier(
                text=text or "",
                result=result or "",
                seconds=round((duration or 0) * 60) if type_id in calls else 0,
                lead_id=0 if lead_id == lead.id else lead_id,
                age=max(int((now - date).total_seconds()), 0),
                same_day=lead_id == lead.id and pool._windows(date)[0] == today,
                typed=channel == "manual",
            )
            for lead_id, text, result, duration, date, type_id, channel, _id in rows
        ]

    def _say_doubt(self, verdict, pool):
        """Why it does not count and what to do, in a sentence; empty for one that counts."""
        if verdict:
            return ""
        _ = self.env._
        [code] = verdict.missing
        names = {"pool": pool.sudo().name or "", "count": verdict.limit}
        return {
            "never": _("This is not a follow-up of the holder."),
            "not_holder": _("Only what the holder of the lead does resets its clock."),
            "channel_off": _("“%(pool)s” does not count this by itself. Record it with Follow-up.", **names),
            "not_sent": _("It could not be delivered. Check the address or the number."),
            "not_to_customer": _("It did not go to the customer of this lead."),
            "wrong_type": _("This type does not count in “%(pool)s”. Choose another one.", **names),
            "short_call": _("A call counts from %(count)s seconds on. Enter its duration if it was longer.", **names),
            "empty": _("Choose a result, or write what happened."),
            "short_note": _("The note needs %(count)s more characters.", **names)
            if verdict.limit > 1
            else _("The note needs one more character."),
            "no_result": _("Choose a result: “%(pool)s” asks what came of it.", **names),
            "repeated": _("You wrote this on the lead before. Say what is new."),
            "gone": _("The lead was no longer yours."),
            "copied": _("You wrote this on %(count)s other leads today. Say what happened on this one.", **names),
        }[code]
