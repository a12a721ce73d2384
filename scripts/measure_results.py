"""Train the reference networks on a folder of images and print the table of docs/results.md.

    python scripts/measure_results.py FOLDER [--epochs N] [--threads N]

FOLDER contains train/<class>/*.jpg and test/<class>/*.jpg. Chapter 2's `fit` (SGD, momentum 0.9) trains each network
with chapter 2's transforms; the ensembles of chapter 5 combine the networks before them. Seconds are CPU time of all
threads together, so that a busy machine does not change them.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from torchdojo.data.choose import load_images
from torchdojo.data.vision import prepare_torchvision
from torchdojo.worker.modules import load_file

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    prepare_torchvision()
    names = ("ch2_networks", "ch4_inception", "ch5_ensembles")
    two, four, five = (load_file(name, ROOT / "reference" / f"{name}.py") for name in names)
    train, test = (load_images(options.folder, split, ROOT) for split in ("train", "test"))
    train_loader = two.make_loader(train.dataset(two.make_transform(True)), 64, train=True)
    test_loader = two.make_loader(test.dataset(two.make_transform(False)), 256, train=False)
    print(f"{len(train):,} training images, {len(test):,} test images; torch {torch.__version__}, {options.device}, ")
    print(f"{options.threads} threads, {platform.machine()}, Python {platform.python_version()}\n")
    print("| network | parameters | epochs | CPU seconds | test accuracy |\n|---|---:|---:|---:|---:|")
    nets = {
        "ch2 `Net()`, lr 0.01": (two.Net(), 0.01),
        "ch4 `InceptionNet(width=16)`, lr 0.05": (four.InceptionNet(width=16), 0.05),
        "ch4 `AlexNet(width=32)`, lr 0.02": (four.AlexNet(width=32), 0.02),
        'ch4 `VGG((32, "M", 64, "M", 128, 128, "M"))`, lr 0.05': (
            four.VGG((32, "M", 64, "M", 128, 128, "M")),
            0.05,
        ),
    }
    for name, (net, lr) in nets.items():
        torch.manual_seed(0)
        for module in net.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
        start = time.process_time()
        accuracy = two.fit(net, train_loader, test_loader, options.epochs, lr=lr, device=options.device)[-1][1]
        print_row(name, four.count_parameters(net), options.epochs, start, accuracy)
    members = [net for net, _ in nets.values()]
    print_vote(five.Ensemble(members), test_loader, options.device)
    stacked = five.StackedEnsemble(members, 10).to(options.device)
    start = time.process_time()
    accuracy = two.fit(stacked, train_loader, test_loader, 1, lr=0.5, device=options.device)[-1][1]
    trained = sum(p.numel() for p in five.trainable_parameters(stacked))
    print_row("ch5 `StackedEnsemble` of the four, lr 0.5", trained, 1, start, accuracy)


def print_row(name: str, parameters: int, epochs: int, start: float, accuracy: float) -> None:
    print(f"| {name} | {parameters:,} | {epochs} | {time.process_time() - start:.0f} | {accuracy:.1%} |", flush=True)


def print_vote(ensemble: Any, loader: Iterable[tuple[Tensor, Tensor]], device: str) -> None:
    ensemble.eval()
    right = torch.cat([ensemble.predict(x.to(device)).cpu() == labels for x, labels in loader])
    print(f"| ch5 `Ensemble` of the four | – | – | – | {right.double().mean().item():.1%} |", flush=True)


if __name__ == "__main__":
    main()
