"""Turned round on each pass.

The samples are shuffled once, and every second pass goes through the same order from back to front. Each pass must draw
an order that has nothing to do with those before.
"""

FAILS = ("training",)


class TurnedRound(torch.utils.data.Sampler):
    def __init__(self, dataset):
        self.order = torch.randperm(len(dataset))

    def __iter__(self):
        self.order = self.order.flip(0)
        return iter(self.order.tolist())

    def __len__(self):
        return len(self.order)


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, sampler=TurnedRound(dataset) if train else None)
