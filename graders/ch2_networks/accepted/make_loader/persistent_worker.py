"""A worker process that stays for the next pass."""


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size=batch_size, shuffle=train, num_workers=1, persistent_workers=True)
