"""Probes of chapter 6."""

import copy
import io

import torch
from torch import nn

from torchdojo.probe import Draw, probe, raised

SHAPES = ((3, 2), (4,), ())

# The options that the shared probes give to each optimizer: enough to need its memory, and no more.
OPTIONS = {
    "SGD": {"lr": 0.1, "momentum": 0.9},
    "SGDW": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.5},
    "Adam": {"lr": 0.05, "betas": (0.8, 0.9)},
}
OTHER_OPTIONS = {
    "SGD": {"lr": 0.02, "momentum": 0.5},
    "SGDW": {"lr": 0.02, "momentum": 0.5, "weight_decay": 2.0},
    "Adam": {"lr": 0.2, "betas": (0.5, 0.7), "eps": 0.3},
}


def make(ch, name: str, params, **options):
    """Return the optimizer of that name, with the options above unless others are given."""
    return getattr(ch, name)(params, **(options or OPTIONS[name]))


def leaves(draw: Draw, shapes=SHAPES, dtype="float64", scale=1.0) -> list:
    """Return leaf tensors of these shapes."""
    return [draw.normal(*shape, dtype=getattr(torch, dtype), scale=scale, grad=True) for shape in shapes]


def give_grads(draw: Draw, params, without=(), scale=1.0) -> None:
    """Set a fresh gradient on each parameter; None on those whose indices are in `without`."""
    for index, p in enumerate(params):
        grad = draw.normal(*p.shape, dtype=p.dtype, scale=scale)
        p.grad = None if index in without else grad


def values(name: str, tensors) -> list:
    """Return copies of the tensors as they are now.

    Adam's are joined into one float32 tensor. Adam may keep its count in a float32 tensor, as torch.optim.Adam does,
    and raising beta to such a count is right to seven digits of the step. So seven digits are compared, on the scale of
    all parameters together: a single one may happen to be close to zero.
    """
    copies = [t.detach().clone() for t in tensors]
    if name != "Adam":
        return copies
    return [torch.cat([c.flatten().float() if c.dtype == torch.float64 else c.flatten() for c in copies])]


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
def adam_steps(ch, draw: Draw, *, lr=0.05, betas=(0.8, 0.9), eps=1e-8, steps=5, scale=1.0):
    params = leaves(draw)
    optimizer = ch.Adam(params=params, lr=lr, betas=tuple(betas), eps=eps)
    return {"params after each step": take_steps(draw, "Adam", optimizer, params, steps, scale)}


@probe("Adam(params), {steps} steps, gradients of about {scale}")
def adam_defaults(ch, draw: Draw, *, steps=6, scale=1.0):
    params = leaves(draw, scale=0.01)
    optimizer = ch.Adam(params)
    return {"params after each step": take_steps(draw, "Adam", optimizer, params, steps, scale)}


@probe("Adam(params, 0.05, (0.5, 0.7), 0.2), 4 steps")
def adam_signature(ch, draw: Draw):
    params = leaves(draw)
    return {"params after each step": take_steps(draw, "Adam", ch.Adam(params, 0.05, (0.5, 0.7), 0.2), params, 4)}


@probe("Adam(params, lr=0.0625, betas=(0.5, 0.75), eps=0.25), one step: all digits of float64")
def adam_precise(ch, draw: Draw):
    """The options are exact in float32, so that a count kept in float32 costs no precision: only the means could."""
    params = leaves(draw)
    optimizer = ch.Adam(params, lr=0.0625, betas=(0.5, 0.75), eps=0.25)
    give_grads(draw, params)
    optimizer.step()
    return {"params": params}


# ------------------------------------------------------------------------------------------ options, group by group


@probe("{name}([{{'params': …}}, {{'params': …, its own options}}], …), {steps} steps")
def groups(ch, draw: Draw, *, name="SGD", steps=4):
    first, second, third = leaves(draw), leaves(draw), leaves(draw)
    without_lr = {option: value for option, value in OTHER_OPTIONS[name].items() if option != "lr"}
    given = [{"params": first}, {"params": second, **OTHER_OPTIONS[name]}, {"params": iter(third), **without_lr}]
    optimizer = make(ch, name, given)
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
def changed_option(ch, draw: Draw, *, name="SGD", option="lr", numbers=(0.1, 0.3, 0.02, 0.2)):
    params = leaves(draw)
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


@probe("{name}(params, {words}), 6 steps in which some parameters have no gradient, or one of zeros")
def missing_grads(ch, draw: Draw, *, name="SGD", words="…", options=()):
    params = [*leaves(draw), *leaves(draw, shapes=((2,),))]
    params[3].requires_grad_(False)
    optimizer = make(ch, name, params, **{**OPTIONS[name], **dict(options)})
    after, grads = [], []
    for step, without in enumerate(((0, 3), (0, 1, 2, 3), (3,), (1, 3), (1, 2, 3), (3,))):
        give_grads(draw, params, without)
        if step in (3, 5):
            params[2].grad.zero_()  # not None: the memory is updated all the same
        optimizer.step()
        after.append(values(name, params))
        grads.append([p.grad is None for p in params])
    return {"params after each step": after, "p.grad is None": grads}


@probe("{name}(params, {words}), 4 steps: p.grad after each")
def kept_grads(ch, draw: Draw, *, name="SGD", words="…", options=(), same_tensors=False):
    params = leaves(draw)
    optimizer = make(ch, name, params, **{**OPTIONS[name], **dict(options)})
    after, grads = [], []
    for _ in range(4):
        if same_tensors and params[0].grad is not None:
            for p in params:
                p.grad.copy_(draw.normal(*p.shape))
        else:
            give_grads(draw, params)
        optimizer.step()
        after.append(values(name, params))
        grads.append([None if p.grad is None else p.grad.detach().clone() for p in params])
    return {"p.grad after each step": grads, "params after each step": after}


@probe("{name}(params, …), 3 steps: are params still the same tensors?")
def same_tensors(ch, draw: Draw, *, name="SGD"):
    params = leaves(draw)
    views = [p.detach() for p in params]
    optimizer = make(ch, name, params)
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
    }


def line_to_fit(draw: Draw):
    """Return data and parameters of a linear model."""
    x, y = draw.normal(6, 3), draw.normal(6)
    return x, y, draw.normal(3, grad=True), draw.normal(grad=True)


@probe("{name}(params, …).step(closure){where}, 3 times")
def closure_steps(ch, draw: Draw, *, name="SGD", where="", closure_gives="tensor", keyword=False):
    x, y, weight, bias = line_to_fit(draw)
    optimizer = make(ch, name, [weight, bias])
    seen_params, enabled = [], []

    def closure():
        enabled.append(torch.is_grad_enabled())
        seen_params.extend(values(name, [weight, bias]))
        optimizer.zero_grad()
        loss = (x @ weight + bias - y).square().mean()
        loss.backward()
        return loss if closure_gives == "tensor" else loss.item()

    losses, enabled_after = [], []
    for _ in range(3):
        with torch.set_grad_enabled(where == ""):
            loss = optimizer.step(closure=closure) if keyword else optimizer.step(closure)
            enabled_after.append(torch.is_grad_enabled())
        losses.append(None if loss is None else values(name, [torch.as_tensor(loss, dtype=torch.float64)])[0])
    return {
        "calls of the closure": len(enabled),
        "gradients enabled in the closure": enabled,
        "gradients enabled after step": enabled_after,
        "returned losses": losses,
        "params that the closure saw": seen_params,
        "params": values(name, [weight, bias]),
    }


@probe("{name}(params, …).step() without a closure: what it returns")
def step_returns(ch, draw: Draw, *, name="SGD"):
    params = leaves(draw)
    optimizer = make(ch, name, params)
    give_grads(draw, params)
    first = optimizer.step()
    return {"first": first is None, "second": optimizer.step(None) is None, "params": values(name, params)}


def round_trip(saved, through: str):
    """Return a state_dict as it comes back: from a file in memory, as a copy, or as it is."""
    if through == "torch.save and torch.load":
        file = io.BytesIO()
        torch.save(saved, file)
        file.seek(0)
        return torch.load(file, weights_only=False)
    return copy.deepcopy(saved) if through == "a copy" else saved


@probe("{name}(params, …{words}), {steps} steps, then 3 of a fresh one after load_state_dict (through {through})")
def resumed(ch, draw: Draw, *, name="SGD", steps=3, through="a copy", same_params=False, words="", options=()):
    params = leaves(draw)
    given = {**OPTIONS[name], **dict(options)}
    optimizer = make(ch, name, [{"params": params[:2]}, {"params": params[2:], "lr": 0.03}], **given)
    for step in range(steps):
        give_grads(draw, params, without=(1,) if step == 0 else ())
        optimizer.step()
    saved = round_trip(optimizer.state_dict(), through)
    if not same_params:
        params = [p.detach().clone().requires_grad_() for p in params]
    fresh = make(ch, name, [{"params": params[:2]}, {"params": params[2:]}], **OTHER_OPTIONS[name])
    fresh.load_state_dict(saved)
    return {"params after each further step": take_steps(draw, name, fresh, params, 3)}


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
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).to(draw.device, torch.float64)
    for p in model.parameters():
        draw.fill_(p)
    optimizer = make(ch, name, (p for p in model.parameters()))
    definition = getattr(ch, name)
    x = draw.normal(5, 3)
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
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


@probe("{name}(params, …), 4 steps, params of {dtype}")
def steps_in_dtype(ch, draw: Draw, *, name="SGD", dtype="float32"):
    params = leaves(draw, dtype=dtype)
    optimizer = make(ch, name, params)
    return {"params after each step": take_steps(draw, name, optimizer, params, 4)}


@probe("{name}(params, …), 4 steps, params of shapes (), (1,), (2, 3, 4), (0, 3), and one that is not contiguous")
def steps_in_shapes(ch, draw: Draw, *, name="SGD"):
    strided = draw.normal(4, 3).t().detach().requires_grad_()
    params = [*leaves(draw, shapes=((), (1,), (2, 3, 4), (0, 3))), strided]
    optimizer = make(ch, name, params)
    return {"params after each step": take_steps(draw, name, optimizer, params, 4)}


@probe("{name}(params, …) on params of float32 and of float64, 4 steps")
def mixed_dtypes(ch, draw: Draw, *, name="SGD"):
    params = [*leaves(draw), *leaves(draw, dtype="float32")]
    optimizer = make(ch, name, params)
    return {"params after each step": take_steps(draw, name, optimizer, params, 4)}


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

    others = ((0.0, 0.0), (0.9, 0.1), (0.0, 0.1), (0.9, 1.0))
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
