import pytest

pytestmark = pytest.mark.exercise("SGDW")


@pytest.mark.public
@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: momentum alone")
def test_without_decay(compare, probes):
    """Without weight decay, SGDW is momentum SGD; lr 0 changes nothing."""
    compare(probes.sgdw_steps)
    compare(probes.sgdw_steps, momentum=0.9)
    compare(probes.sgdw_steps, lr=0.0, momentum=0.9, weight_decay=0.5)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_decay(compare, probes):
    """First the parameter is multiplied by 1 − lr · weight_decay, then the step is taken."""
    compare(probes.sgdw_decay_alone, momentum=0.0)
    compare(probes.sgdw_decay_alone)
    compare(probes.sgdw_steps, weight_decay=0.5)
    compare(probes.sgdw_signature)


@pytest.mark.points(0.75)
@pytest.mark.kept("a clearer message: the buffer and the decay together, nothing else")
def test_decay_with_momentum(compare, probes):
    """The buffer knows nothing of the decay: it accumulates undecayed gradients, the first as a copy."""
    compare(probes.sgdw_steps, momentum=0.9, weight_decay=0.5, steps=1)
    compare(probes.sgdw_steps, momentum=0.9, weight_decay=0.5)
    compare(probes.sgdw_steps, lr=0.3, momentum=1.0, weight_decay=2.0)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that a group's own options were ignored")
def test_groups(compare, probes):
    """Each parameter group uses its own options, even one that is added later."""
    compare(probes.groups, name="SGDW")
    compare(probes.added_group, name="SGDW")


@pytest.mark.points(0.25)
def test_changed_options(compare, probes):
    """An option that is changed in param_groups takes effect at the next step, so schedulers work."""
    compare(probes.changed_option, name="SGDW")
    compare(probes.changed_option, name="SGDW", option="momentum", numbers=(0.9, 0.5, 0.7, 0.2))
    compare(probes.changed_option, name="SGDW", option="weight_decay", numbers=(0.5, 0.0, 0.1, 0.7))
    compare(probes.scheduled, name="SGDW")


@pytest.mark.points(0.25)
def test_missing_gradients(compare, probes):
    """A parameter whose grad is None is skipped: it does not decay, and its first step is yet to come."""
    compare(probes.missing_grads, name="SGDW")


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that p.grad was changed")
def test_gradients_are_kept(compare, probes):
    """p.grad is never modified, and the buffer is a copy of it."""
    compare(probes.kept_grads, name="SGDW", words="momentum=0.9, weight_decay=0.5")
    compare(probes.kept_grads, name="SGDW", words="momentum=0.9, weight_decay=0.5", same_tensors=True)
    compare(probes.kept_grads, name="SGDW", words="weight_decay=0.5", options=(("momentum", 0.0),))


@pytest.mark.points(0.25)
def test_in_place(compare, probes):
    """Parameters are updated in place: the same leaf tensors, the same memory, nothing recorded."""
    compare(probes.same_tensors, name="SGDW")


@pytest.mark.points(0.5)
def test_closure(compare, probes):
    """The closure is called once, before the decay, with gradients enabled, and step returns its loss, or None."""
    compare(probes.closure_steps, name="SGDW")
    compare(probes.closure_steps, name="SGDW", where=" inside torch.no_grad()")
    compare(probes.closure_steps, name="SGDW", closure_gives="float", keyword=True)
    compare(probes.step_returns, name="SGDW")


@pytest.mark.public
@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that the run does not continue after loading")
def test_resumed(compare, probes):
    """After load_state_dict, a fresh optimizer continues as if the run had not stopped."""
    compare(probes.resumed, name="SGDW")
    compare(probes.resumed, name="SGDW", through="torch.save and torch.load")
    compare(probes.resumed, name="SGDW", through="nothing else", same_params=True)
    compare(probes.resumed, name="SGDW", steps=0)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that two optimizers share their memory")
def test_several_optimizers(compare, probes):
    """Two optimizers share no memory, even with the same parameters."""
    compare(probes.two_of_them, name="SGDW")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract asks for a subclass that trains a model")
def test_is_an_optimizer(compare, probes):
    """SGDW subclasses torch.optim.Optimizer and trains a model; params may be a generator."""
    compare(probes.as_an_optimizer, name="SGDW")


@pytest.mark.points(0.25)
@pytest.mark.kept("the contract promises any floating dtype")
def test_dtypes_and_shapes(compare, probes):
    """Parameters may have any floating dtype and any shape."""
    compare(probes.steps_in_dtype, name="SGDW", dtype="float32")
    compare(probes.steps_in_dtype, name="SGDW", dtype="bfloat16")
    compare(probes.steps_in_shapes, name="SGDW")
    compare(probes.mixed_dtypes, name="SGDW")


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it names the option that was accepted")
def test_negative_options(rejects, compare, probes):
    """A negative lr, momentum or weight_decay is refused with a ValueError that names it; 0 is allowed."""
    for option in ("lr", "momentum", "weight_decay"):
        rejects(probes.refused, name="SGDW", option=option)
    compare(probes.at_the_edge, name="SGDW", calls=1)


@pytest.mark.points(0.25)
def test_refused_first(rejects, probes):
    """Options are checked first: when one is refused, nothing that the caller owns has changed."""
    for option in ("lr", "momentum", "weight_decay"):
        rejects(probes.refused_first, name="SGDW", option=option)


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its parameters."""
    compare(probes.sgdw_steps, device="cuda", momentum=0.9, weight_decay=0.5)
    compare(probes.resumed, device="cuda", name="SGDW")
