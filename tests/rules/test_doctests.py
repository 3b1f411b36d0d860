"""The examples in the docstrings of the rules and the like are true. (Odoo's test runner does not run them.)"""

import doctest
import importlib
import pkgutil

import pytest

import lead_pool.rules

FOUND = pkgutil.walk_packages(lead_pool.rules.__path__, "lead_pool.rules.")
MODULES = sorted(module.name for module in FOUND)


@pytest.mark.parametrize("name", ["lead_pool.arrays", "lead_pool.logs", "lead_pool.rules", *MODULES])
def test_the_examples_of_the_module_are_true(name):
    failed, _tried = doctest.testmod(importlib.import_module(name))
    assert not failed, "see the captured output"


@pytest.mark.parametrize("name", [name for name in MODULES if name.count(".") == 2])
def test_each_rule_is_explained_by_an_example(name):
    """One of several modules says it for all of them, in its ``__init__``."""
    found = doctest.DocTestFinder().find(importlib.import_module(name))
    assert any(test.examples for test in found)
