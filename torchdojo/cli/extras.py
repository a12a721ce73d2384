"""The extras of pyproject.toml, which only some commands need, and how to install them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from torchdojo.files import display_path

PACKAGES = {"yaml": "pyyaml"}  # of modules whose name differs from their package's
REQUIREMENT = re.compile(r"""([\w.-]+).*;.*\bextra == ["']([\w-]+)["']""")


def how_to_install(extra: str) -> str:
    """Return the command that installs an extra into this environment."""
    return f'{display_path(Path(sys.executable))} -m pip install "torchdojo[{extra}]"'


def extra_of(error: ModuleNotFoundError) -> str | None:
    """Return the extra that installs the missing module, or None."""
    module = (error.name or "").partition(".")[0]
    package = _normalise(PACKAGES.get(module, module))
    return next((extra for name, extra in _packages() if name == package), None)


def missing_of(extra: str) -> list[str]:
    """Return the packages of an extra that are not installed."""
    return [name for name, own in _packages() if own == extra and not _is_installed(name)]


def _packages() -> Iterator[tuple[str, str]]:
    """Yield each package of an extra, with the extra."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        lines = requires("torchdojo") or []
    except PackageNotFoundError:  # run from its folder, without being installed
        return
    for line in lines:
        if found := REQUIREMENT.match(line):
            yield _normalise(found[1]), found[2]


def _is_installed(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def _normalise(name: str) -> str:
    """Return a package's normalised name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
