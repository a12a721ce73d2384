import pytest

pytestmark = pytest.mark.exercise("Adam")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: one step, where each part of the formula can be followed by hand")
def test_first_step(compare, probes):
    """At the first step, every number moves by lr against its gradient's sign, whatever its size."""
    compare(probes.adam_steps, steps=1)
    compare(probes.adam_steps, steps=1, betas=(0.9, 0.999), scale=1000.0)
    compare(probes.adam_steps, steps=1, lr=0.0)
    compare(probes.adam_precise)
    compare(probes.adam_signature)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: the means alone, with an eps that plays no part")
def test_running_means(compare, probes):
    """Both means carry on from step to step, and are corrected for their start at zero."""
    compare(probes.adam_steps)
    compare(probes.adam_steps, betas=(0.9, 0.99), steps=12)
    compare(probes.adam_steps, betas=(0.0, 0.0))
    compare(probes.adam_steps, betas=(0.5, 0.0))
    compare(probes.adam_steps, betas=(0.0, 0.5))


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: an eps that is large enough to show")
def test_epsilon(compare, probes):
    """eps is added to the root, outside it, after the correction of v."""
    compare(probes.adam_steps, eps=0.5)
    compare(probes.adam_steps, eps=0.01, scale=0.01)
    compare(probes.adam_steps, eps=0.0)


@pytest.mark.points(0.5)
def test_defaults(compare, probes):
    """lr defaults to 1e-3, betas to (0.9, 0.999) and eps to 1e-8."""
    compare(probes.adam_defaults)
    compare(probes.adam_defaults, scale=1e-8)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that a group's own options were ignored")
def test_groups(compare, probes):
    """Each parameter group uses its own options, even one that is added later."""
    compare(probes.groups, name="Adam")
    compare(probes.added_group, name="Adam")


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that a schedule has no effect")
def test_changed_options(compare, probes):
    """An option that is changed in param_groups takes effect at the next step, so schedulers work."""
    compare(probes.changed_option, name="Adam")
    compare(probes.changed_option, name="Adam", option="eps", numbers=(0.5, 0.0, 0.1, 0.7))
    compare(probes.scheduled, name="Adam")


@pytest.mark.points(0.5)
def test_missing_gradients(compare, probes):
    """A parameter whose grad is None is skipped, and its count of steps does not go up."""
    compare(probes.missing_grads, name="Adam")


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that p.grad was changed")
def test_gradients_are_kept(compare, probes):
    """p.grad is never modified."""
    compare(probes.kept_grads, name="Adam")
    compare(probes.kept_grads, name="Adam", same_tensors=True)


@pytest.mark.points(0.25)
def test_in_place(compare, probes):
    """Parameters are updated in place: the same leaf tensors, the same memory, nothing recorded."""
    compare(probes.same_tensors, name="Adam")


@pytest.mark.public
@pytest.mark.points(0.5)
def test_closure(compare, probes):
    """The closure is called once, first, with gradients enabled, and step returns its loss; None without a closure."""
    compare(probes.closure_steps, name="Adam")
    compare(probes.closure_steps, name="Adam", where=" inside torch.no_grad()")
    compare(probes.closure_steps, name="Adam", closure_gives="float", keyword=True)
    compare(probes.step_returns, name="Adam")


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that the run does not continue after loading")
def test_resumed(compare, probes):
    """After load_state_dict, a fresh optimizer continues as if the run had not stopped: means, counts and options."""
    compare(probes.resumed, name="Adam")
    compare(probes.resumed, name="Adam", through="torch.save and torch.load")
    compare(probes.resumed, name="Adam", through="nothing else", same_params=True)
    compare(probes.resumed, name="Adam", steps=0)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that two optimizers share their memory")
def test_several_optimizers(compare, probes):
    """Two optimizers share no memory, even with the same parameters."""
    compare(probes.two_of_them, name="Adam")


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract asks for a subclass that trains a model")
def test_is_an_optimizer(compare, probes):
    """Adam subclasses torch.optim.Optimizer and trains a model; params may be a generator."""
    compare(probes.as_an_optimizer, name="Adam")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises any floating dtype")
def test_dtypes_and_shapes(compare, probes):
    """Parameters may have any floating dtype and any shape."""
    compare(probes.steps_in_dtype, name="Adam", dtype="float32")
    compare(probes.steps_in_dtype, name="Adam", dtype="bfloat16")
    compare(probes.steps_in_shapes, name="Adam")
    compare(probes.mixed_dtypes, name="Adam")


@pytest.mark.points(0.5)
def test_bad_options(rejects, compare, probes):
    """A negative lr or eps, or betas outside [0, 1), are refused with a ValueError that names them; 0 is allowed."""
    rejects(probes.refused, name="Adam", option="lr")
    rejects(probes.refused, name="Adam", option="eps")
    rejects(probes.refused, name="Adam", option="betas", value=(0.9, 1.0))
    rejects(probes.refused, name="Adam", option="betas", value=(-0.1, 0.9))
    compare(probes.at_the_edge, name="Adam", calls=1)


@pytest.mark.points(0.25)
def test_refused_first(rejects, probes):
    """Options are checked first: when one is refused, nothing that the caller owns has changed."""
    for option in ("lr", "eps"):
        rejects(probes.refused_first, name="Adam", option=option)
    rejects(probes.refused_first, name="Adam", option="betas", value=(1.0, 0.9))


@pytest.mark.public
@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its parameters."""
    compare(probes.adam_steps, device="cuda")
    compare(probes.resumed, device="cuda", name="Adam")
