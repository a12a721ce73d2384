"""A generator of its own.

The loader shuffles by a generator with a fixed seed, so `torch.manual_seed` has no effect, and every run of the program
sees the same orders. Leave the generator out, and torch's own is used.
Read: torch.utils.data.DataLoader · https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

FAILS = ("seed_decides",)


def make_loader(dataset, batch_size, train):
    return DataLoader(dataset, batch_size, shuffle=train, generator=torch.Generator().manual_seed(0))
