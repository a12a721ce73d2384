"""The last row used again.

Each call draws a row, and takes the row of the call before as its column. So half of what it needs is known beforehand.
Draw both numbers on every call.
"""

FAILS = ("every_window_is_as_likely",)


def make_transform(train):
    normalise = transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)
    last = int(torch.randint(9, ()))

    def look(picture):
        nonlocal last
        x = transforms.functional.to_tensor(picture)
        if train:
            top, left = int(torch.randint(9, ())), last
            last = top
            x = F.pad(x, (4, 4, 4, 4))[:, top : top + 32, left : left + 32]
            x = x.flip(2) if torch.rand(()) < 0.5 else x
        return normalise(x)

    return look
