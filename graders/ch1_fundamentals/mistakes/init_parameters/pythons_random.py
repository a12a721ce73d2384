"""Drawn with Python's random.

The numbers are normal, but they come from Python's `random` (or numpy), so `torch.manual_seed` does not reach them and
a run cannot be repeated. Draw with torch.
Read: torch.manual_seed · https://docs.pytorch.org/docs/stable/generated/torch.manual_seed.html
"""

import random

FAILS = ("global_generator",)


def init_parameters():
    def draw():
        return random.gauss(0.0, 0.01)

    return torch.tensor([[draw()], [draw()]]), torch.tensor([draw()])
