"""Company names that may be alike: found by the blocks of rules/company.py (btree) or by pg_trgm (GIN)?

    scripts/exec python tests/benchmark/alike_names.py

The companies of the labelled pairs (tests/rules/data/pairs.csv) among 100,000 others. Asked is for each left one whose
right one is the same company by another key: is it among the 21 that are looked at, and what does the question cost?
"""

import csv
import pathlib
import random
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))  # run as a script

from databases import _postgres, connect, drop_database
from department import registry_of  # noqa: F401  # makes the add-ons importable

from odoo.addons.lead_pool.rules import company, identity, matching

OTHERS = 100_000
PAIRS = pathlib.Path(__file__).resolve().parent.parent / "rules" / "data" / "pairs.csv"
CITIES = "北京 上海 广州 深圳 成都 武汉 杭州 西安 南京 苏州".split()
BRANDS = "星河云帆金鼎华盛博远天成瑞丰宏达新景安泰东方海纳百川明德致远卓越恒信嘉禾龙腾飞翔盛世君安凯旋"
TRADES = "科技 网络科技 贸易 电子 实业 商贸 物流 机械设备 文化传媒 生物医药".split()
WORDS = (
    "Bright Clear Silver Golden North West Blue Green Stone River Hill Wood Star Moon Sun Lake Field Bridge Harbor "
    "Summit Falcon Eagle Lion Tiger Cedar Maple Oak Pine Iron Copper Atlas Orion Delta Vertex Apex Nova Terra Aqua"
).split()
KINDS = "Systems Trading Logistics Electronics Foods Pharma Industries Consulting Software Materials".split()
BLOCKS = """
    SELECT DISTINCT f.id FROM unnest(%(blocks)s::varchar[]) b(block),
           LATERAL (SELECT id FROM block WHERE block = b.block LIMIT %(limit)s) f"""
TRIGRAMS = "SELECT id FROM firm WHERE key %% %(key)s ORDER BY similarity(key, %(key)s) DESC LIMIT %(limit)s"


def others(number, seed=20260302):
    dice = random.Random(seed)
    for _serial in range(number):
        if dice.random() < 0.6:
            brand = "".join(dice.sample(BRANDS, dice.choice((2, 2, 3))))
            yield f"{dice.choice(CITIES)}{brand}{dice.choice(TRADES)}有限公司"
        else:
            yield f"{''.join(dice.sample(WORDS, 2)).title()} {dice.choice(WORDS)} {dice.choice(KINDS)} Ltd"


def pairs():
    """``[(left, right)]`` of one company that their keys do not tell to be one."""
    with PAIRS.open(encoding="utf-8") as file:
        for pair in csv.DictReader(file, delimiter=";"):
            left, right = (pair[side].split("|")[0] for side in ("left", "right"))
            keys = {identity.company_key(left), identity.company_key(right)}
            if pair["same"] == "1" and len(keys) == 2 and "" not in keys:
                yield left, right


def fill(cursor, names):
    cursor.execute("CREATE EXTENSION pg_trgm")
    cursor.execute("CREATE TABLE firm (id int, key varchar); CREATE TABLE block (id int, block varchar)")
    keys = [identity.company_key(name) for name in names]
    cursor.execute("INSERT INTO firm SELECT * FROM unnest(%s::int[], %s::varchar[])", [list(range(len(names))), keys])
    blocks = [(number, block) for number, name in enumerate(names) for block in company.blocks(name)]
    numbers, texts = zip(*blocks, strict=True)
    cursor.execute("INSERT INTO block SELECT * FROM unnest(%s::int[], %s::varchar[])", [list(numbers), list(texts)])
    cursor.execute("CREATE INDEX ON block (block); CREATE INDEX ON firm USING gin (key gin_trgm_ops); ANALYZE")


def ask(cursor, query, asked, names):
    """``(share that is found, share that is judged one, median ms, slowest ms, candidates a question)``."""
    found = told = candidates = 0
    times = []
    for left, right in asked:
        began = time.perf_counter()
        cursor.execute(
            query,
            {"blocks": sorted(company.blocks(left)), "key": identity.company_key(left), "limit": matching.LOOKED_AT},
        )
        ids = [id_ for [id_] in cursor.fetchall()]
        times.append((time.perf_counter() - began) * 1000)
        candidates += len(ids)
        is_found = right in {names[id_] for id_ in ids}
        found += is_found
        told += is_found and company.relation(left, right) in (company.SAME, company.LIKE, company.RELATED)
    return found / len(asked), told / len(asked), statistics.median(times), max(times), candidates / len(asked)


def main(dbname="lead_pool_alike_names"):
    asked = list(pairs())
    names = [*others(OTHERS), *dict.fromkeys(right for _left, right in asked)]
    drop_database(dbname)
    _postgres(f'CREATE DATABASE "{dbname}"')
    connection = connect(dbname)
    try:
        with connection.cursor() as cursor:
            fill(cursor, names)
            print(f"{len(asked)} pairs among {len(names):,} companies")
            for name, query in (("blocks", BLOCKS), ("pg_trgm", TRIGRAMS)):
                found, told, median, slowest, candidates = ask(cursor, query, asked, names)
                print(
                    f"{name:8} found {found:.1%}, judged one {told:.1%}; {median:.2f} ms (at most {slowest:.1f}), "
                    f"{candidates:.1f} candidates"
                )
    finally:
        connection.close()
        drop_database(dbname)


if __name__ == "__main__":
    main()
