"""The tensor first, then the random steps, then normalised."""


def make_transform(train):
    normalise = transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)
    if not train:
        return transforms.Compose([transforms.ToTensor(), normalise])
    return transforms.Compose(
        [
            transforms.ToTensor(),
            transforms.RandomHorizontalFlip(),
            transforms.Pad(4),
            transforms.RandomCrop(32),
            normalise,
        ]
    )
