"""Nothing is frozen.

The wrapper passes x on to the module, and that is all: the module trains as if there were no wrapper. Switch off the
gradients of its parameters, drop the old ones, and keep it in evaluation mode.
"""

FAILS = ("parameters", "stays_in_evaluation")


class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x)
