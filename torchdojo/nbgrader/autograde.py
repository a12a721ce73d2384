"""`nbgrader autograde` on several cores: grade in parallel first, then let nbgrader fill its gradebook.

One process writes the gradebook and runs all of nbgrader's own steps, for which the results are precomputed.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from torchdojo.batch.jobs import Job, derive_secret
from torchdojo.batch.pool import run_jobs
from torchdojo.course import Chapter, load_course
from torchdojo.errors import UserError
from torchdojo.files import write_atomically
from torchdojo.grading.result import Result
from torchdojo.nbgrader.grade import METADATA_KEY, SESSION, GradeSubmission, read_submitted
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text
from torchdojo.source.files import SourceError

Progress = Callable[[int, int], None]


class AutogradeError(UserError):
    """An nbgrader course that cannot be graded; the message is user-facing."""


class ParallelAutograde(Autograde):
    """nbgrader's Autograde, with all submissions graded in parallel first. jobs: number of processes"""

    force: bool
    jobs = 1
    progress: Progress = staticmethod(lambda done, total: None)

    def convert_notebooks(self) -> None:
        """Grade in parallel, then run nbgrader's own steps."""
        self.step = step = GradeSubmission(parent=self, config=self.config)
        self.course = course = load_course(Path(step.course))
        jobs = []
        for student, chapter, path in self._waiting():
            source = read_submitted(path, course, chapter).source
            secret = derive_secret(SESSION.secret, source)
            jobs.append(Job((student, chapter.name), chapter.name, source, secret))
        self.progress(0, len(jobs))
        for done, (job, result) in enumerate(run_jobs(course.root, step.backend, jobs, self.jobs), 1):
            self._keep(job, result)
            self.progress(done, len(jobs))
        super().convert_notebooks()

    def _keep(self, job: Job, result: Result) -> None:
        SESSION.precomputed[job.label] = result

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Let nbgrader replace what another engine or other graders graded, as --force would."""
        outdated = not self.force and self._is_outdated(self._format_dest(assignment_id, student_id))
        self.force = self.force or outdated
        try:
            return bool(super().init_destination(assignment_id, student_id))
        finally:
            self.force = self.force and not outdated

    def _waiting(self) -> list[tuple[str, Chapter, Path]]:
        """Return the notebooks that nbgrader will grade: new, changed or outdated ones, or all with --force."""
        found: list[tuple[str, Chapter, Path]] = []
        for assignment, notebooks in sorted(self.assignments.items()):
            ids = self.init_single_notebook_resources(notebooks[0])["nbgrader"]
            student = ids["student"]
            if not self._is_due(ids["assignment"], student):
                continue
            for path in map(Path, sorted(notebooks)):
                chapter = self.course.find(path.stem)
                if chapter is not None:
                    found.append((student, chapter, path if path.is_absolute() else Path(assignment) / path.name))
        return found

    def _is_due(self, assignment: str, student: str) -> bool:
        if student in self.coursedir.student_id_exclude.split(","):
            return False
        dest = self._format_dest(assignment, student)
        if self.force or not os.path.exists(dest) or self._is_outdated(dest):
            return True
        submitted = self.coursedir.get_existing_timestamp(self._format_source(assignment, student))
        graded = self.coursedir.get_existing_timestamp(dest)
        return submitted is not None and graded is not None and bool(submitted > graded)

    def _is_outdated(self, dest: str) -> bool:
        """Whether another engine or other graders graded a notebook, or it does not say."""
        graded = [(self.course.find(path.stem), path) for path in Path(dest).glob("*.ipynb")]
        return any(
            chapter is not None and _key_in(path) != SESSION.key(self.course, self.step.backend, chapter)
            for chapter, path in graded
        )


def _key_in(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_bytes())["metadata"][METADATA_KEY]["key"])
    except (ValueError, KeyError, TypeError):
        return None


def autograde(folder: Path, chapter: str, jobs: int, arguments: list[str], progress: Progress) -> bool:
    """Grade an assignment of the nbgrader course in a folder; return whether every submission could be graded.

    arguments: other options of nbgrader's own command, such as --force; AutogradeError if the course cannot be used
    """
    if not (folder / "nbgrader_config.py").is_file():
        raise AutogradeError(f"{folder} has no nbgrader_config.py; create a course with `dojo nbgrader build --out …`")
    previous = os.getcwd()
    os.chdir(folder)
    try:
        app: Any = AutogradeApp()
        app.initialize([chapter, "--log-level=WARN", *arguments])
        if not app.config.GradeSubmission.get("course"):
            raise AutogradeError(f"{folder / 'nbgrader_config.py'} does not call torchdojo's configure(…)")
        app.coursedir.assignment_id = chapter
        _convert_py(Path.cwd(), app, chapter)
        converter = ParallelAutograde(coursedir=app.coursedir, parent=app)
        converter.jobs, converter.progress = jobs, progress
        converter.start()
    except NbGraderException:
        return False
    finally:
        os.chdir(previous)
    return True


def _convert_py(folder: Path, app: Any, assignment: str) -> None:
    """Convert each submitted <chapter>.py without a notebook to a notebook beside it."""
    from torchdojo.nbgrader.convert import to_notebook

    course = load_course(Path(app.config.GradeSubmission.course))
    chapter = course.find(assignment)
    pattern = app.coursedir.format_path(app.coursedir.submitted_directory, "*", assignment)
    for submitted in map(Path, sorted(glob.glob(os.path.join(folder, pattern)))):
        source, target = submitted / f"{assignment}.py", submitted / f"{assignment}.ipynb"
        if chapter and source.is_file() and not target.exists():
            try:
                to_notebook(source, target, chapter)
            except SourceError as error:
                note = Cell("markdown", f"{source.name} {error}")
                write_atomically(target, notebook_text(make_notebook([note])))
