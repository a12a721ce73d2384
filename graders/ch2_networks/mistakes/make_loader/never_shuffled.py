"""Never shuffled.

In training the samples come in the same order each time. The network then sees the same neighbours in the same batches,
and sorted data ruin the training.
Read: DataLoader · https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

FAILS = ("training",)


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size)
