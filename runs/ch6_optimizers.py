"""The picture of chapter 6: the paths of your optimizers through one curved valley, and how fast each gets down."""

import torch
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from torchdojo.pictures import BLUE, DARK, GREEN, ORANGE, RED, tidy

START, LOWEST = (-1.4, 1.6), (1.0, 1.0)
STEPS = 400


def valley(point: torch.Tensor) -> torch.Tensor:
    """A curved valley with steep walls, lowest at (1, 1): (1 − x)² + 10 (y − x²)², after Rosenbrock (1960)."""
    x, y = point.unbind(-1)
    return (1 - x).square() + 10 * (y - x.square()).square()


def optimizers(chapter) -> dict:
    """Return for each optimizer its colour, a function of the parameters that makes it, and what is worth watching."""
    return {
        "SGD": (RED, lambda p: chapter.SGD(p, lr=0.015), "bounces between the walls, then crawls"),
        "SGD, momentum 0.9": (ORANGE, lambda p: chapter.SGD(p, lr=0.0025, momentum=0.9), "swings through the bends"),
        "SGDW, decay 0.05": (
            GREEN,
            lambda p: chapter.SGDW(p, lr=0.0025, momentum=0.9, weight_decay=20.0),
            "is pulled towards (0, 0), and stops short",
        ),
        "Adam": (BLUE, lambda p: chapter.Adam(p, lr=0.05), "takes even steps, whatever the slope"),
    }


def run(chapter, options) -> Figure:
    """Send each optimizer down from the same point, and draw the paths."""
    steps = options.epochs or STEPS
    paths = {name: descend(make, steps, options.device) for name, (_, make, _) in optimizers(chapter).items()}
    print(f" {steps} steps from {START}; the valley is lowest at {LOWEST}")
    for name, path in paths.items():
        x, y = path[-1].tolist()
        print(f" {name:<18} ends at ({x:5.2f}, {y:5.2f}), loss {valley(path[-1]).item():.1e}")
    return draw(paths, optimizers(chapter))


def descend(make, steps, device) -> torch.Tensor:
    """Return the points of the path, (steps + 1, 2)."""
    point = torch.tensor(START, device=device, requires_grad=True)
    optimizer = make([point])
    path = [point.detach().cpu().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        valley(point).backward()
        optimizer.step()
        path.append(point.detach().cpu().clone())
    return torch.stack(path)


def draw(paths, kinds) -> Figure:
    figure = Figure(figsize=(14, 8), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1.7, 1])
    for axes, (name, path) in zip(left.subplots(2, 2, sharex=True, sharey=True).flat, paths.items(), strict=True):
        colour, _, note = kinds[name]
        surface(axes)
        axes.plot(*path.T, color=colour, linewidth=1, marker="o", markersize=2.2)
        axes.plot(*START, marker="o", color=DARK, markersize=6)
        axes.plot(*LOWEST, marker="*", color="white", markeredgecolor=DARK, markersize=13)
        axes.set_title(f"{name}: {note}", fontsize=10)
    loss, length = right.subplots(2, 1)
    for name, path in paths.items():
        colour = kinds[name][0]
        loss.semilogy(valley(path).clamp(min=1e-12), color=colour, label=name)
        length.semilogy((path[1:] - path[:-1]).norm(dim=1).clamp(min=1e-8), color=colour, label=name)
    loss.set(xlabel="step", ylabel="height", title="How fast each gets down")
    length.set(xlabel="step", ylabel="length of the step", title="How far each step goes")
    loss.legend(fontsize=8)
    tidy((loss, length))
    return figure


def surface(axes) -> None:
    """Draw lines of equal height."""
    x, y = torch.meshgrid(torch.linspace(-2, 2, 200), torch.linspace(-0.7, 2.4, 160), indexing="xy")
    height = valley(torch.stack([x, y], dim=-1))
    levels = torch.logspace(-1.5, 2.2, 16).tolist()
    axes.contourf(
        x, y, height + 1e-3, levels=[1e-4, *levels], norm=LogNorm(1e-2, 200), cmap="Greys", alpha=0.45, extend="max"
    )
    axes.contour(x, y, height, levels=levels, colors=DARK, linewidths=0.3, alpha=0.5)
