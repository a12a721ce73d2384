"""Only near samples change places.

The samples are shuffled within a buffer of 100. If the data are sorted, the batches still are: the first hold the first
class. Shuffle all samples at once.
"""

FAILS = ("samples_change_batches",)


class Nearby(torch.utils.data.Sampler):
    def __init__(self, dataset):
        self.count = len(dataset)

    def __iter__(self):
        waiting = []
        for index in range(self.count):
            waiting.append(index)
            if len(waiting) == 100:
                yield waiting.pop(int(torch.randint(100, ())))
        for place in torch.randperm(len(waiting)).tolist():
            yield waiting[place]

    def __len__(self):
        return self.count


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, sampler=Nearby(dataset) if train else None)
