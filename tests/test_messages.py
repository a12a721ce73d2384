"""The page of what the known mistakes are told."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from torchdojo.cli.main import cli


def test_the_page_shows_what_each_mistake_of_a_selection_is_told(tiny_root: Path, tmp_path: Path) -> None:
    page = tmp_path / "messages.md"
    arguments = ["--course", str(tiny_root), "verify", "--mistakes-only", "--jobs", "1", "--messages", str(page)]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    first = page.read_text(encoding="utf-8")
    assert "**Squared** · It returns twice x\n\n    called   double(x), x of shape (2, 3)\n    expected y: " in first
    assert first.count("**") == 2 * 3
    page.unlink()
    done = CliRunner().invoke(cli, [*arguments, "double"])
    assert "2 cached outcomes" in done.output
    assert page.read_text(encoding="utf-8") == first.partition("\n### Scale")[0]
