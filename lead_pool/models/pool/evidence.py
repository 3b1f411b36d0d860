"""What counts as a follow-up in a pool."""

from odoo import fields, models

from ...rules.follow_up import Evidence

#: Field of the pool for each channel that may count without anything being typed.
BY_ITSELF = {
    "mail_out": "follow_up_by_mail",
    "sms_out": "follow_up_by_sms",
    "activity": "follow_up_by_activity",
    "meeting": "follow_up_by_meeting",
    "call": "follow_up_by_call",
}
#: What a follow-up asks of its pool besides, what comes of it included.
OF_FOLLOW_UP = (
    "name tz policy_id grace_hours first_contact_days follow_up_min_length follow_up_min_seconds "
    "follow_up_result_required follow_up_copies follow_up_by_helper exempt_converted exempt_order exempt_domain"
).split()


class LeadPoolEvidence(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.evidence"
    _description = "What Counts as a Follow-up in a Pool"

    follow_up_min_length = fields.Integer(
        "Shortest Note",
        help="Characters a note needs for the follow-up to reset the clock. 0: a result without a note is enough.",
    )
    follow_up_result_required = fields.Boolean(
        "Result Required", help="A follow-up by hand resets the clock only if the rep says what came of it."
    )
    follow_up_type_ids = fields.Many2many(
        "lead.follow.up.type",
        "lead_pool_follow_up_type_rel",
        "pool_id",
        "type_id",
        "Types That Count",
        help="A follow-up by hand resets the clock only if it is of one of these types. Empty: of any.",
    )
    follow_up_min_seconds = fields.Integer(
        "Shortest Call", help="Seconds that a call must last to reset the clock. 0: any call does."
    )
    follow_up_copies = fields.Integer(
        "Same Note on Other Leads",
        default=20,
        help="On so many leads a day the same long note of one rep resets the clock; from then on it was pasted. "
        "0: on any number.",
    )
    follow_up_by_mail = fields.Boolean(
        "Mails", default=True, help="A mail of the holder to the customer resets the clock by itself."
    )
    follow_up_by_sms = fields.Boolean(
        "SMS", default=True, help="An SMS of the holder to the customer resets the clock by itself."
    )
    follow_up_by_activity = fields.Boolean(
        "Done Activities",
        default=True,
        help="An activity that the holder marks done resets the clock by itself. One that he planned within the same "
        "minute is worth what a note by hand is worth.",
    )
    follow_up_by_meeting = fields.Boolean(
        "Meetings",
        default=True,
        help="A meeting with the customer that took place resets the clock by itself. One that was entered when it was "
        "over, or to which the customer was not invited, is worth what a note by hand is worth.",
    )
    follow_up_by_call = fields.Boolean(
        "Calls",
        help="A call with its duration resets the clock without a note. Switch it on where a telephone system records "
        "the calls; what people type is better judged by its note.",
    )

    follow_up_by_helper = fields.Boolean(
        "Helpers",
        default=True,
        help="What a colleague types whom the holder asked for help resets the clock, as if the holder had typed it.",
    )

    _evidence_limits = models.Constraint(
        """CHECK (COALESCE(follow_up_min_length, 0) <= 1000 AND COALESCE(follow_up_min_seconds, 0) BETWEEN 0 AND 3600
                  AND COALESCE(follow_up_copies, 0) BETWEEN 0 AND 100)""",
        "A note needs at most 1000 characters, a call at most 3600 seconds, and a note counts on at most 100 leads a "
        "day (0: on any number).",
    )

    def _read_for_follow_up(self):
        """Read at once what a follow-up asks of its pool, few of its many columns."""
        self.fetch([*BY_ITSELF.values(), *OF_FOLLOW_UP])

    def _evidence(self):
        """What the pool asks of a follow-up, for :func:`rules.follow_up.judge`; of no pool: nothing."""
        # an archived type stays chosen: archiving one must not make all others count
        types = self.with_context(active_test=False).follow_up_type_ids
        return Evidence(
            min_length=self.follow_up_min_length,
            type_ids=frozenset(types.ids),
            min_seconds=self.follow_up_min_seconds,
            result=self.follow_up_result_required,
            by_itself=frozenset(channel for channel, name in BY_ITSELF.items() if not self or self[name]),
            copies=self.follow_up_copies,
            by_helper=self.follow_up_by_helper if self else True,
        )
