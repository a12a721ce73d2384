import pytest

pytestmark = pytest.mark.exercise("Ensemble")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.core
@pytest.mark.kept("a clearer message: the plain vote by itself")
@pytest.mark.rests_on(
    "the share of members that vote for each class",
    "one loud member must not outvote two quiet ones",
    "returns (N, C), rows with sum 1",
)
@pytest.mark.hint("Print the rows for one sample: is there a number for each class, and do they sum to 1?")
def test_shares(compare, probes):
    """forward returns the share of members that vote for each class, however large their logits are."""
    compare(probes.shares)
    compare(probes.shares, members=1, samples=1, classes=2)
    compare(probes.shares, members=4, samples=1, classes=1)
    compare(probes.shares_loud)


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "A module that is given twice has two votes",
    "it is still one vote, for either",
    "x: (N, …), what the members take",
)
@pytest.mark.hint("How many votes has a member for one sample, and can it ever be more, or fewer?")
def test_one_vote_each(compare, probes):
    """Every member has one vote for each sample, whatever it takes and returns; a module given twice has two."""
    compare(probes.shares_repeated)
    compare(probes.shares_of_images)
    compare(probes.shares_of_equal_logits)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("leaves its inputs and the caller's grad mode as they are")
@pytest.mark.hint("Does one of your lines write into a tensor that a member returned?")
def test_leaves_the_rest_alone(compare, probes):
    """The input, what the members return and the caller's grad mode are unchanged."""
    compare(probes.around)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: labels by themselves, before dtypes and devices")
@pytest.mark.rests_on(
    "the label that most members vote for; in a tie, the smallest",
    "returns int64 (N,)",
)
@pytest.mark.hint("majority_vote wants one row of labels for each member. What do you give it?")
def test_predict(compare, probes):
    """predict returns the label that most members vote for; in a tie, the smallest."""
    compare(probes.predicted)
    compare(probes.predicted, members=1, samples=1)
    compare(probes.predicted, members=1, samples=5)
    compare(probes.predicted_ties)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("of the logits' dtype")
@pytest.mark.hint("Which tensor has the dtype that the shares should have?")
def test_dtypes(compare, probes):
    """The shares have the dtype of the logits, whatever the dtype of the input."""
    compare(probes.shares_dtype)
    compare(probes.shares_dtype, dtype="float64")
    compare(probes.shares_dtype, dtype="float16")
    compare(probes.shares_dtype, dtype="bfloat16")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("any iterable of modules that map (N, …) to logits (N, C)")
@pytest.mark.hint("A generator can be read only once. How often do you read members?")
def test_any_iterable(compare, probes):
    """The members may come from any iterable, even a generator."""
    compare(probes.shares_of_a_generator)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.rests_on(
    "to(), parameters(), state_dict(), train() and eval() reach every member",
    "the very modules, not copies",
    "A committee can even be a member of a larger committee",
)
@pytest.mark.hint("Print list(ensemble.parameters()). If members are missing: where does PyTorch look for them?")
def test_is_a_module(compare, probes):
    """It is a module: to(), parameters(), state_dict(), train() and eval() reach every member, and ensembles nest."""
    compare(probes.reached, calls=1)
    compare(probes.nested)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("ValueError, when it is built, if there are none")
@pytest.mark.hint("When is it known that there are no members?")
def test_empty(rejects, probes):
    """An ensemble without members is refused with a ValueError when it is built."""
    rejects(probes.refused)
    rejects(probes.refused, kind="an empty generator")


@pytest.mark.points(0.25)
@pytest.mark.kept("what voting is for, on trained networks; a correct count of the votes always passes")
@pytest.mark.rests_on(
    "A committee of classifiers that vote", "the vote is nearly always better than the average member"
)
def test_accuracy(reaches, probes):
    """Three different networks together do at least as well as the weakest of them."""
    reaches(probes.ensemble_gain)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("on their device", "on the logits' device")
@pytest.mark.hint("Which tensors do you make yourself, and on which device?")
def test_placement(compare, recompare, probes):
    """It works on the device of its members and its input."""
    recompare(device="cuda")
    # Of two labels with two votes each, an H100's torch.mode happens to take the smaller; with three each, the larger.
    compare(probes.predicted_ties, device="cuda", each=3)
