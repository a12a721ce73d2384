import pytest

pytestmark = pytest.mark.exercise("noise_std")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(1)
@pytest.mark.kept("a clearer message: the formula in the middle of its range")
@pytest.mark.hint("Work out the value for step 3, eta 1 and gamma 1 by hand: the variance is 1/4.")
@pytest.mark.rests_on(
    "Return the standard deviation σ of the noise at a step: σ² = eta / (1 + step)^gamma",
    "returns a Python float",
    "for every step and every choice of eta and gamma",
)
def test_formula(compare, probes, drawn):
    """The standard deviation is the root of eta / (1 + step)^gamma, a Python float."""
    for most in (10, 100, 1000):
        eta, gamma = round(drawn.number(0.1, 3.0), 3), round(drawn.number(0.3, 2.0), 3)
        compare(probes.std_value, step=drawn.integer(1, most), eta=eta, gamma=gamma, calls=1)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: at step 0 the formula is easy to check by hand")
@pytest.mark.rests_on("eta: the variance at step 0")
def test_first_step(compare, probes, drawn):
    """At step 0 the variance is eta."""
    compare(probes.std_value, step=0, eta=0.25, calls=1)
    eta, gamma = round(drawn.number(0.1, 3.0), 3), round(drawn.number(0.3, 3.0), 3)
    compare(probes.std_value, step=0, eta=eta, gamma=gamma, calls=1)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("eta: float = 0.3, gamma: float = 0.55")
def test_defaults(compare, probes, drawn):
    """eta defaults to 0.3 and gamma to 0.55."""
    compare(probes.std_by_default, step=0, calls=1)
    compare(probes.std_by_default, step=drawn.integer(1, 5000), calls=1)


@pytest.mark.points(0.5)
@pytest.mark.kept("the ends of the range, where a formula that is right elsewhere may fail")
@pytest.mark.rests_on(
    "gamma: how fast the noise fades; 0 means never",
    "step: counted from 0",
    "for every step and every choice of eta and gamma",
)
def test_ends(compare, probes, drawn):
    """With eta 0, there is no noise; with gamma 0, it never fades; after a million steps, little is left."""
    compare(probes.std_value, step=drawn.integer(0, 100), eta=0.0, calls=1)
    eta = round(drawn.number(0.1, 3.0), 3)
    compare(probes.std_value, step=drawn.integer(1, 100), eta=eta, gamma=0.0, calls=1)
    compare(probes.std_value, step=10**6, eta=eta, calls=1)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.hint("Call it with step -1, and then with eta -0.1: what happens, and what should?")
@pytest.mark.rests_on("ValueError if either is negative", "refused with a ValueError before anything is changed")
def test_negative_arguments(rejects, probes):
    """A negative step or eta is refused with a ValueError."""
    rejects(probes.std_refused)
    rejects(probes.std_refused, step=-7)
    rejects(probes.std_refused, step=2, eta=-0.1)
