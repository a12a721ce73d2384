"""Probes: each calls an answer and returns what came back, without judging it.

ch is the chapter's module, of a learner or of the reference. draw makes inputs that nobody knows in advance.
"""

import torch
from torch import nn

from torchdojo.probe import Draw, probe


@probe("softmax(x, dim={dim}), x of shape {shape}, {dtype}")  # what a learner reads after "called"
def softmax_values(ch, draw: Draw, *, shape=(3, 3), dim=-1, dtype="float64"):
    x = draw.normal(*shape, dtype=getattr(torch, dtype), grad=True)
    y = ch.softmax(x, dim=dim)
    y.backward(draw.normal(*shape, dtype=getattr(torch, dtype)))
    return {"y": y, "x.grad": x.grad, "x": x}


@probe("softmax(x, dim=1), where each row of x has its own order of magnitude, from -10000 to 10000")
def softmax_large(ch, draw: Draw):
    magnitudes = torch.tensor([[-10000.0], [1.0], [10000.0]], dtype=torch.float64, device=draw.device)
    return {"y": ch.softmax(draw.normal(3, 4) + magnitudes, dim=1)}


@probe("softmax(x, dim=-1), one number of each row of x is minus infinity")
def softmax_masked(ch, draw: Draw):
    x = draw.normal(3, 4)
    x[torch.arange(3), draw.integers(0, 4, 3)] = -torch.inf
    return {"y": ch.softmax(x, dim=-1)}


@probe("cross_entropy(logits, targets), logits of shape {shape}, {dtype}")
def loss(ch, draw: Draw, *, shape=(6, 5), dtype="float64"):
    logits = draw.normal(*shape, dtype=getattr(torch, dtype), grad=True)
    targets = draw.integers(0, shape[-1], *shape[:-1])
    value = ch.cross_entropy(logits, targets)
    value.backward()
    return {"loss": value, "logits.grad": logits.grad}


@probe("cross_entropy(logits, targets), logits of shape (6, 5) between {low} and {high}")
def loss_of_large(ch, draw: Draw, *, low, high):
    logits = draw.uniform(6, 5, low=low, high=high, grad=True)
    value = ch.cross_entropy(logits, draw.integers(0, 5, 6))
    value.backward()
    return {"loss": value, "logits.grad": logits.grad}


@probe("RMSNorm({features}, eps={eps})(x), x of shape {shape}, {dtype}, with numbers of a size around {scale}")
def norm(ch, draw: Draw, *, features=4, shape=(3, 4), eps=1e-5, dtype="float64", scale=1.0):
    layer = ch.RMSNorm(features, eps).to(draw.device, torch.float64 if dtype == "float64" else torch.float32)
    draw.fill_(layer.weight)
    kind = getattr(torch, dtype)
    x = ((draw.normal(*shape) + 0.5) * scale).to(kind).requires_grad_()
    y = layer(x)
    y.backward(draw.normal(*shape, dtype=kind))
    return {"y": y, "x.grad": x.grad, "weight.grad": layer.weight.grad}


@probe("RMSNorm({features})(x), x of shape (2, {features}), {dtype}, with numbers around 1000")
def norm_in_half(ch, draw: Draw, *, features=8, dtype="float16"):
    layer = ch.RMSNorm(features).to(draw.device)
    x = (draw.uniform(2, features, low=500, high=1500)).to(getattr(torch, dtype))
    return {"y": layer(x)}


@probe("dict(RMSNorm({features}).named_parameters()), and what RMSNorm({features}) makes of zeros and of 0.001")
def norm_at_the_start(ch, draw: Draw, *, features=4):
    layer = ch.RMSNorm(features).to(draw.device)
    zeros = torch.zeros(2, features, device=draw.device, dtype=torch.float32)
    return {**dict(layer.named_parameters()), "of zeros": layer(zeros), "of small numbers": layer(zeros + 1e-3)}


OPTIONS = {"lr": 0.05, "betas": (0.75, 0.875), "eps": 1e-6, "weight_decay": 0.5}


def two_parameters(draw: Draw, dtype=torch.float64) -> dict:
    return {name: draw.normal(*shape, dtype=dtype, grad=True) for name, shape in (("p", (3, 2)), ("q", (4,)))}


def step_with_gradients(draw: Draw, optimizer, params: dict, scale=1.0, without="") -> dict:
    """Take a step with fresh gradients; return what the parameters and gradients are then."""
    for name, p in params.items():
        p.grad = None if name in without else draw.normal(*p.shape, dtype=p.dtype, scale=scale)
    optimizer.step()
    return {name: p.detach().clone() for name, p in params.items()}


def in_words(given) -> str:
    return ", ".join(f"{name}={value}" for name, value in {**OPTIONS, **(given["options"] or {})}.items())


@probe("AdamW([p, q], {words}), {steps} steps with fresh gradients of a size around {scale}", words=in_words)
def adam_steps(ch, draw: Draw, *, steps=4, scale=1.0, options=None):
    params = two_parameters(draw)
    optimizer = ch.AdamW(list(params.values()), **{**OPTIONS, **(options or {})})
    after = {}
    for step in range(1, steps + 1):
        now = step_with_gradients(draw, optimizer, params, scale)
        # Seven digits: torch's own keeps its count in a float32 tensor, and so may an answer.
        after |= {f"{name} after step {step}, rounded to float32": value.float() for name, value in now.items()}
    return after


@probe("AdamW([p, q], lr=0.05, weight_decay=0.0), one step with gradients of a size around 1e-8")
def adam_default_eps(ch, draw: Draw):
    params = two_parameters(draw)
    before = {name: p.detach().clone() for name, p in params.items()}
    after = step_with_gradients(draw, ch.AdamW(list(params.values()), lr=0.05, weight_decay=0.0), params, scale=1e-8)
    return {f"change of {name}, rounded to float32": (after[name] - before[name]).float() for name in after}


@probe("AdamW([p, q], lr=0.05, weight_decay=0.5), 3 steps; p has no gradient in the {missing}")
def adam_missing(ch, draw: Draw, *, missing="second"):
    params = two_parameters(draw)
    optimizer = ch.AdamW(list(params.values()), **OPTIONS)
    after = {}
    for step, name in enumerate(("first", "second", "third"), start=1):
        now = step_with_gradients(draw, optimizer, params, without="p" if name == missing else "")
        after |= {f"{name} after step {step}, rounded to float32": value.float() for name, value in now.items()}
    return after


@probe(
    'AdamW([{{"params": [p], "lr": 0.5}}, {{"params": [q], "weight_decay": 0.0}}]), 3 steps; then lr is halved, 1 step'
)
def adam_groups(ch, draw: Draw):
    params = two_parameters(draw)
    groups = [{"params": [params["p"]], "lr": 0.5}, {"params": [params["q"]], "weight_decay": 0.0}]
    optimizer = ch.AdamW(groups, lr=0.05, weight_decay=0.5)
    for _ in range(3):
        step_with_gradients(draw, optimizer, params)
    for group in optimizer.param_groups:
        group["lr"] /= 2
    now = step_with_gradients(draw, optimizer, params)
    return {f"{name}, rounded to float32": value.float() for name, value in now.items()}


@probe("AdamW([p, q]), 2 steps; then p, another name for p's memory, and the gradients")
def adam_in_place(ch, draw: Draw):
    params = two_parameters(draw)
    optimizer = ch.AdamW(list(params.values()), **OPTIONS)
    view = params["p"].detach().view(-1)
    for _ in range(2):
        step_with_gradients(draw, optimizer, params)
    found = {f"{name}.grad": p.grad for name, p in params.items()}
    same = bool(torch.equal(view, params["p"].detach().view(-1)))
    return {
        **found,
        "same memory": same,
        "p requires grad": params["p"].requires_grad,
        "p is a leaf": params["p"].is_leaf,
    }


def with_gradients(draw: Draw, scale: float) -> list[nn.Parameter]:
    """Return three parameters, the second without a gradient."""
    params = [nn.Parameter(draw.normal(*shape)) for shape in ((3, 2), (2,), (4,))]
    for p in (params[0], params[2]):
        p.grad = draw.normal(*p.shape, scale=scale)
    return params


@probe("clip_gradients([p, q, r], max_norm={max_norm}), gradients of a size around {scale}, q.grad is None")
def clipped(ch, draw: Draw, *, max_norm=1.0, scale=1.0):
    params = with_gradients(draw, scale)
    length = ch.clip_gradients(params, max_norm)
    return {"returned": length, "p.grad": params[0].grad, "q.grad": params[1].grad, "r.grad": params[2].grad}


@probe("clip_gradients(parameters, max_norm={max_norm}), parameters is a generator")
def clipped_from_a_generator(ch, draw: Draw, *, max_norm=1.0):
    params = with_gradients(draw, 2.0)
    length = ch.clip_gradients((p for p in params), max_norm)
    return {"returned": length, "p.grad": params[0].grad, "r.grad": params[2].grad}


@probe("clip_gradients([p, q, r], 1.0), then another name for p.grad")
def clipped_in_place(ch, draw: Draw):
    params = with_gradients(draw, 2.0)
    gradient = params[0].grad
    ch.clip_gradients(params, 1.0)
    return {"p.grad is the same tensor": params[0].grad is gradient, "p.grad by its other name": gradient}
