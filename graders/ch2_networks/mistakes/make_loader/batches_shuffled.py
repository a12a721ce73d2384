"""Whole batches shuffled.

The batches come in a random order, but the same samples always share a batch. Shuffle the samples.
"""

FAILS = ("samples_change_batches",)


class WholeBatches(torch.utils.data.Sampler):
    def __init__(self, count, size):
        self.blocks = [list(range(i, min(i + size, count))) for i in range(0, count, size)]

    def __iter__(self):
        for place in torch.randperm(len(self.blocks)).tolist():
            yield self.blocks[place]

    def __len__(self):
        return len(self.blocks)


def make_loader(dataset, batch_size, train):
    if train:
        return DataLoader(dataset, batch_sampler=WholeBatches(len(dataset), batch_size))
    return DataLoader(dataset, batch_size=batch_size)
