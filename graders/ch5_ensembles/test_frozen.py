import pytest

pytestmark = pytest.mark.exercise("Frozen")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: its output, before what trains around it")
@pytest.mark.rests_on(
    "A wrapper around a module that no longer changes",
    "Return what the module gives for x",
    "its buffers never change in forward",
    "any module",
    "leaves its inputs and the caller's grad mode as they are",
)
@pytest.mark.hint("Put a Dropout in, and call the wrapper twice with the same x, before and after train().")
def test_in_evaluation(compare, probes):
    """It returns what the module returns in evaluation mode; no buffer, input or grad mode is changed."""
    compare(probes.frozen_output)
    compare(probes.frozen_output, samples=1)
    compare(probes.frozen_output, dtype="float32")
    compare(probes.frozen_kinds)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.core
@pytest.mark.rests_on("none of its parameters requires grad")
@pytest.mark.hint("Print requires_grad for all of module.parameters(), once it is wrapped.")
def test_parameters(compare, probes):
    """No parameter of the module requires grad."""
    compare(probes.frozen_parameters, calls=1)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("their gradients are dropped (None)")
@pytest.mark.hint("Print p.grad for all of module.parameters(), once it is wrapped.")
def test_old_gradients(compare, probes):
    """Gradients from before are dropped, so that no optimizer moves anything."""
    compare(probes.frozen_stale)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.core
@pytest.mark.kept("a clearer message: it says what is in evaluation mode, and after which call")
@pytest.mark.rests_on(
    "it is in evaluation mode, with every module inside it, and stays there whatever train() is called on this wrapper "
    "or on a parent of it",
    "Keep the module in evaluation mode, whatever mode is asked for",
)
@pytest.mark.hint("Print m.training for each m in module.modules(), after train() on a network around the wrapper.")
def test_stays_in_evaluation(compare, probes):
    """The module and every module inside it stay in evaluation mode, even if train() is called around them."""
    compare(probes.frozen_mode, calls=1)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on("Gradients still flow through it to its input", "gradients flow through to x")
@pytest.mark.hint("Which line of your forward would keep autograd from looking through the module?")
def test_gradients_flow_through(compare, probes):
    """Gradients flow through it to its input."""
    compare(probes.frozen_gradients)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that a copy was made, or that the module is not registered")
@pytest.mark.rests_on(
    "It is frozen itself, not a copy of it",
    "to(), parameters() and state_dict() of the wrapper reach it",
    "return self",
)
@pytest.mark.hint("A module finds what is assigned to an attribute of it. What do you assign?")
def test_the_very_module(compare, probes):
    """It holds the very module, not a copy; to(), parameters() and state_dict() reach it, and train() returns it."""
    compare(probes.frozen_very_module)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of what it is given")
@pytest.mark.hint("Does one of your lines move the module, or make a tensor of its own?")
def test_placement(recompare):
    """It works on the device of the module and its input."""
    recompare(device="cuda")
