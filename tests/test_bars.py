"""Long commands say how far they are: plain lines where nobody watches a bar, and nothing more in a short run."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from tests.conftest import TESTS
from torchdojo.cli import bars
from torchdojo.cli.bars import counting, working

REFERENCE = (TESTS / "tiny/reference/ch1_tiny.py").read_text(encoding="utf-8")


class Pipe(io.TextIOWrapper):
    """A stream that is not a terminal, and keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def lines(self) -> list[str]:
        self.flush()
        return [line.strip() for line in self.buffer.getvalue().decode().splitlines()]  # type: ignore[attr-defined]


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "INTERVAL_SECONDS", 0.01)


def lines_of(root: Path, *arguments: str, interval: float, long: float = 60) -> Iterator[tuple[str, bool]]:
    """Run dojo with stderr in a pipe; yield each line as it comes, and whether the command was still running then."""
    start = (
        f"import torchdojo.cli.bars as b; b.INTERVAL_SECONDS, b.LONG_SECONDS = {interval}, {long}; "
        "from torchdojo.cli.main import main; main()"
    )
    command = [sys.executable, "-c", start, "--course", str(root), *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            yield line.rstrip("\n"), process.poll() is None
    assert process.returncode == 0


@pytest.fixture
def class_of_two(tmp_path: Path) -> Path:
    """Two submissions, of which the second takes its time to load."""
    for name, text in (("ada", REFERENCE), ("bob", f"import time\ntime.sleep(0.5)\n{REFERENCE}")):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "ch1_tiny.py").write_text(text, encoding="utf-8")
    return tmp_path / "in"


def test_dojo_grade_prints_lines_into_a_pipe_while_it_works(
    class_of_two: Path, tiny_root: Path, tmp_path: Path
) -> None:
    arguments = ("grade", str(class_of_two), "--out", str(tmp_path / "out"), "--sandbox", "none", "--jobs", "1")
    found = list(lines_of(tiny_root, *arguments, interval=0.05))
    assert all(running for _, running in found), "lines are flushed as they are printed"
    words = [line for line, _ in found]
    assert all(
        re.fullmatch(
            r" reading the checks…| grading [012] of 2( · about \d+ s left)?| writing feedback and the report…", line
        )
        for line in words
    )
    assert any(line.startswith(" grading 1 of 2 · about") for line in words)


def test_dojo_grade_names_whose_submission_takes_long(class_of_two: Path, tiny_root: Path, tmp_path: Path) -> None:
    arguments = ("grade", str(class_of_two), "--out", str(tmp_path / "out"), "--sandbox", "none", "--jobs", "1")
    words = [line for line, _ in lines_of(tiny_root, *arguments, interval=0.05, long=0.3)]
    second = [line for line in words if line.startswith(" grading 1 of 2")]
    assert any(re.search(r" · waiting for bob, ch1_tiny: \d+ s$", line) for line in second), words
    assert not any("ada" in line for line in second), words


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("verify", "--seeds", "1", "--no-mutants", "--jobs", "1", "--fresh"),
            r" verifying \d+ of \d+( · about \d+ s left)?",
        ),
        (("release", "--no-wheel", "--out", "OUT"), r" (making the release|looking for leaks|ch1_tiny: .*)…"),
    ],
    ids=["verify", "release"],
)
def test_so_do_the_other_long_commands(arguments: tuple[str, ...], line: str, tiny_root: Path, tmp_path: Path) -> None:
    found = list(lines_of(tiny_root, *(str(tmp_path / "out") if a == "OUT" else a for a in arguments), interval=0.02))
    assert found
    assert all(re.fullmatch(line, words) for words, _ in found), found


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1"}, {"TTY_INTERACTIVE": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_log_gets_few_lines_and_no_bar_whatever_ci_says_of_colours(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bars, "INTERVAL_SECONDS", 0.1)
    with redirect_stderr(Pipe()) as stream, counting("grading", 1000) as count, working("waiting"):
        for _ in range(1000):
            count.advance("1 flagged")
            time.sleep(0.001)
    lines = stream.lines()
    assert 1 <= len(lines) < 40
    assert all(re.fullmatch(r"grading \d+ of 1000 · 1 flagged.*|waiting…", line) for line in lines), lines


def test_a_short_run_prints_nothing_more() -> None:
    with redirect_stderr(Pipe()) as stream, counting("grading", 1) as count, working("grading") as say:
        count.advance("1 flagged")
        say("writing")
    assert stream.lines() == []


@pytest.mark.usefixtures("often")
def test_a_line_tells_how_far_it_is_and_what_was_noticed() -> None:
    with redirect_stderr(Pipe()) as stream, counting("grading", 4) as count:
        count.advance()
        time.sleep(0.2)
        count.advance("3 flagged")
        time.sleep(0.1)
    lines = stream.lines()
    assert re.fullmatch(r"grading 1 of 4 · about \d s left", lines[0])
    assert re.fullmatch(r"grading 2 of 4 · 3 flagged · about 0 s left", lines[-1])


@pytest.mark.usefixtures("often")
def test_a_line_names_the_two_that_take_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "LONG_SECONDS", 0.2)
    with redirect_stderr(Pipe()) as stream, counting("grading", 4) as count:
        for name in ("ada, ch1", "bob, ch2", "eve, ch3"):
            count.start(name)
        time.sleep(0.1)
        count.advance(name="ada, ch1")
        count.start("joe, ch4")
        time.sleep(0.4)
        count.advance(name="bob, ch2")
        time.sleep(0.1)
    lines = stream.lines()
    assert lines[0] == "grading 0 of 4", "nobody takes long yet"
    assert any(line.endswith(" · waiting for bob, ch2: 0 s; eve, ch3: 0 s") for line in lines)
    assert re.fullmatch(r"grading 2 of 4 · about \d s left · waiting for eve, ch3: 1 s; joe, ch4: [01] s", lines[-1])


@pytest.mark.usefixtures("often")
def test_a_line_comes_while_nothing_moves_and_none_after_the_end() -> None:
    with redirect_stderr(Pipe()) as stream:
        with counting("grading") as count:
            time.sleep(0.1)
            count.reach(0, 2)
            time.sleep(0.1)
        lines = stream.lines()
        time.sleep(0.1)
        assert stream.lines() == lines
    assert lines[0] == "grading…"
    assert lines[-1] == "grading 0 of 2"


@pytest.mark.usefixtures("often")
def test_what_is_being_done_is_told_in_words() -> None:
    with redirect_stderr(Pipe()) as stream, working("making the release") as say:
        time.sleep(0.1)
        say("looking for leaks")
        time.sleep(0.1)
    lines = stream.lines()
    assert lines == sorted(lines, reverse=True)
    assert {"making the release…", "looking for leaks…"} == set(lines)


def test_lines_get_rarer_in_a_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "INTERVAL_SECONDS", 0.001)
    monkeypatch.setattr(bars, "PAUSE_SHARE", 0.5)
    with redirect_stderr(Pipe()) as stream, working("waiting"):
        time.sleep(0.5)
    assert 3 < len(stream.lines()) < 30


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_there_is_a_bar() -> None:
    import pexpect

    start = "import time; from torchdojo.cli.bars import counting\nwith counting('grading', 4) as c:\n c.advance('1 flagged'); time.sleep(1)"
    process = pexpect.spawn(sys.executable, ["-c", start], encoding="utf-8", timeout=30, dimensions=(24, 100))
    process.expect("1/4")
    process.expect("1 flagged")
    process.expect(pexpect.EOF)
    assert " of 4" not in (process.before or "")
