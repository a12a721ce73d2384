"""Downloads only if the files are not there yet."""


def load_cifar10(root, train, download=False):
    options = {"root": root, "train": train, "transform": make_transform(train)}
    try:
        return datasets.CIFAR10(**options)
    except RuntimeError:
        if not download:
            raise
        return datasets.CIFAR10(**options, download=True)
