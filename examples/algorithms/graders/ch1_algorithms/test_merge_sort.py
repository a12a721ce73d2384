import pytest

pytestmark = pytest.mark.exercise("merge_sort")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.kept("a clearer message: different entries, so that stability plays no part")
@pytest.mark.points(2)
@pytest.mark.rests_on("a new list of the records in ascending order of their first entries", "of any length")
def test_order(compare, probes, drawn):
    """The records are in ascending order of their first entries."""
    compare(probes.sort_given, records=[(3, "c"), (1, "a"), (2, "b")])
    compare(probes.sort_drawn, count=drawn.integer(30, 60))


@pytest.mark.public
@pytest.mark.kept("a clearer message: it says that the order of equals is wrong")
@pytest.mark.points(1)
@pytest.mark.rests_on("Records with equal first entries keep their order")
def test_stable(compare, probes):
    """Records with equal first entries keep their order."""
    compare(probes.sort_given, records=[(1, "a"), (1, "b"), (0, "c")])
    compare(probes.sort_given, records=[(1, "b"), (1, "a"), (0, "c")])
    compare(probes.sort_drawn, keys=4)


@pytest.mark.guessable
@pytest.mark.kept("a clearer message: it says which short list is wrong")
@pytest.mark.points(0.5)
@pytest.mark.rests_on("0 included")
def test_short(compare, probes):
    """Lists of no and of one record are sorted already."""
    compare(probes.sort_given, records=[])
    compare(probes.sort_given, records=[(1, "a")])


@pytest.mark.guessable
@pytest.mark.points(0.5)
@pytest.mark.rests_on("a new list", "The list that is given stays as it is")
def test_new_list(compare, probes):
    """The list that is given stays as it is, even if somebody changes the result."""
    compare(probes.sort_keeps)
    compare(probes.sort_keeps, count=1)
