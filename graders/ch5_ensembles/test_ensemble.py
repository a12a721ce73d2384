import pytest

pytestmark = pytest.mark.exercise("Ensemble")


@pytest.mark.public
@pytest.mark.points(1)
def test_shares(compare, probes):
    """forward gives the share of members that vote for each class, however loud they are."""
    compare(probes.shares)
    compare(probes.shares, members=1, samples=1, classes=2)
    compare(probes.shares_loud)
    compare(probes.shares_repeated)
    compare(probes.shares_of_images)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: labels by themselves, before dtypes and devices")
def test_predict(compare, probes):
    """predict gives what most members vote for; in a tie, the smallest label."""
    compare(probes.predicted)
    compare(probes.predicted, members=1, samples=1)
    compare(probes.predicted_ties)


@pytest.mark.points(0.25)
def test_dtypes(compare, probes):
    """The shares have the dtype of the logits, whatever the input's is."""
    compare(probes.shares_dtype)
    compare(probes.shares_dtype, dtype="float64")
    compare(probes.shares_dtype, dtype="bfloat16")


@pytest.mark.points(0.25)
def test_any_iterable(compare, probes):
    """The members may come from any iterable, also a generator."""
    compare(probes.shares_of_a_generator)


@pytest.mark.public
@pytest.mark.points(1)
def test_is_a_module(compare, probes):
    """It is a module: to(), parameters() and state_dict() reach every member, and ensembles nest."""
    compare(probes.reached, calls=1)
    compare(probes.nested)


@pytest.mark.points(0.25)
def test_empty(rejects, probes):
    """No members at all are refused with a ValueError that names them."""
    rejects(probes.refused, names=("members",))
    rejects(probes.refused, names=("members",), kind="an empty generator")


@pytest.mark.points(0.25)
@pytest.mark.kept("what voting is for, on trained networks; who counts the votes right always passes")
def test_accuracy(reaches, probes):
    """Three different networks together do at least as well as the weakest of them."""
    reaches(probes.ensemble_gain, "gain")


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works where its members and its input are."""
    compare(probes.shares, device="cuda")
    # Of two and two votes an H100's torch.mode happens to take the smaller label, of three and three the larger.
    compare(probes.predicted_ties, device="cuda", each=3)
