import pytest

pytestmark = pytest.mark.exercise("StackedEnsemble")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.core
@pytest.mark.kept("a clearer message: its output, before what surrounds it")
@pytest.mark.rests_on(
    "Return head(the members' logits, side by side in the order of the members)",
    "first all logits of the first member, then all of the second",
    "returns logits (N, num_classes)",
)
@pytest.mark.hint("Print the shape of what you give to head: (N, M · num_classes)? And whose numbers come first?")
def test_values(compare, probes):
    """forward applies head to the members' logits, side by side in the members' order."""
    compare(probes.stacked_values)
    compare(probes.stacked_values, count=1, mode="in evaluation mode", samples=1)
    compare(probes.stacked_values, mode="as it is built", dtype="float32")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("leaves its inputs and the caller's grad mode as they are")
@pytest.mark.hint("Does one of your lines write into x, or switch gradients on or off?")
def test_leaves_the_rest_alone(compare, probes):
    """The input and the caller's grad mode are unchanged."""
    compare(probes.stacked_around)


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "any iterable of modules that map (N, …) to logits (N, num_classes)",
    "A module that is given twice is there twice",
    "x: (N, …), what the members take",
)
@pytest.mark.hint("A generator can be read only once, and has no length.")
def test_any_members(compare, probes):
    """The members may come from any iterable, even a generator, take any input, and one may be there twice."""
    compare(probes.stacked_any_iterable)
    compare(probes.stacked_values_of_images)


@pytest.mark.points(0.5)
@pytest.mark.guessable
@pytest.mark.rests_on("head: nn.Linear(M · num_classes, num_classes), trainable")
@pytest.mark.hint("How many numbers does the head see for each sample, and how many does it return?")
def test_head(compare, probes):
    """head is an nn.Linear(M · num_classes, num_classes) that learns."""
    compare(probes.stacked_head, calls=1)
    compare(probes.stacked_head, count=3, classes=2, calls=1)


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: it says which part of a member still moves")
@pytest.mark.rests_on("Each is frozen, as `Frozen` does it", "Only the new layer, the `head`, learns")
@pytest.mark.hint("Which of the four ways in which a network can change is still open to a member?")
def test_only_the_head_learns(compare, probes):
    """Every member is frozen, in parameters, old gradients, mode and buffers; training moves the head alone."""
    compare(probes.stacked_frozen, calls=1)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on("gradients flow through the members to x")
@pytest.mark.hint("Which line keeps autograd from looking through the members?")
def test_gradients(compare, probes):
    """Gradients flow through the members to the input."""
    compare(probes.stacked_gradients)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("They are parts of this module: to(), parameters() and state_dict() reach them")
@pytest.mark.hint("Where does PyTorch look for the parts of a module?")
def test_members_are_parts(compare, probes):
    """parameters(), state_dict() and to() reach the members."""
    compare(probes.stacked_reached)


@pytest.mark.points(0.5)
@pytest.mark.kept("what stacking is for, on trained networks; correct stacking always passes")
@pytest.mark.rests_on("a linear layer that learns whom to trust")
def test_accuracy(reaches, probes):
    """Stacked, three different networks do nearly as well as the best of them, or better."""
    reaches(probes.stacked_gain)


@pytest.mark.points(0.25)
@pytest.mark.guessable
@pytest.mark.rests_on("works on the device of what it is given")
@pytest.mark.hint("Which tensors do you make yourself, and on which device?")
def test_placement(recompare):
    """It works on the device of its members and its input."""
    recompare(device="cuda")
