import pytest

pytestmark = pytest.mark.exercise("binary_search")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(2)
@pytest.mark.rests_on("Return the index of the first item that equals `wanted`", "in ascending order")
def test_values(compare, probes):
    """It gives the index of the wanted item."""
    items = [2, 3, 5, 7, 11, 13]
    for wanted in items:
        compare(probes.search, items=items, wanted=wanted)
    compare(probes.search_many)


@pytest.mark.public
@pytest.mark.guessable
@pytest.mark.kept("a clearer message: a few numbers that can be followed by hand")
@pytest.mark.points(0.5)
@pytest.mark.rests_on("the first item that equals", "possibly with repetitions")
def test_first(compare, probes):
    """Of several equal items it gives the first one."""
    compare(probes.search, items=[1, 4, 4, 4, 4, 9], wanted=4)
    compare(probes.search, items=[4, 4, 4], wanted=4)


@pytest.mark.guessable
@pytest.mark.points(0.75)
@pytest.mark.rests_on("None if there is none", "possibly empty")
def test_missing(compare, probes):
    """It gives None for an item that is not there: too small, in between, too large, or in an empty sequence."""
    for wanted in (1, 4, 9):
        compare(probes.search, items=[2, 3, 5, 7], wanted=wanted)
    compare(probes.search, items=[], wanted=1)


@pytest.mark.points(0.75)
@pytest.mark.rests_on("looked at no more than 2 + log2(n) times")
def test_looks(compare, probes, drawn):
    """It looks at few items, however many there are."""
    compare(probes.search_counted, count=drawn.integer(4000, 6000))
