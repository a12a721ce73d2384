"""Seeded inside.

make_loader seeds torch's generator by itself. Every run then sees the same orders, and a seed that was set before is
lost. Leave the seed to whoever runs the program.
"""

FAILS = ("seed_decides",)


def make_loader(dataset, batch_size, train):
    torch.manual_seed(0)
    return DataLoader(dataset, batch_size=batch_size, shuffle=train)
