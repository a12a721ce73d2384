"""Positive numbers only.

All numbers lie between 0 and 0.01, each as likely as any other. That is what `torch.rand` gives, scaled by 0.01. Normal
numbers have both signs, and most of them are near 0: `torch.randn` draws them.
Read: torch.randn · https://docs.pytorch.org/docs/stable/generated/torch.randn.html
"""

FAILS = ("distribution",)


def init_parameters():
    return torch.rand(2, 1) * 0.01, torch.rand(1) * 0.01
