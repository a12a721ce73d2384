# %% [markdown]
# # Chapter 3: Creating new modules
#
# A layer is a function with a memory. The function turns one tensor into another. The memory is what it has learnt:
# its parameters. `nn.Module` is PyTorch's way to keep the two together.
#
# In this chapter you write two modules yourself. `Linear` is the most common layer there is, and you will build it
# from nothing but tensors. `DropLayer` is a module that wraps *another* module, and behaves differently in training
# and in evaluation. Then you put them together into a deep network that skips some of its own layers while it learns.
#
# What you write keeps five promises, as torch's own layers do:
#
# - Modules work in any floating dtype, float16 and bfloat16 included, and on any device: those of their parameters and
#   of their input, which always agree.
# - They leave their input unchanged.
# - Gradients flow back through them: to the input, and to every parameter that was used.
# - All that is random comes from torch's global generator (the CPU's or that of the device). So `torch.manual_seed`
#   makes a run repeatable; the random numbers of Python and NumPy would not listen to it.
# - Nothing is shared. What was made or called before makes no difference to what is made or called now.
#
# No input is ever empty: each of its dimensions is at least 1.

# %%
import torch
from torch import Tensor, nn

# %% [markdown]
# ## What a module does for you
#
# A module has two methods that you write. `__init__` makes the parts. `forward` says what to do with an input.
# Between them, `nn.Module` does quiet work, and it does it at the moment you write `self.something = …`:
#
# - an `nn.Parameter` is **registered**: from then on `parameters()` finds it, so an optimizer can move it;
# - a module is registered too, with everything inside it;
# - a plain tensor, and a plain Python list, is *not* registered, whatever it holds.
#
# Registration is what makes `.to(device)`, `.double()`, `state_dict()`, `train()` and `eval()` reach a part. A tensor
# that nobody registered still works in `forward`, so the mistake is silent: nothing fails, but it never learns. See
# it:
#
# ```python
# class Silent(nn.Module):
#     def __init__(self):
#         super().__init__()
#         self.scale = torch.ones(3, requires_grad=True)      # a tensor, not an nn.Parameter
#
# print(list(Silent().parameters()))      # []
# ```
#
# The call `super().__init__()` comes first. It makes the places where parts are registered.

# %% [markdown]
# ## A linear layer
#
# For one input vector $x$ with `in_features` numbers, the layer computes
#
# $$ y = x W^\top + b $$
#
# with $W$ of shape `(out_features, in_features)` and $b$ of shape `(out_features,)`. PyTorch keeps $W$ in this order,
# one row for each output, so that is the order here. A weight saved from your layer can then be loaded into
# `nn.Linear`.
#
# **Any number of leading dimensions.** The layer only looks at the last dimension. `(N, in)` is a batch of vectors.
# `(N, T, in)` could be a batch of sentences, and `(in,)` is a single vector. All three should work, and the
# dimensions in front should come out as they went in. A batch that was transposed is an input like any other, though
# its numbers are not contiguous in memory (`.view` would refuse it). Matrix multiplication in PyTorch already behaves
# this way; compare
#
# ```python
# W = torch.randn(3, 4)
# for shape in [(4,), (2, 4), (2, 5, 4)]:
#     print((torch.randn(shape) @ W.T).shape)
# ```
#
# **No bias is None.** With `bias=False` the attribute `bias` still exists, and is `None`. So code that asks
# `layer.bias is None` works, and both `parameters()` and the `state_dict` hold the weight alone.
#
# **The start.** Each number of $W$ and of $b$ has a draw of its own, from torch's global generator, out of the uniform
# distribution on
#
# $$ \left[ -\frac{1}{\sqrt{n}}, \frac{1}{\sqrt{n}} \right], \quad n = \text{in\_features} $$
#
# Why divide by $\sqrt{n}$? An output is a sum of $n$ products. If these are independent with mean zero, their
# variances add up. A uniform number on $[-a, a]$ has variance $a^2 / 3$. With $a = 1 / \sqrt{n}$ the sum of $n$ terms
# keeps the same size whether $n$ is 10 or 10,000. Without it, wide layers would start with huge outputs. Note that it
# is the number of *inputs* that counts, for the bias too. This is also how `nn.Linear` starts: its source code calls
# a function with the name of Kaiming He, with an argument $a = \sqrt 5$, and it comes to the same bound. And as there,
# the dtype of a new layer is torch's default: float32, unless somebody has changed it.
#
# You may use everything in torch, except `nn.Linear` and `F.linear`: neither in `Linear` nor in `DropNet`, under
# any name, nor as a base class. Comparing your layer with `nn.Linear` elsewhere in the file is a good idea.


# %%
class Linear(nn.Module):
    """A linear layer: y = x Wᵀ + b.

    in_features, out_features: length of the last dimension before and after, both positive
    weight: nn.Parameter (out_features, in_features)
    bias: nn.Parameter (out_features,), or None with `bias=False`

    Both start uniform on ±1/√in_features, drawn from torch's global generator, in torch's default dtype.
    The state_dict loads into nn.Linear, and that of nn.Linear into this layer.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        ...

    def forward(self, x: Tensor) -> Tensor:
        """Return x Wᵀ + b.

        x: (..., in_features), any number of leading dimensions, of the parameters' dtype and on their device; it is
            left unchanged, and need not be contiguous
        returns (..., out_features), same dtype and device
        """
        ...


# %% [markdown]
# Compare it with the layer you know. The two should agree, and each should accept what the other has saved:
#
# ```python
# mine, theirs = Linear(4, 3), nn.Linear(4, 3)
# theirs.load_state_dict(mine.state_dict())
# x = torch.randn(2, 5, 4)
# print((mine(x) - theirs(x)).abs().max())      # zero, up to rounding
# ```

# %% [markdown]
# ## A layer that is sometimes not there
#
# A very deep network is slow to train, and its first layers learn little. Gao Huang and his colleagues had a bold
# idea: in each training step, leave out some of the layers altogether. For this a network needs *residual* layers,
# which add to their input instead of replacing it: $x + f(x)$. Take $f$ away, and what remains is $x$. Nothing
# breaks.
#
# They call it stochastic depth. In training, for each layer and each batch, toss a coin $b$ that is 1 with
# probability $p$ and 0 otherwise:
#
# $$ y = x + b \, f(x) $$
#
# In evaluation nothing is left to chance. All layers are there, and each adds what it added *on average* in training:
#
# $$ y = x + p \, f(x) $$
#
# (Huang et al., 2016, arXiv:1603.09382, equations 2 and 5. In the paper a ReLU follows the sum; here it does not, and
# $f$ can be any module that keeps the shape of its input, even another `DropLayer`.)
#
# Some details matter more than they seem to.
#
# - $p$ is the probability of **survival**. $p = 1$ is an ordinary residual layer; with $p = 0$ the layer is never used.
# - There is **one draw for the whole batch**. Then a layer that is left out need not be computed at all, and this is
#   where the time is saved. So do not multiply by zero: do not *call* the layer. A draw for each sample would have to
#   compute the layer for those samples that keep it.
# - The draw is **made afresh in each training forward**, by torch's own random numbers, and depends on no other draw.
# - What the module was given is not its own. `x += …` would change the caller's tensor, which may still be needed.
# - `self.training` says which mode the module is in. `train()` and `eval()` set it, for all registered modules inside.
#   A part can be put into another mode by itself: somebody may freeze the layer with `layer.eval()` and go on training
#   the rest. It is the mode of the `DropLayer` that decides.
#
# **The same name, another meaning.** There is a `torchvision.ops.StochasticDepth`. Its `p` is the probability of
# being **dropped**, so its 0.2 is our 0.8. It always computes the layer. And it divides by the survival probability in
# *training* and does nothing in evaluation, as dropout does. Both conventions have their outputs agree on average
# between training and evaluation, and both are in use; but they are not the same function. Half of one and half of
# the other is simply wrong. In this chapter we follow the paper.
#
# A probability outside $[0, 1]$ has no meaning, and NaN is not inside. Say so at once, with a `ValueError`; a good
# message names the argument. An error in the constructor is easy to find. A network that silently never drops anything
# is not.


# %%
class DropLayer(nn.Module):
    """A residual layer with stochastic depth (Huang et al., 2016).

    layer: any module that keeps the shape of its input; it is registered here, itself and not a copy
    survival_prob: probability of keeping the layer in a training forward, a float or int in [0, 1];
        the constructor raises ValueError for anything outside, NaN included
    """

    def __init__(self, layer: nn.Module, survival_prob: float) -> None:
        super().__init__()
        ...

    def forward(self, x: Tensor) -> Tensor:
        """Return x + layer(x), or x, or x + survival_prob · layer(x).

        Training: one draw from torch's global generator decides for the whole batch, and each forward makes its own.
        With probability survival_prob the result is x + layer(x), and the layer is called once; otherwise the result
        is x, and the layer is not called.
        Evaluation: x + survival_prob · layer(x), every time.
        The mode is that of the DropLayer itself, whatever mode the layer is in.

        x: any shape that the layer takes, any floating dtype, on the layer's device; it is left unchanged
        returns x's shape, dtype and device
        """
        ...


# %% [markdown]
# Watch it. Here the layer adds 1 to everything, so you can read off what happened:
#
# ```python
# class One(nn.Module):
#     def forward(self, x):
#         return torch.ones_like(x)
#
# drop = DropLayer(One(), 0.75)
# print([drop(torch.zeros(1)).item() for _ in range(12)])      # ones and zeros, about three to one
# drop.eval()
# print([drop(torch.zeros(1)).item() for _ in range(3)])      # 0.75, every time
# ```

# %% [markdown]
# ## Which layers to drop more often
#
# The first layers find simple things that all later ones build on. So they should nearly always be there. The paper
# lets the survival probability fall on a straight line. For the layers $l = 1, \dots, L$:
#
# $$ p_l = 1 - \frac{l}{L} \, (1 - p_L) $$
#
# (Equation 4 of the paper.) The input counts as layer 0, which always survives. The *last* layer has $p_L$ itself.
# Count with care: with $l$ from 0 to $L - 1$ the first layer could never be dropped, and $p_L$ would never be
# reached.
#
# With $p_L = 0.5$ the number of layers in use is $(3L - 1) / 4$ on average. So a network of 54 layers trains as if it
# had about 40, and a quarter of the time is saved. Once you have the function, add its values up and see:
#
# ```python
# print(sum(survival_probabilities(54)))      # 40.25
# ```


# %%
def survival_probabilities(depth: int, final: float = 0.5) -> list[float]:
    """Return the survival probability of each layer, from the first to the last, falling on a straight line.

    depth: number of layers, at least 1
    final: survival probability of the last layer, in [0, 1]
    returns a new list of `depth` Python floats: 1 − (l / depth)(1 − final) for l = 1 … depth, each right to 1e-6
        (Huang et al., 2016, equation 4)
    """
    ...


# %% [markdown]
# ## A network of changing depth
#
# Now put it together. A `stem` brings the input to the width of the network. Then come `depth` residual blocks, each
# with its own survival probability. A `head` turns what is left into logits:
#
# | part | what it is |
# |---|---|
# | `stem` | `Linear(in_features, width)` |
# | `blocks[0]`, `blocks[1]`, … | `DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p_l)` |
# | `head` | `Linear(width, num_classes)` |
#
# `Linear` and `DropLayer` are your own, from above. There is nothing in between: no ReLU after the stem, and no softmax
# after the head. The loss applies softmax itself.
#
# `blocks` holds modules, so it must be something that registers them: an `nn.Sequential` or an `nn.ModuleList`. A
# Python list works in `forward` as well. But its blocks would be missing from `parameters()`, and would not learn.
#
# And each block needs a layer of its own that starts with numbers of its own, and it makes its own draw in training,
# whatever the others do. `[block] * depth` looks like many blocks. It is one block, `depth` times; and `copy.deepcopy`
# copies the numbers, too. If you are not sure, count the parameters:
#
# ```python
# net = DropNet(in_features=2, width=16, depth=8, num_classes=2)
# print(sum(p.numel() for p in net.parameters()))      # 48 + 8 · 272 + 34 = 2258
# ```


# %%
class DropNet(nn.Module):
    """A deep residual network with stochastic depth.

    in_features: length of an input vector; width: length of the vectors inside; num_classes: number of logits
    depth: number of blocks, at least 1; final: survival probability of the last of them
    stem: Linear(in_features, width)
    blocks: nn.Sequential or nn.ModuleList of `depth` DropLayers around nn.Sequential(Linear(width, width), nn.ReLU()),
        with the survival probabilities that survival_probabilities(depth, final) gives, in its order
    head: Linear(width, num_classes)
    No two blocks, and no two nets, share a Linear.
    """

    def __init__(self, in_features: int, width: int, depth: int, num_classes: int, final: float = 0.5) -> None:
        super().__init__()
        ...

    def forward(self, x: Tensor) -> Tensor:
        """Return logits: head(blocks(stem(x))).

        x: (N, in_features), of the parameters' dtype and on their device; it is left unchanged
        returns (N, num_classes), same dtype and device
        """
        ...


# %% [markdown]
# ## See it at work
#
# `dojo run ch3_modules` trains two networks of the same depth on two spirals. One always uses all its blocks, the
# other is yours with stochastic depth. The picture shows which blocks each batch really used, how many that makes,
# and what it does to the loss and to the accuracy on points that the networks have not seen.
