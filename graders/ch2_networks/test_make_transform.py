from itertools import product

import pytest
import torch

from torchdojo.grading import expect
from torchdojo.grading.independence import find_deck

pytestmark = pytest.mark.exercise("make_transform")

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
STD = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)


@pytest.fixture
def codes(drawn):
    """The bytes that say in which row, and in which column, a pixel of the picture is."""
    numbers = drawn.permutation(256).tolist()
    return {"rows": tuple(numbers[:32]), "columns": tuple(numbers[32:64])}


@pytest.mark.public
@pytest.mark.points(1)
@pytest.mark.rests_on(
    "False for nothing random",
    "RGB PIL image of 32×32 → float32 (3, 32, 32), normalised with CIFAR10_MEAN and CIFAR10_STD",
    "what a function is given, it leaves as it was",
)
@pytest.mark.hint(
    "Two steps are enough here: one makes a tensor of the picture, the other one normalises it. Look at both once more."
)
def test_testing(compare, probes):
    """For testing, it returns a float32 (3, 32, 32), normalised by CIFAR-10's mean and std; nothing is random."""
    compare(probes.transform_test)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on("4 black pixels on each side, a random 32×32 window", "both steps come before normalising")
@pytest.mark.hint(
    "Show a result as a picture: is it a window of the bordered picture, black where the border is? Mind which "
    "step comes last."
)
def test_training(observe, probes, codes):
    """For training, the result is a 32×32 window of the picture with its black border, mirrored or not."""
    got = observe(probes.transform_train, matches=1e-4, **codes)
    expect(got["picture unchanged"], expected="the picture as it was before", got="a changed picture")
    possible = windows(**codes)
    for number, tensor in enumerate(got["results"]):
        expect(
            tensor.shape == (3, 32, 32) and tensor.dtype == torch.float32,
            expected="tensors of shape (3, 32, 32), float32",
            got=f"shape {tuple(tensor.shape)}, {tensor.dtype}",
        )
        nearest = float((tensor - possible).abs().amax(dim=(1, 2, 3)).min())
        expect(
            nearest < 1e-4,
            expected="one of the 2 · 81 windows of the picture with a black border of 4, then normalised",
            got=f"result {number + 1} of 24 is not one of them: even the most similar one differs by {nearest:.3g} in "
            "some value",
        )


def windows(rows, columns) -> torch.Tensor:
    """Return the 162 possible results for the picture that the probe uses."""
    parts = torch.tensor(rows).view(32, 1), torch.tensor(columns), torch.tensor(255)
    padded = torch.nn.functional.pad(torch.stack(torch.broadcast_tensors(*parts)) / 255, (4,) * 4)
    crops = torch.stack([padded[:, i : i + 32, j : j + 32] for i in range(9) for j in range(9)])
    return (torch.cat([crops, crops.flip(3)]) - MEAN) / STD


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.chance(1e-10)
@pytest.mark.kept("the point of the exercise, apart from how likely each window is")
@pytest.mark.rests_on("a random 32×32 window", "mirrored half of the time", "independently of the calls before")
@pytest.mark.hint("Call it twenty times with one picture. What changes from one call to the next, and what never does?")
def test_random(observe, probes, codes):
    """For training, the window moves up, down and to the sides, and some pictures are mirrored, at random.

    Of 128 pictures all are mirrored, or none is, with a chance of 2⁻¹²⁷. That their windows begin in at most 4 of the 9
    rows has a chance below C(9, 4) · (4/9)¹²⁸ = 1e-43; so for columns. The share of pictures mirrored like one up to 9
    calls before is more than 0.35 off with a chance of 2·exp(−2 · 119 · 0.35²) = 4e-13 (Hoeffding), 27 times; that of a
    step of the window more than 0.5, with one below e⁻⁸⁰ (Chernoff).
    """
    tops, lefts, mirrored = find_places(observe(probes.transform_places, matches=1e-4, **codes, count=128), **codes)
    for what, starts in (("row", tops), ("column", lefts)):
        count = len(starts.unique())
        where = f"{count} of them" if count > 1 else f"the same {what}"
        expected = f"windows that begin in most of the 9 {what}s"
        expect(count > 4, expected=expected, got=f"128 windows that begin in {where}")
    share = int(mirrored.sum())
    expect(0 < share < 128, expected="some pictures mirrored and some not", got=f"{share} of 128 are mirrored")
    expect_independent_calls(tops, lefts, mirrored, lags=9, steps_off=0.5, share_off=0.35)


def find_places(got, rows, columns) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the row and the column, 0 to 8, where each window begins, and whether it is mirrored.

    However a transform normalises, black and white tell what became of the bytes. The check fails where one of them
    is not a window.
    """
    black, white = got["pixels of black and of white"].double()[:, :, :1]
    scaled = (got["pixels near the centre"].double() - black) / (white - black)
    seen = (scaled * 255).round().nan_to_num(-1.0, -1.0, -1.0)
    seen = seen.where((seen >= 0) & (seen <= 255), 256.0).long()
    places = torch.full((2, 257), -100)
    places[0, list(rows)] = places[1, list(columns)] = torch.arange(32)
    column, next_column = places[1, seen[:, 1, 0]], places[1, seen[:, 1, 1]]
    mirrored = column > next_column
    tops, lefts = places[0, seen[:, 0, 0]] - 12, column - torch.where(mirrored, 11, 12)
    fits = (tops >= 0) & (tops <= 8) & (lefts >= 0) & (lefts <= 8) & ((column - next_column).abs() == 1)
    expect(
        bool(fits.all()),
        expected="windows of the picture with a border of 4, mirrored or not",
        got=f"something else in {int((~fits).sum())} of {len(fits)} cases",
    )
    return tops, lefts, mirrored


@pytest.mark.points(0.75)
@pytest.mark.chance(2e-8)
@pytest.mark.rests_on(
    "each of the 81 equally likely, and mirrored half of the time",
    "every call draws afresh, independently of the calls before",
)
@pytest.mark.hint(
    "A border of 4 gives 9 places downwards and 9 across, each as likely as the next, however the last call went."
)
def test_every_window_is_as_likely(observe, probes, codes):
    """For training, every window is equally likely on each call, and mirrored half of the time.

    The shares of n = 1,500 draws are binomial, and these are sums over their tails. Each share of 1/9 (rows, columns)
    is more than 0.06 off with a chance of 2.4e-12, 18 times; that of 2/9, of windows at either end, more than 0.065
    with one of 2.5e-9, twice; that of mirrored pictures, more than 0.075 with one of 6e-9. Of the 162 results 0.015 are
    missed on average, at least 6 with a chance of 2e-14; 9.3 equal the one before, more than 40 with one of 2e-14
    (Poisson). 40 results in a row all differ with a chance of 0.0052; in more than 12 of the 37 blocks of 40, with one
    below 1e-20. Where rounding halves the share at both ends, it is within 0.065 of 2/9 with a chance of 1.4e-4 for
    rows, and for columns.
    """
    tops, lefts, mirrored = find_places(observe(probes.transform_places, matches=1e-4, **codes, count=1500), **codes)
    for axis, starts in (("rows", tops), ("columns", lefts)):
        for shift in range(-4, 5):
            share = float((starts == shift + 4).double().mean())
            expected = f"the window moved by {shift:+d} {axis} in 11% of the calls (5 to 17%)"
            expect(abs(share - 1 / 9) <= 0.06, expected=expected, got=f"in {share:.1%} of the calls")
        share = float((starts % 8 == 0).double().mean())
        expected = f"the window moved by -4 or +4 {axis} in 22% of the calls (16 to 29%)"
        expect(abs(share - 2 / 9) <= 0.065, expected=expected, got=f"in {share:.1%} of the calls")
    share = float(mirrored.double().mean())
    expected = "pictures mirrored in half of the calls (42 to 58%)"
    expect(abs(share - 0.5) <= 0.075, expected=expected, got=f"in {share:.1%} of the calls")
    expect_all_results(18 * tops + 2 * lefts + mirrored)
    expect_independent_calls(tops, lefts, mirrored, lags=32, steps_off=0.06, share_off=0.09)
    for what, happened, size in (
        ("mirrored", mirrored, 2),
        ("in the top row", tops == 0, 9),
        ("in the left column", lefts == 0, 9),
    ):
        expect_no_deck(what, happened, size)


def expect_all_results(results: torch.Tensor) -> None:
    """Fail the check unless all results occur, and occur again as often as by chance. results: numbered (1500,)."""
    count = len(results.unique())
    expect(count > 156, expected="nearly all 162 possible results in 1,500 calls", got=f"only {count} of them")
    repeated = int((results[1:] == results[:-1]).sum())
    expect(repeated <= 40, expected="about 9 of 1,500 results equal to the one before", got=f"{repeated} of them")
    blocks = results[: len(results) // 40 * 40].view(-1, 40).sort(dim=1).values
    unrepeated = int((blocks[:, 1:] != blocks[:, :-1]).all(dim=1).sum())
    expect(
        unrepeated <= 12,
        expected="some result twice in nearly each of 37 blocks of 40 calls",
        got=f"40 different results in {unrepeated} of them, as from a shuffled deck",
    )


def expect_independent_calls(
    tops: torch.Tensor, lefts: torch.Tensor, mirrored: torch.Tensor, *, lags: int, steps_off: float, share_off: float
) -> None:
    """Fail the check where something follows from an earlier call, up to `lags` calls back.

    Differences of independent places, modulo 9, are independent and uniform, so the bounds for shares of 1/9 hold for
    them, too; so is whether a picture is mirrored compared with any earlier bit. In the 1,500 calls that is a chance
    below 32 · (4 · 9 · 3.1e-12 + 3 · 4.1e-12) = 4e-9.
    """
    places = {"row": tops, "column": lefts}
    bits = {"was mirrored": mirrored, "began in an odd row": tops % 2 == 1, "began in an odd column": lefts % 2 == 1}
    agree = f"{0.5 - share_off:.0%} to {0.5 + share_off:.0%} of the calls"
    for lag in range(1, lags + 1):
        ago = f"{lag} calls before" if lag > 1 else "one call before"
        for (one, later), (other, earlier) in product(places.items(), repeat=2):
            steps = ((later[lag:] - earlier[:-lag]) % 9).bincount(minlength=9) / len(later[lag:])
            expect(
                float((steps - 1 / 9).abs().max()) <= steps_off,
                expected=f"a {one} that is independent of the {other} {ago}",
                got=f"the same step from one to the other, modulo 9, in {float(steps.max()):.1%} of the calls, not 11%",
            )
        for name, earlier in bits.items():
            share = float((mirrored[lag:] == earlier[:-lag]).double().mean())
            expect(
                abs(share - 0.5) <= share_off,
                expected=f"mirroring that is independent of whether the picture {ago} {name}: alike in {agree}",
                got=f"alike in {share:.1%} of the calls",
            )


def expect_no_deck(what: str, happened: torch.Tensor, size: int) -> None:
    """Fail the check where calls are dealt from a shuffled deck: then each block of calls holds the same number.

    One in `size` calls is a hit. In blocks of 2 calls, half hold one hit; longer blocks hold their expected number less
    often. The chance that more than 80 % do, for some length of up to 64 and some first call, is below 3e-9, an exact
    sum over the tails.
    """
    deck = find_deck(happened, size, longest=64, share=0.8)
    if deck is not None:
        times = f"{deck.length // size} times in {deck.share:.0%} of the blocks of {deck.length} calls"
        expected = f"{what} by chance, so not equally often in every {deck.length} calls"
        expect(False, expected=expected, got=f"{times}, as from a shuffled deck")


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-18)
@pytest.mark.rests_on("from torch's global generator, so that torch.manual_seed makes it repeatable")
@pytest.mark.hint("Where do the random numbers come from, and who sets the seed?")
def test_seed_decides(observe, probes, codes):
    """All randomness comes from torch's global generator.

    Two runs of 24 draws from 162 possibilities are equal with a chance of one in 162²⁴.
    """
    places = torch.stack(find_places(observe(probes.transform_seeded, matches=1e-4, **codes), **codes)).view(
        3, 2, 3, 24
    )
    for number, when in enumerate(("before", "after")):
        once, again, other = places[:, number].unbind(1)
        name = f"seed, with a transform that was made {when} torch.manual_seed"
        expect(torch.equal(once, again), expected=f"the same pictures after the same {name}", got="different pictures")
        expected = f"different pictures after a different {name}"
        expect(not torch.equal(once, other), expected=expected, got="the same pictures")
