"""Places rounded.

A random number between 0 and 8 was rounded to a whole one. Then the first and the last place come half as often as the
others: only numbers below 0.5 become 0. `torch.randint(0, 9, …)` gives each of the nine places the same chance.
"""

FAILS = ("every_window_is_as_likely",)


def make_transform(train):
    normalise = transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)

    def look(picture):
        x = transforms.functional.to_tensor(picture)
        if train:
            i, j = (torch.rand(2) * 8).round().int().tolist()
            x = F.pad(x, (4, 4, 4, 4))[:, i : i + 32, j : j + 32]
            if torch.rand(1) < 0.5:
                x = x.flip(2)
        return normalise(x)

    return look
