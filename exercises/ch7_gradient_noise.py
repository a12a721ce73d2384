# %% [markdown]
# # Chapter 7: Adding noise to gradients
#
# Everything so far tried to make gradients exact. In this chapter you make them worse, on purpose.
#
# Arvind Neelakantan and his colleagues added random numbers to the gradients of very deep networks, and the networks
# learnt better (Neelakantan et al., 2015, arXiv:1511.06807). The noise lets training leave a bad place that it would
# otherwise stay in. Later the noise must fade, or nothing would ever settle. This is called *annealing*, as metal is
# heated and then slowly cooled, so that its atoms find good places.
#
# You write the same idea three times, each time in a more useful form: a function that adds noise, an optimizer that
# does it by itself, and a hook that makes *any* optimizer do it.
#
# Some things hold for all three. Every number gets random numbers of its own: they are independent from one element to
# the next, from one parameter to the next, and from one step to the next. They come from the `generator` that was
# passed, and from no other source. If there is none, they come from torch's global generator, so `torch.manual_seed`
# makes a run repeatable. Gradients may be of any floating dtype and on any device, and stay so. Where a text says
# ValueError, a bad argument is refused with a ValueError before anything is changed; no other bad argument is ever
# passed. What its message says is up to you; the name of the argument helps.

# %%
import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

# %% [markdown]
# ## How much noise
#
# At step $t$, counted from 0, each number of the gradient gets a random number from a normal distribution with mean 0
# and variance
#
# $$ \sigma_t^2 = \frac{\eta}{(1 + t)^\gamma} $$
#
# (Section 3 of the paper, which uses $\gamma = 0.55$ and picks $\eta$ from 0.01, 0.3 and 1.0.)
#
# **This is the variance.** What you multiply standard normal numbers by is the standard deviation, $\sigma_t$: its
# square root. The two are easy to mix up, and the mistake hides well. With $\eta = 1$ and $t = 0$ both are 1. At
# $\eta = 0.3$ and $t = 100$ one is 0.154 and the other 0.024.
#
# Steps before the first do not exist, and a variance is never negative. So a negative `step` or `eta` is an error.
#
# The result is a Python float, for every step and every choice of eta and gamma.


# %%
def noise_std(step: int, eta: float = 0.3, gamma: float = 0.55) -> float:
    """Return the standard deviation σ of the noise at a step: σ² = eta / (1 + step)^gamma.

    step: counted from 0; eta: the variance at step 0; ValueError if either is negative
    gamma: how fast the noise fades; 0 means never
    returns a Python float
    (Neelakantan et al., 2015, Section 3)
    """
    ...


# %% [markdown]
# ```python
# print([round(noise_std(t), 3) for t in (0, 1, 10, 100, 1000)])      # 0.548, 0.453, 0.283, 0.154, 0.082
# ```

# %% [markdown]
# ## Adding it
#
# After `backward()`, each parameter has its gradient in `.grad`, or `None` if nothing came back to it. Go through the
# parameters, and add fresh random numbers to each gradient, *in place*: others may hold on to that very tensor.
#
# - **Each gradient gets numbers of its own.** The same noise for two parameters would push them in the same direction.
# - **The noise is made where the gradient is**, in its dtype and on its device. `torch.randn_like` does that. Numbers
#   drawn in float32 have only 24 bits, and keep them when they are added to a float64 gradient.
# - **A generator** is a source of random numbers with a state of its own. Whoever passes one wants all numbers to come
#   from it, and none from the global one. `torch.randn_like` does not take a generator in every version of PyTorch;
#   `torch.randn` and `Tensor.normal_` do.
# - **`None` stays `None`.** A parameter that played no part has no gradient, not a gradient of noise.
#
# A trailing underscore in a name is PyTorch's way to say: this works in place.


# %%
def add_gradient_noise_(parameters: Iterable[Tensor], std: float, generator: torch.Generator | None = None) -> None:
    """Add fresh N(0, std²) numbers to the gradient of each parameter, in place and unrecorded.

    parameters: any iterable, a generator too; those whose grad is None are left alone, and keep None
    std: standard deviation of the noise, at least 0
    generator: where the random numbers come from, on the gradients' device; None: torch's global generator
    """
    ...


# %% [markdown]
# ## An optimizer that does it by itself
#
# In chapter 6 you wrote optimizers. A `torch.optim.Optimizer` keeps its parameters in `param_groups`: a list of dicts,
# each with `"params"` and with its own options. What it must remember goes into `state` or into `param_groups`, because
# `state_dict()` saves these two and nothing else.
#
# The new optimizer makes one step like this, with fresh noise $n_t$ of the size you know:
#
# $$ p \leftarrow p - \mathrm{lr} \cdot (g + n_t), \quad n_t \sim N(0, \sigma_t^2) $$
#
# **Where does $t$ live?** Think about a long run that is stopped at step 10,000 and resumed the next day. If $t$ is an
# ordinary attribute, `self.t`, it is not in the `state_dict`. The resumed run then starts at $t = 0$ again, with the
# full noise, and throws away what it had reached. So put $t$ where it is saved.
#
# **There is one $t$ for the whole optimizer.** It counts calls of `step()`, not parameters and not groups.
#
# The rest is as in chapter 6. A closure is called once, with gradients enabled, and its loss is returned. Parameters
# without a gradient are skipped. Each group has options of its own, which somebody may change between two steps, or
# bring along with a group that is added later. The parameters that were passed are updated in place: they stay the same
# tensors, leaves that require grad. Bad arguments are refused when the optimizer is made. With eta 0 there is no noise,
# and a step is that of plain SGD.
#
# One thing differs from chapter 6: there the gradients had to be left as they are. Here it is up to you whether `.grad`
# holds the noise after a step.


# %%
class NoisySGD(torch.optim.Optimizer):
    """SGD with annealed gradient noise: p ← p − lr · (g + n), n ~ N(0, σ²), σ² = eta / (1 + t)^gamma.

    params: an iterable of parameters, or of dicts with "params" and options of that group
    lr, eta: ValueError if negative, 0 is legal; gamma: how fast the noise fades
    generator: where the random numbers come from; None: torch's global generator
    t counts the calls of step() from 0, and is part of what state_dict saves, so that a resumed run continues
    """

    def __init__(
        self,
        params: Iterable,
        lr: float,
        eta: float = 0.3,
        gamma: float = 0.55,
        generator: torch.Generator | None = None,
    ) -> None:
        ...

    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Make one step, in place; return the closure's loss, computed with gradients enabled, or None without one.

        closure: recomputes the gradients and returns the loss; called once, before the step
        """
        ...


# %% [markdown]
# ## Making any optimizer noisy
#
# The paper used Adam as well. Do you have to write `NoisyAdam` now, and `NoisyRMSprop`? No. PyTorch lets you hang a
# function on an optimizer that already exists. `optimizer.register_step_pre_hook(hook)` calls
# `hook(optimizer, args, kwargs)` before each step, and returns a *handle*. `handle.remove()` takes the hook off again.
#
# The hook is called when the gradients are there and the step is not yet made: just the right moment.
#
# - Ask the optimizer for its parameters *in the hook*, not before. Somebody may add a group later.
# - $t$ counts the steps since the noise was attached. It belongs to this one attachment. Two optimizers must not share
#   it.
# - A gradient of `None` stays `None`.


# %%
def attach_gradient_noise(
    optimizer: torch.optim.Optimizer,
    eta: float = 0.3,
    gamma: float = 0.55,
    generator: torch.Generator | None = None,
):
    """Make an optimizer add noise to its gradients before each of its steps, from now on.

    optimizer: any torch optimizer, whose step() is called without a closure
    eta, gamma: σ² = eta / (1 + t)^gamma at the t-th step after attaching, from 0; ValueError if eta is negative, and
        the optimizer stays as it was
    generator: where the random numbers come from; None: torch's global generator
    returns a handle: remove() ends the noise
    """
    ...


# %% [markdown]
# ## See it at work
#
# `dojo run ch7_gradient_noise` sends many balls down the same curved valley. It has a shallow hollow on the way to the
# deep one. The plain ones all stop in the hollow. Of those with noise, many get out, and settle as the noise fades.
#
# It also trains a network whose weights all start at zero. Without noise every gradient in it is zero, except that of
# the last bias: it never learns. With your noise attached it does.
