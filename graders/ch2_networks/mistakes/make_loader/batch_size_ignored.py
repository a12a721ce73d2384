"""Batch size ignored.

Each batch holds one sample. The batch size does not reach the DataLoader.
"""

FAILS = ("testing", "batches")


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, shuffle=train)
