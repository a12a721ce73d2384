"""Probes of chapter 3."""

import copy
import math
import random

import numpy
import torch
from torch import Tensor, nn

from torchdojo.probe import Draw, probe, raised


def module_class(definition, *arguments):
    """Return the class to look for with isinstance, even if the chapter's name is a function that builds it."""
    return definition if isinstance(definition, type) else type(definition(*arguments))


def seed_other_generators(draw: Draw) -> None:
    """Seed the generators of Python and NumPy, so that a mistake that draws from them can be recognised."""
    random.seed(draw.seed)
    numpy.random.seed(draw.seed % 2**32)


def go_backward(y) -> None:
    """Call y.square().sum().backward() where there is a graph; where there is none, the missing gradients show it."""
    if isinstance(y, Tensor) and y.requires_grad:
        y.square().sum().backward()


def shape_of(tensor: Tensor) -> str:
    """Return a shape as it is written, such as "(2, 3)"."""
    return str(tuple(tensor.shape))


def kept_as(tensor, registered) -> str:
    """Describe a parameter by whether the module has registered it."""
    return "a registered nn.Parameter" if registered is tensor else "not a registered nn.Parameter"


def show_bias(layer) -> str:
    return "None" if layer.bias is None else f"a tensor of shape {shape_of(layer.bias)}"


def names_of_parameters(module) -> list[str]:
    return sorted(name for name, _ in module.named_parameters())


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


def dtypes_at_the_start(module) -> str:
    """Return the dtypes of the parameters, or that they are torch's default, which a submission may have changed."""
    found = {p.dtype for p in module.parameters()}
    is_default = found <= {torch.float32, torch.get_default_dtype()}
    return "torch's default" if is_default else ", ".join(sorted(str(d).removeprefix("torch.") for d in found))


@probe("y = Linear({inputs}, {outputs})(x), with a weight and a bias of ours; x of shape {shape}, {dtype}")
def linear_values(ch, draw: Draw, *, inputs=4, outputs=3, shape=(2, 4), dtype="float64"):
    layer = filled_linear(ch, draw, inputs, outputs, dtype)
    x = draw.normal(*shape, dtype=getattr(torch, dtype))
    shapes = {"shape of layer.weight": shape_of(layer.weight), "layer.bias": show_bias(layer)}
    return {**shapes, "y": layer(x), "x after the call": x}


@probe("y = Linear({inputs}, {outputs})(x), with a weight and a bias of ours; x of shape {shape}, not contiguous")
def linear_strided(ch, draw: Draw, *, inputs=4, outputs=3, shape=(2, 5, 4)):
    layer = filled_linear(ch, draw, inputs, outputs)
    x = draw.normal(shape[1], shape[0], shape[2]).transpose(0, 1)
    return {"y": layer(x), "x after the call": x}


@probe("Linear(4, 3), Linear(5, 2) and Linear(4, 3), each called on 2 vectors, given new parameters, and called again")
def linear_side_by_side(ch, draw: Draw):
    sizes = (4, 3), (5, 2), (4, 3)
    layers = [filled_linear(ch, draw, *size) for size in sizes]

    def call_all(when=""):
        names = "the first Linear(4, 3)", "Linear(5, 2)", "the second Linear(4, 3)"
        called = zip(names, layers, sizes, strict=True)
        return {f"y of {name}{when}": layer(draw.normal(2, inputs)) for name, layer, (inputs, _) in called}

    first = call_all()
    for layer in layers:
        fill_linear(layer, draw)
    return {**first, **call_all(", with new parameters")}


@probe(
    "layer = Linear(in_features=4, out_features=3, bias=False), with a weight of ours; y = layer(x), "
    "x of shape (2, 4), {dtype}; y.square().sum().backward(); then layer(x) for another x, of shape (2, 3, 4)"
)
def linear_without_bias(ch, draw: Draw, *, dtype="float64"):
    layer = ch.Linear(in_features=4, out_features=3, bias=False).to(draw.device, getattr(torch, dtype))
    fill_linear(layer, draw)
    x = draw.normal(2, 4, dtype=getattr(torch, dtype), grad=True)
    y = layer(x)
    go_backward(y)
    return {
        "layer.bias": show_bias(layer),
        "names of the parameters": names_of_parameters(layer),
        "y": y,
        "y for x of shape (2, 3, 4)": layer(draw.normal(2, 3, 4, dtype=getattr(torch, dtype))),
        "x.grad": x.grad,
        "layer.weight.grad": layer.weight.grad,
        "x after the call": x,
    }


@probe("y = layer(x), layer = Linear(4, 3), x of shape {shape}, float64; y.square().sum().backward()")
def linear_gradients(ch, draw: Draw, *, shape=(3, 4)):
    layer = filled_linear(ch, draw)
    x = draw.normal(*shape, grad=True)
    go_backward(layer(x))
    grads = {"x.grad": x.grad, "layer.weight.grad": layer.weight.grad, "layer.bias.grad": layer.bias.grad}
    return {**grads, "x after the call": x}


@probe("layer = Linear({inputs}, {outputs})")
def linear_parameters(ch, draw: Draw, *, inputs=4, outputs=3):
    layer = ch.Linear(inputs, outputs)
    named = dict(layer.named_parameters())
    return {
        "names of the parameters": names_of_parameters(layer),
        "shape of layer.weight": shape_of(layer.weight),
        "shape of layer.bias": shape_of(layer.bias),
        "layer.weight": kept_as(layer.weight, named.get("weight")),
        "layer.bias": kept_as(layer.bias, named.get("bias")),
        "parameters that do not require grad": ", ".join(n for n, p in named.items() if not p.requires_grad) or "none",
        "dtype of the parameters": dtypes_at_the_start(layer),
    }


@probe("Linear({inputs}, {outputs}), with and without a bias: the numbers it starts with")
def linear_start(ch, draw: Draw, *, inputs=16, outputs=4000):
    ch.Linear(2, 5)  # what is remembered of it must not show in the next
    layer, bare = ch.Linear(inputs, outputs), ch.Linear(inputs, outputs, bias=False)
    numbers = {"weight": layer.weight, "bias": layer.bias, "weight with bias=False": bare.weight}
    return {name: values.detach().float() for name, values in numbers.items()}


@probe("Linear({inputs}, {outputs}), twice after torch.manual_seed(s), once after the same seed, once after s + 1")
def linear_seeded(ch, draw: Draw, *, inputs=4, outputs=3):
    def numbers():
        layer = ch.Linear(inputs, outputs)
        return torch.cat([layer.weight.detach().flatten(), layer.bias.detach().flatten()]).float()

    seed_other_generators(draw)
    seed = draw.integer(0, 2**31)
    torch.manual_seed(seed)
    first, second = numbers(), numbers()
    torch.manual_seed(seed)
    again = numbers()
    torch.manual_seed(seed + 1)
    return {"a layer": first, "the next layer": second, "after the same seed": again, "after another seed": numbers()}


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
        "names in the state_dict": sorted(mine.state_dict()),
        "y of Linear": before,
        "error on loading it into nn.Linear": forth["raised"],
        "y of nn.Linear after that": y_theirs if forth["raised"] is None else None,
        "error on loading that of nn.Linear into Linear": back["raised"],
        "y of Linear after that": mine(x) if back["raised"] is None else None,
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


def distinct_results(forward, x, forwards: int, enough: int) -> list:
    """Return the different results of these forward passes, each from the same x, in the order of their sums.

    enough: how many different ones end the search
    """
    found: list = []
    for _ in range(forwards):
        if len(found) == enough:
            break
        y = forward(x.clone()).detach()
        if not any(is_same(y, other) for other in found):
            found.append(y.clone())
    return sorted(found, key=lambda y: y.sum().item())[:8]


def is_same(y, other) -> bool:
    """Return whether two results agree; as a rule they are equal, which is seen faster than that they are close."""
    return y.shape == other.shape and (torch.equal(y, other) or torch.allclose(y, other))


def name_result(y, x, layer, survival_prob: float) -> str:
    """Return what was added to x; the layer's output is positive, so it shows in each number."""
    if y.shape != x.shape:
        return f"a tensor of shape {tuple(y.shape)}"
    shares = share_added(y, x, layer).flatten().tolist()
    if all(share == shares[0] for share in shares):
        known = {0.0: "x", 1.0: "x + layer(x)"}
        return known.get(shares[0], f"x + {shares[0]:g} · layer(x)")
    others = {
        "0": torch.zeros_like(x),
        "layer(x)": layer.value,
        f"{survival_prob:g} · layer(x)": survival_prob * layer.value,
        f"{survival_prob:g} · (x + layer(x))": survival_prob * (x + layer.value),
    }
    found = (name for name, value in others.items() if bool(((y - value).abs() < 1e-6).all()))
    in_part = len({share for share in shares if share}) == 1
    return next(found, "layer(x) added to part of x" if in_part else "neither x nor x + a multiple of layer(x)")


@probe("DropLayer(layer, {survival_prob})(x) in {mode}, {forwards} times, x of shape {shape}: the different results")
def drop_results(ch, draw: Draw, *, mode="training", survival_prob=0.625, forwards=48, shape=(3, 4)):
    drop, layer, x = drop_and_layer(ch, draw, survival_prob, shape)
    if mode == "training again":
        drop.eval()
        drop(x.clone())
    set_mode(drop, mode)
    if ", the layer alone in " in mode:
        layer.train(not drop.training)
    in_all = 2 if mode.startswith("training") else 1
    results = distinct_results(drop, x, forwards, enough=forwards if draw.device.type == "cpu" else in_all)
    names = list(dict.fromkeys(name_result(y, x, layer, survival_prob) for y in results))
    shown = ", ".join(names) if len(names) <= 4 else "more than 4"
    return {"the different results": shown, "their numbers": results}


# In the probes below, x and layer(x) are the same number everywhere. The check draws the two, and tells from each
# result what became of them.


def plain_drop(ch, draw: Draw, survival_prob: float, shape, x: float, added: float):
    """Return a DropLayer around a layer that returns `added`, the layer, and an input of `x`, everywhere."""
    with draw.settings():
        values = [torch.full(shape, number, dtype=torch.float64).to(draw.device) for number in (x, added)]
    layer = Constant(values[1])
    return ch.DropLayer(layer, survival_prob).to(draw.device), layer, values[0]


def forward_again(drop, x):
    """Return a copy of drop(x), and leave x as it is, whatever drop does to its input."""
    return drop(x.clone()).detach().clone()


def fewer_on_a_device(forwards: int, draw: Draw) -> int:
    """Return how many forward passes to make: the statistics are judged on the CPU, and a device need only run them."""
    return forwards if draw.device.type == "cpu" else min(forwards, 8)


@probe("DropLayer(layer, 0.625)(x) in training, 64 times: the least and the largest number in each result")
def drop_batches(ch, draw: Draw, *, shape=(6, 4), x=1.0, added=0.5):
    drop, _, inputs = plain_drop(ch, draw, 0.625, shape, x, added)
    results = [forward_again(drop, inputs) for _ in range(fewer_on_a_device(64, draw))]
    ends = {(round(y.min().item(), 9), round(y.max().item(), 9)) for y in results}
    return {"the least and the largest number": torch.tensor(sorted(ends)[:8], dtype=torch.float64, device="cpu")}


@probe("DropLayer(layer, 0.625)(x), 64 times in training, then 4 times in evaluation: how often layer was called")
def drop_calls(ch, draw: Draw, *, x=1.0, added=0.5):
    drop, layer, inputs = plain_drop(ch, draw, 0.625, (3, 4), x, added)

    def forward():
        calls = layer.calls
        y = forward_again(drop, inputs)
        return round(y.mean().item(), 9), layer.calls - calls

    def different(forwards):
        pairs = sorted({forward() for _ in range(forwards)})
        return torch.tensor(pairs[:8], dtype=torch.float64, device="cpu")

    in_training = different(fewer_on_a_device(64, draw))
    drop.eval()
    return {"results and calls in training": in_training, "results and calls in evaluation": different(4)}


def results_in_turn(drops, x, forwards: int, draw: Draw):
    """Return what each of these layers made of x, one number, in each forward pass: (forwards, layers)."""
    with torch.no_grad():
        results = [forward_again(drop, x) for _ in range(fewer_on_a_device(forwards, draw)) for drop in drops]
    return torch.stack(results).view(-1, len(drops))


@probe("DropLayer(layer, {survival_prob})(x), {forwards} times in training, x = {x} and layer(x) = {added}")
def drop_rate(ch, draw: Draw, *, survival_prob=0.9, forwards=800, x=1.0, added=0.5):
    """Running sums tell each result, and are close where the rates are: so a mistake is known by its rate."""
    drop, _, inputs = plain_drop(ch, draw, survival_prob, (1, 1), x, added)
    results = results_in_turn([drop], inputs, forwards, draw)
    return {"y, summed over the forward passes": results[:, 0].cumsum(0)}


@probe("two DropLayer(layer, 0.5)(x) in turn, {forwards} times in training, x = {x} and layer(x) = {added}")
def drop_draws(ch, draw: Draw, *, forwards=500, x=1.0, added=0.5):
    parts = [plain_drop(ch, draw, 0.5, (1, 1), x, added) for _ in range(2)]
    return {"y": results_in_turn([drop for drop, _, _ in parts], parts[0][2], forwards, draw)}


@probe("DropLayer(layer, 0.5)(x), 64 times in training, after torch.manual_seed, x = {x} and layer(x) = {added}")
def drop_seeded(ch, draw: Draw, *, x=1.0, added=0.5):
    drop, _, inputs = plain_drop(ch, draw, 0.5, (1, 1), x, added)
    seed_other_generators(draw)

    def seeded(seed):
        torch.manual_seed(seed)
        return results_in_turn([drop], inputs, 64, draw)[:, 0]

    seed = draw.integer(0, 2**31)
    return {"y": seeded(seed), "y after the same seed": seeded(seed), "y after another seed": seeded(seed + 1)}


def result_of(drop, x):
    """Return drop(x) as it is now, whatever becomes of that tensor later."""
    y = drop(x)
    return y.clone() if isinstance(y, Tensor) else y


@probe("DropLayers side by side, with survival_prob 1.0, 0.0 and 0.25, in evaluation")
def drop_side_by_side(ch, draw: Draw):
    parts = {p: drop_and_layer(ch, draw, p, (2, 3)) for p in (1.0, 0.0, 0.25)}
    xs = {f"x with survival_prob={p}, after the calls": x for p, (_, _, x) in parts.items()}
    ys = {f"y with survival_prob={p}": result_of(drop.eval(), x) for p, (drop, _, x) in parts.items()}
    always, _, x = parts[1.0]
    parts[0.0][0].train()
    another = "y with survival_prob=1.0, once the one with 0.0 is in training"
    return {**xs, **ys, another: result_of(always, x)}


@probe("DropLayers side by side, with survival_prob 1.0, 0.0 and 0.25, in training")
def drop_never_and_always(ch, draw: Draw):
    parts = [drop_and_layer(ch, draw, p, (2, 3)) for p in (1.0, 0.0, 0.25)]
    (always, _, x_always), (never, _, x_never), _ = parts
    ys = {
        "y with survival_prob=1.0": result_of(always, x_always),
        "y with survival_prob=0.0": result_of(never, x_never),
    }
    for drop, _, x in parts:
        drop.eval()(x.clone())
    never.train()
    ys["y with survival_prob=0.0, switched to evaluation and back to training"] = result_of(never, x_never)
    return {"x with survival_prob=1.0, after the calls": x_always, **ys}


@probe("DropLayer(DropLayer(layer, 0.5), 0.625)(x), 64 times in training, then in evaluation")
def drop_nested(ch, draw: Draw, *, shape=(2, 3)):
    inner, layer, x = drop_and_layer(ch, draw, 0.5, shape)
    outer = ch.DropLayer(inner, 0.625).to(draw.device)
    known = {"x": x.clone(), "x + x": 2 * x, "x + x + layer(x)": 2 * x + layer.value}
    found = set()
    for _ in range(64):
        if draw.device.type != "cpu" and len(found) == len(known):
            break
        y = outer(x)
        found.add(next((name for name, value in known.items() if torch.allclose(y, value)), "something else"))
    y = outer.eval()(x)
    return {"the different results in training": sorted(found), "y in evaluation": y, "x after the calls": x}


def inner_layer(draw: Draw, kind: str = "a linear layer", dtype: str = "float64"):
    """Return a layer that keeps the shape of its input, with drawn parameters."""
    with draw.settings():
        layer = nn.Linear(4, 4)
        if kind == "a convolution":
            layer = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.Tanh())
        layer = layer.to(draw.device, getattr(torch, dtype))
    for parameter in layer.parameters():
        draw.fill_(parameter)
    return layer


def forward_until(drop, x, kept: bool):
    """Return the result of the first forward pass in training in which the layer was kept (or dropped).

    Return a text if there is none in 64: with a probability of 0.625 that does not happen by chance.
    """
    drop.train()
    before = x.detach().clone()
    for _ in range(64):
        y = drop(x)
        if torch.equal(y, before) != kept:
            return y
        with torch.no_grad():
            x.copy_(before)
    return "not once in 64 forward passes"


@probe("DropLayer({kind}, 0.625)(x), x of shape {shape}, {dtype}, in training until kept, until dropped, in evaluation")
def drop_values(ch, draw: Draw, *, kind="a linear layer", shape=(3, 4), dtype="float64"):
    layer = inner_layer(draw, kind, dtype)
    drop = ch.DropLayer(layer=layer, survival_prob=0.625).to(draw.device, getattr(torch, dtype))
    xs = [draw.normal(*shape, dtype=getattr(torch, dtype)) for _ in range(3)]
    with torch.no_grad():
        ys = [forward_until(drop, xs[0], kept=True), forward_until(drop, xs[1], kept=False), drop.eval()(xs[2])]
    when = "when kept", "when dropped", "in evaluation"
    inputs = {f"x {case}, after the call": x for case, x in zip(when, xs, strict=True)}
    return {**{f"y {case}": y for case, y in zip(when, ys, strict=True)}, **inputs}


@probe("y = DropLayer(nn.Linear(4, 4), 0.625)(x) in {mode}, x of shape (3, 4); y.square().sum().backward()")
def drop_gradients(ch, draw: Draw, *, mode="evaluation"):
    layer = inner_layer(draw)
    drop = ch.DropLayer(layer, 0.625).to(draw.device)
    x = draw.normal(3, 4, grad=True)
    y = drop.eval()(x) if mode == "evaluation" else forward_until(drop, x, kept=mode == "training, when kept")
    go_backward(y)
    grads = {f"layer.{name}.grad": parameter.grad for name, parameter in layer.named_parameters()}
    return {"x.grad": x.grad, **{name: None if g is None or not g.any() else g for name, g in grads.items()}}


@probe("drop = DropLayer(layer, 0.5), layer = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))")
def drop_registered(ch, draw: Draw):
    with draw.settings():
        layer, twin = (nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)).to(draw.device) for _ in range(2))
    for parameter in (*layer.parameters(), *twin.parameters()):
        draw.fill_(parameter)
    drop, other = ch.DropLayer(layer, 0.5), ch.DropLayer(twin, 0.5)
    registered = {id(parameter) for parameter in drop.parameters()}
    found = {name: p if id(p) in registered else None for name, p in layer[0].named_parameters()}
    modes = {}
    for training in (False, True):
        drop.train(training)
        modes[f"layer.training after drop.{'train' if training else 'eval'}()"] = layer.training and layer[1].training
    other.load_state_dict(drop.state_dict())
    return {
        **{f"the layer's {name} in drop.parameters()": p for name, p in found.items()},
        **modes,
        "the layer's weight after a state_dict was loaded": twin[0].weight,
    }


@probe("DropLayer(layer, survival_prob) with survival_prob={first}, then with other numbers, inside and outside [0, 1]")
def drop_out_of_range(ch, draw: Draw, *, first=1.25):
    def build(survival_prob):
        return raised(lambda: ch.DropLayer(nn.Identity(), survival_prob))

    def outcome(survival_prob):
        result = build(survival_prob)
        return "ValueError" if result["is_value_error"] else result["raised"] or "no exception"

    outside = (-0.25, -1.0, 2.0, -0.001, 1.001, math.inf, math.nan)
    inside = (0.0, 0.001, 0.5, 0.999, 1.0, 0, 1)
    return {**build(first), **{f"survival_prob={number}": outcome(number) for number in outside + inside}}


# ------------------------------------------------------------------------------------------ survival_probabilities


@probe("survival_probabilities({depth}, final={final})")
def probabilities(ch, draw: Draw, *, depth=4, final=0.5):
    return {"probabilities": [float(p) for p in ch.survival_probabilities(depth, final=final)]}


@probe("survival_probabilities({depth})")
def probabilities_by_default(ch, draw: Draw, *, depth=4):
    return {"probabilities": [float(p) for p in ch.survival_probabilities(depth=depth)]}


def listed_calls(given) -> str:
    return ", ".join(str(call) for call in (given["first"], *given["others"]))


@probe(
    "survival_probabilities{calls}, then {first} again, once the first list has been emptied by its caller",
    calls=listed_calls,
)
def probabilities_again(ch, draw: Draw, *, first=(3, 0.5), others=((3, 0.2), (5, 0.2))):
    """Return the lists; a caller may empty a list of its own."""

    def numbers(values):
        return [float(p) for p in values]

    earlier = ch.survival_probabilities(*first)
    lists = [numbers(earlier), *(numbers(ch.survival_probabilities(*other)) for other in others)]
    if isinstance(earlier, list):
        earlier.clear()
    names = ("the first list", "the second list", "the third list", "the last list")
    return dict(zip(names, [*lists, numbers(ch.survival_probabilities(*first))], strict=True))


@probe("survival_probabilities({depth}, {final})")
def probabilities_type(ch, draw: Draw, *, depth=3, final=0.2):
    result = ch.survival_probabilities(depth, final)
    types = sorted({"float" if isinstance(p, float) else type(p).__name__ for p in result})
    kind = "list" if isinstance(result, list) else type(result).__name__
    return {"type of the result": kind, "type of the items": ", ".join(types), "number of values": len(list(result))}


# --------------------------------------------------------------------------------------------------------- DropNet


def weight_and_bias(block):
    """Return the weight and the bias inside a block, whose module has no fixed name."""
    weight = next(p for p in block.parameters() if p.dim() == 2)
    bias = next(p for p in block.parameters() if p.dim() == 1 and len(p) == len(weight))
    return weight, bias


def kind_of(part, wanted, name: str) -> str:
    """Return the name if a part of a net is of the wanted type, or else its type."""
    return name if isinstance(part, wanted) else f"of type {type(part).__name__}"


def fill_net(net, draw: Draw) -> dict:
    """Set every parameter of a DropNet to drawn numbers; return them by name, in order."""
    parameters = {"stem.weight": net.stem.weight, "stem.bias": net.stem.bias}
    for number, block in enumerate(net.blocks, 1):
        weight, bias = weight_and_bias(block)
        parameters |= {f"weight of block {number}": weight, f"bias of block {number}": bias}
    parameters |= {"head.weight": net.head.weight, "head.bias": net.head.bias}
    for parameter in parameters.values():
        draw.fill_(parameter)
    return parameters


@probe(
    "net = DropNet(in_features={inputs}, width={width}, depth={depth}, num_classes={classes}), made after another net, "
    "of depth {more}",
    more=lambda given: str(given["depth"] + 1),
)
def net_parts(ch, draw: Draw, *, inputs=3, width=5, depth=4, classes=2):
    other = ch.DropNet(in_features=inputs, width=width, depth=depth + 1, num_classes=classes)
    net = ch.DropNet(in_features=inputs, width=width, depth=depth, num_classes=classes)
    linear, drop = module_class(ch.Linear, 1, 1), module_class(ch.DropLayer, nn.Identity(), 1.0)
    linear_layers = [m for m in net.modules() if isinstance(m, linear)]
    blocks = [[m for m in block.modules() if isinstance(m, linear)] for block in net.blocks]
    return {
        "net.stem": kind_of(net.stem, linear, "a Linear of this file"),
        "shape of net.stem.weight": shape_of(net.stem.weight),
        "net.stem.bias": show_bias(net.stem),
        "net.blocks": kind_of(net.blocks, nn.Sequential | nn.ModuleList, "an nn.Sequential or nn.ModuleList"),
        "number of blocks": len(net.blocks),
        "number of blocks that are a DropLayer": sum(isinstance(block, drop) for block in net.blocks),
        "weights of the Linear layers in each block": [
            "; ".join(shape_of(m.weight) for m in found) for found in blocks
        ],
        "net.head": kind_of(net.head, linear, "a Linear of this file"),
        "shape of net.head.weight": shape_of(net.head.weight),
        "net.head.bias": show_bias(net.head),
        "number of Linear layers that are registered": len(linear_layers),
        "number of parameters in them": len({id(p) for m in linear_layers for p in m.parameters()}),
        "number of blocks of the other net": len(other.blocks),
        "parameters shared with the other net": len(set(net.parameters()) & set(other.parameters())),
        "dtype of the parameters": dtypes_at_the_start(net),
    }


@probe(
    "DropNet({width}, {width}, {depth}, {width}), twice after torch.manual_seed(s), once more after s, once after s + 1"
)
def net_seeded(ch, draw: Draw, *, width=4, depth=4):
    """Return the weights of each net: (layers, width, width)."""

    def weights(seed=None):
        if seed is not None:
            torch.manual_seed(seed)
        net = ch.DropNet(width, width, depth, width)
        blocks = [weight_and_bias(block)[0] for block in net.blocks]
        return torch.stack([weight.detach() for weight in (net.stem.weight, *blocks, net.head.weight)]).float()

    seed_other_generators(draw)
    seed = draw.integer(0, 2**31)
    first, second = weights(seed), weights()
    again, other = weights(seed), weights(seed + 1)
    return {"a net": first, "the next net": second, "after the same seed": again, "after another seed": other}


@probe("logits = DropNet(3, 5, {depth}, 2, final={final})(x) in {mode}, x of shape ({samples}, 3), {dtype}")
def net_values(ch, draw: Draw, *, mode="evaluation", depth=4, final=0.25, samples=6, dtype="float64"):
    net = ch.DropNet(3, 5, depth, 2, final=final).to(draw.device, getattr(torch, dtype))
    fill_net(net, draw)
    set_mode(net, mode)
    x = draw.normal(samples, 3, dtype=getattr(torch, dtype))
    return {"logits": net(x), "x after the call": x}


@probe("logits = DropNet(3, 5, 3, 2, 1.0)(x) in {mode}, x of shape (4, 3), float64; logits.square().sum().backward()")
def net_gradients(ch, draw: Draw, *, mode="training"):
    net = ch.DropNet(3, 5, 3, 2, 1.0).to(draw.device, torch.float64)
    parameters = fill_net(net, draw)
    set_mode(net, mode)
    x = draw.normal(4, 3, grad=True)
    logits = net(x)
    go_backward(logits)
    grads = {f"gradient of {name}": parameter.grad for name, parameter in parameters.items()}
    return {"logits": logits, **grads, "x.grad": x.grad}


def marked_net(ch, draw: Draw, marks, **options):
    """Return a net whose logit l is what block l adds: it has mark l at index l; stem gives 0, and head is identity."""
    depth = len(marks)
    net = ch.DropNet(3, depth, depth, depth, **options).to(draw.device, torch.float64)
    with torch.no_grad():
        for parameter in (net.stem.weight, net.stem.bias, net.head.weight, net.head.bias):
            parameter.zero_()
        net.head.weight.fill_diagonal_(1.0)
        for index, block in enumerate(net.blocks):
            weight, bias = weight_and_bias(block)
            weight.zero_()
            bias.zero_()
            bias[index] = marks[index]
    return net


@probe(
    "DropNet(3, {depth}, {depth}, {depth}, final={final}) in evaluation, where f(x) of each block is 1: what it adds"
)
def net_weighting(ch, draw: Draw, *, depth=5, final=0.2):
    other = marked_net(ch, draw, [1.0] * depth, final=0.9).eval()
    net = marked_net(ch, draw, [1.0] * depth, final=final).eval()
    x = draw.normal(1, 3)
    return {"what each block adds": net(x).flatten().tolist(), "in a net made before": other(x).flatten().tolist()}


@probe("DropNet(3, {depth}, {depth}, {depth}) in evaluation, where f(x) of each block is 1: what it adds")
def net_weighting_by_default(ch, draw: Draw, *, depth=3):
    net = marked_net(ch, draw, [1.0] * depth).eval()
    return {"what each block adds": net(draw.normal(1, 3)).flatten().tolist()}


@probe(
    "DropNet(3, {depth}, {depth}, {depth}, final={final}) in training, {forwards} times; f(x) of the blocks is {marks}"
)
def net_draws(ch, draw: Draw, *, depth=4, final=0.25, marks=(1.0, 1.0, 1.0, 1.0), forwards=400):
    """Return running sums over the forward passes: (forwards, samples, blocks). They are close where the rates are."""
    net = marked_net(ch, draw, marks, final=final)
    x = draw.normal(2, 3)
    with torch.no_grad():
        logits = [net(x) for _ in range(fewer_on_a_device(forwards, draw))]
    return {"logits, summed over the forward passes": torch.stack(logits).cumsum(0)}
