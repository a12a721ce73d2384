"""A last batch of one dropped.

For training, a last batch that holds a single sample is left out. The text says that the last batch may be smaller,
and that it is kept.
"""

FAILS = ("batches",)


def make_loader(dataset: Dataset, batch_size: int, train: bool) -> DataLoader:
    is_alone = train and batch_size > 1 and len(dataset) % batch_size == 1
    return DataLoader(dataset, batch_size=batch_size, shuffle=train, drop_last=is_alone)
