"""Let hypothesis's `@given` work in checks: whoever is graded with a secret gets the same examples."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from torchdojo.grading.failure import CheckFailed

SETTINGS = "_hypothesis_internal_use_settings"  # where hypothesis keeps a test's settings, and its seed
SEED = "_hypothesis_internal_use_seed"
IS_SET = "_hypothesis_internal_settings_applied"  # whether @settings is there


def is_given(item: pytest.Item) -> bool:
    """Whether a test takes examples from hypothesis."""
    return "hypothesis" in sys.modules and hasattr(_function_of(item), "hypothesis")


def prepare_examples(item: pytest.Item, seed: int, start: Callable[[], None]) -> None:
    """Let a test take the examples of this seed, whatever hypothesis has seen before. start: called before each

    An answer that was stopped, by its time limit for example, ends the search: a smaller example would cost as much.
    """
    if not is_given(item):
        return
    from hypothesis import HealthCheck, Phase, settings

    test = _function_of(item)
    # Not the profile that is loaded: a module of torch loads one with a tenth of the examples wherever it is imported.
    is_set = getattr(test, IS_SET, False)
    own = getattr(test, SETTINGS) if is_set else settings.get_profile("default")
    phases = tuple(phase for phase in own.phases if phase is not Phase.explain)
    # Fixtures are made once for all examples, which is what they are for; how long an answer takes has its own limit.
    setattr(
        test,
        SETTINGS,
        settings(
            own,
            database=None,
            deadline=None,
            phases=phases,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=tuple(HealthCheck),
        ),
    )
    setattr(test, SEED, seed)
    inner = getattr(test.hypothesis.inner_test, "__wrapped__", test.hypothesis.inner_test)
    test.hypothesis.inner_test = _started(inner, start)


@contextlib.contextmanager
def own_constants(item: pytest.Item) -> Iterator[None]:
    """Let a test's examples not depend on the constants in whatever modules this process has loaded, while it runs."""
    if not is_given(item):
        yield
        return
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setattr(providers, "_get_local_constants", Constants)
        providers.CONSTANTS_CACHE.cache.clear()  # of what it has chosen from those constants so far
        stack.callback(providers.CONSTANTS_CACHE.cache.clear)
        yield


def _started(inner: Callable[..., Any], start: Callable[[], None]) -> Callable[..., Any]:
    """Return a test's function that calls `start` first, and ends at once after an answer was stopped."""
    stopped: list[CheckFailed] = []

    @functools.wraps(inner)
    def run(*args: Any, **kwargs: Any) -> Any:
        if stopped:
            raise stopped[0]
        start()
        try:
            return inner(*args, **kwargs)
        except CheckFailed as error:
            if error.status.stopped:
                stopped.append(error)
            raise

    return run


def _function_of(item: pytest.Item) -> Any:
    test = getattr(item, "obj", None)
    return getattr(test, "__func__", test)
