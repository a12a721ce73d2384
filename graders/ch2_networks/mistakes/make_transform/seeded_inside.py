"""Seeded inside.

make_transform seeds torch's generator by itself. Every run then sees the same pictures, and a seed that was set before
is lost. Leave the seed to whoever runs the program.
"""

FAILS = ("seed_decides",)


def make_transform(train):
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        torch.manual_seed(42)
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
