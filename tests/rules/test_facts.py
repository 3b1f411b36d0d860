"""The codes with which the rules answer are a promise to integrators; the small values add up."""

import ast
import re
from pathlib import Path

import pytest

import lead_pool.rules
from lead_pool.rules.distribution import DISTRIBUTION_CODES, verdict_on
from lead_pool.rules.facts import OK, REFUSALS, Counter, Load, Member, Verdict

SOURCES = sorted(Path(path) for path in Path(lead_pool.rules.__path__[0]).rglob("*.py"))


def strings(node):
    """What the expression may evaluate to: ``"a" if … else "b"`` gives both, a test gives none."""
    if isinstance(node, ast.IfExp):
        return strings(node.body) + strings(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in strings(value)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if node.value else []
    return []


def calls(source, name):
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def codes_of(call):
    given = call.args[:1] + [word.value for word in call.keywords if word.arg == "code"]
    return [code for node in given for code in strings(node)]


def verdicts(source):
    return {(source.stem, code) for call in calls(source, "Verdict") for code in codes_of(call)}


VERDICTS = sorted(set().union(*map(verdicts, SOURCES)))


def distribution_codes():
    sources = [source for source in SOURCES if source.stem in ("distribution", "strategies")]
    assert len(sources) == 2
    codes = {
        code
        for source in sources
        for name in ("Choice", "_nobody")
        for call in calls(source, name)
        for word in call.keywords
        if word.arg == "code"
        for code in strings(word.value)
    }
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Return) and node.value is not None:
                codes.update(strings(node.value))
    return sorted(codes)


# The list of codes


@pytest.mark.parametrize("codes", [REFUSALS, DISTRIBUTION_CODES, REFUSALS + DISTRIBUTION_CODES])
def test_no_code_is_listed_twice(codes):
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("code", REFUSALS + DISTRIBUTION_CODES)
def test_a_code_is_made_of_lower_case_words(code):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)


@pytest.mark.parametrize("code", REFUSALS + DISTRIBUTION_CODES)
def test_each_code_says_in_its_comment_what_it_means(code):
    texts = [source.read_text() for source in SOURCES if source.stem in ("facts", "distribution")]
    assert any(re.search(rf'^    "{code}",  # \S', text, re.MULTILINE) for text in texts)


def test_the_search_for_verdicts_finds_those_of_every_rule():
    found = {module for module, _code in VERDICTS}
    assert found == {
        "approval",
        "assigning",
        "claim",
        "conversion",
        "follow_up",
        "handover",
        "help",
        "keep",
        "reclaim",
    }
    assert ("reclaim", "not_admin") in VERDICTS, "the second half of a conditional code"


@pytest.mark.parametrize(("module", "code"), VERDICTS)
def test_every_verdict_of_a_rule_is_a_listed_refusal(module, code):
    assert code in REFUSALS


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_every_verdict_is_written_with_its_code_in_plain_sight(source):
    bare = [call.lineno for call in calls(source, "Verdict") if call.args and not codes_of(call)]
    assert not bare


@pytest.mark.parametrize("code", distribution_codes())
def test_every_reason_of_the_distribution_is_listed(code):
    assert code in REFUSALS + DISTRIBUTION_CODES


@pytest.mark.parametrize("code", DISTRIBUTION_CODES)
def test_every_listed_reason_of_the_distribution_is_given_by_it(code):
    assert code in distribution_codes()


# The values


def test_a_verdict_is_true_when_allowed():
    assert OK
    assert Verdict() == OK
    assert not Verdict("taken")


@pytest.mark.parametrize(
    ("used", "limit", "left", "full"),
    [
        (0, 0, None, False),
        (99, 0, None, False),  # a limit of 0 is none
        (0, 1, 1, False),
        (4, 5, 1, False),
        (5, 5, 0, True),
        (9, 5, 0, True),  # the limit was lowered below what is used
    ],
)
def test_a_counter_knows_what_is_left(used, limit, left, full):
    counter = Counter(used, limit)
    assert (counter.left(), counter.full) == (left, full)


def test_what_is_taken_counts_as_held_and_for_the_day_and_the_hour():
    load = Load(Counter(1, 5), Counter(2, 5), Counter(3, 5))
    load.take()
    assert (load.held.used, load.day.used, load.hour.used) == (2, 3, 4)


def test_two_members_never_share_a_load_by_default():
    one, other = Member(1), Member(2)
    one.load.take()
    assert other.load.held.used == 0


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("paused", [True, False])
@pytest.mark.parametrize("weight", [0, 1])
@pytest.mark.parametrize("held", [4, 5])
def test_a_member_is_eligible_exactly_when_the_distribution_has_nothing_against_him(
    active,
    paused,
    weight,
    held,
):
    member = Member(1, active=active, paused=paused, weight=weight, load=Load(Counter(held, 5)))
    assert member.eligible == (not verdict_on(member))
