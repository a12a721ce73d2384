"""Mirrored in turns.

Every second picture is mirrored. That is half of them, but nothing about it is random: the same pictures of the data
set may be mirrored on every pass.
"""

FAILS = ("random", "every_window_is_as_likely")


def make_transform(train):
    crop, normalise = transforms.RandomCrop(32, padding=4), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)
    calls = 0

    def look(picture):
        nonlocal calls
        if not train:
            return normalise(transforms.functional.to_tensor(picture))
        calls += 1
        window = transforms.functional.to_tensor(crop(picture))
        return normalise(window.flip(2) if calls % 2 else window)

    return look
