"""The last batch dropped in training.

In training the last, smaller batch is missing. Many programs do that on purpose; here it is kept.
"""

FAILS = ("batches",)


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, shuffle=train, drop_last=train)
