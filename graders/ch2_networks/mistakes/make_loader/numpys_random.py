"""Drawn with numpy.

The order comes from numpy's (or Python's) random numbers, so `torch.manual_seed` does not reach it. DataLoader's own
shuffling draws from torch's generator; so does torch.randperm.
"""

import numpy as np

FAILS = ("seed_decides",)


class Shuffled(torch.utils.data.Sampler):
    def __init__(self, dataset):
        self.count = len(dataset)

    def __iter__(self):
        return iter(np.random.permutation(self.count).tolist())

    def __len__(self):
        return self.count


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, sampler=Shuffled(dataset) if train else None)
