"""With samplers in place of shuffle."""


def make_loader(dataset, batch_size, train):
    kind = torch.utils.data.RandomSampler if train else torch.utils.data.SequentialSampler
    return DataLoader(dataset, batch_size, sampler=kind(dataset))
