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


def clearings(**tensors: Tensor) -> dict:
    """Return whether the gradient of each tensor is cleared, by the tensor's name."""
    return {f"{name}.grad is cleared": t.grad is None or not bool(t.grad.any()) for name, t in tensors.items()}


def autograd_states(**tensors: Tensor) -> dict:
    """Return what autograd knows about each tensor, by the tensor's name."""
    states = ({f"{name}.is_leaf": t.is_leaf, f"{name}.requires_grad": t.requires_grad} for name, t in tensors.items())
    return {key: value for state in states for key, value in state.items()}


def after_the_call(**tensors: Tensor) -> dict:
    """Return the arguments of a call as they are after it."""
    return {f"{name} after the call": tensor for name, tensor in tensors.items()}


def go_backward(y, gradient: Tensor | None = None) -> None:
    """Call y.backward(gradient) where that is possible; where it is not, y itself or the missing gradients show it."""
    if not isinstance(y, Tensor) or not y.requires_grad:
        return
    if y.numel() == 1 if gradient is None else (y.shape, y.device) == (gradient.shape, gradient.device):
        y.backward(gradient)


def type_of(result) -> str:
    """Return the type of a result, "tuple" for a named tuple too."""
    return "tuple" if isinstance(result, tuple) else type(result).__name__


def settings() -> dict:
    """Return the settings of torch that a call might change."""
    return {
        "torch.is_grad_enabled()": torch.is_grad_enabled(),
        "torch.is_inference_mode_enabled()": torch.is_inference_mode_enabled(),
        "torch.get_default_dtype()": torch.get_default_dtype(),
    }


def changes(before: dict) -> dict:
    """Return what became of torch's settings, each of which should be what it was."""
    return {
        f"{name} after the call": "unchanged" if now == before[name] else f"{now}, no longer {before[name]}"
        for name, now in settings().items()
    }


# init_parameters


@probe("init_parameters()")
def init_form(ch, draw: Draw):
    result = ch.init_parameters()
    weights, bias = result
    # Their form is asked for here, not their numbers, which are random.
    forms = {"weights": torch.zeros_like(weights), "bias": torch.zeros_like(bias)}
    return {"type of the result": type_of(result), **forms, **autograd_states(weights=weights, bias=bias)}


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


@probe(
    "init_parameters(), {calls} times after each of {count} seeds for torch, random and numpy; some seeds come twice",
    count=lambda given: len(given["seeds"]),
)
def init_draws(ch, draw: Draw, *, seeds=(1, 2, 1), calls=200):
    return {"the numbers drawn": draw_after(ch, seeds, calls, seed_everything)}


@probe("init_parameters(), twice after torch.manual_seed(s), for s in {seeds}")
def init_seeded(ch, draw: Draw, *, seeds=(1, 2, 1)):
    seed_everything(draw.seed % 2**32)  # once: a mistake that draws elsewhere is recognised by its numbers
    return {"the numbers drawn": draw_after(ch, seeds, 2, torch.manual_seed)}


# sigmoid


BACKWARD = ", then y.backward(gradient)"


def strided(tensor: Tensor, view: str = ", a transposed view") -> Tensor:
    """Return the tensor itself, or one of the same shape that is not contiguous; a leaf in either case."""
    if not view:
        return tensor
    columns_first = tensor.detach().transpose(0, 1).contiguous()
    return columns_first.transpose(0, 1).requires_grad_(tensor.requires_grad)


@probe("y = sigmoid(x), x of shape {shape}, {dtype}{view}{then}")
def sigmoid_values(ch, draw: Draw, *, shape=(3, 4), dtype="float64", view="", then=BACKWARD):
    x = strided(draw.normal(*shape, dtype=dtype_of(dtype), scale=3.0, grad=True), view)
    y = ch.sigmoid(x)
    if not then:
        return {"y": y, **after_the_call(x=x)}
    go_backward(y, draw.normal(*x.shape, dtype=dtype_of(dtype)))
    return {"y": y, **after_the_call(x=x), "x.grad": x.grad}


@probe("y = sigmoid(x), x of 64 numbers between −80 and 80, {dtype}, then y.sum().backward()")
def sigmoid_far(ch, draw: Draw, *, dtype="float64"):
    x = draw.uniform(64, low=-80.0, high=80.0, dtype=dtype_of(dtype), grad=True)
    y = ch.sigmoid(x)
    go_backward(y.sum())
    return {"y": y, "x.grad": x.grad}


@probe("y = sigmoid(torch.tensor([-1000.0, 0.0, 1000.0], dtype=torch.{dtype}))")
def sigmoid_extreme(ch, draw: Draw, *, dtype="float64"):
    x = torch.tensor([-1000.0, 0.0, 1000.0], dtype=dtype_of(dtype), device=draw.device)
    return {"y": ch.sigmoid(x), **after_the_call(x=x)}


# predict


@probe(
    "y = predict(x, weights, bias), x = {factor}torch.randn({n}, 2), {dtype}{view}{then}",
    factor=lambda given: "" if given["scale"] == 1.0 else f"{given['scale']:g} * ",
)
def predicted(ch, draw: Draw, *, n=5, scale=1.0, dtype="float64", view="", then=BACKWARD):
    weights, bias = parameters_for(draw, dtype, grad=bool(then))
    x = strided(draw.normal(n, 2, dtype=dtype_of(dtype), scale=scale), view)
    y = ch.predict(x, weights, bias)
    arguments = {"x": x, "weights": weights, "bias": bias}
    outputs = {"y": y, **after_the_call(**arguments), **autograd_states(**arguments)}
    if not then:
        return outputs
    go_backward(y, draw.normal(n, dtype=dtype_of(dtype)))
    return {**outputs, "weights.grad": weights.grad, "bias.grad": bias.grad}


# accuracy


@probe("accuracy(data, labels, weights, bias) of {n} points, {dtype}; weights.requires_grad is {grad}")
def accuracy_values(ch, draw: Draw, *, n=61, dtype="float64", grad=True):
    data, labels = clouds(draw, n, dtype)
    weights, bias = parameters_for(draw, dtype, grad)
    before = settings()
    result = ch.accuracy(data, labels, weights, bias)
    return {
        "accuracy": result,
        **changes(before),
        **after_the_call(data=data, labels=labels, weights=weights, bias=bias),
        **autograd_states(weights=weights, bias=bias),
    }


@probe("accuracy(data, labels, weights, bias) of {n} points; every second probability is exactly 0.5")
def accuracy_ties(ch, draw: Draw, *, n=41):
    weights, bias = draw.normal(2, 1), draw.normal(1) * 0
    data, labels = draw.normal(n, 2), draw.integers(0, 2, n).double()
    data[::2] = 0.0
    return {"accuracy": ch.accuracy(data, labels, weights, bias)}


@probe("accuracy(data, labels, weights, bias) of one point, first with label 0, then with label 1")
def accuracy_of_one(ch, draw: Draw):
    data = draw.normal(1, 2)
    weights, bias = parameters_for(draw, grad=False)

    def answer(label: float):
        return ch.accuracy(data, torch.full((1,), label).to(data), weights, bias)

    return {"accuracy with label 0": answer(0.0), "accuracy with label 1": answer(1.0)}


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
        strided(draw.normal(rows, columns)),
        result,
        draw.normal(rows, size, dtype=torch.bfloat16),
    ]
    return [draw.integers(0, 9, rows), *(others[i] for i in draw.permutation(len(others)).tolist())], trained


MIXED = "9 tensors of many shapes and dtypes, some of which require grad, and one of which appears twice"


@probe(f'to_device("{{target}}", *tensors), {MIXED}')
def moved(ch, draw: Draw, *, target="cpu"):
    tensors, trained = mixed(draw)
    before = settings()
    result = ch.to_device(target, *tensors)
    return {
        "type of the result": type_of(result),
        "the result": list(result),
        "requires_grad in the result": [t.requires_grad for t in result],
        "is_leaf in the result": [t.is_leaf for t in result],
        **changes(before),
        "tensors after the call": tensors,
        "the .grad of one of them": trained.grad,
        "requires_grad in tensors": [t.requires_grad for t in tensors],
        "is_leaf in tensors": [t.is_leaf for t in tensors],
    }


@probe(
    'w2, x2 = to_device("cpu", result, x), result = w * 2, w.requires_grad is True; then w2.square().sum().backward()'
)
def moved_result(ch, draw: Draw):
    w = draw.normal(3, grad=True)
    result = w * 2
    w2, _ = ch.to_device("cpu", result, draw.normal(2))
    outputs = {"w2": w2, **autograd_states(w2=w2)}
    go_backward(w2.square().sum())
    return {**outputs, "w2.grad": w2.grad, "w.grad": w.grad, **autograd_states(result=result)}


@probe(f'to_device(torch.device("meta"), *tensors), {MIXED}; "meta" is a device that every machine has')
def moved_to_meta(ch, draw: Draw):
    tensors, _ = mixed(draw)
    result = ch.to_device(torch.device("meta"), *tensors)
    return {
        "devices in the result": [t.device.type for t in result],
        "shapes in the result": [str(tuple(t.shape)) for t in result],
        "dtypes in the result": [str(t.dtype) for t in result],
        "requires_grad in the result": [t.requires_grad for t in result],
        "is_leaf in the result": [t.is_leaf for t in result],
        "devices of tensors after the call": [t.device.type for t in tensors],
    }


@probe('to_device("cpu", x) with one tensor, then to_device("cpu") with none')
def moved_few(ch, draw: Draw):
    of_one, of_none = ch.to_device("cpu", draw.normal(2)), ch.to_device("cpu")
    return {
        "type of the result for one tensor": type_of(of_one),
        "the result for one tensor": list(of_one),
        "type of the result for no tensor": type_of(of_none),
        "the result for no tensor": list(of_none),
    }


@probe('w2, x2 = to_device("cuda", w, x), w.requires_grad is True; then (x2 @ w2).square().sum().backward()')
def moved_and_trained(ch, draw: Draw):
    w = Draw(draw.seed).normal(3, grad=True)
    x = Draw(draw.seed + 1).normal(5, 3)
    w2, x2 = ch.to_device(draw.device, w, x)
    outputs = {"w2": w2, "x2": x2, **autograd_states(w2=w2, x2=x2)}
    go_backward((x2 @ w2).square().sum())
    return {**outputs, "w2.grad": w2.grad}


# losses


LOSS_BACKWARD = ", then loss.backward()"


def loss_outputs(loss: Tensor, prediction: Tensor, target: Tensor, grads: bool) -> dict:
    outputs = {"loss": loss, **after_the_call(prediction=prediction, target=target)}
    if not grads:
        return outputs
    go_backward(loss)
    return {**outputs, "prediction.grad": prediction.grad}


@probe("loss = binary_cross_entropy(prediction, target), both of shape {shape}, {dtype}{view}, targets {targets}{then}")
def bce_values(ch, draw: Draw, *, shape=(6,), targets="in [0, 1]", dtype="float64", view="", then=LOSS_BACKWARD):
    prediction = draw.uniform(*shape, low=0.02, high=0.98, dtype=dtype_of(dtype), grad=True)
    target = draw.uniform(*shape, dtype=dtype_of(dtype))
    prediction, target = strided(prediction, view), strided(target if targets == "in [0, 1]" else target.round(), view)
    return loss_outputs(ch.binary_cross_entropy(prediction, target), prediction, target, bool(then))


@probe("binary_cross_entropy(prediction, target) at predictions p of exactly 0 and 1, and close to 0, {dtype}")
def bce_edges(ch, draw: Draw, *, dtype="float64"):
    corners = [(p, t) for p in (0.0, 1.0) for t in (0.0, 1.0, draw.number(0.0, 1.0))]
    small, tiny = 10.0 ** -draw.integer(10, 30), 10.0 ** -draw.integer(50, 90)  # the log of the tiny one is clamped
    values = [*corners, (small, 1.0), (small, draw.number(0.0, 1.0)), (tiny, 1.0), (tiny, draw.number(0.0, 1.0))]
    kind = {"dtype": dtype_of(dtype), "device": draw.device}

    def loss(*pairs):
        return ch.binary_cross_entropy(*(torch.tensor(column, **kind) for column in zip(*pairs, strict=True)))

    losses = {f"loss for a prediction of {p:.3g} and a target of {t:.3g}": loss((p, t)) for p, t in values}
    return {**losses, "loss for all of these together": loss(*values)}


@probe("loss = mean_squared_error(prediction, target), both of shape {shape}, {dtype}{view}{then}")
def mse_values(ch, draw: Draw, *, shape=(6,), dtype="float64", view="", then=LOSS_BACKWARD):
    prediction = strided(draw.normal(*shape, dtype=dtype_of(dtype), grad=True), view)
    target = strided(draw.normal(*shape, dtype=dtype_of(dtype)), view)
    return loss_outputs(ch.mean_squared_error(prediction, target), prediction, target, bool(then))


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


@probe(
    "three times: (x @ w * s + b).square().mean().backward(), then sgd_step([b, w, s], lr={lr}); {dtype}, w of shape "
    "(2, 3), a transposed view, b of shape (3,), s of shape ()"
)
def steps(ch, draw: Draw, *, lr=0.1, dtype="float64"):
    kind = dtype_of(dtype)
    w, b = strided(draw.normal(2, 3, dtype=kind, grad=True)), draw.normal(3, dtype=kind, grad=True)
    s = draw.normal(dtype=kind, grad=True)
    x = draw.normal(4, 2, dtype=kind, scale=4.0)
    for _ in range(3):
        go_backward((x @ w * s + b).square().mean())
        ch.sgd_step([b, w, s], lr)
    return {"w": w, "b": b, "s": s, **clearings(w=w, b=b, s=s), **autograd_states(w=w, b=b, s=s)}


@probe("w.square().sum().backward(), then sgd_step([w], 0.1), then w.square().sum().backward() again")
def step_is_unrecorded(ch, draw: Draw):
    w = draw.normal(3, grad=True)
    go_backward(w.square().sum())
    before = settings()
    ch.sgd_step([w], 0.1)
    outputs = {**changes(before), "w.grad_fn is None": w.grad_fn is None, **autograd_states(w=w)}
    go_backward(w.square().sum())
    return {**outputs, "w.grad after the second backward": w.grad, "w": w}


@probe("sgd_step([a, b, c], 0.3), shapes (3,), (2,) and (4,); b.grad is None")
def step_without_grad(ch, draw: Draw):
    a, b, c = (draw.normal(n, grad=True) for n in (3, 2, 4))
    go_backward(a.square().sum() + c.square().sum())
    ch.sgd_step([a, b, c], 0.3)
    return {"a": a, "b": b, "c": c, **clearings(a=a, b=b, c=c), **autograd_states(a=a, b=b, c=c)}


@probe("sgd_step(parameters, 0.25), parameters: {kind} with a, b and c, of shapes (2, 3), () and (4,), {dtype}")
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
    named = dict(zip("abc", parameters, strict=True))
    return {**named, **clearings(**named), **autograd_states(**named), "what sgd_step returns": returned}


# train


def states_before(given: dict) -> str:
    """Say whether weights and bias require grad before the call."""
    grad = given["grad"]
    of_weights, of_bias = (grad, grad) if isinstance(grad, bool) else grad
    return f"before the call weights.requires_grad is {of_weights}, bias.requires_grad {of_bias}"


def training_outputs(call, draw: Draw, n: int, epochs: int, grad: bool | tuple[bool, bool], dtype: str) -> dict:
    weights, bias = parameters_for(draw, dtype, grad)
    data, labels = clouds(draw, n, dtype)
    before = settings()
    losses = call(weights, bias, data, labels, epochs)
    return {
        "losses": losses,
        "weights": weights,
        "bias": bias,
        **autograd_states(weights=weights, bias=bias),
        **after_the_call(data=data, labels=labels),
        **changes(before),
    }


def distance_loss(p: Tensor, y: Tensor) -> Tensor:
    """Return the binary cross-entropy for labels of 0 and 1, whichever argument is the prediction."""
    return -(1 - (p - y).abs()).log().mean()


@probe(
    "losses = train(weights, bias, data, labels, epochs={epochs}, lr={lr}, loss_fn=…), where loss_fn(p, y) is the mean "
    "of −log(1 − |p − y|); N = {n}, {dtype}, {before}",
    before=states_before,
)
def train_run(ch, draw: Draw, *, n=12, epochs=3, lr=0.1, grad=False, dtype="float64"):
    def call(w, b, x, y, e):
        return ch.train(w, b, x, y, epochs=e, lr=lr, loss_fn=distance_loss)

    return training_outputs(call, draw, n, epochs, grad, dtype)


@probe("losses = train(weights, bias, data, labels{loss}), 2 samples, float64")
def train_defaults(ch, draw: Draw, *, loss=""):
    options = {"loss_fn": distance_loss} if loss else {}
    return training_outputs(lambda w, b, x, y, e: ch.train(w, b, x, y, **options), draw, 2, 10, False, "float64")


@probe("losses = train(weights, bias, data, labels, 2, 0.2, loss_fn), loss_fn(p, y) is the mean of {loss}; 8 samples")
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


MOMENTUM = "partial(torch.optim.SGD, momentum=0.9)"
OPTIMIZERS = {f"torch.optim.{name}": getattr(torch.optim, name) for name in ("SGD", "Adam", "RMSprop")}
OPTIMIZERS[MOMENTUM] = partial(torch.optim.SGD, momentum=0.9)


@probe(
    "losses = train_with_optim(weights, bias, data, labels, epochs={epochs}, lr={lr}, optimizer_class={optimizer}); "
    "N = {n}, {dtype}, {before}",
    before=states_before,
)
def optim_run(ch, draw: Draw, *, n=12, epochs=3, lr=0.1, grad=False, optimizer="torch.optim.SGD", dtype="float64"):
    def call(w, b, x, y, e):
        return ch.train_with_optim(w, b, x, y, epochs=e, lr=lr, optimizer_class=OPTIMIZERS[optimizer])

    return training_outputs(call, draw, n, epochs, grad, dtype)


@probe("losses = train_with_optim(weights, bias, data, labels{optimizer}), 2 samples, float64")
def optim_defaults(ch, draw: Draw, *, optimizer=""):
    call = partial(ch.train_with_optim, **({"optimizer_class": torch.optim.SGD} if optimizer else {}))
    return training_outputs(lambda w, b, x, y, e: call(w, b, x, y), draw, 2, 10, False, "float64")


@probe(
    "train_with_optim(weights, bias, data, labels, epochs=2, lr=0.3, optimizer_class=…), 5 samples; the class, a "
    "subclass of torch.optim.SGD, records how it is used"
)
def optim_diary(ch, draw: Draw):
    weights, bias = parameters_for(draw, grad=False)
    data, labels = clouds(draw, 5)
    made = []
    stepped = []

    class Recorder(torch.optim.SGD):
        def __init__(self, params, lr=None, **options):
            params = list(params)
            made.append(
                {
                    "parameters given to it": len(params),
                    "the first is weights": params[0] is weights,
                    "the last is bias": params[-1] is bias,
                    "lr given to it": lr,
                    "other options given to it": ", ".join(sorted(options)) or "none",
                }
            )
            super().__init__(params, lr=lr, **options)

        def step(self, closure=None):
            stepped.append(1)
            return super().step(closure)

    ch.train_with_optim(weights, bias, data, labels, epochs=2, lr=0.3, optimizer_class=Recorder)
    first = made[0] if made else {}
    return {"optimizers made": len(made), **first, "calls of step()": len(stepped), "weights": weights}


@probe(f"train_with_optim(…, optimizer_class=torch.optim.SGD) on {TRAINED}", calibrate=accuracy)
def optim_accuracy(ch, draw: Draw):
    return train_on_clouds(partial(ch.train_with_optim, epochs=2, lr=0.05, optimizer_class=torch.optim.SGD), draw)
