"""Probes of chapter 6."""

import copy
import io
from collections import OrderedDict

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


def listed(words) -> str:
    """Return words as an enumeration."""
    *first, last = map(str, words)
    return f"{', '.join(first)} and {last}" if first else last


# What the descriptions of the probes have in common.
SIZES = "p of shape (3, 2), q (4,), r () and s (4,), all float64"


def options(given) -> str:
    return in_words(OPTIONS[given["name"]])


def other_options(given) -> str:
    return in_words(OTHER_OPTIONS[given["name"]])


def choices(given) -> str:
    """Return which options BRANCHES varies. All choices have one lr; the labels of the outputs name the others."""
    branches = BRANCHES[given["name"]]
    varied = dict.fromkeys(option for choice in branches for option in choice if option != "lr")
    return f"once for each of {len(branches)} choices of {listed(varied)}"


CHOICES = {"lr": lambda given: BRANCHES[given["name"]][0]["lr"], "choices": choices}


def how_many(given) -> str:
    return "one step" if given["steps"] == 1 else f"{given['steps']} steps"


def make(ch, name: str, params, **options):
    """Return the optimizer of that name, with the options above unless others are given."""
    return getattr(ch, name)(params, **(options or OPTIONS[name]))


def away_from_zero(draw: Draw, *shape, dtype=torch.float64, low=1.0, high=2.0) -> torch.Tensor:
    """Return numbers of both signs, of sizes from low to high."""
    signs = draw.integers(0, 2, *shape) * 2 - 1
    return (signs * draw.uniform(*shape, low=low, high=high)).to(dtype)


def leaves(draw: Draw, shapes=SHAPES, dtype="float64", scale=1.0, names="pqrst", of="") -> dict:
    """Return leaf tensors of these shapes by name, of sizes from scale to twice that.

    None is close to zero: Adam's parameters are right to seven digits of the step (see `now`), not of themselves.
    """
    sizes = {"dtype": getattr(torch, dtype), "low": scale, "high": 2 * scale}
    tensors = [away_from_zero(draw, *shape, **sizes).requires_grad_() for shape in shapes]
    return {f"{letter}{of}": tensor for letter, tensor in zip(names, tensors, strict=False)}


def give_grads(draw: Draw, params: dict, without="", scale=1.0) -> None:
    """Set a fresh gradient on each parameter; None on those whose letter is in `without`."""
    for letter, p in params.items():
        grad = draw.normal(*p.shape, dtype=p.dtype, scale=scale)
        p.grad = None if letter in without else grad


def give_moderate_grads(draw: Draw, params: dict) -> None:
    """Set a fresh gradient on each parameter, of sizes whose squares have all their digits in float16, too."""
    for p in params.values():
        p.grad = away_from_zero(draw, *p.shape, dtype=p.dtype, low=0.25, high=0.75)


def now(name: str, params: dict, when: str, dtype="float64") -> dict:
    """Return copies of the parameters as they are now; of Adam's, float64 ones are rounded to float32.

    dtype: the one that they were made in

    Adam may keep its count in a float32 tensor, as torch.optim.Adam does, and raising beta to such a count is right to
    seven digits of the step. So seven digits are compared.
    """
    copies = {label: p.detach().clone() for label, p in params.items()}
    if name != "Adam" or dtype != "float64":
        return {f"{label} {when}": c for label, c in copies.items()}
    rounded = {label: c.float() if c.dtype == torch.float64 else c for label, c in copies.items()}
    return {f"{label} {when}, rounded to float32": c for label, c in rounded.items()}


def take_steps(draw: Draw, name: str, optimizer, params: dict, steps, scale=1.0, of="") -> dict:
    """Take steps with fresh gradients; return the parameters after each. steps: how many, or their numbers."""
    after = {}
    for step in range(1, steps + 1) if isinstance(steps, int) else steps:
        give_grads(draw, params, scale=scale)
        optimizer.step()
        after |= now(name, params, f"after step {step}{of}")
    return after


# ------------------------------------------------------------------------------------- the arithmetic of each of them


@probe(
    "SGD([p, q, r, s], lr={lr}, momentum={momentum}, dampening={dampening}, weight_decay={weight_decay}, "
    "nesterov={nesterov}), {how_many}; " + SIZES,
    how_many=how_many,
)
def sgd_steps(ch, draw: Draw, *, lr=0.1, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, steps=5):
    params = leaves(draw)
    given = list(params.values())
    optimizer = ch.SGD(
        params=given, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov
    )
    return take_steps(draw, "SGD", optimizer, params, steps)


@probe("SGD([p, q, r, s], 0.1), 3 steps; then SGD([p, q, r, s], 0.1, 0.9, 0.25, 0.5, False), 3 steps; " + SIZES)
def sgd_signature(ch, draw: Draw):
    plain, all_given = leaves(draw, of=" with lr alone"), leaves(draw, of=" with all options in order")
    return {
        **take_steps(draw, "SGD", ch.SGD(list(plain.values()), 0.1), plain, 3),
        **take_steps(draw, "SGD", ch.SGD(list(all_given.values()), 0.1, 0.9, 0.25, 0.5, False), all_given, 3),
    }


@probe(
    "SGDW([p, q, r, s], lr={lr}, momentum={momentum}, weight_decay={weight_decay}), {how_many}; " + SIZES,
    how_many=how_many,
)
def sgdw_steps(ch, draw: Draw, *, lr=0.1, momentum=0.0, weight_decay=0.0, steps=5):
    params = leaves(draw)
    optimizer = ch.SGDW(params=list(params.values()), lr=lr, momentum=momentum, weight_decay=weight_decay)
    return take_steps(draw, "SGDW", optimizer, params, steps)


@probe("SGDW([p, q, r, s], 0.1), 3 steps; then SGDW([p, q, r, s], 0.1, 0.9, 0.5), 3 steps; " + SIZES)
def sgdw_signature(ch, draw: Draw):
    plain, all_given = leaves(draw, of=" with lr alone"), leaves(draw, of=" with all options in order")
    return {
        **take_steps(draw, "SGDW", ch.SGDW(list(plain.values()), 0.1), plain, 3),
        **take_steps(draw, "SGDW", ch.SGDW(list(all_given.values()), 0.1, 0.9, 0.5), all_given, 3),
    }


@probe("SGDW([p, q, r, s], lr=0.1, momentum={momentum}, weight_decay=0.5), 4 steps with gradients of zeros; " + SIZES)
def sgdw_decay_alone(ch, draw: Draw, *, momentum=0.9):
    params = leaves(draw)
    optimizer = ch.SGDW(list(params.values()), lr=0.1, momentum=momentum, weight_decay=0.5)
    return take_steps(draw, "SGDW", optimizer, params, 4, scale=0.0)


@probe(
    "Adam([p, q, r, s], lr={lr}, betas={betas}, eps={eps}), {how_many}, gradients of about {scale}; " + SIZES,
    how_many=how_many,
)
def adam_steps(ch, draw: Draw, *, lr=0.0625, betas=(0.75, 0.875), eps=1e-8, steps=5, scale=1.0):
    params = leaves(draw)
    optimizer = ch.Adam(params=list(params.values()), lr=lr, betas=tuple(betas), eps=eps)
    return take_steps(draw, "Adam", optimizer, params, steps, scale)


@probe("Adam([p, q, r, s]), {steps} steps, gradients of about {scale}; " + SIZES)
def adam_defaults(ch, draw: Draw, *, steps=6, scale=1.0):
    params = leaves(draw, scale=0.05)
    optimizer = ch.Adam(list(params.values()))
    return take_steps(draw, "Adam", optimizer, params, steps, scale)


@probe("Adam([p, q, r, s], 0.0625, (0.5, 0.75), 0.25), 4 steps; " + SIZES)
def adam_signature(ch, draw: Draw):
    params = leaves(draw)
    return take_steps(draw, "Adam", ch.Adam(list(params.values()), 0.0625, (0.5, 0.75), 0.25), params, 4)


@probe("Adam([p, q, r, s], lr=0.0625, betas=(0.5, 0.75), eps=0.25), one step; " + SIZES)
def adam_precise(ch, draw: Draw):
    """The options are exact in float32, so that a count kept in float32 costs no precision: only the means could."""
    params = leaves(draw)
    optimizer = ch.Adam(list(params.values()), lr=0.0625, betas=(0.5, 0.75), eps=0.25)
    give_grads(draw, params)
    optimizer.step()
    return {f"{label} after the step, in all digits": p for label, p in params.items()}


# ------------------------------------------------------------------------------------------ options, group by group


def groups_in_words(given) -> str:
    own, without_lr = OTHER_OPTIONS[given["name"]], other_than_lr(given["name"])
    return f"first, second with {in_words(own)}, third with {in_words(without_lr)}"


def other_than_lr(name: str) -> dict:
    return {option: value for option, value in OTHER_OPTIONS[name].items() if option != "lr"}


@probe(
    "{name}(groups, {options}), {steps} steps; groups is {given} of three groups: {groups_in_words}",
    options=options,
    groups_in_words=groups_in_words,
)
def groups(ch, draw: Draw, *, name="SGD", steps=4, given="a list"):
    first, second, third = (leaves(draw, of=f" of the {which} group") for which in ("first", "second", "third"))
    dicts = [
        {"params": list(first.values())},
        {"params": list(second.values()), **OTHER_OPTIONS[name]},
        {"params": list(third.values()), **other_than_lr(name)},
    ]
    optimizer = make(ch, name, dicts if given == "a list" else (group for group in dicts))
    return take_steps(draw, name, optimizer, {**first, **second, **third}, steps)


@probe(
    "SGD([{{'params': …}}, {{'params': …, '{option}': {value}}}], lr=0.1, momentum={momentum}), 4 steps; in each "
    "group " + SIZES
)
def sgd_group_option(ch, draw: Draw, *, option="dampening", value=0.25, momentum=0.9):
    first, second = leaves(draw, of=" of the first group"), leaves(draw, of=" of the second group")
    given = [{"params": list(first.values())}, {"params": list(second.values()), option: value}]
    optimizer = ch.SGD(given, lr=0.1, momentum=momentum)
    return take_steps(draw, "SGD", optimizer, {**first, **second}, 4)


@probe(
    "{name}([p, q, r, s], {options}), 2 steps; then add_param_group twice: with {other_options}, and with the "
    "defaults; 3 steps",
    options=options,
    other_options=other_options,
)
def added_group(ch, draw: Draw, *, name="SGD"):
    params, more = leaves(draw), leaves(draw, of=" of the added group")
    plain = leaves(draw, shapes=((2, 2),), of=" of the added group with the defaults")
    optimizer = make(ch, name, list(params.values()))
    before = take_steps(draw, name, optimizer, params, 2)
    optimizer.add_param_group({"params": list(more.values()), **OTHER_OPTIONS[name]})
    optimizer.add_param_group({"params": next(iter(plain.values()))})
    return before | take_steps(draw, name, optimizer, {**params, **more, **plain}, range(3, 6))


@probe(
    "{name}([p, q, r, s], {options}), with param_groups[0]['{option}'] set before each step: to {numbers} in turn",
    options=options,
)
def changed_option(ch, draw: Draw, *, name="SGD", option="lr", numbers=(0.1, 0.0, 0.3, 0.02)):
    params = leaves(draw)
    numbers = [tuple(number) if option == "betas" else number for number in numbers]
    optimizer = make(ch, name, list(params.values()), **{**OPTIONS[name], option: numbers[0]})
    after = {}
    for step, number in enumerate(numbers, 1):
        optimizer.param_groups[0][option] = number
        after |= take_steps(draw, name, optimizer, params, (step,), of=f", taken with {option}={number}")
    return after


@probe(
    "{name}([p, q, r, s], {options}) with torch.optim.lr_scheduler.{scheduler}, 6 steps; the schedule is {schedule}",
    options=options,
    schedule=lambda given: (
        "step_size=2, gamma=0.5" if given["scheduler"] == "StepLR" else "lambda epoch: 1 / (1 + epoch)"
    ),
)
def scheduled(ch, draw: Draw, *, name="SGD", scheduler="StepLR"):
    params = leaves(draw)
    optimizer = make(ch, name, list(params.values()))
    if scheduler == "StepLR":
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    else:
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    after = {}
    for step in range(1, 7):
        after |= take_steps(draw, name, optimizer, params, (step,))
        schedule.step()
    return {**after, "lr after step 6": float(optimizer.param_groups[0]["lr"])}


# --------------------------------------------------------------------------------------- what surrounds the arithmetic


WITHOUT = ("pt", "pqrst", "t", "qt", "qrst", "t")  # the parameters that have no gradient, step by step
ZEROS = ("", "", "", "r", "", "r")  # those that have one of zeros


def gradients_so_far(letter: str, step: int) -> str:
    """Return in which steps a parameter had no gradient, or one of zeros, for a label."""
    found = []
    for what, letters_by_step in (("no gradient", WITHOUT), ("zeros", ZEROS)):
        steps = [number for number, letters in enumerate(letters_by_step[:step], 1) if letter in letters]
        if steps:
            found.append(f"{what} in step{'s' * (len(steps) > 1)} {listed(steps)}")
    return f" ({'; '.join(found)})" if found else ""


@probe(
    "{name}([{{'params': [p, q]}}, {{'params': [r, s, t]}}], lr={lr}, …), {choices}; 6 steps, where some parameters "
    "have no gradient, or one of zeros; t does not require grad",
    **CHOICES,
)
def missing_grads(ch, draw: Draw, *, name="SGD"):
    found = {}
    for choice in BRANCHES[name]:
        params = {**leaves(draw), **leaves(draw, shapes=((2,),), names="t")}
        params["t"].requires_grad_(False)
        p, q, *others = params.values()
        optimizer = make(ch, name, [{"params": [p, q]}, {"params": others}], **choice)
        for step, (without, zeros) in enumerate(zip(WITHOUT, ZEROS, strict=True), 1):
            give_grads(draw, params, without)
            for letter in zeros:
                params[letter].grad.zero_()  # not None: the memory is updated all the same
            optimizer.step()
            for letter, tensor in params.items():
                when = f"after step {step}{gradients_so_far(letter, step)} with {in_words(choice)}"
                found |= now(name, {letter: tensor}, when)
                found[f"{letter}.grad {when}"] = "None" if tensor.grad is None else "a tensor"
    return found


@probe(
    "{name}([p, q, r, s], lr={lr}, …), {choices}; 3 steps, {how}, and p.grad after each",
    **CHOICES,
    how=lambda given: (
        "each gradient copied into the same tensor" if given["same_tensors"] else "each with new gradients"
    ),
)
def kept_grads(ch, draw: Draw, *, name="SGD", same_tensors=False):
    found = {}
    for choice in BRANCHES[name]:
        params = leaves(draw)
        optimizer = make(ch, name, list(params.values()), **choice)
        for step in range(1, 4):
            if same_tensors and params["p"].grad is not None:
                for p in params.values():
                    p.grad.copy_(draw.normal(*p.shape))
            else:
                give_grads(draw, params)
            optimizer.step()
            when = f"after step {step} with {in_words(choice)}"
            for letter, p in params.items():
                found[f"{letter}.grad {when}"] = None if p.grad is None else p.grad.detach().clone()
            found |= now(name, params, when)
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


@probe(
    "{name}([p, q, r, s], lr={lr}, …), {choices}; 3 steps: are p, q, r, s still the same tensors, and is anything "
    "recorded?",
    **CHOICES,
)
def in_place(ch, draw: Draw, *, name="SGD"):
    found = {}
    for choice in BRANCHES[name]:
        for label, value in in_place_with(ch, draw, name, choice).items():
            found[f"{label}, with {in_words(choice)}"] = value
    return found


def in_place_with(ch, draw: Draw, name: str, choice) -> dict:
    params = leaves(draw)
    views = {letter: p.detach() for letter, p in params.items()}
    optimizer = make(ch, name, list(params.values()), **choice)
    found = {}
    for step in range(1, 4):
        before = {letter: p.detach().clone() for letter, p in params.items()}
        give_grads(draw, params)
        optimizer.step()
        for letter, p in params.items():
            found[f"{letter} in step {step}"] = "unchanged" if torch.equal(p, before[letter]) else "changed"
    in_groups = [p for group in optimizer.param_groups for p in group["params"]]
    for letter, p in params.items():
        is_held, is_shown = any(p is q for q in in_groups), torch.equal(p, views[letter])
        found |= {
            f"{letter} in param_groups": "the same tensor" if is_held else "not the same tensor",
            f"{letter}.is_leaf": p.is_leaf,
            f"{letter}.requires_grad": p.requires_grad,
            f"{letter}.grad_fn": "None" if p.grad_fn is None else "a function",
            f"a view of {letter} made before the steps": "shows the new numbers" if is_shown else "shows old numbers",
        }
    has_graph = any(t.grad_fn is not None for t in tensors_in(optimizer.state_dict()))
    return {**found, "tensors in state_dict()": "one has a grad_fn" if has_graph else "none has a grad_fn"}


def on_or_off(*modes: bool) -> str:
    """Return whether gradients are tracked."""
    return "on" if all(modes) else "off in some calls" if any(modes) else "off"


def line_to_fit(draw: Draw):
    """Return data of a linear model, and its parameters by name."""
    return draw.normal(6, 3), draw.normal(6), leaves(draw, shapes=((3,), ()), names=("weight", "bias"))


@probe(
    "{name}([weight, bias], {options}).step({how}closure){where}, 3 times; the closure returns {gives} of a linear "
    "model, weight of shape (3,), bias ()",
    options=options,
    how=lambda given: "closure=" if given["keyword"] else "",
    gives=lambda given: "the loss" if given["closure_gives"] == "tensor" else "loss.item()",
)
def closure_steps(ch, draw: Draw, *, name="SGD", where="", closure_gives="tensor", keyword=False):
    x, y, params = line_to_fit(draw)
    optimizer = make(ch, name, list(params.values()))
    seen: dict = {label: [] for label in now(name, params, "in the closure")}
    enabled, given = [], []

    def closure():
        enabled.append(torch.is_grad_enabled())
        for label, copied in now(name, params, "in the closure").items():
            seen[label].append(copied)
        optimizer.zero_grad()
        loss = (x @ params["weight"] + params["bias"] - y).square().mean()
        loss.backward()
        given.append(loss if closure_gives == "tensor" else loss.item())
        return given[-1]

    returned = {}
    for step in range(1, 4):
        with torch.set_grad_enabled(where == ""):
            loss = optimizer.step(closure=closure) if keyword else optimizer.step(closure)
            returned[f"gradient tracking after step {step}"] = on_or_off(torch.is_grad_enabled())
        returned[f"value returned by step {step}"] = loss.item() if isinstance(loss, torch.Tensor) else loss
        is_same = bool(given) and loss is given[-1]
        returned[f"object returned by step {step}"] = "the closure's own" if is_same else "another one"
    return {
        "number of calls of the closure": len(enabled),
        "gradient tracking in the closure": on_or_off(*enabled),
        **returned,
        **seen,
        **now(name, params, "after the steps"),
    }


@probe("{name}([p, q, r, s], {options}), step(), then step(None) inside torch.no_grad(); " + SIZES, options=options)
def step_returns(ch, draw: Draw, *, name="SGD"):
    params = leaves(draw)
    optimizer = make(ch, name, list(params.values()))
    give_grads(draw, params)
    with torch.enable_grad():
        first, enabled = optimizer.step(), torch.is_grad_enabled()
    with torch.no_grad():
        second, enabled_inside = optimizer.step(None), torch.is_grad_enabled()
    return {
        "returned by step()": first,
        "returned by step(None) inside torch.no_grad()": second,
        "gradient tracking after step()": on_or_off(enabled),
        "gradient tracking after step(None) inside torch.no_grad()": on_or_off(enabled_inside),
        **now(name, params, "after both steps"),
    }


def round_trip(saved, through: str):
    """Return a state_dict as it comes back: from a file in memory, as a copy, or as it is."""
    if through == "torch.save and torch.load":
        file = io.BytesIO()
        torch.save(saved, file)
        file.seek(0)
        return torch.load(file, weights_only=False)
    return copy.deepcopy(saved) if through == "a copy" else saved


RESUMED = "{name}([{{'params': [p, q]}}, {{'params': [r, s], 'lr': 0.03}}]"


@probe(
    RESUMED + ", {options}), {steps} steps; its state_dict() (through {through}) loaded into {after}, 3 steps",
    options=options,
)
def resumed(ch, draw: Draw, *, name="SGD", steps=3, through="a copy", same_params=False, after="a fresh one"):
    return resume(ch, draw, name, OPTIONS[name], steps, through, same_params, after)


@probe(
    RESUMED + ", lr={lr}, …), {choices}; 3 steps; its state_dict() loaded into a fresh one, 3 steps; "
    "s gets its first gradient after loading",
    **CHOICES,
)
def resumed_with_options(ch, draw: Draw, *, name="SGD"):
    found = {}
    for choice in BRANCHES[name]:
        found |= resume(ch, draw, name, choice, of=f" since loading with {in_words(choice)}")
    return found


@probe(
    "{name}([p, q, r, s], {options}), all {dtype}, 3 steps; its state_dict() loaded into a fresh one, 3 steps of both",
    options=lambda given: in_words({**OPTIONS[given["name"]], "lr": 2**-8}),
)
def resumed_in_half(ch, draw: Draw, *, name="SGD", dtype="float16"):
    """Both get the same gradients, and only they are compared: they may round in any way, but in the same one.

    The parameters are as small as a step, or rounding them would hide how a step was rounded.
    """
    params = leaves(draw, dtype=dtype, scale=2**-8)
    optimizer = make(ch, name, list(params.values()), **{**OPTIONS[name], "lr": 2**-8})
    for _ in range(3):
        give_moderate_grads(draw, params)
        optimizer.step()
    copies = {letter: p.detach().clone().requires_grad_() for letter, p in params.items()}
    other = make(ch, name, list(copies.values()), **OTHER_OPTIONS[name])
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    apart = {}
    for step in range(1, 4):
        give_moderate_grads(draw, params)
        for letter, p in params.items():
            copies[letter].grad = p.grad.clone()
        optimizer.step()
        other.step()
        for letter, p in params.items():
            gap = copies[letter].detach().double() - p.detach().double()
            when = f"{step} step{'s' * (step > 1)} after loading"
            apart[f"{letter} of the resumed run minus {letter} of the uninterrupted one, {when}"] = gap
    return apart


def resume(
    ch,
    draw: Draw,
    name: str,
    choice,
    steps=3,
    through="a copy",
    same_params=False,
    after="a fresh one",
    of=" since loading",
) -> dict:
    params = leaves(draw)
    p, q, r, s = params.values()
    optimizer = make(ch, name, [{"params": [p, q]}, {"params": [r, s], "lr": 0.03}], **choice)
    for step in range(steps):
        give_grads(draw, params, without="qs" if step == 0 else "s")  # s takes its first step after loading
        optimizer.step()
    with draw.settings():
        saved = round_trip(optimizer.state_dict(), through)
    if not same_params:
        params = {letter: p.detach().clone().requires_grad_() for letter, p in params.items()}
    p, q, r, s = params.values()
    other = make(ch, name, [{"params": [p, q]}, {"params": [r, s]}], **OTHER_OPTIONS[name])
    if after != "a fresh one":
        numbers = {letter: p.detach().clone() for letter, p in params.items()}
        take_steps(draw, name, other, params, 2)
        for letter, p in params.items():
            p.detach().copy_(numbers[letter])
    other.load_state_dict(saved)
    return take_steps(draw, name, other, params, 3, of=of)


@probe(
    "first = {name}([p, q, r, s], {options}), second = {name}(other parameters, {other_options}), third = "
    "{name}([p, q, r, s], {other_options}), stepping in turn",
    options=options,
    other_options=other_options,
)
def two_of_them(ch, draw: Draw, *, name="SGD"):
    params, others = leaves(draw), leaves(draw)
    first = make(ch, name, list(params.values()))
    second = make(ch, name, list(others.values()), **OTHER_OPTIONS[name])
    third = make(ch, name, list(params.values()), **OTHER_OPTIONS[name])
    after = {}
    for step in range(1, 4):
        after |= take_steps(draw, name, first, params, (step,), of=" of the first")
        after |= take_steps(draw, name, second, others, (step,), of=" of the second")
        after |= take_steps(draw, name, third, params, (step,), of=" of the third")
    return after


@probe(
    "{name}((p for p in model.parameters()), {options}), 4 steps of training a model of two linear layers",
    options=options,
)
def as_an_optimizer(ch, draw: Draw, *, name="SGD"):
    with draw.settings():
        layers = {"first": nn.Linear(3, 4), "tanh": nn.Tanh(), "second": nn.Linear(4, 1)}
        model = nn.Sequential(OrderedDict(layers)).to(draw.device, torch.float64)
    for p in model.parameters():
        p.detach().copy_(away_from_zero(draw, *p.shape, low=0.5, high=1.0))
    optimizer = make(ch, name, (p for p in model.parameters()))
    definition = getattr(ch, name)
    x = draw.normal(5, 3)
    losses = {}
    for step in range(1, 5):
        optimizer.zero_grad()
        with torch.enable_grad():
            losses[f"loss before step {step}"] = model(x).square().mean()
            losses[f"loss before step {step}"].backward()
        optimizer.step()
    is_subclass = isinstance(definition, type) and issubclass(definition, torch.optim.Optimizer)
    return {
        f"what {name} inherits from": "torch.optim.Optimizer" if is_subclass else "something else",
        **now(name, losses, "of training"),
        **now(name, dict(model.named_parameters()), "after training"),
    }


@probe(
    "{name}([p, q, r, s], lr={lr}, …), all {dtype}, {choices}; 3 steps",
    **CHOICES,
)
def steps_in_dtype(ch, draw: Draw, *, name="SGD", dtype="float32"):
    found = {}
    for choice in BRANCHES[name]:
        params = leaves(draw, dtype=dtype)
        optimizer = make(ch, name, list(params.values()), **choice)
        for step in range(1, 4):
            give_moderate_grads(draw, params)
            optimizer.step()
            for letter, p in params.items():
                found[f"{letter} after step {step} with {in_words(choice)}"] = p.detach().clone()
    return found


@probe(
    "{name}(params, {options}), 4 steps, params of shapes (), (1,), (2, 3, 4), (0, 3), and one that is not contiguous",
    options=options,
)
def steps_in_shapes(ch, draw: Draw, *, name="SGD"):
    params = {}
    for shape in ((), (1,), (2, 3, 4), (0, 3)):
        params |= leaves(draw, shapes=(shape,), names=(f"the parameter of shape {shape}",))
    strided = away_from_zero(draw, 4, 3).t().requires_grad_()
    params["the parameter that is not contiguous"] = strided
    return take_steps(draw, name, make(ch, name, list(params.values())), params, 4)


@probe(
    "{name}(params, {options}) with p, q, r and s of float64, float32, float16 and bfloat16, 4 steps", options=options
)
def mixed_dtypes(ch, draw: Draw, *, name="SGD"):
    dtypes = ("float64", "float32", "float16", "bfloat16")
    by_dtype = {dtype: leaves(draw, dtype=dtype, of=f" of {dtype}") for dtype in dtypes}
    params = {label: p for some in by_dtype.values() for label, p in some.items()}
    optimizer = make(ch, name, list(params.values()))
    after = {}
    for step in range(1, 5):
        give_moderate_grads(draw, params)
        optimizer.step()
        for dtype, some in by_dtype.items():
            after |= now(name, some, f"after step {step}", dtype)
    return after


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


def with_option(option: str, value) -> str:
    """Return the options of a call as they are written, with this value of one of them."""
    return in_words({"lr": 0.1, option: tuple(value) if isinstance(value, list) else value})


def attempt(ch, draw: Draw, name: str, option: str, value):
    """Report what making an optimizer with this value of one option raises."""
    options = {"lr": 0.1, option: tuple(value) if isinstance(value, list) else value}
    return raised(lambda: getattr(ch, name)(list(leaves(draw).values()), **options))


def outcome(result) -> str:
    """Return the kind of exception that `raised` reports; a subclass of ValueError is one, too."""
    return "ValueError" if result["is_value_error"] else result["raised"] or "nothing"


@probe(
    "{name}(params, {choice}); then with other values of {option} that are not allowed",
    choice=lambda given: with_option(given["option"], given["value"]),
)
def refused(ch, draw: Draw, *, name="SGD", option="lr", value=-0.1):
    others = {bad: outcome(attempt(ch, draw, name, option, bad)) for bad in BAD[name][option]}
    return {
        **attempt(ch, draw, name, option, value),
        **{f"{name}(params, {with_option(option, bad)}) raises": kind for bad, kind in others.items()},
    }


@probe("{name}(params, lr=0.1) with values that are just allowed, such as 0")
def at_the_edge(ch, draw: Draw, *, name="SGD"):
    return {
        f"{name}(params, {with_option(option, value)}) raises": outcome(attempt(ch, draw, name, option, value))
        for option, allowed in LEGAL[name].items()
        for value in allowed
    }


@probe(
    "SGD(params, lr=0.1, momentum={momentum}, dampening={dampening}, nesterov=True); then with other invalid "
    "combinations"
)
def nesterov_refused(ch, draw: Draw, *, momentum=0.0, dampening=0.0):
    def build(momentum, dampening):
        params = list(leaves(draw).values())
        return raised(lambda: ch.SGD(params, lr=0.1, momentum=momentum, dampening=dampening, nesterov=True))

    others = ((0.0, 0.0), (0.9, 0.1), (0.0, 0.1), (0.9, 1.0), (0.9, -0.1))
    refused = {
        f"SGD(params, lr=0.1, momentum={m}, dampening={d}, nesterov=True) raises": outcome(build(m, d))
        for m, d in others
    }
    return {**build(momentum, dampening), **refused}


@probe("SGD(params, lr=0.1, …) with valid combinations of momentum, dampening and nesterov")
def nesterov_allowed(ch, draw: Draw):
    params = list(leaves(draw).values())
    together = (
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.9, "dampening": 0.5},
        {"dampening": 0.5},
    )
    return {
        f"SGD(params, lr=0.1, {in_words(choice)}) raises": outcome(raised(lambda: ch.SGD(params, lr=0.1, **choice)))  # noqa: B023
        for choice in together
    }


@probe(
    "{name}([{{'params': [p, q, r, s]}}], {choice}): is the caller's dict unchanged?",
    choice=lambda given: in_words({"lr": 0.1, given["option"]: given["value"]}),
)
def refused_first(ch, draw: Draw, *, name="SGD", option="lr", value=-0.1):
    params = leaves(draw)
    originals = {letter: p.detach().clone() for letter, p in params.items()}
    tensors = list(params.values())
    group = {"params": tensors}
    given = [group]
    result = raised(lambda: getattr(ch, name)(given, **{"lr": 0.1, option: value}))
    is_same_list = group.get("params") is tensors
    return {
        **result,
        "keys added to the caller's dict": ", ".join(sorted(str(key) for key in group if key != "params")) or "none",
        "the list of parameters in the caller's dict": "the same list" if is_same_list else "not the same list",
        "number of dicts": len(given),
        "number of parameters in the dict": len(tensors),
        **{letter: "unchanged" if torch.equal(p, originals[letter]) else "changed" for letter, p in params.items()},
        **now(name, params, "after the exception"),
    }
