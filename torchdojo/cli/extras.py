"""The extras of pyproject.toml: what only some commands need, and what to install where it is missing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

from torchdojo.files import display_path

PACKAGES = {"yaml": "pyyaml"}  # of modules that are not called as their package is
REQUIREMENT = re.compile(r"""([\w.-]+).*;.*\bextra == ["']([\w-]+)["']""")


def how_to_install(extra: str) -> str:
    """Return the command that installs an extra where this runs, to be copied."""
    return f'{display_path(Path(sys.executable))} -m pip install "torchdojo[{extra}]"'


def extra_of(error: ModuleNotFoundError) -> str | None:
    """Return the extra that brings the module that was not found, or None if no extra does."""
    module = (error.name or "").partition(".")[0]
    package = _plain(PACKAGES.get(module, module))
    return next((extra for name, extra in _packages() if name == package), None)


def missing_of(extra: str) -> list[str]:
    """Return an extra's packages that are not installed."""
    return [name for name, own in _packages() if own == extra and not _is_installed(name)]


def _packages() -> Iterator[tuple[str, str]]:
    """Yield the packages that extras bring, each with its extra."""
    try:
        lines = requires("torchdojo") or []
    except PackageNotFoundError:  # run from its folder, without having been installed
        return
    for line in lines:
        if found := REQUIREMENT.match(line):
            yield _plain(found[1]), found[2]


def _is_installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def _plain(name: str) -> str:
    """Return a package's name in the one spelling of its many (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
