# %% [markdown]
# # Chapter 4: Inception, AlexNet and VGG
#
# Three networks changed how people build image classifiers. AlexNet (2012) showed that a deep convolutional network
# can win. VGG (2014) showed how far you get with one simple block, repeated. Inception (2014) asked a different
# question: which filter size is the right one here? Its answer was: take several, side by side.
#
# In this chapter you build small versions of all three, sized for 32×32 images. You meet batch normalisation, 1×1
# convolutions, branches that run in parallel, dropout, and global average pooling. Each network is an `nn.Module`
# made of other modules, so you also practise the habit that keeps big networks readable: build a small part, check
# it, then use it.
#
# A few things hold for every module here. It works in any floating dtype, float16 and bfloat16 included, on the device
# that its parameters and its input share. It leaves its input unchanged. A batch holds at least one image. And every
# layer learns: gradients reach the input and all parameters, in training and in evaluation. Each module that you build
# has parameters of its own.

# %%
from collections.abc import Sequence

import torch
from torch import Tensor, nn

# %% [markdown]
# ## The size of what comes out
#
# A convolution slides a window over the image. With input height $H$, window $k$, stride $s$ and padding $p$ on both
# sides, the output has height
#
# $$ \left\lfloor \frac{H + 2p - k}{s} \right\rfloor + 1 $$
#
# The same holds for the width, and for pooling. You will need this formula all the time, so here it is as a function.
# Try `output_size(32, kernel_size=3, padding=1)` and `output_size(32, kernel_size=3, stride=2, padding=1)`.
# Then find the padding that keeps the size for a 5×5 window.


# %%
def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    """Return the height (or width) that a convolution or a pooling window makes of `size`, in pixels."""
    return (size + 2 * padding - kernel_size) // stride + 1


def count_parameters(module: nn.Module) -> int:
    """Return how many numbers a module learns."""
    return sum(parameter.numel() for parameter in module.parameters())


# %% [markdown]
# ## A block: convolution, batch norm, ReLU
#
# Modern networks rarely use a convolution alone. They use a block of three layers, always in this order.
#
# **Batch norm** takes one channel at a time. In training it looks at all the values of that channel, over the whole
# batch and over all pixels. It subtracts their mean $\mu$ and divides by their standard deviation. Then it scales and
# shifts the result with two learnt numbers, $\gamma$ and $\beta$:
#
# $$ y = \gamma \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta $$
#
# (Ioffe and Szegedy, 2015, arXiv:1502.03167, Algorithm 1.)
#
# A single image at test time has no batch to take a mean over. So the layer also keeps running averages of $\mu$ and
# $\sigma^2$ while it trains, and uses those in evaluation. This is why `train()` and `eval()` matter: the same layer
# computes two different things.
#
# **The convolution gets no bias.** A bias adds one constant to a whole channel, and batch norm subtracts the mean of
# that channel right away. So the constant is gone before anybody sees it. You can watch it vanish:
#
# ```python
# x = torch.randn(8, 3, 5, 5)
# bn = nn.BatchNorm2d(3)
# print((bn(x) - bn(x + 7)).abs().max())      # zero, up to rounding
# ```
#
# The shift $\beta$ of the batch norm does the bias's work.
#
# **The order matters.** ReLU comes last, so what leaves the block is never negative. If ReLU came before the batch
# norm, half of the values would be cut off before they are centred, and the block would give negative numbers again.


# %%
class ConvBlock(nn.Module):
    """Convolution without bias, then batch norm, then ReLU.

    conv: nn.Conv2d without bias; bn: nn.BatchNorm2d with its defaults
    kernel_size, stride, padding: in pixels, handed to the convolution
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output.

        x: (N, in_channels, H, W), any floating dtype, on the module's device; it is left unchanged
        returns (N, out_channels, H', W'), of x's dtype and on its device, with H' and W' as `output_size` says
        """
        ### BEGIN SOLUTION
        return torch.relu(self.bn(self.conv(x)))
        ### END SOLUTION


# %% [markdown]
# ## Several window sizes at once
#
# A face close to the camera needs a large window. A face far away needs a small one. An Inception module does not
# choose. It sends its input through four branches and stacks what they find (Szegedy et al., 2014, arXiv:1409.4842,
# Figure 2b):
#
# | branch | layers |
# |---|---|
# | `branch1` | 1×1 block |
# | `branch3` | 1×1 block, then 3×3 block |
# | `branch5` | 1×1 block, then 5×5 block |
# | `branch_pool` | 3×3 max-pool, then 1×1 block |
#
# **Stacking** means concatenating on the channels. Images lie in memory as `(N, C, H, W)`, so the channels are
# dimension 1. Four branches with 2, 5, 1 and 7 channels give 15 channels, in that order. The order is a promise to
# the next layer: its weights belong to these channels, one by one.
#
# Concatenation needs every branch to keep height and width. So the 3×3 and the 5×5 blocks need padding, and so does
# the pooling. Look out for one default there: `nn.MaxPool2d(3)` moves in steps of 3, not 1.
#
# **A 1×1 window** sees one pixel. It mixes the channels of that pixel and makes as many new ones as you like. Here it
# makes fewer, before the costly window comes. In the first Inception module of the paper, 192 channels go into
# 32 filters of 5×5. Done directly, that takes 192 · 32 · 25 = 153,600 weights. With a reduction to 16 channels first,
# it takes 192 · 16 + 16 · 32 · 25 = 15,872: nearly ten times fewer. Check it:
#
# ```python
# direct = nn.Conv2d(192, 32, 5, bias=False)
# reduced = nn.Sequential(nn.Conv2d(192, 16, 1, bias=False), nn.Conv2d(16, 32, 5, bias=False))
# print(count_parameters(direct), count_parameters(reduced))
# ```
#
# A warning, if you compare with other code: torchvision's GoogLeNet has a 3×3 window where the paper has 5×5.
# Here the window is 5×5, as in the paper.


# %%
class Inception(nn.Module):
    """Four branches side by side, concatenated on the channels; height and width are kept.

    in_channels: channels of the input
    c1: channels out of branch1, ConvBlock 1×1
    c3_reduce, c3: channels out of the 1×1 and the 3×3 (padding 1) ConvBlock of branch3, an nn.Sequential
    c5_reduce, c5: channels out of the 1×1 and the 5×5 (padding 2) ConvBlock of branch5, an nn.Sequential
    pool_proj: channels out of the 1×1 ConvBlock that follows a 3×3 max-pool (stride 1, padding 1) in branch_pool,
        an nn.Sequential
    """

    def __init__(
        self, in_channels: int, c1: int, c3_reduce: int, c3: int, c5_reduce: int, c5: int, pool_proj: int
    ) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.branch1 = ConvBlock(in_channels, c1, 1)
        self.branch3 = nn.Sequential(ConvBlock(in_channels, c3_reduce, 1), ConvBlock(c3_reduce, c3, 3, padding=1))
        self.branch5 = nn.Sequential(ConvBlock(in_channels, c5_reduce, 1), ConvBlock(c5_reduce, c5, 5, padding=2))
        self.branch_pool = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            ConvBlock(in_channels, pool_proj, 1),
        )
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return the four branches' outputs, concatenated in the order 1, 3, 5, pool.

        x: (N, in_channels, H, W), any floating dtype, on the module's device
        returns (N, c1 + c3 + c5 + pool_proj, H, W), of x's dtype and on its device
        """
        ### BEGIN SOLUTION
        return torch.cat([self.branch1(x), self.branch3(x), self.branch5(x), self.branch_pool(x)], dim=1)
        ### END SOLUTION


# %% [markdown]
# ## A network of Inception modules
#
# Now you stack the parts. With $w$ for the width, and for a 32×32 image:
#
# | part | channels out | size out |
# |---|---|---|
# | `stem`: ConvBlock 3×3, padding 1 | $w$ | 32×32 |
# | 2×2 max-pool | $w$ | 16×16 |
# | `inception1` = Inception($w$, $w/2$, $w/2$, $w$, $w/8$, $w/4$, $w/4$) | $2w$ | 16×16 |
# | 2×2 max-pool | $2w$ | 8×8 |
# | `inception2` = Inception($2w$, $w$, $w$, $2w$, $w/4$, $w/2$, $w/2$) | $4w$ | 8×8 |
# | global average pool | $4w$ | 1×1 |
# | `head`: linear | `num_classes` | |
#
# **Global average pooling** takes the mean of each channel over all its pixels (Lin et al., 2013, arXiv:1312.4400,
# Section 3.2). Then the linear layer needs only $4w$ inputs, whatever the size of the image. So the same network runs
# on 32×32 and on 40×24. Make sure that yours does: a window of fixed size is not global.
#
# Keep the batch dimension in mind as well. `squeeze()` removes *every* dimension of length 1, and a batch may hold
# just one image.
#
# **The outputs are logits**: any real numbers, one per class. Softmax belongs to the loss, and
# `nn.CrossEntropyLoss` applies it itself. A softmax in the network as well would flatten the gradient.
#
# The width is divided by 8, so it must be a multiple of 8. Say so at once when it is not, with a ValueError. It helps
# if the message names the argument: an error in the constructor is worth an hour of searching later.


# %%
class InceptionNet(nn.Module):
    """A small classifier: a stem, two Inception modules, global average pooling and a linear head.

    num_classes: how many logits
    width: channels after the stem, a positive multiple of 8; ValueError for any other int
    stem: ConvBlock; inception1, inception2: Inception; head: nn.Linear(4 * width, num_classes)
    """

    def __init__(self, num_classes: int = 10, width: int = 32) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        if width <= 0 or width % 8 != 0:
            raise ValueError(f"width must be a positive multiple of 8, got {width}")
        w = width
        self.stem = ConvBlock(3, w, 3, padding=1)
        self.inception1 = Inception(w, w // 2, w // 2, w, w // 8, w // 4, w // 4)
        self.inception2 = Inception(2 * w, w, w, 2 * w, w // 4, w // 2, w // 2)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(4 * w, num_classes)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return logits.

        x: (N, 3, H, W), H and W at least 4, any floating dtype, on the module's device
        returns (N, num_classes), of x's dtype and on its device
        """
        ### BEGIN SOLUTION
        x = self.pool(self.stem(x))
        x = self.pool(self.inception1(x))
        x = self.inception2(x)
        return self.head(x.mean(dim=(2, 3)))
        ### END SOLUTION


# %% [markdown]
# ## AlexNet
#
# Go back two years. AlexNet has no batch norm and no branches. It has five convolutions, three poolings and three
# linear layers, with ReLU in between (Krizhevsky, Sutskever and Hinton, 2012). Here is its shape at a size that suits
# 32×32 images, with $w$ for the width. These convolutions keep their bias: nothing after them would undo it.
#
# | `features` | channels out | size out |
# |---|---|---|
# | Conv 3×3, stride 2, padding 1 · ReLU · MaxPool 2 | $w$ | 16×16, then 8×8 |
# | Conv 3×3, padding 1 · ReLU · MaxPool 2 | $3w$ | 8×8, then 4×4 |
# | Conv 3×3, padding 1 · ReLU | $6w$ | 4×4 |
# | Conv 3×3, padding 1 · ReLU | $4w$ | 4×4 |
# | Conv 3×3, padding 1 · ReLU · MaxPool 2 | $4w$ | 4×4, then 2×2 |
#
# What is left is $4w$ channels of 2×2, so $16w$ numbers for an image. Flatten them from dimension 1 on: dimension 0 is
# the batch. Then comes the `classifier`: Dropout(0.5), Linear($16w$, $16w$), ReLU, Dropout(0.5), Linear($16w$, $16w$),
# ReLU, Linear($16w$, `num_classes`).
#
# **Dropout** sets each number to zero with probability $p$ in training, and divides the others by $1 - p$, so that the
# mean stays. Each number of each image has a draw of its own, in both dropouts and at each call, from torch's global
# generator. No unit can then rely on one neighbour, and the layer overfits less (Srivastava et al., 2014, JMLR 15,
# Section 10 for the scaling). In evaluation it must do nothing at all. The module `nn.Dropout` knows which mode it is
# in. The function `F.dropout` does not know, unless you tell it.
#
# Most of this network's weights are not in its convolutions. Build one and count:
#
# ```python
# net = AlexNet(width=64)
# print(count_parameters(net.features), count_parameters(net.classifier))
# ```


# %%
class AlexNet(nn.Module):
    """AlexNet's five convolutions and three linear layers, for 32×32 images.

    num_classes: how many logits
    width: channels of the first convolution
    features: nn.Sequential of the convolutions (with bias), ReLUs and poolings of the table above
    classifier: nn.Sequential of the dropouts, linear layers and ReLUs; the flattening may be in it or before it
    """

    def __init__(self, num_classes: int = 10, width: int = 64) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        w = width
        self.features = nn.Sequential(
            nn.Conv2d(3, w, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(w, 3 * w, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(3 * w, 6 * w, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(6 * w, 4 * w, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(4 * w, 4 * w, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(16 * w, 16 * w),
            nn.ReLU(),
            nn.Linear(16 * w, num_classes),
        )
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return logits.

        x: (N, 3, 32, 32), any floating dtype, on the module's device
        returns (N, num_classes), of x's dtype and on its device
        """
        ### BEGIN SOLUTION
        return self.classifier(torch.flatten(self.features(x), start_dim=1))
        ### END SOLUTION


# %% [markdown]
# ## VGG: a network written as a list
#
# VGG has one idea: use only 3×3 windows, and many of them (Simonyan and Zisserman, 2014, arXiv:1409.1556, Section 2.3).
# Two 3×3 convolutions in a row see 5×5 pixels. With $C$ channels they take $18 C^2$ weights; one 5×5 convolution takes
# $25 C^2$. And they have a ReLU in between.
#
# A network this regular can be written as a list, such as `(32, "M", 64, "M")`. A positive int is a 3×3 convolution
# with padding 1 and that many channels, then ReLU. An `"M"` is a 2×2 max-pool. Your module reads the list from left to
# right. The number of channels that goes *into* a convolution is not in the list: it is 3 at first, then whatever came
# out last.
#
# `features` is exactly this sequence. After it come global average pooling and one linear layer, `classifier`. It takes
# the channels of the last *int*. The last *entry* may well be an `"M"`.
#
# A list can be wrong, too. An `"m"`, a `0` or a `64.0` is not a layer, and a list without any int makes no features.
# Say so with a ValueError, whatever it says. A reader that silently skips what it does not know builds another network
# than the one you wrote.


# %%
class VGG(nn.Module):
    """A plain stack of 3×3 convolutions and 2×2 poolings, global average pooling and a linear layer.

    config: a list or tuple; a positive int is Conv 3×3 with padding 1 and that many channels, then ReLU; "M" is a 2×2
        max-pool. It is not changed. ValueError for any other entry, or without any int
    num_classes: how many logits
    features: that nn.Sequential; classifier: nn.Linear(last int of config, num_classes)
    """

    def __init__(self, config: Sequence[int | str], num_classes: int = 10) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        layers: list[nn.Module] = []
        channels = 3
        for entry in config:
            if isinstance(entry, int) and not isinstance(entry, bool) and entry > 0:
                layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU()]
                channels = entry
            elif isinstance(entry, str) and entry == "M":
                layers += [nn.MaxPool2d(2)]
            else:
                raise ValueError(f'config may hold positive ints and "M", got {entry!r}')
        if not any(isinstance(layer, nn.Conv2d) for layer in layers):
            raise ValueError(f"config needs at least one int, got {config!r}")
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, num_classes)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return logits.

        x: (N, 3, H, W), large enough for the poolings, any floating dtype, on the module's device
        returns (N, num_classes), of x's dtype and on its device
        """
        ### BEGIN SOLUTION
        return self.classifier(self.features(x).mean(dim=(2, 3)))
        ### END SOLUTION


# %% [markdown]
# ## Where to go from here
#
# Train the three on the same data and look at what they cost: `dojo run ch4_inception` does it in half a minute, and
# draws what the branches of your first Inception module see. Compare `count_parameters` of the three. The smallest
# network need not be the worst.
#
# In the next chapter the three sit on one committee and vote.
