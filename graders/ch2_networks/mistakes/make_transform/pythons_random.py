"""Drawn with Python's random.

The window and the mirror come from Python's `random` (or numpy), so `torch.manual_seed` does not reach them, and all
workers of a DataLoader may draw the same numbers. torchvision's transforms, and torch.randint, draw from torch's
generator.
Read: torch.randint · https://docs.pytorch.org/docs/stable/generated/torch.randint.html
"""

import random

FAILS = ("seed_decides",)


def make_transform(train):
    normal = transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)

    def look(picture):
        x = transforms.functional.to_tensor(picture)
        if train:
            top, left = random.randint(0, 8), random.randint(0, 8)
            x = F.pad(x, (4, 4, 4, 4))[:, top : top + 32, left : left + 32]
            x = x.flip(2) if random.random() < 0.5 else x
        return normal(x)

    return look
