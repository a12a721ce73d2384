"""Arguments by position, the transform set afterwards."""


def load_cifar10(root, train, download=False):
    dataset = datasets.CIFAR10(root, train, download=download)
    dataset.transform = make_transform(train)
    return dataset
