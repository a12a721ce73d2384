"""The same batches again.

The samples are shuffled once; after that only whole batches change places. So the same samples share a batch on every
pass. Shuffle the samples on each pass.
"""

FAILS = ("samples_change_batches",)


class SameBatches(torch.utils.data.Sampler):
    def __init__(self, count, size):
        self.batches = [part.tolist() for part in torch.randperm(count).split(size)]

    def __iter__(self):
        for place in torch.randperm(len(self.batches)).tolist():
            yield self.batches[place]

    def __len__(self):
        return len(self.batches)


def make_loader(dataset, batch_size, train):
    if train:
        return DataLoader(dataset, batch_sampler=SameBatches(len(dataset), batch_size))
    return DataLoader(dataset, batch_size=batch_size)
