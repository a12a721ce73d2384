"""Dealt from a shuffled deck.

All 162 results are shuffled and dealt one by one; then they are shuffled again. So each comes exactly once in 162
calls: what the last calls gave, the next ones cannot. Every call must draw afresh.
"""

FAILS = ("every_window_is_as_likely",)


def make_transform(train):
    normalise = transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)
    deck = []

    def look(picture):
        x = transforms.functional.to_tensor(picture)
        if train:
            if not deck:
                deck.extend(torch.randperm(162).tolist())
            card = deck.pop()
            top, left = divmod(card % 81, 9)
            x = F.pad(x, (4, 4, 4, 4))[:, top : top + 32, left : left + 32]
            x = x.flip(2) if card >= 81 else x
        return normalise(x)

    return look
