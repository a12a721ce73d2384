"""Read the templates and fill them in."""

from __future__ import annotations

from importlib.resources import files
from string import Template

from torchdojo.authoring.scaffold.changes import ScaffoldError

FOLDER = files("torchdojo.authoring.scaffold") / "templates"
SUFFIX = ".txt"


def fill(name: str, values: dict[str, str]) -> str:
    """Return a template with its placeholders filled in. name: its path below the templates, without .txt

    ScaffoldError if the engine is that of a release, which has no templates
    """
    if not FOLDER.is_dir():
        raise ScaffoldError("this torchdojo came with a course's release; install the whole of it to write courses")
    text = FOLDER.joinpath(*f"{name}{SUFFIX}".split("/")).read_text(encoding="utf-8")
    return Template(text).substitute(values)


def list_templates(folder: str) -> list[str]:
    """Return the names of the templates in a folder of the templates, without .txt."""
    return sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.joinpath(*folder.split("/")).iterdir())
