"""CUDA's rules for operations whose tensors are on different devices.

They follow torch's own sources: the device checks named in its native_functions.yaml, and those of TensorIterator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from torchdojo.probe.accelerator.placement import PlacementError, has_origin, mixed_devices

COPIES = frozenset({"copy", "_to_copy"})
INDEXING = frozenset({"index", "index_put", "_index_put_impl", "_unsafe_index", "_unsafe_index_put"})
# They read their last argument as a number, if it is a tensor.
FILLS = frozenset({"fill", "masked_fill", "index_fill"})
# They accept one number on the CPU, that is a tensor without dimensions. All others require that it is moved.
# fmt: off
ACCEPT_A_CPU_NUMBER = frozenset(
    {
        "add", "sub", "rsub", "mul", "div", "floor_divide", "remainder", "fmod", "pow", "atan2", "hypot",
        "xlogy", "heaviside", "copysign", "ldexp", "lerp", "addcmul", "addcdiv", "maximum", "minimum", "fmax",
        "fmin", "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "where",
        "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "mse_loss",
        "smooth_l1_loss", "binary_cross_entropy_with_logits", "dist", "special_xlog1py", "special_zeta",
        "slice_scatter", "select_scatter", "diagonal_scatter",
    }
)
# fmt: on


def check_placement(func: Any, args: Any, kwargs: Any, on_cpu: list[Tensor]) -> bool | list[bool]:
    """Raise PlacementError, unless CUDA allows these CPU tensors beside tensors on the device.

    Return whether the result is on the device, or whether each of several results is.
    """
    name = func._schema.name.removeprefix("aten::")
    operation = name.removeprefix("_foreach_").removesuffix("_")
    first_on_device = not any(args[0] is tensor for tensor in on_cpu)
    if operation in COPIES:
        return first_on_device
    if operation == "set":
        raise _different_storage(first_on_device)
    if operation == "_pack_padded_sequence" and first_on_device:
        return [True, False]  # the sizes of its batches are on the CPU, as the lengths are
    if operation in INDEXING:
        _check_indexing(name, args, on_cpu, first_on_device)
        return first_on_device
    culprits = [tensor for tensor in on_cpu if tensor.dim() > 0]
    if operation in FILLS and isinstance(args[-1], Tensor) and args[-1].dim() == 0:
        if operation == "fill":
            return first_on_device
        culprits += [t for t in on_cpu if t is not args[-1] and t.dim() == 0 and has_origin(t)]
    elif operation not in ACCEPT_A_CPU_NUMBER:
        # One without an origin was made inside torch, which on a real device makes it there.
        culprits += [tensor for tensor in on_cpu if tensor.dim() == 0 and has_origin(tensor)]
    elif not culprits and len(on_cpu) > 1 and operation != "where":
        raise PlacementError("Trying to pass too many CPU scalars to non-CPU kernel!", [])
    culprits = culprits or [tensor for tensor in _written(func, args, kwargs) if any(tensor is cpu for cpu in on_cpu)]
    if culprits:
        raise mixed_devices(name, culprits)
    return True


def _different_storage(first_on_device: bool) -> PlacementError:
    here, there = ("cuda:0", "cpu") if first_on_device else ("cpu", "cuda:0")
    words = f'Attempted to set the storage of a tensor on device "{here}" to a storage on different device "{there}".'
    return PlacementError(f"{words}  This is no longer allowed; the devices must match.", [])


def _check_indexing(name: str, args: Any, on_cpu: list[Tensor], first_on_device: bool) -> None:
    """CPU indices into a tensor on the device are moved, and so is a single number; no other tensor is."""

    def is_here(tensor: Tensor) -> bool:
        return any(tensor is cpu for cpu in on_cpu)

    indices = [index for index in args[1] if isinstance(index, Tensor)]
    if not first_on_device and not all(map(is_here, indices)):
        raise PlacementError("indices should be either on cpu or on the same device as the indexed tensor (cpu)", [])
    values = [value for value in args[2:3] if isinstance(value, Tensor) and value.dim() > 0]
    culprits = [value for value in values if is_here(value) == first_on_device]
    if culprits:
        raise mixed_devices(name, [*culprits, args[0]])


def _written(func: Any, args: Any, kwargs: Any) -> Iterator[Tensor]:
    """Yield the tensors that an operation writes to."""
    for place, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            given = args[place] if place < len(args) else kwargs.get(argument.name)
            yield from given if isinstance(given, list | tuple) else (given,)


def each_operation(args: Any, kwargs: Any) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the arguments of each of the operations that one on lists of tensors stands for."""

    def pick(argument: Any, place: int) -> Any:
        return argument[place] if isinstance(argument, list | tuple) else argument

    for place in range(len(args[0])):
        yield [pick(argument, place) for argument in args], {key: pick(value, place) for key, value in kwargs.items()}
