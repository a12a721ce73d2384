"""make_transform passed without calling it.

In place of an image there is a function: what makes transforms was passed as the transform. `make_transform` returns
the transform, so it must be called: `make_transform(train)`.
"""

FAILS = (
    "test_images",
    "training_images",
)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=train, transform=make_transform, download=download)
