"""One number for all entries.

The two weights and the bias are the same random number. Each entry should be drawn on its own.
"""

FAILS = ("independent",)


def init_parameters():
    number = torch.randn(1) * 0.01
    return number.repeat(2, 1), number
