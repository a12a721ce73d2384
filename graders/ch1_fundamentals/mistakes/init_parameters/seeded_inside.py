"""The same numbers on every call.

Every call returns the same numbers, whatever seed was set before it. Most often `torch.manual_seed` is called inside:
that also resets the generator for the rest of the program. Leave the seed to whoever runs the program, and only draw.
Read: torch.manual_seed · https://docs.pytorch.org/docs/stable/generated/torch.manual_seed.html
"""

FAILS = ("independent", "global_generator")


def init_parameters():
    torch.manual_seed(0)
    return torch.randn(2, 1) * 0.01, torch.randn(1) * 0.01
