"""The picture of chapter 2: images and the network's predictions, loss and accuracy by epoch, and the mix-ups."""

import time

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from torchdojo.pictures import BLUE, DARK, GREEN, RED, bare, tidy

SHOWN = 24


def run(chapter, options) -> Figure:
    """Train `Net` with `fit`, and draw the result."""
    images, held_out = options.images("train"), options.images("test")
    torch.manual_seed(options.seed)
    train_loader = chapter.make_loader(images.dataset(chapter.make_transform(True)), 32, train=True)
    test_loader = chapter.make_loader(held_out.dataset(chapter.make_transform(False)), 256, train=False)
    net = chapter.Net(num_classes=len(images.classes))
    epochs = options.epochs or 10
    start = time.perf_counter()
    history = chapter.fit(net, options.watched(train_loader, epochs), test_loader, epochs, device=options.device)
    seconds = time.perf_counter() - start
    (first, _), (loss, reached) = history[0], history[-1]
    counts = f"{len(images):,} images to train on, {len(held_out):,} to test on, {len(images.classes)} classes"
    print(f" {images.name}: {counts}")
    print(f" {epochs} epochs in {seconds:.0f} s on {options.device}: loss {first:.3f} → {loss:.3f}")
    print(f" accuracy on images it has not seen: {reached:.3f}; guessing would give {1 / len(images.classes):.2f}")
    return draw(held_out, predict(net, test_loader, options.device), history)


@torch.no_grad()
def predict(net, loader, device) -> torch.Tensor:
    """Return the net's prediction for each image of the loader, in its order."""
    net.eval()
    return torch.cat([net(inputs.to(device)).argmax(dim=1).cpu() for inputs, _ in loader])


def draw(images, labels, history) -> Figure:
    figure = Figure(figsize=(15, 5), layout="constrained")
    left, middle, right = figure.subfigures(1, 3, width_ratios=[1.25, 1, 1.25])
    samples(left, images, labels)
    curves(middle, history)
    confusion(right, images, labels)
    return figure


def samples(figure, images, labels) -> None:
    """Draw images of the test set; a wrong prediction is red, with the right class below it."""
    figure.suptitle("Not seen in training")
    for axes, picture, label, truth in zip(
        figure.subplots(4, SHOWN // 4).flat, images.images, labels, images.labels, strict=False
    ):
        axes.imshow(picture.permute(1, 2, 0).numpy())
        right, name = label == truth, images.classes[label]
        text = name if right else f"{name}\n(is {images.classes[truth]})"
        bare(axes, text, fontsize=7, color=GREEN if right else RED)


def curves(figure, history) -> None:
    loss, accuracy = figure.subplots(2, 1, sharex=True)
    epochs = range(1, len(history) + 1)
    loss.plot(epochs, [h[0] for h in history], marker="o", markersize=4, color=RED)
    loss.set(ylabel="mean cross-entropy", title="Training loss", ylim=(0, None))
    accuracy.plot(epochs, [h[1] for h in history], marker="o", markersize=4, color=BLUE)
    accuracy.set(xlabel="epoch", ylabel="share classified correctly", title="Test accuracy", ylim=(0, 1))
    accuracy.annotate(
        f"{history[-1][1]:.1%}", (epochs[-1], history[-1][1]), (-4, 7), textcoords="offset points", ha="right"
    )
    accuracy.xaxis.set_major_locator(MaxNLocator(integer=True))
    tidy((loss, accuracy))


def confusion(figure, images, labels) -> None:
    """Draw, of the images of each class (rows), the share predicted as each class (columns)."""
    count = len(images.classes)
    table = torch.zeros(count, count).index_put_((images.labels, labels), torch.ones(len(labels)), accumulate=True)
    shares = table / table.sum(dim=1, keepdim=True).clamp(min=1)
    axes = figure.subplots()
    axes.imshow(shares.numpy(), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(count), images.classes, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(count), images.classes, fontsize=8)
    axes.set(xlabel="predicted", ylabel="true class", title="What it mixes up, in %")
    axes.spines[:].set_visible(False)
    for row in range(count if count <= 12 else 0):
        for column in range(count):
            share = shares[row, column].item()
            if share >= 0.005:
                colour = "white" if share > 0.5 else DARK
                axes.text(column, row, f"{share * 100:.0f}", ha="center", va="center", fontsize=7, color=colour)
