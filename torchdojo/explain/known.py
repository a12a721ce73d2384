"""The names that Python and torch have."""

from __future__ import annotations

import builtins
import difflib
import functools
import keyword
from collections.abc import Iterable

MAX_CHOICES, MAX_NAME = 2000, 60  # of names to search for a near one, and of each one's length


@functools.cache
def library_words() -> frozenset[str]:
    """Return the names that Python and torch have, and the types that their messages name."""
    import torch  # not for whoever asks only for near names

    spaces = (builtins, torch, torch.nn, torch.nn.functional, torch.Tensor, torch.optim.Optimizer, torch.linalg)
    named = {"BFloat16", "Half", "Float", "Double", "Long", "Int", "Bool", "Byte", "c10", "half", "double", "long"}
    types = {"NoneType", "ellipsis", "module", "method", "function", "builtin_function_or_method", "generator"}
    others = {"torch", "Tensor", "numpy", "ndarray", "cpu", "cuda", "locals"}
    names = {name for space in spaces for name in dir(space)}
    return frozenset(names | named | types | others | set(keyword.kwlist))


def near_name(name: str, choices: Iterable[str], least: float = 0.75) -> str:
    """Return the choice that is most like a name, "" if none is. Case and underscores count little."""
    wanted = _plain(name)
    short = (choice for choice in set(choices) if choice != name and len(choice) <= MAX_NAME)
    found = sorted(c for c in short if abs(len(c) - len(name)) <= 3 or c.startswith(name))[:MAX_CHOICES]
    same = [choice for choice in found if _plain(choice) == wanted]
    return next(iter(same or difflib.get_close_matches(name, found, 1, least)), "")


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
