"""What is known of a value that a submission returned: its kind, never the value."""

from __future__ import annotations

from dataclasses import dataclass

MAX_NAME, MAX_DIMENSIONS = 60, 12


@dataclass(frozen=True)
class Form:
    """What is known of a value.

    kind: "tensor", "array", "module", "class", "function", "generator", "tuple", "named tuple", "list", "dict", "set",
    "frozenset", "None", "bool", "int", "float", "complex", "number" (numpy's), "string", or "object" for any other
    name: of its type, or of what it is; shape, dtype: of a tensor or an array; grad: whether it requires grad
    size: how many items it holds; items: the forms of the first few
    """

    kind: str
    name: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    grad: bool = False
    size: int = 0
    items: tuple[Form, ...] = ()
