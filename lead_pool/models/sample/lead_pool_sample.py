from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

#: What is said of a person or a company on a lead: typed over, a made-up lead is perhaps a real one.
TYPED = (
    "name", "contact_name", "partner_name", "function", "phone", "email_from", "wechat", "website", "street", "street2",
    "city", "zip", "company_registry_code", "description",
)  # fmt: skip


class LeadPoolSample(models.Model):
    """Which records the sample made. A number stays here when its lead is deleted by hand, so that the ledger of that
    lead goes with the sample, too.

    The guard of the events (``lead.pool.event``) lets go what is of a lead that is recorded here and does not exist any
    more. So a trigger sees to it that a lead is recorded in the very transaction of its first event, or never: what has
    a ledger is the company's own for good. Nothing is changed here afterwards, and only the loading verb adds to it.
    """

    _name = "lead.pool.sample"
    _description = "Record of the Sample"
    _log_access = False
    _rec_name = "model"

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer("Number", required=True, readonly=True, aggregator=None)
    made = fields.Char("Made As", readonly=True, help="Of a lead: the digest of what was made up of its person.")

    _record_uniq = models.UniqueIndex("(model, res_id)")

    def init(self):
        """An event that is there and whose transaction is not over can only be of this transaction (of a savepoint in
        it, too); events are never updated but when they are archived, so that says when it was written."""
        [[schema]] = self.env.execute_query(SQL("SELECT current_schema"))
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION lead_pool_sample_only_new() RETURNS trigger AS $$
                BEGIN
                    IF TG_OP = 'INSERT' AND (NEW.model <> 'crm.lead' OR EXISTS (
                        SELECT FROM lead_pool_event
                         WHERE lead_ref = NEW.res_id AND seq = 1 AND hash IS NOT NULL AND detail->>'archive' IS NULL
                           AND pg_xact_status(
                               ((pg_current_xact_id()::text::bigint >> 32 << 32) | xmin::text::bigint)::text::xid8
                               ) = 'in progress')) THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'lead_pool_sample: %% of %% %% refused', TG_OP, NEW.model, NEW.res_id;
                END $$ LANGUAGE plpgsql SET search_path = %s, pg_temp;
                DROP TRIGGER IF EXISTS lead_pool_sample_only_new ON lead_pool_sample;
                CREATE TRIGGER lead_pool_sample_only_new BEFORE INSERT OR UPDATE ON lead_pool_sample
                    FOR EACH ROW EXECUTE FUNCTION lead_pool_sample_only_new();
                """,
                SQL.identifier(schema),
            )
        )

    def _create(self, data_list):
        raise AccessError(self.env._("The sample itself records what it makes."))

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @api.model
    def action_load_sample(self):
        """Make three pools, of which the caller is the only member and admin, with made-up leads and follow-ups of the
        last days. Called again it makes nothing.

        :returns: ``{'pools', 'leads'}``: how many there are of the sample
        :raises AccessError: the caller is no manager of all pools
        :raises UserError: there is no sales team
        """
        self._check_may_sample()
        if self._begin():
            self._make()
        return self._counts()

    @api.model
    def action_remove_sample(self, dry_run=True):
        """Remove the sample wholly: its pools and leads, also those that somebody has worked on, with their ledgers,
        follow-ups, messages and activities, and the customers and quotations that came of them. Nothing else goes.

        :param dry_run: only say what would go
        :returns: ``{'pools', 'leads', 'worked', 'typed', 'kept'}``: numbers of pools, of leads, of those that others
            than who loaded the sample have worked on; ``[{'id', 'name'}]`` of leads into which somebody has typed
            another person or company than was made up; names of what stays, as something else needs it
        :raises AccessError: the caller is no manager of all pools
        :raises UserError: leads that the sample did not make are in its pools
        """
        self._check_may_sample()
        if not isinstance(dry_run, bool):
            raise UserError(self.env._("%(argument)s must be true or false.", argument="dry_run"))
        answer = {**self._counts(), "worked": self._worked_on(), "kept": []}
        answer["typed"] = self._typed_over().read(["name"])
        if not dry_run and (answer["pools"] or answer["leads"]):
            answer["kept"] = self._remove()
        return answer

    @api.model
    def action_keep_typed(self):
        """Leads of the sample into which somebody has typed another person or company are the company's own from now
        on: the sample is not removed before they are in a pool of the company's.

        :returns: their ids
        :raises AccessError: the caller is no manager of all pools
        """
        self._check_may_sample()
        typed = self._typed_over()
        self._are_own(typed)
        return typed.ids

    # ------------------------------------------------------------
    # MARKS
    # ------------------------------------------------------------

    def _check_may_sample(self):
        if not self.env.user._runs_all_pools():
            raise AccessError(self.env._("Only a manager of all pools may load or remove the sample."))

    def _begin(self):
        """Whether there is no sample; of two who load it at once the second one waits, and finds the first one's."""
        self.env.cr.execute(
            """INSERT INTO lead_pool_sample (model, res_id) SELECT 'res.users', %s
                WHERE NOT EXISTS (SELECT FROM lead_pool_sample) ON CONFLICT DO NOTHING RETURNING id""",
            [self.env.uid],
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _numbers(self, model):
        """Ids of the records of this model that the sample made, also of those that are deleted by now."""
        rows = self.env.execute_query(SQL("SELECT res_id FROM lead_pool_sample WHERE model = %s ORDER BY 1", model))
        return [number for [number] in rows]

    @api.model
    def _counts(self):
        """``{'pools', 'leads'}``: how many there are."""
        env = self.env(su=True, context={**self.env.context, "active_test": False})
        pools, leads = env["lead.pool"].browse(self._numbers("lead.pool")), self._numbers("crm.lead")
        return {"pools": len(pools.exists()), "leads": len(env["crm.lead"].browse(leads).exists())}

    @api.model
    def _merged(self, lead, others):
        """Another lead than one of the sample's was merged into this one: now it is the company's own, and stays."""
        numbers = {*self._numbers("crm.lead")}
        if lead.id in numbers and not numbers.issuperset(others.ids):
            self._are_own(lead)

    def _are_own(self, leads):
        """What was made up of these leads is real by now."""
        self.sudo().search([("model", "=", "crm.lead"), ("res_id", "in", leads.ids)]).unlink()

    def _digests(self, ids):
        """``SELECT id, digest`` of what these leads say of a person or a company."""
        columns = SQL(", ").join(SQL("COALESCE(%s, '')", SQL.identifier(name)) for name in TYPED)
        digest = SQL("md5(jsonb_build_array(%s)::text)", columns)
        return SQL("SELECT id, %s AS digest FROM crm_lead WHERE id = ANY(%s)", digest, ids)

    @api.model
    def _typed_over(self):
        """Leads that no longer say what was made up, in the order of their making."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.id FROM lead_pool_sample s JOIN (%s) l ON l.id = s.res_id
                    WHERE s.model = 'crm.lead' AND s.made <> l.digest ORDER BY 1""",
                self._digests(self._numbers("crm.lead")),
            )
        )
        return self.env["crm.lead"].browse([number for [number] in rows])

    def _worked_on(self):
        """How many leads of the sample others than who loaded it have moved, followed up or asked about."""
        rows = self.env.execute_query(
            SQL(
                """SELECT count(DISTINCT lead_ref) FROM lead_pool_event
                    WHERE lead_ref = ANY(%s) AND (kind = 'inquiry' OR actor_ref <> ALL(%s) AND actor_ref <> 1)""",
                self._numbers("crm.lead"),
                self._numbers("res.users"),
            )
        )
        return rows[0][0]
