"""What crosses between a check and its submission in a conversation: codes for values, and the state of shared memory.

A value that is not plain becomes a tuple whose first item says what it is. Tensors and numpy arrays are shared: both
ends know one by its number, and tell each other when its values change.
"""

from __future__ import annotations

import copy
import math
import operator
import re
import sys
from collections import Counter, OrderedDict, defaultdict
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from torchdojo.wire import SentTensor, WireError

LIBRARIES = ("torch", "numpy", "math", "operator", "builtins")  # whose functions and classes cross by their names
MAX_DEPTH = 12  # of containers in containers
MAX_NUMBER = 2**40
LONG_LIST = 500  # items: numbers of one kind cross as an array then
ARRAY_DTYPE = re.compile(r"[<>|=]?[biufc]\d{1,2}|[<>|=]?[SU]\d{1,6}")
FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType, np.ufunc, type)
DICTS = (dict, OrderedDict, defaultdict, Counter)
Code = Any  # None, a bool, int, float, str, bytes, or a tuple that starts with the name of its kind


def pack_plain(value: Any) -> Code:
    """Return the code of a value without parts, and of one that Python, numpy or torch define; NotImplemented if none.

    Its own methods are not asked.
    """
    kind = type(value)
    if value is None or kind in (bool, float, str, bytes):
        return value
    if kind is int:
        return value if value.bit_length() <= 256 else ("int", hex(value))
    if kind is complex:
        return ("complex", value.real, value.imag)
    if value is ...:
        return ("ellipsis",)
    if kind is torch.dtype:
        return ("dtype", str(value).removeprefix("torch."))
    if kind is torch.device:
        return ("device", str(value))
    if kind is torch.Size:
        return ("size", tuple(value))
    if kind is range:
        return ("range", value.start, value.stop, value.step)
    if issubclass(kind, np.generic) and kind.__module__ == "numpy" and ARRAY_DTYPE.fullmatch(value.dtype.str):
        return ("number", value.dtype.str, value.tobytes())
    if issubclass(kind, np.dtype) and ARRAY_DTYPE.fullmatch(value.str):
        return ("array dtype", value.str)
    if issubclass(kind, (*FUNCTIONS, ModuleType)) and (name := library_name(value)):
        return ("library", name)
    return NotImplemented


def unpack_plain(code: Code) -> Any:
    """Return the value of a code that `pack_plain` returned; WireError if it is none of these."""
    try:
        match code:
            case None | bool() | int() | float() | str() | bytes():
                return code
            case ("int", str(text)):
                return int(text, 16)
            case ("complex", float(real), float(imaginary)):
                return complex(real, imaginary)
            case ("ellipsis",):
                return ...
            case ("dtype", str(name)) if isinstance(dtype := getattr(torch, name, None), torch.dtype):
                return dtype
            case ("device", str(name)):
                return torch.device(name)
            case ("size", tuple(sizes)):
                return torch.Size(sizes)
            case ("range", int(start), int(stop), int(step)):
                return range(start, stop, step)
            case ("number", str(dtype), bytes(data)) if ARRAY_DTYPE.fullmatch(dtype):
                return np.frombuffer(data, dtype)[0]
            case ("array dtype", str(dtype)) if ARRAY_DTYPE.fullmatch(dtype):
                return np.dtype(dtype)
            case ("library", str(name)):
                return find_in_library(name)
    except (ValueError, TypeError, RuntimeError, IndexError, OverflowError) as error:
        raise WireError(f"a malformed {code[0]}: {error}") from None
    raise WireError("a value of no known kind")


def library_name(value: Any) -> str | None:
    """Return the name by which a library's function, class or module is found, None if it is none of these."""
    if isinstance(value, ModuleType):
        name = str(value.__name__)
        return f"{name}:" if name.partition(".")[0] in LIBRARIES and sys.modules.get(name) is value else None
    names = {str(getattr(value, key, "")) for key in ("__qualname__", "__name__")}
    homes = [str(getattr(value, "__module__", None) or ""), "torch", "torch.nn.functional", "torch.Tensor", "numpy"]
    homes += ["torch.linalg", "torch.special", "torch.fft", "numpy.linalg"]
    for home in homes:
        module, _, owner = ("torch", "", "Tensor") if home == "torch.Tensor" else (home, "", "")
        for name in names:
            full = f"{module}:{owner}.{name}" if owner else f"{module}:{name}"
            try:
                if module.partition(".")[0] in LIBRARIES and find_in_library(full) is value:
                    return full
            except WireError:
                continue
    return None


def find_in_library(name: str) -> Any:
    """Return what a library calls by this name; WireError if there is none. Nothing is imported."""
    home, _, path = name.partition(":")
    value: Any = sys.modules.get(home)
    if home.partition(".")[0] not in LIBRARIES or value is None:
        raise WireError(f"{home} is not a library whose functions can be named here")
    for part in path.split(".") if path else ():
        try:
            value = getattr(value, part)
        except AttributeError:
            raise WireError(f"{home} has no {path}") from None
    if not isinstance(value, (*FUNCTIONS, ModuleType)):
        raise WireError(f"{name} is neither a function nor a class")
    return value


# ------------------------------------------------------------------ arrays


def pack_array(array: np.ndarray[Any, Any]) -> Code:
    """Return the code of an array's values; WireError if it holds objects."""
    if not ARRAY_DTYPE.fullmatch(array.dtype.str):
        raise WireError(f"a numpy array of dtype {array.dtype} cannot be sent")
    data = torch.frombuffer(bytearray(array.tobytes()), dtype=torch.uint8) if array.size else torch.empty(0)
    return ("array", array.dtype.str, tuple(array.shape), SentTensor(data, "cpu"))


def unpack_array(code: Code) -> np.ndarray[Any, Any]:
    """Return the array of a code that `pack_array` returned; WireError if it is another."""
    match code:
        case ("array", str(dtype), tuple(shape), SentTensor() as sent) if ARRAY_DTYPE.fullmatch(dtype):
            kind = np.dtype(dtype)
            if not all(type(size) is int and 0 <= size < MAX_NUMBER for size in shape) or len(shape) > 32:
                raise WireError("an array with a malformed shape")
            data = sent.tensor.contiguous().numpy().tobytes() if math.prod(shape) else b""
            if len(data) != math.prod(shape) * kind.itemsize:
                raise WireError("an array whose size is not that of its shape")
            return np.frombuffer(data, kind).reshape(shape).copy()
    raise WireError("not an array")


def pack_numbers(items: list[Any]) -> Code:
    """Return the code of a long list of numbers of one kind; NotImplemented for any other list."""
    if len(items) < LONG_LIST:
        return NotImplemented
    if all(type(item) is float for item in items):
        return pack_array(np.array(items))
    if all(type(item) is int and -(2**63) <= item < 2**63 for item in items):
        return pack_array(np.array(items, np.int64))
    return NotImplemented


# ------------------------------------------------------------------ shared memory

Snapshot = tuple[Any, ...]


def content_of(value: Any) -> Snapshot:
    """Return what a tensor or an array holds, to compare it bit by bit: what kind it is of, its shape and its bytes."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    with torch._C.DisableTorchFunctionSubclass():
        plain = value.detach()
        if plain.device.type != "cpu":
            plain = plain.cpu()
        if plain.dtype == torch.bfloat16:
            plain = plain.contiguous().view(torch.int16)
        try:
            return str(value.dtype), tuple(plain.shape), plain.numpy().tobytes()
        except (RuntimeError, TypeError):  # conjugated, negated, sparse
            return str(value.dtype), tuple(plain.shape), plain.resolve_conj().resolve_neg().numpy().tobytes()


def snapshot_of(value: Any) -> Snapshot:
    """Return all of a tensor or an array that the other end must know of."""
    if isinstance(value, np.ndarray):
        return content_of(value), None, False
    with torch._C.DisableTorchFunctionSubclass():
        grad = value.grad if value.is_leaf else None
        return content_of(value), None if grad is None else content_of(grad), value.requires_grad


def pack_state(value: Any, now: Snapshot, before: Snapshot | None = None) -> dict[str, Any]:
    """Return what has changed in a tensor or an array between two snapshots; all of it if there is none before.

    value: its values; grad: its gradient, None if it has none; requires_grad
    """
    old = before or (None, (), None)
    state: dict[str, Any] = {}
    with torch._C.DisableTorchFunctionSubclass():
        if now[0] != old[0]:
            state["value"] = pack_array(value) if isinstance(value, np.ndarray) else _send(value)
        if now[1] != old[1]:
            state["grad"] = None if now[1] is None else _send(value.grad)
        if now[2] != old[2]:
            state["requires_grad"] = now[2]
    return state


def _send(value: Tensor) -> SentTensor:
    plain = value.detach()
    if plain.layout != torch.strided:
        raise WireError(f"a {plain.layout} tensor cannot be sent")
    return SentTensor(plain.to("cpu", copy=plain.device.type != "cpu"), str(value.device))


def apply_state(value: Any, state: dict[str, Any]) -> None:
    """Write a change into a tensor or an array, in place; WireError if it does not fit."""
    if isinstance(value, np.ndarray):
        if "value" in state:
            array = unpack_array(state["value"])
            if array.shape != value.shape or array.dtype != value.dtype:
                raise WireError("an array that became one of another shape or dtype")
            value.setflags(write=True)
            value[...] = array
        return
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
        if (sent := state.get("value")) is not None:
            new = _tensor(sent)
            if new.shape == value.shape and new.dtype == value.dtype:
                value.copy_(new)
            else:
                value.data = new
        if "requires_grad" in state and value.is_leaf and value.requires_grad != state["requires_grad"]:
            value.requires_grad_(state["requires_grad"] is True)
        if "grad" in state and value.is_leaf:
            value.grad = None if state["grad"] is None else _tensor(state["grad"]).to(value.device)


def _tensor(sent: Any) -> Tensor:
    if not isinstance(sent, SentTensor):
        raise WireError("not a tensor")
    return sent.tensor.clone()


# ------------------------------------------------------------------ operations

METHODS = {  # what Python calls for an operator, and the operation that has the same effect
    **{
        f"__{name}__": name
        for name in (
            *("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "pow", "lshift", "rshift", "xor"),
            *("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "imatmul", "ipow", "ior", "iand", "ixor"),
            *("eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert", "getitem", "setitem", "delitem"),
            *("contains", "index"),
        )
    },
    **{f"__{name}__": name for name in ("divmod", "len", "bool", "iter", "next", "reversed", "hash")},
    **{f"__{name}__": name for name in ("float", "int", "complex", "round", "str", "repr", "format")},
    **{"__and__": "and_", "__or__": "or_", "__call__": "call", "__enter__": "enter", "__exit__": "exit"},
    "__instancecheck__": "isinstance",
    "__subclasscheck__": "issubclass",
}
REFLECTED = ("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "pow", "lshift", "rshift", "xor", "divmod")
REFLECTED_METHODS = {
    **{f"__r{name}__": name for name in REFLECTED},
    **{"__rand__": "and_", "__ror__": "or_"},
}


def _call(function: Any, *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def _call_method(owner: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    return getattr(owner, name)(*args, **kwargs)


OPERATIONS: dict[str, Any] = {
    **{name: getattr(operator, name) for name in METHODS.values() if hasattr(operator, name)},
    **{"getattr": getattr, "setattr": setattr, "delattr": delattr, "call": _call, "method": _call_method, "dir": dir},
    **{"divmod": divmod, "len": len, "bool": bool, "iter": iter, "next": next, "reversed": reversed, "hash": hash},
    **{"float": float, "int": int, "complex": complex, "round": round, "str": str, "repr": repr, "format": format},
    **{"copy": copy.copy, "deepcopy": copy.deepcopy, "pow": pow},
    **{
        "isinstance": lambda kind, value: isinstance(value, kind),
        "issubclass": lambda kind, value: issubclass(value, kind),
    },
    "enter": lambda manager: type(manager).__enter__(manager),
    "exit": lambda manager, kind, error, trace: type(manager).__exit__(manager, kind, error, trace),
}
