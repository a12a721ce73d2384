"""One size for all entries.

The entries of a call differ in their sign only. The signs are drawn on their own, but the size is drawn just once.
"""

FAILS = ("independent",)


def init_parameters():
    signs = torch.randint(0, 2, (3,)) * 2 - 1
    weights_and_bias = torch.randn(1) * 0.01 * signs
    return weights_and_bias[:2].reshape(2, 1), weights_and_bias[2:]
