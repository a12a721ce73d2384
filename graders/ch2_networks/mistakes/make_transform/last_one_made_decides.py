"""The last one made decides.

What the function does was kept outside of it, where the next call of make_transform overwrites it. After
make_transform(True), a transform made for testing is random too. Each function must remember its own `train`.
"""

FAILS = ("testing",)

SETTINGS = {"train": False}


def make_transform(train):
    SETTINGS["train"] = train
    augment = transforms.Compose([transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()])
    finish = transforms.Compose([transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)])
    return lambda picture: finish(augment(picture) if SETTINGS["train"] else picture)
