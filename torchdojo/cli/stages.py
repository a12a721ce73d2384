"""How long each stage of a long command took."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

LONG_SECONDS = 60.0


class Stages:
    """The seconds of each stage, in the order of the first time that it began."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds of the block to a stage."""
        started = time.perf_counter()
        self.seconds.setdefault(stage, 0.0)
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - started

    def line(self) -> str:
        """Return `reading 2 s · grading 85 s · writing 4 s`; "" for a command that took less than a minute."""
        if sum(self.seconds.values()) < LONG_SECONDS:
            return ""
        return " · ".join(f"{stage} {seconds:.0f} s" for stage, seconds in self.seconds.items())
