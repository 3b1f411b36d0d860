"""The rules know neither Odoo nor a clock of their own, whatever else the test run has loaded."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lead_pool.rules

FOLDER = Path(lead_pool.rules.__path__[0])
SOURCES = sorted(FOLDER.rglob("*.py"))

IMPORT_ALL = """
import importlib, pathlib, sys, types
folder = pathlib.Path(sys.argv[1])
package = types.ModuleType("lead_pool")
package.__path__ = [str(folder.parent)]
sys.modules["lead_pool"] = package
names = sorted(path.relative_to(folder.parent).with_suffix("") for path in folder.rglob("*.py"))
for name in names:
    importlib.import_module(".".join(("lead_pool", *name.parts)).removesuffix(".__init__"))
print(len(names), *(name for name in sys.modules if name.split(".")[0] == "odoo"))
"""


def test_importing_the_rules_does_not_import_odoo():
    command = [sys.executable, "-c", IMPORT_ALL, str(FOLDER)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [str(len(SOURCES))]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_rule_imports_only_other_rules_and_the_standard_library(source):
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level <= len(source.relative_to(FOLDER).parts), "a rule does not reach out of its package"
            names = [] if node.level else [node.module]
        else:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_rule_is_told_the_time_and_never_looks_at_a_clock(source):
    nodes = list(ast.walk(ast.parse(source.read_text())))
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert not read & {"now", "utcnow", "today", "time", "monotonic", "localtime", "gmtime"}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    assert not names & {"random", "getenv", "open"}
