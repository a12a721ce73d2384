"""Grade submissions in a pytest session that somebody else started: from a shell, an IDE or a CI job."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol  # what pytest's own protocol calls, to log the reports later

from torchdojo.course import Chapter, Course, CourseError, load_course
from torchdojo.grading.accelerators import available_accelerators
from torchdojo.grading.chapter_run import ChapterRun, node_of
from torchdojo.grading.failure import CheckFailed
from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings
from torchdojo.grading.plugin import GradingPlugin
from torchdojo.grading.result import CheckResult
from torchdojo.notebooks.extraction import extract_chapter
from torchdojo.pytest_plugin import course_of
from torchdojo.pytest_plugin.distributed import exercise_scheduler, reporting
from torchdojo.pytest_plugin.reports import points_in, show_points, tell
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.errors import WorkerError
from torchdojo.source.files import MAX_SOURCE_BYTES, ParsedSource, SourceError, read_bytes
from torchdojo.source.repair import parse_around_errors, read_around_errors


@dataclass
class Graded:
    """A chapter that this session grades. path: of the submission"""

    grader: Grader
    run: ChapterRun
    path: Path
    is_loaded: bool = False
    _checks: dict[str, CheckResult] = field(default_factory=dict)

    def load(self) -> None:
        """Load the submission, the first time."""
        if not self.is_loaded:
            self.is_loaded = True
            self.grader.load(self.run)

    def checks(self) -> dict[str, CheckResult]:
        """Return every check of the chapter, not run, by its file's name and its own: "test_linear.py::test_values"."""
        if not self._checks:
            self._checks = self.grader.checks()
        return self._checks

    def is_whole(self, exercise: str, checks: Collection[str]) -> bool:
        """Whether these are all checks of an exercise."""
        return {c.check for c in self.checks().values() if c.exercise.name == exercise} == set(checks)


class CoursePlugin(GradingPlugin):
    """Grades the chapters whose checks this session collects.

    The checks of one exercise are judged together: their reports appear once the last one has run.
    """

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(self._run_in)
        self._config = config
        self._given: Path | None = None
        if (given := config.getoption("submission")) is not None:
            self._given = Path(config.invocation_params.dir, given)
            if not self._given.exists():
                raise pytest.UsageError(f"--submission: {given} does not exist")
        self._backend = backend_named(config.getoption("sandbox"))
        self._graded: dict[Path, Graded | None] = {}
        self._waiting: list[tuple[pytest.Item, list[pytest.TestReport]]] = []

    # ------------------------------------------------------------------ what is graded

    def _run_in(self, folder: Path) -> ChapterRun | None:
        graded = self._graded_in(folder)
        return graded.run if graded else None

    def _graded_in(self, folder: Path) -> Graded | None:
        if folder not in self._graded:
            self._graded[folder] = self._open(folder)
        return self._graded[folder]

    def _open(self, folder: Path) -> Graded | None:
        root = course_of(folder)
        if root is None or folder.parent != root / "graders":
            return None
        try:
            course = load_course(root)
            chapter = course.find(folder.name)
            if chapter is None:
                return None
            settings = Settings(self._backend, PUBLIC_SECRET, available_accelerators(course))
            grader, path = Grader(course, chapter, settings), self._path_of(course, chapter)
            return Graded(grader, grader.new_run(_read(course, chapter, path)), path)
        except CourseError as error:
            raise pytest.Collector.CollectError(str(error)) from None

    def _path_of(self, course: Course, chapter: Chapter) -> Path:
        """Return the file to grade."""
        given = self._given
        if given is None:
            return course.exercise_file(chapter)
        if not given.is_dir():
            return given
        notebook = given / f"{chapter.name}.ipynb"
        return notebook if notebook.is_file() else given / f"{chapter.name}.py"

    def pytest_report_header(self) -> str:
        given = self._config.getoption("submission") or "exercises"
        return f"torchdojo: grades {given}, sandbox {self._backend.name}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks to run in the order of course.toml, with their points."""
        super().pytest_collection_modifyitems(items)
        for graded in self._chapters():
            if graded.run.problems:
                raise pytest.UsageError("\n".join(map(str, graded.run.problems)))
            self._take_points(graded)
        self._require_one_chapter()

    def _take_points(self, graded: Graded) -> None:
        """Take each check's points from the whole chapter: this session may have collected a part of it."""
        try:
            known = {(check.exercise, check.check): check.points for check in graded.checks().values()}
        except CourseError as error:
            raise pytest.UsageError(str(error)) from None
        for result in graded.run.results.values():
            result.points = known[result.exercise, result.check]

    def _require_one_chapter(self) -> None:
        """Raise UsageError if one file is given for several chapters."""
        chapters = [graded.run.chapter.name for graded in self._chapters()]
        if len({graded.path for graded in self._chapters()}) < len(chapters):
            raise pytest.UsageError(
                f"--submission is one file, and the checks are of {', '.join(chapters)}: name one chapter's checks, "
                "or give a folder with a file per chapter"
            )

    def _chapters(self) -> list[Graded]:
        return [graded for graded in self._graded.values() if graded is not None and graded.run.results]

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Forget the checks that -k, -m or --lf leave out."""
        for item in items:
            run = self.run_of(item)
            if run is not None:
                del run.results[node_of(item)]

    # ------------------------------------------------------------------ running, and the verdicts

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        graded = self._graded_in(item.path.parent)
        if graded is not None and self.run_of(item) is not None:
            try:
                graded.load()
            except (CourseError, WorkerError) as error:
                pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
        super().pytest_runtest_setup(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        """Let what pytest shows, and its debugger, end at the check's own line where a verdict was raised."""
        if call.excinfo is not None and isinstance(call.excinfo.value, CheckFailed):
            _cut_off_engine(call.excinfo.tb, item.path)
        return (yield from super().pytest_runtest_makereport(item, call))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a check; log its reports once the verdicts of its exercise are settled."""
        run = self.run_of(item)
        if run is None:
            return None
        self._waiting.append((item, runtestprotocol(item, log=False, nextitem=nextitem)))
        failed = any(report.failed for report in self._waiting[-1][1])
        stops = item.session.shouldstop or item.session.shouldfail or (failed and self._config.getoption("maxfail"))
        if stops or nextitem is None or self._exercise_of(nextitem) != self._exercise_of(item):
            self._settle(item)
        return True

    def _exercise_of(self, item: pytest.Item) -> object:
        run = self.run_of(item)
        return run and run.results[node_of(item)].exercise

    def _settle(self, last: pytest.Item) -> None:
        """Settle the verdicts of the exercise that a check belongs to, and log what was reported of its checks."""
        graded = self._graded_in(last.path.parent)
        assert graded is not None
        run, waiting, self._waiting = graded.run, self._waiting, []
        exercise = run.results[node_of(last)].exercise.name
        done = {node_of(item) for item, _ in waiting}
        for node in [n for n, result in run.results.items() if result.exercise.name == exercise and n not in done]:
            del run.results[node]  # not reached
        is_whole = graded.is_whole(exercise, {run.results[node].check for node in done})
        # A part of an exercise's checks names no mistake, and a check does not depend on one that has not run.
        graded.grader.finish(run, [exercise], diagnoses=is_whole, scores=is_whole)
        for item, reports in waiting:
            tell(reports, run.results[node_of(item)], graded.path)
            with reporting(item):
                item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
                for report in reports:
                    item.ihook.pytest_runtest_logreport(report=report)
                item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Let pytest-xdist's -n give all checks of an exercise to one process."""
        return exercise_scheduler(config, log, self._group_of) if config.getoption("dist") == "load" else None

    def _group_of(self, name: str) -> str:
        """Return the exercise that the check with this id belongs to; the id itself if it is not a check."""
        path, _, test = name.partition("::")
        file = self._config.rootpath / path
        graded = self._graded_in(file.parent)
        check = graded.checks().get(f"{file.name}::{test}") if graded else None
        return str(check.exercise) if check else name

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_timeout_set_timer(self, item: pytest.Item) -> bool | None:
        """Let pytest-timeout end no check: its mark is the limit of each question in the sandbox."""
        return True if self.run_of(item) is not None else None

    def pytest_sessionfinish(self) -> None:
        for graded in self._graded.values():
            if graded is not None:
                graded.grader.close()

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        show_points(terminalreporter, points_in(_reports(terminalreporter)))


def _cut_off_engine(trace: TracebackType | None, path: Path) -> None:
    """Shorten a traceback: it ends where a file of checks has called this engine."""
    last = None
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).parent == path.parent:
            last = trace
        trace = trace.tb_next
    if last is not None:
        last.tb_next = None


def _reports(terminalreporter: Any) -> Iterator[pytest.TestReport]:
    for reports in terminalreporter.stats.values():
        yield from (report for report in reports if isinstance(report, pytest.TestReport))


def _read(course: Course, chapter: Chapter, path: Path) -> ParsedSource | SourceError:
    """Return the text to grade, or why there is none."""
    if path.suffix != ".ipynb":
        return read_around_errors(path)
    try:
        notebook = read_bytes(path, 10 * MAX_SOURCE_BYTES)
        return parse_around_errors(extract_chapter(notebook, course, chapter).source, f"{chapter.name}.py")
    except SourceError as error:
        return error
