"""Puts duplicates into a lead file: known ones, seeded, and no others."""

import random

#: Of a company's brand: no place, no trade, no two names alike.
SYLLABLES = "璟铄霖曜骞翊琮珩璞澜湛钧麒骏晟煜桓瑾琦翰睿泓沐槿"
WIDE = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
#: A row of a lead, as somebody writes it the second time.
KINDS = ("row", "phone", "email", "company")


def seed(rows, share=0.05, number=5):
    """The rows with duplicates among them, each somewhere behind the row that it repeats.

    Companies of such files repeat by themselves, and equal long names are duplicates to the gate. So that it has no
    reason to report one of those, each row with a company gets a number in the register of its own; the rows that are
    repeated as a company get a company that is nowhere else.

    :param rows: dicts of a file without duplicates by phone or mail; a column of register numbers is added to them
    :returns: the rows, and `{position of a duplicate: (its kind, position of the row that it repeats)}`
    """
    dice = random.Random(number)
    for i, row in enumerate(rows):
        row["company_registry_code"] = f"REG{i:08}" if row["Company Name"] else ""
    nameless = [i for i, row in enumerate(rows) if not row["Company Name"]]
    chosen = dice.sample(nameless, round(len(rows) * share))
    names = set()
    while len(names) < len(chosen):
        names.add("".join(dice.sample(SYLLABLES, 5)))
    behind = {}
    for i, (original, name) in enumerate(zip(chosen, sorted(names), strict=True)):
        kind = KINDS[i % len(KINDS)]
        if kind == "company":
            rows[original]["Company Name"] = f"{name}有限公司"
        behind.setdefault(dice.randrange(original, len(rows)), []).append(
            (kind, original, _again(kind, rows, original))
        )
    mixed, place, seeded = [], {}, {}
    for i, row in enumerate(rows):
        place[i] = len(mixed)
        mixed.append(row)
        for kind, original, again in behind.get(i, ()):
            seeded[len(mixed)] = kind, place[original]
            mixed.append(again)
    return mixed, seeded


def _again(kind, rows, original):
    row = rows[original]
    again = dict(row, **{"External ID": row["External ID"] + "-again"})
    if kind == "row":
        return again
    again |= {"Name": f"{row['Name']} again", "Phone": "", "Email": ""}
    if kind == "phone":
        wide = row["Phone"].translate(WIDE)
        return again | {"Phone": row["Phone"].replace("+", "00").replace(" ", "-") if original % 2 else wide}
    if kind == "email":
        return again | {"Email": f" {row['Email'].upper()} "}
    brand = row["Company Name"].removesuffix("有限公司")
    spelled = (f"{brand}股份有限公司", f"{brand}（集团）有限公司", f"{brand} ＬＴＤ")
    return again | {"Company Name": spelled[original % 3], "Email": f"another{original}@elsewhere.example"}
