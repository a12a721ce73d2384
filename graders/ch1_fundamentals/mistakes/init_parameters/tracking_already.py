"""Tracking gradients already.

The parameters require grad when they are returned. Here they should not yet: whoever trains them asks for it. A
tensor that tracks gradients cannot be changed in place freely, and everything computed with it is recorded.
"""

FAILS = ("form",)


def init_parameters():
    return (torch.randn(2, 1) * 0.01).requires_grad_(), (torch.randn(1) * 0.01).requires_grad_()
