"""A class; numpy for the arithmetic, torch for the draws."""

import numpy as np
from PIL import ImageOps


class Look:
    def __init__(self, augment):
        self.augment = augment

    def __call__(self, image):
        if self.augment:
            image = ImageOps.expand(image, border=4, fill=(0, 0, 0))
            top, left, mirrored = (int(torch.randint(n, (1,))) for n in (9, 9, 2))
            image = image.crop((left, top, left + 32, top + 32))
            if mirrored:
                image = ImageOps.mirror(image)
        pixels = np.asarray(image, dtype=np.float64) / 255.0
        pixels = (pixels - np.array(CIFAR10_MEAN)) / np.array(CIFAR10_STD)
        return torch.from_numpy(pixels.transpose(2, 0, 1).astype("float32"))


def make_transform(train):
    return Look(train)
