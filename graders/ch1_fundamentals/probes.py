"""Probes of chapter 1."""

import math
import random
from functools import partial

import numpy as np
import torch
from torch import Tensor

from torchdojo.probe import Draw, probe, raised

PROBLEMS = 5  # to train on: for about one in ten of them, a fixed rule is as good as one that was learnt


def dtype_of(name: str) -> torch.dtype:
    return getattr(torch, name)


def parameters_for(draw: Draw, dtype: str = "float64", grad: bool | tuple[bool, bool] = True) -> tuple[Tensor, Tensor]:
    """Return weights (2, 1) and bias (1,) on the probe's device; grad: whether both, or each, require grad."""
    of_weights, of_bias = (grad, grad) if isinstance(grad, bool) else grad
    weights = draw.normal(2, 1, dtype=dtype_of(dtype), grad=of_weights)
    return weights, draw.normal(1, dtype=dtype_of(dtype), grad=of_bias)


def clouds(draw: Draw, n: int, dtype: str = "float64") -> tuple[Tensor, Tensor]:
    """Return data like the chapter's, drawn by the probe itself: (n, 2) points and (n,) labels."""
    labels = draw.integers(0, 2, n)
    centres = torch.tensor([[0.0, 0.0], [2.0, 1.0]], dtype=torch.float64, device=draw.device)
    data = centres[labels] + draw.normal(n, 2)
    return data.to(dtype_of(dtype)), labels.to(dtype_of(dtype))


def is_cleared(grad: Tensor | None) -> bool:
    return grad is None or not bool(grad.any())


def autograd_state(tensor: Tensor) -> dict:
    """Return what autograd knows about a tensor."""
    return {"is_leaf": tensor.is_leaf, "requires_grad": tensor.requires_grad}


def settings() -> list:
    """Return the settings of torch that a call might change, to compare them before and after."""
    return [torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_dtype()]


# init_parameters


@probe("init_parameters()")
def init_form(ch, draw: Draw):
    result = ch.init_parameters()
    weights, bias = result
    return {
        "is a tuple": isinstance(result, tuple),
        "shapes": [list(weights.shape), list(bias.shape)],
        "dtypes": [str(weights.dtype), str(bias.dtype)],
        "devices": [str(weights.device), str(bias.device)],
        "weights": autograd_state(weights),
        "bias": autograd_state(bias),
    }


def draw_after(ch, seeds: tuple[int, ...], calls: int, set_seed) -> Tensor:
    """Return the numbers of some calls after each seed: (seeds, calls, 3)."""
    blocks = []
    for seed in seeds:
        set_seed(seed)
        pairs = [ch.init_parameters() for _ in range(calls)]
        blocks.append(torch.stack([torch.cat([t.detach().flatten() for t in pair]) for pair in pairs]))
    return torch.stack(blocks)


def seed_everything(seed: int) -> None:
    for set_seed in (random.seed, np.random.seed, torch.manual_seed):
        set_seed(seed)


@probe("init_parameters(), thousands of times; now and then all generators get a seed, some seeds twice")
def init_draws(ch, draw: Draw, *, seeds=(1, 2, 1), calls=200):
    return {"numbers": draw_after(ch, seeds, calls, seed_everything)}


@probe("init_parameters(), twice after torch.manual_seed(s), for s in {seeds}")
def init_seeded(ch, draw: Draw, *, seeds=(1, 2, 1)):
    seed_everything(draw.seed % 2**32)  # once: a mistake that draws elsewhere is recognised by its numbers
    return {"numbers": draw_after(ch, seeds, 2, torch.manual_seed)}


# sigmoid


def strided(tensor: Tensor, transposed: bool) -> Tensor:
    """Return the tensor, or its transpose, which is not contiguous; a leaf in either case."""
    grad = tensor.requires_grad
    return tensor.detach().transpose(0, 1).requires_grad_(grad) if transposed else tensor


@probe("sigmoid(x), x of shape {shape}, {dtype}, transposed: {transposed}")
def sigmoid_values(ch, draw: Draw, *, shape=(3, 4), scale=3.0, dtype="float64", transposed=False, grads=True):
    x = strided(draw.normal(*shape, dtype=dtype_of(dtype), scale=scale, grad=True), transposed)
    y = ch.sigmoid(x)
    if not grads:
        return {"y": y, "x": x}
    y.backward(draw.normal(*y.shape, dtype=dtype_of(dtype)))
    return {"y": y, "x.grad": x.grad, "x": x}


@probe("sigmoid(x), x between −80 and 80")
def sigmoid_far(ch, draw: Draw, *, dtype="float64"):
    x = draw.uniform(64, low=-80.0, high=80.0, dtype=dtype_of(dtype), grad=True)
    y = ch.sigmoid(x)
    y.sum().backward()
    return {"y": y, "x.grad": x.grad}


@probe("sigmoid(x) at ±1000")
def sigmoid_extreme(ch, draw: Draw, *, dtype="float64"):
    x = torch.tensor([-1000.0, 0.0, 1000.0], dtype=dtype_of(dtype), device=draw.device)
    return {"y": ch.sigmoid(x), "x": x}


# predict


@probe("predict(x, weights, bias), x of shape ({n}, 2), {dtype}")
def predicted(ch, draw: Draw, *, n=5, scale=1.0, dtype="float64", transposed=False, grads=True):
    weights, bias = parameters_for(draw, dtype, grads)
    x = strided(draw.normal(*((2, n) if transposed else (n, 2)), dtype=dtype_of(dtype), scale=scale), transposed)
    p = ch.predict(x, weights, bias)
    states = [autograd_state(t) for t in (x, weights, bias)]
    outputs = {"p": p, "x": x, "weights": weights, "bias": bias, "inputs' autograd": states}
    if not grads:
        return outputs
    (p * draw.normal(n, dtype=dtype_of(dtype))).sum().backward()
    return {**outputs, "weights.grad": weights.grad, "bias.grad": bias.grad}


# accuracy


@probe("accuracy(data, labels, weights, bias), {n} points")
def accuracy_values(ch, draw: Draw, *, n=64, dtype="float64", grad=True):
    data, labels = clouds(draw, n, dtype)
    weights, bias = parameters_for(draw, dtype, grad)
    before = settings()
    return {
        "accuracy": ch.accuracy(data, labels, weights, bias),
        "inputs": [data, labels, weights, bias],
        "inputs' autograd": [autograd_state(weights), autograd_state(bias)],
        "settings are kept": settings() == before,
    }


@probe("accuracy(…) of {n} points; every second probability is exactly 0.5")
def accuracy_ties(ch, draw: Draw, *, n=41):
    weights, bias = draw.normal(2, 1), draw.normal(1) * 0
    data, labels = draw.normal(n, 2), draw.integers(0, 2, n).double()
    data[::2] = 0.0
    return {"accuracy": ch.accuracy(data, labels, weights, bias)}


@probe("accuracy(…) of one point")
def accuracy_of_one(ch, draw: Draw):
    data = draw.normal(1, 2)
    weights, bias = parameters_for(draw, grad=False)
    answers = [ch.accuracy(data, torch.full((1,), label).to(data), weights, bias) for label in (0.0, 1.0)]
    return {"answers": answers}


# to_device


def mixed(draw: Draw) -> tuple[list[Tensor], Tensor]:
    """Return tensors of many kinds and drawn shapes, in a drawn order, and the one of them that has a gradient.

    The first does not require grad, others do; one is there twice.
    """
    rows, columns, size = (draw.integer(2, 30) for _ in range(3))
    trained = draw.normal(rows, columns, grad=True)
    trained.grad = draw.normal(rows, columns)
    result = draw.normal(size, grad=True) * 2
    others = [
        trained,
        draw.normal(size, dtype=torch.float32),
        result,
        draw.integers(0, 2, columns).bool(),
        draw.normal(dtype=torch.float16, grad=True),
        strided(draw.normal(columns, rows), True),
        result,
        draw.normal(rows, size, dtype=torch.bfloat16),
    ]
    return [draw.integers(0, 9, rows), *(others[i] for i in draw.permutation(len(others)).tolist())], trained


@probe('to_device("{target}", *tensors), tensors of many kinds')
def moved(ch, draw: Draw, *, target="cpu"):
    tensors, trained = mixed(draw)
    before = settings()
    result = ch.to_device(target, *tensors)
    return {
        "is a tuple": isinstance(result, tuple),
        "tensors": list(result),
        "autograd": [autograd_state(t) for t in result],
        "inputs": [*tensors, trained.grad],
        "inputs' autograd": [autograd_state(t) for t in tensors],
        "settings are kept": settings() == before,
    }


@probe('to_device("cpu", w * 2, x), w requires grad')
def moved_result(ch, draw: Draw):
    w = draw.normal(3, grad=True)
    result = w * 2
    moved_w, _ = ch.to_device("cpu", result, draw.normal(2))
    moved_w.square().sum().backward()
    outputs = {"tensor": moved_w, "autograd": autograd_state(moved_w), "grad": moved_w.grad, "w.grad": w.grad}
    return {**outputs, "the input's autograd": autograd_state(result)}


@probe('to_device("meta", *tensors), where meta is a device that every machine has')
def moved_to_meta(ch, draw: Draw):
    tensors, _ = mixed(draw)
    result = ch.to_device(torch.device("meta"), *tensors)
    return {
        "devices": [t.device.type for t in result],
        "shapes": [list(t.shape) for t in result],
        "dtypes": [str(t.dtype) for t in result],
        "autograd": [autograd_state(t) for t in result],
        "the inputs are on": [t.device.type for t in tensors],
    }


@probe('to_device("cpu") without tensors, and with one')
def moved_few(ch, draw: Draw):
    of_one, of_none = ch.to_device("cpu", draw.normal(2)), ch.to_device("cpu")
    are_tuples = [isinstance(result, tuple) for result in (of_one, of_none)]
    return {"are tuples": are_tuples, "of one tensor": list(of_one), "of none": list(of_none)}


@probe('to_device("cuda", w, x): then train w')
def moved_and_trained(ch, draw: Draw):
    w = Draw(draw.seed).normal(3, grad=True)
    x = Draw(draw.seed + 1).normal(5, 3)
    w_moved, x_moved = ch.to_device(draw.device, w, x)
    (x_moved @ w_moved).square().sum().backward()
    states = [autograd_state(w_moved), autograd_state(x_moved)]
    return {"w": w_moved, "x": x_moved, "autograd": states, "grad": w_moved.grad}


# losses


def loss_outputs(loss: Tensor, prediction: Tensor, target: Tensor, grads: bool) -> dict:
    outputs = {"loss": loss, "prediction": prediction, "target": target}
    if not grads:
        return outputs
    loss.backward()
    return {**outputs, "prediction.grad": prediction.grad}


@probe("binary_cross_entropy(prediction, target), both of shape {shape}, {dtype}, transposed: {transposed}")
def bce_values(ch, draw: Draw, *, shape=(6,), hard=False, dtype="float64", transposed=False, grads=True):
    prediction = draw.uniform(*shape, low=0.02, high=0.98, dtype=dtype_of(dtype), grad=True)
    target = draw.uniform(*shape, dtype=dtype_of(dtype))
    prediction, target = strided(prediction, transposed), strided(target.round() if hard else target, transposed)
    return loss_outputs(ch.binary_cross_entropy(prediction, target), prediction, target, grads)


@probe("binary_cross_entropy at predictions of exactly 0 and 1, and close to them, {dtype}")
def bce_edges(ch, draw: Draw, *, dtype="float64"):
    corners = [(p, t) for p in (0.0, 1.0) for t in (0.0, 1.0, draw.number(0.0, 1.0))]
    small, tiny = 10.0 ** -draw.integer(10, 30), 10.0 ** -draw.integer(50, 90)  # the log of the tiny one is clamped
    values = [*corners, (small, 1.0), (small, draw.number(0.0, 1.0)), (tiny, 1.0), (tiny, draw.number(0.0, 1.0))]
    kind = {"dtype": dtype_of(dtype), "device": draw.device}
    losses = [ch.binary_cross_entropy(torch.tensor([p], **kind), torch.tensor([t], **kind)) for p, t in values]
    together = ch.binary_cross_entropy(*(torch.tensor(column, **kind) for column in zip(*values, strict=True)))
    return {"losses": losses, "together": together}


@probe("mean_squared_error(prediction, target), both of shape {shape}, {dtype}, transposed: {transposed}")
def mse_values(ch, draw: Draw, *, shape=(6,), dtype="float64", transposed=False, grads=True):
    prediction = strided(draw.normal(*shape, dtype=dtype_of(dtype), grad=True), transposed)
    target = strided(draw.normal(*shape, dtype=dtype_of(dtype)), transposed)
    return loss_outputs(ch.mean_squared_error(prediction, target), prediction, target, grads)


UNEQUAL = (
    *(((5,), (5, 1)), ((3,), (1,)), ((1,), (3,)), ((), (1,)), ((1,), ())),
    *(((2, 3), (1, 3)), ((2, 3), (2, 1)), ((2, 3), (6,)), ((3, 2, 4), (2, 3, 4)), ((1, 2, 3), (2, 3))),
)


def refusals(loss, draw: Draw, left, right) -> dict:
    """Report how a loss treats unequal shapes: these two in full, and for the others whether it refuses them."""

    def outcome(first, second):
        prediction, target = draw.uniform(*first), draw.uniform(*second)
        return raised(lambda: loss(prediction, target))

    others = {f"shapes {first} and {second}": outcome(first, second) for first, second in UNEQUAL}
    raises = {k: "ValueError" if v["is_value_error"] else v["raised"] or "no exception" for k, v in others.items()}
    return {**outcome(left, right), **raises}


@probe("binary_cross_entropy(prediction, target), shapes {left} and {right}, and other unequal shapes")
def bce_of_unequal_shapes(ch, draw: Draw, *, left=(5, 1), right=(5,)):
    return refusals(ch.binary_cross_entropy, draw, left, right)


@probe("mean_squared_error(prediction, target), shapes {left} and {right}, and other unequal shapes")
def mse_of_unequal_shapes(ch, draw: Draw, *, left=(5, 1), right=(5,)):
    return refusals(ch.mean_squared_error, draw, left, right)


# sgd_step


@probe("sgd_step([w, b, s], lr={lr}), three times; w is not contiguous")
def steps(ch, draw: Draw, *, lr=0.1, dtype="float64"):
    kind = dtype_of(dtype)
    parameters = [strided(draw.normal(3, 2, dtype=kind, grad=True), True), draw.normal(3, dtype=kind, grad=True)]
    parameters.append(draw.normal(dtype=kind, grad=True))
    x = draw.normal(4, 2, dtype=kind, scale=4.0)
    w, b, s = parameters
    for _ in range(3):
        (x @ w * s + b).square().mean().backward()
        ch.sgd_step(parameters, lr)
    return {
        "w": w,
        "b": b,
        "s": s,
        "cleared": [is_cleared(p.grad) for p in parameters],
        "autograd": [autograd_state(p) for p in parameters],
    }


@probe("sgd_step(parameters, lr=0.1), then backward again")
def step_is_unrecorded(ch, draw: Draw):
    w = draw.normal(3, grad=True)
    w.square().sum().backward()
    before = settings()
    ch.sgd_step([w], 0.1)
    are_kept, recorded = settings() == before, w.grad_fn is not None
    w.square().sum().backward()
    outputs = {"recorded": recorded, "autograd": autograd_state(w), "grad": w.grad, "w": w}
    return {**outputs, "settings are kept": are_kept}


@probe("sgd_step([a, b, c], lr=0.3), b.grad is None")
def step_without_grad(ch, draw: Draw):
    a, b, c = (draw.normal(n, grad=True) for n in (3, 2, 4))
    (a.square().sum() + c.square().sum()).backward()
    ch.sgd_step([a, b, c], 0.3)
    return {
        "parameters": [a, b, c],
        "cleared": [is_cleared(p.grad) for p in (a, b, c)],
        "autograd": [autograd_state(p) for p in (a, b, c)],
    }


@probe("sgd_step(parameters, lr=0.25), parameters from {kind}, {dtype}")
def step_on_iterable(ch, draw: Draw, *, kind="a generator", dtype="float64"):
    dtypes = ("float64", "float32", "bfloat16") if dtype == "mixed dtypes" else (dtype, dtype, dtype)
    large, single, last = (dtype_of(name) for name in dtypes)
    parameters = [draw.normal(2, 3, dtype=large, scale=100.0), draw.normal(dtype=single), draw.normal(4, dtype=last)]
    for p in parameters:
        p.requires_grad_().grad = draw.normal(*p.shape, dtype=p.dtype)
    kinds = {
        "a generator": (p for p in parameters),
        "a tuple": tuple(parameters),
        "the values of a dict": dict(enumerate(parameters)).values(),
    }
    returned = ch.sgd_step(kinds[kind], 0.25)
    return {
        "parameters": parameters,
        "cleared": [is_cleared(p.grad) for p in parameters],
        "autograd": [autograd_state(p) for p in parameters],
        "returned": returned,
    }


# train


def training_outputs(call, draw: Draw, n: int, epochs: int, grad: bool | tuple[bool, bool], dtype: str) -> dict:
    weights, bias = parameters_for(draw, dtype, grad)
    data, labels = clouds(draw, n, dtype)
    before = settings()
    losses = call(weights, bias, data, labels, epochs)
    return {
        "losses": losses,
        "weights": weights,
        "bias": bias,
        "autograd": [autograd_state(weights), autograd_state(bias)],
        "data": data,
        "labels": labels,
        "settings are kept": settings() == before,
    }


def distance_loss(p: Tensor, y: Tensor) -> Tensor:
    """Return the binary cross-entropy for labels of 0 and 1, whichever argument is the prediction."""
    return -(1 - (p - y).abs()).log().mean()


@probe("train(weights, bias, data, labels, epochs={epochs}, lr={lr}, loss_fn=−log(1 − |p − y|)): {n} samples, {dtype}")
def train_run(ch, draw: Draw, *, n=12, epochs=3, lr=0.1, grad=False, dtype="float64"):
    def call(w, b, x, y, e):
        return ch.train(w, b, x, y, epochs=e, lr=lr, loss_fn=distance_loss)

    return training_outputs(call, draw, n, epochs, grad, dtype)


@probe("train(weights, bias, data, labels{loss}) with its defaults")
def train_defaults(ch, draw: Draw, *, loss=""):
    options = {"loss_fn": distance_loss} if loss else {}
    return training_outputs(lambda w, b, x, y, e: ch.train(w, b, x, y, **options), draw, 3, 10, False, "float64")


@probe("train(…, loss_fn=the mean of {loss})")
def train_with_loss(ch, draw: Draw, *, loss="(p − y)⁴"):
    def loss_fn(p, y):
        return ((p - y).pow(4) if loss == "(p − y)⁴" else (p * (2 - y) - y).abs().pow(3) + 1.0).mean()

    return training_outputs(lambda w, b, x, y, e: ch.train(w, b, x, y, e, 0.2, loss_fn), draw, 8, 2, True, "float64")


def draw_centres(draw: Draw) -> list[tuple[Tensor, Tensor]]:
    """Return the centres of class 0 and class 1 for several pairs of clouds, as far apart as the chapter's.

    One of each pair is at the origin, and the other in any direction from there.
    """
    pairs = []
    for _ in range(PROBLEMS):
        angle = draw.number(0.0, 2 * math.pi)
        other = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64, device=draw.device) * math.sqrt(5)
        origin = torch.zeros_like(other)
        pairs.append((origin, other) if draw.integer(0, 2) else (other, origin))
    return pairs


def train_on_clouds(call, draw: Draw) -> dict:
    """Return the parameters after training on each pair of clouds."""
    trained = []
    for centres in draw_centres(draw):
        labels = draw.integers(0, 2, 200)
        data = (torch.stack(centres)[labels] + draw.normal(200, 2)).float()
        weights, bias = (draw.normal(*shape, dtype=torch.float32, scale=0.01) for shape in ((2, 1), (1,)))
        call(weights, bias, data, labels.float())
        trained.append([weights, bias])
    return {"parameters": trained}


def accuracy(outputs, draw: Draw) -> float:
    """Return the exact mean probability of classifying fresh data of these clouds correctly."""

    def normal_cdf(z: float) -> float:
        return 0.5 * math.erfc(-z / math.sqrt(2))

    total = 0.0
    for (weights, bias), centres in zip(outputs["parameters"], draw_centres(draw), strict=True):
        if (weights.shape, bias.shape) != ((2, 1), (1,)) or {weights.dtype, bias.dtype} != {torch.float32}:
            raise ValueError("not the parameters that were given")
        w, b = weights.double().flatten(), bias.double().item()
        zero, one = ((w @ centre).item() + b for centre in centres)
        norm = w.norm().item()
        total += 0.5 * (normal_cdf(-zero / norm) + normal_cdf(one / norm)) if norm else 0.5
    return total / PROBLEMS


TRAINED = f"200 samples of {PROBLEMS} pairs of clouds, 2 epochs, lr 0.05, then accuracy on fresh data"


@probe(f"train(…, loss_fn=−log(1 − |p − y|)) on {TRAINED}", calibrate=accuracy)
def train_accuracy(ch, draw: Draw):
    return train_on_clouds(partial(ch.train, epochs=2, lr=0.05, loss_fn=distance_loss), draw)


# train_with_optim


@probe("train_with_optim(weights, bias, data, labels, epochs={epochs}, lr={lr}), {n} samples, {dtype}")
def optim_run(ch, draw: Draw, *, n=12, epochs=3, lr=0.1, grad=False, optimizer="SGD", dtype="float64"):
    is_momentum = optimizer == "SGD with momentum"
    optimizer_class = partial(torch.optim.SGD, momentum=0.9) if is_momentum else getattr(torch.optim, optimizer)

    def call(w, b, x, y, e):
        return ch.train_with_optim(w, b, x, y, epochs=e, lr=lr, optimizer_class=optimizer_class)

    return training_outputs(call, draw, n, epochs, grad, dtype)


@probe("train_with_optim(weights, bias, data, labels{optimizer}) with its defaults")
def optim_defaults(ch, draw: Draw, *, optimizer=""):
    call = partial(ch.train_with_optim, **({"optimizer_class": torch.optim.SGD} if optimizer else {}))
    return training_outputs(lambda w, b, x, y, e: call(w, b, x, y), draw, 3, 10, False, "float64")


@probe("train_with_optim(…, optimizer_class=one that records its use)")
def optim_diary(ch, draw: Draw):
    weights, bias = parameters_for(draw, grad=False)
    data, labels = clouds(draw, 5)
    made = []
    stepped = []

    class Recorder(torch.optim.SGD):
        def __init__(self, params, lr=None, **options):
            params = list(params)
            made.append([len(params), params[0] is weights, params[-1] is bias, lr, sorted(options)])
            super().__init__(params, lr=lr, **options)

        def step(self, closure=None):
            stepped.append(1)
            return super().step(closure)

    ch.train_with_optim(weights, bias, data, labels, epochs=2, lr=0.3, optimizer_class=Recorder)
    return {"made": made, "steps": len(stepped), "weights": weights}


@probe(f"train_with_optim(…, optimizer_class=torch.optim.SGD) on {TRAINED}", calibrate=accuracy)
def optim_accuracy(ch, draw: Draw):
    return train_on_clouds(partial(ch.train_with_optim, epochs=2, lr=0.05, optimizer_class=torch.optim.SGD), draw)
