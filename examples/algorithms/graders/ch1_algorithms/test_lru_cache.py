"""Checks in the form of any other test suite: parametrize, hypothesis and plain asserts on what a probe returned."""

from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.exercise("LRUCache")


class Model:
    """What the cache should do, built on another class than the reference."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.entries = capacity, OrderedDict()

    def get(self, key):
        if key in self.entries:
            self.entries.move_to_end(key)
        return self.entries.get(key)

    def put(self, key, value):
        self.entries[key] = value
        self.entries.move_to_end(key)
        if len(self.entries) > self.capacity:
            self.entries.popitem(last=False)


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1.5)
@pytest.mark.rests_on("Keep the `capacity` entries", "Store a value of any kind under a key", "drop the one")
@pytest.mark.kept("a clearer message: new keys alone")
@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_capacity(observe, probes, drawn, capacity):
    """It keeps the entries that were stored last, as many as its capacity."""
    values = drawn.sample(range(100), 8)
    stored = [(number, value) for number, value in enumerate(values)]
    looked_up = [(number,) for number in range(8)]
    got = observe(probes.cache_steps, capacity=capacity, steps=stored + looked_up)
    assert got["results"][8:] == [None] * (8 - capacity) + values[8 - capacity :]


@pytest.mark.public
@pytest.mark.kept("a clearer message: the fewest calls that show it")
@pytest.mark.points(1)
@pytest.mark.rests_on("Return the value of a key, which counts as use", "whose last use is the longest ago")
def test_get_is_use(compare, probes, drawn):
    """Looking a value up counts as use."""
    one, two, three = drawn.sample(range(1, 100), 3)
    steps = [("a", one), ("b", two), ("a",), ("c", three), ("b",), ("a",), ("c",)]
    compare(probes.cache_steps, capacity=2, steps=steps)


@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: it stores the same key again")
@pytest.mark.rests_on("under a key, which counts as use", "An entry that is stored again replaces the old one")
def test_stored_again(compare, probes, drawn):
    """Storing a key again replaces its value, counts as use, and drops nothing."""
    one, two, three, four = drawn.sample(range(1, 100), 4)
    compare(probes.cache_steps, capacity=2, steps=[("a", one), ("b", two), ("b", three), ("a",), ("b",)])
    compare(probes.cache_steps, capacity=2, steps=[("a", one), ("b", two), ("a", three), ("c", four), ("a",), ("b",)])


@pytest.mark.kept("a clearer message: it says which value was taken for missing")
@pytest.mark.points(0.5)
@pytest.mark.guessable
@pytest.mark.rests_on("`default` if the key is not there", "a value of any kind")
def test_default(compare, probes):
    """The default is for keys that are not there, not for values such as 0 or None."""
    for value in (0, "", False, None, 7):
        compare(probes.cache_default, value=value)


@pytest.mark.points(0.5)
@pytest.mark.guessable
@pytest.mark.rests_on("capacity: at least 1; ValueError if smaller")
def test_bad_capacity(rejects, probes):
    """A capacity below 1 is refused with a ValueError."""
    for capacity in (0, -3):
        rejects(probes.cache_refused, capacity=capacity)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("Return the value of a key, which counts as use", "Return the number of entries")
@pytest.mark.kept("the calls as a learner would write them, without a probe")
def test_used_directly(submission, drawn):
    """A cache of two entries forgets the one that was not looked up."""
    one, two, three = drawn.sample(range(1, 100), 3)
    cache = submission.LRUCache(2)
    cache.put("a", one)
    cache.put("b", two)
    assert cache.get("a") == one
    cache.put("c", three)
    assert cache.get("b", "gone") == "gone"
    assert (cache.get("a"), cache.get("c"), len(cache)) == (one, three, 2)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("Keep the `capacity` entries that were used last")
def test_caches_are_separate(compare, probes):
    """Two caches do not disturb each other."""
    compare(probes.two_caches)


# derandomize: the same examples in every run, so that the same answer gets the same verdict.
STEPS = st.lists(
    st.tuples(st.sampled_from("abc")) | st.tuples(st.sampled_from("abc"), st.integers(0, 99)), min_size=8, max_size=16
)


@pytest.mark.points(0.75)
@pytest.mark.rests_on("Keep the `capacity` entries that were used last", "Return the number of entries")
@pytest.mark.kept("it finds slips that nobody has thought of")
@settings(max_examples=30, deadline=None, derandomize=True)
@given(capacity=st.integers(1, 2), steps=STEPS)
def test_any_order_of_calls(observe, probes, capacity, steps):
    """After any calls in any order it is right."""
    got, model = observe(probes.cache_steps, capacity=capacity, steps=steps), Model(capacity)
    expected = [model.get(*step) if len(step) == 1 else model.put(*step) for step in steps]
    assert got["results"] == expected
    assert got["len(cache)"] == len(model.entries)
