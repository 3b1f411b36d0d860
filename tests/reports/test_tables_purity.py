"""A report knows neither Odoo nor a clock of its own; only the renderer of workbooks knows xlsxwriter."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

import lead_pool_reports

ROOT = Path(lead_pool_reports.__path__[0])
TABLES = sorted((ROOT / "tables").glob("*.py"))
RENDER = sorted((ROOT / "render").glob("*.py"))
MODULES = [f"tables.{path.stem}" for path in TABLES if path.stem != "__init__"] + ["render.cells"]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name


@pytest.mark.parametrize("path", [*TABLES, *RENDER], ids=lambda path: path.stem)
def test_no_report_knows_odoo(path):
    for level, name in imported(path):
        assert level <= 1 and not name.startswith("odoo")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_a_report_is_told_the_day(path):
    tree = ast.walk(ast.parse(path.read_text()))
    assert not {node.attr for node in tree if isinstance(node, ast.Attribute)} & {"now", "utcnow", "today"}


def test_only_the_renderer_knows_xlsxwriter():
    knowing = {path.relative_to(ROOT) for path in ROOT.rglob("*.py") if (0, "xlsxwriter") in imported(path)}
    assert knowing == {Path("render/xlsx.py")}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_are_true(name):
    module = importlib.import_module(f"lead_pool_reports.{name}")
    failed, tried = doctest.testmod(module)
    assert tried and not failed, "see the captured output"
