"""Numbers that pages and docstrings repeat from the code, or from the course, are those of the code."""

from __future__ import annotations

import ast
import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import torch

from tests.conftest import PROJECT
from torchdojo.batch import cluster
from torchdojo.cli import bars, watch
from torchdojo.cli.verify import verify
from torchdojo.course import load_course, load_overlays
from torchdojo.course.tables import ExerciseTable
from torchdojo.grading import calibration, compare, marks
from torchdojo.grading.check_run import CheckRun
from torchdojo.learner import session
from torchdojo.probe import Draw
from torchdojo.report.lms import autograder
from torchdojo.sandbox import bubblewrap
from torchdojo.sandbox import worker as sandbox_worker
from torchdojo.verify.hostile import load_attacks
from torchdojo.wire import WireLimits, codec
from torchdojo.worker import fork, usage
from torchdojo.worker.protocol import Limits

COURSE = load_course(PROJECT)
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
GENERATED = {"certificate.md", "gpu.md", "messages.md", "performance.md"}  # tested where they are made
PAGES = [
    *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "course.toml")),
    PROJECT / "torchdojo/authoring/release_readme.md",
    *sorted(path for path in (PROJECT / "docs").glob("*.md") if path.name not in GENERATED),
]
WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
MIB = 2**20


def selftests() -> set[str]:
    """The names of the sandbox's self-tests."""
    tree = ast.parse((PROJECT / "torchdojo/sandbox/selftest/runner.py").read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    names = (call.args[0] for call in calls if call.func.id == "SelfTest")
    return {name.value for name in names if isinstance(name, ast.Constant)}


def text_of(page: str | Path) -> str:
    """Return a page's text with its lines joined: a phrase may be broken over two lines."""
    return " ".join((PROJECT / page).read_text(encoding="utf-8").split())


def docstrings() -> Iterator[tuple[str, str]]:
    for path in sorted((PROJECT / "torchdojo").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (words := ast.get_docstring(node)):
                yield path.relative_to(PROJECT).as_posix(), " ".join(words.split())


# --- a count of things that only the code, or the course, can know ---------------------------------------------------

EXERCISES = [exercise for chapter in COURSE.chapters for exercise in chapter.exercises]
COUNTS = {
    "chapters": len(COURSE.chapters),
    "exercises": len(EXERCISES),
    "attacks": len(load_attacks(COURSE)),
    "self-tests": len(selftests()),
    "self-test programs": len(selftests()),
    "hints": 3,
    "mistakes": sum(len(load_overlays(COURSE, chapter, "mistakes")) for chapter in COURSE.chapters),
    "accepted answers": sum(len(load_overlays(COURSE, chapter, "accepted")) for chapter in COURSE.chapters),
}
COUNTED = re.compile(rf"\b({'|'.join(WORDS[2:])}|\d[\d,]*) ({'|'.join(COUNTS)})\b", re.IGNORECASE)
RULES = {  # see below
    (page, asked)
    for page in ("CONTRIBUTING.md", "docs/authoring.md")
    for asked in ("four mistakes", "two accepted answers")
}
EXAMPLES = {("docs/authoring.md", "1 exercises"), ("docs/course-toml.md", "2 hints")}  # of courses of a page's own


def wrong_counts(name: str, text: str) -> list[str]:
    """Return each count in a text that is not so."""
    found = []
    for match in COUNTED.finditer(text):
        word = match[1].lower().replace(",", "")
        number = WORDS.index(word) if word in WORDS else int(word)
        if number != COUNTS[match[2].lower()] and (name, match[0]) not in RULES | EXAMPLES:
            found.append(f"{name}: {match[0]}")
    return found


def test_counts_in_pages_and_docstrings_are_right() -> None:
    pages = ((page.relative_to(PROJECT).as_posix(), text_of(page)) for page in PAGES)
    assert list(chain.from_iterable(wrong_counts(name, text) for name, text in chain(pages, docstrings()))) == []


@pytest.mark.parametrize("text", ["unless seven self-tests have just passed", "Eight chapters of stubs", "12 attacks"])
def test_a_wrong_count_is_found(text: str) -> None:
    assert len(wrong_counts("docs/grading.md", text)) == 1


def test_an_exercise_has_as_many_mistakes_and_accepted_answers_as_authors_are_asked_for() -> None:
    few = []
    for chapter in COURSE.chapters:
        for kind, least in (("mistakes", 4), ("accepted", 2)):
            owners = [overlay.exercise for overlay in load_overlays(COURSE, chapter, kind)]
            few += [f"{chapter.name}/{e.name}: {kind}" for e in chapter.exercises if owners.count(e.name) < least]
    assert few == []


# --- single numbers --------------------------------------------------------------------------------------------------

hints = ExerciseTable.model_fields["hints"].metadata
THREAT = "docs/threat-model.md"
MEASURED = json.loads((PROJECT / "docs/performance.json").read_text(encoding="utf-8"))
CLASS_MINUTES = MEASURED["class"]["seconds"] / 60
CORE_SECONDS = MEASURED["class"]["seconds"] * MEASURED["machine"]["cores"] / MEASURED["class"]["submissions"]
CORE_HOURS = 700_000 * CORE_SECONDS / 3600
NUMBERS = [
    ("docs/authoring.md", r"(\d+) points per chapter", {chapter.points for chapter in COURSE.chapters}),
    ("docs/authoring.md", r"any of (\w+) random seeds", {next(p.default for p in verify.params if p.name == "seeds")}),
    ("docs/authoring.md", r"int, of up to ([\d,]+) bits", {codec.MAX_INT_BITS}),
    ("docs/authoring.md", r"str and bytes, of up to ([\d,]+) characters", {WireLimits().text}),
    ("docs/authoring.md", r"holds at most (\d+) MiB", {WireLimits().total_bytes // MIB}),
    ("docs/authoring.md", r"(\d+) MiB of it plain data", {WireLimits().header_bytes // MIB}),
    ("docs/authoring.md", r"(\d+) tensors and arrays", {WireLimits().tensors}),
    ("docs/authoring.md", r"and ([\d,]+) values, nested", {WireLimits().nodes}),
    ("docs/authoring.md", r"nested up to (\d+) deep", {WireLimits().depth - 4}),  # a reply has 4 levels around it
    ("docs/authoring.md", r"relative (1e-\d+) of the largest magnitude", {compare.FLOAT64_RELATIVE}),
    ("docs/authoring.md", r"float32's rounding \((\de-\d+)\)", {round(compare.ROUNDING_STEPS * torch.finfo().eps, 6)}),
    ("docs/authoring.md", r"right work fails it, at most (1e-\d+)", {marks.MAX_CHANCE}),
    ("CONTRIBUTING.md", r"misses less than once in ([\d,]+) runs", {round(1 / calibration.FALSE_FAILURE_RATE)}),
    ("docs/grading.md", r"one part in 10(⁹)", {9 if compare.FLOAT64_RELATIVE == 1e-9 else -1}),
    ("docs/grading.md", r"at least (twice) with different inputs", {inspect.signature(CheckRun.compare).parameters["calls"].default}),
    ("docs/grading.md", r"at most every (\d+) seconds", {bars.INTERVAL_SECONDS}),
    ("docs/grading.md", r"takes longer than (\d+) seconds", {bars.LONG_SECONDS}),
    (THREAT, r"\| wall time \| (\d+) times `check_seconds`", {Limits().patience}),
    ("docs/nbgrader.md", r"Tested with nbgrader ([\d.]+\d)", set(re.findall(r"nbgrader==([\d.]+)", str(DECLARED)))),
    ("docs/learning.md", r"After it come the (\w+) of the exercise", {hints[0].min_length, hints[1].max_length}),
    ("docs/learning.md", r"looks for itself, (\w+) times a second", {1 / watch.POLL_SECONDS}),
    ("docs/learning.md", r"stayed so for (half) a second", {session.INCOMPLETE_SECONDS}),
    ("docs/scaling.md", r"At most (\w+) jobs per thread", {cluster.JOBS_PER_THREAD}),
    ("docs/scaling.md", r"submits (\w+) chapters: 700,000", {len(COURSE.chapters)}),
    ("docs/scaling.md", r"\*\*([\d.]+) seconds of one core", {round(CORE_SECONDS, 1)}),
    ("docs/scaling.md", r"took ([\d.]+) minutes on 2 cores", {round(CLASS_MINUTES, 1)}),
    ("docs/scaling.md", r"This is (\d+) core-hours", {round(CORE_HOURS)}),
    ("docs/scaling.md", r"\| 2 \| (\d+) \|", {round(CORE_HOURS / 2)}),
    ("docs/scaling.md", r"\| 32 \| ([\d.]+) \|", {round(CORE_HOURS / 32, 1)}),
    ("docs/scaling.md", r"\| 320 \(20 nodes of 16\) \| ([\d.]+) \|", {round(CORE_HOURS / 320, 1)}),
    ("docs/scaling.md", r"it costs \$(\d+)", {round(CORE_HOURS * 0.04)}),
    ("docs/scaling.md", r"or ([\d.]+) cents per learner", {round(CORE_HOURS * 0.04 / 100_000 * 100, 3)}),
    (THREAT, r"\| processes and threads \| (\d+) \|", {Limits().processes}),
    (THREAT, r"\| open files \| (\d+) \|", {usage.MAX_OPEN_FILES}),
    (THREAT, r"\| one file \| (\d+) MiB \|", {usage.MAX_FILE_BYTES / MIB}),
    (THREAT, r"\| /tmp, /dev/shm \| (\d+) MiB, \d+ MiB \|", {bubblewrap.TMP_BYTES / MIB}),
    (THREAT, r"\| /tmp, /dev/shm \| \d+ MiB, (\d+) MiB \|", {bubblewrap.SHM_BYTES / MIB}),
    (THREAT, r"\| an answer \| (\d+) MiB, \d+ tensors \|", {WireLimits().total_bytes / MIB, Limits().reply / MIB}),
    (THREAT, r"\| an answer \| \d+ MiB, (\d+) tensors \|", {WireLimits().tensors}),
    (THREAT, r"(\d+) ms\b", {1000 * fork.POLL_SECONDS}),
    (THREAT, r"the grader's own, (\d+) s later", {sandbox_worker.GRACE_SECONDS}),
]  # fmt: skip
SPELLED = {"⁹": 9, "half": 0.5, "twice": 2} | {word: number for number, word in enumerate(WORDS)}


def number_of(text: str) -> float | str:
    """Return the number that a text spells, or a version as it is."""
    if text.lower() in SPELLED:
        return SPELLED[text.lower()]
    return text if text.count(".") > 1 else float(text.replace(",", ""))


@pytest.mark.parametrize(
    ("page", "pattern", "known"), NUMBERS, ids=[f"{page}: {pattern}" for page, pattern, _ in NUMBERS]
)
def test_a_number_is_that_of_the_code(page: str, pattern: str, known: set[float]) -> None:
    found = re.findall(pattern, text_of(page))
    assert found, "reworded: take the number out here, too"
    assert {number_of(text) for text in found} == known


def test_over_a_million_inputs_were_fuzzed() -> None:
    assert "over a million inputs" in text_of(THREAT)
    assert json.loads((PROJECT / "docs/fuzz.json").read_text(encoding="utf-8"))["inputs"] > 1_000_000


# --- what the threat model names -------------------------------------------------------------------------------------


def test_the_threat_model_names_every_self_test_and_no_other() -> None:
    text = text_of(THREAT)
    assert {name for name in selftests() if f'"{name}"' not in text} == set()
    assert set(re.findall(r'self-test "([^"]+)"', text)) <= selftests()


def test_the_threat_model_names_tests_that_are_there() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("test_*.py"))
    names = set(re.findall(r"`(?:test_\w+\.py::)?(test_\w+)`", text_of(THREAT)))
    assert len(names) > 5
    assert {name for name in names if f"def {name}(" not in sources} == set()


# --- versions, in every place that has them --------------------------------------------------------------------------


def pythons() -> list[int]:
    """The supported minor versions of Python 3."""
    found = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", DECLARED["project"]["requires-python"])
    assert found
    return list(range(int(found[1]), int(found[2])))


@pytest.mark.parametrize(
    "name",
    [
        "Makefile",
        "README.md",
        "torchdojo/authoring/release_makefile.txt",
        "torchdojo/authoring/release_readme.md",
        "torchdojo/report/lms/autograder.py",
    ],
)
def test_supported_pythons_are_the_same_everywhere(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    named = {int(minor) for minor in re.findall(r"\b3(?:\.|, )(\d\d)\b", text)} | {
        int(minor) for minor in re.findall(r"python3\.(\d\d)\b", text)
    }
    assert named == set(pythons())
    for low, high in re.findall(r"\(3, (\d+)\) <= sys\.version_info\[:2\] <= \(3, (\d+)\)", text):
        assert [int(low), int(high)] == [pythons()[0], pythons()[-1]]
    for message in re.findall(r"Python 3\.(\d+), 3\.(\d+) or 3\.(\d+)", text):
        assert list(map(int, message)) == pythons()


def test_the_autograder_installs_a_supported_python() -> None:
    assert re.findall(r"for name in ((?:python3\.\d+ )+)python3;", autograder.SETUP) == [
        "".join(f"python3.{minor} " for minor in pythons())
    ]


# --- defaults that authors are told ----------------------------------------------------------------------------------

OWNERS = {"compare": CheckRun.compare, "observe": CheckRun.observe}
OWNERS |= {f"draw.{name}": getattr(Draw, name) for name in ("normal", "uniform", "integers", "number", "fill_")}


@pytest.mark.parametrize("name", OWNERS)
def test_defaults_in_the_page_for_authors_are_those_of_the_code(name: str) -> None:
    signatures = re.findall(rf"`{re.escape(name)}\(([^`]*)\)`", text_of("docs/authoring.md"))
    assert signatures
    parameters = inspect.signature(OWNERS[name]).parameters
    for signature in signatures:
        for parameter, default in re.findall(r"(\w+)=([^,)…]+)", signature):
            assert parameters[parameter].default == eval(default, {"torch": torch}), f"{name}({parameter}={default})"
