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
from typing import TYPE_CHECKING, Any

from torchdojo.wire import SentArray, SentTensor, WireError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

LIBRARIES = ("torch", "numpy", "math", "operator", "builtins")  # whose functions and classes cross by their names
MAX_DEPTH = 12  # of containers in containers
MAX_NUMBER = 2**40
LONG_LIST = 500  # items: numbers of one kind cross as an array then
ARRAY_DTYPE = re.compile(r"[<>|=]?[biufc]\d{1,2}|[<>|=]?[SU]\d{1,6}")
FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType, type)
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
    if kind is range:
        return ("range", value.start, value.stop, value.step)
    if is_function(value) or issubclass(kind, ModuleType):
        return ("library", name) if (name := library_name(value)) else NotImplemented
    return _pack_of_library(value, kind)


def _pack_of_library(value: Any, kind: type) -> Code:
    torch, np = imported("torch"), imported("numpy")
    if torch and kind in (torch.dtype, torch.device):
        return (kind.__name__, str(value).removeprefix("torch."))
    if torch and kind is torch.Size:
        return ("size", tuple(value))
    if np and issubclass(kind, np.generic) and kind.__module__ == "numpy" and ARRAY_DTYPE.fullmatch(value.dtype.str):
        return ("number", value.dtype.str, value.tobytes())
    if np and issubclass(kind, np.dtype) and ARRAY_DTYPE.fullmatch(value.str):
        return ("array dtype", value.str)
    return NotImplemented


def imported(name: str) -> Any:
    """Return a module if this process has imported it, None otherwise: a worker may do without torch and numpy."""
    return sys.modules.get(name)


def is_function(value: Any) -> bool:
    """Whether a value is a function or a class, of Python or of numpy."""
    np = imported("numpy")
    return issubclass(type(value), FUNCTIONS) or (np is not None and issubclass(type(value), np.ufunc))


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor; its own methods are not asked."""
    torch = imported("torch")
    return torch is not None and issubclass(type(value), torch.Tensor)


def is_array(value: Any) -> bool:
    """Whether a value is a numpy array that can cross."""
    np = imported("numpy")
    return np is not None and type(value) is np.ndarray and ARRAY_DTYPE.fullmatch(value.dtype.str) is not None


def unpack_plain(code: Code) -> Any:
    """Return the value of a code that `pack_plain` returned; WireError if it is none of these."""
    torch, np = imported("torch"), imported("numpy")
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
    if not (is_function(value) or isinstance(value, ModuleType)):
        raise WireError(f"{name} is neither a function nor a class")
    return value


# ------------------------------------------------------------------ arrays


def pack_array(array: np.ndarray[Any, Any]) -> Code:
    """Return the code of an array's values; WireError if it holds objects."""
    import numpy as np

    if not ARRAY_DTYPE.fullmatch(array.dtype.str):
        raise WireError(f"a numpy array of dtype {array.dtype} cannot be sent")
    return ("array", array.dtype.str, tuple(array.shape), SentArray(np.frombuffer(array.tobytes(), np.uint8)))


def unpack_array(code: Code) -> np.ndarray[Any, Any]:
    """Return the array of a code that `pack_array` returned; WireError if it is another."""
    import numpy as np

    match code:
        case ("array", str(dtype), tuple(shape), SentArray() as sent) if ARRAY_DTYPE.fullmatch(dtype):
            kind = np.dtype(dtype)
            if not all(type(size) is int and 0 <= size < MAX_NUMBER for size in shape) or len(shape) > 32:
                raise WireError("an array with a malformed shape")
            data = sent.array.tobytes()
            if len(data) != math.prod(shape) * kind.itemsize:
                raise WireError("an array whose size is not that of its shape")
            return np.frombuffer(data, kind).reshape(shape).copy()
    raise WireError("not an array")


def pack_numbers(items: list[Any]) -> Code:
    """Return the code of a long list of numbers of one kind; NotImplemented for any other list."""
    np = imported("numpy")
    if len(items) < LONG_LIST or np is None:
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
    torch = imported("torch")
    if not is_tensor(value):
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
    torch = imported("torch")
    if not is_tensor(value):
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
    if not is_tensor(value):
        return {"value": pack_array(value), "grad": None, "requires_grad": False} if now != before else {}
    with imported("torch")._C.DisableTorchFunctionSubclass():
        if now[0] != old[0]:
            state["value"] = _send(value)
        if now[1] != old[1]:
            state["grad"] = None if now[1] is None else _send(value.grad)
        if now[2] != old[2]:
            state["requires_grad"] = now[2]
    return state


def _send(value: Tensor) -> SentTensor:
    plain = value.detach()
    if str(plain.layout) != "torch.strided":
        raise WireError(f"a {plain.layout} tensor cannot be sent")
    return SentTensor(plain.to("cpu", copy=plain.device.type != "cpu"), str(value.device))


def apply_state(value: Any, state: dict[str, Any]) -> None:
    """Write a change into a tensor or an array, in place; WireError if it does not fit."""
    torch = imported("torch")
    if not is_tensor(value):
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
