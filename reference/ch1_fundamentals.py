# %% [markdown]
# # Chapter 1: Fundamentals and autograd
#
# You will write logistic regression by hand: the model, the loss, the gradient step, the training loop. At the end you
# let `torch.optim` take the step for you, and see that it does the same. Nothing in later chapters is magic once you
# have done this.
#
# Each exercise is a function with `...` in it. Replace the `...`, save, and run `make check`.

# %%
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

# %% [markdown]
# ## Tensors
#
# A tensor is a grid of numbers. It has a **shape** (how many numbers along each dimension), a **dtype** (what kind of
# numbers) and a **device** (where they are). Most surprises come from one of these three, so look at them first:
#
# ```python
# x = torch.randn(5, 2)
# print(x.shape, x.dtype, x.device)   # torch.Size([5, 2]) torch.float32 cpu
# ```
#
# When two tensors of different shapes meet, PyTorch **broadcasts**: it lines the shapes up from the right, and a
# dimension of size 1 is stretched to fit. That is handy, and it is a trap. A `(5, 1)` minus a `(5,)` is a `(5, 5)`:
# every number against every other, and no error. Keep an eye on shapes.
#
# ## What every function here promises
#
# These hold in the whole chapter, so they are said only once:
#
# - A function works on the device of the tensors it is given, and takes any floating dtype. What it returns is on their
#   device and has their dtype.
# - It leaves its arguments unchanged, unless its text says otherwise. It leaves torch's settings unchanged too: if
#   gradients were switched on before the call, they are after it.
# - Its answer depends on its arguments, not on the calls before.
# - Where a text says ValueError, any ValueError is right, whoever raises it. A message that names the argument is kind
#   to whoever has to read it.
#
# ## The data
#
# Two clouds of points in the plane. Class 0 lies around (0, 0), class 1 around (2, 1), both with the identity as
# covariance. The clouds overlap, so no rule is always right. The best rule there is, the Bayes rule, is right with
# probability Φ(√5 / 2) ≈ 0.868: the centres are √5 apart, and the best line runs half-way between them.


# %%
def generate_data(n: int) -> tuple[Tensor, Tensor]:
    """Draw n points of each class, shuffled.

    Returns (data, labels): data (2n, 2) float32, labels (2n,) float32, each 0. or 1.
    """
    centres = torch.tensor([[0.0, 0.0], [2.0, 1.0]])
    labels = torch.arange(2).repeat_interleave(n)
    data = centres[labels] + torch.randn(2 * n, 2)
    order = torch.randperm(2 * n)
    return data[order], labels[order].float()


# %% [markdown]
# ## Parameters
#
# The model has one weight for each coordinate, and a bias. It starts from small random numbers. They are drawn from a
# normal distribution with standard deviation 0.01, so its variance is 0.0001.
#
# Draw them with torch. Its functions draw from torch's global generator, so that `torch.manual_seed` makes a run
# repeatable. It does not reach Python's `random` or numpy, which have generators of their own.
#
# Do not track gradients yet. Whoever trains the model will ask for that.


# %%
def init_parameters() -> tuple[Tensor, Tensor]:
    """Draw every entry from N(0, 0.01²), independently, and fresh on each call.

    Returns the tuple (weights, bias): shapes (2, 1) and (1,), float32, on the CPU, not tracking gradients.
    Draws from torch's global generator, so that torch.manual_seed makes it repeatable.
    """
    ### BEGIN SOLUTION
    return torch.randn(2, 1) * 0.01, torch.randn(1) * 0.01
    ### END SOLUTION


# %% [markdown]
# ## From a score to a probability
#
# The sigmoid squeezes any number into (0, 1):
#
# $$ \sigma(x) = \frac{1}{1 + e^{-x}} $$
#
# It should survive large numbers. For x = −1000, `torch.exp(1000.)` is infinite, but the value 1 / ∞ is still 0, and
# that is right. Written as exp(x) / (1 + exp(x)), it would be ∞ / ∞ for x = 1000, which is not a number.
#
# The gradient is harder. At x = −1000 even the formula above has none: on the way back, autograd multiplies 0 by ∞. So
# large a score is rare, and your gradient is only looked at for x between −80 and 80. Still, there is a form without
# this flaw, and it is worth finding.


# %%
def sigmoid(x: Tensor) -> Tensor:
    """Return 1 / (1 + exp(−x)), elementwise and differentiable.

    x: any shape, also () and (0, 3). The value is right for every x, the gradient for x between −80 and 80.
    """
    ### BEGIN SOLUTION
    return torch.sigmoid(x)
    ### END SOLUTION


# %% [markdown]
# ## The model
#
# A point x gets the score x·w + b, and the sigmoid of the score is the probability of class 1. `x @ weights` does this
# for all points at once. Its shape is (N, 1), but we want one number for each point: shape (N,).


# %%
def predict(x: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Return the probability of class 1 for each point.

    x: (N, 2), N ≥ 1; weights: (2, 1); bias: (1,)
    Returns shape (N,), differentiable with respect to weights and bias.
    """
    ### BEGIN SOLUTION
    return sigmoid(x @ weights + bias).squeeze(1)
    ### END SOLUTION


# %% [markdown]
# ## How often is it right?
#
# Say class 1 where the probability is greater than 0.5, and count. The answer is a plain Python float, not a tensor:
# `.item()` takes the number out.


# %%
def accuracy(data: Tensor, labels: Tensor, weights: Tensor, bias: Tensor) -> float:
    """Return the share of points that are classified right, a Python float in [0, 1].

    data: (N, 2), N ≥ 1; labels: (N,) of 0. and 1.; a point is class 1 where its probability is greater than 0.5
    """
    ### BEGIN SOLUTION
    chosen = predict(data, weights, bias) > 0.5
    return (chosen == labels).double().mean().item()
    ### END SOLUTION


# %% [markdown]
# ## Leaves, and what moving does to them
#
# Autograd records what you do with tensors that require grad, and builds a graph backwards: from the result to what it
# was made of. The tensors at the ends, which were not made from anything, are **leaves**. Only leaves get a `.grad`.
#
# (In old code you meet `Variable`, a wrapper around a tensor that could have a gradient. Since PyTorch 0.4 a plain
# tensor can; `Variable(x)` just gives you x back. Forget it.)
#
# Here is a trap. `.to("cuda")` is an operation like any other. If w requires grad, `w.to("cuda")` is *made from* w. It
# requires grad too, but it is not a leaf: train it, and nothing happens, since its `.grad` stays None. So after moving,
# cut the link and start a new leaf.
#
# On a machine without a GPU you can see the same with another kind of move:
#
# ```python
# w = torch.zeros(3, requires_grad=True)
# print(w.to("meta").is_leaf)   # False
# ```


# %%
def to_device(device: torch.device | str, *tensors: Tensor) -> tuple[Tensor, ...]:
    """Return a tuple of the tensors, in the same order, with the same values and dtypes, each on the device.

    tensors: any number of them, also one or none, of any dtype, also integers; the same tensor may appear twice
    A tensor that requires grad comes back as a leaf that requires grad, even if it was not one, or was there already.
    Others come back not requiring grad.
    """
    ### BEGIN SOLUTION
    return tuple(t.detach().to(device).requires_grad_(t.requires_grad) for t in tensors)
    ### END SOLUTION


# %% [markdown]
# ## How wrong is it?
#
# Binary cross-entropy looks at the probability p that the model gave, and at the target y:
#
# $$ L = -\frac{1}{N} \sum_i \left( y_i \log p_i + (1 - y_i) \log(1 - p_i) \right) $$
#
# A model that says p = 0 and is wrong would pay an infinite price. torch's own `F.binary_cross_entropy` avoids this by
# clamping each logarithm at −100. Do the same. And mind the other zero: 0 · log 0 must be 0 here, not nan.
#
# A finite loss can still have a gradient that is nan. The slope of log at 0 is infinite, the slope of the clamp there
# is 0, and autograd multiplies them. This does happen: in float32, the sigmoid of 18 is exactly 1. One such sample, and
# every parameter is nan. torch's own function has a finite gradient there. So has a loss whose logarithm never sees a
# 0, in a place where the clamp decides anyway. Write yours that way if you can; the gradient where a prediction is
# exactly 0 or 1 is not looked at.
#
# Shapes that differ are refused, with a ValueError. Otherwise a (5, 1) against a (5,) would broadcast, and you would
# train on the mean of 25 numbers that mean nothing.


# %%
def binary_cross_entropy(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the mean binary cross-entropy, a 0-dim tensor; each log is clamped at −100.

    prediction: probabilities from 0 to 1, both included, any shape with at least one entry
    target: the same shape, anything in [0, 1]
    Differentiable with respect to prediction, where that is neither 0 nor 1. Raises ValueError if the shapes differ.
    """
    ### BEGIN SOLUTION
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")

    def clamped_log(p: Tensor) -> Tensor:
        positive = p > 0
        return torch.where(positive, torch.where(positive, p, 1).log().clamp(min=-100), -100)

    return -(target * clamped_log(prediction) + (1 - target) * clamped_log(1 - prediction)).mean()
    ### END SOLUTION


# %% [markdown]
# Mean squared error is the simpler cousin. It has the same trap, so refuse shapes that differ here too.


# %%
def mean_squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the mean of the squared differences, a 0-dim tensor, differentiable with respect to prediction.

    prediction, target: any shape with at least one entry, the same for both. Raises ValueError if the shapes differ.
    """
    ### BEGIN SOLUTION
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {tuple(prediction.shape)}, but target has {tuple(target.shape)}")
    return (prediction - target).square().mean()
    ### END SOLUTION


# %% [markdown]
# ## Taking a step
#
# `loss.backward()` left a gradient in `p.grad` for every parameter `p`. Gradient descent walks against it:
#
# $$ p \leftarrow p - \eta \, \nabla_p $$
#
# Two things go wrong here for nearly everyone. The update itself must not be recorded, or the next `backward()` would
# differentiate through it. And gradients *add up* over calls, so each must be cleared once it is used.
#
# The change is made in place: `p = p - …` would only give the name p to a new tensor, and whoever holds the old one
# would never know. The tensor must stay the same object; the memory that holds its numbers need not. So both are
# right here: `p -= …` where nothing is recorded, and `p.data = …`. (Chapter 6 asks for the same memory, too.)


# %%
def sgd_step(parameters: Iterable[Tensor], lr: float) -> None:
    """Move each parameter against its gradient, in place, then clear the gradient.

    parameters: any iterable, also a generator, of leaf tensors that require grad, whose shapes and dtypes may differ.
    One whose .grad is None is left alone. A cleared gradient is None or zeros.
    The update is not recorded by autograd, so each parameter stays a leaf that requires grad. Returns None.
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= lr * p.grad
                p.grad = None
    ### END SOLUTION


# %% [markdown]
# ## Training
#
# Now put it together. Take the samples one at a time, in the order given: predict, measure the loss, go backward, take
# a step. One pass over all samples is an epoch. Write down the mean loss of each epoch, so that you can see it fall.
# Take each sample's loss as it was before its own step, and take the number out with `.item()`. A list of tensors would
# keep every graph alive.
#
# The caller's `weights` and `bias` are what gets trained. Do not train copies.


# %%
def train(
    weights: Tensor,
    bias: Tensor,
    data: Tensor,
    labels: Tensor,
    epochs: int = 10,
    lr: float = 0.1,
    loss_fn: Callable[[Tensor, Tensor], Tensor] = binary_cross_entropy,
) -> list[float]:
    """Train by plain SGD, one update per sample, samples in the order given.

    weights (2, 1) and bias (1,) are made to require grad if they do not yet, and are updated in place.
    data: (N, 2), N ≥ 1; labels: (N,); epochs: 0 or more; loss_fn(prediction, target) → 0-dim loss
    Returns a list of the mean loss of each epoch, Python floats, each sample's loss taken before its update.
    """
    ### BEGIN SOLUTION
    weights.requires_grad_()
    bias.requires_grad_()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data)):
            loss = loss_fn(predict(data[i : i + 1], weights, bias), labels[i : i + 1])
            weights.grad = bias.grad = None
            loss.backward()
            sgd_step([weights, bias], lr)
            total += loss.item()
        losses.append(total / len(data))
    return losses
    ### END SOLUTION


# %% [markdown]
# ## Letting torch take the step
#
# `torch.optim` has this step, and better ones, ready made. An optimizer is given the parameters once. Then each round
# is `zero_grad()`, `backward()`, `step()`. Because every optimizer has the same three, you can swap one for another
# without touching the loop. Chapter 6 looks inside.


# %%
def train_with_optim(
    weights: Tensor,
    bias: Tensor,
    data: Tensor,
    labels: Tensor,
    epochs: int = 10,
    lr: float = 0.1,
    optimizer_class: Callable[..., torch.optim.Optimizer] = torch.optim.SGD,
) -> list[float]:
    """Train as `train` does, with binary cross-entropy, and steps by optimizer_class([weights, bias], lr=lr).

    One optimizer for the whole run, and one step() per sample. Any optimizer will do that needs no closure.
    Shapes, order, what becomes of weights and bias, and what is returned are those of `train`.
    """
    ### BEGIN SOLUTION
    weights.requires_grad_()
    bias.requires_grad_()
    optimizer = optimizer_class([weights, bias], lr=lr)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(len(data)):
            optimizer.zero_grad()
            loss = binary_cross_entropy(predict(data[i : i + 1], weights, bias), labels[i : i + 1])
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(data))
    return losses
    ### END SOLUTION


# %% [markdown]
# ## See it
#
# ```sh
# dojo run ch1_fundamentals
# ```
#
# trains your code and draws the two clouds, the line you learnt, the best line there is, and the loss by epoch. Compare
# it with `torch.nn.functional.binary_cross_entropy(predict(data, weights, bias), labels)`: you wrote what is behind it.
