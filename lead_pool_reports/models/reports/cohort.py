"""The leads that entered the pools in a period, as SQL: reports and the records behind their figures count the same."""

from odoo.tools import SQL

from ...tables.campaign_cash import NOT_VALID
from ...tables.period import DAY
from ...tables.waits import ANY as ANY_POOL

#: Events by which a lead comes into the pools.
ENTERING = ("entered", "enrolled")
#: How a holding ends when the lead is closed in the rep's hands.
CLOSED_BY_REP = ("converted", "invalid", "lost", "merged", "deleted")

#: Of the holding ``h`` and the entry ``e`` of one lead: in these hands the lead is, or was closed.
FINAL = SQL(
    """(h.lead_ref = e.lead_ref AND e.state <> 'waiting' AND (h.ended_at IS NULL OR h.end_reason = ANY(%s))
        AND NOT EXISTS (SELECT FROM lead_pool_holding later
                         WHERE later.lead_ref = h.lead_ref AND later.epoch > h.epoch
                           AND later.end_reason IS DISTINCT FROM 'undone'))""",
    list(CLOSED_BY_REP),
)
#: Of the entry ``e``: the lead was followed up, so that it counts.
TOUCHED = SQL(
    """EXISTS (SELECT FROM lead_pool_holding touching
                WHERE touching.lead_ref = e.lead_ref AND touching.first_follow_up_at IS NOT NULL)"""
)
#: Of the entry ``e``: the lead was converted.
CONVERTED = SQL("(e.closed_as IS NOT DISTINCT FROM 'converted' OR e.converted_at IS NOT NULL)")
#: Of the entry ``e`` and its lead ``l``: it was converted into an opportunity; where Odoo's leads are switched off, all
#: are of that type from the beginning.
OPPORTUNITY = SQL("(%s AND l.type = 'opportunity')", CONVERTED)
#: Of a converted lead ``l``: no earlier lead had brought its customer.
FIRST_OF_CUSTOMER = SQL(
    """(l.partner_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM res_partner mine
          JOIN res_partner other ON other.commercial_partner_id = mine.commercial_partner_id
          JOIN crm_lead earlier ON earlier.partner_id = other.id AND earlier.id < l.id
          JOIN lead_pool_entry ee ON ee.lead_id = earlier.id
         WHERE mine.id = l.partner_id AND (ee.closed_as = 'converted' OR ee.converted_at IS NOT NULL)))"""
)
#: Of the entry ``e`` and its lead ``l``: it was converted, and no earlier lead had brought this customer.
WON_CUSTOMER = SQL("(%s AND %s)", CONVERTED, FIRST_OF_CUSTOMER)
#: Of the entry ``e`` and its lead ``l``: it has a confirmed order, or is a won opportunity.
WON = SQL(
    """(l.won_status = 'won'
        OR EXISTS (SELECT FROM sale_order won WHERE won.opportunity_id = e.lead_ref AND won.state = 'sale'))"""
)

#: What the report of sources tells of the leads ``e`` that came in.
OF_SOURCE = {
    "leads": SQL("TRUE"),
    "valid": SQL("e.closed_as IS NULL OR e.closed_as <> ALL(%s)", list(NOT_VALID)),
    "touched": SQL("e.was_touched"),
    "held": SQL("e.state = 'held'"),
    "converted": SQL("e.is_converted"),
}


def cohort(asked, facts):
    """The facts of the leads that entered in the period and are in scope, each lead once, as ``e``.

    Who looks after pools sees their leads; who looks after people the leads in their hands, or closed there.

    :param SQL facts: rows of ``lead.pool.fact.lead``
    """
    scope, period = asked.scope, asked.period
    if scope.personal:
        place = asked.condition("h.user_id", "e.pool_id", "e.company_id")
    else:
        place = asked.pool_condition("e.pool_id", "e.company_id")
        if scope.reps is not None:
            place = SQL("%s AND h.user_id = ANY(%s)", place, list(scope.reps))
    by_hand = scope.personal or scope.reps is not None
    return SQL(
        """SELECT e.*
             FROM %(facts)s e %(holding)s
            WHERE e.entered_at >= %(start)s AND e.entered_at < %(stop)s
              AND (e.entered_again_at IS NULL OR e.entered_again_at >= %(stop)s)
              AND %(place)s""",
        facts=facts,
        holding=SQL("JOIN lead_pool_holding h ON %s", FINAL) if by_hand else SQL(),
        start=period.start,
        stop=period.stop,
        place=asked.of_facts(place, "e.source_id"),
    )


def told_by_sums(asked, sums):
    """Where sums of leads by the day, month and year in which they came in, and by the pool, tell of :func:`cohort`:
    ``(condition on them, condition on facts)``, the latter of the leads that they do not tell; ``None``: they do not.

    :param sums: a model of sums, as ``lead.pool.fact.campaign.day``: days, months and years of any pool, and the
        longer ones of each
    """
    scope, period = asked.scope, asked.period
    if scope.personal or scope.reps is not None or not sums.env["lead.pool.tally.zone"]._keeps(period):
        return None
    once, pools = SQL("entered_again_at >= %s", period.stop), scope.whole_pools
    if pools is None:
        return SQL("%s AND pool_ref = %s", sums._in(period), ANY_POOL), once
    # days of pools are not kept
    kept = SQL("%s AND span <> 'day' AND pool_ref = ANY(%s)", sums._in(period), list(pools))
    between = [
        SQL("entered_at >= %s AND entered_at < %s", period.midnight(first), period.midnight(last + DAY))
        for span, first, last in period.years
        if span == "day"
    ]
    if between:
        once = SQL("(%s OR entered_again_at IS NULL AND (%s))", once, SQL(" OR ").join(between))
    return kept, once


def campaigned(which=None):
    """``lead_ref`` and ``campaign_id`` of leads that are or were in a pool; of a deleted one the campaign it had.

    :param SQL which: condition on the entry ``e``
    """
    return SQL(
        """(SELECT e.lead_ref, CASE WHEN l.id IS NULL THEN e.campaign_id ELSE l.campaign_id END AS campaign_id
              FROM lead_pool_entry e LEFT JOIN crm_lead l ON l.id = e.lead_ref WHERE %s)""",
        which or SQL("TRUE"),
    )


def credit_of(leads, attribution):
    """Which campaigns brought these leads: ``lead_ref, campaign_id``, ``k`` of the lead's ``n`` parts.

    The lead's own campaign comes first, whenever it was filled in: an inquiry is repeated when there is a lead.

    :param SQL leads: a relation with the columns ``lead_ref`` and ``campaign_id``, those of the leads themselves
    :param attribution: ``first``, ``last`` or ``linear``
    """
    touches = SQL(
        """SELECT c.lead_ref, c.campaign_id, NULL::timestamp AS date, 0 AS number
             FROM %(leads)s c
            UNION ALL
           SELECT c.lead_ref, i.campaign_id, i.date, i.id
             FROM %(leads)s c
             JOIN lead_pool_inquiry i ON i.lead_id = c.lead_ref
            WHERE i.campaign_id IS NOT NULL AND i.after_end IS NOT TRUE""",
        leads=leads,
    )
    if attribution == "linear":
        return SQL(
            """SELECT lead_ref, campaign_id, count(*) AS k, sum(count(*)) OVER (PARTITION BY lead_ref) AS n
                 FROM (SELECT *, bool_or(campaign_id IS NOT NULL) OVER (PARTITION BY lead_ref) AS named
                         FROM (%s) touch) touch
                WHERE campaign_id IS NOT NULL OR NOT named
                GROUP BY lead_ref, campaign_id""",
            touches,
        )
    return SQL(
        """SELECT DISTINCT ON (lead_ref) lead_ref, campaign_id, 1 AS k, 1 AS n
             FROM (%(touches)s) touch
            ORDER BY lead_ref, campaign_id IS NULL, date %(way)s, number %(way)s""",
        touches=touches,
        way=SQL("DESC NULLS LAST" if attribution == "last" else "ASC NULLS FIRST"),
    )


#: By what a campaign is credited with a lead.
ATTRIBUTIONS = ("first", "last", "linear")
#: In place of an attribution: it is all the same.
ANY = "any"


def credits_of(lead, campaign):
    """What :func:`credit_of` says of one lead by each attribution, as an SQL value to be kept, see :func:`credited`;
    NULL where no inquiry names a campaign, so that by any attribution its own one has brought it.

    :param SQL lead: the column of its number; ``campaign``: of its own campaign
    """
    this = SQL("(SELECT %s AS lead_ref, %s AS campaign_id)", lead, campaign)
    return SQL(
        """CASE WHEN EXISTS (SELECT FROM lead_pool_inquiry i WHERE i.lead_id = %(lead)s
                                AND i.campaign_id IS NOT NULL AND i.after_end IS NOT TRUE)
                THEN (SELECT jsonb_agg(jsonb_build_object('by', by, 'campaign', campaign_id, 'k', k, 'n', n)
                                       ORDER BY by, campaign_id)
                        FROM (%(credits)s) credit) END""",
        lead=lead,
        credits=SQL(" UNION ALL ").join(
            SQL("SELECT %s AS by, campaign_id, k, n FROM (%s) c", by, credit_of(this, by)) for by in ATTRIBUTIONS
        ),
    )


def credited(leads):
    """Who is credited with which part of leads: their columns, and ``attribution``, ``campaign``, ``k`` of ``n``.

    :param SQL leads: a relation with the columns of facts of leads
    """
    return SQL(
        """SELECT f.*, COALESCE(c.by, %(any)s) AS attribution, COALESCE(c.campaign, 0) AS campaign, c.k, c.n
             FROM %(leads)s f
            CROSS JOIN LATERAL (
                  SELECT NULL AS by, f.campaign_id AS campaign, 1 AS k, 1 AS n WHERE f.credits IS NULL
                   UNION ALL
                  SELECT * FROM jsonb_to_recordset(f.credits) AS c(by text, campaign int, k int, n int)) c""",
        any=ANY,
        leads=leads,
    )
