"""Probes of chapter 7."""

import io

import torch

from torchdojo.probe import Draw, probe, raised

COUNT = 20000
LEVELS = 21


def spread(noise):
    """Return mean, standard deviation and 21 quantiles of the numbers, from 2.5 % to 97.5 %."""
    noise = noise.detach().double().flatten().cpu()
    levels = torch.linspace(0.025, 0.975, LEVELS, dtype=torch.float64, device="cpu")
    return torch.cat([noise.mean()[None], noise.std()[None], torch.quantile(noise, levels)])


def parameter(draw: Draw, *shape, dtype="float64"):
    """Return a leaf with a drawn gradient."""
    p = draw.normal(*shape, dtype=getattr(torch, dtype), grad=True)
    p.grad = draw.normal(*shape, dtype=getattr(torch, dtype))
    return p


def zero_grads(params) -> None:
    """Give each a new gradient of zeros: what the next step does is then its noise alone."""
    for p in params:
        p.grad = torch.zeros_like(p)


def seeded_generator(draw: Draw, seed: int):
    return torch.Generator(device=draw.device).manual_seed(seed)


# ------------------------------------------------------------------------------------------------------- noise_std


def plain_float(number):
    return float(number) if isinstance(number, float) else number


@probe("noise_std({step}, eta={eta}, gamma={gamma})")
def std_value(ch, draw: Draw, *, step=3, eta=0.3, gamma=0.55):
    return {"std": plain_float(ch.noise_std(step, eta=eta, gamma=gamma))}


@probe("noise_std(step, eta=…, gamma=…), for several of each")
def std_values(ch, draw: Draw):
    numbers = [(draw.integer(0, 500), draw.number(0.0, 3.0), draw.number(0.0, 2.0)) for _ in range(5)]
    return {"stds": [plain_float(ch.noise_std(step, eta=eta, gamma=gamma)) for step, eta, gamma in numbers]}


@probe("noise_std({step})")
def std_by_default(ch, draw: Draw, *, step=3):
    return {"std": plain_float(ch.noise_std(step=step))}


@probe("noise_std(step={step}, eta={eta})")
def std_refused(ch, draw: Draw, *, step=-1, eta=0.3):
    legal = {
        str(given): raised(lambda given=given: ch.noise_std(*given))["raised"] for given in ((0,), (0, 0.0), (5, 0))
    }
    return {**raised(lambda: ch.noise_std(step, eta=eta)), "legal": legal}


# ---------------------------------------------------------------------------------------------- add_gradient_noise_


@probe(
    "add_gradient_noise_([p], std={std}), p with {count} numbers: mean, standard deviation and quantiles of the noise"
)
def added(ch, draw: Draw, *, std=0.5, count=COUNT, dtype="float64"):
    p = parameter(draw, count, dtype=dtype)
    before = p.grad.clone()
    ch.add_gradient_noise_([p], std)
    return {"noise": spread(p.grad.double() - before.double())}


@probe("add_gradient_noise_([p, q, r], std=1.0), twice: is any noise the same as another?")
def added_fresh(ch, draw: Draw):
    noises = []
    params = [parameter(draw, 30, 50) for _ in range(3)]
    for _ in range(2):
        before = [p.grad.clone() for p in params]
        ch.add_gradient_noise_(params, 1.0)
        noises += [(p.grad - b).flatten() for p, b in zip(params, before, strict=True)]
    return {
        "correlations": torch.corrcoef(torch.stack(noises)),
        "one value for many numbers": noises[0].unique().numel() < 1000,
    }


@probe("add_gradient_noise_(params, std=0.5), one of them without a gradient: what has changed")
def added_in_place(ch, draw: Draw):
    p, q, without_grad = parameter(draw, 3, 4), parameter(draw, 5), draw.normal(2, grad=True)
    strided = parameter(draw, 4, 6)
    strided.grad = draw.normal(6, 4).T
    params = [p, without_grad, q, strided]
    recorded = draw.normal(3, grad=True)
    with draw.settings():  # torch warns of create_graph, and a submission may have made warnings errors
        recorded.pow(3).sum().backward(create_graph=True)
    graph = recorded.grad.grad_fn
    ch.add_gradient_noise_([recorded], 0.5)
    grads = [x.grad for x in params]
    before = [None if g is None else g.clone() for g in grads]
    result = ch.add_gradient_noise_(params, 0.5)
    return {
        "result": None if result is None else type(result).__name__,
        "grad is the same tensor": [x.grad is g for x, g in zip(params, grads, strict=True)],
        "grad is None": [x.grad is None for x in params],
        "all numbers of grad changed": [
            g is None or bool((x.grad != g).all()) for x, g in zip(params, before, strict=True)
        ],
        "grad is recorded": [x.grad is not None and x.grad.requires_grad for x in params],
        "the graph of a grad, made by create_graph=True, is as it was": recorded.grad.grad_fn is graph,
        "values": [x.detach() for x in params],
        "requires grad": [x.requires_grad and x.is_leaf for x in params],
    }


@probe("add_gradient_noise_(generator expression over params, std=0.5)")
def added_to_any_iterable(ch, draw: Draw):
    params = [parameter(draw, 4) for _ in range(3)]
    before = [p.grad.clone() for p in params]
    ch.add_gradient_noise_((p for p in params), 0.5)
    first = [bool((p.grad != b).all()) for p, b in zip(params, before, strict=True)]
    before = [p.grad.clone() for p in params]
    ch.add_gradient_noise_(dict(enumerate(params)).values(), 0.5)
    second = [bool((p.grad != b).all()) for p, b in zip(params, before, strict=True)]
    single = parameter(draw)
    single_before = single.grad.clone()
    ch.add_gradient_noise_(iter([single]), 0.5)
    ch.add_gradient_noise_([], 0.5)
    return {
        "changed": first,
        "changed again": second,
        "a single number changed": bool((single.grad != single_before).all()),
    }


def noise_with(ch, draw: Draw, **options):
    """Return the noise that two gradients of zeros get."""
    params = [draw.normal(30, 5, grad=True), draw.normal(40, grad=True)]
    zero_grads(params)
    ch.add_gradient_noise_(params, 1.0, **options)
    return torch.cat([p.grad.flatten() for p in params])


@probe("add_gradient_noise_(params, std=1.0, generator=generator)")
def added_from_a_generator(ch, draw: Draw):
    seed = draw.integer(0, 2**31)
    generator = seeded_generator(draw, seed)
    torch.manual_seed(seed + 1)
    state = torch.get_rng_state()
    first = noise_with(ch, draw, generator=generator)
    untouched = torch.equal(torch.get_rng_state(), state)
    second = noise_with(ch, draw, generator=generator)
    torch.manual_seed(seed + 2)
    again = noise_with(ch, draw, generator=seeded_generator(draw, seed))
    return {
        "the same seed gives the same noise": torch.equal(first, again),
        "a second call gives the same noise": torch.equal(first, second),
        "torch's global generator is untouched": untouched,
        "device": str(first.device),
    }


@probe("add_gradient_noise_(params, std=1.0) after torch.manual_seed")
def added_seeded(ch, draw: Draw):
    seed = draw.integer(0, 2**31)
    noises = []
    for number in (seed, seed, seed + 1):
        torch.manual_seed(number)
        noises.append(noise_with(ch, draw))
    return {
        "the same seed gives the same noise": torch.equal(noises[0], noises[1]),
        "another seed gives the same noise": torch.equal(noises[0], noises[2]),
    }


@probe("add_gradient_noise_(params, std=0.5), gradients of several dtypes")
def added_dtypes(ch, draw: Draw):
    params = [parameter(draw, 40, dtype=dtype) for dtype in ("float32", "float64", "bfloat16", "float16")]
    before = [p.grad.clone() for p in params]
    ch.add_gradient_noise_(params, 0.5)
    changed = [float((p.grad != b).double().mean()) > 0.8 for p, b in zip(params, before, strict=True)]
    fine = draw.normal(40, grad=True)
    zero_grads([fine])
    ch.add_gradient_noise_([fine], 0.5)  # a power of two: scaling adds no bits
    return {
        "dtypes": [str(p.grad.dtype) for p in params],
        "changed": changed,
        "noise of a float64 gradient has only the bits of float32": bool(
            (fine.grad.float().double() == fine.grad).all()
        ),
    }


@probe("add_gradient_noise_(params, std=0.0)")
def added_nothing(ch, draw: Draw):
    params = [parameter(draw, 3, 4), parameter(draw, 5)]
    ch.add_gradient_noise_(params, 0.0)
    return {"grads": [p.grad for p in params]}


@probe("add_gradient_noise_(params, std=0.5), with the gradients on the device")
def added_place(ch, draw: Draw):
    params = [parameter(draw, 3, 4), parameter(draw, 5)]
    before = [p.grad.clone() for p in params]
    ch.add_gradient_noise_(params, 0.5)
    ch.add_gradient_noise_(params, 0.5, seeded_generator(draw, 1))
    return {
        "grads": [torch.zeros_like(p.grad) for p in params],
        "changed": [bool((p.grad != b).all()) for p, b in zip(params, before, strict=True)],
    }


# -------------------------------------------------------------------------------------------------------- NoisySGD


def step_noise(optimizer, params, lr: float, with_closure: bool = False):
    """Return the noise of one step: by how much it moves parameters with a gradient of zeros, in units of −lr.

    with_closure: whether the step is given a closure that makes the gradients
    """
    zero_grads(params)
    before = [p.detach().clone() for p in params]
    if with_closure:
        optimizer.step(lambda: zero_grads(params))
    else:
        optimizer.step()
    return torch.cat([((b - p.detach()) / lr).flatten() for p, b in zip(params, before, strict=True)])


def advance(optimizer, params, steps: int, with_closure: bool = False) -> None:
    for _ in range(steps):
        zero_grads(params)
        if with_closure:
            optimizer.step(lambda: zero_grads(params))
        else:
            optimizer.step()


@probe("NoisySGD([p], lr={lr}, eta={eta}, gamma={gamma}), the noise of step {step} (from 0)")
def sgd_noise(ch, draw: Draw, *, lr=0.5, eta=0.3, gamma=0.55, step=0):
    p = draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = ch.NoisySGD([p], lr=lr, eta=eta, gamma=gamma)
    advance(optimizer, [p], step)
    return {"noise": spread(step_noise(optimizer, [p], lr))}


@probe("NoisySGD([p], 0.5), the noise of step {step} (from 0)")
def sgd_noise_by_default(ch, draw: Draw, *, step=100):
    p = draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = ch.NoisySGD([p], 0.5)
    advance(optimizer, [p], step)
    return {"noise": spread(step_noise(optimizer, [p], 0.5))}


@probe("NoisySGD(params, lr={lr}, eta=0.0), five steps")
def sgd_plain(ch, draw: Draw, *, lr=0.3, dtype="float64"):
    torch_dtype = getattr(torch, dtype)
    params = [draw.normal(3, 4, dtype=torch_dtype, grad=True), draw.normal(5, dtype=torch_dtype, grad=True)]
    params.append(draw.normal(dtype=torch_dtype, grad=True))
    originals = list(params)
    optimizer = ch.NoisySGD((p for p in params), lr=lr, eta=0.0)
    results = []
    for _ in range(5):
        for p in params:
            p.grad = draw.normal(*p.shape, dtype=torch_dtype)
        results.append(optimizer.step())
    return {
        "parameters": params,
        "results": [r is None for r in results],
        "the same tensors": all(a is b for a, b in zip(optimizer.param_groups[0]["params"], originals, strict=True)),
        "leaves that require grad": [p.is_leaf and p.requires_grad for p in params],
        "is an Optimizer": isinstance(optimizer, torch.optim.Optimizer),
    }


@probe("NoisySGD of five parameters in two groups, the noise of step {step} (from 0)")
def sgd_one_count(ch, draw: Draw, *, step=40):
    params = [draw.normal(COUNT // 5, scale=0.1, grad=True) for _ in range(5)]
    optimizer = ch.NoisySGD([{"params": params[:2]}, {"params": params[2:]}], lr=0.5)
    other = ch.NoisySGD([draw.normal(3, grad=True)], lr=0.5)
    advance(other, other.param_groups[0]["params"], 400)
    advance(optimizer, params, step)
    return {"noise": spread(step_noise(optimizer, params, 0.5))}


@probe("NoisySGD([p], lr=0.5, eta=1.0, gamma=1.0), 99 steps, then a group with q: the noise of q in the next step")
def sgd_count_of_a_new_group(ch, draw: Draw):
    p, q = draw.normal(3, grad=True), draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = ch.NoisySGD([p], lr=0.5, eta=1.0, gamma=1.0)
    advance(optimizer, [p], 99)
    optimizer.add_param_group({"params": [q]})
    return {"noise": spread(step_noise(optimizer, [q], 0.5))}


@probe("NoisySGD([p], lr=0.5, eta=1.0, gamma=1.0), the noise of step(closure) after 99 calls of it")
def sgd_count_with_closures(ch, draw: Draw):
    p = draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = ch.NoisySGD([p], lr=0.5, eta=1.0, gamma=1.0)
    advance(optimizer, [p], 99, with_closure=True)
    return {"noise": spread(step_noise(optimizer, [p], 0.5, with_closure=True))}


@probe(
    "NoisySGD([p], lr=0.5, eta=1.0, gamma=1.0), stopped after 99 steps, loaded into another: the noise of its next step"
)
def sgd_resumed(ch, draw: Draw, *, through_a_file=False):
    p = draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = ch.NoisySGD([p], lr=0.5, eta=1.0, gamma=1.0)
    advance(optimizer, [p], 99)
    saved = optimizer.state_dict()
    if through_a_file:
        buffer = io.BytesIO()
        torch.save(saved, buffer)
        buffer.seek(0)
        saved = torch.load(buffer, weights_only=False)
    q = p.detach().clone().requires_grad_()
    resumed = ch.NoisySGD([q], lr=0.5, eta=1.0, gamma=1.0)
    resumed.load_state_dict(saved)
    return {
        "noise": spread(step_noise(resumed, [q], 0.5)),
        "noise without resuming": spread(step_noise(optimizer, [p], 0.5)),
    }


@probe("NoisySGD of two groups with options of their own, all changed before step 15: its noise, in units of lr")
def sgd_groups(ch, draw: Draw):
    p, q = draw.normal(COUNT, scale=0.1, grad=True), draw.normal(COUNT, scale=0.1, grad=True)
    groups = [{"params": [p], "lr": 0.25, "eta": 1.0, "gamma": 0.5}, {"params": [q]}]
    optimizer = ch.NoisySGD(groups, lr=0.5, eta=0.3, gamma=1.0)
    advance(optimizer, [p, q], 15)
    zero_grads([p, q])
    before = [p.detach().clone(), q.detach().clone()]
    optimizer.param_groups[1]["lr"] = 2.0
    optimizer.param_groups[0]["eta"] = 9.0
    optimizer.param_groups[1]["gamma"] = 2.0
    optimizer.step()
    return {
        "first group": spread((before[0] - p.detach()) / 0.25),
        "second group": spread((before[1] - q.detach()) / 2.0),
    }


@probe("NoisySGD([p], lr=0.5, eta=0.0), another group added, and lr changed")
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
        loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    return {
        "loss": loss,
        "p": p,
        "calls, with gradients enabled": enabled,
        "gradients enabled afterwards": torch.is_grad_enabled(),
    }


def correlations_of_steps(optimizer, params, lr: float) -> dict:
    """Return how the noises of two steps are correlated, for each of the parameters, which have the same shape."""
    noises = [step_noise(optimizer, params, lr).reshape(len(params), -1) for _ in range(2)]
    return {
        "correlations": torch.corrcoef(torch.cat(noises).cpu()),
        "one value for many numbers": noises[0][0].unique().numel() < noises[0][0].numel() * 2 // 3,
    }


@probe("NoisySGD([p, q, r], lr=0.5), two steps: is any noise the same as another?")
def sgd_fresh(ch, draw: Draw):
    params = [draw.normal(1500, scale=0.1, grad=True) for _ in range(3)]
    return correlations_of_steps(ch.NoisySGD([{"params": params[:1]}, {"params": params[1:]}], lr=0.5), params, 0.5)


@probe("NoisySGD([p, q, r], lr=0.5, eta={eta}), where q has no gradient and r's is zero")
def sgd_none_grads(ch, draw: Draw, *, eta=0.3):
    params = [draw.normal(4, grad=True) for _ in range(3)]
    before = [p.detach().clone() for p in params]
    optimizer = ch.NoisySGD(params, lr=0.5, eta=eta)
    params[0].grad, params[2].grad = draw.normal(4), torch.zeros_like(params[2])
    optimizer.step()
    return {
        "moved": [not torch.equal(p.detach(), b) for p, b in zip(params, before, strict=True)],
        "q": params[1],
        "q.grad is None": params[1].grad is None,
    }


@probe("NoisySGD([p], lr=0.5, eta=1.0, gamma=1.0), 99 steps without any gradient, then the noise of the next")
def sgd_empty_steps(ch, draw: Draw):
    p = draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = ch.NoisySGD([p], lr=0.5, eta=1.0, gamma=1.0)
    for _ in range(99):
        optimizer.step()
    return {"noise": spread(step_noise(optimizer, [p], 0.5))}


@probe("NoisySGD([p], lr={lr}, eta={eta})")
def sgd_refused(ch, draw: Draw, *, lr=-0.1, eta=0.3):
    def build(**options):
        return raised(lambda: ch.NoisySGD([torch.zeros(2, requires_grad=True)], **options))

    legal = {str(o): build(**o)["raised"] for o in ({"lr": 0.0}, {"lr": 0.1, "eta": 0.0}, {"lr": 0.1, "gamma": 0.0})}
    group = {"params": [torch.zeros(2, requires_grad=True)]}
    raised(lambda: ch.NoisySGD([group], lr=lr, eta=eta))
    return {**build(lr=lr, eta=eta), "legal": legal, "keys of a group's dict afterwards": sorted(map(str, group))}


def noises_of_steps(ch, draw: Draw, generator):
    p = torch.zeros(50, dtype=torch.float64, device=draw.device, requires_grad=True)
    optimizer = ch.NoisySGD([p], lr=1.0, generator=generator)
    return [step_noise(optimizer, [p], 1.0) for _ in range(2)]


@probe("NoisySGD([p], lr=1.0, generator=generator), two steps")
def sgd_generator(ch, draw: Draw):
    seed = draw.integer(0, 2**31)
    torch.manual_seed(seed + 1)
    state = torch.get_rng_state()
    first = noises_of_steps(ch, draw, seeded_generator(draw, seed))
    untouched = torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(seed + 2)
    again = noises_of_steps(ch, draw, seeded_generator(draw, seed))
    return {
        "the same seed gives the same noise": all(torch.equal(a, b) for a, b in zip(first, again, strict=True)),
        "two steps have the same noise": bool(((first[0] / first[1]) - (first[0] / first[1])[0]).abs().max() < 1e-6),
        "torch's global generator is untouched": untouched,
    }


@probe("NoisySGD([p, q], lr=0.5), two steps, one with a generator: the devices")
def sgd_place(ch, draw: Draw):
    params = [parameter(draw, 3, 4), parameter(draw, 5)]
    before = [p.detach().clone() for p in params]
    ch.NoisySGD(params, lr=0.5).step()
    ch.NoisySGD(params, lr=0.5, generator=seeded_generator(draw, 1)).step()
    moved = [bool((p.detach() != b).all()) for p, b in zip(params, before, strict=True)]
    return {"parameters": [torch.zeros_like(p) for p in params], "moved": moved}


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


def some_optimizer(kind: str, params, lr=0.5):
    if kind == "SGD":
        return torch.optim.SGD(params, lr=lr)
    return Plain(params, lr)


@probe("attach_gradient_noise({kind}, eta={eta}, gamma={gamma}), the noise of step {step} after that (from 0)")
def attached_noise(ch, draw: Draw, *, kind="SGD", eta=0.3, gamma=0.55, step=0, before=0):
    p = draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = some_optimizer(kind, [p])
    advance(optimizer, [p], before)
    ch.attach_gradient_noise(optimizer, eta=eta, gamma=gamma)
    advance(optimizer, [p], step)
    return {"noise": spread(step_noise(optimizer, [p], 0.5))}


@probe("attach_gradient_noise(SGD), the noise of step {step} after that (from 0)")
def attached_by_default(ch, draw: Draw, *, step=100):
    p = draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = some_optimizer("SGD", [p])
    ch.attach_gradient_noise(optimizer)
    advance(optimizer, [p], step)
    return {"noise": spread(step_noise(optimizer, [p], 0.5))}


@probe("attach_gradient_noise({kind} of p, q, r), two steps: is any noise the same as another?")
def attached_fresh(ch, draw: Draw, *, kind="SGD"):
    params = [draw.normal(1500, scale=0.1, grad=True) for _ in range(3)]
    optimizer = some_optimizer(kind, [{"params": params[:1]}, {"params": params[1:]}])
    ch.attach_gradient_noise(optimizer)
    return correlations_of_steps(optimizer, params, 0.5)


@probe("attach_gradient_noise to two optimizers, 99 steps of the first, then the noise of both")
def attached_to_two(ch, draw: Draw):
    p, q = draw.normal(COUNT, scale=0.1, grad=True), draw.normal(COUNT, scale=0.1, grad=True)
    first, second = some_optimizer("SGD", [p]), some_optimizer("plain", [q])
    for optimizer in (first, second):
        ch.attach_gradient_noise(optimizer, eta=1.0, gamma=1.0)
    advance(first, [p], 99)
    return {"first": spread(step_noise(first, [p], 0.5)), "second": spread(step_noise(second, [q], 0.5))}


@probe("attach_gradient_noise({kind}, eta=0.0), five steps")
def attached_nothing(ch, draw: Draw, *, kind="Adam"):
    params = [draw.normal(3, 4, grad=True), draw.normal(5, grad=True)]
    options = {"SGD": {"momentum": 0.9}, "Adam": {}, "RMSprop": {}}[kind]
    optimizer = getattr(torch.optim, kind)(params, lr=0.1, **options)
    ch.attach_gradient_noise(optimizer, eta=0.0)
    for _ in range(5):
        for p in params:
            p.grad = draw.normal(*p.shape)
        optimizer.step()
    return {"parameters": params}


@probe("attach_gradient_noise(Adam(params)), one step on gradients of zeros")
def attached_to_adam(ch, draw: Draw):
    params = [draw.normal(3, 4, grad=True), draw.normal(5, grad=True), draw.normal(2, grad=True)]
    before = [p.detach().clone() for p in params]
    optimizer = torch.optim.Adam(params, lr=0.1)
    ch.attach_gradient_noise(optimizer)
    zero_grads(params[:2])
    optimizer.step()
    return {
        "moved by lr": [
            bool((((p.detach() - b).abs() - 0.1).abs() < 1e-4).all()) for p, b in zip(params, before, strict=True)
        ],
        "the third, which has no gradient, has moved": not torch.equal(params[2].detach(), before[2]),
        "its grad is None": params[2].grad is None,
    }


@probe("attach_gradient_noise(SGD of two groups): the noise of the second")
def attached_to_groups(ch, draw: Draw):
    p, q = draw.normal(3, grad=True), draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = some_optimizer("SGD", [{"params": [p]}, {"params": [q]}])
    ch.attach_gradient_noise(optimizer, eta=1.0, gamma=1.0)
    advance(optimizer, [p, q], 3)
    return {"noise": spread(step_noise(optimizer, [q], 0.5))}


@probe("attach_gradient_noise(SGD([p])), then add_param_group with q: the noise of q")
def attached_before_a_group(ch, draw: Draw):
    p, q = draw.normal(3, grad=True), draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = some_optimizer("SGD", [p])
    ch.attach_gradient_noise(optimizer, eta=1.0, gamma=1.0)
    advance(optimizer, [p], 3)
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.add_param_group({"params": [q]})
    return {"noise": spread(step_noise(optimizer, [q], 0.5))}


@probe("attach_gradient_noise(SGD([p])), then q in place of p in its param_groups: the noise of q")
def attached_before_a_change(ch, draw: Draw):
    p, q = draw.normal(3, grad=True), draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = some_optimizer("SGD", [p])
    ch.attach_gradient_noise(optimizer, eta=1.0, gamma=1.0)
    advance(optimizer, [p], 3)
    optimizer.param_groups[0]["params"] = [q]
    return {"noise": spread(step_noise(optimizer, [q], 0.5))}


@probe("attach_gradient_noise(SGD([p])), 60 steps, remove(), attached again: the noise of the next step")
def attached_anew(ch, draw: Draw):
    p = draw.normal(COUNT, scale=0.1, grad=True)
    optimizer = some_optimizer("SGD", [p])
    handle = ch.attach_gradient_noise(optimizer, eta=1.0, gamma=1.0)
    advance(optimizer, [p], 60)
    handle.remove()
    ch.attach_gradient_noise(optimizer, eta=1.0, gamma=1.0)
    return {"noise": spread(step_noise(optimizer, [p], 0.5))}


@probe("attach_gradient_noise(SGD([p])) twice, then remove() of the second handle, then of the first")
def attached_twice(ch, draw: Draw):
    p = draw.normal(20, grad=True)
    optimizer = some_optimizer("SGD", [p])
    first, second = ch.attach_gradient_noise(optimizer), ch.attach_gradient_noise(optimizer)
    second.remove()
    noisy = step_noise(optimizer, [p], 0.5)
    first.remove()
    return {
        "noise after the first remove()": bool((noisy != 0).all()),
        "noise after both": step_noise(optimizer, [p], 0.5),
    }


@probe("attach_gradient_noise(SGD([p])), a step, remove(), another step")
def attached_and_removed(ch, draw: Draw, *, kind="SGD"):
    p = draw.normal(20, grad=True)
    optimizer = some_optimizer(kind, [p])
    handle = ch.attach_gradient_noise(optimizer)
    noisy = step_noise(optimizer, [p], 0.5)
    handle.remove()
    quiet = step_noise(optimizer, [p], 0.5)
    attached_again = ch.attach_gradient_noise(optimizer)
    again = step_noise(optimizer, [p], 0.5)
    attached_again.remove()
    return {
        "noise while attached": bool((noisy != 0).all()),
        "noise after remove()": quiet,
        "noise when attached again": bool((again != 0).all()),
        "noise after the second remove()": step_noise(optimizer, [p], 0.5),
    }


@probe("attach_gradient_noise(SGD([p]), eta={eta})")
def attached_refused(ch, draw: Draw, *, eta=-0.1):
    p = draw.normal(20, grad=True)
    optimizer = some_optimizer("SGD", [p])
    result = raised(lambda: ch.attach_gradient_noise(optimizer, eta=eta))
    quiet = []
    after = raised(lambda: quiet.append(bool((step_noise(optimizer, [p], 0.5) == 0).all())))["raised"]
    other = draw.normal(20, grad=True)
    legal = raised(lambda: ch.attach_gradient_noise(some_optimizer("SGD", [other]), eta=0.0))["raised"]
    return {**result, "a step afterwards raises": after, "its step has no noise": quiet, "eta=0.0": legal}


@probe("attach_gradient_noise(SGD([p]), generator=generator), two steps")
def attached_generator(ch, draw: Draw):
    def noises(generator):
        p = torch.zeros(50, dtype=torch.float64, device=draw.device, requires_grad=True)
        optimizer = some_optimizer("SGD", [p])
        ch.attach_gradient_noise(optimizer, generator=generator)
        return [step_noise(optimizer, [p], 0.5) for _ in range(2)]

    seed = draw.integer(0, 2**31)
    torch.manual_seed(seed + 1)
    state = torch.get_rng_state()
    first = noises(seeded_generator(draw, seed))
    untouched = torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(seed + 2)
    again = noises(seeded_generator(draw, seed))
    return {
        "the same seed gives the same noise": all(torch.equal(a, b) for a, b in zip(first, again, strict=True)),
        "two steps have the same noise": bool(((first[0] / first[1]) - (first[0] / first[1])[0]).abs().max() < 1e-6),
        "torch's global generator is untouched": untouched,
    }


@probe("attach_gradient_noise(SGD(params, momentum=0.9)), two steps, one with a generator: the devices")
def attached_place(ch, draw: Draw):
    params = [parameter(draw, 3, 4), parameter(draw, 5)]
    before = [p.detach().clone() for p in params]
    optimizer = torch.optim.SGD(params, lr=0.5, momentum=0.9)
    handle = ch.attach_gradient_noise(optimizer)
    optimizer.step()
    handle.remove()
    ch.attach_gradient_noise(optimizer, generator=seeded_generator(draw, 1))
    optimizer.step()
    moved = [bool((p.detach() != b).all()) for p, b in zip(params, before, strict=True)]
    return {"parameters": [torch.zeros_like(p) for p in params], "moved": moved}
