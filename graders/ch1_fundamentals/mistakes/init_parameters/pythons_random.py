"""Not drawn by torch.

The numbers are normal, but they do not come from torch's generator: `torch.manual_seed` does not reach them, and a run
cannot be repeated. Most often they come from Python's `random` or from numpy. Draw with torch.
Read: torch.manual_seed · https://docs.pytorch.org/docs/stable/generated/torch.manual_seed.html
"""

import random

FAILS = ("global_generator",)


def init_parameters():
    def draw():
        return random.gauss(0.0, 0.01)

    return torch.tensor([[draw()], [draw()]]), torch.tensor([draw()])
