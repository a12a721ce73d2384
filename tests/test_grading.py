"""Verdicts on the tiny course: every status, its cause, and the mistake by its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Tiny
from torchdojo.course import CourseError, load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import CheckResult, Result
from torchdojo.report.check_view import view_check
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.source.files import MAX_SOURCE_BYTES


def statuses(result: Result, exercise: str = "double") -> dict[str, str]:
    return {c.check: c.status for c in result.checks if c.exercise.name == exercise}


def check(result: Result, name: str, exercise: str = "double") -> CheckResult:
    return next(c for c in result.checks if c.check == name and c.exercise.name == exercise)


def test_the_reference_gets_all_points(tiny: Tiny) -> None:
    result = tiny.grade(tiny.reference)
    assert result.status == "graded"
    assert result.score == result.max_score == 3.5


def test_the_stub_is_todo(tiny: Tiny) -> None:
    result = tiny.grade((tiny.course.root / "exercises/ch1_tiny.py").read_bytes())
    assert {c.status for c in result.checks} == {"todo"}
    assert result.score == 0


def test_a_known_mistake_is_named(tiny: Tiny) -> None:
    result = tiny.grade(tiny.with_double("return x.pow(2)"))
    failed = check(result, "values")
    assert failed.status == "failed"
    assert failed.mistake == "squared"
    assert "Your numbers match the mistake “Squared”: Doubling is not squaring." in failed.message
    assert "called   double(x), x of shape (2, 3)" in failed.message
    assert "values differ, this one most" in failed.message


def test_an_unknown_mistake_is_not_named(tiny: Tiny) -> None:
    assert check(tiny.grade(tiny.with_double("return 3 * x")), "values").mistake is None


def test_a_mistake_that_also_differs_elsewhere_is_told_apart_by_all_checks(tiny: Tiny) -> None:
    result = tiny.grade(tiny.with_double("with torch.no_grad():\n    x *= 2\nreturn x + 0"))
    assert check(result, "values").mistake == "in_place"


def test_right_only_on_the_first_call_fails(tiny: Tiny) -> None:
    body = "calls = globals().setdefault('calls', [])\ncalls.append(1)\nreturn x * (2 if len(calls) == 1 else 3)"
    failed = check(tiny.grade(tiny.with_double(body)), "values")
    assert failed.status == "failed"
    assert "second call" in failed.finding.got


def test_what_raises_is_an_error_with_its_line(tiny: Tiny) -> None:
    source = tiny.with_double("y = x + 1\nreturn y @ 'oops'")
    failed = check(tiny.grade(source), "values")
    assert failed.status == "error"
    assert failed.finding.line == source.splitlines().index("    return y @ 'oops'") + 1
    assert failed.finding.text == "return y @ 'oops'"


def test_the_longest_text_is_graded(tiny: Tiny) -> None:
    """A text of non-ASCII characters is six times as long when it is sent to the worker."""
    comment = "# " + "ü" * 500 + "\n"
    source = tiny.reference + comment * ((MAX_SOURCE_BYTES - len(tiny.reference.encode())) // len(comment.encode()))
    assert len(source.encode()) > 0.99 * MAX_SOURCE_BYTES
    assert tiny.grade(source).score == tiny.grade(tiny.reference).score


def test_nothing_returned_fails_in_words(tiny: Tiny) -> None:
    failed = check(tiny.grade(tiny.with_double("y = 2 * x")), "values")
    assert failed.status == "failed"
    assert "`double` returned None: is a `return y` missing at its end?" in failed.message


def test_raising_alone_earns_nothing(tiny: Tiny) -> None:
    result = tiny.grade(tiny.with_double("raise ValueError('x')"))
    assert statuses(result)["refuses_nothing"] == "failed"
    assert sum(c.earned for c in result.checks if c.exercise.name == "double") == 0


def test_another_exception_is_not_a_value_error(tiny: Tiny) -> None:
    result = tiny.grade(tiny.with_double("if not len(x):\n    raise TypeError('x')\nreturn x + x"))
    assert statuses(result) == {"values": "passed", "float32": "passed", "refuses_nothing": "failed"}


def test_the_right_values_in_another_dtype_fail(tiny: Tiny) -> None:
    failed = check(tiny.grade(tiny.with_double("return 2 * x.double()")), "float32")
    assert failed.status == "failed"
    assert "float64" in failed.finding.got


def test_an_endless_loop_is_a_timeout_and_the_rest_is_graded(tiny: Tiny) -> None:
    result = tiny.grade(tiny.with_double("while x.dtype == torch.float32:\n    pass\nreturn 2 * x"), ["double"], 1)
    assert statuses(result)["float32"] == "timeout"
    assert statuses(result)["values"] == "passed"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("import os\nos._exit(0)", "crashed"),
        ("import os\nos.kill(os.getpid(), 9)", "crashed"),
        ("import sys\nsys.exit(0)", "error"),
        ("torch.ones(10**9)\nreturn 2 * x", "memory"),
        ("return [2 * x]", "failed"),
        ("return x.new_zeros(10**5, 10**5)", "memory"),
    ],
)
def test_each_end_has_its_status(tiny: Tiny, body: str, status: str) -> None:
    assert statuses(tiny.grade(tiny.with_double(body), ["double"]))["values"] == status


def test_a_missing_name_is_said(tiny: Tiny) -> None:
    result = tiny.grade(tiny.reference.replace("def double", "def twice"))
    failed = check(result, "values")
    assert failed.status == "failed"
    assert "no definition of that name" in failed.finding.got


def test_an_exercise_bound_by_another_statement_counts(tiny: Tiny) -> None:
    source = tiny.reference.replace("def double", "def _double").replace(
        "# %%\nclass", "double = _double\n\n\n# %%\nclass"
    )
    assert tiny.grade(source).score == 3.5


@pytest.mark.parametrize(
    "body",
    ["return 3 * x", "return None", "raise OSError", "raise SystemExit", "return double(x)", "...", "return x[9]"],
)
def test_what_builds_on_a_wrong_answer_keeps_its_points(tiny: Tiny, body: str) -> None:
    result = tiny.grade(tiny.with_double(body))
    assert statuses(result, "Scale") == {"values": "passed", "shape": "passed"}
    assert check(result, "values", "Scale").given == ("double",)
    assert check(result, "values").status not in ("passed", "skipped")


def test_what_builds_on_a_missing_answer_keeps_its_points(tiny: Tiny) -> None:
    head, _, rest = tiny.reference.partition("# %%\ndef double")
    result = tiny.grade(head + rest[rest.index("# %%\nclass Scale") :])
    assert statuses(result, "Scale") == {"values": "passed", "shape": "passed"}


def test_a_wrong_answer_that_is_kept_as_a_default_is_replaced_too(tiny: Tiny) -> None:
    source = tiny.with_double("return 3 * x").replace("def forward(self, x: Tensor)", "def forward(self, x, f=double)")
    assert statuses(tiny.grade(source.replace("double(x) / 2", "f(x) / 2")), "Scale")["values"] == "passed"


def test_what_fails_with_the_right_version_too_says_what_it_builds_on(tiny: Tiny) -> None:
    source = tiny.with_double("return 3 * x").replace("double(x) / 2", "double(x)")
    failed = check(tiny.grade(source), "values", "Scale")
    assert (failed.status, failed.given) == ("failed", ())
    assert "It builds on double" in failed.message


def test_nothing_of_the_reference_is_told(tiny: Tiny) -> None:
    """Where the reference's version is used, the submission could put it into a message."""
    told = "raise ValueError(f'{double.__code__.co_filename} {double.__code__.co_consts}')"
    source = (
        tiny.with_double("raise OSError('mine')")
        .replace(
            "result = self.weight * double(x) / 2",
            f"try:\n            double(x)\n        except OSError: raise\n        {told}",
        )
        .replace("        return result\n", "")
    )
    failed = check(tiny.grade(source), "values", "Scale")
    assert "mine" in failed.message
    assert "x is empty" not in failed.message


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "is empty"),
        (b"   \n", "is empty"),
        (b"x = '\xe9'\n", "not UTF-8"),
        (b"def f(:\n", "does not parse"),
        (b"x = 1\0\n", "zero byte"),
        (b"(" * 40_000, "does not parse"),
        (b"(" * 100_000, "is too long"),
    ],
)
def test_what_cannot_be_read_is_rejected(tiny: Tiny, source: bytes, words: str) -> None:
    result = tiny.grade(source)
    assert result.status == "rejected"
    assert words in result.message
    assert result.score == 0
    assert result.max_score == 3.5


def test_prints_and_warnings_do_no_harm(tiny: Tiny) -> None:
    noise = "\nimport sys, warnings\nprint('x' * 10**7)\nprint('y', file=sys.stderr)\nwarnings.warn('z')\nsys.stdout.close()\n"
    assert tiny.grade(tiny.reference + noise).score == 3.5


def test_global_state_of_torch_is_gone_for_the_next_check(tiny: Tiny) -> None:
    mess = "\ntorch.set_default_dtype(torch.float64)\ntorch.Tensor.__mul__ = None\ntorch.set_grad_enabled(False)\n"
    tiny.grade(tiny.reference + mess)
    assert tiny.grade(tiny.reference).score == 3.5


def test_a_leftover_placeholder_beside_code_is_no_placeholder(tiny: Tiny) -> None:
    assert tiny.grade(tiny.with_double("if not len(x):\n    raise ValueError('x')\nreturn x + x\n...")).score == 3.5


def test_a_half_filled_class_is_todo(tiny: Tiny) -> None:
    stub = (tiny.course.root / "exercises/ch1_tiny.py").read_text()
    half = stub.replace("        ...\n", "        self.weight = factor\n", 1)
    assert set(statuses(tiny.grade(half), "Scale").values()) == {"todo"}


def test_results_use_the_fixed_words(tiny: Tiny) -> None:
    line = tiny.grade(tiny.reference).to_line("ada")
    assert list(line) == [
        *(
            "student",
            "chapter",
            "score",
            "max_score",
            "status",
            "sandbox",
            "device",
            "seconds",
            "submission",
            "graders",
            "notes",
            "shared_from",
        ),
        "checks",
    ]
    assert list(line["checks"][0]) == [
        *("exercise", "check", "points", "earned", "status", "message", "mistake", "seconds"),
    ]


# ------------------------------------------------------------------ pytest, kept to itself


def test_options_in_the_environment_change_no_verdict(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing_of_that_name")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    assert tiny.grade(tiny.reference).score == 3.5
    assert os.environ["PYTEST_ADDOPTS"] == "-k nothing_of_that_name"


def test_folders_above_the_graders_are_left_alone(tiny_root: Path, plain_worker: Worker) -> None:
    """pytest would list each folder above, and run its __init__.py in the process that judges."""
    (tiny_root / "graders/__init__.py").write_text("import os\nos.environ['LEFT_BEHIND'] = 'it ran'\n")
    (tiny_root / "__init__.py").write_text("import os\nos.environ['LEFT_BEHIND'] = 'it ran'\n")
    tiny = Tiny(load_course(tiny_root), plain_worker)
    assert tiny.grade(tiny.reference).score == 3.5
    assert "LEFT_BEHIND" not in os.environ


def test_checks_that_cannot_be_loaded_say_why(tiny_root: Path, plain_worker: Worker) -> None:
    (tiny_root / "graders/ch1_tiny/test_double.py").write_text("import no_such_module\n")
    tiny = Tiny(load_course(tiny_root), plain_worker)
    with pytest.raises(CourseError, match=r"test_double\.py:1: cannot be loaded: .*No module named 'no_such_module'"):
        tiny.grade(tiny.reference)


def test_checks_that_cannot_be_loaded_stay_so(tiny_root: Path, plain_worker: Worker) -> None:
    with (tiny_root / "graders/ch1_tiny/test_double.py").open("a") as file:
        file.write("\nraise OSError('half of it is there')\n")
    course = load_course(tiny_root)
    grader = Grader(course, course.chapters[0], Settings(NONE, b"secret"), plain_worker)
    for _ in range(2):
        with pytest.raises(CourseError, match="half of it is there"):
            grader.checks()


def test_a_check_file_of_another_name_is_told(tiny_root: Path, plain_worker: Worker) -> None:
    (tiny_root / "graders/ch1_tiny/double_test.py").write_text("def test_more():\n    'More.'\n")
    tiny = Tiny(load_course(tiny_root), plain_worker)
    with pytest.raises(CourseError, match=r"double_test\.py: checks are in test_\*\.py"):
        tiny.grade(tiny.reference)


PLACEMENT = '''

@pytest.mark.points(0)
def test_placement(recompare, probes):
    """It works on the device of its inputs."""
    recompare(device="cuda", without=(probes.double_of_nothing,))
'''


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("return 2 * x", "passed"),
        ("return x * torch.full_like(x, 2.0)", "passed"),
        ("return x * torch.full(x.shape, 2.0, dtype=x.dtype)", "error"),
        ("return 3 * x", "failed"),  # there is nothing to repeat
    ],
)
def test_placement_repeats_what_passed_on_the_cpu(
    tiny_root: Path, plain_worker: Worker, body: str, status: str
) -> None:
    checks = tiny_root / "graders/ch1_tiny/test_double.py"
    head, mark, rest = checks.read_text().partition("\n\n@pytest.mark.public")
    checks.write_text(head + PLACEMENT + mark + rest)  # first in the file: it must still run last
    probes = tiny_root / "graders/ch1_tiny/probes.py"
    with Worker(NONE, [probes]) as worker:
        tiny = Tiny(load_course(tiny_root), worker)
        placement = check(tiny.grade(tiny.with_double(body)), "placement")
    assert placement.status == status
    assert status == "passed" or "cuda" in placement.finding.called


@pytest.mark.parametrize("raised", ["ValueError('No.')", "ValueError", "UnicodeError(1)"])
def test_any_value_error_is_right(tiny: Tiny, raised: str) -> None:
    """UnicodeError is a ValueError, as an enum's or a library's own may be."""
    result = tiny.grade(tiny.with_double(f"if x.numel() == 0:\n    raise {raised}\nreturn 2 * x"))
    assert check(result, "refuses_nothing").status == "passed"


def test_ctrl_c_in_a_check_ends_the_grading(tiny_root: Path, plain_worker: Worker) -> None:
    with (tiny_root / "graders/ch1_tiny/test_double.py").open("a") as file:
        file.write('\n\n@pytest.mark.points(0)\ndef test_stopped():\n    """Stopped."""\n    raise KeyboardInterrupt\n')
    tiny = Tiny(load_course(tiny_root), plain_worker)
    with pytest.raises(KeyboardInterrupt):
        tiny.grade(tiny.reference)


def test_the_line_shown_is_in_the_exercise_that_was_asked_for(tiny: Tiny) -> None:
    """And not in the one that it gave something wrong."""
    source = tiny.reference.replace("double(x) / 2", "double('x') / 2")
    finding = check(tiny.grade(source), "values", "Scale").finding
    assert "double('x')" in finding.text
    assert "raised in `double`, which is used here: line 15, `if x.numel() == 0:`" in finding.advice


@pytest.mark.parametrize(
    ("old", "new", "name", "line"),
    [
        ("return 2 * x", "return x + 7", "double.values", "return x + 7"),
        ("return 2 * x", "for _ in range(1):\n        x = x + 7\n    return x", "double.values", "x = x + 7"),
        ("double(x) / 2", "double(x) / 3", "Scale.values", "result = self.weight * double(x) / 3  # SOLUTION"),
        ("return 2 * x", "return x.sum()", "double.values", "return x.sum()"),
        ("return 2 * x", "double.n = getattr(double, 'n', 0) + 1\n    if double.n % 2:\n        return x + 1\n    return x - 1", "double.values", ""),
        ("return 2 * x", "y = x\n    for _ in range(2):\n        y = y + 7\n    return y", "double.values", ""),
        ("return 2 * x", "return x", "double.values", "return x"),
        ("def double(x: Tensor)", "def double(x: Tensor, y: Tensor)", "double.values", "def double(x: Tensor, y: Tensor) -> Tensor:"),
        ("def __init__(self, factor: float)", "def __init__(self)", "Scale.values", "def __init__(self) -> None:"),
        ("def forward(self, x: Tensor)", "def forward(self)", "Scale.values", "def forward(self) -> Tensor:"),
        ("return 2 * x", "while True:\n        pass", "double.values", ""),
    ],
)  # fmt: skip
def test_the_line_shown_is_one_that_matters(tiny: Tiny, old: str, new: str, name: str, line: str) -> None:
    """That is never the first line of the exercise, except if the parameters are wrong."""
    source = tiny.reference.replace(old, new, 1)
    assert source != tiny.reference
    exercise, _, name = name.partition(".")
    result = check(tiny.grade(source), name, exercise)
    assert result.status.is_wrong
    assert result.finding.text == line
    assert result.finding.line is not None, "where an editor goes"
    assert not line or source.splitlines()[result.finding.line - 1].strip() == line
    assert (f"at       line {result.finding.line}   {line}\n" in f"{result.message}\n") == bool(line)
    assert ("\nat  " in result.message) == bool(line)
    assert [text for label, text in view_check(result).rows if label == "at"] == (
        [f"line {result.finding.line}   {line}"] if line else []
    )


def test_of_an_exception_that_was_not_raised_no_line_is_shown(tiny: Tiny) -> None:
    source = tiny.reference.replace("raise ValueError", "return x + 1 or ValueError", 1)
    assert source != tiny.reference
    assert check(tiny.grade(source), "refuses_nothing").finding.text == ""


def test_a_probe_that_changes_its_parameters_changes_no_later_question(tiny_root: Path, plain_worker: Worker) -> None:
    """The reference and each known mistake are asked in one process, with the same objects."""
    probes = tiny_root / "graders/ch1_tiny/probes.py"
    with probes.open("a", encoding="utf-8") as file:
        file.write(
            '\n\n@probe("double(x), x of {sizes[0]} numbers")\ndef doubled_once(ch, draw: Draw, *, sizes=(3,)):\n'
            '    size = sizes.pop()\n    sizes += [size + 1]\n    return {"y": ch.double(draw.normal(size))}\n'
        )
    checks = tiny_root / "graders/ch1_tiny/test_double.py"
    text = checks.read_text(encoding="utf-8")
    checks.write_text(
        text.replace("compare(probes.doubled)", "compare(probes.doubled_once, sizes=[3])"), encoding="utf-8"
    )
    tiny = Tiny(load_course(tiny_root), Worker(NONE, [probes]))
    assert tiny.grade(tiny.reference).score == 3.5
    failed = check(tiny.grade(tiny.with_double("return x.pow(2)")), "values")
    assert failed.mistake == "squared"
    tiny.worker.close()
