"""Batches of indices, drawn from torch's generator by name."""

from torch.utils.data import BatchSampler, RandomSampler


def make_loader(dataset, batch_size, train):
    if not train:
        return DataLoader(dataset, batch_size)
    order = RandomSampler(dataset, generator=torch.default_generator)
    return DataLoader(dataset, batch_sampler=BatchSampler(order, batch_size, drop_last=False))
