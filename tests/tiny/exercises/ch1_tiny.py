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
    ...


# %%
class Scale(nn.Module):
    """Multiply by a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        ...

    def forward(self, x: Tensor) -> Tensor:
        """Return factor · x."""
        result = ...
        return result
