"""Which leads the log of readings is told of, by several processes that know nothing of each other."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lead_pool.rules import reading
from lead_pool.rules.reading import Memory, merged

NINE = datetime(2026, 3, 2, 9)
PAGES = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(reading.WAYS), st.sets(st.integers(1, 9))))


def test_a_page_is_told_once_an_hour():
    memory = Memory()
    assert memory.untold("li", {"screen": {1, 2}}, NINE) == {"screen": {1, 2}}
    memory.told("li", {"screen": {1, 2}}, NINE)
    assert memory.untold("li", {"screen": {1, 2}}, NINE) == {}
    assert memory.untold("wang", {"screen": {1}}, NINE) == {"screen": {1}}, "each user for himself"
    assert memory.untold("li", {"export": {1}}, NINE) == {"export": {1}}, "each way for itself"
    assert memory.untold("li", {"screen": {1, 2}}, NINE + timedelta(hours=1)) == {"screen": {1, 2}}


def test_what_could_not_be_told_is_told_with_the_next_page():
    memory = Memory()
    memory.untold("li", {"screen": {1, 2}}, NINE)
    assert memory.untold("li", {"screen": {2, 3}}, NINE) == {"screen": {1, 2, 3}}


def test_what_is_told_when_the_hour_is_over_is_not_taken_for_the_next_one():
    memory, ten = Memory(), NINE + timedelta(hours=1)
    leads = memory.untold("li", {"screen": {1}}, NINE)
    memory.untold("wang", {"screen": {1}}, ten)
    memory.told("li", leads, NINE)
    assert memory.untold("li", {"screen": {1}}, ten) == {"screen": {1}}


def test_a_process_forgets_what_would_be_too_much_and_tells_it_again():
    memory = Memory()
    many = {"export": set(range(reading.REMEMBERED + 1))}
    memory.told("li", many, NINE)  # of no hour yet
    assert memory.untold("li", many, NINE) == many
    memory.told("li", many, NINE)
    assert memory.untold("li", {"export": {1}}, NINE) == {"export": {1}}


def test_it_rests_until_the_moment():
    memory = Memory()
    assert not memory.rests(NINE)
    memory.rest(NINE + timedelta(seconds=60))
    assert memory.rests(NINE + timedelta(seconds=59))
    assert not memory.rests(NINE + timedelta(seconds=60))


@given(PAGES)
def test_processes_add_up_to_what_one_would_have_counted(pages):
    processes, kept, read = {"a": Memory(), "b": Memory()}, {}, {}
    for process, way, leads in pages:
        untold = processes[process].untold("li", {way: leads}, NINE)
        kept = merged(kept, untold)[0]
        processes[process].told("li", untold, NINE)
        read.setdefault(way, set()).update(leads)
    _kept, counts, total = merged(kept, {})
    assert counts == {way: len(leads) for way, leads in read.items() if leads}
    assert total == len(set().union(*read.values()))
