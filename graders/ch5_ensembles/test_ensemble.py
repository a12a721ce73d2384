import pytest

pytestmark = pytest.mark.exercise("Ensemble")


@pytest.mark.public
@pytest.mark.points(1)
def test_shares(compare, probes):
    """forward returns the share of members that vote for each class, however loud they are."""
    compare(probes.shares)
    compare(probes.shares, members=1, samples=1, classes=2)
    compare(probes.shares_loud)
    compare(probes.shares_repeated)
    compare(probes.shares_of_images)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: labels by themselves, before dtypes and devices")
def test_predict(compare, probes):
    """predict returns the label that most members vote for; in a tie, the smallest."""
    compare(probes.predicted)
    compare(probes.predicted, members=1, samples=1)
    compare(probes.predicted_ties)


@pytest.mark.points(0.25)
def test_dtypes(compare, probes):
    """The shares have the dtype of the logits, whatever the dtype of the input."""
    compare(probes.shares_dtype)
    compare(probes.shares_dtype, dtype="float64")
    compare(probes.shares_dtype, dtype="bfloat16")


@pytest.mark.points(0.25)
def test_any_iterable(compare, probes):
    """The members may come from any iterable, even a generator."""
    compare(probes.shares_of_a_generator)


@pytest.mark.public
@pytest.mark.points(1)
def test_is_a_module(compare, probes):
    """It is a module: to(), parameters() and state_dict() reach every member, and ensembles nest."""
    compare(probes.reached, calls=1)
    compare(probes.nested)


@pytest.mark.points(0.25)
def test_empty(rejects, probes):
    """An ensemble without members is refused with a ValueError that names members."""
    rejects(probes.refused)
    rejects(probes.refused, kind="an empty generator")


@pytest.mark.points(0.25)
@pytest.mark.kept("what voting is for, on trained networks; a correct count of the votes always passes")
def test_accuracy(reaches, probes):
    """Three different networks together do at least as well as the weakest of them."""
    reaches(probes.ensemble_gain, "gain")


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its members and its input."""
    compare(probes.shares, device="cuda")
    # Of two labels with two votes each, an H100's torch.mode happens to take the smaller; with three each, the larger.
    compare(probes.predicted_ties, device="cuda", each=3)
