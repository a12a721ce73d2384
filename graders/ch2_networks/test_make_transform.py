import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("make_transform")

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
STD = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)


@pytest.mark.public
@pytest.mark.points(1.25)
def test_testing(compare, probes):
    """For testing, it returns a float32 (3, 32, 32), normalised by CIFAR-10's mean and std; nothing is random."""
    compare(probes.transform_test)


@pytest.mark.public
@pytest.mark.points(0.75)
def test_training(observe, probes):
    """For training, the result is a 32×32 window of the picture with its black border, mirrored or not."""
    for number, tensor in enumerate(observe(probes.transform_train)["tensors"]):
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
@pytest.mark.chance(3e-7)
def test_every_window_is_as_likely(observe, probes):
    """For training, every window is equally likely, and mirrored half of the time.

    n = 2,500 draws. Each share of p = 1/9 (rows, columns) is more than 0.04 off with a chance of at most
    exp(−n · KL(p + 0.04, p)) + exp(−n · KL(p − 0.04, p)) = 1e-8 (Chernoff), 18 times; the share of mirrored pictures is
    more than 0.06 off with a chance of at most 2·exp(−2n · 0.06²) = 3e-8 (Hoeffding). Of the 162 combinations, on
    average 162 · (1 − 1/162)ⁿ = 3e-5 are missed; the chance that six are is below 1e-20.
    """
    got = observe(probes.transform_places, matches=0.1)
    values, counts = got["values"].double(), got["counts"].double()
    well_formed = values.dim() == 2 and values.shape[1] == 4 and counts.shape == (len(values),)
    expect(
        well_formed and counts.sum() == 2500, expected="at most 400 different results in 2,500", got="more than that"
    )
    red = values[:, 0] * float(STD[0]) + float(MEAN[0])
    green = values[:, 2:] * float(STD[1]) + float(MEAN[1])
    rows = (red * 255 / 7 - 1).round().long() - 16
    columns = (green * 255 / 7 - 1).round().long()
    mirrored = columns[:, 0] > columns[:, 1]
    shifts = torch.where(mirrored, columns[:, 0] - 15, columns[:, 0] - 16)
    for axis, moves in (("rows", rows), ("columns", shifts)):
        for shift in range(-4, 5):
            share = float(counts[moves == shift].sum()) / 2500
            expected = f"the window moved by {shift:+d} {axis} in 1/9 of the cases, give or take 0.04"
            expect(abs(share - 1 / 9) <= 0.04, expected=expected, got=f"in {share:.3f} of them")
    share = float(counts[mirrored].sum()) / 2500
    expect(abs(share - 0.5) <= 0.06, expected="mirrored in half of the cases, give or take 0.06", got=f"in {share:.3f}")
    combinations = len({(int(a), int(b), bool(c)) for a, b, c in zip(rows, shifts, mirrored, strict=True)})
    expect(combinations > 156, expected="nearly all 162 combinations in 2,500 draws", got=f"{combinations} of them")


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-18)
def test_seed_decides(compare, probes):
    """All randomness comes from torch's global generator.

    Two runs of 24 draws from 162 possibilities are equal with a chance of one in 162²⁴.
    """
    compare(probes.transform_seeded)
