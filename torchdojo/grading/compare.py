"""Compare a submission's outputs with the reference's.

Shape, dtype and device first, then finiteness, then values, each element for itself: a sum's rounding is relative to
its terms, so a small element may be off by a little of the largest one, but a wrong small element is seen beside large
ones. For dtypes narrower than float64 the tolerance is derived: from how far the reference itself lies from its own
float64 run, or, where there is none, from the dtype's rounding. A Python float is a summary, such as a mean loss: it
may have been taken in float32, whatever the dtype of the tensors, so it is held to float32's rounding.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from torchdojo.explain.kinds import ordinal, with_article
from torchdojo.wire import Opaque, SentArray, SentTensor, stable_repr

FLOAT64_RELATIVE = 1e-9  # of the element
FLOAT64_OF_LARGEST = 1e-12  # some thousand roundings of the largest element
FLOAT64_ABSOLUTE = 1e-13
ROUNDING_STEPS = 64  # of float32
HALF_ROUNDING_STEPS = 8  # of float16 and bfloat16, where 64 would be half of the number
KNOWN_ROUNDING_STEPS = 4  # beside an error that was measured
OWN_ERROR_FACTOR = 16
LOOSE = 1e-3  # relative: more than any rounding
SIGNIFICANT_DIGITS = 6
SCALARS = (bool, int, float, str)  # whose equality is all there is to compare
MAX_VALUE = 80  # characters of a plain value
MAX_LISTED, MAX_TEXT = 8, 60  # plain values that are shown together, and the characters that they take
NAME = re.compile(r"[A-Za-z_][\w.]*")  # of a variable or an attribute; other labels are phrases
VALUE = re.compile(r"\S*[._(]\S*( (after|before|once|in|at|with) .*)?")  # of an attribute, maybe at some time
COPULA = re.compile(r"(?<!\bit )(?<!\bthey )\b(is|are|was|were)\b")
TYPE_NOUNS = {"str": "string", "numpy.ndarray": "numpy array", "builtin_function_or_method": "function"}


@dataclass(frozen=True)
class Difference:
    """Where two outputs differ.

    name: of the part that differs, "" for the whole
    say: returns what was expected and what was got, with the name; it takes time, and most differences are not shown
    has_text: whether what was got contains a text that the submission's process returned
    """

    name: str
    say: Callable[[], tuple[str, str]]
    has_text: bool = False

    @property
    def expected(self) -> str:
        """What was expected, with the name."""
        return self.say()[0]

    @property
    def got(self) -> str:
        """What was got, with the name."""
        return self.say()[1]


@dataclass(frozen=True)
class Closeness:
    """How close floats must be.

    relative: to the largest magnitude; None derives it from the dtype
    devices: whether tensors must be on the same device too
    values: whether numbers, texts and other values must agree, beside types, dtypes, shapes and structure
    lengths: whether lists must be as long, and tensors as long in their first dimension
    """

    relative: float | None = None
    devices: bool = True
    values: bool = True
    lengths: bool = True

    @property
    def is_loose(self) -> bool:
        """Whether answers count as the same that are not the same numbers."""
        return self.relative is not None and self.relative > LOOSE


EXACT = Closeness()
FORM = Closeness(devices=False, values=False)
FORM_OF_ANY_LENGTH = replace(FORM, lengths=False)


def find_difference(got: Any, expected: Any, precise: Any = None, closeness: Closeness = EXACT) -> Difference | None:
    """Return the first difference between two outputs, or None if they agree.

    precise: the same output of the reference run in float64, if there is one
    """
    return _differ("", got, expected, precise, closeness)


def find_form_difference(got: dict[str, Any], expected: dict[str, Any], varies: Collection[str]) -> Difference | None:
    """Return the first difference in names, types, dtypes, shapes and structure; values may differ.

    varies: the names of outputs whose length may differ, too
    """
    if got.keys() != expected.keys():
        return _differ_dict("", got, expected, None, FORM)
    found = (
        _differ(name, got[name], known, None, FORM_OF_ANY_LENGTH if name in varies else FORM)
        for name, known in expected.items()
    )
    return next((difference for difference in found if difference), None)


def _differ(name: str, got: Any, expected: Any, precise: Any, closeness: Closeness) -> Difference | None:
    if isinstance(expected, SentTensor):
        return _differ_tensor(name, got, expected, precise, closeness)
    if isinstance(expected, SentArray) and isinstance(got, SentArray):
        parallel = precise.as_tensor() if isinstance(precise, SentArray) else None
        return _differ_tensor(name, got.as_tensor(), expected.as_tensor(), parallel, closeness)
    if type(got) is not type(expected):
        wanted = _describe_typed(expected) if closeness.values else _describe_kind(expected)
        return _told(name, wanted, _describe_typed(got), isinstance(got, str))
    if isinstance(expected, dict):
        return _differ_dict(name, got, expected, precise, closeness)
    if isinstance(expected, list | tuple):
        return _differ_sequence(name, got, expected, precise, closeness)
    if not closeness.values:
        return None
    if isinstance(expected, float):
        return _differ_float(name, got, expected, precise, closeness)
    if isinstance(expected, complex):
        return _differ_complex(name, got, expected, closeness)
    if isinstance(expected, set | frozenset) and got != expected:
        return _told(name, _format_set(expected), _describe_set(got, expected), any(map(_has_text, got)))
    if isinstance(expected, Opaque) or got != expected:
        if isinstance(expected, bool):
            return Difference(name, lambda: _say_truth(name, expected))
        return _told(name, _format_value(expected), _format_value(got), isinstance(got, str))
    return None


def _told(name: str, wanted: str, found: str, has_text: bool = False) -> Difference:
    return Difference(name, lambda: (_label(name, wanted), _label(name, found)), has_text)


def _say_truth(name: str, expected: bool) -> tuple[str, str]:
    """Return what to say of a boolean: of a sentence, the sentence and its opposite."""
    if VALUE.fullmatch(name) or NAME.fullmatch(name) or not name:
        return _label(name, str(expected)), _label(name, str(not expected))
    if len(COPULA.findall(name)) == 1:
        texts = name, COPULA.sub(r"\1 not", name)
    else:
        texts = f"{name}: yes", f"{name}: no"
    return texts if expected else (texts[1], texts[0])


def _differ_dict(name: str, got: Any, expected: Any, precise: Any, closeness: Closeness) -> Difference | None:
    if set(got) != set(expected):
        return _told(name, f"a value for each of {_list_keys(expected)}", _describe_keys(got, expected))
    for key, value in expected.items():
        inner = precise.get(key) if isinstance(precise, dict) else None
        difference = _differ(_join(name, str(key)), got[key], value, inner, closeness)
        if difference:
            return difference
    return None


def _list_keys(keys: Collection[Any]) -> str:
    return ", ".join(str(key)[:40] for key in list(keys)[:12]) or "nothing"


def _describe_keys(got: dict[Any, Any], expected: dict[Any, Any]) -> str:
    """Return which keys are missing, and which are not expected."""
    missing = [key for key in expected if key not in got]
    surplus = [key for key in got if key not in expected]
    parts = [f"none for {_list_keys(missing)}"] if missing else []
    return "; ".join(parts + ([f"one for {_list_keys(surplus)} too"] if surplus else []))


def _join(name: str, part: str) -> str:
    return f"{name}, {part}" if name else part


def _differ_sequence(name: str, got: Any, expected: Any, precise: Any, closeness: Closeness) -> Difference | None:
    if not closeness.lengths and expected and isinstance(expected, list):
        expected = [expected[0]] * len(got)
    if len(got) != len(expected):
        has_text = any(isinstance(item, str) for item in got)
        return _told(name, _describe_items(expected), _describe_items(got), has_text)
    for index, value in enumerate(expected):
        if type(value) in SCALARS and type(got[index]) is type(value) and got[index] == value:
            continue
        is_parallel = isinstance(precise, list | tuple) and len(precise) == len(expected)
        inner = precise[index] if is_parallel else None
        place = _join(name, f"the {ordinal(index + 1)} of {len(expected)}") if len(expected) > 1 else name
        difference = _differ(place, got[index], value, inner, closeness)
        if difference:
            return difference
    return None


def _differ_float(name: str, got: float, expected: float, precise: Any, closeness: Closeness) -> Difference | None:
    if math.isnan(expected) or math.isinf(expected) or not math.isfinite(got):
        same = (math.isnan(got) and math.isnan(expected)) or got == expected
    elif closeness.relative is not None:
        same = abs(got - expected) <= closeness.relative * max(abs(expected), abs(got)) + FLOAT64_ABSOLUTE
    else:
        allowed = ROUNDING_STEPS * torch.finfo(torch.float32).eps * abs(expected) + FLOAT64_ABSOLUTE
        if isinstance(precise, float) and math.isfinite(precise):
            allowed += OWN_ERROR_FACTOR * abs(expected - precise)
        same = abs(got - expected) <= allowed
    return None if same else _told(name, *_tell_apart(expected, got))


def _differ_complex(name: str, got: complex, expected: complex, closeness: Closeness) -> Difference | None:
    relative = ROUNDING_STEPS * torch.finfo(torch.float32).eps if closeness.relative is None else closeness.relative
    if repr(got) == repr(expected) or abs(got - expected) <= relative * abs(expected) + FLOAT64_ABSOLUTE:
        return None
    return _told(name, str(expected), str(got))


def _format_set(items: Collection[Any]) -> str:
    """Return the first items of a set, and how many more there are."""
    return f"{{{_list_items(items)}}}" if items else "an empty set"


def _list_items(items: Collection[Any]) -> str:
    listed = ", ".join(stable_repr(item)[:MAX_TEXT] for item in sorted(items, key=_order)[:MAX_LISTED])
    return f"{listed} and {len(items) - MAX_LISTED} more" if len(items) > MAX_LISTED else listed


def _describe_set(got: Collection[Any], expected: Collection[Any]) -> str:
    """Return which items are missing, and which are not expected."""
    if not got:
        return "an empty set"
    missing, surplus = set(expected) - set(got), set(got) - set(expected)
    parts = [f"without {_list_items(missing)}"] if missing else []
    return ", ".join(parts + ([f"with {_list_items(surplus)} too"] if surplus else []))


def _order(value: Any) -> tuple[bool, float, str]:
    """Return a key that sorts numbers by size, before all other values."""
    is_number = isinstance(value, int | float)
    return not is_number, value if is_number else 0, stable_repr(value)


def _has_text(value: Any) -> bool:
    """Whether a plain value is, or holds, a text."""
    return any(map(_has_text, value)) if isinstance(value, frozenset | tuple) else isinstance(value, str | bytes)


def _tell_apart(first: Any, second: Any) -> tuple[str, str]:
    """Return two numbers as texts, floats with as many digits as show that they differ."""
    if not isinstance(first, float):
        return str(first), str(second)
    texts = ((f"{first:.{digits}g}", f"{second:.{digits}g}") for digits in range(SIGNIFICANT_DIGITS, 17))
    return next((pair for pair in texts if pair[0] != pair[1]), (repr(first), repr(second)))


def _differ_tensor(name: str, got: Any, expected: SentTensor, precise: Any, closeness: Closeness) -> Difference | None:
    if not isinstance(got, SentTensor):
        return _told(name, _describe_kind(expected), _describe_typed(got), isinstance(got, str))
    a, b = got.tensor, expected.tensor
    wrong_device = closeness.devices and got.device != expected.device
    first = 0 if closeness.lengths else 1
    if a.dim() != b.dim() or a.shape[first:] != b.shape[first:] or a.dtype != b.dtype or wrong_device:
        return _told(name, _describe_tensor(expected, wrong_device), _describe_tensor(got, wrong_device))
    if not closeness.values or torch.equal(a, b):
        return None
    twin = precise.tensor if isinstance(precise, SentTensor) and precise.tensor.shape == b.shape else None
    wrong = _find_wrong(a, b, twin, closeness)
    if not bool(wrong.any()):
        return None
    return Difference(name, lambda: _say_wrong(name, a, b, wrong))


def _find_wrong(got: Tensor, expected: Tensor, precise: Tensor | None, closeness: Closeness) -> Tensor:
    """Return where two tensors of the same shape and dtype disagree."""
    if not expected.is_floating_point():
        return got != expected
    a, b = got.double(), expected.double()
    finite = torch.isfinite(b)
    same_special = (a == b) | (a.isnan() & b.isnan())
    own_error = None
    if precise is not None and expected.dtype != torch.float64:
        own_error = float((b - precise.double())[finite].abs().nan_to_num().max()) if bool(finite.any()) else 0.0
    close = (a - b).abs() <= tolerance(b, expected.dtype, closeness, own_error)
    return torch.where(finite, ~(close & torch.isfinite(a)), ~same_special)


def tolerance(expected: Tensor, dtype: torch.dtype, closeness: Closeness, own_error: float | None = None) -> Tensor:
    """Return how far each element may be from a float64 copy of the reference's answer, which was given in `dtype`.

    own_error: how far the reference's answer is from its own float64 run at most, if that is known
    """
    sizes = torch.where(torch.isfinite(expected), expected.abs(), 0.0)
    largest = sizes.max() if sizes.numel() else sizes.sum()
    eps = torch.finfo(dtype).eps
    if closeness.relative is not None:
        allowed = closeness.relative * largest
    elif dtype == torch.float64:
        allowed = FLOAT64_RELATIVE * sizes + FLOAT64_OF_LARGEST * largest
    elif own_error is not None:
        allowed = KNOWN_ROUNDING_STEPS * eps * (sizes + largest / 2) + OWN_ERROR_FACTOR * own_error
    else:
        allowed = (ROUNDING_STEPS if dtype == torch.float32 else HALF_ROUNDING_STEPS) * eps * largest
    return allowed + FLOAT64_ABSOLUTE


def _say_wrong(name: str, got: Tensor, expected: Tensor, wrong: Tensor) -> tuple[str, str]:
    """Return the float that differs most, or the first other number that differs, as expected and as got."""
    which = ", this one first"
    at = int(wrong.flatten().int().argmax())
    if got.is_floating_point():
        gap = (got.double() - expected.double()).abs().nan_to_num(nan=math.inf)
        at = int(torch.where(wrong, gap, torch.full_like(gap, -1.0)).argmax())
        which = ", this one most" if math.isfinite(gap.flatten()[at].item()) else ""
    texts = _tell_apart(expected.flatten()[at].item(), got.flatten()[at].item())
    if got.dim() == 0:
        return _label(name, texts[0]), _label(name, texts[1])
    index = [int(n) for n in torch.unravel_index(torch.tensor(at), got.shape)]
    if NAME.fullmatch(name):
        wanted, found = (f"{name}{index} = {text}" for text in texts)
    else:
        wanted, found = (_label(name, f"{text} at {index}") for text in texts)
    count, total = int(wrong.sum()), got.numel()
    if count == 1:
        return wanted, found if total == 1 else f"{found}; 1 of {total} values differs"
    return wanted, f"{found}; {'all' if count == total else f'{count} of'} {total} values differ{which}"


def _describe_tensor(sent: SentTensor, with_device: bool = False) -> str:
    tensor = sent.tensor
    shape = "(" + ", ".join(str(n) for n in tensor.shape) + ("," if tensor.dim() == 1 else "") + ")"
    description = f"shape {shape}, {str(tensor.dtype).removeprefix('torch.')}"
    return f"{description}, on {sent.device}" if with_device else description


def _label(name: str, text: str) -> str:
    return f"{name}: {text}" if name else text


def format_number(value: Any) -> str:
    """Return a number as a short text."""
    return f"{value:.{SIGNIFICANT_DIGITS}g}" if isinstance(value, float) else str(value)


def _describe_kind(value: Any) -> str:
    """Return of what kind an output is, without its values."""
    if isinstance(value, SentTensor):
        return f"a tensor of {_describe_tensor(value)}"
    if isinstance(value, SentArray):
        number = f"a numpy {value.array.dtype}"
        return f"a numpy array of {_describe_tensor(value.as_tensor())}" if value.array.ndim else number
    if isinstance(value, Opaque):
        return with_article(TYPE_NOUNS.get(value.type_name, value.type_name.rpartition(".")[2][:40]))
    return "None" if value is None else with_article(TYPE_NOUNS.get(type(value).__name__, type(value).__name__))


def _describe_typed(value: Any) -> str:
    """Return an output with its type, for where the type is what differs."""
    if isinstance(value, SentTensor) and value.tensor.dim() == 0:
        return f"{format_number(value.tensor.item())}, {_describe_kind(value)}"
    if isinstance(value, SentArray) and value.array.ndim == 0:
        return f"{format_number(value.array.item())}, {_describe_kind(value)}"
    if isinstance(value, str) and " " not in value:
        return f"{repr(value)[:MAX_VALUE]}, a string"  # words say what came back; this came back itself
    if isinstance(value, set | frozenset):
        return _describe_kind(value)
    if type(value) in (int, float):
        return f"{_format_value(value)}, {_describe_kind(value)}"
    return _format_value(value)


def _format_value(value: Any) -> str:
    """Return an output as a short text."""
    if isinstance(value, SentTensor | SentArray | Opaque | list | tuple | dict):
        return _describe_kind(value)
    if isinstance(value, set | frozenset):
        return _format_set(value)[:MAX_VALUE]
    if isinstance(value, str):
        return repr(value)[1:-1][:MAX_VALUE] if value.strip() else repr(value)[:MAX_VALUE]
    return format_number(value)[:MAX_VALUE]


def _describe_items(items: Collection[Any]) -> str:
    """Return a few plain values themselves, or else how many values there are."""
    if items and all(type(item) in (str, bool, int, float) for item in items):
        text = ", ".join(repr(i)[1:-1] if type(i) is str else format_number(i) for i in list(items)[:MAX_LISTED])
        if len(items) <= MAX_LISTED and len(text) <= MAX_TEXT and text.strip():
            return text
    return "1 value" if len(items) == 1 else f"{len(items) or 'no'} values"
