import pytest

pytestmark = pytest.mark.exercise("trainable_parameters")


@pytest.mark.public
@pytest.mark.points(2)
@pytest.mark.core
@pytest.mark.kept("a clearer message: the plain case by itself")
@pytest.mark.rests_on("a list of the module's parameters that require grad now", "from all depths, not copies")
@pytest.mark.hint(
    "Print the names and the requires_grad of module.named_parameters(), and compare them with your list."
)
def test_those_that_require_grad(compare, probes):
    """The list holds the parameters that require grad, all of them, from all depths, and no others."""
    compare(probes.trainable_some, calls=1)
    compare(probes.trainable_all, calls=1)
    compare(probes.trainable_none, calls=1)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.rests_on("each once, in any order")
@pytest.mark.hint(
    "Which tensor is it, and not which numbers does it hold: that decides whether two entries are the same."
)
def test_each_once(compare, probes):
    """A parameter that is used in two places is in the list once; two with equal values are both in it."""
    compare(probes.trainable_shared, calls=1)


@pytest.mark.points(0.75)
@pytest.mark.rests_on("that require grad now", "The call changes nothing")
@pytest.mark.hint("Freeze a parameter between two calls. Does your second list know?")
def test_as_it_is_now(compare, probes):
    """The list holds what requires grad at the time of the call, and the call changes nothing."""
    compare(probes.trainable_changes, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of what it is given")
@pytest.mark.hint("Are these the parameters themselves, on whatever device they are?")
def test_placement(recompare):
    """It works on the device of the module."""
    recompare(device="cuda")
