"""Where placement can be checked on this machine."""

from __future__ import annotations

from torchdojo.course import Course


def available_accelerators(course: Course) -> tuple[str, ...]:
    """Return where to check placement on this machine: simulated, and on CUDA if the course uses it and it is there."""
    if not course.gpu:
        return ("simulated",)
    import torch  # not for the process that hands out jobs

    return ("simulated", "cuda") if torch.cuda.is_available() else ("simulated",)
