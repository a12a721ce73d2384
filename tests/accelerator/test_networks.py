"""Net by net: every network of the reference learns on the simulated accelerator exactly as on the CPU."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.conftest import PROJECT
from torchdojo.data.vision import prepare_torchvision
from torchdojo.probe.accelerator import simulated_accelerator
from torchdojo.worker.modules import load_file

prepare_torchvision()
STEPS = 5


def chapter(name: str) -> ModuleType:
    return load_file(name, PROJECT / "reference" / f"{name}.py")


ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN = (
    chapter(name)
    for name in (
        "ch1_fundamentals",
        "ch2_networks",
        "ch3_modules",
        "ch4_inception",
        "ch5_ensembles",
        "ch6_optimizers",
        "ch7_gradient_noise",
    )
)


def members() -> list[nn.Module]:
    return [FOUR.VGG((4, "M", 8), 5), FOUR.InceptionNet(5, 8), nn.Sequential(nn.Flatten(), nn.Linear(3072, 5))]


NETS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "Net": (lambda: TWO.Net(5), (3, 32, 32)),
    "DropNet": (lambda: THREE.DropNet(7, 8, 6, 5), (7,)),
    "Linear": (lambda: THREE.Linear(7, 5), (7,)),
    "InceptionNet": (lambda: FOUR.InceptionNet(5, 8), (3, 32, 32)),
    "AlexNet": (lambda: FOUR.AlexNet(5, 4), (3, 32, 32)),
    "VGG": (lambda: FOUR.VGG((4, "M", 8, 8, "M"), 5), (3, 32, 32)),
    "StackedEnsemble": (lambda: FIVE.StackedEnsemble(members(), 5), (3, 32, 32)),
}
OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "torch SGD": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "torch Adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "SGD": lambda p: SIX.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1, nesterov=True),
    "SGDW": lambda p: SIX.SGDW(p, lr=0.05, momentum=0.9, weight_decay=0.1),
    "Adam": lambda p: SIX.Adam(p, lr=0.01),
    "NoisySGD": lambda p: SEVEN.NoisySGD(p, lr=0.05),
}


@contextlib.contextmanager
def one_thread():
    """Sums in the same order on both sides."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def losses(make_net, shape, make_optimizer, device: str) -> list[float]:
    torch.manual_seed(3)
    net = make_net().to(device)
    optimizer = make_optimizer(FIVE.trainable_parameters(net))
    x, labels = torch.randn(8, *shape).to(device), torch.arange(8).remainder(5).to(device)
    found = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), labels)
        assert loss.device.type == torch.device(device).type
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


def assert_the_same(make_net, shape, make_optimizer) -> None:
    with one_thread():
        on_cpu = losses(make_net, shape, make_optimizer, "cpu")
        with simulated_accelerator():
            on_device = losses(make_net, shape, make_optimizer, "cuda")
    assert on_device == on_cpu
    assert len(set(on_cpu)) == STEPS


@pytest.mark.parametrize("name", NETS)
def test_a_net_has_the_losses_it_has_on_the_cpu(name: str) -> None:
    assert_the_same(*NETS[name], OPTIMIZERS["torch SGD"])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_has_the_losses_it_has_on_the_cpu(name: str) -> None:
    assert_the_same(*NETS["DropNet"], OPTIMIZERS[name])


def test_noise_attached_to_an_optimizer() -> None:
    def noisy(parameters):
        optimizer = torch.optim.Adam(parameters, lr=0.01)
        SEVEN.attach_gradient_noise(optimizer)
        return optimizer

    assert_the_same(*NETS["VGG"], noisy)


def logistic_regression(device: str) -> tuple[list[float], list[float], float]:
    torch.manual_seed(4)
    data, labels = ONE.generate_data(10)
    first = ONE.to_device(device, *ONE.init_parameters())
    second = ONE.to_device(device, *ONE.init_parameters())
    data, labels = ONE.to_device(device, data, labels)
    by_hand = ONE.train(*first, data, labels, epochs=STEPS)
    by_torch = ONE.train_with_optim(*second, data, labels, epochs=STEPS)
    return by_hand, by_torch, ONE.accuracy(data, labels, *first)


def test_logistic_regression() -> None:
    with one_thread():
        on_cpu = logistic_regression("cpu")
        with simulated_accelerator():
            assert logistic_regression("cuda") == on_cpu


def committee(device: str) -> tuple[list, list[tuple[float, float]]]:
    torch.manual_seed(5)
    x, labels = torch.randn(12, 3, 32, 32), torch.arange(12).remainder(5)
    dataset = torch.utils.data.TensorDataset(x, labels)
    nets = members()
    loaders = TWO.make_loader(dataset, 5, train=True), TWO.make_loader(dataset, 5, train=False)
    history = [TWO.fit(net, *loaders, epochs=1, device=device)[0] for net in nets]
    ensemble = FIVE.Ensemble(nets).eval()
    votes: Tensor = ensemble.predict(x.to(device))
    return votes.tolist(), history


def test_a_committee_that_was_fitted() -> None:
    with one_thread():
        on_cpu = committee("cpu")
        with simulated_accelerator():
            assert committee("cuda") == on_cpu
