import pytest

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("init_parameters")


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "Returns the tuple (weights, bias): shapes (2, 1) and (1,), float32, on the CPU, not tracking gradients"
)
def test_form(compare, probes):
    """It returns (weights, bias) of shapes (2, 1) and (1,), float32, on the CPU, not tracking gradients."""
    compare(probes.init_form)


# There are 8,000 weights and 4,000 biases. A sample standard deviation has the standard deviation σ/√(2n), 0.79 and
# 1.12 % of σ; a mean has σ/√n, 1.1e-4 and 1.6e-4. Each bound below is at least 5.6 of these away, so it fails a correct
# answer with a probability of at most 2.2e-8. The excess kurtosis of n = 12,000 normal numbers has the standard
# deviation √(24/n) = 0.045; the bounds are 5.8 of these below 0 and 7.1 above, because its distribution is skewed to
# the right: 4e-9 each, by Edgeworth's expansion. All of them lie within 3.1 σ with a probability of 8e-11.


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-7)
@pytest.mark.rests_on("Draw every entry from N(0, 0.01²)")
def test_spread(observe, probes):
    """Every entry has standard deviation 0.01 and mean 0."""
    seen = observe(probes.init_draws, matches=0.1)
    for name, bound in (("weights", 0.0005), ("bias", 0.0007)):
        std, mean = seen[f"{name} std"], seen[f"{name} mean"]
        expect(
            abs(std - 0.01) < bound,
            expected=f"{name}: a standard deviation of 0.01 (variance 0.0001)",
            got=f"{name}: a standard deviation of {std:.4g}",
        )
        expect(
            abs(mean) < bound * 1.5,
            expected=f"{name}: mean 0",
            got=f"{name}: mean {mean:.4g}",
        )


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-7)
@pytest.mark.rests_on("Draw every entry from N(0, 0.01²), independently, and fresh on each call")
def test_normal_and_independent(observe, probes):
    """The entries are normal, independent of each other, and fresh on each call."""
    seen = observe(probes.init_draws, matches=0.1)
    count = seen["different draws"]
    expect(count > 3900, expected="different numbers on each call", got=f"{count} different values in 4,000 calls")
    kurtosis = seen["excess kurtosis"]
    expect(
        -0.26 < kurtosis < 0.32,
        expected="normal numbers: an excess kurtosis of 0, give or take 0.3",
        got=f"an excess kurtosis of {kurtosis:.2f} (uniform numbers have -1.2, Laplace's 3)",
    )
    largest = seen["largest"]
    expect(
        largest > 0.031,
        expected="normal numbers, a few of them beyond three standard deviations",
        got=f"no number of 12,000 beyond {largest:.3g}",
    )
    correlation = seen["largest correlation"]
    expect(
        correlation < 0.095,
        expected="entries that are independent of each other",
        got=f"a correlation of {correlation:.2g} between two entries",
    )


@pytest.mark.points(0.5)
@pytest.mark.rests_on("Draws from torch's global generator, so that torch.manual_seed makes it repeatable")
def test_global_generator(compare, probes):
    """It draws from torch's global generator, so torch.manual_seed decides the numbers."""
    compare(probes.init_seeded)
