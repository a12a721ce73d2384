"""`dojo run`: a picture of every chapter, and clear words where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from tests.conftest import PROJECT
from torchdojo.cli.main import cli
from torchdojo.course import load_course

CHAPTERS = [chapter.name for chapter in load_course(PROJECT).chapters]


@pytest.fixture(scope="module")
def few_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images: 2 classes, 100 to train on, 20 to test on."""
    root = tmp_path_factory.mktemp("images")
    for split, each in (("train", 50), ("test", 10)):
        for label, shade in (("dark", 40), ("light", 210)):
            place = root / split / label
            place.mkdir(parents=True)
            for number in range(each):
                Image.new("RGB", (32, 32), (shade + number % 30, shade, shade)).save(place / f"{number}.png")
    return root


def run(*arguments: str):
    return CliRunner().invoke(cli, ["run", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_reference_gives_a_picture(name: str, few_images: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(PROJECT)
    out = tmp_path / "deep" / "picture.png"
    result = run(name, "--reference", "--epochs", "2", "--data", str(few_images), "--out", str(out))
    assert result.exit_code == 0, result.output
    with Image.open(out) as picture:
        assert picture.width > 800
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 100


def test_a_stub_says_what_is_still_to_do(monkeypatch) -> None:
    monkeypatch.chdir(PROJECT)
    result = run("ch1")
    assert result.exit_code == 1
    assert "still to do" in result.output
    assert "--reference" in result.output


def test_unknown_data_is_one_line_and_no_picture(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(PROJECT)
    out = tmp_path / "picture.png"
    result = run("ch2", "--reference", "--data", "nowhere", "--out", str(out))
    assert result.exit_code == 1
    assert result.output.strip().count("\n") == 0
    assert not out.exists()
