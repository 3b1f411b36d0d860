"""Fails on what an Odoo log says of our add-ons: python check_log.py LOGFILE

While our add-ons are being installed nothing else happens in the database, so every WARNING or
ERROR of that log is taken to be ours; each is printed. Lines that are the machine's and not ours
are named in HARMLESS, with the reason.
"""

import re
import sys

RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ "
    r"(?P<level>[A-Z]+) \S+ (?P<logger>\S+?): (?P<text>.*)"
)
HARMLESS = [
    # a Debian or PyPI library uses something Python will remove; no line of ours is in it
    re.compile(r"py\.warnings: .*/(site|dist)-packages/(?!odoo/addons/lead_pool)"),
    # Odoo's words for a machine without wkhtmltopdf; our reports are workbooks
    re.compile(r"odoo\.addons\.base\.models\.ir_actions_report"),
]


def complaints(lines):
    """Yield the records that are WARNING or worse and not harmless, with their tracebacks."""
    bad = None
    for line in lines:
        record = RECORD.match(line)
        if not record:
            if bad is not None:
                bad.append(line)
            continue
        if bad:
            yield "".join(bad)
        bad = None
        if record["level"] in ("WARNING", "ERROR", "CRITICAL"):
            said = f"{record['logger']}: {record['text']}"
            if not any(pattern.search(said) for pattern in HARMLESS):
                bad = [line]
    if bad:
        yield "".join(bad)


def main(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        found = list(complaints(log))
    for record in found:
        print(record.rstrip())
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
