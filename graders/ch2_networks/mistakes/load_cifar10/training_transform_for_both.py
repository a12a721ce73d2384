"""The training transform in testing.

Test images are cropped and mirrored at random: the transform is made for training in both cases.
"""

FAILS = ("test_images",)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(root, train=train, transform=make_transform(True), download=download)
