"""What `dojo verify` says: what is wrong, where, and what to write."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import PROJECT
from torchdojo.cli.main import cli
from torchdojo.course import ExerciseId, load_course
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.verify.counts import ChapterCounts
from torchdojo.verify.outcome import Outcome
from torchdojo.verify.problems import fails_line, find_problems
from torchdojo.verify.subjects import Expectation, Subject

CHAPTER = load_course(PROJECT).chapters[0]
EXERCISE = CHAPTER.exercises[0].name
PLACE = "graders/ch1/mistakes/slip.py:5"
PASSED, FAILED, SKIPPED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.SKIPPED


def result(statuses: dict[str, CheckStatus], mistake: str | None = "slip") -> Result:
    checks = [
        CheckResult(
            ExerciseId("ch1", "double"), name, "It works", 1.0, status, mistake=mistake if status is FAILED else None
        )
        for name, status in statuses.items()
    ]
    for check in checks:
        check.finding = replace(check.finding, called="double(x)", expected="2", got="3")
    return Result("ch1", ResultStatus.GRADED, checks, "none", "cpu", 0.0, "", "")


def slip(*fails: str, **changes: object) -> Expectation:
    return replace(Expectation("mistake", "double", "slip", "Slip", fails, place=PLACE), **changes)  # type: ignore[arg-type]


def test_the_fails_line_that_is_right_is_printed() -> None:
    graded = result({"values": FAILED, "shapes": PASSED, "length[1]": FAILED, "length[2]": PASSED})
    (problem,) = find_problems(graded, slip("values", "shapes"))
    assert problem == (
        f'{PLACE}: shapes passes, but should fail (length[1], values fail). Write\n  FAILS = ("values",)'
    )
    (problem,) = find_problems(graded, slip("vales", "test_length"))
    assert "FAILS names 'vales', which is not a check of double (did you mean values?)" in problem
    assert "FAILS names 'test_length'" in problem
    assert problem.splitlines()[-1] == '  FAILS = ("values", "length")'


@pytest.mark.parametrize(
    ("cases", "is_right"),
    [
        ((FAILED, FAILED), True),
        ((PASSED, FAILED), True),
        ((PASSED, PASSED), False),
        ((SKIPPED, PASSED), True),  # nobody knows: there is no such device
    ],
)
def test_fails_may_name_a_test_for_all_its_cases(cases: tuple[CheckStatus, CheckStatus], is_right: bool) -> None:
    statuses = {"values[1]": cases[0], "values[2]": cases[1], "valuesish": FAILED}
    assert (not find_problems(result(statuses), slip("values", "valuesish"))) == is_right
    assert (not find_problems(result(statuses), slip("values[2]", "valuesish"))) == (cases[1] is FAILED)


def test_a_mistake_that_passes_everything_says_it_once() -> None:
    passing = result({"values": PASSED, "shapes": PASSED})
    (problem,) = find_problems(passing, slip("values", "shapes"))
    assert problem.startswith(f"{PLACE}: values, shapes pass, but should fail: it earns all points of its exercise.\n")
    (problem,) = find_problems(passing, slip("values", "shapes", is_reference=True))
    assert problem == f"{PLACE}: has the reference's code: make the mistake in it"


def test_a_mistake_with_another_name_says_how_to_tell_them_apart() -> None:
    (problem,) = find_problems(result({"values": FAILED}, "other"), slip("values"))
    assert problem.startswith(f"{PLACE}: is diagnosed as other, not as itself. ")
    assert "name in FAILS of other a check that this one passes" in problem
    (problem,) = find_problems(result({"values": FAILED}, None), slip("values"))
    assert problem.startswith(f"{PLACE}: is diagnosed as None, not as itself. ")


def test_a_surviving_mutant_says_its_line_in_the_list_of_equivalents() -> None:
    mutant = Expectation("mutant", "double", "3f2a", diff=" \n@@ -1 +1 @@\n-a\n+b", place="reference/ch1.py:9")
    (problem,) = find_problems(result({"values": PASSED}), mutant)
    assert problem.startswith("reference/ch1.py:9: survives every check of double:\n@@ -1 +1 @@\n-a\n+b\nAdd a check")
    assert problem.splitlines()[-1] == '  {"double/3f2a": "why it means the same"}'


def test_an_accepted_answer_that_fails_says_which_check_and_what_to_change() -> None:
    accepted = Expectation("accepted", "double", "other", place="graders/ch1/accepted/other.py:1")
    places = {"double/values": "graders/ch1/test_double.py:7"}
    (problem,) = find_problems(result({"values": FAILED, "shapes": PASSED}), accepted, places)
    assert problem.startswith("graders/ch1/test_double.py:7: double/values is failed:\ncalled   double(x)\n")
    assert "If graders/ch1/accepted/other.py:1 is right, the check asks too much" in problem


def test_a_check_that_asks_nothing_is_reported() -> None:
    graded = result({"values": PASSED, "idle": PASSED})
    graded.checks[0].called = "double(x)"
    (problem,) = find_problems(graded, Expectation("reference"), {"double/idle": "test_double.py:9"})
    assert problem.startswith("test_double.py:9: double/idle asks nothing of the submission")


def test_points_without_work_name_the_marks() -> None:
    graded = result({"values": PASSED})
    graded.checks[0].earned = 1.0
    (problem,) = find_problems(graded, Expectation("lazy", "double", "zeros"))
    assert "double/values passes, and earns 1\n" in problem
    assert "@pytest.mark.guessable" in problem


def counts(*checks: str, kept: str = "") -> ChapterCounts:
    results = [CheckResult(ExerciseId(CHAPTER.name, EXERCISE), name, "It works", 1.0, kept=kept) for name in checks]
    places = {f"{EXERCISE}/{name}": "graders/x/test_x.py:7" for name in checks}
    return ChapterCounts(CHAPTER, results, {}, True, places=places)


def add(chapter: ChapterCounts, id: str, failed: list[str], fails: tuple[str, ...] = (), *, named: bool = True) -> None:
    expectation = Expectation("mistake", EXERCISE, id, fails=fails, place=f"mistakes/{id}.py:3")
    outcome = Outcome([], failed, named, 0.0, 1.0, message=f"**{id}** · It works\n\n    got      3\n")
    chapter.add(Subject(f"mistake {id}", b"", expectation), outcome, first=True)


def test_a_check_that_nothing_needs_says_both_lines_to_write() -> None:
    chapter = counts("values", "length[1]", "length[2]")
    add(chapter, "slip", ["values", "length[2]"])
    values, length = chapter.finish()
    assert values.splitlines() == [
        f"graders/x/test_x.py:7: {EXERCISE}/values never fails alone (of 1 wrong answers it fails), and gives no reason "
        "to keep it. Delete it, or write",
        '  @pytest.mark.kept("why")',
        '  "values" in FAILS of mistakes/slip.py:3',
    ]
    assert length.splitlines()[-1] == '  "length" in FAILS of mistakes/slip.py:3'
    chapter = counts("values", kept="clearer")
    (problem,) = chapter.finish()
    assert problem.endswith(
        f"Delete it, or write\n"
        f'  FAILS = ("values",) in a mistake that it catches: it fails no mistake yet (dojo new mistake {CHAPTER.name}/{EXERCISE}/NAME)'
    )


def test_the_cases_of_a_test_are_needed_together() -> None:
    """A wrong answer that fails some cases of one test fails that test alone; a FAILS of the test needs them all."""
    chapter = counts("length[1]", "length[2]")
    add(chapter, "slip", ["length[1]", "length[2]"], ("length",))
    assert chapter.finish() == []
    chapter = counts("values", "length[1]", "length[2]", kept="clearer")
    add(chapter, "slip", ["values", "length[1]", "length[2]"], ("values", "length"))
    assert chapter.finish() == []


def test_two_mistakes_with_the_same_answers_are_named_together() -> None:
    chapter = counts("values", "shapes")
    add(chapter, "one", ["values"], named=False)
    add(chapter, "other", ["shapes"])
    add(chapter, "two", ["values"], named=False)
    chapter.mutants = False
    (problem,) = chapter.finish()
    assert problem.startswith("mistakes/one.py:3: one and two fail the same checks with the same answers")


def test_fails_line_is_python() -> None:
    assert fails_line(["a[1]", "a[2]", "b"]) == 'FAILS = ("a", "b")'
    assert fails_line(["a"]) == 'FAILS = ("a",)'


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A new course."""
    done = CliRunner().invoke(cli, ["new", "course", str(tmp_path / "demo")])
    assert done.exit_code == 0, done.output
    return tmp_path / "demo"


def invoke(root: Path, *arguments: str) -> str:
    return CliRunner().invoke(cli, ["--course", str(root), *arguments], env={"COLUMNS": "80"}).output


def test_each_fault_of_a_course_is_at_its_line(demo: Path) -> None:
    invoke(demo, "new", "mistake", "ch1_basics/softmax/fresh")
    checks = demo / "graders/ch1_basics/test_softmax.py"
    text = checks.read_text(encoding="utf-8").replace('"any shape but ()"', '"any shape but none"')
    checks.write_text(
        f"{text}\n\n@pytest.mark.parametrize('n', [1, 3])\n@pytest.mark.points(0)\n"
        '@pytest.mark.rests_on("any shape but ()")\ndef test_length(compare, probes, n):\n'
        "    compare(probes.softmax_values, shape=(n,))\n",
        encoding="utf-8",
    )
    overflow = demo / "graders/ch1_basics/mistakes/softmax/overflow.py"
    whole = overflow.read_text(encoding="utf-8")
    overflow.write_text(whole.replace('("large_numbers",)', '("large_numbers", "length")'), encoding="utf-8")
    (overflow.parent / "first.py").write_text(
        whole.replace("dim=-1", "dim=0").replace('("large_numbers",)', '("values_and_gradient", "large_numbers")'),
        encoding="utf-8",
    )
    half = whole.replace("return powers", "return 0.5 * powers").replace("Overflow", "Half")
    (overflow.parent / "half.py").write_text(half.replace('"large_numbers"', '"length"'), encoding="utf-8")
    said = invoke(demo, "verify", "--no-mutants", "--seeds", "1", "--variants", "1", "--jobs", "1")
    places = re.findall(r"^     (\S+):(\d+): (.*)", said, re.MULTILINE)
    words = {}
    for path, line, message in places:
        words[f"{Path(path).name}: {(demo / path).read_text(encoding='utf-8').splitlines()[int(line) - 1]}"] = message
    assert words['fresh.py: FAILS = ("values_and_gradient", "large_numbers")'].startswith("has the reference's code")
    assert "variant 1 of softmax/fresh" not in said
    assert "softmax/half" not in said  # "length" stands for its cases, and the mistake is named
    assert '\n       FAILS = ("large_numbers",)\n' in said
    assert (
        "did you mean “x: any shape but (), and any numbers"
        in words["test_softmax.py: def test_values_and_gradient(compare, probes):"]
    )
    assert "exercise   checks right wrong named mutants killed equal replay lazy" in said
