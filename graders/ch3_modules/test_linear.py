import math

import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("Linear")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
def test_values(compare, probes):
    """Linear computes x times the transposed weight, plus the bias, and leaves x unchanged."""
    compare(probes.linear_values)
    compare(probes.linear_values, shape=(6, 5), inputs=5, outputs=2)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the contract promises any number of dimensions before the last")
def test_any_leading_shape(compare, probes):
    """Linear maps the last dimension and keeps every dimension before it."""
    compare(probes.linear_values, shape=(4,))
    compare(probes.linear_values, shape=(2, 5, 4))
    compare(probes.linear_values, shape=(3, 1, 2, 4))
    compare(probes.linear_values, inputs=1, outputs=1, shape=(1, 1))
    compare(probes.linear_strided)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract's bias=False, which no other check asks for by itself")
def test_without_bias(compare, probes):
    """With bias=False the bias is None, and nothing is added."""
    compare(probes.linear_without_bias)


@pytest.mark.points(0.5)
def test_gradients(compare, probes):
    """Gradients reach the weight, the bias and the input."""
    compare(probes.linear_gradients)
    compare(probes.linear_gradients, shape=(4,))


@pytest.mark.points(0.5)
@pytest.mark.kept("its message says what is missing where plain tensors were used")
def test_parameters(compare, probes):
    """Its parameters are weight (out, in) and bias (out,), both registered and requiring grad."""
    compare(probes.linear_parameters, calls=1)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.chance(2e-8)
def test_uniform_start(observe, probes):
    """Weight and bias start uniform on ±1/√in_features.

    The empirical distribution of n uniform numbers is within t of the true one, except with a chance of 2·exp(−2nt²)
    (Dvoretzky, Kiefer and Wolfowitz, with Massart's constant). t = √(10/n) makes that 2·exp(−20) = 4.2e-9 for each of
    the four tensors checked. On an interval of length 2, a quantile is then within 2t of its place.
    """
    outputs = 4000
    for inputs in (16, 3):
        got = observe(probes.linear_start, inputs=inputs, outputs=outputs, matches=0.1)
        _expect_uniform("weight", got["weight"], inputs * outputs)
        _expect_uniform("bias", got["bias"], outputs)
        for name in ("weights", "biases"):
            expect(
                got[f"{name} are all drawn"], expected=f"a draw for each of the {name}", got="many of them are equal"
            )


def _expect_uniform(name: str, quantiles: torch.Tensor, count: int) -> None:
    """Fail the check unless these are the quantiles of a uniform distribution on [−1, 1]."""
    wanted = torch.linspace(-1, 1, 21, dtype=torch.float64)
    expected = f"{name}: uniform from -1/√in_features to 1/√in_features"
    expect(quantiles.shape == wanted.shape, expected=expected, got=f"a tensor of shape {tuple(quantiles.shape)}")
    low, high = float(quantiles[0]), float(quantiles[-1])
    span = f"numbers from {low:.3f}/√in_features to {high:.3f}/√in_features"
    expect(-1 - 1e-6 <= low <= high <= 1 + 1e-6, expected=expected, got=f"{name}: {span}")
    worst = float((quantiles - wanted).abs().max())
    allowed = 2 * math.sqrt(10 / count) + 2 / count
    expect(worst <= allowed, expected=expected, got=f"{name}: {span}, not spread evenly over that interval")


@pytest.mark.points(0.25)
def test_starts_anew(compare, probes):
    """Each layer starts with fresh numbers, and torch.manual_seed makes them repeatable."""
    compare(probes.linear_seeded)


@pytest.mark.points(0.5)
def test_state_dict(compare, probes):
    """Its state_dict loads into nn.Linear, and vice versa."""
    compare(probes.linear_state_dict)
    compare(probes.linear_state_dict, bias=False)


@pytest.mark.points(0.25)
def test_floating_dtypes(compare, probes):
    """It works in float32 and in bfloat16 too."""
    compare(probes.linear_values, dtype="float32", shape=(5, 4))
    compare(probes.linear_values, dtype="bfloat16", shape=(5, 4))


@pytest.mark.points(0.25)
def test_placement(compare, probes):
    """It works on the device of its parameters and its input."""
    compare(probes.linear_values, device="cuda")
