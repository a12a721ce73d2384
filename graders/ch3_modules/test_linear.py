import math

import pytest
import torch
from torch import Tensor

from torchdojo.grading import expect
from torchdojo.grading.independence import find_pattern

pytestmark = pytest.mark.exercise("Linear")


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case: its message says what is wrong in general")
@pytest.mark.hint("Set the weight and the bias to numbers that you can multiply in your head, and compare y.")
@pytest.mark.rests_on("y = x Wᵀ + b", "Return x Wᵀ + b", "left unchanged", "Nothing is shared")
def test_values(compare, probes):
    """Linear computes x times the transposed weight, plus the bias, and leaves x unchanged."""
    compare(probes.linear_values)
    compare(probes.linear_values, shape=(6, 5), inputs=5, outputs=2)
    compare(probes.linear_side_by_side)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the contract promises any number of dimensions before the last")
@pytest.mark.hint("Print the shape of the result for inputs of shape (4,), (2, 4) and (2, 5, 4).")
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
def test_parameters(compare, probes, drawn):
    """Its parameters are weight (out, in) and bias (out,), both registered and requiring grad."""
    compare(probes.linear_parameters, inputs=drawn.integer(2, 50), outputs=drawn.integer(2, 50), calls=1)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.chance(5e-8)
@pytest.mark.hint(
    "Make a `Linear(16, 4000)`, and print the smallest and the largest number of its weight and of its bias."
)
@pytest.mark.rests_on("Both start uniform on ±1/√in_features", "has a draw of its own")
def test_uniform_start(observe, probes, drawn):
    """Weight and bias start uniform on ±1/√in_features, with a draw for each number.

    The empirical distribution of n uniform numbers is within t of the true one, except with a chance of 2·exp(−2nt²)
    (Dvoretzky, Kiefer and Wolfowitz, with Massart's constant). t = √(10/n) makes that 2·exp(−20) = 4.2e-9 for each of
    the six tensors checked. The chance that none of n numbers is in the outermost 20/n of the interval, at one end, is
    less than exp(−20) = 2.1e-9. The two distributions are closer than 0.2/√n with a chance of 5e-13 (Kolmogorov's
    limit). `find_pattern` finds one with a chance of at most 1e-8, for each of two layers.

    In float32 there are 2²⁴ numbers to draw from: of 30,000, hardly one in five hundred occurs before, negated or not.
    """
    for low, high in ((5, 10), (2, 5)):
        inputs, outputs = drawn.integer(low, high), drawn.integer(1000, 1400)
        got = observe(probes.linear_start, inputs=inputs, outputs=outputs, matches=1e-4)
        shapes = (outputs, inputs), (outputs,), (outputs, inputs)
        numbers = []
        for (name, values), shape in zip(got.items(), shapes, strict=True):
            is_whole = values.shape == shape and values.dtype == torch.float32
            expect(is_whole, expected=f"{name}: shape {shape}", got=f"shape {tuple(values.shape)}")
            numbers.append(values.double().flatten() * math.sqrt(inputs))
            expect_uniform(name, numbers[-1])
        expect_independent(torch.cat(numbers))


OWN_DRAWS = "a draw of its own for each number of weight and bias, and for each layer"


def expect_few_repeats(where: str, numbers: Tensor) -> None:
    """Fail the check if more of the numbers are equal, up to sign, than happens by chance."""
    repeated = 1 - len(numbers.abs().unique()) / len(numbers)
    expect(
        repeated <= 0.02,
        expected=OWN_DRAWS,
        got=f"{repeated:.0%} of the numbers {where}repeat an earlier one, up to sign",
    )


def expect_uniform(name: str, numbers: Tensor) -> None:
    """Fail the check unless these can be draws from the uniform distribution on [−1, 1]."""
    expected = f"{name}: uniform from -1/√in_features to 1/√in_features"
    low, high, count = float(numbers.min()), float(numbers.max()), len(numbers)
    got = f"{name}: numbers from {low:.3f}/√in_features to {high:.3f}/√in_features"
    expect(low < high, expected=expected, got=f"{name}: all numbers are {low:.3g}{'/√in_features' if low else ''}")
    expect_few_repeats(f"of {name} ", numbers)
    expect(-1 - 1e-6 <= low <= high <= 1 + 1e-6, expected=expected, got=got)
    ends = 1 - 2 * 20 / count
    expect(low <= -ends and high >= ends, expected=expected, got=got)
    below = (numbers.sort().values + 1) / 2
    ranks = torch.arange(count + 1, dtype=torch.float64) / count
    distance = float(torch.maximum(ranks[1:] - below, below - ranks[:-1]).max())
    allowed = math.sqrt(10 / count) + 1e-6
    expect(distance <= allowed, expected=expected, got=f"{got}, not spread evenly over that interval")
    is_drawn = distance >= 0.2 / math.sqrt(count)
    expect(is_drawn, expected=expected, got=f"{got}, spread more evenly than random draws would be")


def expect_independent(numbers: Tensor) -> None:
    """Fail the check unless these can be independent draws from [−1, 1]: of a weight, a bias, and another weight."""
    expect_few_repeats("", numbers)
    pattern = find_pattern(numbers[:, None], torch.ones(1, dtype=torch.float64), width=2.0)
    if pattern is not None:
        expect(False, expected=OWN_DRAWS, got=f"numbers that depend on those {pattern.lag} places before")


@pytest.mark.points(0.25)
@pytest.mark.rests_on("drawn from torch's global generator")
def test_starts_anew(observe, probes, drawn):
    """Each layer starts with fresh numbers from torch's generator, which torch.manual_seed makes repeatable."""
    inputs, outputs = drawn.integer(3, 50), drawn.integer(3, 50)
    layers = observe(probes.linear_seeded, inputs=inputs, outputs=outputs, matches=1e-6)
    count = (inputs + 1) * outputs
    for name, numbers in layers.items():
        is_whole = numbers.shape == (count,) and bool(numbers.isfinite().all())
        expect(is_whole, expected=f"{name}: {count} numbers", got=f"shape {tuple(numbers.shape)}")
    first, second, again, other = layers.values()
    expect(torch.equal(first, again), expected="the same numbers after the same seed", got="other numbers")
    for name, numbers in (("after another seed", other), ("in the next layer", second)):
        parts = (first != numbers).split([inputs * outputs, outputs])
        is_new = all(bool(part.any()) for part in parts)
        expect(is_new, expected=f"other numbers {name}", got="the same weight or bias")


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


@pytest.mark.guessable
@pytest.mark.points(0.25)
@pytest.mark.rests_on("on any device", "on their device")
def test_placement(recompare, probes):
    """It works on the device of its parameters and its input."""
    recompare(device="cuda", without=(probes.linear_start, probes.linear_seeded, probes.linear_parameters))
