import hashlib
import json
from functools import lru_cache

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, groupby

from ..arrays import as_array
from ..rules import archive

KINDS = [
    ("entered", "Entered"),
    ("enrolled", "Enrolled"),
    ("claimed", "Claimed"),
    ("pulled", "Pulled"),
    ("claim_undone", "Claim Undone"),
    ("assigned", "Assigned"),
    ("distributed", "Distributed"),
    ("reassigned", "Given to Another Rep"),
    ("handed_over", "Handed Over"),
    ("transferred", "Transferred"),
    ("returned", "Returned"),
    ("recalled", "Recalled"),
    ("reclaimed", "Reclaimed"),
    ("warned", "Warned"),
    ("locked", "Locked"),
    ("unlocked", "Unlocked"),
    ("extended", "Extended"),
    ("follow_up", "Followed Up"),
    ("card_opened", "Card Opened"),
    ("converted", "Converted"),
    ("invalid", "Invalid"),
    ("lost", "Lost"),
    ("merged", "Merged"),
    ("deleted", "Deleted"),
    ("reopened", "Reopened"),
    ("not_distributed", "Not Distributed"),
    ("would_distribute", "Would Be Distributed"),
    ("would_reclaim", "Would Be Reclaimed"),
    ("aged", "Waited Too Long"),
    ("would_age", "Would Have Waited Too Long"),
    ("approval_asked", "Decision Asked For"),
    ("approval_approved", "Approved"),
    ("approval_declined", "Declined"),
    ("repaired", "Repaired"),
    ("approval_withdrawn", "Request Withdrawn"),
    ("approval_lapsed", "Request Lapsed"),
    ("approval_reopened", "Request Open Again"),
    ("disputed", "Disputed by a Colleague"),
    ("inquiry", "Inquired Again"),
    ("help_asked", "Help Asked For"),
    ("help_ended", "Help Ended"),
]

#: In this order the facts of an event go into its hash.
HASHED = (
    "date kind lead_ref seq pool_ref pool_name from_pool_ref from_pool_name user_ref user_name from_user_ref "
    "from_user_name actor_ref actor_name epoch reason note policy_ref decision_ref detail prev_hash"
).split()
COLUMNS = (*HASHED, "hash", "company_ref")
_moment = lru_cache(maxsize=64)(fields.Datetime.to_string)  # many events of one moment
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


class LeadPoolEvent(models.Model):
    """What happened to leads, and why. Append-only: triggers refuse UPDATE, DELETE and TRUNCATE. Of leads that ended
    long ago remarks, details and hashes may go into a file, when a checkpoint vouches for it (``lead.pool.archiving``).

    No foreign keys: an event outlives lead, pool and user, and core's merge must not touch it. Each
    event carries the hash of the one before it of the same lead, so that a changed or missing event
    is found (``_broken_chains``). Whoever owns the database can still drop a trigger: the chain detects, it
    does not prevent. Of one kind of leads events may go, with the lead: of those that the sample made up.
    """

    _name = "lead.pool.event"
    _inherit = ["lead.pool.feed"]
    _description = "Lead Pool Event"
    _order = "date desc, id desc"
    _rec_name = "kind"
    _log_access = False

    date = fields.Datetime(required=True, readonly=True, index=True)
    kind = fields.Selection(KINDS, "What", required=True, readonly=True)
    lead_ref = fields.Integer("Lead Number", required=True, readonly=True, aggregator=None)
    seq = fields.Integer("No.", required=True, readonly=True, aggregator=None, help="Of the lead's events.")
    pool_ref = fields.Integer("Lead Pool Number", readonly=True, index=True, aggregator=None)
    pool_name = fields.Char("Lead Pool", readonly=True)
    from_pool_ref = fields.Integer(readonly=True, index="btree_not_null", aggregator=None)
    from_pool_name = fields.Char("From Pool", readonly=True)
    user_ref = fields.Integer("Rep Number", readonly=True, aggregator=None)
    user_name = fields.Char("Rep", readonly=True, help="Who holds the lead after the event.")
    from_user_ref = fields.Integer(readonly=True, aggregator=None)
    from_user_name = fields.Char("Former Rep", readonly=True)
    actor_ref = fields.Integer(readonly=True, aggregator=None)
    actor_name = fields.Char("Done By", readonly=True)
    company_ref = fields.Integer(readonly=True, aggregator=None)
    epoch = fields.Integer(readonly=True, aggregator=None)
    reason = fields.Char(readonly=True)
    note = fields.Text(readonly=True)
    policy_ref = fields.Integer("Rules Version", readonly=True, aggregator=None)
    decision_ref = fields.Integer("Decision", readonly=True, aggregator=None)
    detail = fields.Json(readonly=True, groups="lead_pool.group_pool_admin")  # colleagues' figures are in it
    prev_hash = fields.Char(readonly=True)
    hash = fields.Char(readonly=True)
    archive_id = fields.Many2one(
        "lead.pool.archive",
        compute="_compute_archive_id",
        compute_sudo=True,
        groups="lead_pool.group_manager,base.group_system",
        help="The file that has the remark, the details and the hashes of this event.",
    )
    lp_visible = fields.Boolean(
        compute="_compute_lp_visible", search="_search_lp_visible", export_string_translation=False
    )

    _seq_uniq = models.UniqueIndex("(lead_ref, seq)")
    _kind_date_idx = models.Index("(pool_ref, kind, date)")
    _went_back_idx = models.Index("(COALESCE(from_pool_ref, pool_ref), id) WHERE kind = 'reclaimed'")

    def init(self):
        """TRUNCATE is refused. A row may go when its lead was made by the sample (for which the database itself
        vouches, see ``lead.pool.sample``) and is deleted.

        A row of more than a year ago may lose its remark, details and hashes once, and nothing else. The last event of
        a lead, if it becomes the checkpoint in this: it keeps its hash, and names an archive that is of this very
        transaction (or a savepoint of it) and has its file. The events before it, in the same transaction then.
        """
        [[schema]] = self.env.execute_query(SQL("SELECT current_schema"))
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION lead_pool_event_append_only() RETURNS trigger AS $$
                BEGIN
                    IF TG_OP = 'DELETE' THEN
                        IF EXISTS (SELECT FROM lead_pool_sample WHERE model = 'crm.lead' AND res_id = OLD.lead_ref)
                           AND NOT EXISTS (SELECT FROM crm_lead WHERE id = OLD.lead_ref) THEN
                            RETURN OLD;
                        END IF;
                    ELSIF TG_OP = 'UPDATE' THEN
                        IF OLD.date < now() AT TIME ZONE 'UTC' - interval '1 year'
                           AND OLD.hash IS NOT NULL AND OLD.detail->>'archive' IS NULL
                           AND to_jsonb(NEW) - %(body)s::text[] = to_jsonb(OLD) - %(body)s::text[]
                           AND NEW.note IS NULL AND NEW.prev_hash IS NULL
                           AND NULLIF(NEW.detail - %(said)s::text[], '{}')
                               IS NOT DISTINCT FROM (SELECT jsonb_object_agg(key, value) FROM jsonb_each(OLD.detail)
                                                      WHERE key = ANY(%(kept)s::text[]))
                           AND EXISTS (
                               SELECT FROM lead_pool_event c
                                 JOIN lead_pool_archive a ON a.id = (
                                      CASE WHEN c.id = OLD.id THEN NEW.detail ELSE c.detail END->>'archive')::int
                                 JOIN ir_attachment f ON f.id = a.attachment_id
                                WHERE c.lead_ref = OLD.lead_ref
                                  AND c.seq = (SELECT max(seq) FROM lead_pool_event WHERE lead_ref = OLD.lead_ref)
                                  AND CASE WHEN c.id = OLD.id THEN NEW.hash = OLD.hash
                                           ELSE NEW.hash IS NULL AND NEW.detail->>'archive' IS NULL END
                                  AND pg_xact_status(((pg_current_xact_id()::text::bigint >> 32 << 32)
                                                      | a.xmin::text::bigint)::text::xid8) = 'in progress') THEN
                            RETURN NEW;
                        END IF;
                    END IF;
                    RAISE EXCEPTION 'lead_pool_event is append-only: %% refused', TG_OP;
                END $$ LANGUAGE plpgsql SET search_path = %(schema)s, pg_temp;
                DROP TRIGGER IF EXISTS lead_pool_event_append_only ON lead_pool_event;
                CREATE TRIGGER lead_pool_event_append_only BEFORE UPDATE
                    ON lead_pool_event FOR EACH ROW EXECUTE FUNCTION lead_pool_event_append_only();
                DROP TRIGGER IF EXISTS lead_pool_event_kept ON lead_pool_event;
                CREATE TRIGGER lead_pool_event_kept BEFORE DELETE
                    ON lead_pool_event FOR EACH ROW EXECUTE FUNCTION lead_pool_event_append_only();
                DROP TRIGGER IF EXISTS lead_pool_event_whole ON lead_pool_event;
                CREATE TRIGGER lead_pool_event_whole BEFORE TRUNCATE
                    ON lead_pool_event FOR EACH STATEMENT EXECUTE FUNCTION lead_pool_event_append_only();
                """,
                body=as_array(archive.BODY),
                kept=as_array(archive.KEPT_DETAIL),
                said=as_array(("archive", "proof", "notes")),
                schema=SQL.identifier(schema),
            )
        )

    @api.depends("kind", "lead_ref")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            event.display_name = f"#{event.lead_ref} {kinds.get(event.kind, '')}"

    @api.depends("lead_ref", "seq")
    def _compute_archive_id(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT v.id, (SELECT (c.detail->>'archive')::int FROM lead_pool_event c
                                  WHERE c.lead_ref = v.lead_ref AND c.seq >= v.seq AND c.detail->>'archive' IS NOT NULL
                                  ORDER BY c.seq LIMIT 1)
                     FROM lead_pool_event v WHERE v.id = ANY(%s)""",
                self.ids,
            )
        )
        archives = dict(rows)
        for event in self:
            event.archive_id = archives.get(event.id)

    # ------------------------------------------------------------
    # WHO MAY SEE
    # ------------------------------------------------------------

    def _compute_lp_visible(self):
        visible = self.search([("id", "in", self.ids)])
        for event in self:
            event.lp_visible = event in visible

    def _search_lp_visible(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        user = self.env.user
        if user.has_group("lead_pool.group_manager"):
            return Domain.TRUE
        pools = user._lead_pool_ids("admin")
        admin_pools = Domain("pool_ref", "in", pools) | Domain("from_pool_ref", "in", pools)
        if user.has_group("sales_team.group_sale_salesman_all_leads"):
            readable = SQL("(SELECT id FROM crm_lead WHERE user_id IS NOT NULL)")
        else:
            readable = SQL("(SELECT id FROM crm_lead WHERE user_id = %s)", user.id)
        return admin_pools | Domain("lead_ref", "in", readable) | Domain("lead_ref", "in", user._helped_lead_ids())

    # ------------------------------------------------------------
    # APPEND-ONLY
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list:
            raise AccessError(self.env._("Events are written by the lead pool itself."))
        return super().create(vals_list)

    def write(self, vals):
        if self and vals:
            raise AccessError(self.env._("Events cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("Events cannot be deleted."))

    # ------------------------------------------------------------
    # LEDGER
    # ------------------------------------------------------------

    @api.model
    def _hash(self, row):
        """SHA-256 of the event's facts in canonical JSON, ``prev_hash`` included.

        :param dict row: with the keys of ``HASHED``; ``date`` as naive UTC datetime
        """
        facts = [_moment(row["date"]), *[row.get(key) or None for key in HASHED[1:]]]
        return hashlib.sha256(_canonical(facts).encode()).hexdigest()

    @api.model
    def _append(self, rows, also=None):
        """Write events in one statement.

        :param rows: ``[dict]`` with the keys of ``COLUMNS`` (missing ones are empty), hashes and ``seq``
            included; the caller holds the locks of the entries that hand out ``seq``
        :param SQL also: another INSERT for the same statement
        """
        if not rows:
            return
        cells = {column: [row.get(column) or None for row in rows] for column in COLUMNS}
        cells["detail"] = [json.dumps(detail) if detail else None for detail in cells["detail"]]
        query = self.env["lead.pool.ledger"]._insert_query(self, cells)
        self.env.cr.execute(SQL("WITH also AS (%s) %s", also, query) if also else query)
        self.invalidate_model()
        self.env["lead.pool.webhook"]._wake({row["kind"] for row in rows})

    @api.model
    def _broken_chains(self, lead_refs=None):
        """Leads whose chain of events does not hold: an event was changed, inserted or is missing.

        :param lead_refs: ids of leads; all when ``None``
        :returns: ``{lead_ref: seq}`` of the first event that does not fit
        """
        where = SQL("lead_ref = ANY(%s)", list(lead_refs)) if lead_refs is not None else SQL("TRUE")
        chains = groupby(self._rows(where), key=lambda row: row["lead_ref"])
        misfits = {ref: archive.misfit(rows, self._hash) for ref, rows in chains}
        return {ref: seq for ref, seq in misfits.items() if seq}

    def _rows(self, where):
        """Events with the keys of ``COLUMNS``, and ``sha256`` of the archive that a checkpoint names.

        :param SQL where: condition on the events
        :returns: ``[dict]``, by lead and ``seq``
        """
        return self.env.execute_query_dict(
            SQL(
                """SELECT %s, (SELECT sha256 FROM lead_pool_archive WHERE id = (v.detail->>'archive')::int) AS sha256
                     FROM lead_pool_event v WHERE %s ORDER BY lead_ref, seq""",
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                where,
            )
        )
