"""The tails are cut off.

No entry is further than three standard deviations from 0. A normal distribution has no such limit: about one number in
370 is further out.
"""

FAILS = ("distribution",)


def init_parameters():
    return 0.01 * torch.randn(2, 1).clamp(-3, 3), 0.01 * torch.randn(1).clamp(-3, 3)
