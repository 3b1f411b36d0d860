"""Imports leads from a file into lead pools: what Lead Pool, Leads, Import Leads does, with its summary printed.

    make import CSV=leads.csv POOL='Inbound'      every lead into this pool
    make import CSV=leads.xlsx POOL=auto          each lead where the entry conditions send it

Runs inside `odoo shell` (scripts/import) and finds CSV and POOL in its environment; BATCH (500) is the number of leads
a transaction. The file is CSV (UTF-8, GB 18030 or UTF-16) or XLSX with headings in its first row, in any order: the
labels or technical names of a lead's fields, custom ones included, in English or Chinese, and what people write
instead (`lead_pool/rules/table_file.py`). It needs the columns External ID, by which a lead that was imported before
is skipped, and Name. Tags, sources, lead groups and services that are missing are made; an unknown country is left
empty and told; other columns are left out, and named at the end.

A row that cannot be imported is written with its number and the reason to FILE.refused.xlsx beside the file, which can
be mended and imported as it is; all other rows are kept. Batches are committed one by one: an import that was
interrupted is simply started again.
"""

import base64
import collections
import os
import pathlib
import sys
import tempfile
import time

NEEDED = {"id": "External ID", "name": "Name"}


def stop(message):
    print(f"lead_pool: {message}", file=sys.stderr)
    sys.exit(1)


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


def write_refused(run, path):
    """The rows that were not taken in, with number and reason; the path of the file written."""
    from odoo.addons.lead_pool.controllers.import_rest import workbook_of  # here, where Odoo is

    source = pathlib.Path(path)
    target = source.with_name(f"{source.stem}.refused.xlsx")
    if not os.access(source.parent, os.W_OK):
        target = pathlib.Path(tempfile.gettempdir(), target.name)
    target.write_bytes(workbook_of(*run._rest(), "Leads"))
    return target


def prepare(env, path, pool):
    """The import, its columns found."""
    from odoo.exceptions import UserError

    file = pathlib.Path(path)
    try:
        run = env["lead.pool.import"].create(
            {
                "file": base64.b64encode(file.read_bytes()),
                "file_name": file.name,
                "destination": "pool" if pool else "rules",
                "pool_id": pool.id,
                "make_missing": True,
            }
        )
    except UserError as error:
        stop(f"{path}: {error}")
    missing = [name for field, name in NEEDED.items() if field not in run.column_ids.mapped("field_name")]
    if missing:
        stop(f"{path} has no column {' and no column '.join(missing)}: see scripts/import_leads.py.")
    run._check_may_import()
    run._store_rows()
    run.stage = "imported"
    env.cr.commit()
    return run


def run_import(env, path, pool_name, size):
    began = time.monotonic()
    pool = find_pool(env, pool_name)
    run = prepare(env, path, pool)
    done, total = 0, run.row_count
    while count := run._take_in_batch(size):
        env.cr.commit()
        env.invalidate_all()
        done += count
        rate = done / (time.monotonic() - began)
        print(f"  {done:,} of {total:,} · {rate:.0f} leads/s · {(total - done) / rate:.0f} s left", flush=True)
    summarise(env, run, path, time.monotonic() - began)
    env.cr.commit()


def summarise(env, run, path, seconds):
    counts = collections.Counter(run.counts or {})
    created = run.row_ids.filtered(lambda row: row.code in ("created", "flagged")).lead_id
    print(f"\n{path}: {run.row_count:,} rows in {seconds:.0f} s")
    print(f"  {len(created):,} created ({len(created) / seconds:.0f} leads/s)")
    for name, count in where_they_are(env, created.ids):
        print(f"      {count:,} in {name}")
    print(f"  {counts['flagged']:,} of them flagged as duplicates")
    print(f"  {counts['repeat']:,} became repeat inquiries, {counts['same_owner']:,} went to the same owner")
    print(f"  {counts['before']:,} skipped, imported before")
    refused = counts["invalid"] + counts["duplicate"]
    print(f"  {refused:,} refused", end="")
    print(f": {write_refused(run, path)}" if refused else "")
    for name, number in (run.made or {}).items():
        print(f"  {number:,} new values of {run._heading(name)}")
    doubts = run.row_ids.filtered(lambda row: row.doubt and row.code != "invalid").mapped("doubt")
    for doubt, count in collections.Counter(doubts).most_common(10):
        print(f"  doubtful ({count:,}): {doubt}")
    if run.ignored:
        print(f"  columns left out: {run.ignored}")


def where_they_are(env, lead_ids):
    """`[(pool or none, number of these leads)]`."""
    groups = env["crm.lead"]._read_group([("id", "in", lead_ids)], ["pool_id"], ["__count"])
    return [(f"“{pool.name}”" if pool else "no pool", count) for pool, count in groups]


if "env" in globals():  # odoo shell
    run_import(
        globals()["env"],
        os.environ["CSV"],
        os.environ["POOL"],
        max(int(os.environ.get("BATCH") or 500), 1),
    )
