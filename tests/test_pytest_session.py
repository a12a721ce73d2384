"""Checks are collected once and run for every submission, as if each had a pytest session of its own."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import _pytest.config
import pytest

from tests.conftest import SECRET
from torchdojo.course import CourseError, load_course
from torchdojo.grading.grader import Grader, GradingStopped, Settings
from torchdojo.grading.pytest_session import OpenSession
from torchdojo.sandbox.backend import NONE

ARGUMENTS = ["-c", os.devnull, "--import-mode=importlib", "--capture=no", "-p", "no:terminal", "-p", "no:cacheprovider"]
SCOPES = """
import os
import warnings
import pytest

events = []

@pytest.fixture(scope="session")
def of_session():
    events.append("session up")
    yield
    events.append("session down")

@pytest.fixture(scope="module")
def of_module():
    events.append("module up")
    yield
    events.append("module down")

class TestState:
    seen = ()

    def test_first(self, of_session, of_module, request, record_property):
        events.append(f"first {self.seen} {len(request.node.user_properties)}")
        self.seen = (*self.seen, "again")
        record_property("key", "value")
        request.node.add_marker(pytest.mark.skip)
        warnings.warn("heard")
        os.chdir("/")

    @pytest.mark.parametrize("case", [1, 2])
    def test_second(self, case):
        events.append(f"second {case}")
"""
RUN = ["session up", "module up", "first () 0", "second 1", "second 2", "module down", "session down"]
# As in a check file: test_double.py of the tiny course.
HEAD = 'import pytest\n\npytestmark = pytest.mark.exercise("double")\n\n'


class Listener:
    """A plugin that knows how tests end, and of what they warn."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.warnings: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self.outcomes.append(report.outcome)

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        self.warnings.append(str(warning_message.message))


def open_session(folder: Path, text: str) -> tuple[OpenSession, Listener]:
    file = folder / f"{folder.name}_test.py"  # modules are known by their names
    file.write_text(text)
    listener = Listener()
    return OpenSession([str(file), f"--rootdir={folder}", *ARGUMENTS], [listener]), listener


def events_of(session: OpenSession) -> list[str]:
    """Return what the tests have noted since this was asked before."""
    noted: list[str] = session.items[0].module.events  # type: ignore[attr-defined]
    events, noted[:] = list(noted), []
    return events


def surroundings() -> tuple[object, ...]:
    """Return what this process has that a session inside may not change."""
    marks = pytest.mark._config  # type: ignore[attr-defined]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return Path.cwd(), list(sys.meta_path), list(warnings.filters), environment, marks


def test_the_private_names_of_pytest_are_there(tmp_path: Path) -> None:
    """If one is missing, read what is new in pytest before you allow that version."""
    assert callable(_pytest.config._prepareconfig)
    assert callable(pytest.Config._ensure_unconfigure)
    assert hasattr(pytest.mark, "_config")
    session, _ = open_session(tmp_path, SCOPES)
    session.run(session.items)
    assert {"_instance", "_obj"} <= vars(session.items[0]).keys()
    assert session.items[0].config.hook.pytest_warning_recorded._call_history == []


def test_each_run_sets_up_and_tears_down_everything(tmp_path: Path) -> None:
    before = surroundings()
    session, listener = open_session(tmp_path, SCOPES)
    assert surroundings() == before
    for _ in range(3):
        listener.outcomes.clear()
        listener.warnings.clear()
        session.run(session.items)
        assert events_of(session) == RUN
        assert (listener.outcomes, listener.warnings) == (["passed"] * 3, ["heard"])
        assert surroundings() == before
    session.close()
    assert surroundings() == before


def test_some_of_the_tests_can_be_run(tmp_path: Path) -> None:
    session, _ = open_session(tmp_path, SCOPES)
    session.run(session.items[2:])
    session.run([])
    session.run(session.items[:1])
    assert events_of(session) == ["second 2", *RUN[:3], *RUN[5:]]


def test_warnings_do_not_pile_up(tmp_path: Path) -> None:
    """pytest calls a plugin that is registered later with all warnings of the session."""
    session, _ = open_session(tmp_path, SCOPES)
    session.run(session.items)
    later = Listener()
    session.items[0].config.pluginmanager.register(later)
    assert later.warnings == []


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "pytest.exit('enough')"])
def test_what_ends_pytest_is_raised(tmp_path: Path, raised: str) -> None:
    text = f"import pytest\n\ndef test_it():\n    raise {raised}\n\ndef test_other():\n    pass\n"
    session, listener = open_session(tmp_path, text)
    with pytest.raises(KeyboardInterrupt if raised == "KeyboardInterrupt" else pytest.exit.Exception):
        session.run(session.items)
    assert listener.outcomes == []
    session.close()


def test_a_plugin_can_stop_the_session(tmp_path: Path) -> None:
    text = "def test_it(request):\n    request.session.shouldstop = 'enough'\n\ndef test_other():\n    assert False\n"
    session, listener = open_session(tmp_path, text)
    with pytest.raises(pytest.Session.Interrupted, match="enough"):
        session.run(session.items)
    assert listener.outcomes == ["passed"]


class Course:
    """The tiny course with checks of a test's own for double."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "graders/ch1_tiny"
        self.checks = self.folder / "test_double.py"

    def grader(self, secret: bytes = SECRET) -> Grader:
        course = load_course(self.root)
        return Grader(course, course.chapters[0], Settings(NONE, secret))

    def write(self, text: str) -> None:
        self.checks.write_text(HEAD + text)


@pytest.fixture
def course(tiny_root: Path) -> Course:
    return Course(tiny_root)


def verdicts(grader: Grader, only: list[str] | None = None) -> dict[str, str]:
    return {f"{r.exercise.name}.{r.check}": r.status.value for r, _ in grader.dry_run(only)}


ALL = dict.fromkeys(
    ["double.values", "double.float32", "double.refuses_nothing", "Scale.values", "Scale.shape"], "passed"
)


def test_a_file_of_checks_is_collected_once(course: Course) -> None:
    course.write(
        "from pathlib import Path\n"
        "with Path(__file__).with_name('read').open('a') as file:\n    file.write('.')\n\n"
        "def test_values(compare, probes):\n    compare(probes.doubled)\n"
    )
    grader = course.grader()
    for _ in range(3):
        assert verdicts(grader, ["double"]) == {"double.values": "passed"}
    assert (course.folder / "read").read_text() == "."


def test_parts_of_a_chapter_run_in_any_order(course: Course) -> None:
    """What one run found out of a check is not in the next one's result."""
    grader = course.grader()
    assert verdicts(grader, ["Scale"]) == {name: status for name, status in ALL.items() if name.startswith("Scale")}
    assert verdicts(grader) == ALL
    assert verdicts(grader, ["double"]) == {name: status for name, status in ALL.items() if name.startswith("double")}
    untouched = grader.checks().values()
    assert not any(check.status.is_done or check.kinds or check.seconds for check in untouched)
    assert [check.points for check in untouched] == [0.75, 0.75, 0.5, 1.0, 0.5]


def test_a_wrong_answer_leaves_nothing_for_the_next_submission(course: Course) -> None:
    grader = course.grader()
    reference = (course.root / "reference/ch1_tiny.py").read_bytes()
    wrong = reference.replace(b"return 2 * x", b"return 3 * x")
    for _ in range(2):
        assert {check.status.value for check in grader.grade_in_process(wrong).checks} == {"failed", "passed"}
        right = grader.grade_in_process(reference).checks
        assert {check.status.value for check in right} == {"passed"}
        assert {(check.mistake, check.finding.got) for check in right} == {(None, "")}


def test_two_graders_take_turns(course: Course, tiny_root: Path) -> None:
    """Each has modules and a session of its own, even of the same files."""
    course.write(
        "runs = []\n\ndef test_values(compare, probes):\n"
        "    runs.append(1)\n    compare(probes.doubled)\n    assert len(runs) <= 2\n"
    )
    one, other = course.grader(), course.grader(b"another secret")
    for _ in range(2):
        assert verdicts(one, ["double"]) == verdicts(other, ["double"]) == {"double.values": "passed"}
    assert verdicts(one, ["double"]) == {"double.values": "failed"}


def test_a_check_that_draws_examples_gets_the_same_ones_again(course: Course) -> None:
    course.write(
        "from pathlib import Path\nfrom hypothesis import given, settings, strategies as st\n\n"
        "@settings(max_examples=5)\n@given(rows=st.integers(1, 10**6))\n"
        "def test_values(compare, probes, rows):\n"
        "    with Path(__file__).with_name('drawn').open('a') as file:\n        file.write(f'{rows} ')\n"
        "    compare(probes.doubled)\n"
    )
    grader, drawn = course.grader(), []
    for _ in range(3):
        assert verdicts(grader, ["double"]) == {"double.values": "passed"}
        drawn.append((course.folder / "drawn").read_text())
        (course.folder / "drawn").unlink()
    assert drawn[0] == drawn[1] == drawn[2]


def test_checks_that_could_not_be_loaded_are_read_again(course: Course) -> None:
    good = course.checks.read_text()
    course.write("def test_values(:\n")
    grader = course.grader()
    for _ in range(2):
        with pytest.raises(CourseError, match="SyntaxError"):
            grader.dry_run()
    course.checks.write_text(good)
    assert verdicts(grader) == ALL


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit"])
def test_a_grader_can_be_used_after_a_check_that_ended_all(course: Course, raised: str) -> None:
    stop = course.folder / "stop"
    course.write(
        "from pathlib import Path\n\ndef test_values(compare, probes):\n"
        f"    if Path(__file__).with_name('stop').exists():\n        raise {raised}\n    compare(probes.doubled)\n"
    )
    grader = course.grader()
    stop.touch()
    if raised == "KeyboardInterrupt":
        with pytest.raises(KeyboardInterrupt):
            grader.dry_run()
    else:
        assert verdicts(grader)["double.values"] == "grader_error"
    stop.unlink()
    assert verdicts(grader)["double.values"] == "passed"


def test_a_grader_can_be_used_after_it_was_stopped(course: Course) -> None:
    """Wider fixtures are torn down although checks were left out."""
    (course.folder / "conftest.py").write_text(
        "import pytest\n\n@pytest.fixture(scope='module', autouse=True)\ndef of_module():\n"
        "    open_files.append(1)\n    yield\n    open_files.pop()\n\nopen_files = []\n\n"
        "@pytest.fixture(autouse=True)\ndef one(of_module):\n    assert len(open_files) == 1\n"
    )
    grader, asked = course.grader(), []
    reference = (course.root / "reference/ch1_tiny.py").read_bytes()
    with pytest.raises(GradingStopped):
        grader.grade(reference, stop=lambda: len(asked) >= 2 or bool(asked.append(1)))
    assert {check.status.value for check in grader.grade(reference).checks} == {"passed"}
    grader.close()


@pytest.mark.parametrize(("ending", "is_kept"), [("", False), ("    assert not note\n", True)])
def test_folders_of_checks_do_not_fill_the_disk(course: Course, ending: str, is_kept: bool) -> None:
    """One that a check passed in is removed at once, any other at the end."""
    course.write(
        "from pathlib import Path\n\ndef test_notes_in_a_folder(compare, probes, tmp_path):\n"
        "    note = tmp_path / 'note'\n    note.touch()\n"
        "    Path(__file__).with_name('where').write_text(str(note))\n"
        f"    compare(probes.doubled)\n{ending}"
    )
    grader = course.grader()
    for _ in range(2):
        verdicts(grader, ["double"])
        note = Path((course.folder / "where").read_text())
        assert note.exists() == is_kept
    grader.close()
    assert not note.exists()
