import pytest

pytestmark = pytest.mark.exercise("trainable_parameters")


@pytest.mark.public
@pytest.mark.points(2)
@pytest.mark.kept("a clearer message: the plain case by itself")
def test_those_that_require_grad(compare, probes):
    """The list holds the parameters that require grad, all of them, from all depths, and no others."""
    compare(probes.trainable_some, calls=1)
    compare(probes.trainable_all, calls=1)
    compare(probes.trainable_none, calls=1)


@pytest.mark.public
@pytest.mark.points(1)
def test_each_once(compare, probes):
    """A parameter that stands at two places is in the list once; two that are equal are two."""
    compare(probes.trainable_shared, calls=1)


@pytest.mark.points(1)
def test_as_it_is_now(compare, probes):
    """The list tells what requires grad now, and asking changes nothing."""
    compare(probes.trainable_changes, calls=1)
