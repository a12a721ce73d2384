import pytest

pytestmark = pytest.mark.exercise("majority_vote")


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the plain case by itself, before ties")
def test_most_frequent(compare, probes):
    """In each column, the label that most members give wins, even with less than half of the votes."""
    compare(probes.vote_clear)
    compare(probes.vote_columns, columns=((0, 3, 1, 3, 2), (7, 6, 5, 5, 0), (9, 0, 9, 0, 9)))
    compare(probes.vote_drawn, members=7)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: ties by themselves, which go wrong most often")
def test_ties(compare, probes):
    """In a tie, the smallest label wins."""
    compare(probes.vote_ties)
    compare(probes.vote_ties, each=1)
    compare(probes.vote_columns, columns=((0, 1, 2), (2, 1, 0), (5, 3, 3), (4, 4, 0)))


@pytest.mark.points(0.5)
def test_one_member(compare, probes):
    """One member, or one sample, is enough."""
    compare(probes.vote_drawn, members=1, samples=6)
    compare(probes.vote_drawn, members=4, samples=1)
    compare(probes.vote_drawn, members=1, samples=1)
    compare(probes.vote_columns, columns=((0, 0, 0), (0, 0, 0)))


@pytest.mark.points(0.5)
def test_labels_of_any_size(compare, probes):
    """Labels may be large, and need not all occur."""
    compare(probes.vote_columns, columns=((70, 3, 70), (999, 1000, 1000), (0, 500, 500)))
    compare(probes.vote_columns, columns=((40000, 7, 40000), (257, 256, 257)))


@pytest.mark.points(0.5)
def test_many_members(compare, probes):
    """There may be hundreds of members."""
    compare(probes.vote_of_many)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_placement(compare, probes):
    """The result is on the device of the predictions, and ties are decided the same way there."""
    compare(probes.vote_drawn, device="cuda")
    # Of two labels with two votes each, an H100's torch.mode happens to take the smaller; with three each, the larger.
    compare(probes.vote_ties, device="cuda", each=3)
