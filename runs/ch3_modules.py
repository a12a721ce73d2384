"""The picture of chapter 3: a deep network on two spirals, with all its blocks and with stochastic depth."""

import math
import time

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from torchdojo.pictures import BLUE, DARK, GREY, ORANGE, smooth, tidy

DEPTH, WIDTH, FINAL = 24, 24, 0.5
BATCH, LR = 50, 3e-3
SAMPLES, NOISE = 200, 0.2


def run(chapter, options) -> Figure:
    """Train DropNet twice, once with every block kept, and draw what differs."""
    torch.manual_seed(options.seed)
    train, test = spirals(SAMPLES), spirals(1000)
    epochs = options.epochs or 80
    results = {}
    for name, final in (("all blocks, always", 1.0), ("stochastic depth", FINAL)):
        torch.manual_seed(options.seed + 1)
        net = chapter.DropNet(2, WIDTH, DEPTH, 2, final=final).to(options.device)
        results[name] = fit(net, train, test, epochs, options)
        losses, reached, used, seconds = results[name][1:]
        print(
            f" {name:<20} loss {sum(losses[-8:]) / 8:.3f}, accuracy on fresh points {reached[-1]:.3f}, "
            f"{used.float().sum(1).mean():.1f} of {DEPTH} blocks used, {seconds:.1f} s"
        )
    return draw(results, chapter.survival_probabilities(DEPTH, FINAL), train)


def spirals(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two interleaved spirals with some noise: points (count, 2) and labels (count,)."""
    labels = torch.arange(count) % 2
    turn = torch.rand(count).sqrt() * 2.5 * math.pi + 0.5
    angle = turn + labels * math.pi
    points = torch.stack([turn * angle.cos(), turn * angle.sin()], dim=1) / 4
    return points + NOISE * torch.randn(count, 2), labels


class UsedBlocks:
    """Records, for each training batch, which blocks called the layer inside them."""

    def __init__(self, blocks) -> None:
        self.rows = []
        for number, block in enumerate(blocks):
            inside = next(m for m in block.modules() if isinstance(m, nn.Sequential))
            inside.register_forward_hook(lambda module, *_, number=number: self.record(module, number))

    def record(self, module, number) -> None:
        if module.training:
            self.rows[-1][number] = True


def fit(net, train, test, epochs, options):
    """Train with Adam; return the net, the loss by batch, test accuracy by epoch, blocks used by batch, seconds."""
    (data, labels), (fresh, answers) = ([t.to(options.device) for t in pair] for pair in (train, test))
    used = UsedBlocks(net.blocks)
    optimizer = torch.optim.Adam(net.parameters(), lr=LR)
    losses, reached = [], []
    start = time.perf_counter()
    for _ in range(epochs):
        net.train()
        for rows in torch.randperm(len(labels)).split(BATCH):
            used.rows.append([False] * DEPTH)
            optimizer.zero_grad()
            loss = F.cross_entropy(net(data[rows]), labels[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        net.eval()
        with torch.no_grad():
            reached.append((net(fresh).argmax(1) == answers).double().mean().item())
    return net, losses, reached, torch.tensor(used.rows), time.perf_counter() - start


def draw(results, probabilities, train) -> Figure:
    figure = Figure(figsize=(14, 8), layout="constrained")
    (full, depth, loss), (dropped, count, accuracy) = figure.subplots(2, 3)
    colours = dict(zip(results, (GREY, ORANGE), strict=True))
    for axes, (name, result) in zip((full, dropped), results.items(), strict=True):
        regions(axes, result[0], train, f"{name}: {result[2][-1]:.1%} right on fresh points")
    for name, (_, losses, reached, _, _) in results.items():
        batches, means = smooth(losses, 24)
        loss.semilogy(batches, means, color=colours[name], label=name)
        accuracy.plot(range(1, len(reached) + 1), reached, color=colours[name], label=name, linewidth=1.2)
    loss.set(xlabel="batch", ylabel="mean cross-entropy", title="Training loss (mean of 24 batches)")
    accuracy.set(
        xlabel="epoch", ylabel="share classified correctly", title="Accuracy on fresh points", ylim=(0.45, 1.01)
    )
    used = results["stochastic depth"][3]
    raster(depth, used, probabilities)
    counts(count, used, probabilities)
    tidy((loss, accuracy, count))
    for axes in (loss, accuracy):
        axes.legend(fontsize=8)
    return figure


def raster(axes, used, probabilities) -> None:
    """Draw a column per batch: dark where the block was used."""
    shown = used[:100].T.int()
    axes.imshow(shown, cmap="Blues", vmin=0, vmax=1.25, aspect="auto", origin="lower", interpolation="nearest")
    axes.set(xlabel="batch", ylabel="block", title="Which blocks the first batches used")
    axes.set_yticks(
        [0, DEPTH // 2 - 1, DEPTH - 1], [f"{b + 1}  p={probabilities[b]:.2f}" for b in (0, DEPTH // 2 - 1, DEPTH - 1)]
    )


def counts(axes, used, probabilities) -> None:
    """Draw how many blocks a batch used, over all batches."""
    numbers = used.sum(dim=1)
    axes.hist(numbers, bins=[n - 0.5 for n in range(DEPTH + 2)], density=True, color=BLUE, alpha=0.7)
    axes.axvline(sum(probabilities), color=DARK, linestyle="--", label=f"Σ pₗ = {sum(probabilities):.1f}")
    axes.axvline(numbers.float().mean(), color=ORANGE, label=f"observed mean: {numbers.float().mean():.1f}")
    axes.set(xlabel=f"blocks used, of {DEPTH}", ylabel="share of the batches", title="How deep the network really was")
    axes.legend(fontsize=8)


def regions(axes, net, train, title) -> None:
    """Draw the net's prediction for each point of the plane, and the points it learnt from."""
    span = torch.linspace(-2.7, 2.7, 160)
    grid = torch.cartesian_prod(span, span).flip(1)
    device = next(net.parameters()).device
    net.eval()
    with torch.no_grad():
        share = net(grid.to(device)).softmax(1)[:, 1].cpu().view(160, 160)
    axes.imshow(share, extent=(-2.7, 2.7, -2.7, 2.7), origin="lower", cmap="PuOr_r", alpha=0.6, vmin=0, vmax=1)
    points, labels = train
    for label, colour in ((0, "#5b3a8c"), (1, "#b8651b")):
        axes.scatter(*points[labels == label].T, s=5, color=colour, linewidths=0)
    axes.set(xticks=[], yticks=[], title=title)
