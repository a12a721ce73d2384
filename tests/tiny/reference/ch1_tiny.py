# %% [markdown]
# # Tiny
#
# Two exercises, for the engine's own tests.

# %%
import torch
from torch import Tensor, nn


# %%
def double(x: Tensor) -> Tensor:
    """Return twice x; ValueError if x is empty."""
    ### BEGIN SOLUTION
    if x.numel() == 0:
        raise ValueError("x is empty")
    return 2 * x
    ### END SOLUTION


# %%
class Scale(nn.Module):
    """Multiply by a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.weight = nn.Parameter(torch.tensor(float(factor)))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return factor · x."""
        result = self.weight * double(x) / 2  # SOLUTION
        return result
