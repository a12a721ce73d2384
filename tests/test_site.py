"""What `dojo site` refuses: a solution in what it made, and a folder that is somebody's. tests/jobs/test_site_job.py has the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.conftest import TESTS
from torchdojo.authoring.output_folder import ReleaseError
from torchdojo.authoring.site import make_site
from torchdojo.course import load_course

SOLVED = (TESTS / "tiny/reference/ch1_tiny.py").read_text(encoding="utf-8")


def in_the_picture(picture: Path) -> None:
    notes = PngInfo()
    notes.add_text("Source", SOLVED)
    Image.new("L", (40, 20)).save(picture, pnginfo=notes)


def on_a_page(picture: Path) -> None:
    """Draw a picture, and leave a page beside it, whose code MkDocs colours word by word."""
    Image.new("L", (40, 20)).save(picture)
    picture.with_name("how.md").write_text(f"```python\n{SOLVED}\n```\n", encoding="utf-8")


@pytest.mark.parametrize(("draw", "place"), [(in_the_picture, "ch1_tiny.png"), (on_a_page, "how.html")])
def test_a_site_with_a_solution_is_not_made(draw: Callable[[Path], None], place: str, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="would leak") as refused:
        make_site(load_course(TESTS / "tiny"), tmp_path / "sites/out", lambda chapter, picture: draw(picture))
    assert place in str(refused.value)
    assert list((tmp_path / "sites").iterdir()) == []


def test_a_folder_of_somebody_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ReleaseError, match="is not empty"):
        make_site(load_course(TESTS / "tiny"), tmp_path, None)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]
