# %% [markdown]
# # Chapter 5: Ensembles and freezing
#
# Ask one doctor, and you get one opinion. Ask five, and take the opinion that most of them share: if they err
# independently, the majority errs less often than each of them. Networks are no different. Train a few, let them
# vote, and the vote is nearly always better than the average member.
#
# In this chapter you count votes, build a module out of other modules, and freeze a network so that it can be used
# inside another one without being changed. The last one is the base of fine-tuning, the most common way in which
# large networks are used today.
#
# Whatever you write in this chapter works on the device of what it is given, and leaves its inputs and the caller's
# grad mode as they are (of course `Frozen` freezes the module that it gets). There is always at least one member and at
# least one sample; only `Ensemble` is asked what it does without members.

# %%
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# %% [markdown]
# ## Why voting helps
#
# Three members, each right in 70 % of the cases, independently. The majority is right if all three are, or exactly two:
#
# $$ 0.7^3 + 3 \cdot 0.7^2 \cdot 0.3 = 0.784 $$
#
# With more members it grows further (this is Condorcet's jury theorem, of 1785). Real members are not independent,
# because they learnt from the same data. So the gain is smaller, and larger if the members differ: an Inception, a
# VGG and an AlexNet disagree more often than three of a kind.

# %% [markdown]
# ## Counting votes
#
# `predictions` holds one row per member and one column per sample. For each column you want the label that occurs most
# often. There may be thousands of members, and labels in the thousands, most of which never occur. Count in whole
# numbers: float16, for one, cannot tell 2049 votes from 2048.
#
# **What about a tie?** With two votes for 3 and two for 5 there is no majority. There must be a rule all the same, or
# two computers would give two answers. Here the smallest label wins.
#
# PyTorch has `torch.mode`, which gives the most frequent value. But its documentation promises nothing about ties. On
# the CPU it happens to give the smallest; a GPU may give another one. A program that depends on what is not promised
# works until it does not. So do it in steps that are promised:
#
# - counting: for one member, how many members voted as it did? Comparing tensors gives booleans, and their sum counts;
# - or `F.one_hot`, which turns label 2 of 4 into (0, 0, 1, 0), so that votes can be added up;
# - `argmax` returns the *first* of several largest values. That is promised.


# %%
def majority_vote(predictions: Tensor) -> Tensor:
    """Return the most frequent label of each column; of several equally frequent ones, the smallest.

    predictions: int64 (M, N), one row per member, labels at least 0; it is left unchanged
    returns int64 (N,), on the device of the predictions
    """
    ### BEGIN SOLUTION
    votes = F.one_hot(predictions).sum(dim=0)
    return votes.argmax(dim=1)
    ### END SOLUTION


# %% [markdown]
# ```python
# print(majority_vote(torch.tensor([[2, 5, 1], [2, 3, 0], [7, 5, 3]])))      # 2, 5, and of 1, 0, 3 the smallest: 0
# ```

# %% [markdown]
# ## A committee is a module
#
# An `Ensemble` is made of modules, and is a module itself. So it can do what a module can: move to a GPU, save its
# state, switch to evaluation mode, sit inside another module. A committee can even be a member of a larger committee.
#
# Its `forward` gives, for each sample and each class, **the share of members that vote for the class**. With three
# members of which two say "cat", the row holds 2/3 for cat and 1/3 for what the third one says. Each row sums to
# 1, and has a number for each class, also for those that get no vote. A member votes for the class with its largest
# logit. How large the logit is does not count: one loud member must not outvote two quiet ones. If two classes share
# the largest logit, it is still one vote, for either.
#
# Three details:
#
# - `members` may be *any* iterable, even a generator. A generator can be read only once. Put its modules into an
#   `nn.ModuleList` right away. A Python list would not do: PyTorch does not look inside lists, so `.to()` and
#   `.parameters()` would miss the members.
# - The members are used as they are given: the very modules, not copies. A module that is given twice has two votes.
# - The shares are numbers like the logits: same dtype, same device.


# %%
class Ensemble(nn.Module):
    """A committee of classifiers that vote: to(), parameters(), state_dict(), train() and eval() reach every member.

    members: any iterable of modules that map (N, …) to logits (N, C); ValueError, when it is built, if there are none
    """

    def __init__(self, members: Iterable[nn.Module]) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.members = nn.ModuleList(members)
        if len(self.members) == 0:
            raise ValueError("members must hold at least one module, got none")
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return, for each sample, the share of members that vote for each class.

        x: (N, …), what the members take
        returns (N, C), rows with sum 1, of the logits' dtype and on their device
        """
        ### BEGIN SOLUTION
        logits = [member(x) for member in self.members]
        votes = [F.one_hot(each.argmax(dim=1), each.shape[1]) for each in logits]
        return torch.stack(votes).to(logits[0].dtype).mean(dim=0)
        ### END SOLUTION

    def predict(self, x: Tensor) -> Tensor:
        """Return, for each sample, the label that most members vote for; in a tie, the smallest.

        x: (N, …), what the members take
        returns int64 (N,), on the logits' device, as majority_vote gives them
        """
        ### BEGIN SOLUTION
        return majority_vote(torch.stack([member(x).argmax(dim=1) for member in self.members]))
        ### END SOLUTION


# %% [markdown]
# ## Freezing
#
# Suppose a network is good, and you want to build on it: put a new layer after it, and train that layer alone. The
# network must no longer change. It sounds easy: "do not train it". But there are four ways in which it can still
# change.
#
# 1. **Its parameters require grad.** Then `backward()` computes gradients for them, and an optimizer that holds them
#    moves them. `requires_grad_(False)` ends it.
# 2. **Old gradients.** A parameter may have a gradient left from its own training. An optimizer moves whatever has a
#    `.grad`, whether or not it requires grad! So set `.grad` to `None`.
# 3. **Its mode.** In training mode, dropout drops and batch norm uses the batch's own mean. Call `eval()`. But that
#    is not enough: as soon as somebody calls `train()` on the network around it, the call goes down to all children.
#    A frozen module must not listen. It can: override `train`.
# 4. **Its buffers.** Batch norm's running averages are not parameters. They move in each training forward, without any
#    optimizer. Evaluation mode stops that, too.
#
# See 4 for yourself:
#
# ```python
# norm = nn.BatchNorm1d(3).requires_grad_(False)
# norm(torch.randn(8, 3) + 5)
# print(norm.running_mean)      # it has moved, though nothing was trained
# ```
#
# **Gradients must still flow *through* it.** If something trainable comes before the frozen network, its gradient
# has to pass through it. So `torch.no_grad()` is the wrong tool here: it cuts the graph. Freezing a parameter only says
# that nobody needs the gradient *for this parameter*.
#
# And it freezes the module it is given, not a copy. Anyone who holds the module elsewhere holds a frozen one.
#
# The wrapper is a module too, so it has a `training` flag of its own. Nothing depends on that flag, and it may be
# anything. What counts is the module inside, and every module inside that one.


# %%
class Frozen(nn.Module):
    """A wrapper around a module that no longer changes.

    module: any module. It is frozen itself, not a copy of it: none of its parameters requires grad, and their gradients
        are dropped (None). As soon as it is wrapped, it is in evaluation mode, with every module inside it, and stays
        there whatever train() is called on this wrapper or on a parent of it. So its buffers never change in forward.
        Gradients still flow through it to its input. to(), parameters() and state_dict() of the wrapper reach it.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.module = module
        for parameter in module.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
        self.eval()
        ### END SOLUTION

    def train(self, mode: bool = True) -> "Frozen":
        """Keep the module in evaluation mode, whatever mode is asked for; return self."""
        ### BEGIN SOLUTION
        return super().train(False)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return what the module gives for x; gradients flow through to x."""
        ### BEGIN SOLUTION
        return self.module(x)
        ### END SOLUTION


# %% [markdown]
# ## Learning whom to trust
#
# In a vote each member counts the same. But one may be good at shoes and another at shirts. *Stacking* learns whom to
# trust: put the members' logits side by side, and let one linear layer decide (Wolpert, 1992, "Stacked generalization",
# Neural Networks 5). The members are frozen. Only the new layer, the `head`, learns.
#
# With M members and C classes, the head sees M · C numbers for each sample: first all logits of the first member, then
# all of the second, and so on. A module that is given twice is there twice.


# %%
class StackedEnsemble(nn.Module):
    """Frozen members, and a linear layer that learns whom to trust.

    members: any iterable of modules that map (N, …) to logits (N, num_classes). Each is frozen, as `Frozen` does it.
        They are parts of this module: to(), parameters() and state_dict() reach them.
    head: nn.Linear(M · num_classes, num_classes), trainable
    """

    def __init__(self, members: Iterable[nn.Module], num_classes: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.members = nn.ModuleList(Frozen(member) for member in members)
        self.head = nn.Linear(len(self.members) * num_classes, num_classes)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return head(the members' logits, side by side in the order of the members).

        x: (N, …), what the members take; gradients flow through the members to x
        returns logits (N, num_classes)
        """
        ### BEGIN SOLUTION
        return self.head(torch.cat([member(x) for member in self.members], dim=1))
        ### END SOLUTION


# %% [markdown]
# ## What is left to train
#
# An optimizer should be given only what may move. `trainable_parameters` picks it out. A parameter may appear in
# two places in a network: language models often use one matrix at the input and at the output. It must be in the list
# once. An optimizer that had it twice would move it twice, and PyTorch refuses that.


# %%
def trainable_parameters(module: nn.Module) -> list[nn.Parameter]:
    """Return a list of the module's parameters that require grad now, each once, in any order.

    They are the parameters themselves, from all depths, not copies. The call changes nothing.
    """
    ### BEGIN SOLUTION
    return [parameter for parameter in module.parameters() if parameter.requires_grad]
    ### END SOLUTION


# %% [markdown]
# ```python
# body, head = nn.Linear(4, 4), nn.Linear(4, 2)
# net = nn.Sequential(Frozen(body), head)
# print(len(trainable_parameters(net)))      # 2: the head's weight and bias
# optimizer = torch.optim.SGD(trainable_parameters(net), lr=0.1)
# ```

# %% [markdown]
# ## See it at work
#
# `dojo run ch5_ensembles` trains an Inception, a VGG and an AlexNet, small ones, on pictures of clothes. It shows how
# often each is right, how often they are wrong together, and what the vote and the stacked ensemble make of them.
