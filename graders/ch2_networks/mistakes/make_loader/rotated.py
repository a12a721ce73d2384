"""The first order, rotated.

The samples are shuffled once. Every later pass begins one sample further on in that order, so the neighbours stay the
same. Each pass must draw an order that has nothing to do with those before.
"""

FAILS = ("training",)


class Rotated(torch.utils.data.Sampler):
    def __init__(self, dataset):
        self.order = torch.randperm(len(dataset))

    def __iter__(self):
        self.order = self.order.roll(-1)
        return iter(self.order.tolist())

    def __len__(self):
        return len(self.order)


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, sampler=Rotated(dataset) if train else None)
