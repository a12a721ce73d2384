"""A different transform from make_transform's.

The training images are random, but not in the way that make_transform(True) says. Write the transform once, and use it
here.
"""

FAILS = ("training_images",)


def load_cifar10(root, train, download=False):
    look = make_transform(False)
    if train:
        look = transforms.Compose([transforms.RandomHorizontalFlip(), look])
    return datasets.CIFAR10(root, train=train, transform=look, download=download)
