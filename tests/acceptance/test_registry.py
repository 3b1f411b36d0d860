"""docs/security.md says of each attack what answers it and which test proves that: here, that it is so."""

import ast
import functools
import itertools
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALL = [f"ATK-{number:02d}" for number in range(1, 78)]
ROW = re.compile(r"^\| (ATK-\d\d) \| [^|]+ \| (refused|limited|detected)[^|]* \| ([^|]+) \|$", re.MULTILINE)
NODE = re.compile(r"`([\w/]+\.py)::(\w+)`")
TEXT = (ROOT / "docs/security.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "docs/security.zh-CN.md").read_text(encoding="utf-8")
IN_CHINESE = {"refused": "拒绝", "limited": "受限", "detected": "可查"}


def numbers(text):
    return {f"ATK-{number}" for number in re.findall(r"atk[-_](\d\d)", text, re.IGNORECASE)}


@functools.cache
def tables():
    """``{name: numbers}`` of the tables of attacks, by what their keys say."""
    found = {}
    for statement in ast.parse((ROOT / "tests/acceptance/attacks.py").read_text(encoding="utf-8")).body:
        text = ast.unparse(statement)
        if name := re.match(r"([A-Z]+)( = |\.update\()", text):
            found[name[1]] = found.get(name[1], set()) | numbers(text)
    return found


@functools.cache
def proven(path):
    """``{test: numbers}`` of a file: by a test's name and docstring, and by the table that it goes through."""
    found = {}
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            ids = numbers(f"{node.name} {ast.get_docstring(node) or ''}")
            used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            found[node.name] = ids.union(*(of_table for name, of_table in tables().items() if name in used))
    return found


def test_each_attack_has_one_row():
    assert [row[0] for row in ROW.findall(TEXT)] == ALL


@pytest.mark.parametrize("number", ALL)
def test_the_tests_of_an_attack_exist_and_name_it(number):
    [nodes] = [NODE.findall(tests) for row, _answer, tests in ROW.findall(TEXT) if row == number]
    assert nodes
    for path, name in nodes:
        assert number in proven(path).get(name, ()), f"{path}::{name} does not prove {number}"


def test_every_other_test_that_the_page_names_exists():
    nodes = NODE.findall(TEXT)
    assert len(nodes) > len(ALL)
    for path, name in nodes:
        assert name in proven(path), f"{path}::{name}"


def chapters(text):
    """The rows of each chapter's tables: ``[[[cells]]]``."""
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return [[row.strip("| ").split(" | ") for row in re.findall(r"^\| .+", part, re.MULTILINE)] for part in parts]


def test_the_chinese_page_says_the_same_of_each_attack():
    """Chapter by chapter, and in the same order, the same numbers and the same kinds of answers."""
    english, chinese = chapters(TEXT), chapters(CHINESE)
    assert [len(rows) for rows in english] == [len(rows) for rows in chinese]
    for one, other in zip(itertools.chain(*english), itertools.chain(*chinese), strict=True):
        numbered = one[0].startswith("ATK-")
        assert not numbered or one[0] == other[0]
        said, told = one[1 + numbered], other[1 + numbered]
        for word, in_chinese in IN_CHINESE.items():
            assert (word in said) == (in_chinese in told), f"{one[0]}: {said} / {told}"
