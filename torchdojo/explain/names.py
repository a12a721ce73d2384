"""Names and attributes that do not exist, modules that cannot be imported."""

from __future__ import annotations

import ast
import builtins
import sys
from types import ModuleType

import torch

from torchdojo.explain.code import Code, as_code, bindings, is_optimizer, parameters, walk_own
from torchdojo.explain.known import near_name
from torchdojo.explain.rules import Raised, Rules

rules = Rules()
IMPORTS = {
    **{
        "np": "import numpy as np",
        "F": "from torch.nn import functional as F",
        "plt": "import matplotlib.pyplot as plt",
    },
    **{name: f"from torch import {name}" for name in ("nn", "optim", "Tensor")},
    **{name: f"from torch.utils.data import {name}" for name in ("DataLoader", "Dataset", "TensorDataset")},
    **{name: f"from collections import {name}" for name in ("Counter", "defaultdict", "deque", "OrderedDict")},
    **{name: f"from collections.abc import {name}" for name in ("Callable", "Iterable", "Iterator", "Sequence")},
    **{name: f"from functools import {name}" for name in ("partial", "reduce", "wraps")},
}
PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", *sorted(sys.stdlib_module_names))
OTHER_WORDS = {"true": "True", "false": "False", "null": "None", "none": "None", "NULL": "None", "nil": "None"}
OPTIMIZER_STATE = ("param_groups", "state", "defaults")
TENSOR_WORDS = {
    "append": "a tensor does not grow: collect tensors in a list, then join them with `torch.cat` or `torch.stack`",
    "astype": "a tensor is converted with `.to(dtype)`",
    "copy": "a tensor is copied with `.clone()`",
    "len": "`len(x)` is the length of a tensor, `x.shape` its shape",
    "length": "`len(x)` is the length of a tensor, `x.shape` its shape",
    "concat": "tensors are joined with `torch.cat([a, b])`",
    "array": "there is no such attribute: compute with the tensor itself",
}
UNCALLED = "function", "method", "builtin_function_or_method", "method_descriptor"
SPACES: tuple[tuple[str, object], ...] = (
    ("torch", torch),
    ("nn", torch.nn),
    ("F", torch.nn.functional),
    ("torch.optim", torch.optim),
    ("torch.linalg", torch.linalg),
    ("nn.init", torch.nn.init),
)


@rules.on("NameError", r"name '(\w+)' is not defined.*")
def undefined_name(raised: Raised, name: str) -> str:
    code, function, owner = raised.code, raised.function, raised.code.class_at(raised.line)
    if name == "self":
        if function and owner and "self" not in parameters(function):
            return (
                f"The method `{function.name}` in line {function.lineno} has no `self`: it is a method's first "
                "parameter."
            )
        return "`self` exists only inside a method: it is the first parameter there."
    if owner and name in code.attributes(owner):
        return f"In {raised.here}, `{name}` has no `self.` before it: inside a method it is `self.{name}`."
    if name in ("exit", "quit"):
        return f"`{name}()` ends a program. A function ends with `return`."
    if name in OTHER_WORDS:
        return f"Python writes it `{OTHER_WORDS[name]}`."
    if name in IMPORTS or name in PACKAGES:
        line = IMPORTS.get(name, f"import {name}")
        return f"`{name}` is not imported: put `{line}` at the top of the file."
    near = near_name(name, code.scope_names(raised.line) | _builtins())
    if near:
        return f"Nothing is called `{name}` in {raised.here}. Did you mean `{near}`?"
    return _found_elsewhere(raised, name)


def _builtins() -> set[str]:
    return {name for name in dir(builtins) if name.islower() and len(name) > 3}


def _found_elsewhere(raised: Raised, name: str) -> str:
    """Say where a name exists that does not exist here: in torch, or in another function."""
    for label, space in SPACES:
        if not name.startswith("_") and callable(getattr(space, name, None)):
            return f"`{name}` alone is not defined. torch has `{label}.{name}`."
    others = (node for node in raised.code.functions.values() if node is not raised.function)
    home = next((node for node in others if name in bindings(node) or name in parameters(node)), None)
    if home is None:
        return ""
    return (
        f"`{name}` belongs to `{home.name}` (line {home.lineno}). A function sees its own names, its parameters and "
        "those of the file: pass it as an argument."
    )


@rules.on("UnboundLocalError", r"(?:cannot access )?local variable '(\w+)' (?:where it is not|referenced before).*")
def unset_local(raised: Raised, name: str) -> str:
    lines = bindings(raised.function).get(name, []) if raised.function else []
    changed = [n for n in raised.code.at(raised.line, ast.AugAssign) if getattr(n.target, "id", "") == name]
    if changed and set(lines) <= {changed[0].lineno}:
        return f"In {raised.here}, `{name}` is changed before it has a value. Set it before, as in `{name} = 0`."
    if not lines:
        return ""
    text = f"`{name}` has no value yet in {raised.here}: line {lines[0]} sets it, and that has not run."
    if name in raised.code.module_names:
        text += f" Since the function assigns `{name}`, it is the function's own name, not the file's."
    return text


@rules.on("AttributeError", r"'super' object has no attribute '(\w+)'.*")
def unknown_super(raised: Raised, name: str) -> str:
    near = near_name(name, ("__init__", "forward", "step", "__call__", "__getattr__", "__setattr__"), 0.6)
    return f"`{name}` in {raised.here} is misspelt: it is `{near}`." if near else ""


@rules.on("AttributeError", r"'([\w.]+)' object has no attribute '(\w+)'.*", anywhere=True)
def unknown_attribute(raised: Raised, kind: str, name: str) -> str:
    kind = kind.rpartition(".")[2]
    if kind in raised.code.classes:
        return _own_attribute(raised, raised.code.classes[kind], name)
    if raised.line is None:
        return ""
    if kind in ("Tensor", "Parameter"):
        if name in TENSOR_WORDS:
            return f"In {raised.here}: {TENSOR_WORDS[name]}."
        near = near_name(name, dir(torch.Tensor))
        return f"A tensor has no `.{name}`. Did you mean `.{near}`?" if near else ""
    if kind in UNCALLED:
        return f"`.{name}` in {raised.here} is asked of a function that was not called: it needs `()`."
    if kind in ("list", "tuple", "int", "float", "bool", "ndarray") and hasattr(torch.Tensor, name):
        an = "an" if kind == "int" else "a"
        return f"`.{name}` belongs to tensors, but {raised.here} uses it on {an} {kind}."
    if kind == "dict" and name == "grad":
        return _grad_of_group(raised)
    return ""


def _grad_of_group(raised: Raised) -> str:
    """Explain that a parameter group was taken for a parameter, "" outside an optimizer."""
    code = raised.code
    owner = code.class_at(raised.line) or code.classes.get(raised.exercise)
    if owner is None or not is_optimizer(owner):
        return ""
    if without_super(code, owner).count("does not call"):
        return (
            "`params` may hold dicts, which are parameter groups. `super().__init__(params, …)` makes "
            "`self.param_groups` of it: call that in `__init__`, and loop over those groups."
        )
    return 'Each entry of `self.param_groups` is a dict: the parameters of `group` are in `group["params"]`.'


def _own_attribute(raised: Raised, owner: ast.ClassDef, name: str) -> str:
    """Explain an attribute that an object of the text's own class does not have."""
    code = raised.code
    known = code.attributes(owner)
    text = misnamed_init(code, owner) or _unset_without_super(code, owner, name) or _not_inherited(code, owner, name)
    if text:
        return text
    for method in code.methods(owner).values():
        for line in bindings(method).get(name, ())[:1]:
            return f"In line {line}, `{name}` is a name of the method `{method.name}` only: write `self.{name} = …`."
    if name in known:
        line = known[name][0]
        where = code.function_at(line)
        if where and where is not raised.function and where.name != "__init__":
            return f"`self.{name}` is set in `{where.name}` (line {line}), which has not run yet. Set it in `__init__`."
        return f"`self.{name}` has no value yet in {raised.here}: line {line} sets it, and that has not run."
    near = near_name(name, known)
    if near:
        return f"`{owner.name}` has no `{name}`. Did you mean `{near}` (line {known[near][0]})?"
    uses = [n.lineno for n in ast.walk(owner) if isinstance(n, ast.Attribute) and n.attr == name]
    return f"No line of `{owner.name}` sets `self.{name}`: set it in `__init__`." if uses else ""


def _not_inherited(code: Code, owner: ast.ClassDef, name: str) -> str:
    """Say that a class lacks the base class that the stub gives it and that has what is missing, "" if it does not."""
    given = code.stub.get(owner.name)
    for base in given.bases if isinstance(given, ast.ClassDef) and not owner.bases else ():
        kind = {"Optimizer": torch.optim.Optimizer, "Module": torch.nn.Module}.get(
            getattr(base, "attr", getattr(base, "id", ""))
        )
        written = as_code(base).strip("`")
        if kind and hasattr(kind, name):
            return (
                f"`{owner.name}` does not derive from `{written}`, which has `{name}`: line {owner.lineno} should be "
                f"`class {owner.name}({written}):`."
            )
    return ""


def misnamed_init(code: Code, owner: ast.ClassDef) -> str:
    """Say that a class has `_init_` or the like in place of `__init__`, "" if it does not."""
    methods = {node.name: node for node in owner.body if isinstance(node, ast.FunctionDef)}
    called = {node.attr for node in ast.walk(code.tree) if isinstance(node, ast.Attribute)}
    for name, node in methods.items() if "__init__" not in methods else ():
        if name.strip("_").lower() in ("init", "int", "inti", "intit", "initt") and name not in called:
            return (
                f"Python never calls `{name}` (line {node.lineno}). What it calls is `__init__`, with two "
                "underscores on each side."
            )
    return ""


def _unset_without_super(code: Code, owner: ast.ClassDef, name: str) -> str:
    if name in OPTIMIZER_STATE or (name.startswith("_") and hasattr(torch.nn.Module(), name)) or name == "training":
        return without_super(code, owner)
    return ""


def without_super(code: Code, owner: ast.ClassDef) -> str:
    """Say that the `__init__` of a class does not call that of its base first, "" if it does."""
    init = code.methods(owner).get("__init__")
    if init is None or not owner.bases:
        return ""
    calls = [n.lineno for n in walk_own(init) if isinstance(n, ast.Call) and _is_super_init(n)]
    if not calls:
        return f"`__init__` of `{owner.name}` (line {init.lineno}) does not call `super().__init__(…)`: do that first."
    return (
        f"`__init__` of `{owner.name}` calls `super().__init__(…)` in line {calls[0]}: it must come before all "
        "that it sets."
    )


def _is_super_init(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "__init__"


@rules.on("AttributeError TypeError", r"cannot assign (?:module|parameters?|buffers?) before Module.__init__\(\) call")
def before_init(raised: Raised) -> str:
    owner = raised.code.class_at(raised.line)
    return without_super(raised.code, owner) if owner else ""


@rules.on("AttributeError", r"property '(\w+)' of '(\w+)' object has no setter")
def no_setter(raised: Raised, name: str, kind: str) -> str:
    return (
        f"`{name}` of `{kind}` is a property, so {raised.here} cannot set it. Keep the value under another name, "
        f"as in `self._{name}`."
    )


@rules.on("AttributeError", r"(?:partially initialized )?module '([\w.]+)' has no attribute '(\w+)'.*")
def unknown_in_module(raised: Raised, module: str, name: str) -> str:
    space = sys.modules.get(module)
    if module.split(".")[0] not in ("torch", "math") or not isinstance(space, ModuleType):
        return ""
    near = near_name(name, (word for word in dir(space) if not word.startswith("_")), 0.8)
    for label, other in SPACES:
        if other is not space and hasattr(other, name):
            return f"`{module}` has no `{name}`: it is `{label}.{name}`."
    return f"`{module}` has no `{name}`. Did you mean `{near}`?" if near else ""


@rules.on("AttributeError", r"type object '(\w+)' has no attribute '(\w+)'.*")
def unknown_in_class(raised: Raised, kind: str, name: str) -> str:
    owner = raised.code.classes.get(kind)
    if owner and name in raised.code.attributes(owner):
        return (
            f"`{name}` belongs to an object of `{kind}`, and {raised.here} asks the class itself: `{kind}(…)` "
            "creates one."
        )
    return ""


@rules.on("ModuleNotFoundError ImportError", r"No module named '([\w.]+)'.*")
def no_module(raised: Raised, name: str) -> str:
    near = near_name(name.split(".")[0], PACKAGES)
    return f"There is no module `{name}`. Did you mean `{near}`?" if near else ""


@rules.on("ImportError", r"cannot import name '(\w+)' from '([\w.]+)'.*")
def no_name_in_module(raised: Raised, name: str, module: str) -> str:
    return unknown_in_module(raised, module, name)
