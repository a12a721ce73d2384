"""The recorded run on a device: the page says what was compared, and nothing of what was not."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from scripts.record_gpu import ABOUT_FILE, HEADING, write_page
from tests.gpu.verdicts import SANDBOX, TOO_MUCH, Verdict, verdict_of
from torchdojo.grading.result import Result
from torchdojo.grading.status import ResultStatus

OLD = f"# A title\n\n{HEADING}\nwhat an older run saw\n"
NONE_DIFFERS = "None of their checks had another verdict"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "gpu.md"
    path.write_text(OLD, encoding="utf-8")
    return path


def verdict(name: str, place: str, passed: bool = True, words: str = "", kind: str = "accepted") -> Verdict:
    said = {} if passed else {"Linear/placement": words or "failed: elsewhere"}
    return Verdict("ch3_modules", name, kind, place, 1.0, {"Linear/placement": passed}, said)


def run(folder: Path, *verdicts: Verdict) -> Path:
    """A folder as a run leaves it."""
    folder.mkdir()
    (folder / ABOUT_FILE).write_text(f"The machine of {folder.name}.\n", encoding="utf-8")
    lines = [json.dumps(asdict(verdict)) + "\n" for verdict in verdicts]
    (folder / "1.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.mark.parametrize("verdicts", [(), (verdict("a", "simulated"),), (verdict("a", "cuda"),)])
def test_a_run_that_compared_nothing_leaves_the_page(verdicts: tuple[Verdict, ...], page: Path, tmp_path: Path) -> None:
    assert not write_page([run(tmp_path / "run", *verdicts)], page)
    assert page.read_text(encoding="utf-8") == OLD


def test_parts_are_merged_and_what_is_missing_is_named(page: Path, tmp_path: Path) -> None:
    one = run(tmp_path / "one", verdict("a", "simulated"), verdict("b", "simulated"), verdict("a", "cuda"))
    two = run(tmp_path / "two", verdict("b", "cuda"), verdict("c", "simulated"))
    assert write_page([one, two], page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# A title\n\n{HEADING}\nThe machine of one. The machine of two.")
    assert "| ch3_modules | accepted | 2 | 2 | 2 | 2.0 | 2.0 |" in text
    assert "\n2 of " in text
    assert " of ch1_fundamentals" in text
    assert NONE_DIFFERS in text
    assert "bubblewrap" not in text


def test_a_difference_is_listed(page: Path, tmp_path: Path) -> None:
    folder = run(tmp_path / "run", verdict("a", "simulated"), verdict("a", "cuda", passed=False))
    assert write_page([folder], page)
    text = page.read_text(encoding="utf-8")
    assert "- ch3_modules, a: Linear/placement passes on simulated only" in text
    assert NONE_DIFFERS not in text


def test_what_could_not_be_judged_is_no_agreement(page: Path, tmp_path: Path) -> None:
    result = Result("ch3_modules", ResultStatus.GRADER_ERROR, [], "none", "cpu", 0.0, "", "", "no worker")
    both = [verdict_of("a", "accepted", place, result) for place in ("simulated", "cuda")]
    assert write_page([run(tmp_path / "run", *both)], page)
    text = page.read_text(encoding="utf-8")
    assert "| ch3_modules | accepted | 1 | 0 | 0 |" in text
    assert "- ch3_modules, a: grading could not be judged on cuda" in text
    assert NONE_DIFFERS not in text


def test_the_sandbox_is_told_of_if_it_was_seen(page: Path, tmp_path: Path) -> None:
    inside = [
        verdict("reference", SANDBOX, kind="reference"),
        verdict(TOO_MUCH, SANDBOX, False, "memory: full", TOO_MUCH),
    ]
    folder = run(tmp_path / "run", verdict("a", "simulated"), verdict("a", "cuda"), *inside)
    assert write_page([folder], page)
    text = " ".join(page.read_text(encoding="utf-8").split())
    assert "the references of 1 chapters get all points on `simulated+cuda`" in text
    assert "a submission that asks for more than the device holds is `memory`." in text
