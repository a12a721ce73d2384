"""Two worker processes load the samples."""


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, shuffle=train, num_workers=2)
