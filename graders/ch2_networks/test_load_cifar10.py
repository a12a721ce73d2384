import pytest

pytestmark = pytest.mark.exercise("load_cifar10")


@pytest.mark.public
@pytest.mark.points(0.75)
def test_split(compare, probes):
    """load_cifar10 returns torchvision's CIFAR10 for the split asked for."""
    compare(probes.cifar_split, train=True)
    compare(probes.cifar_split, train=False)


@pytest.mark.public
@pytest.mark.points(0.5)
def test_test_images(compare, probes):
    """Test images come through make_transform(False)."""
    compare(probes.cifar_test_items)


@pytest.mark.points(0.5)
@pytest.mark.chance(1e-18)
def test_training_images(compare, probes):
    """Training images come through make_transform(True), afresh each time.

    The chance that 24 versions are all alike is at most two in 81²³.
    """
    compare(probes.cifar_train_items)


@pytest.mark.points(0.25)
def test_download(compare, probes):
    """Nothing is downloaded unless download=True."""
    compare(probes.cifar_download)
