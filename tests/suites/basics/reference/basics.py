# %% [markdown]
# # Building blocks
#
# What a small language model is made of.

# %%
import math

import torch
from torch import Tensor, nn


# %%
class Linear(nn.Module):
    """A linear map without a bias."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        std = math.sqrt(2 / (in_features + out_features))
        nn.init.trunc_normal_(self.weight, std=std, a=-3 * std, b=3 * std)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return x, its last dimension mapped by the weight."""
        ### BEGIN SOLUTION
        return x @ self.weight.T
        ### END SOLUTION


# %%
def softmax(x: Tensor, dim: int) -> Tensor:
    """Return the softmax of x along a dimension, for values of any size."""
    ### BEGIN SOLUTION
    e = torch.exp(x - x.max(dim, keepdim=True).values)
    return e / e.sum(dim, keepdim=True)
    ### END SOLUTION


# %%
def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the average of minus the logarithm of each target's probability."""
    ### BEGIN SOLUTION
    logits = logits - logits.max(-1, keepdim=True).values
    chosen = logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (logits.exp().sum(-1).log() - chosen).mean()
    ### END SOLUTION


# %%
def clip_gradients(parameters, max_norm: float, eps: float = 1e-6) -> None:
    """Scale all gradients, in place, so that their common norm is at most max_norm."""
    ### BEGIN SOLUTION
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.sqrt(sum(g.square().sum() for g in gradients))
    if norm > max_norm:
        for g in gradients:
            g.mul_(max_norm / (norm + eps))
    ### END SOLUTION


# %%
class AdamW(torch.optim.Optimizer):
    """Adam, with a decay of the weights that is kept apart from the gradients."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01) -> None:
        ### BEGIN SOLUTION
        if lr < 0:
            raise ValueError(f"a learning rate of {lr} is negative")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})
        ### END SOLUTION

    def step(self, closure=None):
        """Update the parameters."""
        ### BEGIN SOLUTION
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["t"] += 1
                state["m"].mul_(b1).add_(p.grad, alpha=1 - b1)
                state["v"].mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                m, v = state["m"] / (1 - b1 ** state["t"]), state["v"] / (1 - b2 ** state["t"])
                p.data.mul_(1 - group["lr"] * group["weight_decay"])
                p.data.addcdiv_(m, v.sqrt() + group["eps"], value=-group["lr"])
        return None if closure is None else closure()
        ### END SOLUTION
