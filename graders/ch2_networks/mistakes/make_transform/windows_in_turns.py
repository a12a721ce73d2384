"""Windows in turns.

The window moves on by one place at each call, through all 81 places and round again. Each comes equally often, but
nothing about it is random. Every call must draw its place afresh.
"""

FAILS = ("random", "every_window_is_as_likely")


def make_transform(train):
    normalise = transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)
    calls = int(torch.randint(81, ()))

    def look(picture):
        nonlocal calls
        x = transforms.functional.to_tensor(picture)
        if train:
            calls += 1
            top, left = divmod(calls % 81, 9)
            x = F.pad(x, (4, 4, 4, 4))[:, top : top + 32, left : left + 32]
            x = x.flip(2) if torch.rand(()) < 0.5 else x
        return normalise(x)

    return look
