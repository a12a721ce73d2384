import pytest

pytestmark = pytest.mark.exercise("load_cifar10")


@pytest.mark.public
@pytest.mark.points(0.75)
@pytest.mark.rests_on(
    "pairs: a datasets.CIFAR10, or a subclass of it",
    "int label",
    "root: the folder that holds, or is to hold, cifar-10-batches-py",
    "True for the 50,000 training images, False for the 10,000 test images",
)
def test_split(compare, probes):
    """load_cifar10 returns torchvision's CIFAR10 for the split asked for."""
    compare(probes.cifar_splits)


@pytest.mark.public
@pytest.mark.points(0.5)
@pytest.mark.rests_on(
    "root: str | Path", "Each split gets the transform that belongs to it.", "with make_transform(train)"
)
def test_test_images(compare, probes):
    """Test images come through make_transform(False)."""
    compare(probes.cifar_test_items)


@pytest.mark.points(0.5)
@pytest.mark.chance(3e-7)
@pytest.mark.rests_on("with make_transform(train)", "a random version at each visit")
def test_training_images(compare, probes):
    """Training images come through make_transform(True), afresh each time.

    Of 24 versions all are mirrored, or none is, with a chance of 2⁻²³ = 1.2e-7, in each of two calls. That they show at
    most 8 of the 81 windows has a chance below C(81, 8) · (8/81)²⁴ = 3e-14.
    """
    compare(probes.cifar_train_items)


@pytest.mark.points(0.25)
@pytest.mark.rests_on(
    "True downloads files that are missing", "False downloads nothing, and missing files are a RuntimeError"
)
def test_download(compare, probes):
    """Files are downloaded only with download=True; otherwise missing files are a RuntimeError."""
    compare(probes.cifar_download)
    compare(probes.cifar_download, missing="some")
