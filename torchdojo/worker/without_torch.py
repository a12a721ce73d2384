"""Refuse to import torch in a worker whose chapters do without it.

Importing it would take each check a second or two of its time and a few hundred MiB of its memory, for what no exercise
of such a chapter needs: most often for a line that was left over from another file. The statement that imports it is
left out, as any that raises, with this message; what does not depend on it is graded.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

PACKAGES = ("torch", "torchvision")


class _NoTorch(MetaPathFinder):
    """The first to be asked for a module."""

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> None:
        """Raise ModuleNotFoundError for torch and what needs it."""
        package = name.partition(".")[0]
        if package in PACKAGES:
            words = f'{package} is not available here: the exercises of this chapter (kind = "python") do without it'
            raise ModuleNotFoundError(words, name=name)


def refuse_torch() -> None:
    """Let every import of torch in this process, and in those forked from it, raise ModuleNotFoundError."""
    sys.meta_path.insert(0, _NoTorch())
