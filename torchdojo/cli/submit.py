"""`dojo submit`: pack a submission, and report what grading would reject."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click
from rich.console import Console
from rich.text import Text

from torchdojo.cli.common import console, open_course, pick, spelled
from torchdojo.course import Chapter, Course
from torchdojo.errors import UserError
from torchdojo.files import WriteError, display_path, write_atomically

if TYPE_CHECKING:
    from torchdojo.batch.pack import Pack, PackedFile


class SubmitError(UserError):
    """No submission was packed."""

    exit_code: ClassVar[int] = 1


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER]...")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The zip file to write (default: submission.zip)."
)
@click.option(
    "--files",
    type=click.Path(path_type=Path, file_okay=False),
    help="Take the files in this folder instead of exercises/.",
)
@click.pass_context
def submit(context: click.Context, names: tuple[str, ...], out: Path | None, files: Path | None) -> None:
    """Pack your work into one zip file, after reading it as the grader will.

    Without CHAPTER, this packs every chapter that you have started. If the grader would reject a file, nothing is
    written. Exit code 0: packed; 1: not packed; 2: something is wrong with the command or the installation.
    """
    course = open_course(context)
    chapters = list({pick(course, name)[0].name: pick(course, name)[0] for name in names}.values())
    folder, path = files or course.root / "exercises", out or course.root / "submission.zip"
    if path.exists() and not (path.is_file() and zipfile.is_zipfile(path)):
        raise click.UsageError(f"{display_path(path)} exists and is not a zip file; choose another file with --out")
    if not folder.is_dir():
        raise click.UsageError(f"{folder} is not a folder")
    from torchdojo.batch.pack import read_pack

    pack = read_pack(course, folder, chapters or course.chapters)
    _require_named(pack, chapters, folder)
    if not chapters:
        untouched = [file for file in pack.files if file.is_untouched]
        pack.files = [file for file in pack.files if not file.is_untouched]
    else:
        untouched = []
    with console(stderr=True).status(" Loading your files as the grader will…"):
        pack.files = _loaded(course, pack.files)
    refused = [file for file in pack.files if file.refused]
    _show(console(), pack, untouched)
    if refused or not pack.files:
        _explain(console(), pack, refused)
        if path.exists():
            console().print(f" The older {display_path(path)} is unchanged.", markup=False, soft_wrap=True)
        context.exit(SubmitError.exit_code)
    try:
        write_atomically(path, pack.to_zip())
    except WriteError as error:
        raise SubmitError(f"{error}; nothing was changed") from None
    console().print(Text(f" {display_path(path)} is ready to submit.", "bold green"), soft_wrap=True)


def _require_named(pack: Pack, chapters: list[Chapter], folder: Path) -> None:
    found = {file.chapter.name for file in pack.files}
    missing = [chapter.name for chapter in chapters if chapter.name not in found]
    if missing:
        raise click.UsageError(f"{display_path(folder)} has no {missing[0]}.py or {missing[0]}.ipynb")


def _loaded(course: Course, files: list[PackedFile]) -> list[PackedFile]:
    """Load each file once, as grading does; return the files with the reasons to reject them."""
    if not any(file.submission for file in files):
        return files
    from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings
    from torchdojo.learner.checker import start_worker

    loaded = []
    with start_worker(course, "auto") as worker:
        for file in files:
            if file.submission:
                grader = Grader(course, file.chapter, Settings(worker.backend, PUBLIC_SECRET), worker)
                refused = grader.load_error(file.submission)
                notes = (f"{file.path.name}: {note}" for note in file.submission.notes)
                file = replace(file, refused=refused, notes=(*file.notes, *(() if refused else notes)))
            loaded.append(file)
    return loaded


def _show(out: Console, pack: Pack, untouched: list[PackedFile]) -> None:
    for file in pack.files:
        text = file.refused or f"{file.path.name}  {file.done} of {file.asked} exercises filled in"
        mark, style = ("✗", "bold red") if file.refused else ("✓", "green")
        out.print(Text(f" {mark} ", style).append(text, "default"), soft_wrap=True)
        for note in file.notes:
            out.print(Text(f"   ! {note}", "yellow"), soft_wrap=True)
    for file in untouched:
        out.print(Text(f" ○ {file.path.name}  nothing filled in yet: not packed", "dim"), soft_wrap=True)
    for path, reason in pack.ignored:
        out.print(Text(f" ? {path.name}  not packed: {reason}", "yellow"), soft_wrap=True)
    out.print()


def _explain(out: Console, pack: Pack, refused: list[PackedFile]) -> None:
    if not pack.files:
        out.print(" There is nothing to submit yet, so nothing was written.")
        return
    out.print(" The grader would reject the files marked ✗, so nothing was written.")
    others = [file.chapter.name for file in pack.files if not file.refused]
    if others and refused:
        out.print(Text(f" Fix it, or submit the others only: {spelled('submit ' + ' '.join(others))}"), soft_wrap=True)
