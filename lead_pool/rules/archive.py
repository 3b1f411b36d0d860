"""What of an event goes into an archive, what stays in the database, and whether both still are what they were.

Of a lead that ended long ago the remarks, details and hashes of its events go into a file; what figures are made of
stays where it is. The last one of these events becomes a *checkpoint*: it keeps its hash, the last one of the chain
that went, and names the archive, with a proof of the file (by its SHA-256) and of all that stayed. From there the chain
goes on.

>>> from datetime import datetime
>>> def hash_of(row):
...     return hashlib.sha256(_canonical([row["seq"], row["note"], row["prev_hash"]]).encode()).hexdigest()
>>> rows, before = [], None
>>> for seq, kind in enumerate(["entered", "claimed", "lost"], 1):
...     row = dict.fromkeys((*KEPT, *BODY)) | {"date": datetime(2020, 3, seq), "kind": kind, "seq": seq, "note": "so"}
...     row["prev_hash"] = before
...     row["hash"] = before = hash_of(row)
...     rows.append(row | {"sha256": None})
>>> misfit(rows, hash_of)
>>> first, second, last = archived(rows, 12, "the file's")
>>> last = last | {"sha256": "the file's"}
>>> misfit([first, second, last], hash_of)
>>> misfit([first, second | {"user_ref": 7}, last], hash_of)
3
>>> misfit([first, second, last | {"sha256": "another"}], hash_of)
3
>>> misfit([second, last], hash_of)
2
"""

import gzip
import hashlib
import io
import json

#: Columns that go; of ``detail`` the keys of :data:`KEPT_DETAIL` stay, of a checkpoint its hash.
BODY = ("note", "detail", "prev_hash", "hash")
#: What reports and checks read in the details of old events.
KEPT_DETAIL = ("due", "follow_up")
#: Columns that stay.
KEPT = (
    "date kind lead_ref seq pool_ref pool_name from_pool_ref from_pool_name user_ref user_name from_user_ref "
    "from_user_name actor_ref actor_name company_ref epoch reason policy_ref decision_ref"
).split()
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def archived(rows, number, digest):
    """The events of one lead as they stay in the database.

    :param rows: ``[dict]`` with the keys of :data:`KEPT` and :data:`BODY`, in their order, whole
    :param int number: of the archive
    :param digest: SHA-256 of its file
    """
    *others, last = rows
    says = {"archive": number, "proof": proof(digest, rows)}
    if notes := sum(bool(row["note"]) for row in rows):
        says["notes"] = notes
    end = _slim(last)
    return [*map(_slim, others), end | {"hash": last["hash"], "detail": (end["detail"] or {}) | says}]


def _slim(row):
    return row | {"note": None, "detail": _kept_detail(row), "prev_hash": None, "hash": None}


def _kept_detail(row):
    return {key: value for key, value in (row["detail"] or {}).items() if key in KEPT_DETAIL} or None


def is_checkpoint(row):
    return "archive" in (row["detail"] or {})


def proof(digest, rows):
    """SHA-256 of the SHA-256 of the file, the last hash, and what stays of these events in their order."""
    total = hashlib.sha256(_canonical([digest, rows[-1]["hash"]]).encode())
    for row in rows:
        facts = [_moment(row["date"]), *(row[name] or None for name in KEPT[1:]), _kept_detail(row)]
        total.update(b"\n" + _canonical(facts).encode())
    return total.hexdigest()


def _moment(date):
    return date if isinstance(date, str) else date.strftime("%Y-%m-%d %H:%M:%S")


def misfit(rows, hash_of):
    """The number of the first event of one lead that does not fit; ``None``: its chain holds.

    :param rows: ``[dict]``, all events of the lead in the order of ``seq``, as they are in the database; ``sha256`` of
        a checkpoint is that of the archive which it names
    :param hash_of: callable ``row -> hash`` by which events are chained
    """
    archived_to = max((row["seq"] for row in rows if is_checkpoint(row)), default=0)
    before, gone = None, []
    for seq, row in enumerate(rows, 1):
        if row["seq"] != seq:
            return row["seq"]
        if seq > archived_to:
            if row["prev_hash"] != before or row["hash"] != hash_of(row):
                return seq
            before = row["hash"]
            continue
        gone.append(row)
        if not is_checkpoint(row):
            if row != _slim(row):  # something is in it again
                return seq
        elif row["note"] or row["prev_hash"] or row["detail"].get("proof") != proof(row["sha256"], gone):
            return seq
        else:
            before, gone = row["hash"], []
    return None


def packed(number, rows):
    """The file: JSON lines, gzip'ed; the same events make the same file.

    :param int number: of the archive
    :param rows: ``[dict]`` with the keys of :data:`KEPT` and :data:`BODY`, by lead and ``seq``
    """
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", filename="", mtime=0) as file:
        file.write(_canonical({"lead_pool_archive": number, "events": len(rows)}).encode() + b"\n")
        for row in rows:
            line = {name: row[name] for name in (*KEPT, *BODY)} | {"date": _moment(row["date"])}
            file.write(_canonical(line).encode() + b"\n")
    return stream.getvalue()


def lines_of(content):
    """The events of a file, one after the other, with ``date`` as text.

    :raises ValueError, OSError, EOFError: it is no such file
    """
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        if "lead_pool_archive" not in json.loads(file.readline()):
            raise ValueError
        for line in file:
            yield json.loads(line)


def sha256(content):
    return hashlib.sha256(content).hexdigest()
