"""Picked from a list.

The entries are picked at random from a thousand fixed numbers. The numbers have the right distribution, but there are
no others. `torch.randn` draws new ones each time.
"""

FAILS = ("independent",)

NUMBERS = torch.special.ndtri(torch.linspace(0.0005, 0.9995, 1000)) * 0.01


def init_parameters():
    return NUMBERS[torch.randint(0, 1000, (2, 1))], NUMBERS[torch.randint(0, 1000, (1,))]
