import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("make_transform")

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
STD = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)


@pytest.mark.public
@pytest.mark.points(1.25)
@pytest.mark.rests_on(
    "False for nothing random",
    "RGB PIL image of 32×32 → float32 (3, 32, 32), normalised with CIFAR10_MEAN and CIFAR10_STD",
    "what a function is given, it leaves as it was",
)
def test_testing(compare, probes):
    """For testing, it returns a float32 (3, 32, 32), normalised by CIFAR-10's mean and std; nothing is random."""
    compare(probes.transform_test)


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.rests_on("4 black pixels on each side, a random 32×32 window", "both steps come before normalising")
def test_training(observe, probes):
    """For training, the result is a 32×32 window of the picture with its black border, mirrored or not."""
    got = observe(probes.transform_train)
    expect(got["the picture is unchanged"], expected="the picture as it was before", got="a changed picture")
    for number, tensor in enumerate(got["tensors"]):
        expect(
            tensor.shape == (3, 32, 32) and tensor.dtype == torch.float32,
            expected="tensors of shape (3, 32, 32), float32",
            got=f"shape {tuple(tensor.shape)}, {tensor.dtype}",
        )
        nearest = min(float((tensor - window).abs().max()) for window in windows())
        expect(
            nearest < 1e-4,
            expected="one of the 2 · 81 windows of the picture with a black border of 4, then normalised",
            got=f"picture {number + 1} of 24 is none of them (the nearest is {nearest:.3g} off)",
        )


def windows() -> list[torch.Tensor]:
    """Return the 162 possible results for the picture that the probe uses."""
    if not _WINDOWS:
        rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
        picture = torch.stack([7 * (rows + 1), 7 * (columns + 1), torch.full_like(rows, 255)]).float() / 255
        padded = torch.nn.functional.pad(picture, (4,) * 4)
        crops = [padded[:, i : i + 32, j : j + 32] for i in range(9) for j in range(9)]
        _WINDOWS.extend((window - MEAN) / STD for crop in crops for window in (crop, crop.flip(2)))
    return _WINDOWS


_WINDOWS: list[torch.Tensor] = []


@pytest.mark.points(0.75)
@pytest.mark.chance(9e-7)
@pytest.mark.rests_on(
    "each of the 81 equally likely, and mirrored half of the time; every call draws afresh",
)
def test_every_window_is_as_likely(observe, probes):
    """For training, every window is equally likely on each call, and mirrored half of the time.

    n = 4,000 draws. Each share of p = 1/9 (rows, columns) is more than 0.03 off with a chance of at most
    exp(−n · KL(p + 0.03, p)) + exp(−n · KL(p − 0.03, p)) = 4.5e-8 (Chernoff), 18 times. The share of mirrored pictures
    is more than 0.05 off with a chance of at most 2·exp(−2n · 0.05²) = 4e-9 (Hoeffding); so is the share of pictures
    that are mirrored or not like the one before. Of the 162 combinations, on average 162 · (1 − 1/162)ⁿ = 3e-9 are
    missed. On average 24.7 results equal the one before; the chance that at most 2 do, or more than 80, is 6e-9
    (Poisson).
    """
    got = observe(probes.transform_places, matches=0.1, varies=("values", "counts"))
    values, counts = got["values"].double(), got["counts"].double()
    well_formed = values.dim() == 2 and values.shape[1] == 4 and counts.shape == (len(values),)
    expect(
        well_formed and counts.sum() == 4000, expected="at most 400 different results in 4,000", got="more than that"
    )
    red = values[:, 0] * float(STD[0]) + float(MEAN[0])
    green = values[:, 2:] * float(STD[1]) + float(MEAN[1])
    rows = (red * 255 / 7 - 1).round().long() - 16
    columns = (green * 255 / 7 - 1).round().long()
    mirrored = columns[:, 0] > columns[:, 1]
    shifts = torch.where(mirrored, columns[:, 0] - 15, columns[:, 0] - 16)
    for axis, moves in (("rows", rows), ("columns", shifts)):
        for shift in range(-4, 5):
            share = float(counts[moves == shift].sum()) / 4000
            expected = f"the window moved by {shift:+d} {axis} in 1/9 of the cases, give or take 0.03"
            expect(abs(share - 1 / 9) <= 0.03, expected=expected, got=f"in {share:.3f} of them")
    share = float(counts[mirrored].sum()) / 4000
    expect(abs(share - 0.5) <= 0.05, expected="mirrored in half of the cases, give or take 0.05", got=f"in {share:.3f}")
    combinations = len({(int(a), int(b), bool(c)) for a, b, c in zip(rows, shifts, mirrored, strict=True)})
    expect(combinations > 156, expected="nearly all 162 combinations in 4,000 draws", got=f"{combinations} of them")
    repeated = got["like the one before"]
    expect(3 <= repeated <= 80, expected="about 25 of 4,000 results equal to the one before", got=f"{repeated} of them")
    alike = got["mirrored or not like the one before"] / 3999
    expected = "half of the pictures mirrored or not like the one before, give or take 0.05"
    expect(abs(alike - 0.5) <= 0.05, expected=expected, got=f"{alike:.3f} of them")


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-18)
@pytest.mark.rests_on("from torch's global generator, so that torch.manual_seed makes it repeatable")
def test_seed_decides(compare, probes):
    """All randomness comes from torch's global generator.

    Two runs of 24 draws from 162 possibilities are equal with a chance of one in 162²⁴.
    """
    compare(probes.transform_seeded)
