import math

import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("Linear")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.rests_on("y = x Wᵀ + b", "Return x Wᵀ + b", "left unchanged", "Nothing is shared")
def test_values(compare, probes):
    """Linear computes x times the transposed weight, plus the bias, and leaves x unchanged."""
    compare(probes.linear_values)
    compare(probes.linear_values, shape=(6, 5), inputs=5, outputs=2)
    compare(probes.linear_side_by_side)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the contract promises any number of dimensions before the last")
@pytest.mark.rests_on(
    "any number of leading dimensions",
    "need not be contiguous",
    "in_features, out_features: length of the last dimension before and after",
    "returns (..., out_features)",
)
def test_any_leading_shape(compare, probes):
    """Linear maps the last dimension and keeps every dimension before it."""
    compare(probes.linear_values, shape=(4,))
    compare(probes.linear_values, shape=(2, 5, 4))
    compare(probes.linear_values, shape=(3, 1, 2, 4))
    compare(probes.linear_values, inputs=1, outputs=1, shape=(1, 1))
    compare(probes.linear_strided)


@pytest.mark.points(0.5)
@pytest.mark.kept("the contract's bias=False, which no other check asks for by itself")
@pytest.mark.rests_on("or None with `bias=False`", "hold the weight alone")
def test_without_bias(compare, probes):
    """With bias=False the bias is None, and nothing is added."""
    compare(probes.linear_without_bias)


@pytest.mark.points(0.5)
@pytest.mark.kept("a clearer message: it says that a gradient is cut")
@pytest.mark.rests_on("Gradients flow back through them: to the input, and to every parameter that was used")
def test_gradients(compare, probes):
    """Gradients reach the weight, the bias and the input."""
    compare(probes.linear_gradients)
    compare(probes.linear_gradients, shape=(4,))


@pytest.mark.points(0.5)
@pytest.mark.kept("its message says what is missing where plain tensors were used")
@pytest.mark.rests_on(
    "weight: nn.Parameter (out_features, in_features)", "bias: nn.Parameter (out_features,)", "in torch's default dtype"
)
def test_parameters(compare, probes):
    """Its parameters are weight (out, in) and bias (out,), both registered and requiring grad."""
    compare(probes.linear_parameters, calls=1)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.chance(5e-8)
@pytest.mark.rests_on("Both start uniform on ±1/√in_features", "has a draw of its own")
def test_uniform_start(observe, probes):
    """Weight and bias start uniform on ±1/√in_features.

    The empirical distribution of n uniform numbers is within t of the true one, except with a chance of 2·exp(−2nt²)
    (Dvoretzky, Kiefer and Wolfowitz, with Massart's constant). t = √(10/n) makes that 2·exp(−20) = 4.2e-9 for each of
    the six tensors checked. On an interval of length 2, a quantile is then within 2t of its place. The chance that none
    of n numbers is in the outermost 20/n of the interval, at one end, is less than exp(−20) = 2.1e-9.
    """
    outputs = 4000
    for inputs in (16, 3):
        got = observe(probes.linear_start, inputs=inputs, outputs=outputs, matches=0.1)
        _expect_uniform("weight", got["weight"], inputs * outputs)
        _expect_uniform("bias", got["bias"], outputs)
        _expect_uniform("weight with bias=False", got["weight with bias=False"], inputs * outputs)
        for name in ("weights", "biases"):
            expect(
                got[f"{name} are all drawn"], expected=f"a draw for each of the {name}", got="many of them are equal"
            )
        repeated = got["share of biases that are among the weights"]
        expect(
            repeated <= 0.1,
            expected="a draw for each of the biases",
            got=f"{repeated:.0%} of them are numbers of the weight",
        )


def _expect_uniform(name: str, quantiles: torch.Tensor, count: int) -> None:
    """Fail the check unless these are the quantiles of a uniform distribution on [−1, 1]."""
    wanted = torch.linspace(-1, 1, 21, dtype=torch.float64)
    expected = f"{name}: uniform from -1/√in_features to 1/√in_features"
    expect(quantiles.shape == wanted.shape, expected=expected, got=f"a tensor of shape {tuple(quantiles.shape)}")
    low, high = float(quantiles[0]), float(quantiles[-1])
    span = f"numbers from {low:.3f}/√in_features to {high:.3f}/√in_features"
    expect(-1 - 1e-6 <= low <= high <= 1 + 1e-6, expected=expected, got=f"{name}: {span}")
    ends = 1 - 2 * 20 / count
    expect(low <= -ends and high >= ends, expected=expected, got=f"{name}: {span}")
    worst = float((quantiles - wanted).abs().max())
    allowed = 2 * math.sqrt(10 / count) + 2 / count
    expect(worst <= allowed, expected=expected, got=f"{name}: {span}, not spread evenly over that interval")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("drawn from torch's global generator")
def test_starts_anew(compare, probes):
    """Each layer starts with fresh numbers from torch's generator, which torch.manual_seed makes repeatable."""
    compare(probes.linear_seeded)


@pytest.mark.points(0.5)
@pytest.mark.rests_on("The state_dict loads into nn.Linear, and that of nn.Linear into this layer")
def test_state_dict(compare, probes):
    """Its state_dict loads into nn.Linear, and vice versa."""
    compare(probes.linear_state_dict)
    compare(probes.linear_state_dict, bias=False)


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "any floating dtype, float16 and bfloat16 included", "of the parameters' dtype", "same dtype and device"
)
def test_floating_dtypes(compare, probes):
    """It works in float32, float16 and bfloat16 too, with and without a bias."""
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.linear_values, dtype=dtype, shape=(5, 4))
        compare(probes.linear_without_bias, dtype=dtype)


@pytest.mark.points(0.25)
@pytest.mark.rests_on("on any device", "on their device")
def test_placement(recompare, probes):
    """It works on the device of its parameters and its input."""
    recompare(device="cuda", without=(probes.linear_start, probes.linear_seeded, probes.linear_parameters))
