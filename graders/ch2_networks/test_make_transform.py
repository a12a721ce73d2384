import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("make_transform")

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
STD = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)


@pytest.mark.public
@pytest.mark.points(1.25)
def test_testing(compare, probes):
    """For testing a picture becomes a float32 (3, 32, 32), normalised by CIFAR-10's mean and std; nothing is random."""
    compare(probes.transform_test)


@pytest.mark.public
@pytest.mark.points(0.75)
def test_training(observe, probes):
    """For training a 32×32 window of the picture with its black border comes out, mirrored or not."""
    for number, tensor in enumerate(observe(probes.transform_train)["tensors"]):
        expect(
            tensor.shape == (3, 32, 32) and tensor.dtype == torch.float32,
            expected="tensors of shape (3, 32, 32), float32",
            got=f"shape {tuple(tensor.shape)}, {tensor.dtype}",
        )
        worst = min(float((tensor - known).abs().max()) for known in windows())
        expect(
            worst < 1e-4,
            expected="one of the 2 · 81 windows of the picture with a black border of 4, then normalised",
            got=f"picture {number + 1} of 24 is none of them (the nearest is {worst:.3g} off)",
        )


def windows() -> list[torch.Tensor]:
    """Return the 162 right answers for the picture that the probe shows."""
    if not _WINDOWS:
        rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
        picture = torch.stack([7 * (rows + 1), 7 * (columns + 1), torch.full_like(rows, 255)]).float() / 255
        wide = torch.nn.functional.pad(picture, (4,) * 4)
        cut = [wide[:, i : i + 32, j : j + 32] for i in range(9) for j in range(9)]
        _WINDOWS.extend((window - MEAN) / STD for one in cut for window in (one, one.flip(2)))
    return _WINDOWS


_WINDOWS: list[torch.Tensor] = []


@pytest.mark.points(0.75)
@pytest.mark.chance(3e-7)
def test_every_window_is_as_likely(observe, probes):
    """For training every window is as likely as the others, and mirrored half of the time.

    n = 2,500 draws. Each share of p = 1/9 (rows, columns) lies more than 0.04 off with a chance of at most
    exp(−n · KL(p + 0.04, p)) + exp(−n · KL(p − 0.04, p)) = 1e-8 (Chernoff), 18 times; mirrored is 0.06 off with
    2·exp(−2n · 0.06²) = 3e-8 at most (Hoeffding). Of the 162 combinations 162 · (1 − 1/162)ⁿ = 3e-5 are missed in the
    mean; that six are has a chance below 1e-20.
    """
    got = observe(probes.transform_places, matches=0.1)
    values, counts = got["values"].double(), got["counts"].double()
    known = values.dim() == 2 and values.shape[1] == 4 and counts.shape == (len(values),)
    expect(known and counts.sum() == 2500, expected="at most 400 different results in 2,500", got="more than that")
    red = values[:, 0] * float(STD[0]) + float(MEAN[0])
    green = values[:, 2:] * float(STD[1]) + float(MEAN[1])
    rows = (red * 255 / 7 - 1).round().long() - 16
    columns = (green * 255 / 7 - 1).round().long()
    mirrored = columns[:, 0] > columns[:, 1]
    shifts = torch.where(mirrored, columns[:, 0] - 15, columns[:, 0] - 16)
    for words, places in (("rows", rows), ("columns", shifts)):
        for shift in range(-4, 5):
            share = float(counts[places == shift].sum()) / 2500
            message = f"the window moved by {shift:+d} {words} in 1/9 of the cases, give or take 0.04"
            expect(abs(share - 1 / 9) <= 0.04, expected=message, got=f"in {share:.3f} of them")
    share = float(counts[mirrored].sum()) / 2500
    expect(abs(share - 0.5) <= 0.06, expected="mirrored in half of the cases, give or take 0.06", got=f"in {share:.3f}")
    seen = len({(int(a), int(b), bool(c)) for a, b, c in zip(rows, shifts, mirrored, strict=True)})
    expect(seen > 156, expected="nearly all of the 162 combinations in 2,500 draws", got=f"{seen} of them")


@pytest.mark.points(0.25)
@pytest.mark.chance(1e-18)
def test_seed_decides(compare, probes):
    """What is random comes from torch's global generator.

    Two runs of 24 draws from 162 possibilities are equal by chance once in 162²⁴.
    """
    compare(probes.transform_seeded)
