"""Probes of chapter 3."""

import copy
import itertools
import math

import torch
from torch import nn

from torchdojo.probe import Draw, probe, raised


def module_class(definition, *arguments):
    """Return the class to look for with isinstance, even if the chapter's name is a function that builds it."""
    return definition if isinstance(definition, type) else type(definition(*arguments))


# ---------------------------------------------------------------------------------------------------------- Linear

# Made here: while Linear is asked, torch's own is forbidden, to the probes too.
THEIRS = {bias: nn.Linear(4, 3, bias=bias) for bias in (True, False)}


def filled_linear(ch, draw: Draw, inputs: int = 4, outputs: int = 3, dtype: str = "float64", **options):
    """Return a Linear of this dtype on the probe's device, with drawn parameters."""
    layer = ch.Linear(inputs, outputs, **options).to(draw.device, getattr(torch, dtype))
    return fill_linear(layer, draw)


def fill_linear(layer, draw: Draw):
    """Set the parameters of a Linear, or of an nn.Linear, to drawn numbers; return it."""
    draw.fill_(layer.weight)
    if layer.bias is not None:
        draw.fill_(layer.bias)
    return layer


def starts_in_the_default(module) -> bool:
    """Return whether all parameters have torch's default dtype, which a submission may have changed."""
    return {p.dtype for p in module.parameters()} <= {torch.float32, torch.get_default_dtype()}


@probe("Linear({inputs}, {outputs})(x), x of shape {shape}")
def linear_values(ch, draw: Draw, *, inputs=4, outputs=3, shape=(2, 4), dtype="float64"):
    layer = filled_linear(ch, draw, inputs, outputs, dtype)
    x = draw.normal(*shape, dtype=getattr(torch, dtype))
    return {"y": layer(x), "x": x}


@probe("Linear({inputs}, {outputs})(x), x of shape {shape} and not contiguous")
def linear_strided(ch, draw: Draw, *, inputs=4, outputs=3, shape=(2, 5, 4)):
    layer = filled_linear(ch, draw, inputs, outputs)
    x = draw.normal(shape[1], shape[0], shape[2]).transpose(0, 1)
    return {"y": layer(x), "x": x}


@probe("three layers made one after the other, each called, given new parameters, and called again")
def linear_side_by_side(ch, draw: Draw):
    sizes = (4, 3), (5, 2), (4, 3)
    layers = [filled_linear(ch, draw, *size) for size in sizes]

    def call_all():
        return [layer(draw.normal(2, inputs)) for layer, (inputs, _) in zip(layers, sizes, strict=True)]

    first = call_all()
    for layer in layers:
        fill_linear(layer, draw)
    return {"y of each": first, "y of each, with new parameters": call_all()}


@probe("Linear(in_features=4, out_features=3, bias=False)")
def linear_without_bias(ch, draw: Draw, *, dtype="float64"):
    layer = ch.Linear(in_features=4, out_features=3, bias=False).to(draw.device, getattr(torch, dtype))
    fill_linear(layer, draw)
    x = draw.normal(2, 4, dtype=getattr(torch, dtype), grad=True)
    y = layer(x)
    y.square().sum().backward()
    return {
        "bias is None": layer.bias is None,
        "parameters": sorted(name for name, _ in layer.named_parameters()),
        "y": y,
        "y for x of shape (2, 3, 4)": layer(draw.normal(2, 3, 4, dtype=getattr(torch, dtype))),
        "x.grad": x.grad,
        "weight.grad": layer.weight.grad,
        "x": x,
    }


@probe("Linear(4, 3)(x).square().sum().backward(), x of shape {shape}")
def linear_gradients(ch, draw: Draw, *, shape=(3, 4)):
    layer = filled_linear(ch, draw)
    x = draw.normal(*shape, grad=True)
    layer(x).square().sum().backward()
    return {"x.grad": x.grad, "weight.grad": layer.weight.grad, "bias.grad": layer.bias.grad, "x": x}


@probe("Linear(4, 3), its parameters")
def linear_parameters(ch, draw: Draw):
    layer = ch.Linear(4, 3)
    named = dict(layer.named_parameters())
    return {
        "parameters": sorted(named),
        "weight.shape": list(layer.weight.shape),
        "bias.shape": list(layer.bias.shape),
        "weight is registered": named.get("weight") is layer.weight,
        "bias is registered": named.get("bias") is layer.bias,
        "all require grad": all(parameter.requires_grad for parameter in named.values()),
        "all have torch's default dtype": starts_in_the_default(layer),
    }


QUANTILES = 21


def spread(values, inputs: int):
    """Return the quantiles at 0, 5 %, …, 100 % in units of the bound: uniform numbers give −1, −0.9, …, 1."""
    values = values.detach().double().flatten() * inputs**0.5
    return torch.quantile(values, torch.linspace(0, 1, QUANTILES, dtype=torch.float64))


@probe("Linear({inputs}, {outputs}), its first numbers")
def linear_start(ch, draw: Draw, *, inputs=16, outputs=4000):
    ch.Linear(2, 5)  # what is remembered of it must not show in the next
    layer, bare = ch.Linear(inputs, outputs), ch.Linear(inputs, outputs, bias=False)
    weight, bias = layer.weight.detach(), layer.bias.detach()
    return {
        "weight": spread(weight, inputs),
        "bias": spread(bias, inputs),
        "weight with bias=False": spread(bare.weight, inputs),
        "weights are all drawn": weight.unique().numel() > 0.9 * inputs * outputs,
        "biases are all drawn": bias.unique().numel() > 0.9 * outputs,
        "share of biases that are among the weights": torch.isin(bias, weight).double().mean().item(),
    }


@probe("Linear(4, 3), made several times after torch.manual_seed")
def linear_seeded(ch, draw: Draw):
    def numbers():
        layer = ch.Linear(4, 3)
        return layer.weight.detach().clone(), layer.bias.detach().clone()

    def equal(first, second):
        return [torch.equal(a, b) for a, b in zip(first, second, strict=True)]

    seed = draw.integer(0, 2**31)
    torch.manual_seed(seed)
    first, second = numbers(), numbers()
    torch.manual_seed(seed)
    again = numbers()
    torch.manual_seed(seed + 1)
    other = numbers()
    return {
        "the same seed gives the same weight and bias": equal(first, again),
        "a second layer has the first one's weight or bias": equal(first, second),
        "another seed gives the same weight or bias": equal(first, other),
    }


@probe("nn.Linear(4, 3, bias={bias}).load_state_dict(Linear(4, 3, bias={bias}).state_dict()), and back")
def linear_state_dict(ch, draw: Draw, *, bias=True):
    mine = filled_linear(ch, draw, bias=bias)
    with draw.settings():
        theirs = copy.deepcopy(THEIRS[bias]).to(draw.device, torch.float64)
    x = draw.normal(2, 4)
    before = mine(x)
    forth = raised(lambda: theirs.load_state_dict(mine.state_dict()))
    y_theirs = (x @ theirs.weight.T + (theirs.bias if bias else 0)).detach()
    fill_linear(theirs, draw)
    back = raised(lambda: mine.load_state_dict(theirs.state_dict()))
    return {
        "keys": sorted(mine.state_dict()),
        "y of Linear": before,
        "error on loading into nn.Linear": forth["raised"],
        "y of nn.Linear": y_theirs if forth["raised"] is None else None,
        "error on loading back": back["raised"],
        "y of Linear after loading back": mine(x) if back["raised"] is None else None,
    }


# ------------------------------------------------------------------------------------------------------- DropLayer


class Constant(nn.Module):
    """A layer that returns the same positive numbers for every input, and counts its calls."""

    def __init__(self, value):
        super().__init__()
        self.register_buffer("value", value)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.value.expand(x.shape)


def drop_and_layer(ch, draw: Draw, survival_prob: float, shape):
    """Return a DropLayer around a Constant, the Constant, and an input. The constants lie between 0.5 and 1.5."""
    layer = Constant(draw.uniform(*shape, low=0.5, high=1.5))
    drop = ch.DropLayer(layer, survival_prob).to(draw.device)
    return drop, layer, draw.normal(*shape)


def share_added(y, x, layer):
    """Return what was added to x, in units of the layer's output, to six digits: 0 if dropped, 1 if kept whole."""
    shares = ((y.detach() - x) / layer.value).cpu().double()
    return (shares * 1e6).round() / 1e6 + 0.0


def set_mode(module, mode: str) -> None:
    """Put a module into a mode; for "training again", after a detour through evaluation."""
    if mode == "training again":
        module.eval()
    module.train(not mode.startswith("evaluation"))


@probe("DropLayer(layer, {survival_prob}) in {mode}, {forwards} times: how much of layer(x) was added to x")
def drop_shares(ch, draw: Draw, *, mode="training", survival_prob=0.625, forwards=48, shape=(3, 4)):
    drop, layer, x = drop_and_layer(ch, draw, survival_prob, shape)
    if mode == "training again":
        drop.eval()
        drop(x)
    set_mode(drop, mode)
    if mode.endswith("by itself"):
        layer.train(not drop.training)
    shares, shapes = set(), set()
    for _ in range(forwards):
        before = x.clone()
        y = drop(x)
        shares.update(share_added(y, before, layer).flatten().tolist())
        shapes.add(tuple(y.shape))
        with torch.no_grad():
            x.copy_(before)
    outputs = {"shares": sorted(shares)[:8], "shapes": sorted(shapes)[:8]}
    return {**outputs, "y.dtype": str(y.dtype), "device": str(y.device)}


@probe("DropLayer(layer, 0.625)(x) in training, 64 times: is the layer kept for some samples, dropped for others?")
def drop_batches(ch, draw: Draw, *, shape=(6, 4)):
    drop, layer, x = drop_and_layer(ch, draw, 0.625, shape)
    split = False
    for _ in range(64):
        before = x.clone()
        shares = share_added(drop(x), before, layer)
        split = split or bool((shares != shares.flatten()[0]).any())
        with torch.no_grad():
            x.copy_(before)
    return {"samples of one batch treated differently": split}


@probe("DropLayer(layer, 0.625)(x), 64 times in training, then 4 times in evaluation: how often layer was called")
def drop_calls(ch, draw: Draw):
    drop, layer, x = drop_and_layer(ch, draw, 0.625, (3, 4))

    def forward():
        before, calls = x.clone(), layer.calls
        kept = not torch.equal(drop(x), before)
        with torch.no_grad():
            x.copy_(before)
        return kept, layer.calls - calls

    in_training = [forward() for _ in range(64)]
    drop.eval()
    in_evaluation = [forward() for _ in range(4)]
    return {
        "calls when kept": sorted({count for kept, count in in_training if kept}),
        "calls when dropped": sorted({count for kept, count in in_training if not kept}),
        "calls in evaluation": sorted({count for _, count in in_evaluation}),
    }


def fewer_on_a_device(forwards: int, draw: Draw) -> int:
    """Return how many forward passes to make: the statistics are judged on the CPU, and a device need only run them."""
    return forwards if draw.device.type == "cpu" else min(forwards, 8)


def choices(drop, layer, x, forwards: int) -> list[bool]:
    """Return for each of these forward passes in training whether the layer was kept."""
    original, kept = x.clone(), []
    for _ in range(forwards):
        kept.append(not torch.equal(drop(x), original))
        x.copy_(original)
    return kept


@probe("DropLayer(layer, {survival_prob})(x), {forwards} times in training: how often the layer was kept")
def drop_rate(ch, draw: Draw, *, survival_prob=0.9, forwards=1600):
    forwards = fewer_on_a_device(forwards, draw)
    kept = choices(*drop_and_layer(ch, draw, survival_prob, (1, 1)), forwards)
    return {"share kept": sum(kept) / forwards}


@probe("two DropLayer(layer, 0.5) in turn, {forwards} times in training: how often the draws agree")
def drop_agreement(ch, draw: Draw, *, forwards=600):
    forwards = fewer_on_a_device(forwards, draw)
    (first, second) = (drop_and_layer(ch, draw, 0.5, (1, 1)) for _ in range(2))
    pairs = [(*choices(*first, 1), *choices(*second, 1)) for _ in range(forwards)]
    steps = itertools.pairwise(one for one, _ in pairs)
    return {
        "share of forward passes in which both decide alike": sum(a == b for a, b in pairs) / forwards,
        "share that decide as the one before": sum(a == b for a, b in steps) / (forwards - 1),
    }


@probe("DropLayer(layer, 0.5)(x), 64 times in training, after torch.manual_seed")
def drop_seeded(ch, draw: Draw):
    parts = drop_and_layer(ch, draw, 0.5, (2, 3))

    def seeded(seed):
        torch.manual_seed(seed)
        return choices(*parts, 64)

    seed = draw.integer(0, 2**31)
    first, again, other = seeded(seed), seeded(seed), seeded(seed + 1)
    return {
        "the same seed gives the same choices": first == again,
        "another seed gives the same choices": first == other,
    }


@probe("DropLayers side by side, with survival_prob 1.0, 0.0 and 0.25")
def drop_side_by_side(ch, draw: Draw):
    parts = [drop_and_layer(ch, draw, survival_prob, (2, 3)) for survival_prob in (1.0, 0.0, 0.25)]
    always, never, _ = parts
    return {
        "y of the first two in training": [drop(x) for drop, _, x in (always, never)],
        "y of each in evaluation": [drop.eval()(x) for drop, _, x in parts],
        "y of the second, alone in training again": never[0].train()(never[2]),
        "y of the first, still in evaluation": always[0](always[2]),
        "x afterwards": [x for _, _, x in parts],
    }


@probe("DropLayer(DropLayer(layer, 0.5), 0.625)(x), 64 times in training, then in evaluation")
def drop_nested(ch, draw: Draw, *, shape=(2, 3)):
    inner, layer, x = drop_and_layer(ch, draw, 0.5, shape)
    outer = ch.DropLayer(inner, 0.625).to(draw.device)
    before = x.clone()
    known = {"x": before, "x + x": 2 * before, "x + x + layer(x)": 2 * before + layer.value}
    found = set()
    for _ in range(64):
        y = outer(x)
        found.add(next((name for name, value in known.items() if torch.allclose(y, value)), "something else"))
    return {"y in training is": sorted(found), "y in evaluation": outer.eval()(x), "x": x}


def inner_layer(draw: Draw, kind: str, dtype: str = "float64"):
    """Return a layer that keeps the shape of its input, with drawn parameters."""
    with draw.settings():
        layer = nn.Linear(4, 4)
        if kind == "conv":
            layer = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.Tanh())
        layer = layer.to(draw.device, getattr(torch, dtype))
    for parameter in layer.parameters():
        draw.fill_(parameter)
    return layer


def forward_until(drop, x, kept: bool):
    """Return the result of the first forward pass in training, of 64, in which the layer was kept (or dropped)."""
    drop.train()
    before = x.detach().clone()
    for _ in range(64):
        y = drop(x)
        if torch.equal(y, before) != kept:
            return y
        with torch.no_grad():
            x.copy_(before)
    return torch.full_like(before, float("nan"))


@probe("DropLayer({kind}, 0.625)(x), x of shape {shape}, in training (kept, dropped) and in evaluation")
def drop_values(ch, draw: Draw, *, kind="linear", shape=(3, 4), dtype="float64"):
    layer = inner_layer(draw, kind, dtype)
    drop = ch.DropLayer(layer=layer, survival_prob=0.625).to(draw.device, getattr(torch, dtype))
    xs = [draw.normal(*shape, dtype=getattr(torch, dtype)) for _ in range(3)]
    with torch.no_grad():
        ys = [forward_until(drop, xs[0], kept=True), forward_until(drop, xs[1], kept=False), drop.eval()(xs[2])]
    return {"y when kept": ys[0], "y when dropped": ys[1], "y in evaluation": ys[2], "x afterwards": xs}


@probe("DropLayer(linear, 0.625)(x) in {mode}, then y.square().sum().backward()")
def drop_gradients(ch, draw: Draw, *, mode="evaluation"):
    layer = inner_layer(draw, "linear")
    drop = ch.DropLayer(layer, 0.625).to(draw.device)
    x = draw.normal(3, 4, grad=True)
    y = drop.eval()(x) if mode == "evaluation" else forward_until(drop, x, kept=mode == "training, when kept")
    y.square().sum().backward()
    grads = [parameter.grad for parameter in layer.parameters()]
    return {
        "x.grad": x.grad,
        "layer's grads": [None if g is None or not g.any() else g for g in grads],
    }


@probe("DropLayer(layer, 0.5): is layer registered in it?")
def drop_registered(ch, draw: Draw):
    with draw.settings():
        layer, twin = (nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)).to(draw.device) for _ in range(2))
    drop, other = ch.DropLayer(layer, 0.5), ch.DropLayer(twin, 0.5)
    registered = {id(parameter) for parameter in drop.parameters()}
    modes = []
    for training in (False, True):
        drop.train(training)
        modes.append(layer[1].training)
    other.load_state_dict(drop.state_dict())
    return {
        "the layer's parameters are among its parameters": all(id(p) in registered for p in layer.parameters()),
        "the layer after eval() and after train()": modes,
        "a loaded state_dict reaches the layer": bool(torch.equal(layer[0].weight, twin[0].weight)),
    }


@probe("DropLayer(layer, survival_prob) with survival_prob {first}, and with other numbers outside [0, 1]")
def drop_out_of_range(ch, draw: Draw, *, first=1.25):
    def build(survival_prob):
        return raised(lambda: ch.DropLayer(nn.Identity(), survival_prob))

    others = {number: build(number) for number in (-0.25, -1.0, 2.0, -0.001, 1.001, math.inf, math.nan)}
    legal = {number: build(number) for number in (0.0, 0.001, 0.5, 0.999, 1.0)}
    legal |= {f"int {number}": build(number) for number in (0, 1)}
    refused = {str(n): r["is_value_error"] for n, r in others.items()}
    return {**build(first), "refused": refused, "legal": {str(n): r["raised"] for n, r in legal.items()}}


# ------------------------------------------------------------------------------------------ survival_probabilities


@probe("survival_probabilities({depth}, final={final})")
def probabilities(ch, draw: Draw, *, depth=4, final=0.5):
    return {"probabilities": [float(p) for p in ch.survival_probabilities(depth, final=final)]}


@probe("survival_probabilities({depth})")
def probabilities_by_default(ch, draw: Draw, *, depth=4):
    return {"probabilities": [float(p) for p in ch.survival_probabilities(depth=depth)]}


@probe("survival_probabilities of (3, 0.5), (3, 0.2), (5, 0.2), and of (3, 0.5) again")
def probabilities_again(ch, draw: Draw):
    """The first list is emptied before the last call, as a caller may do with a list of its own."""
    first = ch.survival_probabilities(3, 0.5)
    shown = {"(3, 0.5)": [float(p) for p in first]}
    for depth in (3, 5):
        shown[f"({depth}, 0.2)"] = [float(p) for p in ch.survival_probabilities(depth, 0.2)]
    if isinstance(first, list):
        first.clear()
    return {**shown, "(3, 0.5) again": [float(p) for p in ch.survival_probabilities(3, 0.5)]}


@probe("survival_probabilities(3, {final}), its type and the types in it")
def probabilities_type(ch, draw: Draw, *, final=0.2):
    result = ch.survival_probabilities(3, final)
    types = sorted({"float" if isinstance(p, float) else type(p).__name__ for p in result})
    kind = "list" if isinstance(result, list) else type(result).__name__
    return {"type": kind, "of": types, "length": len(list(result))}


# --------------------------------------------------------------------------------------------------------- DropNet


def weight_and_bias(block):
    """Return the weight and the bias inside a block, whose module has no fixed name."""
    weight = next(p for p in block.parameters() if p.dim() == 2)
    bias = next(p for p in block.parameters() if p.dim() == 1 and len(p) == len(weight))
    return weight, bias


def fill_net(net, draw: Draw) -> list:
    """Set every parameter of a DropNet to drawn numbers; return them in order."""
    parameters = [net.stem.weight, net.stem.bias]
    for block in net.blocks:
        parameters += weight_and_bias(block)
    parameters += [net.head.weight, net.head.bias]
    for parameter in parameters:
        draw.fill_(parameter)
    return parameters


@probe("DropNet(in_features=3, width=5, depth={depth}, num_classes=2), its parts")
def net_parts(ch, draw: Draw, *, depth=4):
    other = ch.DropNet(in_features=3, width=5, depth=depth + 1, num_classes=2)
    net = ch.DropNet(in_features=3, width=5, depth=depth, num_classes=2)
    linear, drop = module_class(ch.Linear, 1, 1), module_class(ch.DropLayer, nn.Identity(), 1.0)
    linear_layers = [m for m in net.modules() if isinstance(m, linear)]
    return {
        "stem is the chapter's Linear": isinstance(net.stem, linear),
        "stem.weight.shape": list(net.stem.weight.shape),
        "stem has a bias": net.stem.bias is not None,
        "blocks is a Sequential or a ModuleList": isinstance(net.blocks, nn.Sequential | nn.ModuleList),
        "blocks that are a DropLayer": [isinstance(block, drop) for block in net.blocks],
        "weights of the Linear layers in each block": [
            [list(m.weight.shape) for m in block.modules() if isinstance(m, linear)] for block in net.blocks
        ],
        "head is the chapter's Linear": isinstance(net.head, linear),
        "head.weight.shape": list(net.head.weight.shape),
        "head has a bias": net.head.bias is not None,
        "different Linear layers": len(linear_layers),
        "their parameters": len({id(p) for m in linear_layers for p in m.parameters()}),
        "blocks of a net made before": len(other.blocks),
        "parameters shared with a net made before": len(set(net.parameters()) & set(other.parameters())),
        "all start in torch's default dtype": starts_in_the_default(net),
    }


@probe("DropNet(3, 4, 4, 4), made several times after torch.manual_seed")
def net_seeded(ch, draw: Draw):
    def weights(seed=None):
        if seed is not None:
            torch.manual_seed(seed)
        net = ch.DropNet(3, 4, 4, 4)
        blocks = [weight_and_bias(block)[0] for block in net.blocks]
        return [weight.detach().clone() for weight in (net.stem.weight, *blocks, net.head.weight)]

    def alike(pairs):
        return [torch.equal(a, b) for a, b in pairs]

    seed = draw.integer(0, 2**31)
    first, second, again, other = weights(seed), weights(), weights(seed), weights(seed + 1)
    return {
        "the same seed gives the same numbers": alike(zip(first, again, strict=True)),
        "another seed gives the same numbers": alike(zip(first, other, strict=True)),
        "a second net starts with the numbers of the first": alike(zip(first, second, strict=True)),
        "two layers start with the same numbers": any(alike(itertools.combinations(first, 2))),
    }


@probe("DropNet(3, 5, {depth}, 2, final={final})(x) in {mode}, x of shape ({samples}, 3)")
def net_values(ch, draw: Draw, *, mode="evaluation", depth=4, final=0.25, samples=6, dtype="float64"):
    net = ch.DropNet(3, 5, depth, 2, final=final).to(draw.device, getattr(torch, dtype))
    fill_net(net, draw)
    set_mode(net, mode)
    x = draw.normal(samples, 3, dtype=getattr(torch, dtype))
    return {"logits": net(x), "x": x}


@probe("DropNet(3, 5, 3, 2, final=1.0)(x) in {mode}, then logits.square().sum().backward()")
def net_gradients(ch, draw: Draw, *, mode="training"):
    net = ch.DropNet(3, 5, 3, 2, 1.0).to(draw.device, torch.float64)
    parameters = fill_net(net, draw)
    set_mode(net, mode)
    x = draw.normal(4, 3, grad=True)
    logits = net(x)
    logits.square().sum().backward()
    return {"logits": logits, "grads": [parameter.grad for parameter in parameters], "x.grad": x.grad}


def marked_net(ch, draw: Draw, depth: int, **options):
    """Return a net whose logit l is the share of block l: block l adds 1 at index l, stem adds 0, head is identity."""
    net = ch.DropNet(3, depth, depth, depth, **options).to(draw.device, torch.float64)
    with torch.no_grad():
        for parameter in (net.stem.weight, net.stem.bias, net.head.weight, net.head.bias):
            parameter.zero_()
        net.head.weight.fill_diagonal_(1.0)
        for index, block in enumerate(net.blocks):
            weight, bias = weight_and_bias(block)
            weight.zero_()
            bias.zero_()
            bias[index] = 1.0
    return net


@probe("DropNet(…, depth={depth}, final={final}) in evaluation: the share of each block that is added")
def net_weighting(ch, draw: Draw, *, depth=5, final=0.2):
    other = marked_net(ch, draw, depth, final=0.9).eval()
    net = marked_net(ch, draw, depth, final=final).eval()
    x = draw.normal(1, 3)
    return {"shares": net(x).flatten().tolist(), "shares of a net made before": other(x).flatten().tolist()}


@probe("DropNet(…, depth={depth}) in evaluation: the share of each block that is added")
def net_weighting_by_default(ch, draw: Draw, *, depth=3):
    net = marked_net(ch, draw, depth).eval()
    return {"shares": net(draw.normal(1, 3)).flatten().tolist()}


def used_blocks(net, draw: Draw, forwards: int):
    """Return how much of each block was used in training: (forward passes, samples, blocks)."""
    net.train()
    x = draw.normal(2, 3)
    with torch.no_grad():
        return torch.stack([net(x) for _ in range(forwards)])


@probe("DropNet(…, depth=4, final=0.25) in training, 64 times: the share of each block that is added")
def net_use(ch, draw: Draw):
    used = used_blocks(marked_net(ch, draw, 4, final=0.25), draw, 64)
    return {
        "shares": sorted({round(value, 6) + 0.0 for value in used.flatten().tolist()})[:8],
        "samples of one batch treated differently": bool((used[:, 0] != used[:, 1]).any()),
    }


@probe("DropNet(…, depth=4, final=0.25) in training, {forwards} times: how often each block is used")
def net_rates(ch, draw: Draw, *, forwards=400):
    forwards = fewer_on_a_device(forwards, draw)
    used = used_blocks(marked_net(ch, draw, 4, final=0.25), draw, forwards)[:, 0] > 0.5
    pairs = itertools.combinations(used.T.tolist(), 2)
    return {
        "rates": used.double().mean(dim=0),
        "ways in which two blocks were used or not": [len(set(zip(a, b, strict=True))) for a, b in pairs],
    }
