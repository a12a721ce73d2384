"""Already tracking gradients.

The parameters require grad when they are returned. Here they should not do so yet: whoever trains the model will ask
for it. A tensor that tracks gradients cannot be freely changed in place, and everything computed with it is recorded.
"""

FAILS = ("form",)


def init_parameters():
    return (torch.randn(2, 1) * 0.01).requires_grad_(), (torch.randn(1) * 0.01).requires_grad_()
