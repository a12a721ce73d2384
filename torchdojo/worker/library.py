"""What a worker does for a library that it serves: for none, where a chapter's kind is "python"."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from torchdojo.worker.form import Form


class IsolationError(Exception):
    """A child could not be isolated, which is never the submission's fault."""


class Library:
    """Python alone, without any library."""

    def warm_up(self) -> None:
        """Use the library as nearly every probe does, before this process forks."""

    def require_forked_well(self) -> None:
        """Raise IsolationError in a child that cannot use the library, because of what its parent did with it."""

    @contextlib.contextmanager
    def running(self, device: str, compiled: list[str]) -> Iterator[str]:
        """Enter what a request needs on a device, and yield the name that code uses for it.

        device: "cpu", "cuda" (a real one), or "simulated" (the simulated accelerator, which is called cuda)
        compiled: where the names are added of what was asked to compile something, which is not done
        """
        yield device

    def seed(self, seed: int) -> None:
        """Let the library's global generator start from a seed."""

    def copied(self, outputs: Any) -> Any:
        """Return outputs that neither a later call nor the end of the request changes, as far as they are sent."""
        return outputs

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether an exception says that there is not enough memory."""
        return isinstance(error, MemoryError)

    def form_of(self, value: Any) -> Form | None:
        """Return the form of a value of the library's own kinds; None for any other."""
        return None

    def operators(self, name: str, value: Any) -> list[str]:
        """Return the library's native operators that a forbidden name stands for."""
        return []

    def fused_kernels(self, module: str) -> dict[str, Any]:
        """Return the native functions that do the work of a module of the library, by their full names."""
        return {}

    def is_module_class(self, value: Any) -> bool:
        """Whether a value is a class whose instances hold other ones, and are called."""
        return False

    @contextlib.contextmanager
    def refusing(
        self, operators: Mapping[str, str], modules: Mapping[type, str], refuse: Callable[[str], NoReturn]
    ) -> Iterator[None]:
        """Refuse native operators and module classes, each of which is forbidden under a name.

        refuse: called with the name of what was used
        """
        yield
