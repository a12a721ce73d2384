"""A window that drifts.

The window moves by at most one pixel from where the last picture's was. In the long run each place is equally likely,
but a picture's window follows from the one before. Every call must draw its place afresh.
"""

FAILS = ("every_window_is_as_likely",)


def make_transform(train):
    normalise = transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)
    place = torch.randint(9, (2,))

    def look(picture):
        nonlocal place
        x = transforms.functional.to_tensor(picture)
        if train:
            place = (place + torch.randint(-1, 2, (2,))) % 9
            top, left = place.tolist()
            x = F.pad(x, (4, 4, 4, 4))[:, top : top + 32, left : left + 32]
            x = x.flip(2) if torch.rand(()) < 0.5 else x
        return normalise(x)

    return look
