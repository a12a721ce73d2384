import pytest

pytestmark = pytest.mark.exercise("SGD")


@pytest.mark.public
@pytest.mark.hint("Follow one number by hand: with p = 2, a gradient of 3 and lr 0.1 it becomes 1.7.")
@pytest.mark.points(0.5)
@pytest.mark.core
@pytest.mark.kept("a clearer message: gradient and lr alone, before anything else can be wrong")
@pytest.mark.rests_on(
    "Stochastic gradient descent with momentum; the numbers of torch.optim.SGD.",
    "lr: learning rate; momentum; weight_decay",
)
def test_plain(compare, probes):
    """Without momentum and decay, SGD subtracts lr times the gradient; lr 0 changes nothing."""
    compare(probes.sgd_steps)
    compare(probes.sgd_steps, lr=0.0)


@pytest.mark.public
@pytest.mark.hint("Give it a gradient of ones three times, with momentum 0.5, and print the buffer: 1, 1.5, 1.75.")
@pytest.mark.points(0.75)
@pytest.mark.core
@pytest.mark.kept("a clearer message: momentum alone")
@pytest.mark.rests_on(
    "The new one is a *copy* of $g$",
    "The learning rate is not in the buffer.",
)
def test_momentum(compare, probes):
    """The first step's buffer is a copy of the gradient; later it is momentum · buffer plus the gradient."""
    compare(probes.sgd_steps, momentum=0.9, steps=1)
    compare(probes.sgd_steps, momentum=0.9)
    compare(probes.sgd_steps, momentum=0.5)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: dampening, with nothing else but momentum")
@pytest.mark.rests_on(
    "dampening: the buffer takes 1 − dampening of each gradient but its first",
    "Without momentum ($\\mu = 0$) there is no buffer, and dampening plays no part",
)
def test_dampening(compare, probes):
    """After its first step a buffer takes (1 − dampening) of each gradient; without momentum nothing is dampened."""
    compare(probes.sgd_steps, momentum=0.9, dampening=0.3)
    compare(probes.sgd_steps, momentum=0.9, dampening=1.0)
    compare(probes.sgd_steps, momentum=0.0, dampening=0.3)


@pytest.mark.public
@pytest.mark.hint("Where do you first need the gradient? From there on, it should already contain the decay.")
@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: weight decay alone")
@pytest.mark.rests_on(
    "The weight decay is added to the gradient, so it goes through the buffer as well.",
)
def test_weight_decay(compare, probes):
    """weight_decay times the parameter is added to the gradient, before momentum."""
    compare(probes.sgd_steps, weight_decay=0.5)
    compare(probes.sgd_steps, momentum=0.9, weight_decay=0.5)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: the Nesterov step alone")
@pytest.mark.rests_on(
    "nesterov: step along gradient + momentum · buffer",
    "the buffer that was just updated",
)
def test_nesterov(compare, probes):
    """With nesterov, the step is lr · (gradient + momentum · buffer), with the new buffer."""
    compare(probes.sgd_steps, momentum=0.9, nesterov=True, steps=1)
    compare(probes.sgd_steps, momentum=0.9, nesterov=True)


@pytest.mark.points(0.25)
@pytest.mark.kept("options that are right alone can be wrong together")
@pytest.mark.rests_on(
    "with the $g$ that already includes weight decay",
    "the numbers of torch.optim.SGD",
)
def test_all_together(compare, probes, drawn):
    """Momentum, dampening, weight decay and nesterov work together, given by name or in their order."""
    compare(probes.sgd_steps, momentum=0.9, dampening=0.3, weight_decay=0.5)
    compare(probes.sgd_steps, momentum=0.9, weight_decay=0.5, nesterov=True)
    compare(probes.sgd_steps, dampening=0.3, weight_decay=0.5)
    compare(probes.sgd_steps, lr=0.0, momentum=0.9, weight_decay=0.5)
    compare(probes.sgd_signature)
    lr, momentum, dampening, weight_decay = (round(drawn.number(0.1, 0.9), 3) for _ in range(4))
    compare(probes.sgd_steps, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that a group's own options were ignored")
@pytest.mark.rests_on(
    "its own options",
    "Groups may be added at any time, also after many steps.",
    'or of dicts with "params" and options of their own',
)
def test_groups(compare, probes):
    """Each parameter group uses its own options, even one that is added later."""
    compare(probes.groups, name="SGD")
    compare(probes.groups, name="SGD", given="a generator")
    compare(probes.sgd_group_option, option="weight_decay", value=0.5)
    compare(probes.sgd_group_option, option="dampening", value=0.25)
    compare(probes.sgd_group_option, option="nesterov", value=True)
    compare(probes.sgd_group_option, option="momentum", value=0.0)
    compare(probes.sgd_group_option, option="momentum", value=0.9, momentum=0.0)
    compare(probes.added_group, name="SGD")


@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "Read the options from the group, at each step.",
    'A learning rate schedule is a program that writes another number into `group["lr"]`.',
)
def test_changed_options(compare, probes):
    """An option that is changed in param_groups takes effect at the next step, so schedulers work."""
    compare(probes.changed_option, name="SGD")
    compare(probes.changed_option, name="SGD", option="momentum", numbers=(0.9, 0.5, 0.7, 0.0))
    compare(probes.changed_option, name="SGD", option="weight_decay", numbers=(0.5, 0.0, 0.1, 0.7))
    compare(probes.changed_option, name="SGD", option="dampening", numbers=(0.5, 0.0, 0.1, 0.7))
    compare(probes.changed_option, name="SGD", option="nesterov", numbers=(True, False, True, True))
    compare(probes.scheduled, name="SGD")
    compare(probes.scheduled, name="SGD", scheduler="LambdaLR")


@pytest.mark.public
@pytest.mark.hint(
    "Before you touch a parameter or its state, ask whether its .grad is None. Only that one parameter is left out."
)
@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "no weight decay, no momentum, nothing remembered, nothing counted",
    "This is not the same as a gradient of zeros",
    '"First" means the first step of *this parameter*',
)
def test_missing_gradients(compare, probes):
    """A parameter whose grad is None is skipped; its first step is the first one with a gradient."""
    compare(probes.missing_grads, name="SGD", calls=1)


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "So it is the same after the step as before, whatever the options are.",
)
def test_gradients_are_kept(compare, probes):
    """p.grad is never modified, and the buffer is a copy of it."""
    compare(probes.kept_grads, name="SGD", calls=1)
    compare(probes.kept_grads, name="SGD", same_tensors=True, calls=1)


@pytest.mark.public
@pytest.mark.hint("Which operations write into the memory of p, and which make a new tensor? And is autograd watching?")
@pytest.mark.points(0.5)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "Update every parameter that has a gradient, in place.",
    "here it is not, in no step and with no option",
    "neither it nor anything that you remember carries a graph",
)
def test_in_place(compare, probes):
    """Parameters are updated in place: the same leaf tensors, the same memory, nothing recorded."""
    compare(probes.in_place, name="SGD", calls=1)


@pytest.mark.points(0.5)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "called once, first, with gradients enabled",
    "returns what the closure returned, or None without one",
    "the very object",
    "even if somebody calls `step` inside `torch.no_grad()`",
    "After the step, tracking is on or off as it was for the caller.",
)
def test_closure(compare, probes):
    """The closure is called once, first, with gradients enabled, and step returns its loss; None without a closure."""
    compare(probes.closure_steps, name="SGD")
    compare(probes.closure_steps, name="SGD", where=" inside torch.no_grad()")
    compare(probes.closure_steps, name="SGD", closure_gives="float", keyword=True)
    compare(probes.step_returns, name="SGD")


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that the run does not continue after loading")
@pytest.mark.rests_on(
    "after `load_state_dict()` an optimizer takes exactly the steps that the old one would have taken",
)
def test_resumed(compare, probes):
    """After load_state_dict, a fresh optimizer continues as if the run had not stopped."""
    compare(probes.resumed_with_options, name="SGD", calls=1)
    compare(probes.resumed, name="SGD", through="torch.save and torch.load", calls=1)
    compare(probes.resumed, name="SGD", through="nothing else", same_params=True, calls=1)
    compare(probes.resumed, name="SGD", steps=0, calls=1)
    compare(probes.resumed, name="SGD", after="a used one", calls=1)
    for dtype in ("float16", "bfloat16"):
        compare(probes.resumed_in_half, name="SGD", dtype=dtype, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.kept("a clearer message: it says that two optimizers share their state")
@pytest.mark.rests_on(
    "two of them do not disturb each other, even if they hold the same parameters",
)
def test_several_optimizers(compare, probes):
    """Two optimizers share no state, even with the same parameters."""
    compare(probes.two_of_them, name="SGD")


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.kept("the contract asks for a subclass that trains a model")
@pytest.mark.rests_on(
    "You call `super().__init__(params, defaults)`",
    "any iterable (a generator, too) of parameters",
)
def test_is_an_optimizer(compare, probes):
    """SGD subclasses torch.optim.Optimizer and trains a model; params may be a generator."""
    compare(probes.as_an_optimizer, name="SGD")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises any floating dtype")
@pytest.mark.rests_on(
    "parameters of different shapes and of different floating dtypes (float16 and bfloat16 too)",
    "Each keeps its dtype, and what you remember of a float64 parameter keeps the digits of float64.",
)
def test_dtypes_and_shapes(compare, probes):
    """Parameters may have any floating dtype and any shape."""
    compare(probes.steps_in_dtype, name="SGD", dtype="float32", calls=1)
    compare(probes.steps_in_dtype, name="SGD", dtype="float16", calls=1)
    compare(probes.steps_in_dtype, name="SGD", dtype="bfloat16", calls=1)
    compare(probes.steps_in_shapes, name="SGD")
    compare(probes.mixed_dtypes, name="SGD", calls=1)


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
        rejects(probes.refused, name="SGD", option=option)
    compare(probes.at_the_edge, name="SGD", calls=1)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.kept("a clearer message: it names the combination that was accepted")
@pytest.mark.rests_on(
    "ValueError unless momentum > 0 and dampening is 0",
)
def test_nesterov_refused(rejects, compare, probes):
    """nesterov without momentum, or with dampening, is refused with a ValueError."""
    rejects(probes.nesterov_refused)
    rejects(probes.nesterov_refused, momentum=0.9, dampening=0.1)
    compare(probes.nesterov_allowed, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "when an option is refused, nothing that the caller owns may have changed",
    "Check the options, then hand parameters and options to the base class.",
)
def test_refused_first(rejects, probes):
    """Options are checked first: when one is refused, nothing that the caller owns has changed."""
    for option in ("lr", "momentum", "weight_decay"):
        rejects(probes.refused_first, name="SGD", option=option)
    rejects(probes.refused_first, name="SGD", option="nesterov", value=True)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "They may be on any device.",
)
def test_placement(recompare, probes):
    """It works on the device of its parameters, with every option."""
    same_arithmetic = (
        probes.groups,
        probes.sgd_group_option,
        probes.added_group,
        probes.changed_option,
        probes.scheduled,
        probes.two_of_them,
        probes.kept_grads,
        probes.in_place,
        probes.steps_in_dtype,
        probes.at_the_edge,
        probes.nesterov_allowed,
    )
    recompare(device="cuda", without=same_arithmetic)
