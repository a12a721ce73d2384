"""A file of checks as pytest loads it: a module of a package that holds its folder, whatever lies above that."""

from __future__ import annotations

import hashlib
import importlib
import sys
import unittest
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from torchdojo.grading.running import importable_as

PREFIX = "graders_"  # of the packages' names


class CheckModule(pytest.Module):
    """A file of checks. It may import files beside it: `from .common import near`, and of the folder above: `from ..`.

    Nothing above is run: an __init__.py there may be anybody's. pytest rewrites the assert statements as in any test.
    """

    def _getobj(self) -> Any:
        try:
            with importable_as(self.path.parent.name):  # the chapter, for the checks its learner's module
                return import_beside(self.path.parent, self.path)
        except (KeyboardInterrupt, SystemExit):
            raise
        except pytest.skip.Exception:
            raise self.CollectError("it skips itself, and no check may vanish: skip its checks") from None
        except BaseException as error:
            words = pytest.ExceptionInfo.from_exception(error).getrepr(style="short")
            raise self.CollectError(f"{self.path.name} cannot be loaded.\n{words}") from error

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        for name, value in vars(self.obj).items():
            if (
                isinstance(value, type)
                and issubclass(value, unittest.TestCase)
                and value.__module__ == self.obj.__name__
            ):
                words = (
                    f"{name} is a unittest.TestCase, whose tests get no fixtures: make it a plain class, TestSomething"
                )
                raise self.CollectError(words)
        return super().collect()


def import_beside(folder: Path, path: Path) -> ModuleType:
    """Import a Python file that is in a folder of checks, or in the one above; what it raises is not caught."""
    package = package_of(folder)
    return importlib.import_module(f"{package if path.parent == folder else package.rpartition('.')[0]}.{path.stem}")


def package_of(folder: Path) -> str:
    """Return the name of the package that stands for a folder of checks, after it was made if it was not there.

    The folder above, with the checks of all chapters, is the package above.
    """
    above = PREFIX + hashlib.sha256(str(folder.parent).encode()).hexdigest()[:12]
    name = f"{above}.{folder.name}"
    for package, path in ((above, folder.parent), (name, folder)):
        if package not in sys.modules:
            module = sys.modules[package] = ModuleType(package)
            module.__path__ = [str(path)]
    return name
