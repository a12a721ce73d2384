"""`dojo run`: train using a chapter's code, and save a figure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import click

from torchdojo.cli.bars import CountedLoader
from torchdojo.cli.common import console, open_course, pick, spelled
from torchdojo.course import Chapter, Course
from torchdojo.errors import UserError
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Submission, describe_source_error
from torchdojo.source.files import ParsedSource, SourceError, read_source
from torchdojo.source.placeholders import placeholder_line

if TYPE_CHECKING:
    from torchdojo.data.images import ImageSet


class UnfinishedError(UserError):
    """A chapter that cannot train yet, because some exercises are still to do."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class RunOptions:
    """What a chapter's run script gets.

    device: where to train; epochs: passes over the data, None for the chapter's default
    data: "fashion", "cifar10", or a folder of images; seed: of torch's global generator
    cache: the folder for downloads
    """

    device: str
    epochs: int | None
    data: str
    seed: int
    cache: Path

    def images(self, split: Literal["train", "test"]) -> ImageSet:
        """Return the chosen images; DataError if they are missing or unreadable."""
        from torchdojo.data.choose import load_images

        return load_images(self.data, split, self.cache)

    def watched(self, loader: Any, passes: int, label: str = "training") -> Any:
        """Return the loader with a progress bar for `passes` passes over it."""
        return CountedLoader(loader, passes, label)


@click.command()
@click.argument("name", metavar="CHAPTER")
@click.option("--reference", is_flag=True, help="Use the reference's code instead of yours.")
@click.option("--data", default="fashion", show_default=True, help="fashion, cifar10, or a folder of images.")
@click.option("--device", default="cpu", show_default=True, help="The torch device to train on.")
@click.option("--epochs", type=click.IntRange(1), help="Passes over the data (default: set by the chapter).")
@click.option("--seed", default=0, show_default=True, help="Seed of the random numbers.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file (default: pictures/CHAPTER.png)."
)
@click.pass_context
def run(
    context: click.Context,
    name: str,
    reference: bool,
    data: str,
    device: str,
    epochs: int | None,
    seed: int,
    out: Path | None,
) -> None:
    """Train using your CHAPTER code, and save a figure of the result."""
    course = open_course(context)
    chapter, _ = pick(course, name)
    path = course.reference_file(chapter) if reference else course.exercise_file(chapter)
    try:
        source = read_source(path)
        _require_filled(course, chapter, Submission(ParsedSource(source, path.name)))
    except SourceError as error:
        raise UserError(describe_source_error(error, path.name)) from None
    _train(course, chapter, source, path, _options(course, device, epochs, data, seed), out)


def _options(course: Course, device: str, epochs: int | None, data: str, seed: int) -> RunOptions:
    return RunOptions(device, epochs, data, seed, cache=course.root / ".torchdojo" / "data")


def _require_filled(course: Course, chapter: Chapter, submission: Submission) -> None:
    defined = submission.parsed.definitions
    todo = [
        exercise.name
        for exercise in chapter.graded_exercises
        if submission.readiness(exercise).status is CheckStatus.FAILED
        or (exercise.name in defined and placeholder_line(defined[exercise.name]) is not None)
    ]
    if todo:
        message = f"still to do in {submission.filename}: {', '.join(todo)}."
        if not course.released:
            message += f"\nTo see what it will look like, run: {spelled(f'run {chapter.name} --reference')}"
        raise UnfinishedError(message)


def _train(course: Course, chapter: Chapter, source: bytes, path: Path, options: RunOptions, out: Path | None) -> None:
    import matplotlib as mpl
    import torch

    from torchdojo.data.vision import prepare_torchvision
    from torchdojo.grading.author_files import load_author_file
    from torchdojo.worker.modules import load_module

    mpl.use("Agg")
    prepare_torchvision()
    script = course.root / "runs" / f"{chapter.name}.py"
    if not script.is_file():
        raise UserError(f"{script} is missing")
    torch.manual_seed(options.seed)
    module = load_module(chapter.name, source, str(path))
    figure = load_author_file(f"run_{chapter.name}", script).run(module, options)
    out = out or course.root / "pictures" / f"{chapter.name}.png"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out, dpi=120)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}") from None
    console().print(f" saved {out}", markup=False)
