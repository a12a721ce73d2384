"""The last batch dropped.

The last, smaller batch is missing, in training or in testing. Its samples count like the others.
Read: DataLoader, drop_last · https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

FAILS = ("testing", "batches")


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, shuffle=train, drop_last=True)
