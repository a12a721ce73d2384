import pytest

pytestmark = pytest.mark.exercise("SGDW")


@pytest.mark.public
@pytest.mark.hint("With weight_decay 0, nothing but your SGD's momentum should be left.")
@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.kept("a clearer message: momentum alone")
@pytest.mark.rests_on(
    "Momentum SGD with decoupled weight decay",
    "lr: learning rate; momentum",
)
def test_without_decay(compare, probes):
    """Without weight decay, SGDW is momentum SGD; lr 0 changes nothing."""
    compare(probes.sgdw_steps)
    compare(probes.sgdw_steps, momentum=0.9)
    compare(probes.sgdw_steps, lr=0.0, momentum=0.9, weight_decay=0.5)


@pytest.mark.public
@pytest.mark.hint("With gradients of zeros only the decay acts. Print p after each step: which factor comes out?")
@pytest.mark.points(0.5)
@pytest.mark.core
@pytest.mark.kept("a clearer message: the decay alone, without a gradient or a buffer")
@pytest.mark.rests_on(
    "Shrink every parameter that has a gradient by the factor 1 − lr · weight_decay, then update it, in place.",
)
def test_decay(compare, probes):
    """First the parameter is multiplied by 1 − lr · weight_decay, then the step is taken."""
    compare(probes.sgdw_decay_alone, momentum=0.0)
    compare(probes.sgdw_decay_alone)
    compare(probes.sgdw_steps, weight_decay=0.5)


@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: the buffer and the decay together, nothing else")
@pytest.mark.rests_on(
    "with a gradient and a buffer that know nothing of it",
)
def test_decay_with_momentum(compare, probes, drawn):
    """The buffer knows nothing of the decay: it accumulates undecayed gradients, the first as a copy."""
    compare(probes.sgdw_steps, momentum=0.9, weight_decay=0.5, steps=1)
    compare(probes.sgdw_steps, momentum=0.9, weight_decay=0.5)
    compare(probes.sgdw_steps, lr=0.3, momentum=1.0, weight_decay=0.8)
    lr, momentum, weight_decay = (round(drawn.number(0.1, 0.9), 3) for _ in range(3))
    compare(probes.sgdw_steps, lr=lr, momentum=momentum, weight_decay=weight_decay)
    compare(probes.sgdw_signature)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that a group's own options were ignored")
@pytest.mark.rests_on(
    "its own options",
    "Groups may be added at any time, also after many steps.",
    'or of dicts with "params" and options of their own',
)
def test_groups(compare, probes):
    """Each parameter group uses its own options, even one that is added later."""
    compare(probes.groups, name="SGDW")
    compare(probes.groups, name="SGDW", given="a generator")
    compare(probes.added_group, name="SGDW")


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "Read the options from the group, at each step.",
    'A learning rate schedule is a program that writes another number into `group["lr"]`.',
)
def test_changed_options(compare, probes):
    """An option that is changed in param_groups takes effect at the next step, so schedulers work."""
    compare(probes.changed_option, name="SGDW")
    compare(probes.changed_option, name="SGDW", option="momentum", numbers=(0.9, 0.5, 0.7, 0.0))
    compare(probes.changed_option, name="SGDW", option="weight_decay", numbers=(0.5, 0.0, 0.1, 0.7))
    compare(probes.scheduled, name="SGDW")


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "no weight decay, no momentum, nothing remembered, nothing counted",
    "This is not the same as a gradient of zeros",
    "a parameter without a gradient does not decay",
)
def test_missing_gradients(compare, probes):
    """A parameter whose grad is None is skipped: it does not decay, and its first step is still to come."""
    compare(probes.missing_grads, name="SGDW", calls=1)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that p.grad was changed")
@pytest.mark.rests_on(
    "So it is the same after the step as before, whatever the options are.",
)
def test_gradients_are_kept(compare, probes):
    """p.grad is never modified, and the buffer is a copy of it."""
    compare(probes.kept_grads, name="SGDW", calls=1)
    compare(probes.kept_grads, name="SGDW", same_tensors=True, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "then update it, in place",
    "here it is not, in no step and with no option",
    "neither it nor anything that you remember carries a graph",
)
def test_in_place(compare, probes):
    """Parameters are updated in place: the same leaf tensors, the same memory, nothing recorded."""
    compare(probes.in_place, name="SGDW", calls=1)


@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "called once, first, with gradients enabled",
    "returns what the closure returned, or None without one",
    "the very object",
    "even if somebody calls `step` inside `torch.no_grad()`",
    "After the step, tracking is on or off as it was for the caller.",
    "The closure runs first: it must see the weights as they are.",
)
def test_closure(compare, probes):
    """The closure is called once, before the decay, with gradients enabled, and step returns its loss, or None."""
    compare(probes.closure_steps, name="SGDW")
    compare(probes.closure_steps, name="SGDW", where=" inside torch.no_grad()")
    compare(probes.closure_steps, name="SGDW", closure_gives="float", keyword=True)
    compare(probes.step_returns, name="SGDW")


@pytest.mark.public
@pytest.mark.hint("Print state_dict() after a few steps: does it hold everything that the next step needs?")
@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that the run does not continue after loading")
@pytest.mark.rests_on(
    "after `load_state_dict()` an optimizer takes exactly the steps that the old one would have taken",
)
def test_resumed(compare, probes):
    """After load_state_dict, a fresh optimizer continues as if the run had not stopped."""
    compare(probes.resumed_with_options, name="SGDW", calls=1)
    compare(probes.resumed, name="SGDW", through="torch.save and torch.load", calls=1)
    compare(probes.resumed, name="SGDW", through="nothing else", same_params=True, calls=1)
    compare(probes.resumed, name="SGDW", steps=0, calls=1)
    compare(probes.resumed, name="SGDW", after="a used one", calls=1)
    for dtype in ("float16", "bfloat16"):
        compare(probes.resumed_in_half, name="SGDW", dtype=dtype, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that two optimizers share their state")
@pytest.mark.rests_on(
    "two of them do not disturb each other, even if they hold the same parameters",
)
def test_several_optimizers(compare, probes):
    """Two optimizers share no state, even with the same parameters."""
    compare(probes.two_of_them, name="SGDW")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract asks for a subclass that trains a model")
@pytest.mark.rests_on(
    "You call `super().__init__(params, defaults)`",
    "any iterable (a generator, too) of parameters",
)
def test_is_an_optimizer(compare, probes):
    """SGDW subclasses torch.optim.Optimizer and trains a model; params may be a generator."""
    compare(probes.as_an_optimizer, name="SGDW")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises any floating dtype")
@pytest.mark.rests_on(
    "parameters of different shapes and of different floating dtypes (float16 and bfloat16 too)",
    "Each keeps its dtype, and what you remember of a float64 parameter keeps the digits of float64.",
)
def test_dtypes_and_shapes(compare, probes):
    """Parameters may have any floating dtype and any shape."""
    compare(probes.steps_in_dtype, name="SGDW", dtype="float32", calls=1)
    compare(probes.steps_in_dtype, name="SGDW", dtype="float16", calls=1)
    compare(probes.steps_in_dtype, name="SGDW", dtype="bfloat16", calls=1)
    compare(probes.steps_in_shapes, name="SGDW")
    compare(probes.mixed_dtypes, name="SGDW", calls=1)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.kept("a clearer message: it names the option that was accepted")
@pytest.mark.rests_on(
    "ValueError if negative",
    "refuses a negative `lr`, `momentum`, `weight_decay` or `eps` with a `ValueError`, while 0 is legal",
)
def test_negative_options(rejects, compare, probes):
    """A negative lr, momentum or weight_decay is refused with a ValueError; 0 is allowed."""
    for option in ("lr", "momentum", "weight_decay"):
        rejects(probes.refused, name="SGDW", option=option)
    compare(probes.at_the_edge, name="SGDW", calls=1)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "when an option is refused, nothing that the caller owns may have changed",
    "Check the options, then hand parameters and options to the base class.",
)
def test_refused_first(rejects, probes):
    """Options are checked first: when one is refused, nothing that the caller owns has changed."""
    for option in ("lr", "momentum", "weight_decay"):
        rejects(probes.refused_first, name="SGDW", option=option)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "They may be on any device.",
)
def test_placement(recompare, probes):
    """It works on the device of its parameters, with every option."""
    same_arithmetic = (
        probes.groups,
        probes.added_group,
        probes.changed_option,
        probes.scheduled,
        probes.two_of_them,
        probes.kept_grads,
        probes.in_place,
        probes.steps_in_dtype,
        probes.at_the_edge,
    )
    recompare(device="cuda", without=same_arithmetic)
