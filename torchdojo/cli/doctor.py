"""`dojo doctor`: what this machine can do, and what would improve it."""

from __future__ import annotations

import importlib
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import click

from torchdojo.cli.common import console
from torchdojo.sandbox import BUBBLEWRAP, prove
from torchdojo.sandbox.tiers import why_no_bubblewrap

OLDEST = {"torch": (2, 11), "torchvision": (0, 26)}


@click.command()
def doctor() -> None:
    """Show what works on this machine: Python, torch, torchvision, and the sandbox that grading needs."""
    out = console()
    fine = True
    for words, good in (_python(), _package("torch"), _package("torchvision")):
        out.print(f" {'✓' if good else '✗'} {words}", style=None if good else "red", markup=False)
        fine = fine and good
    reason = why_no_bubblewrap()
    if reason:
        out.print(f" ✗ sandbox: {reason}", markup=False)
        out.print("   Checking your own exercises works without it; `dojo grade` needs it.")
    else:
        for proof in prove(BUBBLEWRAP):
            out.print(f" {'✓' if proof.held else '✗'} sandbox: {proof.name} ({proof.seen})", markup=False)
            fine = fine and proof.held
    sys.exit(0 if fine else 1)


def _python() -> tuple[str, bool]:
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return f"Python {platform.python_version()}{'' if good else ': 3.11 to 3.13 is needed'}", good


def _package(name: str) -> tuple[str, bool]:
    """Say whether a package is there, new enough, and can be imported."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"{name} is not installed: run make setup", False
    try:
        if name == "torchvision":
            from torchdojo.data.vision import prepare_torchvision

            prepare_torchvision()
        importlib.import_module(name)
    except Exception as error:
        return f"{name} {found} is installed, but cannot be imported: {type(error).__name__}: {error}", False
    numbers = tuple(int(part) for part in found.split("+")[0].split(".")[:2])
    if numbers < OLDEST[name]:
        oldest = ".".join(str(n) for n in OLDEST[name])
        return f"{name} {found}: {oldest} or newer is needed; run make setup", False
    return f"{name} {found}", True
