"""The benchmark: what the product promises about speed, as ratios measured in one run on one machine.

    make bench                           every operation with 10,000 leads
    make bench SIZE=100k ONLY=distribute one operation; rows of the others stay in the results

Each operation is a module with ``run(bench)`` that yields rows (``measure.row``). A table is printed, and the rows are
written to ``tests/benchmark/results/<size>.json``. Times depend on the machine and on who else is using it: compare
the ratios. Let nothing else write to the PostgreSQL meanwhile, or ``wal_bytes`` counts that, too.
"""

import contextlib
import json
import os
import pathlib
import sys
import time
from dataclasses import dataclass, field
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))  # run as a script

import claiming
import converting
import distribute
import duplicates
import following_up
import importing
import live
import looking
import measure
import moving_in
import painting
import reclaiming
import reporting
import simulate
import workbooks
from databases import copy_database, drop_database

import odoo.sql_db

#: Names that ``ONLY=`` knows.
OPERATIONS = {
    "claim": claiming.run,
    "distribute": distribute.run,
    "duplicates": duplicates.run,
    "import": importing.run,
    "conversion": converting.run,
    "simulate": simulate.run,
    "live": live.run,
    "install": moving_in.run,
    "reports": reporting.run,
    "reports_cpu": reporting.run_cpu,
    "reports_busy": reporting.run_busy,
    "telling": reporting.run_telling,
    "paint": painting.run,  # with what the reports have filled, then with what the screens want
    "screens": looking.run,
    "reclaim": reclaiming.run,
    "follow_up": following_up.run,
    "xlsx": workbooks.run,
}
RESULTS = pathlib.Path(__file__).resolve().parent / "results"
COLUMNS = (
    "operation size ours_s raw_s peer_s ratio_raw ratio_peer spread queries rss_mb wal_bytes retries target "
    "meets_target"
).split()
UNITS = {"k": 1_000, "M": 1_000_000}


class Made(NamedTuple):
    snapshot: str
    work: str


@dataclass
class Bench:
    """What an operation needs of its surroundings."""

    size: int  # leads in the database
    installed: str  # a database with the add-ons, to copy
    plain: str  # one with Odoo alone
    rounds: int = measure.ROUNDS
    peer_leads: int = 2000  # on which Odoo's own way is measured, at most
    _number: int = field(default=0, repr=False)
    _filled: tuple = ()  # the database that was filled last, by what and with what

    @contextlib.contextmanager
    def database(self, source):
        """The name of a fresh copy of ``source``, dropped afterwards."""
        name = self._copy(source)
        try:
            yield name
        finally:
            self._drop(name)

    def _copy(self, source):
        self._number += 1
        name = f"{self.installed}_bench_{os.getpid()}_{self._number}"
        copy_database(source, name, strategy="FILE_COPY")
        return name

    def _drop(self, name):
        odoo.sql_db.close_db(name)
        drop_database(name)

    @contextlib.contextmanager
    def snapshot(self, prepare, *arguments):
        """A database that ``prepare(dbname, *arguments)`` has filled, and a copy of it to work in."""
        filled = self.filled(prepare, *arguments)
        odoo.sql_db.close_db(filled)
        with self.database(filled) as work:
            yield Made(filled, work)

    def filled(self, prepare, *arguments):
        """The name of a database that ``prepare(dbname, *arguments)`` has filled.

        It is kept for the next operation, which may want the same.
        """
        if self._filled[1:] != (prepare, arguments):
            self.forget()
            name = self._copy(self.installed)
            self._filled = name, prepare, arguments
            began = time.perf_counter()
            measure.in_child(prepare, name, *arguments)
            with odoo.sql_db.db_connect(name).cursor() as cr:
                cr.execute("ANALYZE")
                cr.commit()
            print(f"database filled in {time.perf_counter() - began:.0f} s", flush=True)
        return self._filled[0]

    def forget(self):
        """Drop the database that was kept."""
        if self._filled:
            self._drop(self._filled[0])
            self._filled = ()


def number_of(size):
    """``10k`` is 10000."""
    return int(size[:-1]) * UNITS[size[-1]] if size[-1] in UNITS else int(size)


def main(size, only, installed, plain, results=RESULTS, **settings):
    """Run the operations, print the table, write the results; the rows of this run.

    :param settings: of :class:`Bench`
    """
    rows = []
    bench = Bench(number_of(size), installed, plain, **settings)
    try:
        for name in only or OPERATIONS:
            began = time.perf_counter()
            for row in OPERATIONS[name](bench):
                rows.append(row)
                print_table([row])
                write(results / f"{size}.json", [row])
            print(f"{name}: {time.perf_counter() - began:.0f} s in all", flush=True)
    finally:
        bench.forget()
    print_table(rows)
    print_growth(size, rows, results)
    return rows


def write(path, rows):
    """Put rows into the file; those of other operations stay."""
    new = {row["operation"] for row in rows}
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    kept = [row for row in old if row["operation"] not in new]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*kept, *rows], indent=1) + "\n", encoding="utf-8")


def print_table(rows):
    lines = [[*COLUMNS, "per s"]]
    for row in rows:
        lines.append([*("–" if row[name] is None else str(row[name]) for name in COLUMNS)])
        lines[-1].append(f"{row['size'] / row['ours_s']:.0f}")
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)), flush=True)


def print_growth(size, rows, results):
    """What a lead costs here, against what it cost in other sizes of the database."""
    for path in sorted(results.glob("*.json"), key=lambda path: number_of(path.stem)):
        if path.stem == size:
            continue
        others = {row["operation"]: row for row in json.loads(path.read_text(encoding="utf-8"))}
        for row in rows:
            if (other := others.get(row["operation"])) and other["size"] == row["size"]:
                times = row["ours_s"] / other["ours_s"]
                print(f"{row['operation']}: {times:.2f} times what it costs with {path.stem} leads", flush=True)


if __name__ == "__main__":
    asked = [name for name in os.environ.get("ONLY", "").split(",") if name]
    if unknown := set(asked) - set(OPERATIONS):
        sys.exit(f"ONLY knows {', '.join(OPERATIONS)}, not {', '.join(unknown)}.")
    main(os.environ.get("SIZE") or "10k", asked, os.environ["BENCH_INSTALLED"], os.environ["BENCH_PLAIN"])
