"""The simulated device behaves as CUDA does, wherever a program names it; and it leaves no trace."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from torchdojo.probe.accelerator import PlacementError, simulated_accelerator

CUDA = torch.device("cuda", 0)
MIXED = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"


@pytest.fixture
def device() -> Iterator[None]:
    with simulated_accelerator():
        yield


pytestmark = pytest.mark.usefixtures("device")


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.cuda(),
        lambda x: x.cuda(0),
        lambda x: x.to("cuda"),
        lambda x: x.to("cuda:0"),
        lambda x: x.to(0),
        lambda x: x.to(device=torch.device("cuda", 0)),
        lambda x: x.to("cuda", torch.float32).double(),
        lambda x: x.to("cuda", non_blocking=True),
        lambda x: x.to(torch.zeros(1, device="cuda", dtype=torch.float64)),
        lambda x: torch.as_tensor(x, device="cuda"),
        lambda x: torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], device="cuda", dtype=torch.float64),
        lambda x: torch.empty_like(x, device="cuda").copy_(x),
        lambda x: torch.zeros(2, 3, device="cuda", dtype=torch.float64).copy_(x),
        lambda x: x.new_tensor(x.tolist(), device="cuda"),
    ],
)
def test_every_way_there(make: Callable[[Tensor], Tensor]) -> None:
    x = torch.arange(6, dtype=torch.float64).view(2, 3)
    y = make(x)
    assert y.device == CUDA
    assert str(y.device) == "cuda:0"
    assert y.is_cuda
    assert not y.is_cpu
    assert y.get_device() == 0
    assert torch.equal(y.cpu(), x)
    assert not x.is_cuda


def test_what_a_program_asks() -> None:
    assert torch.cuda.is_available()
    assert torch.cuda.device_count() == 1
    assert torch.cuda.current_device() == 0
    assert torch.accelerator.is_available()
    assert torch.accelerator.current_accelerator() == torch.device("cuda")
    torch.cuda.synchronize()
    torch.cuda.manual_seed_all(3)
    assert "device='cuda:0'" in repr(torch.ones(2, device="cuda"))


def test_messages_name_it_as_any_tensor() -> None:
    x = torch.ones(2, device="cuda")
    with pytest.raises(TypeError, match="'NoneType' and 'Tensor'"):
        None + x  # type: ignore[operator]
    assert type(x).__name__ == "Tensor"


def test_a_second_device_is_refused() -> None:
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        torch.ones(2).to("cuda:1")
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        torch.ones(2, device="cuda:1")


@pytest.mark.parametrize("name", ["zeros", "ones", "rand", "randn", "empty"])
def test_factories(name: str) -> None:
    assert getattr(torch, name)(2, 3, device="cuda").device == CUDA
    assert getattr(torch, name)(2, 3).device.type == "cpu"
    assert getattr(torch, name)(2, device="cuda", requires_grad=True).requires_grad
    with torch.device("cuda"):
        assert getattr(torch, name)(2).device == CUDA
        assert getattr(torch, name)(2, device="cpu").device.type == "cpu"


def test_default_device() -> None:
    torch.set_default_device("cuda")
    assert torch.get_default_device() == CUDA
    assert torch.ones(2).device == CUDA
    assert nn.Linear(2, 2).weight.device == CUDA
    torch.set_default_device("cpu")
    assert torch.ones(2).device.type == "cpu"
    torch.set_default_device(None)


@pytest.mark.parametrize(
    "mix",
    [
        lambda a, b: a + b,
        lambda a, b: b * a,
        lambda a, b: a @ b.T,
        lambda a, b: torch.cat([a, b]),
        lambda a, b: torch.stack([b, a]),
        lambda a, b: a.add_(b),
        lambda a, b: b.mul_(a),
        lambda a, b: torch.where(b > 0, a, a),
        lambda a, b: F.mse_loss(a, b),
        lambda a, b: F.linear(a, b),
        lambda a, b: a.masked_fill(b > 0, 0.0),
        lambda a, b: torch.add(a, a, out=b),
        lambda a, b: b + a.sum(),
        lambda a, b: b.sum().add_(a.sum()),
    ],
)
def test_mixing_is_refused_in_cudas_words(mix: Callable[[Tensor, Tensor], Any]) -> None:
    with pytest.raises(PlacementError, match=MIXED):
        mix(torch.ones(2, 2, device="cuda"), torch.ones(2, 2))


def test_what_may_mix() -> None:
    a = torch.ones(2, 2, device="cuda")
    assert (a * torch.tensor(2.0)).device == CUDA
    assert (a + 1).device == CUDA
    assert a[torch.tensor([1])].device == CUDA
    a[torch.tensor([0])] = 5.0
    a.copy_(torch.zeros(2, 2))
    b = torch.empty(2, 2).copy_(a)
    assert not b.is_cuda
    with pytest.raises(RuntimeError, match="indices should be either on cpu"):
        torch.ones(2)[torch.tensor([0], device="cuda")]


def test_the_error_names_the_line_that_made_the_tensor() -> None:
    x = torch.ones(3, device="cuda")
    mask = torch.rand(3) > 0.5  # this line
    with pytest.raises(PlacementError) as caught:
        x * mask
    [(file, line, what)] = caught.value.made_at
    assert file == __file__
    assert "# this line" in Path(__file__).read_text(encoding="utf-8").splitlines()[line - 1]
    assert what == "torch.rand"


def test_numpy_is_refused() -> None:
    x = torch.ones(2, device="cuda")
    with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
        x.numpy()
    with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
        __import__("numpy").asarray(x)
    assert x.tolist() == [1.0, 1.0]
    assert float(x.sum()) == 2.0
    assert f"{x.sum():.1f}" == "2.0"


def test_generators() -> None:
    g = torch.Generator(device="cuda").manual_seed(1)
    assert g.device.type == "cuda"
    assert isinstance(g, torch.Generator)
    assert isinstance(torch.Generator(), torch.Generator)
    first = torch.randn(3, generator=g, device="cuda")
    again = torch.empty(3, device="cuda").normal_(generator=torch.Generator("cuda").manual_seed(1))
    assert torch.equal(first, again)
    with pytest.raises(RuntimeError, match="Expected a 'cuda' device type for generator but found 'cpu'"):
        torch.randn(3, generator=torch.Generator(), device="cuda")
    with pytest.raises(RuntimeError, match="Expected a 'cpu' device type for generator but found 'cuda'"):
        torch.randn(3, generator=g)
    with pytest.raises(RuntimeError, match="Expected a 'cuda' device type"):
        torch.empty(3, device="cuda").normal_(generator=torch.Generator())


def test_gradients_cross_the_border() -> None:
    x = torch.arange(3.0, requires_grad=True)
    there = x.to("cuda")
    assert not there.is_leaf
    (there * there).sum().backward()
    assert x.grad is not None
    assert not x.grad.is_cuda
    assert torch.equal(x.grad, 2 * x.detach())
    leaf = torch.arange(3.0, device="cuda", requires_grad=True)
    leaf.cpu().square().sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.device == CUDA


def test_views_and_in_place_operations() -> None:
    x = torch.arange(6.0, device="cuda").view(2, 3)
    x[0] += 10
    x.t()[1].zero_()
    assert x.tolist() == [[10.0, 0.0, 12.0], [3.0, 0.0, 5.0]]
    w = torch.ones(4, device="cuda", requires_grad=True)
    y = w * 2
    y[:2].mul_(3)
    y.sum().backward()
    assert w.grad is not None
    assert w.grad.tolist() == [6.0, 6.0, 2.0, 2.0]


def test_functions_that_make_tensors_of_their_own() -> None:
    labels = torch.tensor([0, 2, 1])
    assert F.one_hot(labels.cuda()).device == CUDA
    assert not F.one_hot(labels).is_cuda
    with pytest.raises(PlacementError):
        F.one_hot(labels) * torch.ones(3, 3, device="cuda")
    x = torch.randn(2, 4, 3, device="cuda")
    assert torch.quantile(x, 0.5).device == CUDA
    assert F.scaled_dot_product_attention(x, x, x, is_causal=True).device == CUDA


def test_hooks_see_the_device() -> None:
    x = torch.ones(3, device="cuda", requires_grad=True)
    seen: list[torch.device] = []

    def hook(grad: Tensor) -> Tensor:
        seen.append(grad.device)
        return grad + torch.zeros(3, device=grad.device)

    x.register_hook(hook)
    x.sum().backward()
    assert seen == [CUDA]


def small() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(), nn.Linear(144, 5)
    )


def test_moving_a_module_keeps_its_parameters_objects() -> None:
    net = small()
    parameters = list(net.parameters())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net.to("cuda")
    assert all(a is b for a, b in zip(parameters, net.parameters(), strict=True))
    assert all(isinstance(p, nn.Parameter) and p.is_cuda and p.is_leaf for p in parameters)
    assert all(b.is_cuda for b in net.buffers())
    assert optimizer.param_groups[0]["params"][0].is_cuda
    net(torch.randn(2, 3, 8, 8, device="cuda")).sum().backward()
    assert all(p.grad is not None and p.grad.is_cuda for p in parameters)
    net.cpu()
    assert all(type(p) is nn.Parameter and p.grad is not None and not p.grad.is_cuda for p in parameters)


def test_a_model_that_was_not_moved_is_told() -> None:
    with pytest.raises(PlacementError):
        small()(torch.randn(2, 3, 8, 8, device="cuda"))
    with pytest.raises(PlacementError):
        small().cuda()(torch.randn(2, 3, 8, 8))


def test_copies_and_files() -> None:
    net = small().cuda()
    twin = copy.deepcopy(net)
    assert twin[5].weight.is_cuda
    assert isinstance(twin[5].weight, nn.Parameter)
    assert twin[5].weight is not net[5].weight
    buffer = io.BytesIO()
    torch.save(net.state_dict(), buffer)
    for where, cuda in ((None, True), ("cuda", True), ("cpu", False)):
        buffer.seek(0)
        state = torch.load(buffer, map_location=where)
        assert all(value.is_cuda == cuda for value in state.values())
        twin.load_state_dict(state)
    buffer = io.BytesIO()
    torch.save({"x": torch.ones(2)}, buffer)
    buffer.seek(0)
    assert torch.load(buffer, map_location="cuda")["x"].is_cuda


def test_batches_of_a_loader() -> None:
    data = TensorDataset(torch.ones(5, 2), torch.arange(5))
    for inputs, labels in DataLoader(data, batch_size=2, pin_memory=True):
        assert not inputs.is_cuda
        assert inputs.to("cuda", non_blocking=True).is_cuda
        assert labels.cuda().is_cuda


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-3),
        lambda p: torch.optim.Adam(p, lr=0.01),
        lambda p: torch.optim.AdamW(p, lr=0.01),
        lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5),
    ],
)
def test_training_gives_the_cpus_losses(make: Callable[[Any], torch.optim.Optimizer]) -> None:
    def losses(where: str) -> tuple[list[float], list[Any]]:
        torch.manual_seed(0)
        net, x, y = small(), torch.randn(8, 3, 8, 8), torch.randint(0, 5, (8,))
        net.to(where)
        optimizer = make(net.parameters())
        x, y = x.to(where), y.to(where)
        found = []
        for _ in range(5):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        state = [v for s in optimizer.state.values() for v in s.values() if isinstance(v, Tensor) and v.dim() > 0]
        fresh = make(net.parameters())
        fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        return found, [v.device.type for v in state]

    known, _ = losses("cpu")
    got, places = losses("cuda")
    assert got == known
    assert set(places) == {"cuda"}


def test_nesting_is_refused() -> None:
    with pytest.raises(RuntimeError, match="cannot be nested"), simulated_accelerator():
        pass
    assert torch.ones(1, device="cuda").is_cuda


def test_mode_breaks_ties_otherwise_than_the_cpu() -> None:
    """CUDA may (pytorch issue 90261), so work that relies on the CPU's smallest value must be seen to."""
    votes = torch.tensor([[1, 2, 3, 3, 2], [4, 4, 1, 1, 0]])
    assert torch.mode(votes, dim=1).values.tolist() == [2, 1]
    for made in (votes, votes.double(), votes.to(torch.uint8)):
        values, places = torch.mode(made.to("cuda"), dim=1)
        assert values.is_cuda
        assert values.dtype == made.dtype
        assert values.tolist() == [3, 4]
        assert made.gather(1, places.cpu()[:, None])[:, 0].tolist() == [3, 4]
    assert torch.mode(torch.tensor([5, 5, 1], device="cuda")).values.item() == 5


def test_new_tensor_is_where_its_source_is() -> None:
    here, there = torch.zeros(2), torch.zeros(2, device="cuda")
    assert there.new_tensor([1, 2]).device == CUDA
    assert there.new_tensor([1, 2], device="cpu").device.type == "cpu"
    assert here.new_tensor([1, 2]).device.type == "cpu"
    assert here.new_tensor([1, 2], device="cuda").device == CUDA


def test_normal_draws_where_it_is_told_to() -> None:
    generator = torch.Generator("cuda").manual_seed(1)
    drawn = torch.normal(0.0, 2.0, (3, 2), device="cuda", dtype=torch.float64, generator=generator)
    assert (drawn.device, drawn.dtype, drawn.shape) == (CUDA, torch.float64, (3, 2))
    assert torch.normal(mean=1.0, std=2.0, size=(2,)).device.type == "cpu"
    mean = torch.zeros(4, device="cuda")
    assert torch.normal(mean, 1.0).device == CUDA
    assert torch.normal(mean, mean + 1, generator=generator).device == CUDA
    with pytest.raises(RuntimeError, match="generator"):
        torch.normal(mean, 1.0, generator=torch.Generator())
    with pytest.raises(RuntimeError, match="generator"):
        torch.normal(0.0, 1.0, (2,), device="cuda", generator=torch.Generator())


def test_it_leads_to_the_meta_device() -> None:
    there = torch.ones(2, device="cuda", requires_grad=True)
    for made in (there.to("meta"), there.detach().to(device="meta"), torch.empty_like(there, device="meta")):
        assert made.device.type == "meta"
        assert made.shape == (2,)
    assert nn.Linear(2, 3).cuda().to_empty(device="meta").weight.is_meta


def test_type_as_takes_the_device_too() -> None:
    made = torch.ones(2).type_as(torch.zeros(1, dtype=torch.float64, device="cuda"))
    assert (made.device, made.dtype) == (CUDA, torch.float64)
    assert torch.zeros(1, device="cuda").type_as(made.cpu()).device.type == "cpu"
