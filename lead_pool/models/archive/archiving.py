"""Retention of the history: what is long over goes into files, chunk by chunk, each in a transaction of its own."""

import json

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...arrays import as_columns
from ...rules import archive

CHUNK = 500  # leads of a transaction, and of a file
MOST_EVENTS = 10_000  # of a file, unless one lead alone has more
YEARS = (1, 100)
NAMED = 20  # leads that the report names


class LeadPoolArchiving(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.archiving"
    _description = "Archiving of Events"

    @api.model
    def action_archive_events(self, years, dry_run=True):
        """Take remarks, details and hashes of the events of leads that ended so long ago into files, in the background.
        Figures, lists and the chain of each lead stay as they are; the last event of each vouches for the file.

        :param int years: since the lead was closed, and since its last event; 1 to 100
        :param dry_run: only say what would be archived
        :returns: ``{'leads', 'events', 'job_id'}``: how many there are in the caller's companies; id of the
            ``lead.pool.job``, of the one at work if there is one, ``False`` in a dry run
        :raises AccessError: the caller is neither a manager of all pools nor an administrator
        :raises UserError: malformed arguments
        """
        self._check_may_check()
        if type(years) is not int or not YEARS[0] <= years <= YEARS[1]:
            raise UserError(self.env._("years must be a number from %(least)s to %(most)s.", least=1, most=YEARS[1]))
        if not isinstance(dry_run, bool):
            raise UserError(self.env._("%(argument)s must be true or false.", argument="dry_run"))
        before, companies = self._archived_before(years), self.env.companies.ids
        leads, events = self._count_archivable(before, companies)
        job = self.env["lead.pool.job"]
        if not dry_run and leads:
            job = self._start_archiving(before, companies, leads)
        return {"leads": leads, "events": events, "job_id": job.id}

    @api.model
    def _archive_years(self):
        """After how many years a scheduled action archives; 0: never."""
        value = self.env["ir.config_parameter"].sudo().get_param("lead_pool.archive_years") or "0"
        return min(int(value), YEARS[1]) if value.isdecimal() else 0

    @api.model
    def _cron_archive(self):
        """Once a day: what has become old enough; off unless the settings say so."""
        years = self._archive_years()
        if not years:
            return
        before, companies = self._archived_before(years), self.env["res.company"].sudo().search(Domain.TRUE).ids
        leads, _events = self._count_archivable(before, companies)
        if leads:
            self._start_archiving(before, companies, leads)

    def _start_archiving(self, before, companies, leads):
        Job = self.env["lead.pool.job"]
        at_work = Job.sudo().search([("kind", "=", "archive"), ("state", "in", ("waiting", "running"))], limit=1)
        params = {"before": fields.Datetime.to_string(before), "companies": companies}
        return at_work or Job._start("archive", total=leads, params=params)

    def _archived_before(self, years):
        return self._now() - relativedelta(years=years)

    # ------------------------------------------------------------
    # WHICH LEADS
    # ------------------------------------------------------------

    def _archivable(self, before, companies):
        """Condition on entries ``e`` of leads that ended, and to which nothing has happened, since ``before``; a lead
        that the sample made up goes with the sample."""
        return SQL(
            """e.state = 'closed' AND e.closed_at < %(before)s AND e.company_id = ANY(%(companies)s)
               AND EXISTS (SELECT FROM lead_pool_event z
                            WHERE z.lead_ref = e.lead_ref AND z.seq = e.event_seq AND z.detail->>'archive' IS NULL)
               AND NOT EXISTS (SELECT FROM lead_pool_event z WHERE z.lead_ref = e.lead_ref AND z.date >= %(before)s)
               AND NOT EXISTS (SELECT FROM lead_pool_sample s WHERE s.model = 'crm.lead' AND s.res_id = e.lead_ref)""",
            before=before,
            companies=companies,
        )

    def _count_archivable(self, before, companies):
        """``(leads, events)``; of a lead that was archived before and came back, those before count, too."""
        self.env.flush_all()
        query = SQL("SELECT count(*), COALESCE(sum(e.event_seq), 0) FROM lead_pool_entry e WHERE %s",
                    self._archivable(before, companies))  # fmt: skip
        [counts] = self.env.execute_query(query)
        return counts

    def _next_archivable(self, before, companies, after):
        """Entries for one file: of one company, in the order in which they ended.

        :param after: ``[company id, closed_at, entry id]`` of the last one looked at; may be empty
        :returns: ``(entry ids, after)``; no ids: there is no more
        """
        company, closed_at, number = after or (0, "1900-01-01", 0)
        rows = self.env.execute_query(
            SQL(
                """SELECT e.id, e.company_id, e.closed_at, e.event_seq FROM lead_pool_entry e
                    WHERE (e.company_id, e.closed_at, e.id) > (%s, %s::timestamp, %s) AND %s
                    ORDER BY e.company_id, e.closed_at, e.id LIMIT %s""",
                company,
                closed_at,
                number,
                self._archivable(before, companies),
                CHUNK,
            )
        )
        ids, events = [], 0
        for entry_id, company_id, closed_at, seq in rows:
            events += seq
            if ids and (company_id != after[0] or events > MOST_EVENTS):
                break
            ids.append(entry_id)
            after = [company_id, fields.Datetime.to_string(closed_at), entry_id]
        return ids, after

    # ------------------------------------------------------------
    # ONE FILE
    # ------------------------------------------------------------

    def _job_archive(self, job):
        """The leads of the next file; what somebody works on, and what was tampered with, is passed over."""
        self.env.flush_all()
        position = job.position or {"after": [], "leads": 0, "events": 0, "files": 0, "broken": []}
        before, companies = fields.Datetime.to_datetime(job.params["before"]), job.params["companies"]
        ids, position["after"] = self._next_archivable(before, companies, position["after"])
        if ids:
            leads, events, broken = self._archive(ids, self._archivable(before, companies))
            position["leads"] += leads
            position["events"] += events
            position["files"] += bool(leads)
            position["broken"] = [*position["broken"], *broken][:NAMED]
        job.position = dict(position)
        return len(ids), bool(ids)

    def _archive(self, entry_ids, condition):
        """Archive the events of these entries' leads into one file.

        :param SQL condition: on entries ``e``, once they are locked
        :returns: ``(number of leads, number of events, numbers of leads whose chain does not hold)``
        """
        Entry = self.env["lead.pool.entry"].sudo()
        rows = Entry.browse(entry_ids)._read_rows(lock="skip")
        still = SQL("SELECT e.id FROM lead_pool_entry e WHERE e.id = ANY(%s) AND %s", list(rows), condition)
        rows = {row.lead_ref: row for row in (rows[entry_id] for [entry_id] in self.env.execute_query(still))}
        Event = self.env["lead.pool.event"].sudo()
        broken = Event._broken_chains(list(rows)) if rows else {}
        events = {ref: [] for ref in sorted(rows.keys() - broken.keys())}
        for event in Event._rows(SQL("lead_ref = ANY(%s)", list(events))):
            if archive.is_checkpoint(event):  # what is before it is archived
                events[event["lead_ref"]].clear()
            else:
                events[event["lead_ref"]].append(event)
        for ref, row in rows.items():  # the ledger goes on from the entry: both have to be at the same place
            if ref in events and [(event["seq"], event["hash"]) for event in events[ref][-1:]] != [
                (row.event_seq, row.event_hash)
            ]:
                broken[ref] = row.event_seq
                del events[ref]
        if events:
            _write(self.env, rows[next(iter(events))].company_id, events)
        return len(events), sum(map(len, events.values())), sorted(broken)

    def _archive_report(self, job):
        """Markup: what was archived, and what was not."""
        position = job.position or {}
        if not position:
            return self._as_list([])
        lines = [
            self.env._("%(events)s events of %(leads)s leads are in %(files)s files.", **{
                key: position[key] for key in ("events", "leads", "files")
            })
        ]  # fmt: skip
        if broken := position["broken"]:
            refs = ", ".join(f"#{ref}" for ref in broken) + (" …" if len(broken) == NAMED else "")
            lines.append(self.env._("Left as they are, as their chain does not hold: %(leads)s", leads=refs))
        return self._as_list(lines)


def _write(env, company_id, events):
    """The file, and the events without what is in it, the last one of each lead as its checkpoint.

    A function and no method, so that no server action calls it with events that never were.

    :param events: ``{number of the lead: [event]}`` of the company, whole; their entries are locked
    """
    now, made = env["lead.pool"]._now(), env["lead.pool.archive"].sudo()
    [[number]] = env.execute_query(SQL("SELECT nextval('lead_pool_archive_id_seq')"))
    all_events = [event for ones in events.values() for event in ones]
    content = archive.packed(number, all_events)
    name, digest = f"lead-pool-events-{number:06}.jsonl.gz", archive.sha256(content)
    file = {"name": name, "raw": content, "mimetype": "application/gzip", "res_model": made._name, "res_id": number}
    values = {
        "id": number,
        "name": name,
        "date": now,
        "user_id": env.uid,
        "company_id": company_id,
        "lead_count": len(events),
        "event_count": len(all_events),
        "first_date": min(event["date"] for event in all_events),
        "last_date": max(event["date"] for event in all_events),
        "size": len(content),
        "sha256": digest,
        "attachment_id": env["ir.attachment"].sudo().create(file).id,
    }
    env["lead.pool.ledger"]._insert(made, {column: [value] for column, value in values.items()})
    made.invalidate_model()
    stay = [archive.archived(ones, number, digest) for ones in events.values()]
    _update(env, [ones[-1] for ones in stay])  # the database takes the others for archived by these
    _update(env, [one for ones in stay for one in ones[:-1]])
    env["lead.pool.event"].invalidate_model()


def _update(env, rows):
    if rows:
        columns = [
            ("lead_ref", "int", [row["lead_ref"] for row in rows]),
            ("seq", "int", [row["seq"] for row in rows]),
            ("hash", "varchar", [row["hash"] for row in rows]),
            ("detail", "jsonb", [json.dumps(row["detail"]) if row["detail"] else None for row in rows]),
        ]
        env.cr.execute(
            SQL(
                """UPDATE lead_pool_event v SET note = NULL, prev_hash = NULL, hash = n.hash, detail = n.detail
                     FROM (SELECT %s) n WHERE v.lead_ref = n.lead_ref AND v.seq = n.seq""",
                as_columns(columns),
            )
        )
