"""Copy results, to try on the copy what a run would change."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from torchdojo.batch.store import DATABASE, OutError, StoredRun
from torchdojo.course import Course
from torchdojo.review.log import FILE


@contextlib.contextmanager
def trial_copy(out: Path, course: Course, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary folder with the results in `out` and what people decided; nothing is written to `out`.

    force: do without results that cannot be read, as `Store` does
    OutError if they cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="dojo-trial-") as name:
        folder = Path(name)
        if (out / DATABASE).exists():
            try:
                with StoredRun(out, course) as run:
                    run.copy_to(folder)
            except OutError:
                if not force:
                    raise
        with contextlib.suppress(FileNotFoundError):
            (folder / FILE).write_bytes((out / FILE).read_bytes())
        yield folder
