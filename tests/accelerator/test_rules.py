"""Which mixes of devices are allowed: by torch's own list of operations, and by what CUDA documents."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_unflatten

from tests.accelerator.test_operations import KNOWN
from torchdojo.probe.accelerator import simulated_accelerator
from torchdojo.probe.accelerator.rules import ACCEPT_A_CPU_NUMBER

# CPU indices are moved, a shape or a number is read, or the tensor must be on the CPU.
# The list holds torch's own meshgrid, not the one of the block.
ANYWHERE = {"meshgrid", "index_put", "expand_as", "view_as", "reshape_as", "narrow", "tensor_split"}
DECLARED = Path(torch.__file__).parents[1] / "torchgen/packaged/ATen/native/native_functions.yaml"
# Torch skips the general check for these, and they make a stricter one of their own.
OWN_CHECK = {"binary_cross_entropy", "masked_fill", "index_fill", "fill", "fill_", "set_", "is_set_to", "binomial"}


def declared() -> dict[str, bool]:
    """Return the operations with a CUDA kernel that torch declares, and whether tensors must be on one device."""
    found: dict[str, bool] = {}
    for block in re.split(r"\n(?=- func: )", DECLARED.read_text(encoding="utf-8")):
        name = re.search(r"^- func: (\w+)[.(]", block, re.MULTILINE)
        if name is not None and re.search(r"CUDA|structured_delegate", block):
            found[name[1]] = found.get(name[1], False) or "device_check: NoCheck" not in block
    return found


def test_a_number_on_the_cpu_is_accepted_only_where_torch_checks_no_devices() -> None:
    strict = declared()
    assert len(strict) > 500
    assert {name for name in ACCEPT_A_CPU_NUMBER if strict.get(name, False)} == set()


def mixes(op: Any) -> list[tuple[Any, int]]:
    """Return samples of an operation, each with the place of the tensor that stays on the CPU."""
    dtype = torch.float64 if torch.float64 in op.dtypes else next(iter(op.dtypes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = list(op.sample_inputs("cpu", dtype, requires_grad=False))[:5]
    found = []
    for sample in drawn:
        flat, _ = tree_flatten((sample.input, sample.args, sample.kwargs))
        tensors = [place for place, value in enumerate(flat) if isinstance(value, Tensor)]
        found += [(sample, place) for place in tensors if len(tensors) > 1]
    return found


@pytest.mark.parametrize("op", KNOWN, ids=lambda op: f"{op.name}.{op.variant_test_name}".rstrip("."))
def test_one_tensor_on_the_cpu(op: Any) -> None:
    """A tensor with dimensions is refused. A single number is accepted only by operations that the list names."""
    name = op.name.removeprefix("nn.functional.").rpartition(".")[2]
    with warnings.catch_warnings(), simulated_accelerator():
        warnings.simplefilter("ignore")
        for sample, place in mixes(op):
            flat, spec = tree_flatten((sample.input, sample.args, sample.kwargs))
            stays = flat[place]
            # A product, so that the tensor has a line that made it, as a program's own tensors have.
            moved = [v.clone().to("cuda") if isinstance(v, Tensor) else v for v in flat]
            moved[place] = torch.ones((), dtype=stays.dtype) * stays
            first, args, kwargs = tree_unflatten(moved, spec)
            if stays.dim() > 0 and stays.numel() > 0 and name not in ANYWHERE:
                with pytest.raises(RuntimeError, match=r"device|cpu"):
                    op(first, *args, **kwargs)
            elif name in ACCEPT_A_CPU_NUMBER and stays.dim() == 0:
                op(first, *args, **kwargs)


def number(value: float) -> Tensor:
    return torch.tensor(value)


ACCEPTED: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "add a number": lambda there, here: there + number(1.0),
    "a number first": lambda there, here: number(1.0) / there,
    "compare": lambda there, here: there > number(0.5),
    "pow": lambda there, here: there ** number(2.0),
    "maximum": lambda there, here: torch.maximum(there, number(0.5)),
    "lerp": lambda there, here: torch.lerp(there, there, number(0.5)),
    "addcmul": lambda there, here: torch.addcmul(there, there, number(0.5)),
    "where with two numbers": lambda there, here: torch.where(there > 0, number(1.0), number(0.0)),
    "in place": lambda there, here: there.mul_(number(2.0)),
    "mse_loss of numbers": lambda there, here: F.mse_loss(there.sum(), number(1.0)),
    "l1_loss of numbers": lambda there, here: F.l1_loss(there.sum(), number(1.0)),
    "masked_fill's value": lambda there, here: there.masked_fill(there > 0, number(2.0)),
    "fill_": lambda there, here: there.fill_(number(2.0)),
    "isclose": lambda there, here: torch.isclose(there, number(1.0)),
    "CPU indices": lambda there, here: there[torch.tensor([1, 0])],
    "a CPU mask": lambda there, here: there[here > 0],
    "write through CPU indices": lambda there, here: there.index_put_((torch.tensor([1]),), number(5.0)),
    "write through a CPU mask": lambda there, here: there.__setitem__(here > 0, 4.0),
    "copy_": lambda there, here: there.copy_(here),
    "write a row": lambda there, here: there.__setitem__(0, here[0]),
    "clip_grad_norm_'s factor": lambda there, here: torch._foreach_mul([there, there], number(0.5))[0],
    "foreach, pair by pair": lambda there, here: torch._foreach_add([there, here], [there, here])[0],
    "foreach copy": lambda there, here: torch._foreach_copy_([there], [here])[0],
    "a number as gradient": lambda there, here: torch.autograd.grad(
        (there.requires_grad_() * 2).sum(), there, number(3.0)
    )[0],
}
STAYS_HERE: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "copy_ back": lambda there, here: here.copy_(there),
    "write a row": lambda there, here: here.__setitem__(0, there[0]) or here,
    "write a number": lambda there, here: here.__setitem__(torch.tensor([0, 1]), there.sum()) or here,
    "fill_": lambda there, here: here.fill_(there.sum()),
    "index with a number there": lambda there, here: here[torch.tensor(1, device="cuda")],
    "foreach, the other of a pair": lambda there, here: torch._foreach_add([there, here], [there, here])[1],
    "full": lambda there, here: torch.full((2,), there.sum()),
    "tensor of numbers": lambda there, here: torch.tensor([there.sum(), there.sum()]),
}
REFUSED: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "clamp to a number": lambda there, here: torch.clamp(there, min=number(0.0)),
    "stack with a number": lambda there, here: torch.stack([there.sum(), number(0.0)]),
    "binary_cross_entropy of numbers": lambda there, here: F.binary_cross_entropy(there.mean(), number(1.0)),
    "huber_loss of numbers": lambda there, here: F.huber_loss(there.mean(), number(1.0)),
    "cross_entropy's label": lambda there, here: F.cross_entropy(there[0], torch.tensor(1)),
    "cross_entropy's weight": lambda there, here: F.cross_entropy(there, there.argmax(1), weight=here[0]),
    "masked_fill's mask": lambda there, here: there.masked_fill(torch.tensor(True), 0.0),
    "two numbers": lambda there, here: torch.addcmul(there, number(1.0), number(2.0)),
    "equal": lambda there, here: torch.equal(there, here),
    "allclose": lambda there, here: torch.allclose(there, here),
    "number written to": lambda there, here: number(1.0).add_(there.sum()),
    "out": lambda there, here: torch.add(there, there, out=here),
    "a number as out": lambda there, here: torch.sum(there.sum()[None], 0, out=number(0.0)),
    "out there, input here": lambda there, here: torch.add(here, here, out=there),
    "set_": lambda there, here: there.set_(here),
    "CPU values": lambda there, here: there.index_put_((torch.tensor([0]),), here[:1]),
    "indices there, tensor here": lambda there, here: here[torch.tensor([1], device="cuda")],
    "foreach": lambda there, here: torch._foreach_add([there, there], [there, here]),
    "foreach in place": lambda there, here: torch._foreach_add_([here], [there]),
    "normal": lambda there, here: torch.normal(here, there.abs()),
    "batch_norm's statistics": lambda there, here: F.batch_norm(there, here[0], here[0]),
    "embedding": lambda there, here: F.embedding(torch.tensor([0]), there),
    "einsum": lambda there, here: torch.einsum("ij,ij->i", there, here),
    "gradient given to backward": lambda there, here: (there.requires_grad_() * 2).backward(here),
    "gradient given to grad": lambda there, here: torch.autograd.grad(there.requires_grad_() * 2, there, here),
    "assigned gradient": lambda there, here: setattr(there.requires_grad_(), "grad", here),
    "assigned gradient of a CPU tensor": lambda there, here: setattr(here.requires_grad_(), "grad", there),
    "loaded weights": lambda there, here: nn.Linear(3, 3).cuda()(here),
    "bias left behind": lambda there, here: F.linear(there, there, here[0]),
    "meshgrid": lambda there, here: torch.meshgrid(there[0], here[0], indexing="ij"),
    "bmm": lambda there, here: torch.bmm(there[None], here[None]),
    "scatter": lambda there, here: there.scatter(1, here.argmax(1, keepdim=True), 1.0),
    "gather": lambda there, here: there.gather(1, here.argmax(1, keepdim=True)),
    "index_select": lambda there, here: there.index_select(0, torch.tensor([0])),
    "take": lambda there, here: torch.take(there, torch.tensor([0])),
    "searchsorted": lambda there, here: torch.searchsorted(there, here),
    "bucketize": lambda there, here: torch.bucketize(there, here[0]),
    "repeat_interleave": lambda there, here: there.repeat_interleave(torch.tensor([1, 1, 2]), dim=0),
}


def pair() -> tuple[Tensor, Tensor]:
    return torch.full((3, 3), 0.5, device="cuda"), torch.full((3, 3), 0.5)


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_cuda_accepts(name: str) -> None:
    with simulated_accelerator():
        there, here = pair()
        made = ACCEPTED[name](there, here)
        assert (there if made is None else made).device == torch.device("cuda", 0)
        assert not here.is_cuda


@pytest.mark.parametrize("name", STAYS_HERE)
def test_what_cuda_accepts_and_leaves_on_the_cpu(name: str) -> None:
    with simulated_accelerator():
        there, here = pair()
        made = STAYS_HERE[name](there, here)
        assert made.device == torch.device("cpu")
        assert there.is_cuda


@pytest.mark.parametrize("name", REFUSED)
def test_what_cuda_refuses(name: str) -> None:
    with simulated_accelerator():
        there, here = pair()
        with pytest.raises(RuntimeError, match=r"device|too many CPU scalars"):
            REFUSED[name](there, here)


class ZerosAsGradient(torch.autograd.Function):
    """Its backward forgets the device."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return torch.zeros(grads[0].shape)


def test_a_backward_of_ones_own_that_forgets_the_device() -> None:
    words = (
        "Function ZerosAsGradientBackward returned an invalid gradient at index 0 - expected device cuda:0 but got cpu"
    )
    with simulated_accelerator():
        there = torch.ones(3, device="cuda", requires_grad=True)
        with pytest.raises(RuntimeError, match=words):
            ZerosAsGradient.apply(there).sum().backward()
        assert there.grad is None
        with pytest.raises(RuntimeError, match="invalid gradient at index 0 - expected device cuda:0 but got cpu"):
            torch.autograd.grad(ZerosAsGradient.apply(there).sum(), there)


def test_the_gradient_of_a_number_on_the_cpu_is_moved_to_it() -> None:
    with simulated_accelerator():
        there, scale = torch.ones(3, device="cuda", requires_grad=True), torch.tensor(2.0, requires_grad=True)
        (there * scale).sum().backward()
        assert scale.grad is not None
        assert (scale.grad.device.type, scale.grad.item()) == ("cpu", 3.0)
        (again,) = torch.autograd.grad((there * scale).sum(), scale)
        assert again.device.type == "cpu"


def test_assigning_data_leaves_the_gradient_where_it_is() -> None:
    with simulated_accelerator():
        p = nn.Parameter(torch.ones(3, device="cuda"))
        p.grad = torch.ones_like(p)
        p.data = torch.zeros(3)
        assert (p.device.type, p.grad.device.type) == ("cpu", "cuda")
        with pytest.raises(RuntimeError, match="same device"):
            torch.optim.SGD([p], lr=1.0).step()


def test_the_line_that_made_an_assigned_gradient_is_named() -> None:
    with simulated_accelerator():
        p = nn.Parameter(torch.ones(3, device="cuda"))
        zeros = torch.zeros(3)
        with pytest.raises(RuntimeError, match="attempting to assign a gradient with device type 'cpu'") as caught:
            p.grad = zeros
        assert [what for _, _, what in caught.value.made_at] == ["torch.zeros"]  # type: ignore[attr-defined]


def test_tensor_types_of_older_programs() -> None:
    with simulated_accelerator():
        made = torch.cuda.FloatTensor([1.0, 2.0])
        assert made.is_cuda
        assert made.type() == "torch.cuda.FloatTensor"
        assert isinstance(made, torch.cuda.FloatTensor)
        assert not isinstance(torch.ones(2), torch.cuda.FloatTensor)
        assert torch.ones(2).type(torch.cuda.DoubleTensor).dtype == torch.float64
        assert not made.type("torch.FloatTensor").is_cuda
        torch.set_default_tensor_type("torch.cuda.FloatTensor")
        assert torch.ones(2).is_cuda
        torch.set_default_device(None)


def test_a_packed_sequence_has_its_sizes_on_the_cpu() -> None:
    with simulated_accelerator():
        packed = nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2, 4, device="cuda"), torch.tensor([3, 2]))
        assert (packed.data.device.type, packed.batch_sizes.device.type) == ("cuda", "cpu")
        output, _ = nn.LSTM(4, 5).cuda()(packed)
        assert output.data.is_cuda


@pytest.mark.parametrize("options", [{"foreach": True}, {"fused": True}, {"capturable": True}, {"foreach": False}])
def test_forms_of_an_optimizer(options: dict[str, bool]) -> None:
    with simulated_accelerator():
        p = nn.Parameter(torch.ones(3, device="cuda"))
        for _ in range(2):
            optimizer = torch.optim.Adam([p], **options)
            p.grad = torch.ones_like(p)
            optimizer.step()
        assert (p.is_cuda, optimizer.state[p]["exp_avg"].is_cuda) == (True, True)


def test_questions_about_the_device() -> None:
    with simulated_accelerator():
        with torch.cuda.device(0):
            assert torch.cuda.current_device() == 0
        assert torch.cuda.get_device_properties(0).name == torch.cuda.get_device_name()
        assert torch.cuda.get_device_capability() >= (7, 0)
        assert torch.cuda.is_bf16_supported()
