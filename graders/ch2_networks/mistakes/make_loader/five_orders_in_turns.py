"""Five orders in turns.

Five orders are drawn when the loader is made, and the passes use them in turns: from the sixth pass on nothing is
random. Each pass must draw an order of its own.
"""

FAILS = ("samples_change_batches",)


class InTurns(torch.utils.data.Sampler):
    def __init__(self, dataset):
        self.orders = [torch.randperm(len(dataset)).tolist() for _ in range(5)]

    def __iter__(self):
        self.orders.append(self.orders.pop(0))
        return iter(self.orders[-1])

    def __len__(self):
        return len(self.orders[0])


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, sampler=InTurns(dataset) if train else None)
