import pytest

pytestmark = pytest.mark.exercise("to_device")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint("Call it with one tensor, with none, and with the same one twice, and print what comes back.")
@pytest.mark.rests_on(
    "Return a tuple of the tensors, in the same order, with the same values and dtypes",
    "any number of them, also one or none, of any dtype, also integers",
    "the same tensor may appear twice",
    "Others come back not requiring grad",
    "It leaves its arguments unchanged",
    "It leaves torch's settings unchanged too",
    "depends on its arguments, not on the calls before",
)
def test_values_and_order(compare, probes):
    """It returns a tuple of tensors with the same values, dtypes and requires_grad, in the same order, each a leaf."""
    compare(probes.moved)
    compare(probes.moved_few)


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.kept("a move that every machine can make: on the CPU, nothing else shows what moving does to a leaf")
@pytest.mark.hint(
    'Move a tensor that requires grad to "meta", and print `is_leaf`, `requires_grad` and `device` of what comes back.'
)
@pytest.mark.rests_on("each on the device", "A tensor that requires grad comes back as a leaf that requires grad")
def test_leaf_on_another_device(compare, probes):
    """A tensor that requires grad comes back as a leaf that requires grad, moved; the inputs stay where they are."""
    compare(probes.moved_to_meta)


@pytest.mark.points(0.5)
@pytest.mark.kept("its message is about a single result, where the longer list hides it")
@pytest.mark.rests_on("even if it was not one, or was there already", "It leaves its arguments unchanged")
def test_result_becomes_leaf(compare, probes):
    """A result that requires grad becomes a leaf too, even if already on the device; the input is left unchanged."""
    compare(probes.moved_result)


@pytest.mark.points(0.5)
@pytest.mark.kept("a placement: what moving is for, on a real GPU where there is one")
@pytest.mark.rests_on("each on the device", "comes back as a leaf that requires grad")
def test_placement(compare, recompare, probes):
    """Moved to the GPU, the parameters can be trained there; what is on the GPU can be moved back."""
    compare(probes.moved_and_trained, device="cuda")
    compare(probes.moved, device="cuda", target="cuda")
    recompare(device="cuda")
