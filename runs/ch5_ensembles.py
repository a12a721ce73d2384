"""The picture of chapter 5: three networks, how often they are wrong together, the vote, and the stacked ensemble."""

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from torchdojo.pictures import BLUE, DARK, GREY, ORANGE, RED, bare, tidy

BATCH, LR, HEAD_LR = 64, 2e-3, 2e-2
SHOWN = 5


def run(chapter, options) -> Figure:
    """Train three small networks of different kinds, then let them vote, then train a head on the three, frozen."""
    images, held_out = options.images("train"), options.images("test")
    torch.manual_seed(options.seed)
    count, epochs = len(images.classes), options.epochs or 3
    nets = {"Inception": inception(count), "VGG": vgg(count), "AlexNet": alexnet(count)}
    for name, net in nets.items():
        train(net.to(options.device), net.parameters(), LR, images, epochs, options, name)
    ensemble = chapter.Ensemble(nets.values())
    vote = ensemble.eval().predict
    votes = torch.cat([vote(x.to(options.device)).cpu() for x in held_out.normalised().split(250)])
    predictions = {name: predict(net, held_out, options.device) for name, net in nets.items()}
    stacked = chapter.StackedEnsemble(nets.values(), count).to(options.device)
    head = chapter.trainable_parameters(stacked)
    train(stacked, head, HEAD_LR, images, epochs, options, "the head")
    predictions |= {"vote": votes, "stacked": predict(stacked, held_out, options.device)}
    print(f" {images.name}: {len(images):,} images to train on, {len(held_out):,} to test on; {epochs} epochs each")
    for name, labels in predictions.items():
        print(f" {name:<10} {(labels == held_out.labels).double().mean():.3f}")
    print(f" the stacked ensemble trained {sum(p.numel() for p in head)} weights; the members were frozen")
    return draw(predictions, list(nets), held_out)


# Three small networks, each of a different design; chapter 4 builds them in full.


class Inception(nn.Module):
    """A 1×1, a 3×3 and a 5×5 convolution side by side."""

    def __init__(self, channels: int, each: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Conv2d(channels, each, k, padding=k // 2) for k in (1, 3, 5))

    def forward(self, x):
        return torch.cat([F.relu(branch(x)) for branch in self.branches], dim=1)


def inception(classes: int) -> nn.Module:
    return nn.Sequential(
        *[nn.MaxPool2d(2), Inception(3, 8), nn.BatchNorm2d(24), nn.MaxPool2d(2), Inception(24, 16), nn.MaxPool2d(2)],
        *[nn.Flatten(), nn.Linear(48 * 16, classes)],
    )


def vgg(classes: int) -> nn.Module:
    layers: list[nn.Module] = []
    for channels, out in ((3, 12), (12, 24), (24, 48)):
        layers += [nn.Conv2d(channels, out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(48 * 16, classes))


def alexnet(classes: int) -> nn.Module:
    return nn.Sequential(
        *[nn.Conv2d(3, 24, 5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(24, 32, 3, padding=1)],
        *[nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * 16, 64), nn.ReLU()],
        nn.Linear(64, classes),
    )


def train(net, parameters, lr, images, epochs, options, name) -> None:
    optimizer = torch.optim.Adam(parameters, lr=lr)
    data = torch.utils.data.TensorDataset(images.normalised(), images.labels)
    batches = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True, drop_last=len(images) > BATCH)
    batches = options.watched(batches, epochs, name)
    net.train()
    for _ in range(epochs):
        for inputs, answers in batches:
            optimizer.zero_grad()
            F.cross_entropy(net(inputs.to(options.device)), answers.to(options.device)).backward()
            optimizer.step()


@torch.no_grad()
def predict(net, images, device) -> torch.Tensor:
    net.eval()
    return torch.cat([net(x.to(device)).argmax(dim=1).cpu() for x in images.normalised().split(250)])


def draw(predictions, members, images) -> Figure:
    figure = Figure(figsize=(14, 7.2), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.25, 1])
    bars, errors, agreement = top.subplots(1, 3, width_ratios=[1.2, 1, 1.2])
    wrong = {name: labels != images.labels for name, labels in predictions.items()}
    accuracies(bars, wrong, members)
    joint_errors(errors, wrong, members)
    by_agreement(agreement, predictions, wrong, members)
    tidy((bars, agreement))
    disputed(bottom, predictions, members, images)
    return figure


def accuracies(axes, wrong, members) -> None:
    shares = {name: 1 - w.double().mean().item() for name, w in wrong.items()}
    colours = [GREY if name in members else {"vote": BLUE}.get(name, ORANGE) for name in shares]
    axes.bar(list(shares), list(shares.values()), color=colours)
    for bar, share in enumerate(shares.values()):
        axes.text(bar, share, f"{share:.1%}", ha="center", va="bottom", fontsize=9)
    low = min(shares.values())
    axes.set(
        ylim=(max(0, low - 0.1), min(1, max(shares.values()) + 0.03)),
        ylabel="test accuracy",
        title="Alone, and together",
    )


def joint_errors(axes, wrong, members) -> None:
    """Draw the share of images on which two members are both wrong; on the diagonal, on which one is."""
    table = torch.tensor([[(wrong[a] & wrong[b]).double().mean() * 100 for b in members] for a in members])
    axes.imshow(table, cmap="Reds", vmin=0)
    axes.set_xticks(range(len(members)), members, fontsize=9)
    axes.set_yticks(range(len(members)), members, fontsize=9)
    axes.spines[:].set_visible(False)
    axes.set_title("Wrong together, in % of the images")
    for row in range(len(members)):
        for column in range(len(members)):
            colour = "white" if table[row, column] > table.max() * 0.6 else DARK
            axes.text(column, row, f"{table[row, column]:.1f}", ha="center", va="center", color=colour)


def by_agreement(axes, predictions, wrong, members) -> None:
    """Draw how often the vote is right, by how many members agree with it."""
    agree = torch.stack([predictions[m] == predictions["vote"] for m in members]).sum(dim=0)
    counts = [n for n in range(1, len(members) + 1) if (agree == n).any()]
    right = [(~wrong["vote"])[agree == n].double().mean().item() for n in counts]
    axes.bar([str(n) for n in counts], right, color=BLUE)
    for bar, (n, share) in enumerate(zip(counts, right, strict=True)):
        axes.text(bar, share, f"{share:.0%} of {(agree == n).sum()}", ha="center", va="bottom", fontsize=9)
    axes.set(
        ylim=(0, 1.1),
        xlabel=f"members of {len(members)} that agree with the vote",
        ylabel="how often the vote is right",
    )
    axes.set_title("Agreement is a good sign")


def disputed(figure, predictions, members, images) -> None:
    """Draw images on which the vote corrected a member (blue), and outvoted one that was right (red)."""
    right = predictions["vote"] == images.labels
    members_right = torch.stack([predictions[m] == images.labels for m in members])
    saved = (right & ~members_right.all(dim=0)).nonzero().flatten()[:SHOWN].tolist()
    lost = (~right & members_right.any(dim=0)).nonzero().flatten()[:SHOWN].tolist()
    figure.suptitle("The vote corrected a member (blue), or outvoted one that was right (red)", fontsize=11)
    table = figure.subplots(1, 2 * SHOWN)
    for axes, index in zip(table, [*saved, *[None] * (SHOWN - len(saved)), *lost, *[None] * SHOWN], strict=False):
        bare(axes)
        if index is None:
            continue
        axes.imshow(images.images[index].permute(1, 2, 0).numpy())
        lines = [f"{m}: {images.classes[predictions[m][index]]}" for m in members]
        axes.set_xlabel("\n".join(lines), fontsize=7)
        colour = BLUE if index in saved else RED
        axes.set_title(
            f"is {images.classes[images.labels[index]]}\nvote: {images.classes[predictions['vote'][index]]}",
            fontsize=8,
            color=colour,
        )
