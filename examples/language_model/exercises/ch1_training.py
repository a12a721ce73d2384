# %% [markdown]
# # Training a language model: five small pieces
#
# A language model reads some words and says, for each word it knows, how likely that one comes next. Training compares
# this with the word that did come, and changes the model a little. Around the model itself there are five small pieces:
# scores become probabilities, probabilities become a loss, layers are kept at a good scale, gradients are kept from
# exploding, and an optimizer takes the step.
#
# Each piece is a few lines. Each has a place where the formula on paper and the numbers in a computer part ways. Find
# these places now, on five numbers, rather than later, in a run of a week that ends in NaN.
#
# Each exercise is a function or a class with `...` in it. Replace the `...`, save, and run `dojo check`. The docstring
# is the contract. You may use torch, except what already is the piece you are asked for.

# %%
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

# %% [markdown]
# ## Softmax
#
# The model ends with one score per word, the *logits*. The softmax turns scores into probabilities: none is negative,
# and together they are 1.
#
# $$ \text{softmax}(x)_i = \frac{\exp(x_i)}{\sum_j \exp(x_j)} $$
#
# (Goodfellow, Bengio and Courville, Deep Learning, 2016, equation 4.1. The section is called "Overflow and Underflow",
# for a reason.) `torch.exp(torch.tensor(1000.))` is infinite, and infinity divided by infinity is not a number. If
# every score is very negative, the sum is 0, and 0 / 0 is not a number either.
#
# Add the same number to all scores, and nothing changes: it cancels. So you may choose the number. If you subtract the
# largest score, no exponent is above 0, and the sum is at least 1. But scores along another row have a largest one of
# their own.
#
# A score of minus infinity is a word that must not come. Its probability is 0.


# %%
def softmax(x: Tensor, dim: int) -> Tensor:
    """Return exp(x), divided by its sum along one dimension, with the shape and dtype of x.

    x: any shape but (), float32 or float64; numbers of any size, also minus infinity, but not along a whole row
    dim: the dimension along which the result adds up to 1; negative ones count from the end
    """
    ...


# %% [markdown]
# ## Cross-entropy
#
# The loss of one prediction is how surprised the model is by what came: minus the logarithm of the probability that it
# gave to the right word. The loss of many is their mean.
#
# $$ \ell(x, t) = -\log \text{softmax}(x)_t = \log \sum_j \exp(x_j) - x_t $$
#
# The left form is the definition, the right one is what to compute (Deep Learning, equation 6.30). A probability of
# $e^{-1000}$ is 0 in a computer, and the logarithm of 0 is minus infinity. The loss is then infinite, and there is no
# gradient that would make it better. The right form needs no such small number. Its sum can overflow, and you know
# already what helps.
#
# A model that knows nothing gives each of $V$ words the same probability. Its loss is $\log V$. If your training starts
# far above, look for the fault before the first step.


# %%
def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean of −log softmax(logits)[target] over all predictions, a tensor of shape ().

    logits: (..., vocabulary), float32 or float64, numbers of any size
    targets: (...), int64, the index of the right word for each prediction
    """
    ...


# %% [markdown]
# ## RMSNorm
#
# Layer upon layer multiplies, so numbers grow or fade with depth. A normalization brings each vector of features back
# to a fixed length before the next layer reads it. LayerNorm subtracts the mean and divides by the standard deviation.
# Zhang and Sennrich (Root Mean Square Layer Normalization, 2019, equation 4) found that the mean is not needed:
#
# $$ y_i = \frac{x_i}{\text{RMS}(x)} \, w_i \qquad \text{RMS}(x) = \sqrt{\epsilon + \frac{1}{n} \sum_j x_j^2} $$
#
# The paper has no $\epsilon$. In practice it is there, *inside* the root, so that a vector of zeros stays one. Each
# feature has a weight $w_i$ that is learned.
#
# In float16 the largest number is 65504, so the square of 300 is infinite. Whatever the dtype of x, compute in float32
# at least, and go back at the end.


# %%
class RMSNorm(nn.Module):
    """Divide each vector of features by its root mean square, and multiply it by a weight.

    features: the size of the last dimension of x
    eps: added to the mean square, inside the root
    """

    def __init__(self, features: int, eps: float = 1e-5) -> None:
        """Make the parameter `weight`, one number per feature, each 1 at the start."""
        ...

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalized vectors, with the shape and dtype of x.

        x: (..., features), any floating dtype; float16 and bfloat16 are computed in float32
        """
        ...


# %% [markdown]
# ## AdamW
#
# Adam (Kingma and Ba, 2015, algorithm 1) remembers two running means for each parameter $p$: $m$ of its gradient $g$,
# and $v$ of the gradient's square. Dividing one by the root of the other makes each step about as long as the learning
# rate, whatever the size of the gradients.
#
# Both means start at 0, so at first they are too small. After step $t$ they are divided by what is missing to 1:
#
# $$ m \leftarrow \beta_1 m + (1 - \beta_1) \, g \qquad v \leftarrow \beta_2 v + (1 - \beta_2) \, g^2 $$
#
# $$ \hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t} $$
#
# $$ p \leftarrow p - \text{lr} \cdot \lambda \, p - \text{lr} \cdot \frac{\hat m}{\sqrt{\hat v} + \epsilon} $$
#
# The W is for weight decay $\lambda$. Before, one added $\lambda p$ to the gradient, as for plain gradient descent.
# Then it goes through both means, and is divided like everything else: weights with large gradients hardly decay.
# Loshchilov and Hutter (Decoupled Weight Decay Regularization, 2019, algorithm 2) take it out of the gradient, and let
# it shrink the weight itself. Both terms on the right use the $p$ from before the step.
#
# The base class keeps the options in `self.param_groups`, a list of dicts with a list of parameters under `"params"`.
# It gives you `self.state[p]`, an empty dict for each parameter. What you remember belongs there: two means *and a
# count* per parameter. A parameter whose `grad` is None takes no part in a step: it does not decay, and its count
# stays.
#
# The model holds the very same tensors. So write the new numbers into them, under `torch.no_grad()`.


# %%
class AdamW(Optimizer):
    """Adam with decoupled weight decay; the numbers of torch.optim.AdamW.

    params: parameters, or dicts with "params" and options of their own
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        ...

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient, in place. The gradients stay as they are."""
        ...


# %% [markdown]
# ## Gradient clipping
#
# Now and then a batch gives a gradient that is a hundred times as long as usual. One step along it undoes an hour of
# training. Pascanu, Mikolov and Bengio (On the difficulty of training recurrent neural networks, 2013, algorithm 1)
# keep its direction, and cut its length.
#
# The length is that of *all* gradients together, as if they were one long vector: the root of the sum of all squares.
# If it is above the limit, all of them are multiplied by the same number, limit / length. If you clip each parameter
# by itself, or each number, the direction changes, and the step no longer goes downhill the steepest way.


# %%
def clip_gradients(parameters: Iterable[nn.Parameter], max_norm: float = 1.0) -> Tensor:
    """Scale all gradients, in place, so that together they are no longer than `max_norm`.

    Return the length that they had before, a tensor of shape (). If it is not above `max_norm`, they stay as they are.

    parameters: any iterable, also a generator; those whose grad is None take no part, but one at least has a gradient
    max_norm: greater than 0
    """
    ...
