"""The picture of chapter 4: three networks on the same images, and what each branch of an Inception module sees."""

import time

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from torchdojo.pictures import BLUE, GREEN, ORANGE, bare, tidy

COLOURS = {"InceptionNet": BLUE, "AlexNet": ORANGE, "VGG": GREEN}
BRANCHES = {"branch1": "1×1", "branch3": "1×1, 3×3", "branch5": "1×1, 5×5", "branch_pool": "pool, 1×1"}
CHANNELS = 4
BATCH, LR = 32, 3e-3


def run(chapter, options) -> Figure:
    """Train the three for a few epochs, and draw their accuracy, their cost and one image's way through."""
    images, held_out = options.images("train"), options.images("test")
    torch.manual_seed(options.seed)
    count, epochs = len(images.classes), options.epochs or 5
    nets = {
        "InceptionNet": chapter.InceptionNet(count, width=16),
        "AlexNet": chapter.AlexNet(count, width=16),
        "VGG": chapter.VGG((16, "M", 32, "M", 64, 64, "M"), count),
    }
    print(f" {images.name}: {len(images):,} images to train on, {len(held_out):,} to test on; {epochs} epochs")
    reached = {}
    for name, net in nets.items():
        reached[name] = history = fit(net.to(options.device), images, held_out, epochs, options, name)
        weights = chapter.count_parameters(net)
        print(f" {name:<13} {weights:>9,} parameters, {history[-1][0]:5.1f} s, accuracy {history[-1][1]:.3f}")
    sizes = {name: chapter.count_parameters(net) for name, net in nets.items()}
    return draw(reached, sizes, nets["InceptionNet"], held_out)


def fit(net, images, held_out, epochs, options, name) -> list[tuple[float, float]]:
    """Train with Adam; return (seconds so far, test accuracy) after each epoch. Measuring is not timed."""
    data, labels = images.normalised(), images.labels
    batches = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(data, labels), batch_size=BATCH, shuffle=True, drop_last=True
    )
    batches = options.watched(batches, epochs, name)
    optimizer = torch.optim.Adam(net.parameters(), lr=LR)
    seconds, history = 0.0, []
    for _ in range(epochs):
        start = time.perf_counter()
        net.train()
        for inputs, answers in batches:
            optimizer.zero_grad()
            F.cross_entropy(net(inputs.to(options.device)), answers.to(options.device)).backward()
            optimizer.step()
        seconds += time.perf_counter() - start
        history.append((seconds, accuracy(net, held_out, options.device)))
    return history


@torch.no_grad()
def accuracy(net, images, device) -> float:
    net.eval()
    predictions = [net(batch.to(device)).argmax(dim=1).cpu() for batch in images.normalised().split(250)]
    return (torch.cat(predictions) == images.labels).double().mean().item()


def draw(reached, sizes, net, held_out) -> Figure:
    figure = Figure(figsize=(14, 7.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.5])
    time_axes, size_axes = left.subplots(2, 1)
    for name, history in reached.items():
        colour = COLOURS[name]
        time_axes.plot(*zip(*history, strict=True), marker="o", color=colour, label=name)
        size_axes.scatter(sizes[name], history[-1][1], s=70, color=colour)
        size_axes.annotate(
            name, (sizes[name], history[-1][1]), (0, 8), textcoords="offset points", ha="center", fontsize=9
        )
    time_axes.set(
        xlabel="seconds of training", ylabel="test accuracy", title="How fast each gets there", xlim=(0, None)
    )
    time_axes.legend(fontsize=9)
    size_axes.set(xlabel="parameters", ylabel="test accuracy", title="What it costs in weights", xscale="log")
    low, high = min(sizes.values()), max(sizes.values())
    size_axes.set_xlim(low / 2, high * 2)
    size_axes.margins(y=0.3)
    size_axes.yaxis.set_major_locator(MaxNLocator(5))
    tidy((time_axes, size_axes))
    branches(right, net, held_out)
    return figure


@torch.no_grad()
def branches(figure, net, images) -> None:
    """Draw the strongest channels of each branch of the first Inception module, for one image."""
    picture = images.normalised()[1:2].to(next(net.parameters()).device)
    net.eval()
    outputs = {}
    handles = [
        getattr(net.inception1, name).register_forward_hook(lambda *a, name=name: outputs.update({name: a[2][0].cpu()}))
        for name in BRANCHES
    ]
    net(picture)
    for handle in handles:
        handle.remove()
    figure.suptitle("What the first Inception module makes of one image: the strongest channels of each branch")
    first, *table = figure.subplots(len(BRANCHES) + 1, CHANNELS + 1)
    for axes in first:
        bare(axes)
    first[1].imshow(images.images[1].permute(1, 2, 0).numpy())
    first[0].text(0.5, 0.5, f"the image\n({images.classes[images.labels[1]]})\n32×32", ha="center", va="center")
    for row, (name, label) in zip(table, BRANCHES.items(), strict=True):
        maps = outputs[name]
        bare(row[0])
        row[0].text(
            0.5,
            0.5,
            f"{name}\n{label}\n{len(maps)} channels\n{maps.shape[1]}×{maps.shape[2]}",
            ha="center",
            va="center",
        )
        strongest = maps.amax(dim=(1, 2)).argsort(descending=True)[:CHANNELS]
        for axes, channel in zip(row[1:], [*strongest.tolist(), *[None] * CHANNELS], strict=False):
            bare(axes, "" if channel is None else f"channel {channel}", fontsize=8)
            if channel is not None:
                axes.imshow(maps[channel], cmap="magma", vmin=0)
