"""Find where a value is not of the kind that the reference returned, and say of what kind each is."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from torchdojo.worker.form import Form

CONTAINERS = ("tuple", "named tuple", "list")
# Which of these an object is, no text demands: what is callable may be a function, a module or any other object.
OBJECTS = ("object", "module", "function", "class")
NUMBERS = ("float", "int")
NOUNS = {kind: f"a {kind}" for kind in ("generator", "string", "bool", "dict", "tuple", "list", "set", "frozenset")}
NOUNS |= {"None": "None", "complex": "a complex number"}
DTYPES = {str(value).removeprefix("torch.") for value in vars(torch).values() if isinstance(value, torch.dtype)}


@dataclass(frozen=True)
class KindDifference:
    """Where what was returned is of another kind.

    name: of the part that differs, "" for the whole; aspect: what differs, "kind", "size", "shape", "dtype" or "grad"
    item_names: what the items of an expected tuple are called, as far as that is known
    """

    name: str
    got: Form
    expected: Form
    aspect: str
    item_names: tuple[str, ...] = ()

    @property
    def is_odd(self) -> bool:
        """Whether hardly anything can be done with the one as with the other: a list does as a tuple mostly does."""
        return self.aspect == "kind" and not {self.got.kind, self.expected.kind} <= {"list", "tuple"}

    @property
    def texts(self) -> tuple[str, str]:
        """What was expected and what was got."""
        if self.aspect == "grad":
            texts = f"{describe_form(self.expected)}, that requires grad", "one that does not require grad"
        else:
            texts = describe_form(self.expected), describe_form(self.got)
        if self.aspect == "size":
            texts = f"{self.expected.size} values", f"{self.got.size} value{'' if self.got.size == 1 else 's'}"
        if self.name and self.aspect in ("shape", "dtype"):
            texts = texts[0].removeprefix("a tensor of "), texts[1].removeprefix("a tensor of ")
        return tuple(f"{self.name}: {text}" if self.name else text for text in texts)  # type: ignore[return-value]


def find_kind_difference(
    got: Form, expected: Form, names: Sequence[str] = (), place: str = ""
) -> KindDifference | None:
    """Return the first difference in kind, or None. names: of the items, if it is a tuple that is expected"""
    if expected.kind == "None" or {got.kind, expected.kind} <= set(NUMBERS):
        return None
    are_alike = got.kind == expected.kind or (got.kind in OBJECTS and expected.kind in OBJECTS)
    if not (are_alike or {got.kind, expected.kind} == {"tuple", "named tuple"}):
        return KindDifference(place, got, expected, "kind", tuple(names))
    if expected.kind == "tensor":
        aspect = _differing_aspect(got, expected)
        return KindDifference(place, got, expected, aspect) if aspect else None
    if expected.kind not in CONTAINERS:
        return None
    if expected.kind != "list" and got.size != expected.size:
        return KindDifference(place, got, expected, "size", tuple(names))
    return _find_in_items(got, expected, names, place)


def _differing_aspect(got: Form, expected: Form) -> str:
    if got.shape != expected.shape:
        return "shape"
    if got.dtype != expected.dtype:
        return "dtype"
    return "grad" if expected.grad and not got.grad else ""


def _find_in_items(got: Form, expected: Form, names: Sequence[str], place: str) -> KindDifference | None:
    """Look at the items. Those of a list may be in another order, so only what they have in common is looked at."""
    wanted, found = expected.items, got.items
    if expected.kind == "list":
        if len({replace(item, name="", grad=False) for item in wanted}) != 1:
            return None
        wanted, found = wanted[:1], found[:1]
    for index, (item, known) in enumerate(zip(found, wanted, strict=False)):
        name = names[index] if len(names) == expected.size else f"the {ordinal(index + 1)} of {expected.size}"
        difference = find_kind_difference(item, known, (), f"{place}, {name}" if place else name)
        if difference:
            return difference
    return None


def describe_form(form: Form) -> str:
    """Return of what kind a value is, with its article."""
    if form.kind in ("tensor", "array"):
        shape = "(" + ", ".join(map(str, form.shape)) + ("," if len(form.shape) == 1 else "") + ")"
        noun = "tensor" if form.kind == "tensor" else "numpy array"
        return f"a {noun} of shape {shape}" + (f", {form.dtype}" if form.dtype else "")
    if form.kind == "named tuple":
        return f"all that torch.{form.name} returns" if form.name else f"{form.size} values"
    if form.kind in NOUNS:
        return f"a {form.name} object" if form.name in ("map", "filter", "zip") else NOUNS[form.kind]
    if form.kind in ("class", "function"):
        return f"the {form.kind} {form.name}" if form.name else f"a {form.kind}"
    if form.kind in ("module", "number"):
        return with_article(f"{form.name} module" if form.kind == "module" else f"numpy {form.name}".strip())
    return with_article(form.name or form.kind)


def without_unknown_names(form: Form, words: Collection[str]) -> Form:
    """Return a form as it may be shown: with no name but those of a text's words and of torch, and of known kinds."""
    known = all(part in words or part in _library_names() for part in form.name.split("."))
    kinds = (*CONTAINERS, *OBJECTS, *NUMBERS, *NOUNS, "tensor", "array", "number")
    return replace(
        form,
        kind=form.kind if form.kind in kinds else "object",
        name=form.name if known else "",
        dtype=form.dtype if form.dtype in DTYPES else "",
        items=tuple(without_unknown_names(item, words) for item in form.items),
    )


@functools.cache
def _library_names() -> frozenset[str]:
    """Return the names of what torch has, and of what Python's and numpy's types are called."""
    others = {"nn", "map", "filter", "zip", "ndarray", "bool_", "float16", "float32", "int32", "int64", "object"}
    return frozenset(others.union(dir(torch), dir(nn), dir(torch.Tensor), dir(torch.return_types)))


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th and so on."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def with_article(noun: str) -> str:
    """Return a noun with "a" or "an" before it."""
    return f"an {noun}" if noun[:1].lower() in "aeio" or noun.startswith("nn.") else f"a {noun}"
