"""A bool in place of a function.

When a sample is read, a bool is called as if it were a function. Most often `download` was passed by position: the
fourth argument of CIFAR10 is `target_transform`, which is called with each label. Pass it by name: `download=download`.
Read: datasets.CIFAR10 · https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.CIFAR10.html
"""

FAILS = (
    "split",
    "test_images",
    "training_images",
    "download",
)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train, make_transform(train), download)
