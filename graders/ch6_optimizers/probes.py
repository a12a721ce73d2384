"""Probes of chapter 6."""

import copy
import io

import torch
from torch import nn

from torchdojo.probe import Draw, probe, raised

SHAPES = ((3, 2), (4,), (), (4,))

# The options that the shared probes give to each optimizer: enough to need its memory, and no more. Adam's are exact in
# float32: it may keep its count in a float32 tensor, and then raises beta to a power in float32.
OPTIONS = {
    "SGD": {"lr": 0.1, "momentum": 0.9},
    "SGDW": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.5},
    "Adam": {"lr": 0.0625, "betas": (0.75, 0.875)},
}
OTHER_OPTIONS = {
    "SGD": {"lr": 0.02, "momentum": 0.5},
    "SGDW": {"lr": 0.02, "momentum": 0.5, "weight_decay": 0.8},
    "Adam": {"lr": 0.25, "betas": (0.5, 0.75), "eps": 0.25},
}
# One choice of options for each branch of the formulas.
BRANCHES = {
    "SGD": (
        {"lr": 0.1},
        {"lr": 0.1, "weight_decay": 0.5},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.5},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
        {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.5, "nesterov": True},
    ),
    "SGDW": (
        {"lr": 0.1},
        {"lr": 0.1, "weight_decay": 0.5},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.5},
    ),
    "Adam": (
        {"lr": 0.0625, "betas": (0.75, 0.875)},
        {"lr": 0.0625, "betas": (0.0, 0.0)},
        {"lr": 0.0625, "betas": (0.5, 0.75), "eps": 0.25},
    ),
}


def in_words(options) -> str:
    """Return options as they are written in a call."""
    return ", ".join(f"{option}={value}" for option, value in options.items())


def make(ch, name: str, params, **options):
    """Return the optimizer of that name, with the options above unless others are given."""
    return getattr(ch, name)(params, **(options or OPTIONS[name]))


def away_from_zero(draw: Draw, *shape, dtype=torch.float64, low=1.0, high=2.0) -> torch.Tensor:
    """Return numbers of both signs, of sizes from low to high."""
    signs = draw.integers(0, 2, *shape) * 2 - 1
    return (signs * draw.uniform(*shape, low=low, high=high)).to(dtype)


def leaves(draw: Draw, shapes=SHAPES, dtype="float64", scale=1.0) -> list:
    """Return leaf tensors of these shapes, of sizes from scale to twice that.

    None is close to zero: Adam's parameters are right to seven digits of the step (see `values`), not of themselves.
    """
    sizes = {"dtype": getattr(torch, dtype), "low": scale, "high": 2 * scale}
    return [away_from_zero(draw, *shape, **sizes).requires_grad_() for shape in shapes]


def give_grads(draw: Draw, params, without=(), scale=1.0) -> None:
    """Set a fresh gradient on each parameter; None on those whose indices are in `without`."""
    for index, p in enumerate(params):
        grad = draw.normal(*p.shape, dtype=p.dtype, scale=scale)
        p.grad = None if index in without else grad


def give_moderate_grads(draw: Draw, params) -> None:
    """Set a fresh gradient on each parameter, of sizes whose squares have all their digits in float16, too."""
    for p in params:
        p.grad = away_from_zero(draw, *p.shape, dtype=p.dtype, low=0.25, high=0.75)


def values(name: str, tensors) -> list:
    """Return copies of the tensors as they are now; of Adam's, float64 ones are rounded to float32.

    Adam may keep its count in a float32 tensor, as torch.optim.Adam does, and raising beta to such a count is right to
    seven digits of the step. So seven digits are compared.
    """
    copies = [t.detach().clone() for t in tensors]
    if name != "Adam":
        return copies
    return [c.float() if c.dtype == torch.float64 else c for c in copies]


def take_steps(draw: Draw, name: str, optimizer, params, steps: int, scale=1.0) -> list:
    """Take steps with fresh gradients; return the parameters after each."""
    after = []
    for _ in range(steps):
        give_grads(draw, params, scale=scale)
        optimizer.step()
        after.append(values(name, params))
    return after


# ------------------------------------------------------------------------------------- the arithmetic of each of them


@probe(
    "SGD(params, lr={lr}, momentum={momentum}, dampening={dampening}, weight_decay={weight_decay}, "
    "nesterov={nesterov}), {steps} steps"
)
def sgd_steps(ch, draw: Draw, *, lr=0.1, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, steps=5):
    params = leaves(draw)
    optimizer = ch.SGD(
        params=params, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov
    )
    return {"params after each step": take_steps(draw, "SGD", optimizer, params, steps)}


@probe("SGD(params, 0.1), 3 steps; SGD(params, 0.1, 0.9, 0.25, 0.5, False), 3 steps")
def sgd_signature(ch, draw: Draw):
    plain, all_given = leaves(draw), leaves(draw)
    return {
        "with lr alone": take_steps(draw, "SGD", ch.SGD(plain, 0.1), plain, 3),
        "with all in order": take_steps(draw, "SGD", ch.SGD(all_given, 0.1, 0.9, 0.25, 0.5, False), all_given, 3),
    }


@probe("SGDW(params, lr={lr}, momentum={momentum}, weight_decay={weight_decay}), {steps} steps")
def sgdw_steps(ch, draw: Draw, *, lr=0.1, momentum=0.0, weight_decay=0.0, steps=5):
    params = leaves(draw)
    optimizer = ch.SGDW(params=params, lr=lr, momentum=momentum, weight_decay=weight_decay)
    return {"params after each step": take_steps(draw, "SGDW", optimizer, params, steps)}


@probe("SGDW(params, 0.1), 3 steps; SGDW(params, 0.1, 0.9, 0.5), 3 steps")
def sgdw_signature(ch, draw: Draw):
    plain, all_given = leaves(draw), leaves(draw)
    return {
        "with lr alone": take_steps(draw, "SGDW", ch.SGDW(plain, 0.1), plain, 3),
        "with all in order": take_steps(draw, "SGDW", ch.SGDW(all_given, 0.1, 0.9, 0.5), all_given, 3),
    }


@probe("SGDW(params, lr=0.1, momentum={momentum}, weight_decay=0.5), 4 steps with gradients of zeros")
def sgdw_decay_alone(ch, draw: Draw, *, momentum=0.9):
    params = leaves(draw)
    optimizer = ch.SGDW(params, lr=0.1, momentum=momentum, weight_decay=0.5)
    return {"params after each step": take_steps(draw, "SGDW", optimizer, params, 4, scale=0.0)}


@probe("Adam(params, lr={lr}, betas={betas}, eps={eps}), {steps} steps, gradients of about {scale}")
def adam_steps(ch, draw: Draw, *, lr=0.0625, betas=(0.75, 0.875), eps=1e-8, steps=5, scale=1.0):
    params = leaves(draw)
    optimizer = ch.Adam(params=params, lr=lr, betas=tuple(betas), eps=eps)
    return {"params after each step": take_steps(draw, "Adam", optimizer, params, steps, scale)}


@probe("Adam(params), {steps} steps, gradients of about {scale}")
def adam_defaults(ch, draw: Draw, *, steps=6, scale=1.0):
    params = leaves(draw, scale=0.05)
    optimizer = ch.Adam(params)
    return {"params after each step": take_steps(draw, "Adam", optimizer, params, steps, scale)}


@probe("Adam(params, 0.0625, (0.5, 0.75), 0.25), 4 steps")
def adam_signature(ch, draw: Draw):
    params = leaves(draw)
    return {"params after each step": take_steps(draw, "Adam", ch.Adam(params, 0.0625, (0.5, 0.75), 0.25), params, 4)}


@probe("Adam(params, lr=0.0625, betas=(0.5, 0.75), eps=0.25), one step: all digits of float64")
def adam_precise(ch, draw: Draw):
    """The options are exact in float32, so that a count kept in float32 costs no precision: only the means could."""
    params = leaves(draw)
    optimizer = ch.Adam(params, lr=0.0625, betas=(0.5, 0.75), eps=0.25)
    give_grads(draw, params)
    optimizer.step()
    return {"params": params}


# ------------------------------------------------------------------------------------------ options, group by group


@probe("{name}({given} of {{'params': …}} and {{'params': …, its own options}}, …), {steps} steps")
def groups(ch, draw: Draw, *, name="SGD", steps=4, given="a list"):
    first, second, third = leaves(draw), leaves(draw), leaves(draw)
    without_lr = {option: value for option, value in OTHER_OPTIONS[name].items() if option != "lr"}
    dicts = [{"params": first}, {"params": second, **OTHER_OPTIONS[name]}, {"params": third, **without_lr}]
    optimizer = make(ch, name, dicts if given == "a list" else (group for group in dicts))
    params = [*first, *second, *third]
    return {"params after each step": take_steps(draw, name, optimizer, params, steps)}


@probe("SGD([{{'params': …}}, {{'params': …, {option}: {value}}}], …), 4 steps")
def sgd_group_option(ch, draw: Draw, *, option="dampening", value=0.25, momentum=0.9):
    first, second = leaves(draw), leaves(draw)
    optimizer = ch.SGD([{"params": first}, {"params": second, option: value}], lr=0.1, momentum=momentum)
    return {"params after each step": take_steps(draw, "SGD", optimizer, [*first, *second], 4)}


@probe("{name}(params, …), 2 steps, add_param_group({{'params': more, its own options}}), 3 steps")
def added_group(ch, draw: Draw, *, name="SGD"):
    params, more, plain = leaves(draw), leaves(draw), leaves(draw, shapes=((2, 2),))
    optimizer = make(ch, name, params)
    before = take_steps(draw, name, optimizer, params, 2)
    optimizer.add_param_group({"params": more, **OTHER_OPTIONS[name]})
    optimizer.add_param_group({"params": plain[0]})
    after = take_steps(draw, name, optimizer, [*params, *more, *plain], 3)
    return {"params before": before, "params after": after}


@probe("{name}(params, …), with param_groups[0] changed before each step: {option} = {numbers}")
def changed_option(ch, draw: Draw, *, name="SGD", option="lr", numbers=(0.1, 0.0, 0.3, 0.02)):
    params = leaves(draw)
    numbers = [tuple(number) if option == "betas" else number for number in numbers]
    optimizer = make(ch, name, params, **{**OPTIONS[name], option: numbers[0]})
    after = []
    for number in numbers:
        optimizer.param_groups[0][option] = number
        after += take_steps(draw, name, optimizer, params, 1)
    return {"params after each step": after}


@probe("{name}(params, …) with torch.optim.lr_scheduler.{scheduler}, 6 steps")
def scheduled(ch, draw: Draw, *, name="SGD", scheduler="StepLR"):
    params = leaves(draw)
    optimizer = make(ch, name, params)
    if scheduler == "StepLR":
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    else:
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    after = []
    for _ in range(6):
        after += take_steps(draw, name, optimizer, params, 1)
        schedule.step()
    return {"params after each step": after, "final lr": float(optimizer.param_groups[0]["lr"])}


# --------------------------------------------------------------------------------------- what surrounds the arithmetic


@probe("{name}(params, …), 6 steps in which some parameters have no gradient, or one of zeros")
def missing_grads(ch, draw: Draw, *, name="SGD"):
    found = {}
    for options in BRANCHES[name]:
        params = [*leaves(draw), *leaves(draw, shapes=((2,),))]
        params[4].requires_grad_(False)
        optimizer = make(ch, name, [{"params": params[:2]}, {"params": params[2:]}], **options)
        after, grads = [], []
        for step, without in enumerate(((0, 4), (0, 1, 2, 3, 4), (4,), (1, 4), (1, 2, 3, 4), (4,))):
            give_grads(draw, params, without)
            if step in (3, 5):
                params[2].grad.zero_()  # not None: the memory is updated all the same
            optimizer.step()
            after.append(values(name, params))
            grads.append([p.grad is None for p in params])
        found[f"params after each step with {in_words(options)}"] = after
        found[f"p.grad is None with {in_words(options)}"] = grads
    return found


@probe("{name}(params, …), 3 steps: p.grad after each")
def kept_grads(ch, draw: Draw, *, name="SGD", same_tensors=False):
    found = {}
    for options in BRANCHES[name]:
        params = leaves(draw)
        optimizer = make(ch, name, params, **options)
        after, grads = [], []
        for _ in range(3):
            if same_tensors and params[0].grad is not None:
                for p in params:
                    p.grad.copy_(draw.normal(*p.shape))
            else:
                give_grads(draw, params)
            optimizer.step()
            after.append(values(name, params))
            grads.append([None if p.grad is None else p.grad.detach().clone() for p in params])
        found[f"p.grad after each step with {in_words(options)}"] = grads
        found[f"params after each step with {in_words(options)}"] = after
    return found


def tensors_in(value) -> list:
    """Return the tensors in a state_dict, or in a part of one."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return []
    return [tensor for part in value for tensor in tensors_in(part)]


@probe("{name}(params, …), 3 steps: are params still the same tensors, and is anything recorded?")
def in_place(ch, draw: Draw, *, name="SGD"):
    return {in_words(options): in_place_with(ch, draw, name, options) for options in BRANCHES[name]}


def in_place_with(ch, draw: Draw, name: str, options) -> dict:
    params = leaves(draw)
    views = [p.detach() for p in params]
    optimizer = make(ch, name, params, **options)
    moved = []
    for _ in range(3):
        before = [p.detach().clone() for p in params]
        give_grads(draw, params)
        optimizer.step()
        moved.append([not torch.equal(p, old) for p, old in zip(params, before, strict=True)])
    in_groups = [p for group in optimizer.param_groups for p in group["params"]]
    return {
        "params moved": moved,
        "param_groups hold the same tensors": [any(p is q for q in in_groups) for p in params],
        "leaves": [p.is_leaf for p in params],
        "require grad": [p.requires_grad for p in params],
        "recorded by autograd": [p.grad_fn is not None for p in params],
        "their memory is the same": [torch.equal(p, view) for p, view in zip(params, views, strict=True)],
        "state_dict() holds a graph": any(t.grad_fn is not None for t in tensors_in(optimizer.state_dict())),
    }


def line_to_fit(draw: Draw):
    """Return data and parameters of a linear model."""
    x, y = draw.normal(6, 3), draw.normal(6)
    return x, y, *leaves(draw, shapes=((3,), ()))


@probe("{name}(params, …).step(closure){where}, 3 times")
def closure_steps(ch, draw: Draw, *, name="SGD", where="", closure_gives="tensor", keyword=False):
    x, y, weight, bias = line_to_fit(draw)
    optimizer = make(ch, name, [weight, bias])
    seen_params, enabled, given = [], [], []

    def closure():
        enabled.append(torch.is_grad_enabled())
        seen_params.extend(values(name, [weight, bias]))
        optimizer.zero_grad()
        loss = (x @ weight + bias - y).square().mean()
        loss.backward()
        given.append(loss if closure_gives == "tensor" else loss.item())
        return given[-1]

    returned, same, enabled_after = [], [], []
    for _ in range(3):
        with torch.set_grad_enabled(where == ""):
            loss = optimizer.step(closure=closure) if keyword else optimizer.step(closure)
            enabled_after.append(torch.is_grad_enabled())
        returned.append(loss.item() if isinstance(loss, torch.Tensor) else loss)
        same.append(loss is given[-1])
    return {
        "calls of the closure": len(enabled),
        "gradients enabled in the closure": enabled,
        "gradients enabled after step": enabled_after,
        "returned losses": returned,
        "returned what the closure returned": same,
        "params that the closure saw": seen_params,
        "params": values(name, [weight, bias]),
    }


@probe("{name}(params, …).step() without a closure: what it returns, and whether gradients stay enabled")
def step_returns(ch, draw: Draw, *, name="SGD"):
    params = leaves(draw)
    optimizer = make(ch, name, params)
    give_grads(draw, params)
    with torch.enable_grad():
        first, enabled = optimizer.step(), torch.is_grad_enabled()
    with torch.no_grad():
        second, enabled_inside = optimizer.step(None), torch.is_grad_enabled()
    return {
        "first": first is None,
        "second, inside torch.no_grad()": second is None,
        "gradients enabled after step": [enabled, enabled_inside],
        "params": values(name, params),
    }


def round_trip(saved, through: str):
    """Return a state_dict as it comes back: from a file in memory, as a copy, or as it is."""
    if through == "torch.save and torch.load":
        file = io.BytesIO()
        torch.save(saved, file)
        file.seek(0)
        return torch.load(file, weights_only=False)
    return copy.deepcopy(saved) if through == "a copy" else saved


@probe("{name}(params, …), {steps} steps, then 3 of {after} after load_state_dict (through {through})")
def resumed(ch, draw: Draw, *, name="SGD", steps=3, through="a copy", same_params=False, after="a fresh one"):
    options = OPTIONS[name]
    return {"params after each further step": resume(ch, draw, name, options, steps, through, same_params, after)}


@probe("{name}(params, …), 3 steps, then 3 of a fresh one after load_state_dict, with different options")
def resumed_with_options(ch, draw: Draw, *, name="SGD"):
    return {
        f"params after each further step with {in_words(options)}": resume(ch, draw, name, options)
        for options in BRANCHES[name]
    }


@probe("{name}(params of {dtype}, …), 3 steps, then 3 more of it, and of a fresh one after load_state_dict")
def resumed_in_half(ch, draw: Draw, *, name="SGD", dtype="float16"):
    """Both get the same gradients, and only they are compared: they may round in any way, but in the same one.

    The parameters are as small as a step, or rounding them would hide how a step was rounded.
    """
    params = leaves(draw, dtype=dtype, scale=2**-8)
    optimizer = make(ch, name, params, **{**OPTIONS[name], "lr": 2**-8})
    for _ in range(3):
        give_moderate_grads(draw, params)
        optimizer.step()
    copies = [p.detach().clone().requires_grad_() for p in params]
    other = make(ch, name, copies, **OTHER_OPTIONS[name])
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    apart = []
    for _ in range(3):
        give_moderate_grads(draw, params)
        for p, its_copy in zip(params, copies, strict=True):
            its_copy.grad = p.grad.clone()
        optimizer.step()
        other.step()
        apart.append(
            [its_copy.detach().double() - p.detach().double() for p, its_copy in zip(params, copies, strict=True)]
        )
    return {"how far apart they are after each step": apart}


def resume(
    ch, draw: Draw, name: str, options, steps=3, through="a copy", same_params=False, after="a fresh one"
) -> list:
    params = leaves(draw)
    optimizer = make(ch, name, [{"params": params[:2]}, {"params": params[2:], "lr": 0.03}], **options)
    for step in range(steps):
        give_grads(draw, params, without=(1, 3) if step == 0 else (3,))  # the last takes its first step after loading
        optimizer.step()
    with draw.settings():
        saved = round_trip(optimizer.state_dict(), through)
    if not same_params:
        params = [p.detach().clone().requires_grad_() for p in params]
    other = make(ch, name, [{"params": params[:2]}, {"params": params[2:]}], **OTHER_OPTIONS[name])
    if after != "a fresh one":
        numbers = [p.detach().clone() for p in params]
        take_steps(draw, name, other, params, 2)
        for p, number in zip(params, numbers, strict=True):
            p.detach().copy_(number)
    other.load_state_dict(saved)
    return take_steps(draw, name, other, params, 3)


@probe("two {name} optimizers, stepping in turn")
def two_of_them(ch, draw: Draw, *, name="SGD"):
    params, others = leaves(draw), leaves(draw)
    first, second = make(ch, name, params), make(ch, name, others, **OTHER_OPTIONS[name])
    third = make(ch, name, params, **OTHER_OPTIONS[name])
    after = []
    for _ in range(3):
        after += take_steps(draw, name, first, params, 1)
        after += take_steps(draw, name, second, others, 1)
        after += take_steps(draw, name, third, params, 1)
    return {"params after each step": after}


@probe("{name}(model.parameters(), …), used like any torch optimizer")
def as_an_optimizer(ch, draw: Draw, *, name="SGD"):
    with draw.settings():
        model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).to(draw.device, torch.float64)
    for p in model.parameters():
        p.detach().copy_(away_from_zero(draw, *p.shape, low=0.5, high=1.0))
    optimizer = make(ch, name, (p for p in model.parameters()))
    definition = getattr(ch, name)
    x = draw.normal(5, 3)
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = model(x).square().mean()
            loss.backward()
        optimizer.step()
        losses.append(loss)
    return {
        "a subclass of torch.optim.Optimizer": isinstance(definition, type)
        and issubclass(definition, torch.optim.Optimizer),
        "losses": values(name, losses),
        "params": values(name, model.parameters()),
    }


@probe("{name}(params, …), 3 steps, params of {dtype}")
def steps_in_dtype(ch, draw: Draw, *, name="SGD", dtype="float32"):
    found = {}
    for options in BRANCHES[name]:
        params = leaves(draw, dtype=dtype)
        optimizer = make(ch, name, params, **options)
        after = []
        for _ in range(3):
            give_moderate_grads(draw, params)
            optimizer.step()
            after.append([p.detach().clone() for p in params])
        found[f"params after each step with {in_words(options)}"] = after
    return found


@probe("{name}(params, …), 4 steps, params of shapes (), (1,), (2, 3, 4), (0, 3), and one that is not contiguous")
def steps_in_shapes(ch, draw: Draw, *, name="SGD"):
    strided = leaves(draw, shapes=((4, 3),))[0].detach().t().requires_grad_()
    params = [*leaves(draw, shapes=((), (1,), (2, 3, 4), (0, 3))), strided]
    optimizer = make(ch, name, params)
    return {"params after each step": take_steps(draw, name, optimizer, params, 4)}


@probe("{name}(params, …) on params of float64, float32, float16 and bfloat16, 4 steps")
def mixed_dtypes(ch, draw: Draw, *, name="SGD"):
    params = [p for dtype in ("float64", "float32", "float16", "bfloat16") for p in leaves(draw, dtype=dtype)]
    optimizer = make(ch, name, params)
    after = []
    for _ in range(4):
        give_moderate_grads(draw, params)
        optimizer.step()
        after.append(values(name, params))
    return {"params after each step": after}


# -------------------------------------------------------------------------------------------------------- bad options

BAD = {
    "SGD": {"lr": (-0.1, -1, -1e-9), "momentum": (-0.1, -1.0), "weight_decay": (-0.1, -1e-9)},
    "SGDW": {"lr": (-0.1, -1, -1e-9), "momentum": (-0.1, -1.0), "weight_decay": (-0.1, -1e-9)},
    "Adam": {
        "lr": (-0.1, -1, -1e-9),
        "betas": ((1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (0.9, -0.1), (1.5, 0.9), (0.9, 2.0)),
        "eps": (-0.1, -1e-9),
    },
}
LEGAL = {
    "SGD": {"lr": (0.0, 0, 1), "momentum": (0.0,), "weight_decay": (0.0,)},
    "SGDW": {"lr": (0.0, 0, 1), "momentum": (0.0,), "weight_decay": (0.0,)},
    "Adam": {"lr": (0.0, 0, 1), "betas": ((0.0, 0.0), (0.0, 0.9), (0.9, 0.0), (0.999, 0.9999)), "eps": (0.0,)},
}


def attempt(ch, draw: Draw, name: str, option: str, value):
    """Report what making an optimizer with this value of one option raises."""
    options = {"lr": 0.1, option: tuple(value) if isinstance(value, list) else value}
    return raised(lambda: getattr(ch, name)(leaves(draw), **options))


@probe("{name}(params, {option}={value}), and with other invalid values")
def refused(ch, draw: Draw, *, name="SGD", option="lr", value=-0.1):
    others = {f"{option}={bad}": attempt(ch, draw, name, option, bad) for bad in BAD[name][option]}
    return {
        **attempt(ch, draw, name, option, value),
        "refused": {words: r["is_value_error"] for words, r in others.items()},
    }


@probe("{name}(params, …) with values that are just allowed")
def at_the_edge(ch, draw: Draw, *, name="SGD"):
    return {
        f"{option}={value} raises": attempt(ch, draw, name, option, value)["raised"]
        for option, allowed in LEGAL[name].items()
        for value in allowed
    }


@probe("SGD(params, lr=0.1, momentum={momentum}, dampening={dampening}, nesterov=True), and with other invalid values")
def nesterov_refused(ch, draw: Draw, *, momentum=0.0, dampening=0.0):
    def build(momentum, dampening):
        params = leaves(draw)
        return raised(lambda: ch.SGD(params, lr=0.1, momentum=momentum, dampening=dampening, nesterov=True))

    others = ((0.0, 0.0), (0.9, 0.1), (0.0, 0.1), (0.9, 1.0), (0.9, -0.1))
    return {
        **build(momentum, dampening),
        "refused": {f"momentum={m}, dampening={d}": build(m, d)["is_value_error"] for m, d in others},
    }


@probe("SGD(params, lr=0.1, momentum=0.9, nesterov=True), and nesterov=False with dampening")
def nesterov_allowed(ch, draw: Draw):
    params = leaves(draw)
    return {
        "nesterov with momentum raises": raised(lambda: ch.SGD(params, lr=0.1, momentum=0.9, nesterov=True))["raised"],
        "dampening without nesterov raises": raised(lambda: ch.SGD(params, lr=0.1, momentum=0.9, dampening=0.5))[
            "raised"
        ],
        "dampening alone raises": raised(lambda: ch.SGD(params, lr=0.1, dampening=0.5))["raised"],
    }


@probe("{name}([{{'params': [p]}}], …) with {option}={value}: is the caller's dict unchanged?")
def refused_first(ch, draw: Draw, *, name="SGD", option="lr", value=-0.1):
    params = leaves(draw)
    originals = [p.detach().clone() for p in params]
    group = {"params": params}
    given = [group]
    outcome = raised(lambda: getattr(ch, name)(given, **{"lr": 0.1, option: value}))
    return {
        **outcome,
        "keys of the dict": sorted(str(key) for key in group),
        "it holds the same list": group["params"] is params,
        "length of the lists": [len(given), len(params)],
        "params": values(name, params),
        "params unchanged": [torch.equal(p, q) for p, q in zip(params, originals, strict=True)],
    }
