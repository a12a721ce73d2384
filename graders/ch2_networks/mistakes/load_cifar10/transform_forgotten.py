"""Without a transform.

The items are PIL images: no transform was passed to the data set. Everyone who uses it would have to convert them to
tensors.
"""

FAILS = (
    "test_images",
    "training_images",
)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=train, download=download)
