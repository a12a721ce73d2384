"""The picture of chapter 7: balls in a valley with a shallow hollow, and a deep network that learns only with noise."""

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from torchdojo.pictures import BLUE, DARK, GREY, RED, smooth, tidy

BALLS, STEPS = 400, 1500
START, BARRIER = (-1.7, 1.4), -0.35  # a ball right of the barrier has left the hollow
LR, ETA, GAMMA = 0.01, 400.0, 0.55
LAYERS, WIDTH = 6, 50
NET_LR, NET_ETA = 0.1, 0.1


def valley(points: torch.Tensor) -> torch.Tensor:
    """A curved valley whose floor has a shallow hollow near x = -0.9, and its lowest point near x = 1."""
    x, y = points.unbind(-1)
    floor = 0.25 * (x.square() - 1).square() - 0.28 * x + 0.35
    return floor + 2 * (y - 0.5 * x.square()).square()


def run(chapter, options) -> Figure:
    """Roll balls with `NoisySGD`, train a deep network with `attach_gradient_noise`, and draw both."""
    torch.manual_seed(options.seed)
    plain, noisy = (roll(chapter, eta, STEPS, options.device) for eta in (0.0, ETA))
    for name, paths in (("plain", plain), ("noisy", noisy)):
        print(f" {name} balls that left the hollow: {escaped(paths)[-1]:.0%} of {BALLS}")
    epochs = options.epochs or 8
    curves = {
        name: train(chapter, eta, epochs, options) for name, eta in (("without noise", 0.0), ("with noise", NET_ETA))
    }
    for name, (losses, reached) in curves.items():
        print(f" {LAYERS} layers, all zero at first, {name}: loss {losses[-1]:.3f}, test accuracy {reached[-1]:.3f}")
    return draw(plain, noisy, curves)


def roll(chapter, eta, steps, device) -> torch.Tensor:
    """Start all balls at almost the same point; return their positions, (steps + 1, BALLS, 2)."""
    balls = (torch.tensor(START) + 0.05 * torch.randn(BALLS, 2)).to(device).requires_grad_()
    optimizer = chapter.NoisySGD([balls], lr=LR, eta=eta, gamma=GAMMA)
    paths = [balls.detach().cpu().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        valley(balls).sum().backward()
        optimizer.step()
        paths.append(balls.detach().cpu().clone())
    return torch.stack(paths)


def escaped(paths) -> torch.Tensor:
    """Return the share of the balls that are out of the hollow, after each step."""
    return (paths[..., 0] > BARRIER).double().mean(dim=1)


def train(chapter, eta, epochs, options) -> tuple[list[float], list[float]]:
    """Train a deep network whose weights are all zero; return the loss by batch and the test accuracy by epoch."""
    images, held_out = options.images("train"), options.images("test")
    torch.manual_seed(options.seed)
    net = deep_net(len(images.classes)).to(options.device)
    optimizer = torch.optim.SGD(net.parameters(), lr=NET_LR)
    if eta:
        chapter.attach_gradient_noise(optimizer, eta=eta, gamma=GAMMA)
    data = torch.utils.data.TensorDataset(images.normalised(), images.labels)
    batches = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True)
    batches = options.watched(batches, epochs, "with noise" if eta else "without noise")
    losses, reached = [], []
    for _ in range(epochs):
        for inputs, labels in batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(inputs.to(options.device)), labels.to(options.device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        reached.append(accuracy(net, held_out, options.device))
    return losses, reached


def deep_net(classes: int) -> nn.Module:
    layers: list[nn.Module] = [nn.Flatten(), nn.Linear(3 * 32 * 32, WIDTH)]
    for _ in range(LAYERS - 2):
        layers += [nn.ReLU(), nn.Linear(WIDTH, WIDTH)]
    net = nn.Sequential(*layers, nn.ReLU(), nn.Linear(WIDTH, classes))
    for parameter in net.parameters():
        nn.init.zeros_(parameter)
    return net


@torch.no_grad()
def accuracy(net, images, device) -> float:
    predictions = [net(x.to(device)).argmax(dim=1).cpu() for x in images.normalised().split(500)]
    return (torch.cat(predictions) == images.labels).double().mean().item()


def draw(plain, noisy, curves) -> Figure:
    figure = Figure(figsize=(14, 8), layout="constrained")
    (left, right, out), (floor, loss, reached) = figure.subplots(2, 3)
    for axes, paths, colour, name in ((left, plain, RED, "Without noise"), (right, noisy, BLUE, "With noise")):
        surface(axes)
        axes.plot(*paths[::3, :4].transpose(0, 1).reshape(-1, 2).T, ".", markersize=1, color=colour, alpha=0.35)
        axes.plot(*paths[-1].T, "o", markersize=3, color=colour, alpha=0.6, markeredgewidth=0)
        axes.plot(*START, "o", color=DARK)
        axes.set(title=f"{name}: where {BALLS} balls end", xlim=(-2.1, 2.1), ylim=(-0.7, 2.3), xlabel="x", ylabel="y")
    out.plot(escaped(plain), color=RED, label="without noise")
    out.plot(escaped(noisy), color=BLUE, label="with noise")
    out.set(xlabel="step", ylabel="share of the balls", ylim=(-0.02, 1.02), title="Out of the hollow")
    profile(floor, plain, noisy)
    for (name, (losses, shares)), colour in zip(curves.items(), (RED, BLUE), strict=True):
        loss.plot(*smooth(losses, 15), color=colour, label=name)
        reached.plot(range(1, len(shares) + 1), shares, "o-", color=colour, label=name)
    loss.set(
        xlabel="batch",
        ylabel="mean cross-entropy",
        title=f"A net of {LAYERS} layers that starts at zero",
        ylim=(0, None),
    )
    reached.set(xlabel="epoch", ylabel="test accuracy", title="What it reaches", ylim=(0, 1))
    tidy((out, floor, loss, reached))
    for axes in (out, loss, reached):
        axes.legend(fontsize=9)
    return figure


def surface(axes) -> None:
    x, y = torch.meshgrid(torch.linspace(-2.1, 2.1, 200), torch.linspace(-0.7, 2.3, 160), indexing="xy")
    axes.contourf(x, y, valley(torch.stack([x, y], dim=-1)).sqrt(), levels=18, cmap="Greys", alpha=0.5)


def profile(axes, plain, noisy) -> None:
    """Draw the valley's floor, and how many balls lie where at the end."""
    x = torch.linspace(-2, 2, 300)
    axes.plot(x, valley(torch.stack([x, 0.5 * x.square()], dim=-1)), color=DARK)
    axes.axvline(BARRIER, color=GREY, linestyle=":")
    count = axes.twinx()
    for paths, colour in ((plain, RED), (noisy, BLUE)):
        count.hist(paths[-1][:, 0], bins=[b / 10 for b in range(-20, 21)], color=colour, alpha=0.45)
    count.set(yticks=[], ylim=(0, BALLS * 1.6))
    count.spines[["top", "right"]].set_visible(False)
    axes.set(xlabel="x", ylabel="height of the floor", title="Along the floor", ylim=(0, 1.6))
