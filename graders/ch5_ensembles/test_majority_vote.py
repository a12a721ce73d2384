import pytest

pytestmark = pytest.mark.exercise("majority_vote")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.core
@pytest.mark.kept("a clearer message: the plain case by itself, before ties")
@pytest.mark.rests_on(
    "the most frequent label of each column",
    "returns int64 (N,)",
)
@pytest.mark.hint("Take the three rows printed below the exercise, and count the votes of the first column by hand.")
def test_most_frequent(compare, probes):
    """In each column, the label that most members give wins, even with less than half of the votes."""
    compare(probes.vote_clear)
    compare(probes.vote_columns, columns=((0, 3, 1, 3, 2), (7, 6, 5, 5, 0), (9, 0, 9, 0, 9)))
    compare(probes.vote_drawn, members=7)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("it is left unchanged", "leaves its inputs and the caller's grad mode as they are")
@pytest.mark.hint("Does one of your lines write into a tensor that was given to you?")
def test_leaves_the_rest_alone(compare, probes):
    """The predictions and the caller's grad mode are unchanged."""
    compare(probes.vote_around)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: ties by themselves, which go wrong most often")
@pytest.mark.rests_on("of several equally frequent ones, the smallest")
@pytest.mark.hint("Take a column with two votes for 5 and two for 3. Which of your lines decides between them?")
def test_ties(compare, probes):
    """In a tie, the smallest of the most frequent labels wins."""
    compare(probes.vote_ties)
    compare(probes.vote_ties, each=1)
    compare(probes.vote_columns, columns=((0, 1, 2), (2, 1, 0), (5, 3, 3), (4, 4, 0)))
    compare(probes.vote_columns, columns=((1, 5, 3, 5, 3), (6, 4, 4, 0, 6), (0, 2, 2, 7, 7)))


@pytest.mark.points(0.5)
@pytest.mark.rests_on("at least one member and at least one sample", "int64 (M, N), one row per member")
@pytest.mark.hint("With M = 1 or N = 1, which of your dimensions might disappear?")
def test_one_member(compare, probes):
    """One member, or one sample, is enough."""
    compare(probes.vote_drawn, members=1, samples=6)
    compare(probes.vote_drawn, members=4, samples=1)
    compare(probes.vote_drawn, members=1, samples=1)
    compare(probes.vote_columns, columns=((0, 0, 0), (0, 0, 0)))


@pytest.mark.points(0.5)
@pytest.mark.rests_on("labels at least 0", "labels in the thousands, most of which never occur")
@pytest.mark.hint("How does your code know how many labels there are?")
def test_labels_of_any_size(compare, probes):
    """Labels may be large, and need not all occur; each call may have labels of another size."""
    compare(probes.vote_columns, columns=((70, 3, 70), (999, 1000, 1000), (0, 500, 500)))
    compare(probes.vote_columns, columns=((40000, 7, 40000), (257, 256, 257), (2049, 2048, 2049)))
    compare(probes.vote_again)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("There may be thousands of members")
@pytest.mark.hint("Which is the largest number that your counts can hold?")
def test_many_members(compare, probes):
    """There may be thousands of members, and a single vote decides."""
    compare(probes.vote_of_many)
    compare(probes.vote_of_many, more=2049, fewer=2048)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on("on the device of the predictions")
@pytest.mark.hint("Which tensors do you make yourself, and where? And who decides a tie?")
def test_placement(compare, recompare, probes):
    """The result is on the device of the predictions, and ties are decided the same way there."""
    recompare(device="cuda")
    # Of two labels with two votes each, an H100's torch.mode happens to take the smaller; with three each, the larger.
    compare(probes.vote_ties, device="cuda", each=3)
