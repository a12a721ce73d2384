"""Labels as tensors.

Each label is a tensor. A label of the data set is an int; the DataLoader makes a tensor of a whole batch of them.
"""

FAILS = ("split",)


def load_cifar10(root, train, download=False):
    return datasets.CIFAR10(
        root, train=train, transform=make_transform(train), target_transform=torch.tensor, download=download
    )
