"""The made-up class of `make demo`: the same seed gives the same bytes, and every form of it is understood."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from scripts.make_class import SHARES, STOPPED_STATUSES, TARGETS, collect_samples, draw_class, main
from tests.conftest import PROJECT
from torchdojo.collect.submissions import collect_submissions
from torchdojo.course import Course, load_course
from torchdojo.verify.hostile import load_attacks, run_attacks, source_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def course() -> Course:
    return load_course(PROJECT)


@pytest.mark.parametrize("form", ["folders", "moodle", "canvas", "gradescope"])
def test_every_form_is_understood(tmp_path: Path, form: str, course: Course) -> None:
    for name in ("a", "b"):
        main([str(tmp_path / name), "--submissions", "20", "--chapters", "ch7_gradient_noise", "--form", form])
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    place = tmp_path / "a" if form == "folders" else tmp_path / "a/download.zip"
    found = collect_submissions(place, course)
    assert len(found.students) == len(found.files) == 20
    assert found.ignored == []
    assert len({bytes(one.source) for one in found.files if isinstance(one.source, bytes)}) > 5


def test_the_class_of_make_demo_has_attacks_of_each_kind_that_is_stopped(
    tmp_path: Path, course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    attacks = {TARGETS.fill_in(source_path(course, one).read_bytes()): one for one in load_attacks(course)}
    main([str(tmp_path / "class")])
    said = capsys.readouterr().out
    found = collect_submissions(tmp_path / "class", course)
    assert len(found.files) == 30
    hostile = [attacks[one.source] for one in found.files if one.source in attacks]
    assert {attack.chapter for attack in hostile} == {"ch1_fundamentals", "ch6_optimizers"}
    assert {" or ".join(attack.status) for attack in hostile} >= {*STOPPED_STATUSES, "forbidden"}
    assert all(attack.id in said for attack in hostile)


def test_what_attacks_aim_at_in_the_demo_is_held_by_the_sandbox(course: Course) -> None:
    """Those that aim at something end as they do in `dojo verify`, for their own cause."""
    samples = {one.id: source_path(course, one).read_bytes() for one in load_attacks(course)}
    aiming = [one for one in load_attacks(course) if TARGETS.fill_in(samples[one.id]) != samples[one.id]]
    assert TARGETS.folder.is_dir()
    assert TARGETS.secret in TARGETS.canary.read_text()
    found = {attack.id: problems for attack, _, problems in run_attacks(course, aiming, TARGETS, 1)}
    assert {"read_a_secret", "write_outside", "connect_home", "read_the_environment", "daemon"} <= set(found)
    assert not any(found.values()), found
    assert not (TARGETS.folder / "dojo-was-here").exists()


def test_a_chapter_without_attacks_says_so_and_gets_none(
    tmp_path: Path, course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    attacked = {attack.chapter for attack in load_attacks(course)}
    chapter = next(chapter for chapter in course.chapters if chapter.name not in attacked)
    main([str(tmp_path / "class"), "--submissions", "30", "--chapters", chapter.name])
    said = capsys.readouterr().out
    assert f"{chapter.name}: no hostile submission" in said
    assert "hostile (" not in said


def test_every_kind_comes_at_least_once_and_by_its_share(course: Course) -> None:
    samples = collect_samples(course, course.chapters[0], load_attacks(course))
    for count in (len(SHARES), 100):
        drawn = [text.kind for text in draw_class(samples, count, random.Random(1))]
        assert len(drawn) == count
        assert set(drawn) == set(SHARES)
    assert all(abs(drawn.count(kind) - 100 * share) <= 2 for kind, share in SHARES.items())


def test_an_unknown_chapter_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "class"), "--chapters", "ch1_fundamentals", "ch9"])
    assert "no chapter ch9" in capsys.readouterr().err
    assert not (tmp_path / "class").exists()


def test_an_ordinary_class_has_no_attacks_and_only_stubs_are_alike(
    tmp_path: Path, course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--ordinary", "--chapters", "all", "--submissions", str(24 * len(course.chapters))]
    main([str(tmp_path / "class"), *options])
    assert "hostile" not in capsys.readouterr().out
    found = collect_submissions(tmp_path / "class", course)
    assert len(found.students) == 24
    assert len(found.files) == 24 * len(course.chapters)
    texts = Counter((one.chapter.name, one.source) for one in found.files if isinstance(one.source, bytes))
    alike = [text for (_, text), count in texts.items() if count > 1]
    assert alike
    assert not any(b"# student " in text for text in alike)
