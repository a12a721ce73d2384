import pytest

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("DropLayer")

# Checks on 64 forward passes in training need both a kept and a dropped layer among them. With survival_prob 0.625 or
# 0.375 all 64 go the same way with a chance of 0.625⁶⁴ + 0.375⁶⁴ < 9e-14, and 48 of them with a chance of < 2e-10.


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(2e-9)
@pytest.mark.kept("the plain case in training: its message says what was added instead")
@pytest.mark.rests_on(
    "Return x + layer(x), or x, or x + survival_prob · layer(x)",
    "With probability survival_prob the result is x + layer(x)",
    "otherwise the result is x",
    "whatever mode the layer is in",
)
def test_training(compare, probes):
    """In training, DropLayer returns either x + layer(x) or x, and nothing else."""
    compare(probes.drop_shares)
    compare(probes.drop_shares, survival_prob=0.375)
    compare(probes.drop_shares, mode="training again")
    compare(probes.drop_shares, mode="training, the layer in evaluation by itself")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.kept("the plain case in evaluation: its message says what was added instead")
@pytest.mark.rests_on(
    "Evaluation: x + survival_prob · layer(x), every time",
    "The mode is that of the DropLayer itself",
    "Nothing is shared",
)
def test_evaluation(compare, probes):
    """In evaluation, DropLayer returns x + survival_prob · layer(x), every time."""
    compare(probes.drop_shares, mode="evaluation", forwards=16)
    compare(probes.drop_shares, mode="evaluation", survival_prob=0.25, forwards=16)
    compare(probes.drop_shares, mode="evaluation, the layer in training by itself", forwards=16)
    compare(probes.drop_side_by_side)


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.kept("its message tells a draw per sample from a layer that is computed in vain")
@pytest.mark.rests_on("decides for the whole batch")
def test_one_draw_for_the_batch(compare, probes):
    """In training, one draw decides for the whole batch."""
    compare(probes.drop_batches)
    compare(probes.drop_batches, shape=(4, 3, 2, 2))


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-12)
@pytest.mark.rests_on("and the layer is called once", "and the layer is not called")
def test_dropped_is_not_called(compare, probes):
    """A dropped layer is not called; a kept one is called once."""
    compare(probes.drop_calls)


@pytest.mark.points(0.75)
@pytest.mark.chance(5e-7)
@pytest.mark.rests_on(
    "survival_prob: probability of keeping the layer in a training forward",
    "each forward makes its own",
    "depends on no other draw",
    "$p = 1$ is an ordinary residual layer; with $p = 0$ the layer is never used",
)
def test_survival_rate(compare, observe, probes):
    """In training, each draw keeps the layer with probability survival_prob: never with 0, always with 1.

    How often it is kept is binomial. The share of 1600 draws at 0.9 is more than 0.04 off with a chance of 1.7e-7, and
    that of 2800 draws at 0.2 with 1.3e-7: both are exact sums over the tails of the binomial distribution. At 0.5,
    whether two draws agree is a fair draw again: by Hoeffding's inequality, the share of 599 or more is over 0.12 off
    with a chance of at most 2·exp(−2 · 599 · 0.12²) = 6.4e-8, twice.
    """
    for survival_prob, forwards in ((0.9, 1600), (0.2, 2800)):
        kept = observe(probes.drop_rate, survival_prob=survival_prob, forwards=forwards, matches=0.1)["share kept"]
        expect(
            abs(kept - survival_prob) <= 0.04 + 1e-9,
            expected=f"kept in {survival_prob:.0%} of {forwards} forward passes, give or take 4 %",
            got=f"kept in {kept:.1%}",
        )
    for share, agreement in observe(probes.drop_agreement, matches=0.2).items():
        expect(
            abs(agreement - 0.5) <= 0.12,
            expected=f"{share}: 50 %, give or take 12 %, because each draw is independent",
            got=f"{agreement:.1%}",
        )
    for survival_prob in (0.0, 1.0):
        compare(probes.drop_rate, survival_prob=survival_prob, forwards=200)


@pytest.mark.points(0.5)
@pytest.mark.chance(3e-13)
@pytest.mark.rests_on("Gradients flow back through them: to the input, and to every parameter that was used")
def test_gradients(compare, probes):
    """Gradients reach x along both paths, and the layer's parameters when it is kept."""
    compare(probes.drop_gradients, mode="training, when kept")
    compare(probes.drop_gradients, mode="training, when dropped")
    compare(probes.drop_gradients)


@pytest.mark.points(0.5)
@pytest.mark.chance(2e-12)
@pytest.mark.kept("real layers bring convolutions and narrow dtypes, and rely on an unchanged x")
@pytest.mark.rests_on(
    "layer: any module that keeps the shape of its input",
    "even another `DropLayer`",
    "x: any shape that the layer takes, any floating dtype",
    "it is left unchanged",
    "returns x's shape, dtype and device",
)
def test_any_layer(compare, probes):
    """It works with any layer, shape and floating dtype, and leaves x unchanged."""
    compare(probes.drop_values)
    compare(probes.drop_values, kind="conv", shape=(2, 3, 5, 4))
    compare(probes.drop_values, shape=(4,))
    for dtype in ("float32", "float16", "bfloat16"):
        compare(probes.drop_values, dtype=dtype)
    compare(probes.drop_nested)


@pytest.mark.points(0.25)
@pytest.mark.kept("a clearer message: it says that the layer is not registered")
@pytest.mark.rests_on("it is registered here, itself and not a copy")
def test_layer_is_a_part(compare, probes):
    """The layer is registered: parameters(), state_dict() and train() reach it."""
    compare(probes.drop_registered, calls=1)


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-18)
@pytest.mark.rests_on("one draw from torch's global generator")
def test_seed_decides(compare, probes):
    """The draws come from torch's global generator.

    Two patterns of 64 fair draws are equal with a chance of one in 2⁶⁴.
    """
    compare(probes.drop_seeded)


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "a float or int in [0, 1]", "the constructor raises ValueError for anything outside, NaN included"
)
def test_out_of_range(rejects, probes):
    """A survival_prob outside [0, 1], or NaN, is refused with a ValueError; 0 and 1 are legal."""
    rejects(probes.drop_out_of_range)
    rejects(probes.drop_out_of_range, first=-0.5)


@pytest.mark.public
@pytest.mark.points(0.25)
@pytest.mark.chance(2e-9)
@pytest.mark.rests_on("on the layer's device", "on any device")
def test_placement(recompare):
    """DropLayer works on the device of its input."""
    recompare(device="cuda")
