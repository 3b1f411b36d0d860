"""Imports leads from a CSV file into lead pools, through Odoo's own import (`crm.lead.load`).

    make import CSV=leads.csv POOL='Inbound'      every lead into this pool
    make import CSV=leads.csv POOL=auto           each lead where the entry conditions send it

Runs inside `odoo shell` (scripts/import) and finds CSV and POOL in its environment; BATCH (500) is
the number of leads a transaction. The file has headings in its first line, in any order:

    heading         field of the lead           remarks
    External ID     id                          needed: a lead that was imported before is skipped
    Name            name                        needed
    Contact Name    contact_name
    Phone           phone
    Email           email_from
    Company Name    partner_name
    Lead Source     source_id                   a missing source is made
    City            city
    Country         country_id                  name or code; an unknown one is left empty and told
    Tags            tag_ids                     separated by ";" or ","; missing ones are made
    Lead Quality    lead_group_id               a missing lead group is made
    Specialization  product_interest_ids        separated by ";"; a missing one is made as a service

A heading that is the label or technical name of a custom field, or that "New Fields" has made a field of, fills that
field instead of the one above; Yes, No, 是 and 否 are understood, several options are separated by ";". Other columns
are left out, and named at the end. A row that cannot be imported is written with its
line number and the reason to FILE.refused.csv beside the file, which can be mended and imported as
it is; all other rows are kept. Batches are committed one by one: an import that was interrupted is
simply started again.
"""

import collections
import contextlib
import csv
import io
import os
import pathlib
import sys
import tempfile
import time

TEXTS = {  # heading: field
    "External ID": "id",
    "Name": "name",
    "Contact Name": "contact_name",
    "Phone": "phone",
    "Email": "email_from",
    "Company Name": "partner_name",
    "City": "city",
}
LINKS = {  # heading: (field, model, what a missing one is made with or None, separators)
    "Lead Source": ("source_id", "utm.source", {}, ""),
    "Country": ("country_id", "res.country", None, ""),
    "Tags": ("tag_ids", "crm.tag", {}, ";,"),
    "Lead Quality": ("lead_group_id", "lead.group", {}, ""),
    "Specialization": ("product_interest_ids", "product.template", {"type": "service"}, ";"),
}
NEEDED = ("External ID", "Name")
LINE, REASON = "Line", "Reason"  # columns of the refused rows, ignored when they are imported


class Row:
    """A line of the file: its number, its cells by heading, and why it is refused, if it is."""

    def __init__(self, line, cells):
        self.line, self.cells, self.refusal = line, cells, None

    def __getitem__(self, heading):
        return (self.cells.get(heading) or "").strip()


def stop(message):
    print(f"lead_pool: {message}", file=sys.stderr)
    sys.exit(1)


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


def read_text(path):
    """The file as text: UTF-8 as everybody writes it, else GB 18030 as Chinese spreadsheets do."""
    data = pathlib.Path(path).read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding)
    stop(f"{path} is neither UTF-8 nor GB 18030: save it as CSV UTF-8.")


def read_rows(path):
    """Headings and rows; a row that cannot be read right carries its refusal."""
    text = read_text(path)
    if not text.strip():
        stop(f"{path} is empty.")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    headings = [heading.strip() for heading in next(reader)]
    missing = [heading for heading in NEEDED if heading not in headings]
    if missing:
        stop(f"{path} has no column {' and no column '.join(missing)}: see scripts/import_leads.py.")
    rows, last = [], reader.line_num
    for cells in reader:
        line, last = last + 1, reader.line_num
        if not any(cells):
            continue
        rows.append(Row(line, dict(zip(headings, cells, strict=False))))
        if len(cells) != len(headings):
            rows[-1].refusal = f"The line has {len(cells)} cells, but there are {len(headings)} headings."
    return headings, rows


def write_refused(path, headings, rows):
    """The refused rows with line and reason; the path of the file written."""
    source = pathlib.Path(path)
    target = source.with_name(f"{source.stem}.refused.csv")
    if not os.access(source.parent, os.W_OK):
        target = pathlib.Path(tempfile.gettempdir(), target.name)
    kept = [heading for heading in headings if heading not in (LINE, REASON)]
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([LINE, REASON, *kept])
        for row in rows:
            writer.writerow([row.line, row.refusal, *(row.cells.get(name, "") for name in kept)])
    return target


def refuse_unusable(rows, modules):
    """Refuse what is wrong at sight, before anything is asked of the database."""
    seen = {}
    for row in rows:
        xid = row["External ID"]
        if row.refusal:
            continue
        if not xid:
            row.refusal = "The External ID is empty: a second import would make the lead again."
        elif xid in seen:
            row.refusal = f"The External ID is that of line {seen[xid]}."
        elif xid.partition(".")[0] in modules and "." in xid:
            row.refusal = "The part of the External ID before the dot is the name of an Odoo module."
        elif not row["Name"]:
            row.refusal = "The Name is empty."
        else:
            seen[xid] = row.line


# ── what the cells link to ────────────────────────────────────────────────────────────────────────


def values_of(row, heading):
    """The single values of a cell that links to something."""
    *_rest, separators = LINKS[heading]
    cell = row[heading]
    for separator in separators[1:]:
        cell = cell.replace(separator, separators[0])
    parts = cell.split(separators[0]) if separators else [cell]
    return [part.strip() for part in parts if part.strip()]


def find_countries(env, names):
    """`{lower name: id}` by name in any installed language, by code, or by a beginning that only
    one country has ("Russia")."""
    known = {}
    for lang, _name in env["res.lang"].get_installed():
        for country in env["res.country"].with_context(lang=lang).search([]):
            known[country.name.lower()] = known[(country.code or "").lower()] = country.id
    found = {}
    for name in names:
        begin = {id_ for text, id_ in known.items() if len(name) > 3 and text.startswith(name)}
        if id_ := known.get(name) or (begin.pop() if len(begin) == 1 else None):
            found[name] = id_
    return found


def find_or_make(env, model, names, defaults):
    """`{lower name: id}`, and how many were made.

    :param names: `{lower name: name}`
    """
    from odoo.fields import Domain  # here, so that the file can be read without Odoo
    from odoo.tools import escape_psql

    found = {}
    Model = env[model].with_context(active_test=False)
    for record in Model.search(
        Domain.OR([("name", "=ilike", escape_psql(name))] for name in names.values()), order="id desc"
    ):
        found[record.name.lower()] = record.id
    missing = [key for key in names if key not in found]
    made = Model.create([{"name": names[key], **defaults} for key in missing])
    found.update(zip(missing, made.ids, strict=True))
    return found, len(made)


def link_all(env, rows, headings):
    """`{heading: {lower name: external id}}` for all rows at once, `{heading: number made}`, and a
    Counter of countries that nobody knows.

    External ids, since `load` remembers those within a batch, while it looks up each database id."""
    ids, made, unknown = {}, {}, collections.Counter()
    for heading, (_field, model, defaults, _separators) in LINKS.items():
        counts, names = collections.Counter(), {}
        for row in rows if heading in headings else ():
            for name in values_of(row, heading):
                names.setdefault(name.lower(), name)
                counts[name.lower()] += 1
        if defaults is None:
            ids[heading] = find_countries(env, names)
            unknown.update({names[key]: n for key, n in counts.items() if key not in ids[heading]})
        elif names:
            ids[heading], made[heading] = find_or_make(env, model, names, defaults)
        found = ids.get(heading, {})
        xids = env[model].browse(found.values()).export_data(["id"])["datas"]
        ids[heading] = dict(zip(found, (xid for [xid] in xids), strict=True))
    return ids, made, unknown


def custom_fields(env, headings):
    """`{heading: field}` for the custom fields of leads among these headings."""
    fields = env["lead.custom.field"].with_context(active_test=False).search([("on_lead", "=", True)])
    known = {label: field.technical_name for field in fields for label in (*field._labels(), field.technical_name)}
    remembered = env["base_import.mapping"].search(
        [("res_model", "=", "crm.lead"), ("field_name", "in", fields.mapped("technical_name"))]
    )
    known.update({mapping.column_name: mapping.field_name for mapping in remembered})
    return {heading: known[heading] for heading in headings if heading in known}


def record_of(row, fields, ids, pool):
    """The row as `load` wants it: texts, external ids of what it links to and of the pool."""
    cells = []
    for heading, field in fields:
        if heading in LINKS and field.endswith("/id"):
            linked = [ids[heading].get(name.lower()) for name in values_of(row, heading)]
            cells.append(",".join(xid for xid in dict.fromkeys(linked) if xid))
        elif heading == "Pool":
            cells.append(pool)
        else:
            cells.append(row[heading])
    return cells


# ── into Odoo ─────────────────────────────────────────────────────────────────────────────────────


def load(Lead, fields, rows, records):
    """Load these rows, all of them or, where Odoo refuses some, all the others.

    :returns: ids of the new leads; a row that is refused carries the reason
    """
    names = [field for _heading, field in fields]
    ids, alone, rest = [], [], list(range(len(rows)))
    while rest:
        result = Lead.load(names, [records[i] for i in rest])
        if result["ids"]:
            ids += result["ids"]
            break
        # Odoo takes all or nothing. What it names is tried alone below, for it also names a row
        # whose only fault is to be the first of the batch.
        errors = [m for m in result["messages"] if m["type"] == "error"]
        named = {
            rest[i]
            for message in errors
            for i in range(message["rows"]["from"], message["rows"]["to"] + 1)
            if "rows" in message and i < len(rest)
        }
        alone += sorted(named) or rest
        rest = [i for i in rest if i not in named] if named else []
    for i in alone:
        result = Lead.load(names, [records[i]])
        if result["ids"]:
            ids += result["ids"]
        else:
            errors = [m["message"] for m in result["messages"] if m["type"] == "error"]
            rows[i].refusal = " ".join(dict.fromkeys(errors)) or "Odoo refused it without a reason."
    return ids


def already_there(env, rows):
    """The External IDs that leads have already."""
    found = set()
    for start in range(0, len(rows), 5000):
        xids = [qualified(row["External ID"]) for row in rows[start : start + 5000]]
        lookup = env["ir.model.data"]._lookup_xmlids(xids, env["crm.lead"])
        found |= {f"{module}.{name}" for _id, module, name, *_rest, exists in lookup if exists}
    return found


def qualified(xid):
    return xid if "." in xid else f"__import__.{xid}"


def find_pool(env, name):
    """The pool of this name; empty for `auto`."""
    Pool = env["lead.pool"]
    pools = Pool.search([])
    if name.lower() == "auto" or not pools:
        if not pools:
            stop("there is no lead pool yet: make one under Lead Pool, Configuration, Lead Pools.")
        return Pool
    for lang, _name in env["res.lang"].get_installed():
        pool = pools.with_context(lang=lang).filtered(lambda p: p.name.lower() == name.lower())
        if pool:
            return pool[:1]
    names = ", ".join(f"“{pool.name}”" for pool in pools)
    stop(f"there is no lead pool “{name}”. There are {names}; or auto: by the entry conditions.")


def run(env, path, pool_name, size):
    began = time.monotonic()
    pool = find_pool(env, pool_name)
    headings, rows = read_rows(path)
    refuse_unusable(rows, set(env["ir.module.module"].search([]).mapped("name")))
    usable = [row for row in rows if not row.refusal]
    there = already_there(env, usable)
    fresh = [row for row in usable if qualified(row["External ID"]) not in there]
    custom = custom_fields(env, headings)
    standard = [heading for heading in headings if heading not in custom]
    ids, made, unknown = link_all(env, fresh, standard)
    env.cr.commit()
    fields = [(heading, field) for heading, field in TEXTS.items() if heading in standard]
    fields += [(name, f"{LINKS[name][0]}/id") for name in LINKS if name in standard]
    fields += list(custom.items())
    fields += [("Pool", "pool_id/id")] if pool else []
    team = pool.team_id
    pool = pool.export_data(["id"])["datas"][0][0] if pool else ""
    # As Odoo's import screen does it: no tracking, and the channel is the import. Naming the stage
    # that Odoo would look up for each lead saves that query.
    Lead = env["crm.lead"].with_context(import_file=True, tracking_disable=True)
    stage = Lead._stage_find(team_id=team.id, domain=[("fold", "=", False)])
    Lead = Lead.with_context(default_stage_id=stage.id)
    created = []
    for start in range(0, len(fresh), size):
        batch = fresh[start : start + size]
        created += load(Lead, fields, batch, [record_of(row, fields, ids, pool) for row in batch])
        env.cr.commit()
        env.invalidate_all()
        done, seconds = start + len(batch), time.monotonic() - began
        rate = done / seconds
        print(
            f"  {done:,} of {len(fresh):,} · {rate:.0f} leads/s · {(len(fresh) - done) / rate:.0f} s left",
            flush=True,
        )
    refused = [row for row in rows if row.refusal]
    seconds = time.monotonic() - began
    print(f"\n{path}: {len(rows):,} rows in {seconds:.0f} s")
    print(f"  {len(created):,} created ({len(created) / seconds:.0f} leads/s)")
    for name, count in where_they_are(env, created):
        print(f"      {count:,} in {name}")
    print(f"  {len(usable) - len(fresh):,} skipped, imported before")
    print(f"  {len(refused):,} refused", end="")
    print(f": {write_refused(path, headings, refused)}" if refused else "")
    for heading, number in made.items():
        if number:
            print(f"  {number:,} new values of {heading}")
    if unknown:
        names = ", ".join(f"{name} ({count})" for name, count in unknown.most_common(10))
        print(f"  unknown countries, left empty: {names}")
    ignored = [name for name in headings if name not in {*TEXTS, *LINKS, *custom, LINE, REASON}]
    if ignored:
        print(f"  columns left out: {', '.join(ignored)}")


def where_they_are(env, lead_ids):
    """`[(pool or none, number of these leads)]`."""
    groups = env["crm.lead"]._read_group([("id", "in", lead_ids)], ["pool_id"], ["__count"])
    return [(f"“{pool.name}”" if pool else "no pool", count) for pool, count in groups]


if "env" in globals():  # odoo shell
    csv.field_size_limit(sys.maxsize)
    run(
        globals()["env"],
        os.environ["CSV"],
        os.environ["POOL"],
        max(int(os.environ.get("BATCH") or 500), 1),
    )
