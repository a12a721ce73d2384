"""Uniform, not normal.

The numbers have an edge that they never pass: they are drawn from a uniform distribution. `torch.rand` is uniform,
`torch.randn` is normal.
Read: torch.randn · https://docs.pytorch.org/docs/stable/generated/torch.randn.html
"""

FAILS = ("distribution",)


def init_parameters():
    edge = 0.01 * 3**0.5
    return (2 * torch.rand(2, 1) - 1) * edge, (2 * torch.rand(1) - 1) * edge
