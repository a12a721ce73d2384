import pytest
import torch

from torchdojo.grading import expect

pytestmark = pytest.mark.exercise("load_cifar10")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.rests_on(
    "pairs: a datasets.CIFAR10, or a subclass of it",
    "int label",
    "root: the folder that holds, or is to hold, cifar-10-batches-py",
    "True for the 50,000 training images, False for the 10,000 test images",
    "False downloads nothing",
)
@pytest.mark.hint("Look at what you hand to datasets.CIFAR10: does each of your arguments reach it?")
def test_split(compare, probes):
    """load_cifar10 returns torchvision's CIFAR10 for the split asked for; by default it downloads nothing."""
    compare(probes.cifar_splits)


@pytest.mark.public
@pytest.mark.core
@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "root: str | Path", "Each split gets the transform that belongs to it.", "with make_transform(train)"
)
@pytest.mark.hint("Print dataset[0] of the test split twice. Is it a tensor, and is it the same both times?")
def test_test_images(compare, probes):
    """Test images come through make_transform(False)."""
    compare(probes.cifar_test_items)


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-9)
@pytest.mark.rests_on("with make_transform(train)", "a random version at each visit")
@pytest.mark.hint("Print dataset[0] of the training split twice. What should differ?")
def test_training_images(observe, probes, drawn):
    """Training images come through make_transform(True), afresh each time.

    Of 32 versions all are mirrored, or none is, with a chance of 2⁻³¹ = 5e-10. That they show at most 8 of the 81
    windows has a chance below C(81, 8) · (8/81)³² = 3e-22.
    """
    codes = drawn.permutation(256).tolist()
    rows, columns = codes[:32], codes[32:64]
    images = observe(probes.cifar_train_items, matches=1e-4, rows=tuple(rows), columns=tuple(columns))["first image"]
    possible, places = windows(rows, columns), set()
    for image in images:
        gaps = (image - possible).abs().amax(dim=(1, 2, 3))
        nearest = float(gaps.min())
        expected = "what make_transform(True) can give for this image"
        got = f"a different tensor: even the most similar of these differs by {nearest:.3g} in some value"
        expect(nearest < 1e-4, expected=expected, got=got)
        places.add(int(gaps.argmin()))
    mirrored = sum(place >= 81 for place in places)
    expect(0 < mirrored < len(places), expected="some versions mirrored and some not", got="all of them alike")
    moved = len({place % 81 for place in places})
    expect(
        moved > 8,
        expected="a window that moves from visit to visit",
        got=f"only {moved} of the 81 windows in 32 visits",
    )


def windows(rows, columns) -> torch.Tensor:
    """Return the 162 tensors that make_transform(True) can give: the windows as they are, then mirrored."""
    parts = torch.tensor(rows).view(32, 1), torch.tensor(columns), torch.tensor(255)
    padded = torch.nn.functional.pad(torch.stack(torch.broadcast_tensors(*parts)) / 255, (4,) * 4)
    crops = torch.stack([padded[:, i : i + 32, j : j + 32] for i in range(9) for j in range(9)])
    mean, std = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])
    return (torch.cat([crops, crops.flip(3)]) - mean.view(3, 1, 1)) / std.view(3, 1, 1)


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "True downloads files that are missing", "False downloads nothing, and missing files are a RuntimeError"
)
@pytest.mark.hint("torchvision looks for the files by itself, and reports what is missing. What is left for you to do?")
def test_download(compare, probes):
    """Files are downloaded only with download=True; otherwise missing files are a RuntimeError."""
    compare(probes.cifar_download)
    compare(probes.cifar_download, missing="some")
