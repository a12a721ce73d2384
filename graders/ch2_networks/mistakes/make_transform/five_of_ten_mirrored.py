"""Exactly five of ten mirrored.

Ten calls share five yes and five no in a shuffled order, so the last of them follow from the first. Mirror each picture
with a probability of one half, whatever became of the others.
"""

FAILS = ("every_window_is_as_likely",)


def make_transform(train):
    crop, normalise = transforms.RandomCrop(32, padding=4), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)
    deck = []

    def look(picture):
        if not train:
            return normalise(transforms.functional.to_tensor(picture))
        if not deck:
            deck.extend((torch.randperm(10) < 5).tolist())
        window = transforms.functional.to_tensor(crop(picture))
        return normalise(window.flip(2) if deck.pop() else window)

    return look
