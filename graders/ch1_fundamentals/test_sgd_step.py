import pytest

pytestmark = pytest.mark.exercise("sgd_step")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint("Print p and `p.grad` before and after one step: which of the two should have changed, and to what?")
@pytest.mark.rests_on(
    "Move each parameter against its gradient, in place, then clear the gradient",
    "A cleared gradient is None or zeros",
    "each parameter stays a leaf that requires grad",
    "depends on its arguments, not on the calls before",
)
def test_three_steps(compare, probes):
    """Each step is p ← p − lr · p.grad, in place, and clears every grad."""
    compare(probes.steps)
    compare(probes.steps, lr=0.5, dtype="float32")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.kept("its message names the mistake that nearly everyone makes")
@pytest.mark.hint("Print `p.is_leaf`, `p.requires_grad` and `torch.is_grad_enabled()` after the step.")
@pytest.mark.rests_on(
    "The update is not recorded by autograd, so each parameter stays a leaf that requires grad",
    "It leaves torch's settings unchanged too",
)
def test_update_is_not_recorded(compare, probes):
    """The update is not recorded by autograd: p stays a leaf, and the next backward works."""
    compare(probes.step_is_unrecorded)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("One whose .grad is None is left alone")
def test_none_grad_is_skipped(compare, probes):
    """A parameter whose grad is None is left alone."""
    compare(probes.step_without_grad)


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "any iterable, also a generator, of leaf tensors that require grad, whose shapes and dtypes may differ",
    "Returns None",
    "takes any floating dtype",
)
def test_any_iterable(compare, probes):
    """The parameters may come from any iterable, in any mixture of shapes and dtypes; nothing is returned."""
    compare(probes.step_on_iterable)
    compare(probes.step_on_iterable, kind="a tuple", dtype="mixed dtypes")
    compare(probes.step_on_iterable, kind="the values of a dict", dtype="float16")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of the tensors it is given")
def test_placement(recompare):
    """It works on the device of the parameters."""
    recompare(device="cuda")
