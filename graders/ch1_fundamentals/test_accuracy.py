import pytest

pytestmark = pytest.mark.exercise("accuracy")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint(
    "Take four points whose classes you know, and count by hand; then print `type(…)` of what you return."
)
@pytest.mark.rests_on(
    "the share of points that are classified right, a Python float in [0, 1]",
    "data: (N, 2), N ≥ 1; labels: (N,) of 0. and 1.",
    "It leaves its arguments unchanged",
    "It leaves torch's settings unchanged too",
    "takes any floating dtype",
    "depends on its arguments, not on the calls before",
)
def test_share(compare, probes):
    """It is the share of points classified correctly, a Python float; inputs and settings are left unchanged."""
    # Primes: a share of them, unless it is 0 or 1, has no finite decimal form, so a rounded one differs.
    compare(probes.accuracy_values)
    compare(probes.accuracy_values, n=53, dtype="float32", grad=False)
    compare(probes.accuracy_of_one)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.hint("Which class should a point with a probability of exactly 0.5 have, and which does yours give it?")
@pytest.mark.rests_on("a point is class 1 where its probability is greater than 0.5")
def test_ties(compare, probes, drawn):
    """A probability of exactly 0.5 is class 0."""
    # The number of ties is odd, so the other rule never gives the same share.
    compare(probes.accuracy_ties, n=4 * drawn.integer(50, 250) + 1)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of the tensors it is given")
def test_placement(recompare):
    """It works on the device of its inputs."""
    recompare(device="cuda")
