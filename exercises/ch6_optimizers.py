# %% [markdown]
# # Chapter 6: Creating an optimizer
#
# `backward()` says in which direction the loss rises. An optimizer decides what to do about it. So far you have used
# those of `torch.optim`. In this chapter you write three: SGD with momentum, SGD with decoupled weight decay, and
# Adam.
#
# The update is one or two lines of arithmetic. The craft is in what surrounds it. An optimizer must look after many
# parameters with different options, remember something about each of them, stay invisible to autograd, and be able to
# stop today and resume tomorrow as if nothing had happened. That is the same for every optimizer, so you will write it
# three times, and then never get it wrong again.
#
# You may use everything in torch, except what computes an update for you: from `torch.optim` take the base class
# `Optimizer` and nothing else that does the work. Comparing your optimizers with those of `torch.optim` in a
# notebook or a script of your own is a good idea, and at the end of each section there is a way to do it.

# %%
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

# %% [markdown]
# ## What the base class does for you
#
# You call `super().__init__(params, defaults)`, where `defaults` is a dict of your options by name. Then you have:
#
# - `self.param_groups`, a list of dicts. Each holds a list of parameters under `"params"`, and **its own options**
#   under their names: `group["lr"]`. An option that a group does not give is filled in from `defaults`.
# - `self.state`, a dict of dicts. `self.state[p]` is a dict for you to fill, one for each parameter `p`. It starts
#   empty.
# - `zero_grad()`, `add_param_group()`, `state_dict()` and `load_state_dict()`. They work with these two places, and
#   with nothing else.
#
# Groups may be added at any time, also after many steps.
#
# So there are two rules. **Read the options from the group, at each step.** A learning rate schedule is a program
# that writes another number into `group["lr"]`. If you have put `lr` into an attribute of your own, you will never
# notice. **Remember things in `self.state[p]`.** What you put there is saved by `state_dict()`. What you put into
# `self.my_buffers` is lost, and a run that is resumed starts to stumble. It must not: after `load_state_dict()` an
# optimizer takes exactly the steps that the old one would have taken. And what one optimizer remembers is its
# own: two of them do not disturb each other, even if they hold the same parameters.
#
# Look at a finished optimizer from the inside:
#
# ```python
# p = torch.zeros(2, requires_grad=True)
# optimizer = torch.optim.SGD([p], lr=0.1, momentum=0.9)
# p.grad = torch.ones(2)
# optimizer.step()
# print(optimizer.param_groups)
# print(optimizer.state)
# ```
#
# ## What every step has to do
#
# **The closure.** Some optimizers want to compute the loss themselves. So `step` takes a function, the closure, that
# clears the gradients, computes the loss, calls `backward()` and returns the loss. Your optimizers call it once,
# before anything else, and return what it gave: the very object, not a copy and not a number made from it. Without a
# closure they return None. The update is done without gradient tracking, but the closure needs it, and it needs it
# even if somebody calls `step` inside `torch.no_grad()`. There is a partner to `no_grad` that switches it on again:
# `torch.enable_grad()`. After the step, tracking is on or off as it was for the caller.
#
# **No gradient, no step.** A parameter that took no part in the loss has `p.grad is None`. Leave it alone altogether:
# no weight decay, no momentum, nothing remembered, nothing counted. This is not the same as a gradient of zeros, with
# which the momentum rolls on.
#
# **Hands off the gradient.** `p.grad` belongs to the caller, who may want to look at it, or add to it. So it is the
# same after the step as before, whatever the options are. Careful with methods that end in an underscore. And careful
# with `buffer = p.grad`: it gives the gradient a second name, and what you do to one happens to the other.
#
# **In place.** The model holds the very same tensors, and others may share their memory: a view, a tied layer, another
# process. So write the new numbers into the memory that is there. `p = p - …` changes nothing in the model.
# `p.data = …` puts new memory under the old tensor. In chapter 1 that was allowed; here it is not, in no step and with
# no option.
#
# **Nothing is recorded.** After the step a parameter is still a leaf, and neither it nor anything that you remember
# carries a graph. With weight decay that happens quickly: `p.grad + weight_decay * p` is recorded, because p requires
# grad, and a buffer that keeps it holds on to the graph of every step so far. (The gradients themselves carry no graph
# here: nobody calls `backward(create_graph=True)`.)
#
# **Any parameter.** One optimizer may hold parameters of different shapes and of different floating dtypes (float16 and
# bfloat16 too). They may be on any device. Each keeps its dtype, and what you remember of a float64 parameter keeps
# the digits of float64. So make it from p: `torch.zeros_like(p)` has its shape, its dtype and its device.
# Loading a saved state casts every tensor that you kept for p to p's dtype, except one under the key `"step"`: what
# was in another dtype comes back rounded.
#
# **Check what you are given.** A negative learning rate walks uphill, silently. So the constructor refuses a negative
# `lr`, `momentum`, `weight_decay` or `eps` with a `ValueError`, while 0 is legal. (A good message names the option and
# shows its value.) Do it first, before `super().__init__`: the base class writes the defaults into the dicts of the
# caller, and when an option is refused, nothing that the caller owns may have changed. Only the constructor's own
# arguments are meant. What you do about options inside a group's dict, about NaN, or about a negative dampening, is up
# to you.

# %% [markdown]
# ## SGD with momentum
#
# Plain gradient descent is $p \leftarrow p - \text{lr} \cdot g$. In a long, narrow valley it bounces from wall to
# wall, and makes little way along the floor. Momentum helps: keep a running sum of the gradients, the *buffer* $b$,
# and follow that. Across the valley the gradients cancel, along the floor they add up.
#
# With gradient $g_t$, momentum $\mu$, dampening $\tau$ and weight decay $\lambda$, this is one step:
#
# $$ g \leftarrow g_t + \lambda \, p $$
#
# $$ b_t = \begin{cases} g & \text{at the first step} \\ \mu \, b_{t-1} + (1 - \tau) \, g & \text{later} \end{cases} $$
#
# $$ p \leftarrow p - \text{lr} \cdot b_t $$
#
# Some details matter.
#
# - The weight decay is added to the gradient, so it goes through the buffer as well. It is the gradient of
#   $\frac{\lambda}{2} \lVert p \rVert^2$. (The next exercise does it in another way.)
# - At the **first** step there is no old buffer. The new one is a *copy* of $g$, and dampening plays no part. "First"
#   means the first step of *this parameter*: it may have been without a gradient until now.
# - The learning rate is not in the buffer. It multiplies the buffer at the end. In many papers it is inside, as in
#   $v = \mu v - \text{lr} \cdot g$. As long as lr stays the same, the two give the same numbers. When a schedule
#   changes lr, they do not: here the new rate applies at once to everything in the buffer.
# - Without momentum ($\mu = 0$) there is no buffer, and dampening plays no part: the step is $p - \text{lr} \cdot g$.
#
# **Nesterov.** Look ahead: the buffer that was just updated will move the parameter once more in the next step
# anyway. So step along
#
# $$ p \leftarrow p - \text{lr} \cdot (g + \mu \, b_t) $$
#
# instead of $b_t$ alone, with the $g$ that already includes weight decay. (Sutskever et al., 2013, "On the importance
# of initialization and momentum in deep learning", has the idea; the form above is PyTorch's.) It makes sense only
# with momentum greater than 0 and dampening 0. Anything else is a `ValueError`, raised by the constructor.


# %%
class SGD(Optimizer):
    """Stochastic gradient descent with momentum; the numbers of torch.optim.SGD.

    params: any iterable (a generator, too) of parameters, or of dicts with "params" and options of their own
    lr: learning rate; momentum; weight_decay: ValueError if negative
    dampening: the buffer takes 1 − dampening of each gradient but its first
    nesterov: step along gradient + momentum · buffer; ValueError unless momentum > 0 and dampening is 0
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        """Check the options, then hand parameters and options to the base class."""
        ...

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient, in place.

        closure: called once, first, with gradients enabled
        returns what the closure returned, or None without one
        """
        ...


# %% [markdown]
# Let it run beside the one you know. (Do this in another file or notebook: in this one, `torch.optim.SGD` is not
# allowed.) The two parameters should stay equal, up to rounding:
#
# ```python
# mine, theirs = (torch.full((3,), 2.0, requires_grad=True) for _ in range(2))
# options = dict(lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True)
# for p, optimizer in ((mine, SGD([mine], **options)), (theirs, torch.optim.SGD([theirs], **options))):
#     for _ in range(20):
#         optimizer.zero_grad()
#         p.pow(4).sum().backward()
#         optimizer.step()
# print((mine - theirs).abs().max())
# ```

# %% [markdown]
# ## Weight decay that is only that
#
# The decay in SGD is added to the gradient, so everything that happens to the gradient happens to the decay as well.
# It enters the buffer, and comes back in later steps. Ilya Loshchilov and Frank Hutter asked: what if weights just
# decay? Shrink each parameter a little, *then* take the step, with a gradient and a buffer that know nothing of it:
#
# $$ p \leftarrow p \cdot (1 - \text{lr} \cdot \lambda) $$
#
# $$ b_t = \begin{cases} g_t & \text{at the first step} \\ \mu \, b_{t-1} + g_t & \text{later} \end{cases} $$
#
# $$ p \leftarrow p - \text{lr} \cdot b_t $$
#
# (Loshchilov and Hutter, 2019, "Decoupled weight decay regularization", arXiv:1711.05101, algorithm 1. In the paper a
# schedule scales both the decay and the step, while the base rate scales the step alone. Here one `lr` scales both,
# as in `torch.optim.AdamW`.)
#
# Without momentum, and with the gradient held fixed, this is the same as before: $\text{lr} \cdot \lambda \cdot p$ is
# subtracted either way. With momentum it is not. For Adam the difference is larger still, and AdamW is the usual
# choice today.
#
# Mind the order. The closure runs first: it must see the weights as they are. Then the decay, then the step. And a
# parameter without a gradient does not decay.


# %%
class SGDW(Optimizer):
    """Momentum SGD with decoupled weight decay (Loshchilov and Hutter, 2019).

    params: any iterable (a generator, too) of parameters, or of dicts with "params" and options of their own
    lr: learning rate; momentum; weight_decay: ValueError if negative
    """

    def __init__(self, params: Iterable[Any], lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        """Check the options, then hand parameters and options to the base class."""
        ...

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Shrink every parameter that has a gradient by the factor 1 − lr · weight_decay, then update it, in place.

        closure: called once, first, with gradients enabled
        returns what the closure returned, or None without one
        """
        ...


# %% [markdown]
# Give it a gradient of zeros, and you see the decay alone. With lr 0.1 and weight decay 0.5 each step keeps 95 %:
#
# ```python
# p = torch.ones(1, requires_grad=True)
# optimizer = SGDW([p], lr=0.1, momentum=0.9, weight_decay=0.5)
# for _ in range(3):
#     p.grad = torch.zeros(1)
#     optimizer.step()
#     print(p.item())      # 0.95, 0.9025, 0.857375
# ```
#
# What would SGD, with the same options, make of it?

# %% [markdown]
# ## Adam
#
# With SGD one learning rate must suit all parameters. But gradients can be a thousand times larger in one layer than
# in another. Adam keeps two running means for each single number: $m$ of the gradient, and $v$ of its square. It then
# divides one by the square root of the other. Where gradients are large, so is the divisor; each parameter moves
# by about lr, whatever the scale of its gradient.
#
# $$ m_t = \beta_1 m_{t-1} + (1 - \beta_1) \, g_t, \quad v_t = \beta_2 v_{t-1} + (1 - \beta_2) \, g_t^2 $$
#
# $$ \hat m_t = \frac{m_t}{1 - \beta_1^t}, \quad \hat v_t = \frac{v_t}{1 - \beta_2^t} $$
#
# $$ p \leftarrow p - \text{lr} \cdot \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon} $$
#
# Both means start at zero, and $t$ counts from 1. (Kingma and Ba, 2015, "Adam: A Method for Stochastic Optimization",
# arXiv:1412.6980, algorithm 1.)
#
# **Why the hats?** The means start at zero, so at first they are too small. After one step $m$ is only a tenth of the
# gradient, and $v$ a thousandth of its square. Dividing by $1 - \beta^t$ corrects this exactly: it is the sum of all
# weights that the mean has given out so far. Without it, the first steps would be about three times too long. Try it:
# $0.1 / \sqrt{0.001}$.
#
# **Where epsilon goes.** It is added to the root, outside it, and after the correction of $v$. With 1e-8 you rarely
# see a difference. Where all gradients are tiny, you do: $\sqrt{10^{-8}}$ is ten thousand times larger than
# $10^{-8}$. (At the end of its section 2 the paper has a faster way to compute this, which puts epsilon before the
# correction. It is not quite the same function, and not ours.)
#
# **Which t?** Each parameter has its own: the number of steps *it* has taken. A layer that is frozen for the first
# thousand steps is new to Adam when it wakes up. Its means are still zero and need the full correction. With one
# count for the whole optimizer they would not get it.


# %%
class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015, algorithm 1); the numbers of torch.optim.Adam.

    params: any iterable (a generator, too) of parameters, or of dicts with "params" and options of their own
    lr: learning rate; eps: added to the root: ValueError if negative
    betas: decay rates of the two running means; ValueError if one of them is negative, or is 1 or greater
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        """Check the options, then hand parameters and options to the base class."""
        ...

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient, in place.

        closure: called once, first, with gradients enabled
        returns what the closure returned, or None without one
        """
        ...


# %% [markdown]
# A quick test needs no other optimizer. At the first step $\hat m_1 = g$ and $\hat v_1 = g^2$, so every number moves
# by lr against the sign of its gradient, whatever its size:
#
# ```python
# p = torch.zeros(4, requires_grad=True)
# optimizer = Adam([p], lr=0.1)
# p.grad = torch.tensor([1000.0, 1.0, -0.001, -1.0])
# optimizer.step()
# print(p)      # -0.1, -0.1, 0.1, 0.1
# ```
#
# And here is a test of your memory. Save in the middle, continue in a fresh optimizer, and compare:
#
# ```python
# saved = optimizer.state_dict()
# print(saved["state"])      # what you kept in self.state, by the parameter's number
# ```

# %% [markdown]
# ## See it at work
#
# `dojo run ch6_optimizers` sends your three optimizers down a curved valley, and draws the paths they take and how
# fast the loss falls. Watch plain SGD bounce, momentum swing through the bends, the decay pull towards zero, and Adam
# take its even steps.
