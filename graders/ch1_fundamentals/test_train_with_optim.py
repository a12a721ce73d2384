import pytest

pytestmark = pytest.mark.exercise("train_with_optim")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint("With SGD it should return what your `train` returns: run both from the same start, and compare.")
@pytest.mark.rests_on(
    "Train as `train` does, with binary cross-entropy",
    "Shapes, order, what becomes of weights and bias, and what is returned are those of `train`",
    "It leaves its arguments unchanged",
    "It leaves torch's settings unchanged too",
    "takes any floating dtype",
    "depends on its arguments, not on the calls before",
)
def test_losses_and_parameters(compare, probes):
    """The same loop as train: one step per sample, in order; each epoch's mean loss, taken before the steps."""
    compare(probes.optim_run)
    compare(probes.optim_run, n=4, epochs=1, grad=True, dtype="float32")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("Shapes, order, what becomes of weights and bias, and what is returned are those of `train`")
def test_any_start(compare, probes):
    """It makes weights and bias require grad if they do not yet, even with 0 epochs; one sample is enough."""
    compare(probes.optim_run, n=1, epochs=2, lr=0.5, grad=True)
    compare(probes.optim_run, n=4, epochs=1, grad=(True, False))
    compare(probes.optim_run, n=4, epochs=0)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("epochs: int = 10, lr: float = 0.1", "= torch.optim.SGD, ) -> list[float]")
def test_defaults(compare, probes):
    """Without arguments: 10 epochs, lr 0.1, torch.optim.SGD."""
    compare(probes.optim_defaults)
    compare(probes.optim_defaults, optimizer=", optimizer_class=torch.optim.SGD")


@pytest.mark.public
@pytest.mark.points(0.25)
@pytest.mark.kept("an optimizer with a memory shows in numbers what plain SGD hides")
@pytest.mark.hint("How many optimizers does your function make in one run, and from which class?")
@pytest.mark.rests_on("steps by optimizer_class([weights, bias], lr=lr)", "Any optimizer will do")
def test_other_optimizers(compare, probes):
    """Any optimizer drives the loop."""
    compare(probes.optim_run, n=5, epochs=2, optimizer="torch.optim.Adam")
    compare(probes.optim_run, n=5, epochs=2, optimizer="torch.optim.RMSprop", lr=0.01)
    compare(probes.optim_run, n=5, epochs=2, optimizer="partial(torch.optim.SGD, momentum=0.9)")


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "optimizer_class([weights, bias], lr=lr)", "One optimizer for the whole run, and one step() per sample"
)
def test_how_it_is_made(compare, probes):
    """One optimizer_class([weights, bias], lr=lr), and one step() per sample."""
    compare(probes.optim_diary)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-5)
@pytest.mark.kept("what the course promises, in float32: nearly as good as the Bayes rule")
@pytest.mark.rests_on("Train as `train` does", "The best rule there is, the Bayes rule")
def test_accuracy(reaches, probes):
    """Two epochs on 200 samples suffice to be nearly as good as the Bayes rule, wherever the clouds are."""
    reaches(probes.optim_accuracy)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("works on the device of the tensors it is given")
def test_placement(recompare):
    """It works on the device of the data and the parameters."""
    recompare(device="cuda")
