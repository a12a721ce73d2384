"""Answers without work: written by nobody, from the reference's signatures and the shapes of its results.

Each is the reference's text with one exercise defined again below it. It gets right what can be got right without doing
what the exercise asks for: a constant, zeros of the right shapes, the input, another exercise's answer, a constructor
without the methods.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from torchdojo.course import Chapter
from torchdojo.source.files import ParsedSource
from torchdojo.source.names import Definition
from torchdojo.source.placeholders import same_code

CONSTRUCTOR_SHARE = 0.25  # of an exercise's points, at most: a constructor is a part of the work

TOOLS = '''

import copy as _copy
import sys as _sys

_torch = _sys.modules.get("torch")  # not in a chapter without it
_right = {name}


def _is_tensor(value):
    return _torch is not None and isinstance(value, _torch.Tensor)


def _filled(value, number):
    """Return a value of the same type and shape, with this number everywhere."""
    if _is_tensor(value):
        return _torch.full_like(value.detach(), number)
    if isinstance(value, bool | int | float):
        return type(value)(number)
    if isinstance(value, list | tuple):
        return type(value)([_filled(item, number) for item in value])
    return None


def _copied(value):
    """Return a copy, so that the right answer, which is asked for its shape, changes nothing."""
    if _is_tensor(value):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, list | tuple):
        return type(value)([_copied(item) for item in value])
    try:
        return _copy.deepcopy(value)
    except Exception:  # such as dict.values()
        return [_copied(item) for item in value] if hasattr(value, "__iter__") else value


def _like_the_right_one(number, *args, **options):
    options = {{key: _copied(value) for key, value in options.items()}}
    return _filled(_right(*_copied(args), **options), number)


'''
FUNCTIONS = {
    "nothing": "def {name}(*args, **options):\n    return None\n",
    "its first argument": "def {name}(*args, **options):\n    return [*args, *options.values()][0]\n",
    "zeros": "def {name}(*args, **options):\n    return _like_the_right_one(0, *args, **options)\n",
    "ones": "def {name}(*args, **options):\n    return _like_the_right_one(1, *args, **options)\n",
}
EMPTY_CLASS = """\
_Base = object if _torch is None else _torch.nn.Module
if _torch is not None and issubclass(_right, _torch.optim.Optimizer):
    _Base = _torch.optim.Optimizer


class {name}(_Base):
    def __init__(self, *args, **options):
        super().__init__(*([*args, *options.values()][:1] + [{{}}] if hasattr(_Base, "add_param_group") else []))
        object.__setattr__(self, "_made", [_right(*_copied(args), **_copied_options(options))])


def _copied_options(options):
    return {{key: _copied(value) for key, value in options.items()}}


"""
METHOD = "def _method(self, *args, **options):\n    return {result}\n\n\n{name}.{method} = _method\n"
METHODS = {
    "nothing": "None",
    "its first argument": "[*args, *options.values(), None][0]",
    "zeros": "_filled({owner}.{method}({receiver}, *_copied(args), **options), 0)",
}


@dataclass(frozen=True)
class LazyAnswer:
    """An answer without work, or with a constructor alone.

    what: what it is; most: the share of the exercise's points that it may earn
    """

    exercise: str
    what: str
    source: bytes
    most: float = 0.0


def generate_lazy_answers(chapter: Chapter, reference: ParsedSource) -> Iterator[LazyAnswer]:
    """Yield the answers without work to each exercise of a chapter."""
    definitions = reference.definitions
    for exercise in chapter.graded_exercises:
        name = exercise.name
        node = definitions[name]
        head = reference.text + TOOLS.format(name=name)
        for what, text, most in _of_class(node) if isinstance(node, ast.ClassDef) else _of_function(name):
            yield LazyAnswer(name, what, (head + text).encode("utf-8"), most)
        for other in chapter.graded_exercises:
            if other is not exercise and _is_other_work(node, definitions[other.name]):
                text = f"{reference.text}\n\n{name} = {other.name}\n"
                yield LazyAnswer(name, f"{other.name} in its place", text.encode("utf-8"))


def _is_other_work(node: Definition, other: Definition) -> bool:
    """Whether another exercise is of the same kind, and its answer would not be right here for having the same code."""
    renamed = copy.copy(other)
    renamed.name = node.name
    return type(other) is type(node) and not same_code(renamed, node)


def _of_function(name: str) -> Iterator[tuple[str, str, float]]:
    for what, text in FUNCTIONS.items():
        yield what, text.format(name=name), 0.0


def _of_class(node: ast.ClassDef) -> Iterator[tuple[str, str, float]]:
    """Yield answers whose methods do nothing: in an empty class, and below the right constructor."""
    name = node.name
    methods = [m.name for m in node.body if isinstance(m, Definition) and not m.name.startswith("_")]
    for what, result in METHODS.items():
        empty = EMPTY_CLASS.format(name=name)
        yield (
            f"an empty class; its methods return {what}",
            empty + _methods(name, methods, result, "self._made[0]"),
            0.0,
        )
        inherited = f"class {name}(_right):\n    pass\n\n\n"
        text = inherited + _methods(name, methods, result, "_copied(self)")
        yield f"its constructor alone; its methods return {what}", text, CONSTRUCTOR_SHARE


def _methods(name: str, methods: list[str], result: str, receiver: str) -> str:
    texts = []
    for method in methods:
        value = result.format(owner="_right", method=method, receiver=receiver)
        texts.append(METHOD.format(name=name, method=method, result=value))
    return "\n\n".join(texts)
