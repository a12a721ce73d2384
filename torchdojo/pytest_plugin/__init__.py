"""What makes `pytest graders/<chapter>` grade a submission: found by pytest through an entry point.

pytest loads this file in every run of every project, so it imports nothing heavy, and does nothing where no course is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("torchdojo", "grading with torchdojo")
    group.addoption(
        "--submission",
        metavar="PATH",
        help="Grade this file, or the files of this folder, not exercises/.",
    )
    group.addoption(
        "--sandbox",
        default="auto",
        choices=["auto", "bubblewrap", "none"],
        help="Where the submission runs; auto uses bubblewrap if it works here.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Grade what is collected, if that lies in a course."""
    config.args = [_checks_for(config, argument) for argument in config.args]
    if not any(_is_near(path) for path in _paths(config)):
        return
    from torchdojo.pytest_plugin.course_plugin import CoursePlugin

    config.pluginmanager.register(CoursePlugin(config), "torchdojo-course")


def _paths(config: pytest.Config) -> Iterator[Path]:
    for argument in config.args:
        yield config.invocation_params.dir / str(argument).partition("::")[0]


def _is_near(path: Path) -> bool:
    """Whether pytest will find checks of a course below a path."""
    found = course_of(path)
    if found is None:
        return path.is_dir() and any(_children(path))
    inside = path.resolve().relative_to(found.resolve()).parts
    return not inside or inside[0] == "graders"


def _children(path: Path) -> Iterator[Path]:
    try:
        folders = [child for child in path.iterdir() if child.is_dir()]
    except OSError:
        return
    yield from (child for child in folders if (child / "course.toml").is_file())


def course_of(path: Path) -> Path | None:
    """Return the folder of the course that a path lies in, None if it lies in none."""
    candidates: Iterable[Path] = (path, *path.parents)
    return next((folder for folder in candidates if (folder / "course.toml").is_file()), None)


def _checks_for(config: pytest.Config, argument: str) -> str:
    """Return the folder with the checks of an argument that names exercises; any other argument as it is."""
    path = config.invocation_params.dir / argument
    root = course_of(path)
    if root is None or not path.exists():
        return argument
    inside = path.relative_to(root).parts
    if inside[:1] != ("exercises",) or len(inside) > 2 or path.name.startswith("test_"):
        return argument
    folder = root / "graders" / path.stem if len(inside) == 2 else root / "graders"
    return str(folder) if folder.is_dir() else argument
