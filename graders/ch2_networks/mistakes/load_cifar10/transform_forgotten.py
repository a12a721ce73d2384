"""Without a transform.

The items are PIL images: no transform was handed to the data set. Then every use would have to turn them into
tensors itself.
"""

FAILS = (
    "test_images",
    "training_images",
)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=train, download=download)
