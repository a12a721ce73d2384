import pytest

pytestmark = pytest.mark.exercise("Adam")


@pytest.mark.public
@pytest.mark.hint(
    "After one step the corrected means are the gradient and its square. What is one divided by the root of the other?"
)
@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: one step, where each part of the formula can be followed by hand")
@pytest.mark.rests_on(
    "Adam (Kingma and Ba, 2015, algorithm 1); the numbers of torch.optim.Adam.",
    "lr: learning rate",
)
def test_first_step(compare, probes):
    """At the first step, every number moves by lr against its gradient's sign, whatever its size."""
    compare(probes.adam_steps, steps=1)
    compare(probes.adam_steps, steps=1, betas=(0.5, 0.875), scale=1000.0)
    compare(probes.adam_steps, steps=1, lr=0.0)


@pytest.mark.public
@pytest.mark.hint("Print m and v after each of three steps with the same gradient. Corrected, they should not change.")
@pytest.mark.points(0.75)
@pytest.mark.core
@pytest.mark.kept("a clearer message: the means alone, with an eps that plays no part")
@pytest.mark.rests_on(
    "betas: decay rates of the two running means",
    "Both means start at zero, and $t$ counts from 1.",
)
def test_running_means(compare, probes):
    """Both means carry on from step to step, and are corrected for their start at zero."""
    compare(probes.adam_steps)
    compare(probes.adam_steps, betas=(0.9, 0.99), steps=12)
    compare(probes.adam_steps, betas=(0.0, 0.0))
    compare(probes.adam_steps, betas=(0.5, 0.0))
    compare(probes.adam_steps, betas=(0.0, 0.5))


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: an eps that is large enough to show")
@pytest.mark.rests_on(
    "eps: added to the root",
    "outside it, and after the correction of $v$",
)
def test_epsilon(compare, probes):
    """eps is added to the root, outside it, after the correction of v."""
    compare(probes.adam_steps, eps=0.5)
    compare(probes.adam_steps, eps=0.01, scale=0.01)
    compare(probes.adam_steps, eps=0.0)


@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8",
)
def test_defaults(compare, probes):
    """lr defaults to 1e-3, betas to (0.9, 0.999) and eps to 1e-8; they may be given in this order, without names."""
    compare(probes.adam_defaults)
    compare(probes.adam_defaults, scale=1e-8)
    compare(probes.adam_signature)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that a group's own options were ignored")
@pytest.mark.rests_on(
    "its own options",
    "Groups may be added at any time, also after many steps.",
    'or of dicts with "params" and options of their own',
)
def test_groups(compare, probes):
    """Each parameter group uses its own options, even one that is added later."""
    compare(probes.groups, name="Adam")
    compare(probes.groups, name="Adam", given="a generator")
    compare(probes.added_group, name="Adam")


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that a schedule has no effect")
@pytest.mark.rests_on(
    "Read the options from the group, at each step.",
    'A learning rate schedule is a program that writes another number into `group["lr"]`.',
)
def test_changed_options(compare, probes):
    """An option that is changed in param_groups takes effect at the next step, so schedulers work."""
    compare(probes.changed_option, name="Adam")
    compare(probes.changed_option, name="Adam", option="eps", numbers=(0.5, 0.0, 0.1, 0.7))
    compare(probes.changed_option, name="Adam", option="betas", numbers=((0.75, 0.875), (0.75, 0.875), (0.0, 0.0)))
    compare(probes.scheduled, name="Adam")


@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "no weight decay, no momentum, nothing remembered, nothing counted",
    "This is not the same as a gradient of zeros",
    "Each parameter has its own: the number of steps *it* has taken.",
)
def test_missing_gradients(compare, probes):
    """A parameter whose grad is None is skipped, and its count of steps does not go up."""
    compare(probes.missing_grads, name="Adam", calls=1)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that p.grad was changed")
@pytest.mark.rests_on(
    "So it is the same after the step as before, whatever the options are.",
)
def test_gradients_are_kept(compare, probes):
    """p.grad is never modified."""
    compare(probes.kept_grads, name="Adam", calls=1)
    compare(probes.kept_grads, name="Adam", same_tensors=True, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "Update every parameter that has a gradient, in place.",
    "here it is not, in no step and with no option",
    "neither it nor anything that you remember carries a graph",
)
def test_in_place(compare, probes):
    """Parameters are updated in place: the same leaf tensors, the same memory, nothing recorded."""
    compare(probes.in_place, name="Adam", calls=1)


@pytest.mark.public
@pytest.mark.hint("In which gradient mode does the closure run, when, and what happens to its result?")
@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "called once, first, with gradients enabled",
    "returns what the closure returned, or None without one",
    "the very object",
    "even if somebody calls `step` inside `torch.no_grad()`",
    "After the step, tracking is on or off as it was for the caller.",
)
def test_closure(compare, probes):
    """The closure is called once, first, with gradients enabled, and step returns its loss; None without a closure."""
    compare(probes.closure_steps, name="Adam")
    compare(probes.closure_steps, name="Adam", where=" inside torch.no_grad()")
    compare(probes.closure_steps, name="Adam", closure_gives="float", keyword=True)
    compare(probes.step_returns, name="Adam")


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that the run does not continue after loading")
@pytest.mark.rests_on(
    "after `load_state_dict()` an optimizer takes exactly the steps that the old one would have taken",
)
def test_resumed(compare, probes):
    """After load_state_dict, a fresh optimizer continues as if the run had not stopped: means, counts and options."""
    compare(probes.resumed_with_options, name="Adam", calls=1)
    compare(probes.resumed, name="Adam", through="torch.save and torch.load", calls=1)
    compare(probes.resumed, name="Adam", through="nothing else", same_params=True, calls=1)
    compare(probes.resumed, name="Adam", steps=0, calls=1)
    compare(probes.resumed, name="Adam", after="a used one", calls=1)
    for dtype in ("float16", "bfloat16"):
        compare(probes.resumed_in_half, name="Adam", dtype=dtype, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that two optimizers share their state")
@pytest.mark.rests_on(
    "two of them do not disturb each other, even if they hold the same parameters",
)
def test_several_optimizers(compare, probes):
    """Two optimizers share no state, even with the same parameters."""
    compare(probes.two_of_them, name="Adam")


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract asks for a subclass that trains a model")
@pytest.mark.rests_on(
    "You call `super().__init__(params, defaults)`",
    "any iterable (a generator, too) of parameters",
)
def test_is_an_optimizer(compare, probes):
    """Adam subclasses torch.optim.Optimizer and trains a model; params may be a generator."""
    compare(probes.as_an_optimizer, name="Adam")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises any floating dtype")
@pytest.mark.rests_on(
    "parameters of different shapes and of different floating dtypes (float16 and bfloat16 too)",
    "Each keeps its dtype, and what you remember of a float64 parameter keeps the digits of float64.",
)
def test_dtypes_and_shapes(compare, probes):
    """Parameters may have any floating dtype and any shape; in float64 all digits are right."""
    compare(probes.adam_precise)
    compare(probes.steps_in_dtype, name="Adam", dtype="float32", calls=1)
    compare(probes.steps_in_dtype, name="Adam", dtype="float16", calls=1)
    compare(probes.steps_in_dtype, name="Adam", dtype="bfloat16", calls=1)
    compare(probes.steps_in_shapes, name="Adam")
    compare(probes.mixed_dtypes, name="Adam", calls=1)


@pytest.mark.points(0.5)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "ValueError if negative",
    "ValueError if one of them is negative, or is 1 or greater",
    "while 0 is legal",
)
def test_bad_options(rejects, compare, probes):
    """A negative lr or eps, or a beta outside [0, 1), is refused with a ValueError; 0 is allowed."""
    rejects(probes.refused, name="Adam", option="lr")
    rejects(probes.refused, name="Adam", option="eps")
    rejects(probes.refused, name="Adam", option="betas", value=(0.9, 1.0))
    rejects(probes.refused, name="Adam", option="betas", value=(-0.1, 0.9))
    compare(probes.at_the_edge, name="Adam", calls=1)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.rests_on(
    "when an option is refused, nothing that the caller owns may have changed",
    "Check the options, then hand parameters and options to the base class.",
)
def test_refused_first(rejects, probes):
    """Options are checked first: when one is refused, nothing that the caller owns has changed."""
    for option in ("lr", "eps"):
        rejects(probes.refused_first, name="Adam", option=option)
    rejects(probes.refused_first, name="Adam", option="betas", value=(1.0, 0.9))


@pytest.mark.public
@pytest.mark.hint(
    "Look for a tensor that you make without saying where: torch.zeros is on the CPU, zeros_like(p) is where p is."
)
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
