"""The same steps written once more, drawn in another order."""


def load_cifar10(root, train, download=False):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [transforms.RandomHorizontalFlip(0.5), transforms.Pad(4), transforms.RandomCrop(32)] + steps
    return datasets.CIFAR10(str(root), transform=transforms.Compose(steps), train=train, download=download)
