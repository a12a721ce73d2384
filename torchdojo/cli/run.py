"""`dojo run`: train with a chapter's code and save a picture of what it did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import click

from torchdojo.cli.common import console, open_course, pick, spelled
from torchdojo.cli.passes import Watched
from torchdojo.course import Chapter, Course
from torchdojo.errors import UserError
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Submission, describe_source_error
from torchdojo.source.files import ParsedSource, SourceError, read_source

if TYPE_CHECKING:
    from torchdojo.data.images import ImageSet


class UnfinishedError(UserError):
    """A chapter that cannot train yet, because exercises in it are still to do."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class RunOptions:
    """What a chapter's picture is made with.

    device: where to train; epochs: passes over the data, None for the picture's own default
    data: "fashion", "cifar10", or a folder of images; seed: of torch's global generator
    cache: the folder that keeps what was downloaded
    """

    device: str
    epochs: int | None
    data: str
    seed: int
    cache: Path

    def images(self, split: Literal["train", "test"]) -> ImageSet:
        """Return the images that were asked for; DataError if they cannot be had."""
        from torchdojo.data.choose import load_images

        return load_images(self.data, split, self.cache)

    def watched(self, loader: Any, passes: int, label: str = "training") -> Any:
        """Return the loader with a bar on the terminal that is full after `passes` passes over it."""
        return Watched(loader, passes, label, console())


@click.command()
@click.argument("name", metavar="CHAPTER")
@click.option("--reference", is_flag=True, help="Run the reference's code, not yours.")
@click.option("--data", default="fashion", show_default=True, help="fashion, cifar10, or a folder of images.")
@click.option("--device", default="cpu", show_default=True)
@click.option("--epochs", type=click.IntRange(1), help="Passes over the data (default: the chapter's own).")
@click.option("--seed", default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The picture (pictures/CHAPTER.png).")
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
    """Train with your code of CHAPTER, and save a picture of what it did."""
    course = open_course(context)
    chapter, _ = pick(course, name)
    path = course.reference_file(chapter) if reference else course.exercise_file(chapter)
    try:
        source = read_source(path)
        _require_filled(course, chapter, Submission(ParsedSource(source, path.name)))
    except SourceError as error:
        raise UserError(describe_source_error(error, path.name)) from None
    _paint(course, chapter, source, path, _options(course, device, epochs, data, seed), out)


def _options(course: Course, device: str, epochs: int | None, data: str, seed: int) -> RunOptions:
    return RunOptions(device, epochs, data, seed, cache=course.root / ".torchdojo" / "data")


def _require_filled(course: Course, chapter: Chapter, submission: Submission) -> None:
    waiting = [
        e.name for e in chapter.exercises if submission.readiness(e).status in (CheckStatus.TODO, CheckStatus.FAILED)
    ]
    if waiting:
        words = f"still to do in {submission.filename}: {', '.join(waiting)}."
        if not course.released:
            words += f"\nTo see what it will look like, run: {spelled(f'run {chapter.name} --reference')}"
        raise UnfinishedError(words)


def _paint(course: Course, chapter: Chapter, source: bytes, path: Path, options: RunOptions, out: Path | None) -> None:
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
