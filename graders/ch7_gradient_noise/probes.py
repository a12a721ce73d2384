"""Probes of chapter 7."""

import io
import itertools

import torch

from torchdojo.probe import Draw, probe, raised

COUNT = 10000
SPREAD = 10.0  # of what noise is added to: wide, so that an answer to another question is far off


def parameter(draw: Draw, *shape, dtype="float64"):
    """Return a leaf with a drawn gradient."""
    p = draw.normal(*shape, dtype=getattr(torch, dtype), grad=True)
    p.grad = draw.normal(*shape, dtype=getattr(torch, dtype))
    return p


def start_of(draw: Draw, inputs: int, *shape):
    """Return what noise is added to, which the check draws again."""
    return Draw(inputs, draw.device).normal(*shape, scale=SPREAD)


def leaf(draw: Draw, *shape):
    """Return a leaf of zeros, without a gradient."""
    return torch.zeros(shape, dtype=torch.float64, device=draw.device, requires_grad=True)


def flat(tensors):
    """Return the numbers of several tensors as one."""
    return torch.cat([t.detach().flatten() for t in tensors])


def fill(tensors, numbers) -> None:
    """Overwrite tensors with these numbers, one after the other, unrecorded."""
    with torch.no_grad():
        for tensor, part in zip(tensors, numbers.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))


def zero_grads(params) -> None:
    """Give each a new gradient of zeros: what the next step does is then its noise alone."""
    for p in params:
        p.grad = torch.zeros_like(p)


def seeded_generator(draw: Draw, seed: int):
    return torch.Generator(device=draw.device).manual_seed(seed)


def outcome(call) -> str:
    """Return the name of the exception that a call raises, or "nothing"."""
    return raised(call)["raised"] or "nothing"


def changes(before: dict, after: dict) -> dict:
    """Return whether each of these tensors has changed in every element, by its name."""

    def change(old, new) -> str:
        return "all have changed" if new is not None and bool((new != old).all()) else "some or all are unchanged"

    return {f"the numbers of {name}": change(old, after[name]) for name, old in before.items()}


def none_or_tensor(grad) -> str:
    return "None" if grad is None else "a tensor"


def leaves_in_words(tensors: dict) -> dict:
    """Return whether each of these tensors is still a leaf that requires grad."""
    is_leaf = {name: tensor.is_leaf and tensor.requires_grad for name, tensor in tensors.items()}
    words = {True: "a leaf that requires grad", False: "not a leaf that requires grad"}
    return {f"{name} afterwards": words[is_one] for name, is_one in is_leaf.items()}


def group_sizes(given) -> str:
    return " and ".join(map(str, given["sizes"]))


def forms(tensors: dict) -> dict:
    """Return tensors without their numbers, which are random."""
    return {name: torch.zeros_like(tensor) for name, tensor in tensors.items()}


def copies(tensors: dict) -> dict:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


# ------------------------------------------------------------------------------------------------------- noise_std


def plain_float(number):
    return float(number) if isinstance(number, float) else number


@probe("noise_std({step}, eta={eta}, gamma={gamma})")
def std_value(ch, draw: Draw, *, step=3, eta=0.3, gamma=0.55):
    return {"std": plain_float(ch.noise_std(step, eta=eta, gamma=gamma))}


@probe("noise_std({step})")
def std_by_default(ch, draw: Draw, *, step=3):
    return {"std": plain_float(ch.noise_std(step=step))}


@probe("noise_std(step={step}, eta={eta})")
def std_refused(ch, draw: Draw, *, step=-1, eta=0.3):
    legal = {
        "noise_std(0) raises": outcome(lambda: ch.noise_std(0)),
        "noise_std(0, 0.0) raises": outcome(lambda: ch.noise_std(0, 0.0)),
        "noise_std(5, 0) raises": outcome(lambda: ch.noise_std(5, 0)),
    }
    return {**raised(lambda: ch.noise_std(step, eta=eta)), **legal}


# ---------------------------------------------------------------------------------------------- add_gradient_noise_


@probe("add_gradient_noise_([p], std={std}), p with 10,000 numbers: what is added to p.grad")
def added(ch, draw: Draw, *, std=0.5, inputs=0):
    p = leaf(draw, COUNT)
    p.grad = start_of(draw, inputs, COUNT)
    ch.add_gradient_noise_([p], std)
    return {"p.grad": p.grad}


@probe(
    "add_gradient_noise_(params, std={std}), with {params} parameters of shape {shape}, {calls} times: "
    "what is added each time"
)
def added_again(ch, draw: Draw, *, std=1.0, shape=(15, 10), params=3, calls=20, inputs=0):
    leaves = [leaf(draw, *shape) for _ in range(params)]
    zero_grads(leaves)
    results = []
    for start in start_of(draw, inputs, calls, sum(p.numel() for p in leaves)):
        fill([p.grad for p in leaves], start)
        ch.add_gradient_noise_(leaves, std)
        results.append(flat(p.grad for p in leaves))
    return {"the gradients after each call": torch.stack(results)}


@probe("add_gradient_noise_([p, q, r, s], std=0.5), where q.grad is None and s.grad is not contiguous")
def added_in_place(ch, draw: Draw):
    named = {"p": parameter(draw, 3, 4), "q": draw.normal(2, grad=True), "r": parameter(draw, 5)}
    named["s"] = parameter(draw, 4, 6)
    named["s"].grad = draw.normal(6, 4).T
    recorded = draw.normal(3, grad=True)
    with draw.settings():  # torch warns of create_graph, and a submission may have made warnings errors
        recorded.pow(3).sum().backward(create_graph=True)
    graph = recorded.grad.grad_fn
    ch.add_gradient_noise_([recorded], 0.5)
    grads = {f"{name}.grad": x.grad for name, x in named.items() if x.grad is not None}
    before = copies(grads)
    result = ch.add_gradient_noise_(list(named.values()), 0.5)
    is_kept = "as before the call" if recorded.grad.grad_fn is graph else "changed: the addition was recorded"
    after = {f"{name}.grad": x.grad for name, x in named.items()}
    return {
        "what is returned": None if result is None else type(result).__name__,
        "q.grad": none_or_tensor(after["q.grad"]),
        **{name: "the same tensor" if after[name] is grad else "another tensor" for name, grad in grads.items()},
        **changes(before, after),
        **{f"{name}.requires_grad": bool(after[name] is not None and after[name].requires_grad) for name in grads},
        "the graph of a gradient made with create_graph=True": is_kept,
        **{f"{name} after the call": x.detach() for name, x in named.items()},
        **leaves_in_words(named),
    }


@probe("add_gradient_noise_(params, std={std}), with a tuple, a generator expression and a dict's values")
def added_to_any_iterable(ch, draw: Draw, *, std=0.5, inputs=0):
    leaves = [leaf(draw, 20, 5), leaf(draw), leaf(draw, 99)]
    iterables = tuple(leaves), (p for p in leaves), dict(enumerate(leaves)).values()
    results = []
    for parameters, start in zip(iterables, start_of(draw, inputs, 3, 200), strict=True):
        zero_grads(leaves)
        fill([p.grad for p in leaves], start)
        ch.add_gradient_noise_(parameters, std)
        results.append(flat(p.grad for p in leaves))
    ch.add_gradient_noise_([], std)
    return {"the gradients after each call": torch.stack(results)}


def grads_with_noise(ch, draw: Draw, std: float, inputs: int, **options):
    """Return two drawn gradients, as one, with noise."""
    leaves = [leaf(draw, 30, 5), leaf(draw, 50)]
    zero_grads(leaves)
    fill([p.grad for p in leaves], start_of(draw, inputs, 200))
    ch.add_gradient_noise_(leaves, std, **options)
    return flat(p.grad for p in leaves)


@probe("add_gradient_noise_(params, std={std}, generator=generator), three times, the third with the first seed again")
def added_from_a_generator(ch, draw: Draw, *, std=1.0, inputs=0):
    seed = draw.integer(0, 2**31)
    generator = seeded_generator(draw, seed)
    torch.manual_seed(seed + 1)
    state = torch.get_rng_state()
    first = grads_with_noise(ch, draw, std, inputs, generator=generator)
    untouched = torch.equal(torch.get_rng_state(), state)
    second = grads_with_noise(ch, draw, std, inputs, generator=generator)
    torch.manual_seed(seed + 2)
    again = grads_with_noise(ch, draw, std, inputs, generator=seeded_generator(draw, seed))
    return {
        "the gradients": first,
        "after another call": second,
        "after the same seed": again,
        "torch's global generator is untouched": untouched,
    }


@probe(
    "add_gradient_noise_(params, std={std}) after torch.manual_seed: with a seed, with another, with the first again"
)
def added_seeded(ch, draw: Draw, *, std=1.0, inputs=0):
    seed = draw.integer(0, 2**31)
    grads = []
    for number in (seed, seed + 1, seed):
        torch.manual_seed(number)
        grads.append(grads_with_noise(ch, draw, std, inputs))
    return {"the gradients": grads[0], "after another seed": grads[1], "after the same seed": grads[2]}


@probe("add_gradient_noise_([p], std={std}), with a gradient of {dtype}")
def added_in_dtype(ch, draw: Draw, *, std=0.5, dtype="float32", inputs=0):
    torch_dtype = getattr(torch, dtype)
    p = torch.zeros(400, dtype=torch_dtype, device=draw.device, requires_grad=True)
    p.grad = Draw(inputs, draw.device).normal(400, dtype=torch_dtype)
    ch.add_gradient_noise_([p], std)
    return {"p.grad": p.grad}


@probe("add_gradient_noise_([p], std=0.5), with a gradient of zeros in float64")
def added_in_full(ch, draw: Draw):
    p = leaf(draw, 40)
    zero_grads([p])
    ch.add_gradient_noise_([p], 0.5)  # a power of two: scaling adds no bits
    return {"p.grad": p.grad}


@probe("add_gradient_noise_([p, q], std=0.0)")
def added_nothing(ch, draw: Draw):
    p, q = parameter(draw, 3, 4), parameter(draw, 5)
    ch.add_gradient_noise_([p, q], 0.0)
    return {"p.grad": p.grad, "q.grad": q.grad}


@probe("add_gradient_noise_([p, q], std=0.5) twice, the second time with a generator; all")
def added_place(ch, draw: Draw):
    p, q = parameter(draw, 3, 4), parameter(draw, 5)
    before = copies({"p.grad": p.grad, "q.grad": q.grad})
    ch.add_gradient_noise_([p, q], 0.5)
    ch.add_gradient_noise_([p, q], 0.5, seeded_generator(draw, 1))
    after = {"p.grad": p.grad, "q.grad": q.grad}
    return {**forms(after), **changes(before, after)}


# -------------------------------------------------------------------------------------------------------- NoisySGD


def step_from(optimizer, params, start, with_closure: bool = False):
    """Return where one step leads from these numbers, as one tensor: their gradients are zero, so it is noise alone.

    with_closure: whether the step is given a closure that makes the gradients
    """
    fill(params, start)
    advance(optimizer, params, 1, with_closure)
    return flat(params)


def advance(optimizer, params, steps: int, with_closure: bool = False) -> None:
    for _ in range(steps):
        zero_grads(params)
        if with_closure:
            optimizer.step(lambda: zero_grads(params))
        else:
            optimizer.step()


@probe(
    "NoisySGD([p], lr={lr}, eta={eta}, gamma={gamma}), p with gradients of 0: the change of p in the step with "
    "t = {step}"
)
def sgd_noise(ch, draw: Draw, *, lr=0.5, eta=0.3, gamma=0.55, step=0, inputs=0):
    p = leaf(draw, COUNT)
    optimizer = ch.NoisySGD([p], lr=lr, eta=eta, gamma=gamma)
    advance(optimizer, [p], step)
    return {"p": step_from(optimizer, [p], start_of(draw, inputs, COUNT))}


@probe("NoisySGD([p], {lr}), p with gradients of 0: the change of p in the step with t = {step}")
def sgd_noise_by_default(ch, draw: Draw, *, lr=0.5, step=100, inputs=0):
    p = leaf(draw, COUNT)
    optimizer = ch.NoisySGD([p], lr)
    advance(optimizer, [p], step)
    return {"p": step_from(optimizer, [p], start_of(draw, inputs, COUNT))}


@probe("NoisySGD((x for x in [p, q, r]), lr={lr}, eta=0.0), five steps; shapes (3, 4), (5,) and (), {dtype}")
def sgd_plain(ch, draw: Draw, *, lr=0.3, dtype="float64"):
    kind = getattr(torch, dtype)
    named = {"p": draw.normal(3, 4, dtype=kind, grad=True), "q": draw.normal(5, dtype=kind, grad=True)}
    named["r"] = draw.normal(dtype=kind, grad=True)
    params = list(named.values())
    optimizer = ch.NoisySGD((p for p in params), lr=lr, eta=0.0)
    results = []
    for _ in range(5):
        for p in params:
            p.grad = draw.normal(*p.shape, dtype=kind)
        results.append(optimizer.step())
    groups = getattr(optimizer, "param_groups", [])
    held = [id(p) for group in groups for p in group["params"]]
    is_optimizer = isinstance(optimizer, torch.optim.Optimizer)
    return {
        **named,
        "number of calls of step() that return None": sum(r is None for r in results),
        "what param_groups holds": "p, q and r" if held == [id(p) for p in params] else "other tensors than p, q and r",
        **leaves_in_words(named),
        "what NoisySGD inherits from": "torch.optim.Optimizer" if is_optimizer else "something else",
    }


def in_groups(params, sizes):
    """Return parameters as groups of these sizes."""
    rest = iter(params)
    return [{"params": list(itertools.islice(rest, size))} for size in sizes]


@probe(
    "NoisySGD(groups, lr={lr}, eta={eta}, gamma={gamma}), groups of {group_sizes} parameters: the noise of step {step} "
    "(from 0), after 400 steps of another NoisySGD",
    group_sizes=group_sizes,
)
def sgd_one_count(ch, draw: Draw, *, lr=0.5, eta=0.3, gamma=0.55, sizes=(2, 3), step=40, inputs=0):
    params = [leaf(draw, COUNT // sum(sizes)) for _ in range(sum(sizes))]
    optimizer = ch.NoisySGD(in_groups(params, sizes), lr=lr, eta=eta, gamma=gamma)
    other = ch.NoisySGD([draw.normal(3, grad=True)], lr=0.5)
    advance(other, other.param_groups[0]["params"], 400)
    advance(optimizer, params, step)
    return {"params": step_from(optimizer, params, start_of(draw, inputs, sum(p.numel() for p in params)))}


@probe(
    "NoisySGD([p], lr={lr}, eta={eta}, gamma=1.0), {steps} steps, then a group with q: the noise of q in the next step"
)
def sgd_count_of_a_new_group(ch, draw: Draw, *, lr=0.5, eta=1.0, steps=99, inputs=0):
    p, q = leaf(draw, 3), leaf(draw, COUNT)
    optimizer = ch.NoisySGD([p], lr=lr, eta=eta, gamma=1.0)
    advance(optimizer, [p], steps)
    optimizer.add_param_group({"params": [q]})
    return {"q": step_from(optimizer, [q], start_of(draw, inputs, COUNT))}


@probe("NoisySGD([p], lr={lr}, eta={eta}, gamma=1.0), the noise of step(closure) after {steps} calls of it")
def sgd_count_with_closures(ch, draw: Draw, *, lr=0.5, eta=1.0, steps=99, inputs=0):
    p = leaf(draw, COUNT)
    optimizer = ch.NoisySGD([p], lr=lr, eta=eta, gamma=1.0)
    advance(optimizer, [p], steps, with_closure=True)
    return {"p": step_from(optimizer, [p], start_of(draw, inputs, COUNT), with_closure=True)}


@probe("NoisySGD([p], lr={lr}, eta={eta}, gamma=1.0), {steps} steps without any gradient, then the noise of the next")
def sgd_empty_steps(ch, draw: Draw, *, lr=0.5, eta=1.0, steps=99, inputs=0):
    p = leaf(draw, COUNT)
    optimizer = ch.NoisySGD([p], lr=lr, eta=eta, gamma=1.0)
    for _ in range(steps):
        optimizer.step()
    return {"p": step_from(optimizer, [p], start_of(draw, inputs, COUNT))}


@probe("NoisySGD([p], lr={lr}, eta={eta}, gamma=1.0), {steps} steps, then loaded into another: the next step's noise")
def sgd_resumed(ch, draw: Draw, *, lr=0.5, eta=1.0, steps=99, through_a_file=False, inputs=0):
    p = leaf(draw, COUNT)
    optimizer = ch.NoisySGD([p], lr=lr, eta=eta, gamma=1.0)
    advance(optimizer, [p], steps)
    saved = optimizer.state_dict()
    if through_a_file:
        buffer = io.BytesIO()
        torch.save(saved, buffer)
        buffer.seek(0)
        saved = torch.load(buffer, weights_only=False)
    q = leaf(draw, COUNT)
    resumed = ch.NoisySGD([q], lr=lr, eta=eta, gamma=1.0)
    resumed.load_state_dict(saved)
    start = start_of(draw, inputs, 2, COUNT)
    return {"p": step_from(optimizer, [p], start[0]), "p after resuming": step_from(resumed, [q], start[1])}


GROUP = {"lr": 0.5, "eta": 0.3, "gamma": 1.0}


def in_words(options) -> str:
    """Return options as they are written in a call."""
    return ", ".join(f"{option}={value}" for option, value in options.items())


def changes_in_words(given) -> str:
    first, second = given["changed"] or ({}, {})
    return f"{in_words(first)} in the first group, {in_words(second)} in the second"


@probe(
    "NoisySGD([{{'params': [p], {first_in_words}}}, {{'params': [q]}}], {second_in_words}), {step} steps, then "
    "{changes_in_words}: the noise of the next step",
    first_in_words=lambda given: str(given["first"] or GROUP)[1:-1],
    second_in_words=lambda given: in_words(given["second"] or GROUP),
    changes_in_words=changes_in_words,
)
def sgd_groups(ch, draw: Draw, *, first=None, second=None, changed=None, step=15, inputs=0):
    p, q = leaf(draw, COUNT), leaf(draw, COUNT)
    optimizer = ch.NoisySGD([{"params": [p], **(first or GROUP)}, {"params": [q]}], **(second or GROUP))
    advance(optimizer, [p, q], step)
    for group, new in zip(optimizer.param_groups, changed or ({}, {}), strict=True):
        group.update(new)
    return {"params": step_from(optimizer, [p, q], start_of(draw, inputs, 2 * COUNT)).view(2, COUNT)}


@probe(
    "NoisySGD([p], lr=0.5, eta=0.0), 3 steps: add_param_group({{'params': [q], 'lr': 0.1}}) before the second, the "
    "first group's lr set to 0.05 before the third"
)
def sgd_group_added(ch, draw: Draw):
    p, q = draw.normal(3, grad=True), draw.normal(4, grad=True)
    optimizer = ch.NoisySGD([p], lr=0.5, eta=0.0)
    for step in range(3):
        for x in (p, q):
            x.grad = draw.normal(*x.shape)
        if step == 1:
            optimizer.add_param_group({"params": [q], "lr": 0.1})
        if step == 2:
            optimizer.param_groups[0]["lr"] = 0.05
        optimizer.step()
    return {"p": p, "q": q}


@probe("NoisySGD([p], lr=0.5, eta=0.0).step(closure), under torch.no_grad()")
def sgd_closure(ch, draw: Draw):
    p, target = draw.normal(4, grad=True), draw.normal(4)
    optimizer = ch.NoisySGD([p], lr=0.5, eta=0.0)
    enabled = []

    def closure():
        enabled.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = (p - target).square().sum()
        if loss.requires_grad:  # otherwise there is no graph to go back through, and it shows below
            loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
        is_enabled = torch.is_grad_enabled()
    return {
        "number of calls of the closure": len(enabled),
        "number of its calls with gradients enabled": sum(enabled),
        "what step(closure) returns": loss,
        "p": p,
        "gradient tracking after the step": "on" if is_enabled else "off",
    }


def steps_from(optimizer, params, starts):
    """Return where several steps lead, one after the other, each from its own row of numbers."""
    return torch.stack([step_from(optimizer, params, start) for start in starts])


@probe(
    "NoisySGD(groups, lr={lr}, eta={eta}), groups of {group_sizes} parameters: the noise of {steps} steps",
    group_sizes=group_sizes,
)
def sgd_steps(ch, draw: Draw, *, lr=0.5, eta=1.0, sizes=(1, 2), steps=20, inputs=0):
    params = [leaf(draw, 150) for _ in range(sum(sizes))]
    optimizer = ch.NoisySGD(in_groups(params, sizes), lr=lr, eta=eta)
    return {"params": steps_from(optimizer, params, start_of(draw, inputs, steps, 150 * sum(sizes)))}


@probe("NoisySGD([p, q, r], lr=0.5, eta={eta}), where q has no gradient and r's is zero")
def sgd_none_grads(ch, draw: Draw, *, eta=0.3):
    named = {name: draw.normal(4, grad=True) for name in ("p", "q", "r")}
    p, q, r = named.values()
    before = copies(named)
    optimizer = ch.NoisySGD([p, q, r], lr=0.5, eta=eta)
    p.grad, r.grad = draw.normal(4), torch.zeros_like(r)
    optimizer.step()
    is_same = {name: torch.equal(x.detach(), before[name]) for name, x in named.items()}
    moved = {f"{name} after the step": "unchanged" if same else "changed" for name, same in is_same.items()}
    return {**moved, "q": q, "q.grad": none_or_tensor(q.grad)}


@probe("NoisySGD([p], lr={lr}, eta={eta}); then NoisySGD([{{'params': [p]}}], lr={lr}, eta={eta})")
def sgd_refused(ch, draw: Draw, *, lr=-0.1, eta=0.3):
    def build(**options):
        return ch.NoisySGD([torch.zeros(2, requires_grad=True)], **options)

    legal = {
        "NoisySGD([p], lr=0.0) raises": outcome(lambda: build(lr=0.0)),
        "NoisySGD([p], lr=0.1, eta=0.0) raises": outcome(lambda: build(lr=0.1, eta=0.0)),
        "NoisySGD([p], lr=0.1, gamma=0.0) raises": outcome(lambda: build(lr=0.1, gamma=0.0)),
    }
    group = {"params": [torch.zeros(2, requires_grad=True)]}
    raised(lambda: ch.NoisySGD([group], lr=lr, eta=eta))
    added = ", ".join(sorted(str(key) for key in group if key != "params")) or "none"
    has_params = "still there" if "params" in group else "gone"
    keys = {"keys added to the dict that was passed": added, "its key 'params'": has_params}
    return {**raised(lambda: build(lr=lr, eta=eta)), **legal, **keys}


def steps_from_seeds(build, draw: Draw, inputs: int, given: bool):
    """Return where two steps of an optimizer lead with a seed, with another, and with the first again.

    build: makes it, from parameters and a generator; given: whether it gets one, or torch's global one has the seed
    """
    starts, seed = start_of(draw, inputs, 2, 200), draw.integer(0, 2**31)
    results, untouched = [], []
    for number in (seed, seed + 1, seed):
        p = leaf(draw, 200)
        torch.manual_seed(draw.integer(0, 2**31) if given else number)
        optimizer = build([p], seeded_generator(draw, number) if given else None)
        state = torch.get_rng_state()
        results.append(steps_from(optimizer, [p], starts))
        untouched.append(torch.equal(torch.get_rng_state(), state))
    return {
        "the parameters after each of two seeds": torch.stack(results[:2]),
        "after the first seed again": results[2],
        "torch's global generator is untouched": all(untouched) if given else None,
    }


def two_seeds(given) -> str:
    """Return the end of a call, and what is done with two seeds."""
    if given["given"]:
        return ", generator=generator), two steps; again with a generator of another seed, and with one of the first"
    return "), two steps after torch.manual_seed; again after another seed, and after the first"


@probe("NoisySGD([p], lr={lr}, eta={eta}{two_seeds}", two_seeds=two_seeds)
def sgd_generator(ch, draw: Draw, *, lr=1.0, eta=0.3, given=True, inputs=0):
    return steps_from_seeds(
        lambda params, generator: ch.NoisySGD(params, lr=lr, eta=eta, generator=generator), draw, inputs, given
    )


@probe("NoisySGD([p, q], lr=0.5), one step, and one step of another that is given a generator; all")
def sgd_place(ch, draw: Draw):
    named = {"p": parameter(draw, 3, 4), "q": parameter(draw, 5)}
    before = copies(named)
    ch.NoisySGD(list(named.values()), lr=0.5).step()
    ch.NoisySGD(list(named.values()), lr=0.5, generator=seeded_generator(draw, 1)).step()
    return {**forms(named), **changes(before, copies(named))}


# -------------------------------------------------------------------------------------------- attach_gradient_noise


class Plain(torch.optim.Optimizer):
    """Our own optimizer: p ← p − lr · grad. It uses whatever is in .grad when its step is taken."""

    def __init__(self, params, lr: float) -> None:
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p -= group["lr"] * p.grad


ATTACHED = "attach_gradient_noise(SGD([p], lr={lr}), eta={eta}, gamma=1.0)"


def some_optimizer(kind: str, params, lr=0.5):
    if kind == "SGD":
        return torch.optim.SGD(params, lr=lr)
    return Plain(params, lr)


@probe(
    "attach_gradient_noise({kind}([p], lr={lr}), eta={eta}, gamma={gamma}), p with gradients of 0: the change of p "
    "in the step with t = {step}, counted from 0 after attaching"
)
def attached_noise(ch, draw: Draw, *, kind="SGD", lr=0.5, eta=0.3, gamma=0.55, step=0, before=0, inputs=0):
    p = leaf(draw, COUNT)
    optimizer = some_optimizer(kind, [p], lr)
    advance(optimizer, [p], before)
    ch.attach_gradient_noise(optimizer, eta=eta, gamma=gamma)
    advance(optimizer, [p], step)
    return {"p": step_from(optimizer, [p], start_of(draw, inputs, COUNT))}


@probe(
    "attach_gradient_noise(SGD([p], lr={lr})), p with gradients of 0: the change of p in the step with t = {step}, "
    "counted from 0 after attaching"
)
def attached_by_default(ch, draw: Draw, *, lr=0.5, step=100, inputs=0):
    p = leaf(draw, COUNT)
    optimizer = some_optimizer("SGD", [p], lr)
    ch.attach_gradient_noise(optimizer)
    advance(optimizer, [p], step)
    return {"p": step_from(optimizer, [p], start_of(draw, inputs, COUNT))}


@probe(
    "attach_gradient_noise(SGD(groups, lr={lr}), eta={eta}), groups of {group_sizes} parameters: "
    "the noise of {steps} steps",
    group_sizes=group_sizes,
)
def attached_steps(ch, draw: Draw, *, lr=0.5, eta=1.0, sizes=(1, 2), steps=20, inputs=0):
    params = [leaf(draw, 150) for _ in range(sum(sizes))]
    optimizer = some_optimizer("SGD", in_groups(params, sizes), lr)
    ch.attach_gradient_noise(optimizer, eta=eta)
    return {"params": steps_from(optimizer, params, start_of(draw, inputs, steps, 150 * sum(sizes)))}


@probe(
    "attach_gradient_noise(SGD([p], lr={lr}), eta={eta}, gamma=1.0), attach_gradient_noise(OurOptimizer([q], lr={lr}), "
    "eta={eta}, gamma=1.0), {steps} steps of the first, then the noise of both"
)
def attached_to_two(ch, draw: Draw, *, lr=0.5, eta=1.0, steps=99, inputs=0):
    p, q = leaf(draw, COUNT), leaf(draw, COUNT)
    first, second = some_optimizer("SGD", [p], lr), some_optimizer("OurOptimizer", [q], lr)
    for optimizer in (first, second):
        ch.attach_gradient_noise(optimizer, eta=eta, gamma=1.0)
    advance(first, [p], steps)
    start = start_of(draw, inputs, 2, COUNT)
    return {"first": step_from(first, [p], start[0]), "second": step_from(second, [q], start[1])}


@probe("attach_gradient_noise({kind}([p, q], lr={lr}{options}), eta=0.0), five steps; shapes (3, 4) and (5,)")
def attached_nothing(ch, draw: Draw, *, kind="Adam", lr=0.1, options=""):
    named = {"p": draw.normal(3, 4, grad=True), "q": draw.normal(5, grad=True)}
    momentum = {"momentum": 0.9} if options else {}
    optimizer = getattr(torch.optim, kind)(list(named.values()), lr=lr, **momentum)
    ch.attach_gradient_noise(optimizer, eta=0.0)
    for _ in range(5):
        for p in named.values():
            p.grad = draw.normal(*p.shape)
        optimizer.step()
    return named


@probe("attach_gradient_noise(Adam([p, q], lr={lr})), one step: p has a gradient of zeros, q has none")
def attached_to_adam(ch, draw: Draw, *, lr=0.1, inputs=0):
    p, q = leaf(draw, 12), leaf(draw, 2)
    optimizer = torch.optim.Adam([p, q], lr=lr)
    ch.attach_gradient_noise(optimizer)
    fill([p, q], start_of(draw, inputs, 14))
    zero_grads([p])
    optimizer.step()
    return {"p": p, "q": q, "q.grad": none_or_tensor(q.grad), "p.grad": p.grad}


@probe(
    "attach_gradient_noise(SGD([{{'params': [p]}}, {{'params': [q]}}], lr={lr}), eta={eta}, gamma=1.0), {step} steps: "
    "the noise of q in the next"
)
def attached_to_groups(ch, draw: Draw, *, lr=0.5, eta=1.0, step=3, inputs=0):
    p, q = leaf(draw, 3), leaf(draw, COUNT)
    optimizer = some_optimizer("SGD", [{"params": [p]}, {"params": [q]}], lr)
    ch.attach_gradient_noise(optimizer, eta=eta, gamma=1.0)
    advance(optimizer, [p, q], step)
    return {"q": step_from(optimizer, [q], start_of(draw, inputs, COUNT))}


@probe(ATTACHED + ", {step} steps, then add_param_group with q: the noise of q in the next")
def attached_before_a_group(ch, draw: Draw, *, lr=0.5, eta=1.0, step=3, inputs=0):
    p, q = leaf(draw, 3), leaf(draw, COUNT)
    optimizer = some_optimizer("SGD", [p], lr)
    ch.attach_gradient_noise(optimizer, eta=eta, gamma=1.0)
    advance(optimizer, [p], step)
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.add_param_group({"params": [q]})
    return {"q": step_from(optimizer, [q], start_of(draw, inputs, COUNT))}


@probe(ATTACHED + ", {step} steps, then q in place of p in its param_groups: the noise of q in the next")
def attached_before_a_change(ch, draw: Draw, *, lr=0.5, eta=1.0, step=3, inputs=0):
    p, q = leaf(draw, 3), leaf(draw, COUNT)
    optimizer = some_optimizer("SGD", [p], lr)
    ch.attach_gradient_noise(optimizer, eta=eta, gamma=1.0)
    advance(optimizer, [p], step)
    optimizer.param_groups[0]["params"] = [q]
    return {"q": step_from(optimizer, [q], start_of(draw, inputs, COUNT))}


@probe(ATTACHED + ", {steps} steps, remove(), attached again: the noise of the next step")
def attached_anew(ch, draw: Draw, *, lr=0.5, eta=1.0, steps=60, inputs=0):
    p = leaf(draw, COUNT)
    optimizer = some_optimizer("SGD", [p], lr)
    handle = ch.attach_gradient_noise(optimizer, eta=eta, gamma=1.0)
    advance(optimizer, [p], steps)
    handle.remove()
    ch.attach_gradient_noise(optimizer, eta=eta, gamma=1.0)
    return {"p": step_from(optimizer, [p], start_of(draw, inputs, COUNT))}


@probe(
    "attach_gradient_noise(SGD([p], lr={lr}), eta={eta}) twice, then remove() of the second handle, a step, "
    "remove() of the first, and a step"
)
def attached_twice(ch, draw: Draw, *, lr=0.5, eta=0.3, inputs=0):
    p, start = leaf(draw, 200), start_of(draw, inputs, 2, 200)
    optimizer = some_optimizer("SGD", [p], lr)
    first, second = (ch.attach_gradient_noise(optimizer, eta=eta) for _ in range(2))
    second.remove()
    noisy = step_from(optimizer, [p], start[0])
    first.remove()
    return {"attached": noisy[None], "removed": step_from(optimizer, [p], start[1])[None]}


@probe("attach_gradient_noise({kind}([p], lr={lr}), eta={eta}), a step, remove(), another step, and all of it again")
def attached_and_removed(ch, draw: Draw, *, kind="SGD", lr=0.5, eta=0.3, inputs=0):
    p, start = leaf(draw, 200), start_of(draw, inputs, 4, 200)
    optimizer = some_optimizer(kind, [p], lr)
    noisy, quiet = [], []
    for numbers in start.view(2, 2, 200):
        handle = ch.attach_gradient_noise(optimizer, eta=eta)
        noisy.append(step_from(optimizer, [p], numbers[0]))
        handle.remove()
        quiet.append(step_from(optimizer, [p], numbers[1]))
    return {"attached": torch.stack(noisy), "removed": torch.stack(quiet)}


@probe("attach_gradient_noise(SGD([p], lr=0.5), eta={eta}), then a step")
def attached_refused(ch, draw: Draw, *, eta=-0.1):
    p, start = leaf(draw, 20), draw.normal(20)
    optimizer = some_optimizer("SGD", [p])
    result = raised(lambda: ch.attach_gradient_noise(optimizer, eta=eta))
    after = outcome(lambda: step_from(optimizer, [p], start))
    other = some_optimizer("SGD", [draw.normal(20, grad=True)])
    legal = outcome(lambda: ch.attach_gradient_noise(other, eta=0.0))
    return {**result, "the next step raises": after, "p after that step": p, "attaching with eta=0.0 raises": legal}


@probe(
    "attach_gradient_noise(SGD([p], lr={lr}), eta={eta}{two_seeds}",
    two_seeds=two_seeds,
)
def attached_generator(ch, draw: Draw, *, lr=0.5, eta=0.3, given=True, inputs=0):
    def build(params, generator):
        optimizer = some_optimizer("SGD", params, lr)
        ch.attach_gradient_noise(optimizer, eta=eta, generator=generator)
        return optimizer

    return steps_from_seeds(build, draw, inputs, given)


@probe("attach_gradient_noise(SGD([p, q], lr=0.5, momentum=0.9)), a step, and one with a generator; all")
def attached_place(ch, draw: Draw):
    named = {"p": parameter(draw, 3, 4), "q": parameter(draw, 5)}
    before = copies(named)
    optimizer = torch.optim.SGD(list(named.values()), lr=0.5, momentum=0.9)
    handle = ch.attach_gradient_noise(optimizer)
    optimizer.step()
    handle.remove()
    ch.attach_gradient_noise(optimizer, generator=seeded_generator(draw, 1))
    optimizer.step()
    return {**forms(named), **changes(before, copies(named))}
