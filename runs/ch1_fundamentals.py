"""The picture of chapter 1: the two clouds, the learnt line, the best possible line, and the loss by epoch."""

import math

import torch
from matplotlib.figure import Figure

from torchdojo.pictures import BLUE, DARK, ORANGE, RED, tidy

BAYES = 0.5 * math.erfc(-math.sqrt(5) / 2 / math.sqrt(2))


def run(chapter, options) -> Figure:
    """Train on 200 samples with `train`, and draw the result."""
    torch.manual_seed(options.seed)
    data, labels = chapter.generate_data(100)
    weights, bias = chapter.init_parameters()
    weights, bias, data, labels = chapter.to_device(options.device, weights, bias, data, labels)
    epochs = options.epochs or 10
    losses = chapter.train(weights, bias, data, labels, epochs=epochs, lr=0.1)
    fresh, fresh_labels = (t.to(options.device) for t in chapter.generate_data(5000))
    reached = chapter.accuracy(fresh, fresh_labels, weights, bias)
    print(f" {len(data)} samples, {epochs} epochs: loss {losses[0]:.3f} → {losses[-1]:.3f}")
    print(f" accuracy on {len(fresh):,} fresh samples: {reached:.3f}; the best possible is {BAYES:.3f}")
    return draw(data.cpu(), labels.cpu(), weights.detach().cpu(), bias.detach().cpu(), losses, reached)


def draw(data, labels, weights, bias, losses, reached) -> Figure:
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1.35, 1])
    for label, colour in ((0, BLUE), (1, ORANGE)):
        points = data[labels == label]
        left.scatter(points[:, 0], points[:, 1], s=16, color=colour, alpha=0.75, linewidths=0, label=f"class {label}")
    left.scatter([0, 2], [0, 1], marker="+", s=120, color=DARK, linewidths=2, label="the true centres")
    line(left, (2.0, 1.0), -2.5, color=DARK, linestyle="--", label=f"Bayes rule: {BAYES:.1%} right")
    w = weights.flatten().tolist()
    line(left, w, bias.item(), color=RED, label=f"learnt: {reached:.1%} right")
    left.set(xlim=(-3.2, 5.2), ylim=(-3, 4), xlabel="x₁", ylabel="x₂", title="Two clouds, two lines", aspect="equal")
    left.legend(loc="upper left", fontsize=8, framealpha=0.9)
    right.plot(range(1, len(losses) + 1), losses, marker="o", color=RED)
    right.set(xlabel="epoch", ylabel="mean binary cross-entropy", title="The loss falls")
    right.set_ylim(bottom=0)
    tidy((left, right))
    return figure


def line(axes, w, b, **style) -> None:
    """Draw the points where w·x + b = 0."""
    if abs(w[1]) > abs(w[0]) * 1e-6:
        axes.axline((0, -b / w[1]), slope=-w[0] / w[1], **style)
    elif w[0]:
        axes.axvline(-b / w[0], **style)
