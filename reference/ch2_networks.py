# %% [markdown]
# # Chapter 2: A network for CIFAR-10
#
# CIFAR-10 has 60,000 small photographs of ten kinds of things: aeroplanes, cars, birds, cats and so on. Each is 32×32
# pixels in three colours. It is small enough for a laptop and hard enough to be interesting.
#
# In this chapter you write everything between the files on the disk and a trained network: the transforms that turn
# a picture into a tensor, the loader that makes batches, the network, the loop that trains it, and the loop that
# says how good it is. Nearly every PyTorch program you will ever read has these six parts, in this order.
#
# One rule holds for all six: **what a function is given, it leaves as it was.** A picture, a data set and a batch are
# the same after the call as before. Only what is there to learn may change: the model in training, and its optimizer.

# %%
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import datasets, transforms

# The mean and the standard deviation of each colour over all training images, on the scale 0 to 1.
CIFAR10_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR10_STD = (0.2470, 0.2435, 0.2616)

# %% [markdown]
# ## From a picture to a tensor
#
# A picture arrives as a PIL image: bytes from 0 to 255, in the order (height, width, colour). A network wants floating
# numbers near zero, in the order (colour, height, width). Two steps do this.
#
# **ToTensor** divides by 255 and moves the colours to the front. **Normalize** subtracts a mean and divides by a
# standard deviation, for each colour by itself:
#
# $$ y_c = \frac{x_c - \mu_c}{\sigma_c} $$
#
# After that, the numbers have mean 0 and standard deviation 1 over the data set. The start of every layer is made for
# inputs like these.
#
# **In training, each picture may look a little different every time.** A cat is still a cat when it is mirrored, and
# when it is four pixels further left. So we show the network a random version at each visit. It cannot learn single
# images by heart, and it sees far more than 50,000 different ones. Two random steps are customary for CIFAR-10:
#
# 1. Put a border of 4 black pixels around the picture, which makes it 40×40. Then cut out a 32×32 window at a random
#    place.
# 2. Mirror it left to right, in half of the cases.
#
# Draw both with torch, as torchvision's transforms do, and not with Python's `random` or numpy. Then one call of
# `torch.manual_seed` makes a whole run repeatable, and the workers of a DataLoader do not all draw the same numbers.
#
# The border must be black *as a picture*: so both steps come before normalising. After it, 0 would not be black, but
# the mean colour.
#
# **In testing nothing is random.** The same picture must always give the same tensor. Otherwise the accuracy would
# change from one measurement to the next, with the network unchanged.


# %%
def make_transform(train: bool) -> Callable[[Image.Image], Tensor]:
    """Return the function that turns a picture into what the network is fed.

    train: True for a random version: 4 black pixels on each side, a random 32×32 window, each of the 81 equally likely,
        and mirrored half of the time; every call draws afresh, independently of the calls before, from torch's global
        generator, so that torch.manual_seed makes it repeatable; False for nothing random
    returns a callable: RGB PIL image of 32×32 → float32 (3, 32, 32), normalised with CIFAR10_MEAN and CIFAR10_STD
    """
    ### BEGIN SOLUTION
    steps = [transforms.ToTensor(), transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)]
    if train:
        steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), *steps]
    return transforms.Compose(steps)
    ### END SOLUTION


# %% [markdown]
# Look at what it does. A dark picture comes out negative, a bright one positive; the same picture twice gives the same:
#
# ```python
# grey = Image.new("RGB", (32, 32), (20, 20, 20))
# look = make_transform(train=False)
# print(look(grey).shape, look(grey).mean())      # [3, 32, 32], about -1.6
# print(torch.equal(look(grey), look(grey)))      # True
# ```

# %% [markdown]
# ## The data set
#
# torchvision knows CIFAR-10. `datasets.CIFAR10(root, …)` finds the files under `root`, or downloads them there if you
# say `download=True`. It then behaves like a list: `len(dataset)` is the number of images, and `dataset[i]` is a pair
# of (whatever the transform made of the picture, label). Each split gets the transform that belongs to it.
#
# Do not download unless you are asked to. A program that starts a transfer of 170 MB without being told so is a
# nuisance, and on many machines it cannot work.


# %%
def load_cifar10(root: str | Path, train: bool, download: bool = False) -> datasets.CIFAR10:
    """Return CIFAR-10 as a data set of (float32 (3, 32, 32), int label) pairs: a datasets.CIFAR10, or a subclass of it.

    root: the folder that holds, or is to hold, cifar-10-batches-py
    train: True for the 50,000 training images, False for the 10,000 test images; with make_transform(train)
    download: True downloads files that are missing; False downloads nothing, and missing files are a RuntimeError
    """
    ### BEGIN SOLUTION
    return datasets.CIFAR10(root, train=train, transform=make_transform(train), download=download)
    ### END SOLUTION


# %% [markdown]
# ## Batches
#
# One image at a time is slow and noisy; all at once does not fit. So we take a batch at a time. `DataLoader` picks the
# samples, stacks the tensors to one of shape (N, 3, 32, 32), and the labels to one of shape (N,).
#
# - **In training the order must change, on each pass.** A fixed order would show the network the same neighbours in
#   the same batch again and again. Sorted data are worse: a few hundred batches of cats, and everything is a cat. Here
#   too torch draws, so that `torch.manual_seed` decides the order. `DataLoader` does so by itself.
# - **In testing the order does not matter**, so leave it as it is. Then result number 17 belongs to image number 17.
# - 50,000 is not a multiple of every batch size. The last batch is then smaller. Keep it: these are images like the
#   others, and in testing each one counts.


# %%
def make_loader(dataset: Dataset, batch_size: int, train: bool) -> DataLoader:
    """Return a DataLoader over the data set.

    batch_size: samples in a batch; the last batch may be smaller and is kept
    train: True shuffles the samples, all orders equally likely, afresh on each pass, independently of the passes
        before, drawn from torch's global generator, so that torch.manual_seed makes it repeatable; False keeps the
        order of the data set
    """
    ### BEGIN SOLUTION
    return DataLoader(dataset, batch_size=batch_size, shuffle=train)
    ### END SOLUTION


# %% [markdown]
# ## A network
#
# This is nearly LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998, Section II.B), with three colours and with ReLU. Two
# convolutions look for patterns; three linear layers decide.
#
# | layer | what it does | shape after it |
# |---|---|---|
# | | the image | (N, 3, 32, 32) |
# | `conv1` | 3 → 6 channels, 5×5 window, then ReLU | (N, 6, 28, 28) |
# | | max-pool 2×2 | (N, 6, 14, 14) |
# | `conv2` | 6 → 16 channels, 5×5 window, then ReLU | (N, 16, 10, 10) |
# | | max-pool 2×2 | (N, 16, 5, 5) |
# | | flatten: 16 · 5 · 5 = 400 | (N, 400) |
# | `fc1` | 400 → 120, then ReLU | (N, 120) |
# | `fc2` | 120 → 84, then ReLU | (N, 84) |
# | `fc3` | 84 → `num_classes` | (N, num_classes) |
#
# A 5×5 window without padding loses 2 pixels on each side: 32 becomes 28. Follow the shapes down the table once with a
# pencil, and you will not need to guess the 400.
#
# **Flatten from dimension 1 on.** Dimension 0 counts the images of the batch. `x.view(-1, 400)` gives the right shape
# as well; but if a size is wrong somewhere, it mixes up images and says nothing.
#
# **The last layer has no ReLU and no softmax.** The outputs are *logits*: any real numbers, the larger the more
# likely. The loss applies softmax itself, in a way that never overflows.


# %%
class Net(nn.Module):
    """Two convolutions and three linear layers for 32×32 colour images.

    num_classes: how many logits
    conv1, conv2: nn.Conv2d, each followed by ReLU and 2×2 max-pooling
    fc1, fc2, fc3: nn.Linear; the first two are followed by ReLU

    All five are made in __init__ with the sizes in the table and a bias, in float32. Nothing else has parameters.
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, the same in train mode and in evaluation mode.

        x: (N, 3, 32, 32), N at least 1, of the parameters' floating dtype and on their device; flattened in the order
            (C, H, W)
        returns (N, num_classes), of x's dtype and on its device; gradients reach x and every layer
        """
        ### BEGIN SOLUTION
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)
        ### END SOLUTION


# %% [markdown]
# ## One pass of training
#
# For each batch: forward, loss, backward, step. You know this from chapter 1. The loss is cross-entropy on logits:
#
# $$ \ell = -\frac{1}{N} \sum_{i=1}^{N} \log \frac{e^{z_{i, t_i}}}{\sum_c e^{z_{i, c}}} $$
#
# for the logits $z$ and the right classes $t$. `F.cross_entropy` computes it.
#
# Four small things decide whether the loop is right.
#
# - **`model.train()` first.** Dropout and batch norm behave differently in training. Whoever evaluated the model before
#   has left it in evaluation mode.
# - **Clear the gradients for each batch.** `backward()` *adds* to `.grad`. What is left there from the batch before, or
#   from before your loop, would be part of this step.
# - **Move the batch to the device**, image and label. The loader makes them on the CPU.
# - **The mean is over samples, not over batches.** The last batch may hold 8 images where the others hold 32. If its
#   loss counted as much as theirs, each of its images would count four times. Weight each batch's mean by its size, and
#   divide by the number of samples you have seen.
#
# `.item()` takes the number out of the loss. Add up the tensors themselves, and each keeps its whole graph alive, until
# memory runs out.


# %%
def train_epoch(
    model: nn.Module,
    loader: Iterable[tuple[Tensor, Tensor]],
    optimizer: torch.optim.Optimizer,
    device: str | torch.device,
) -> float:
    """Train for one pass over the batches, in train mode, one step per batch on its mean cross-entropy.

    model: (N, …) → logits (N, C), already on `device`, in train mode or in evaluation mode
    loader: any iterable of (inputs, labels) batches, at least one, labels (N,) int64; the batches may be on any device,
        and each is moved to `device`
    optimizer: over the model's parameters; gradients that they hold before the call play no part
    returns the mean loss per sample seen, a Python float, each batch's loss taken before its step
    """
    ### BEGIN SOLUTION
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
    ### END SOLUTION


# %% [markdown]
# ## How good is it?
#
# Accuracy is the share of images whose largest logit is that of the right class. There is no need for softmax: it does
# not change which one is largest.
#
# Measuring must not change anything:
#
# - **Evaluation mode**, so that dropout is off and batch norm uses its running averages, and does not move them.
# - **No graph.** `torch.no_grad()` saves the memory and half of the time.
# - **Leave the model as you found it.** If it was in training mode, it should be so again, with all its layers. A
#   function that quietly turns off dropout for the rest of the program is hard to find.
# - **Leave autograd as you found it.** Whoever had turned it off before the call does not want it on after it.
#
# And again: count images, not batches.


# %%
def evaluate(model: nn.Module, loader: DataLoader, device: str | torch.device) -> float:
    """Return the share of samples that the model classifies correctly, a Python float in [0, 1].

    Runs in evaluation mode and records no graph. Afterwards the model and all its submodules are in the mode that they
    were in, train or evaluation (a mixture of both need not be restored). Parameters, their gradients, buffers, and
    whether autograd is on are as they were, too.

    model: (N, …) → logits (N, C), already on `device`
    loader: batches of (inputs, labels), at least one; they may be on any device, and each is moved to `device`
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    correct, seen = 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            correct += (model(inputs).argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    model.train(was_training)
    return correct / seen
    ### END SOLUTION


# %% [markdown]
# ## All of it
#
# Now put the loop together. SGD with momentum 0.9 and nothing else is a good default (in chapter 6 you write it
# yourself). Two things are easy to get wrong.
#
# **Move the model first**, then make the optimizer. The optimizer then holds the parameters where they will be.
#
# **One optimizer for all epochs.** Its momentum is a memory of past gradients. A new optimizer in every epoch forgets
# it every time.


# %%
def fit(
    model: nn.Module,
    train_loader: DataLoader,
    test_loader: DataLoader,
    epochs: int,
    lr: float = 0.01,
    device: str | torch.device = "cpu",
) -> list[tuple[float, float]]:
    """Move the model to the device and train it there with SGD, momentum 0.9, which is kept from epoch to epoch.

    epochs: passes over train_loader, 0 or more; lr: learning rate
    returns a list of tuples (mean loss, test accuracy), both Python floats: one for each epoch, the loss as train_epoch
        returns it, the accuracy measured after that epoch
    """
    ### BEGIN SOLUTION
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = []
    for _ in range(epochs):
        loss = train_epoch(model, train_loader, optimizer, device)
        history.append((loss, evaluate(model, test_loader, device)))
    return history
    ### END SOLUTION


# %% [markdown]
# ## See it learn
#
# `dojo run ch2_networks` trains your `Net` in a few seconds on images that come with the course: 4,000 pictures of
# clothes, a part of Fashion-MNIST. With `--data cifar10` it downloads CIFAR-10 and trains on that. Expect about 60 %
# after ten passes: far above the 10 % of guessing, and far below what chapter 4 reaches.
