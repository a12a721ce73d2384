"""Configure nbgrader to grade with this engine; nbgrader_config.py calls `configure`."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from torchdojo.course import load_course
from torchdojo.nbgrader.collect import Extractor
from torchdojo.nbgrader.grade import GradeSubmission
from torchdojo.nbgrader.read import SubmissionExporter
from torchdojo.nbgrader.repair import RepairNotebook
from torchdojo.nbgrader.stub import MakeStub


def configure(c: Any, *, course: str | Path, sandbox: str = "bubblewrap") -> None:
    """Configure nbgrader's steps for a course.

    c: nbgrader's configuration; course: the folder with course.toml, references and graders
    sandbox: "bubblewrap", or "none" to run submissions with your own rights
    """
    from nbgrader.converters import GenerateAssignment

    _add_alembic_to_path()
    # nbgrader 0.9.6 warns of these for each new submission; they mean nothing to a teacher.
    warnings.filterwarnings("ignore", message="Object of type <Submitted")
    names = [chapter.name for chapter in load_course(Path(course)).chapters]
    c.GradeSubmission.course = str(course)
    c.GradeSubmission.sandbox = sandbox
    steps = GenerateAssignment.preprocessors.default_args[0]
    c.GenerateAssignment.preprocessors = [MakeStub if s.__name__ == "ClearSolutions" else s for s in steps]
    c.ClearSolutions.code_stub = {"python": "..."}
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = [
        RepairNotebook,
        ClearOutput,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    c.Autograde.autograde_preprocessors = [
        GradeSubmission,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    c.OverwriteCells.add_missing_cells = True
    c.ZipCollectApp.extractor_plugin = Extractor
    c.FileNameCollectorPlugin.valid_ext = [".ipynb"]
    # ada_ch1_fundamentals.ipynb, ada/ch1_fundamentals.ipynb, or a platform's longer name from student to file
    chapters = "|".join(names)
    c.FileNameCollectorPlugin.named_regexp = (
        rf"^(?:.*/)?(?P<student_id>[^/_]+)[/_](?:[^/]*[_/])?(?P<file_id>{chapters})"
    )


def _add_alembic_to_path() -> None:
    """Let nbgrader find the `alembic` installed beside it when the environment is not activated."""
    if shutil.which("alembic") is None:
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
