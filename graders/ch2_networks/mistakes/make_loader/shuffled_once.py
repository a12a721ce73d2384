"""Shuffled once and for all.

The order is random, but the same on every pass. It was drawn when the loader was made. It must be drawn afresh on each
pass.
"""

FAILS = ("training",)


def make_loader(dataset, batch_size, train):
    if train:
        dataset = torch.utils.data.Subset(dataset, torch.randperm(len(dataset)).tolist())
    return DataLoader(dataset, batch_size=batch_size)
