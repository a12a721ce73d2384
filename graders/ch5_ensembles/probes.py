"""Probes of chapter 5."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import nn

from torchdojo.data import load_fashion_mnist
from torchdojo.probe import Draw, probe, raised


def grad_mode_after(call) -> str:
    """Return whether gradients are on after the call where they were on before, and off where they were off."""
    for mode in (True, False):
        with torch.set_grad_enabled(mode):
            call()
            if torch.is_grad_enabled() != mode:
                return "switched off" if mode else "switched on"
    return "on or off as before"


# --------------------------------------------------------------------------------------------------- majority_vote


def tied(predictions):
    """Return which columns have two or more most frequent labels."""
    votes = F.one_hot(predictions).sum(0)
    return (votes == votes.max(1, keepdim=True).values).sum(1) > 1


def draw_votes(draw: Draw, members: int, samples: int, classes: int):
    """Return drawn labels (members, samples), no column of them a tie."""
    predictions = draw.integers(0, classes, members, samples)
    while bool((ties := tied(predictions)).any()):
        predictions = torch.where(ties, draw.integers(0, classes, members, samples), predictions)
    return predictions


@probe("majority_vote(predictions) of shape ({members}, {samples}), labels below {classes}, no ties")
def vote_drawn(ch, draw: Draw, *, members=5, samples=40, classes=4):
    return {"labels": ch.majority_vote(draw_votes(draw, members, samples, classes))}


@probe("majority_vote(predictions) of shape ({members}, {samples}), where more than half of each column agree")
def vote_clear(ch, draw: Draw, *, members=5, samples=40):
    predictions = draw.integers(0, 10, members, samples)
    predictions[: members // 2 + 1] = draw.integers(0, 10, samples)
    # Shuffled column by column, so that no member agrees with the majority everywhere (0.64 ** 40 < 1e-7).
    order = draw.normal(members, samples).argsort(0)
    predictions = predictions.gather(0, order)
    return {"labels": ch.majority_vote(predictions)}


@probe("majority_vote(predictions) of shape (5, 12), with gradients switched on, and then off")
def vote_around(ch, draw: Draw):
    predictions = draw_votes(draw, 5, 12, 4)
    result = {"labels": ch.majority_vote(predictions), "predictions after the call": predictions}
    return {**result, "gradients after the call": grad_mode_after(lambda: ch.majority_vote(predictions))}


@probe("majority_vote(predictions), each column with {more} votes for one label and {fewer} for another")
def vote_of_many(ch, draw: Draw, *, more=270, fewer=30):
    # The label with fewer votes is the smaller one: a rounded count would be a tie, and let it win.
    label = draw.integers(0, 5, 3)
    predictions = torch.cat([(label + 1).expand(more, 3), label.expand(fewer, 3)])
    return {"labels": ch.majority_vote(predictions[draw.permutation(more + fewer)])}


@probe("majority_vote(torch.tensor({columns}).T)")
def vote_columns(ch, draw: Draw, *, columns=((0, 1), (1, 0))):
    return {"labels": ch.majority_vote(torch.tensor(columns, device=draw.device).T)}


@probe("majority_vote(predictions), each of {samples} columns with {each} votes for one label and {each} for another")
def vote_ties(ch, draw: Draw, *, each=2, samples=30):
    low = draw.integers(0, 5, samples)
    high = low + 1 + draw.integers(0, 5, samples)
    rows = torch.stack([low] * each + [high] * each)
    order = draw.uniform(2 * each, samples).argsort(
        dim=0
    )  # another one in each column: who votes first decides nothing
    return {"labels": ch.majority_vote(rows.gather(0, order))}


@probe("majority_vote(predictions) of four different sizes, one after another")
def vote_again(ch, draw: Draw):
    sizes = ((3, 5, 3), (7, 2, 12), (1, 4, 900), (4, 9, 2))
    return {
        f"labels for predictions of shape ({members}, {samples})": ch.majority_vote(
            draw_votes(draw, members, samples, classes)
        )
        for members, samples, classes in sizes
    }


# -------------------------------------------------------------------------------------------------------- Ensemble


class FixedVotes(nn.Module):
    """A member that gives each sample a fixed label: its logit is `height` above the others."""

    def __init__(self, labels, classes: int, height: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("labels", labels)
        self.classes, self.height = classes, height

    def forward(self, x):
        return F.one_hot(self.labels, self.classes).to(x.dtype) * self.height - 0.5


def linear_members(draw: Draw, count: int, inputs=4, classes=3, dtype=torch.float64) -> list:
    with draw.settings():
        members = [nn.Linear(inputs, classes).to(draw.device, dtype) for _ in range(count)]
    for member in members:
        draw.fill_(member.weight)
        draw.fill_(member.bias)
    return members


def rounded(shares):
    """Return shares in float64, to six decimals: counting in float32 is right, too, and dtypes have their own check."""
    return (shares.double() * 1e6).round() / 1e6 if shares.dtype in (torch.float32, torch.float64) else shares


@probe("Ensemble(members)(x), members of nn.Linear(4, {classes}), {members} in all, x of shape ({samples}, 4)")
def shares(ch, draw: Draw, *, members=3, samples=25, classes=3):
    ensemble = ch.Ensemble(linear_members(draw, members, classes=classes))
    other = ch.Ensemble(linear_members(draw, 2, classes=classes + 1))
    x, y = draw.normal(samples, 4), draw.normal(samples + 1, 4)
    return {
        "shares": rounded(ensemble(x)),
        "shares by a second ensemble": rounded(other(x)),
        "shares by the first one, in a second call with other samples": rounded(ensemble(y)),
    }


@probe("Ensemble(members)(x), one member with large logits against two with small ones, 12 samples")
def shares_loud(ch, draw: Draw):
    labels = draw.integers(0, 3, 12)
    members = [FixedVotes(labels, 5, 100.0), FixedVotes((labels + 1) % 5, 5, 0.1), FixedVotes((labels + 1) % 5, 5, 0.2)]
    return {"shares": rounded(ch.Ensemble(members)(draw.normal(12, 4)))}


@probe("Ensemble([a, b, a])(x): a is a member twice, so it has two votes")
def shares_repeated(ch, draw: Draw):
    labels = draw.integers(0, 5, 12)
    a, b = FixedVotes(labels, 5), FixedVotes((labels + 1) % 5, 5)
    ensemble = ch.Ensemble([a, b, a])
    x = draw.normal(12, 4)
    return {"shares": rounded(ensemble(x)), "labels": ensemble.predict(x)}


@probe("Ensemble([nn.Identity(), linear, linear])(x) and predict(x), with gradients switched on, and then off")
def around(ch, draw: Draw):
    ensemble = ch.Ensemble([nn.Identity(), *linear_members(draw, 2, 4, 4)])
    x = draw.normal(10, 4)
    shares, x_after = ensemble(x), x.clone()
    return {
        "shares": rounded(shares),
        "x after the call": x_after,
        "labels": ensemble.predict(x),
        "x after predict": x,
        "gradients after the call": grad_mode_after(lambda: ensemble(x)),
        "gradients after predict": grad_mode_after(lambda: ensemble.predict(x)),
    }


class Undecided(FixedVotes):
    """A member whose logits for class 0 and for each sample's label are equally large."""

    def forward(self, x):
        logits = super().forward(x)
        logits[:, 0] = logits.max(dim=1).values
        return logits


@probe("Ensemble(members)(x), where two classes share the largest logit of a member")
def shares_of_equal_logits(ch, draw: Draw):
    labels = draw.integers(1, 4, 10)
    undecided, quiet = Undecided(labels, 4), FixedVotes(labels, 4)
    inner = ch.Ensemble([FixedVotes(labels - 1, 4), quiet])  # a tie for each sample
    x = draw.normal(10, 4)
    three, *alone = (ch.Ensemble(members) for members in ([undecided, quiet, undecided], [undecided], [inner]))
    return {
        "sums of the rows": rounded(three(x).sum(dim=1)),
        **{
            f"largest share of each row, one member, {kind}": rounded(each(x).amax(dim=1))
            for kind, each in zip(("a net", "an ensemble"), alone, strict=True)
        },
    }


class ImageMember(nn.Module):
    """A member that takes images (N, 2, height, width), and nothing else."""

    def __init__(self, draw: Draw, classes=3) -> None:
        super().__init__()
        self.linear = linear_members(draw, 1, 2, classes)[0]

    def forward(self, x):
        return self.linear(x.mean(dim=(2, 3)))


@probe("Ensemble(members)(x) and predict(x), x of shape (6, 2, 3, 5)")
def shares_of_images(ch, draw: Draw):
    ensemble = ch.Ensemble([ImageMember(draw) for _ in range(3)])
    x = draw.normal(6, 2, 3, 5)
    return {"shares": rounded(ensemble(x)), "labels": ensemble.predict(x)}


class LookupMember(nn.Module):
    """A member that takes row indices: its logits are those rows of its table, in the table's dtype."""

    def __init__(self, draw: Draw, dtype) -> None:
        super().__init__()
        self.register_buffer("rows", F.one_hot(draw.permutation(5), 5).to(dtype))

    def forward(self, x):
        return self.rows[x]


@probe("Ensemble(members)(x) and predict(x), x of int64, the members' logits of {dtype}")
def shares_dtype(ch, draw: Draw, *, dtype="float32"):
    ensemble = ch.Ensemble([LookupMember(draw, getattr(torch, dtype)) for _ in range(4)])
    x = draw.integers(0, 5, 20)
    shares = ensemble(x)
    return {
        "dtype of the shares": str(shares.dtype).removeprefix("torch."),
        "shares": shares.float(),
        "labels": ensemble.predict(x),
    }


@probe("Ensemble(members).predict(x), members of nn.Linear(4, {classes}), {members} in all, x of shape ({samples}, 4)")
def predicted(ch, draw: Draw, *, members=5, samples=25, classes=3):
    ensemble = ch.Ensemble(linear_members(draw, members, classes=classes))
    x, y = draw.normal(samples, 4), draw.normal(samples + 1, 4)
    return {"labels": ensemble.predict(x), "labels in a second call, with other samples": ensemble.predict(y)}


@probe("Ensemble(members).predict(x), each of 16 samples with {each} votes for one label and {each} for another")
def predicted_ties(ch, draw: Draw, *, each=2):
    low = draw.integers(0, 3, 16)
    high = low + 1 + draw.integers(0, 3, 16)
    members = [FixedVotes(high if letter == "h" else low, 7) for letter in "hllhlh"[: 2 * each]]
    ensemble = ch.Ensemble(members).to(draw.device)
    return {"labels": ensemble.predict(draw.normal(16, 2))}


@probe("Ensemble(members)(x), with 3 members from a generator, a tuple and an iterator")
def shares_of_a_generator(ch, draw: Draw):
    members = linear_members(draw, 3)
    ensembles = {
        "a generator": ch.Ensemble(member for member in members),
        "a tuple": ch.Ensemble(tuple(members)),
        "an iterator": ch.Ensemble(iter(members)),
    }
    x = draw.normal(8, 4)
    found = {}
    for name, ensemble in ensembles.items():
        found[f"shares, members from {name}"] = rounded(ensemble(x))
        found[f"number of parameters, members from {name}"] = len(list(ensemble.parameters()))
    return found


def lacking(module, *parts) -> str:
    """Return how many of the parts' parameters are not among those of the module."""
    registered = {id(p) for p in module.parameters()}
    wanted = [p for part in parts for p in part.parameters()]
    count = sum(id(p) not in registered for p in wanted)
    return f"{count} of {len(wanted)}" if count else "none"


def states(when: str, modules) -> dict:
    """Return the parameters and buffers of a few members, by name."""
    return {
        f"{name} of member {number} {when}": value
        for number, member in enumerate(modules, 1)
        for name, value in member.state_dict().items()
    }


@probe("Ensemble(members) of two nets with batch norm: parameters(), state_dict(), to(), eval() and train()")
def reached(ch, draw: Draw):
    members, others = [inner(draw) for _ in range(2)], [inner(draw) for _ in range(2)]
    ensemble, other = ch.Ensemble(members), ch.Ensemble(others)
    missing = lacking(ensemble, *members)
    other.load_state_dict(ensemble.state_dict())
    ensemble.to(torch.float32)
    modes = {}
    for name, switch in (("eval()", ensemble.eval), ("train()", ensemble.train)):
        switch()
        for number, member in enumerate(members, 1):
            modes[f"member {number} in training mode after {name}"] = any(training_modes(member))
    return {
        "members' parameters that parameters() lacks": missing,
        **states("after to(torch.float32)", members),
        **states("of a second ensemble that loaded the first one's state_dict()", others),
        **modes,
    }


@probe("Ensemble([Ensemble([a, b, a]), Ensemble([c, d, c]), linear])(x) and predict(x), 30 samples")
def nested(ch, draw: Draw):
    # Two of three members agree, so that no inner row is a tie.
    votes = [draw.integers(0, 3, 30) for _ in range(4)]
    inner = [ch.Ensemble([FixedVotes(labels, 4) for labels in (a, b, a)]) for a, b in (votes[:2], votes[2:])]
    outer = ch.Ensemble([*inner, *linear_members(draw, 1, classes=4)])
    x = draw.normal(30, 4)
    with draw.settings():
        net = nn.Sequential(outer)
    return {
        "shares": rounded(outer(x)),
        "labels": outer.predict(x),
        "shares by nn.Sequential(ensemble)": rounded(net(x)),
        "labels by the first inner ensemble": inner[0].predict(x),
        "labels by the second inner ensemble": inner[1].predict(x),
    }


@probe("Ensemble({kind})")
def refused(ch, draw: Draw, *, kind="[]"):
    empty = {"[]": [], "()": (), "an empty generator": (m for m in ())}[kind]
    one = raised(lambda: ch.Ensemble([nn.Identity()]))["raised"]
    return {**raised(lambda: ch.Ensemble(empty)), "exception with one member": one}


# ---------------------------------------------------------------------------------------------------------- Frozen


class Counter(nn.Module):
    """A module that counts, in a buffer, the samples that it has seen in training."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        if self.training:
            self.seen += len(x)
        return x


class Inner(nn.Module):
    """The module to freeze: it has batch norm, dropout, a parameter and a buffer of its own, and nested layers."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(5))
        self.first, self.norm = nn.Linear(4, 5), nn.BatchNorm1d(5)
        self.rest = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.Linear(5, 3), Counter()))

    def forward(self, x):
        return self.rest(torch.tanh(self.norm(self.first(x)) * self.scale))


def inner(draw: Draw, dtype=torch.float64) -> Inner:
    with draw.settings():
        module = Inner().to(draw.device, dtype)
    for weight in module.parameters():
        draw.fill_(weight)
    draw.fill_(module.norm.running_mean)
    return module


def built(draw: Draw, make) -> nn.Module:
    """Return a network, made with torch's own settings, on the probe's device."""
    with draw.settings():
        return make().to(draw.device)


def parent_of(draw: Draw, *modules) -> nn.Sequential:
    with draw.settings():
        return nn.Sequential(*modules)


def training_modes(*modules) -> list:
    return [m.training for module in modules for m in module.modules()]


@probe(
    "Frozen(module)(x), a module with batch norm and dropout, x of shape ({samples}, 4), {dtype}, then for one other "
    "sample, then after train()"
)
def frozen_output(ch, draw: Draw, *, dtype="float64", samples=6):
    module = inner(draw, getattr(torch, dtype)).train()
    frozen = ch.Frozen(module)
    x = draw.normal(samples, 4, dtype=getattr(torch, dtype))
    original = x.clone()
    ys = {"y": frozen(x), "y of one other sample": frozen(x[:1] + 1)}
    parent = parent_of(draw, frozen)
    for when in ("train()", "another train()", "a third train()"):
        parent.train()
        frozen.train()
        ys[f"y after {when}"] = frozen(x)
    return {
        **ys,
        "module after these calls": dict(module.named_buffers()),
        "x after these calls": "unchanged" if torch.equal(x, original) else "changed",
        "gradients after the call": grad_mode_after(lambda: frozen(x)),
    }


@probe("Frozen(module)(x) after train(), for a Dropout, a module that returns a pair, and a Frozen")
def frozen_kinds(ch, draw: Draw):
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([inner(draw), nn.Dropout(0.5)])

        def forward(self, x):
            return tuple(layer(x) for layer in self.layers)

    with draw.settings():
        modules = [nn.Dropout(0.5), Pair()]
    frozen = [ch.Frozen(module) for module in (*modules, ch.Frozen(inner(draw)))]
    parent_of(draw, *frozen).train()
    x = draw.normal(6, 4)
    dropout, pair, twice = (each(x) for each in frozen)
    return {"y for a Dropout": dropout, "y for a module that returns a pair": pair, "y for a Frozen": twice}


def grad_flags(**modules) -> dict:
    """Return whether each parameter requires grad, and its values, by the module's name and its own."""
    table = {f"{prefix}.{name}": p for prefix, module in modules.items() for name, p in module.named_parameters()}
    flags = {f"{name}.requires_grad": p.requires_grad for name, p in table.items()}
    return {**flags, **{name: p.detach().clone() for name, p in table.items()}}


def named(when: str, table: dict) -> dict:
    return {f"{name} {when}": value for name, value in table.items()}


@probe("Sequential(before, Frozen(module), after), then train(): which parameters require grad?")
def frozen_parameters(ch, draw: Draw):
    module = inner(draw)
    before, after = linear_members(draw, 1, 4, 4)[0], linear_members(draw, 1, 3, 2)[0]
    (before, after)[draw.integer(0, 2)].bias.requires_grad_(False)
    frozen = ch.Frozen(module)
    at_once = grad_flags(module=module, before=before, after=after)
    frozen.train()
    parent = parent_of(draw, before, frozen, after)
    parent.eval()
    parent.train()
    return {**at_once, **named("after train()", grad_flags(module=module, before=before, after=after))}


@probe(
    "Frozen(module), whose parameters have old gradients, then a step of torch.optim.SGD(module.parameters(), lr=0.5)"
)
def frozen_stale(ch, draw: Draw):
    module = inner(draw)
    with draw.settings():
        module(draw.normal(6, 4)).square().sum().backward()
    module.first.requires_grad_(False)  # already frozen, but its gradients are still there
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    ch.Frozen(module)
    left = {f"module.{name}.grad": None if p.grad is None else p.grad.clone() for name, p in module.named_parameters()}
    optimizer.step()
    return {**left, **{f"module.{name} after the step": p for name, p in module.named_parameters()}}


class Deep(nn.Module):
    """A module of nested layers, as many as are drawn, each with a drawn mark."""

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self.inner = Inner()
        self.rest = nn.Sequential(*(nn.Sequential(nn.Dropout(0.5), nn.Tanh()) for _ in range(draw.integer(2, 9))))
        for module in self.modules():
            module.mark = draw.number(0.0, 1.0)


def modes(when: str, module) -> dict:
    """Return whether each module is in training mode, by name, and the sum of the marks of those that are not."""
    found = {
        f"{'module.' + name if name else 'module'}.training {when}": m.training for name, m in module.named_modules()
    }
    return {**found, f"their marks {when}": sum(m.mark for m in module.modules() if not m.training)}


@probe("Frozen(module), then train() and eval() on the wrapper and on its parents: what is in evaluation mode?")
def frozen_mode(ch, draw: Draw):
    module = built(draw, lambda: Deep(draw)).train()
    frozen = ch.Frozen(module)
    found = modes("once it is wrapped", module)
    frozen.train()
    found |= modes("after train() on the wrapper", module)
    frozen.train(True)
    found |= modes("after train(True) on the wrapper", module)
    frozen.eval()
    found |= modes("after eval() on the wrapper", module)
    parent = parent_of(draw, *linear_members(draw, 1), parent_of(draw, frozen))
    parent.train()
    found |= modes("after train() on a parent", module)
    other_trains = parent[0].training
    parent.eval()
    parent.train(mode=True)
    found |= modes("after eval() and train() on a parent", module)
    return {**found, "the parent's other layer is in training mode": other_trains}


@probe("nn.Sequential(before, Frozen(module), after)(x).square().sum().backward(), x of shape (6, 4)")
def frozen_gradients(ch, draw: Draw):
    module = inner(draw)
    before, after = linear_members(draw, 1, 4, 4)[0], linear_members(draw, 1, 3, 2)[0]
    net = parent_of(draw, before, ch.Frozen(module), after).train()
    x = draw.normal(6, 4, grad=True)
    net(x).square().sum().backward()
    return {
        "x.grad": x.grad,
        "before.weight.grad": before.weight.grad,
        "after.weight.grad": after.weight.grad,
    }


@probe("Frozen(module): a change of the module, parameters(), state_dict(), to() and train()")
def frozen_very_module(ch, draw: Draw):
    module, twin = inner(draw), inner(draw)
    frozen = ch.Frozen(module)
    x = draw.normal(5, 4)
    y = frozen(x)
    with torch.no_grad():
        module.first.weight.add_(1.0)
    follows = not torch.equal(frozen(x), y)
    ch.Frozen(twin).load_state_dict(frozen.state_dict())
    missing = lacking(frozen, module)
    frozen.to(torch.float32)
    returned = frozen.train()
    return {
        "y after a change of the module's weights": "changed" if follows else "the same as before",
        "what train() returns": "the wrapper" if returned is frozen else f"of type {type(returned).__name__}",
        "the module's parameters that parameters() lacks": missing,
        "module after to(torch.float32)": dict(module.state_dict()),
        "a second module that loaded the state_dict()": dict(twin.state_dict()),
    }


# ------------------------------------------------------------------------------------------------- StackedEnsemble


def stacked(ch, draw: Draw, count: int, classes=3, dtype=torch.float64):
    members = [inner(draw, dtype).train() for _ in range(count)]
    return filled(draw, ch.StackedEnsemble(members, classes), dtype), members


def filled(draw: Draw, ensemble, dtype=torch.float64):
    """Return a stacked ensemble of this dtype, with drawn numbers in its head."""
    ensemble.to(draw.device, dtype)
    draw.fill_(ensemble.head.weight)
    if ensemble.head.bias is not None:
        draw.fill_(ensemble.head.bias)
    return ensemble


def head_shapes(head) -> dict:
    bias = "None" if head.bias is None else str(tuple(head.bias.shape))
    return {"shape of head.weight": str(tuple(head.weight.shape)), "shape of head.bias": bias}


@probe("StackedEnsemble(members, 3)(x) {mode}, {count} members with batch norm, x of shape ({samples}, 4), {dtype}")
def stacked_values(ch, draw: Draw, *, count=3, mode="in training mode", samples=6, dtype="float64"):
    ensemble, _ = stacked(ch, draw, count, dtype=getattr(torch, dtype))
    if mode != "as it is built":
        ensemble.train(mode == "in training mode")
    x, y = (draw.normal(n, 4, dtype=getattr(torch, dtype)) for n in (samples, samples + 1))
    return {**head_shapes(ensemble.head), "logits": ensemble(x), "logits of other samples": ensemble(y)}


@probe("StackedEnsemble(members, 3)(x), with gradients switched on, and then off")
def stacked_around(ch, draw: Draw):
    ensemble, _ = stacked(ch, draw, 2)
    x = draw.normal(6, 4)
    logits = ensemble(x)
    return {"logits": logits, "x after the call": x, "gradients after the call": grad_mode_after(lambda: ensemble(x))}


@probe("StackedEnsemble([a, b, a], 3)(x), x of shape (5, 2, 3, 5)")
def stacked_values_of_images(ch, draw: Draw):
    a, b = ImageMember(draw), ImageMember(draw)
    return {"logits": filled(draw, ch.StackedEnsemble([a, b, a], 3))(draw.normal(5, 2, 3, 5))}


@probe("StackedEnsemble(members, 3)(x), with 2 members from a generator, a tuple and an iterator")
def stacked_any_iterable(ch, draw: Draw):
    members = linear_members(draw, 2)
    given = {"a generator": (m for m in members), "a tuple": tuple(members), "an iterator": iter(members)}
    ensembles = {name: ch.StackedEnsemble(some, 3) for name, some in given.items()}
    x = draw.normal(4, 4)
    return {f"logits, members from {name}": filled(draw, each)(x) for name, each in ensembles.items()}


@probe("StackedEnsemble(members, num_classes={classes}).head, {count} members")
def stacked_head(ch, draw: Draw, *, count=2, classes=5):
    ensemble = ch.StackedEnsemble(linear_members(draw, count, 4, classes, torch.float32), num_classes=classes)
    head = ensemble.head
    # Before any conversion it is that of every nn.Linear, or that of the members.
    usual_dtype = head.weight.dtype in (torch.get_default_dtype(), torch.float32)
    return {
        "head": "an nn.Linear" if isinstance(head, nn.Linear) else f"of type {type(head).__name__}",
        "dtype of head.weight": "torch's default" if usual_dtype else str(head.weight.dtype).removeprefix("torch."),
        **head_shapes(head),
        "head.weight.requires_grad": head.weight.requires_grad,
        "head.bias.requires_grad": None if head.bias is None else head.bias.requires_grad,
        "head(z)": filled(draw, ensemble).head(draw.normal(3, count * classes)),
    }


def moved(now, before) -> str:
    return "unchanged" if torch.equal(now, before) else "changed"


@probe("StackedEnsemble(members, 3), two members with batch norm and dropout, then train() and three optimizer steps")
def stacked_frozen(ch, draw: Draw):
    members = [inner(draw).train() for _ in range(2)]
    with draw.settings():
        for member in members:
            member(draw.normal(6, 4)).square().sum().backward()
    ensemble = ch.StackedEnsemble(members, 3).to(draw.device, torch.float64)
    head, weight = ensemble.head, ensemble.head.weight.detach().clone()
    bias = None if head.bias is None else head.bias.detach().clone()
    numbered = list(enumerate(members, 1))
    at_once = grad_flags(**{f"member {number}": member for number, member in numbered})
    for number, member in numbered:
        grads = {name: "None" if p.grad is None else "a tensor" for name, p in member.named_parameters()}
        at_once |= {f"member {number}.{name}.grad": grad for name, grad in grads.items()}
        at_once[f"member {number} in training mode at first"] = any(training_modes(member))
    everything = {*ensemble.parameters(), *(p for member in members for p in member.parameters())}
    optimizer = torch.optim.SGD(list(everything), lr=0.5)
    parent = parent_of(draw, ensemble)
    x, labels = draw.normal(12, 4), draw.integers(0, 3, 12)
    for network in (ensemble, parent, ensemble):
        network.train()
        F.cross_entropy(network(x), labels).backward()
        optimizer.step()
    return {
        **at_once,
        **{
            f"member {number} in training mode after train()": any(training_modes(member))
            for number, member in numbered
        },
        **states("after the steps", members),
        "head.weight after the steps": moved(head.weight, weight),
        "head.bias after the steps": "None" if bias is None else moved(head.bias, bias),
    }


@probe("StackedEnsemble(members, 3)(x).square().sum().backward(), x of shape (6, 4)")
def stacked_gradients(ch, draw: Draw):
    ensemble, _ = stacked(ch, draw, 2)
    x = draw.normal(6, 4, grad=True)
    ensemble(x).square().sum().backward()
    return {"x.grad": x.grad, "head.weight.grad": ensemble.head.weight.grad}


@probe("StackedEnsemble(members, 3), two members with batch norm: parameters(), state_dict() and to()")
def stacked_reached(ch, draw: Draw):
    ensemble, members = stacked(ch, draw, 2)
    other, others = stacked(ch, draw, 2)
    x = draw.normal(5, 4)
    before = ensemble(x), other(x)
    other.load_state_dict(ensemble.state_dict())
    missing = lacking(ensemble, *members)
    after = other(x)
    ensemble.to(torch.float32)
    return {
        "members' parameters that parameters() lacks": missing,
        "logits": before[0],
        "logits of a second ensemble": before[1],
        "logits of the second one once it has loaded the first one's state_dict()": after,
        **states("after to(torch.float32)", members),
        **states("of the second ensemble once it has loaded the first one's state_dict()", others),
    }


# -------------------------------------------------------------------------------------------- trainable_parameters


def listed(net, find, when: str = "") -> dict:
    """Return what `find` lists: which of the net's parameters, how often, and what else."""
    states = {name: "trainable" if p.requires_grad else "frozen" for name, p in net.named_parameters()}
    parameters = find(net)
    entries = list(parameters) if isinstance(parameters, Iterable) else []
    names = {id(p): name for name, p in net.named_parameters()}
    others = sorted({type(p).__name__ for p in entries if id(p) not in names})
    count = sum(id(p) not in names for p in entries)
    ids = [id(p) for p in entries]
    found = {
        "type of what is returned": "list" if isinstance(parameters, list) else type(parameters).__name__,
        "in the list besides the net's parameters": f"{count} of type {' and '.join(others[:3])}"
        if count
        else "nothing",
        **{f"{name}, which is {states.get(name)}": how_often(ids.count(id(p))) for name, p in net.named_parameters()},
        "length of the list": len(entries),
        **{name: p.detach().clone() for name, p in net.named_parameters()},
    }
    return named(when, found) if when else found


def how_often(count: int) -> str:
    return {0: "not in the list", 1: "in the list"}.get(count, f"in the list {count} times")


class Scaled(nn.Module):
    """A module that has layers, and a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.layers = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 2, bias=False))


def drawn_net(draw: Draw) -> nn.Module:
    """Return a network of drawn depth, widths, kinds of layers and values."""
    kinds = (lambda n: nn.Linear(n, n), lambda n: nn.Linear(n, n, bias=False), nn.LayerNorm, nn.BatchNorm1d)

    def make() -> nn.Module:
        layers = [kinds[draw.integer(0, len(kinds))](draw.integer(2, 6)) for _ in range(draw.integer(3, 9))]
        return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), Scaled(), nn.Sequential(*layers))

    net = built(draw, make)
    for p in net.parameters():
        draw.fill_(p)
    return net


@probe("trainable_parameters(net), some of its parameters frozen")
def trainable_some(ch, draw: Draw):
    net = drawn_net(draw)
    net[0].weight.requires_grad_(False)
    net[2].layers[0].requires_grad_(False)
    for p in net[3].parameters():
        p.requires_grad_(draw.integer(0, 2) == 1)
    return listed(net, ch.trainable_parameters)


@probe("trainable_parameters(net), all of it trainable, in evaluation mode")
def trainable_all(ch, draw: Draw):
    net = drawn_net(draw).eval()
    return listed(net, ch.trainable_parameters)


@probe("trainable_parameters(net), all of its parameters frozen, and trainable_parameters(nn.ReLU())")
def trainable_none(ch, draw: Draw):
    net = drawn_net(draw).requires_grad_(False)
    net[0].weight.grad = torch.zeros_like(net[0].weight)
    found = listed(net, ch.trainable_parameters)
    return {
        **found,
        "length of the list for nn.ReLU()": listed(nn.ReLU(), ch.trainable_parameters)["length of the list"],
    }


@probe("trainable_parameters(net), with a layer in it twice, a weight that two layers share, and two that are equal")
def trainable_shared(ch, draw: Draw):
    net = drawn_net(draw)
    with draw.settings():
        tied = nn.Linear(2, 3).to(draw.device)
    draw.fill_(tied.bias)
    tied.weight = net[0].weight
    with torch.no_grad():
        net[1].weight.copy_(net[1].bias)  # equal, but two parameters
    net = parent_of(draw, net, net[draw.integer(0, 4)], tied)
    found = listed(net, ch.trainable_parameters)
    error = raised(lambda: torch.optim.SGD(ch.trainable_parameters(net), lr=0.1))["raised"]
    return {**found, "exception of torch.optim.SGD with this list": error or "none"}


@probe("trainable_parameters(net), before some parameters are frozen, after it, and when they are trainable again")
def trainable_changes(ch, draw: Draw):
    net = drawn_net(draw).eval()
    net[0].weight.grad = draw.normal(3, 2, dtype=torch.float32)
    before = listed(net, ch.trainable_parameters, "at first")
    frozen = [net[0].bias, *(p for p in net[3].parameters() if draw.integer(0, 2))]
    for p in frozen:
        p.requires_grad_(False)
    net[1].weight.grad = torch.zeros_like(net[1].weight)
    after = listed(net, ch.trainable_parameters, "once some are frozen")
    for p in frozen:
        p.requires_grad_(True)
    return {
        **before,
        **after,
        **listed(net, ch.trainable_parameters, "when all are trainable again"),
        **{f"{name} after the calls": value for name, value in net.state_dict().items()},
        "a module in training mode after the calls": any(training_modes(net)),
        "0.weight.grad after the calls": net[0].weight.grad,
    }


# -------------------------------------------------------------------------------------------------------- accuracy


def members_of_three_kinds() -> list:
    """Return a small Inception, VGG and AlexNet for 3×16×16 images: a few thousand parameters each, quick to train."""

    class Branches(nn.Module):
        def __init__(self, channels, out):
            super().__init__()
            self.one = nn.Conv2d(channels, out, 1)
            self.three = nn.Conv2d(channels, out, 3, padding=1)
            self.five = nn.Sequential(nn.Conv2d(channels, 4, 1), nn.Conv2d(4, out, 5, padding=2))

        def forward(self, x):
            return F.relu(torch.cat([self.one(x), self.three(x), self.five(x)], dim=1))

    def conv(a, b, stride):
        return nn.Sequential(nn.Conv2d(a, b, 3, stride, 1), nn.ReLU())

    inception = nn.Sequential(conv(3, 8, 2), Branches(8, 6), nn.MaxPool2d(2), conv(18, 24, 2), nn.Flatten())
    vgg = nn.Sequential(conv(3, 8, 1), nn.MaxPool2d(2), conv(8, 16, 1), nn.MaxPool2d(2), conv(16, 24, 2), nn.Flatten())
    alexnet = nn.Sequential(conv(3, 12, 2), nn.MaxPool2d(2), conv(12, 24, 2), nn.Flatten())
    members = [(inception, 24 * 4), (vgg, 24 * 4), (alexnet, 24 * 4)]
    return [nn.Sequential(body, nn.Linear(size, 10)) for body, size in members]


UNTRAINED = 0.4  # of ten classes; every member learns more in two epochs


def halved(images):
    return F.avg_pool2d(images, 2)


def train(net, images, labels, epochs: int, lr: float) -> None:
    """Train what requires grad, with Adam in batches of 50."""
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=lr)
    net.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(50):
            optimizer.zero_grad()
            F.cross_entropy(net(images[batch]), labels[batch]).backward()
            optimizer.step()
    net.eval()


def accuracy(labels, predictions) -> float:
    """Return the share of predictions that are right. ValueError unless they are int64, one for each label."""
    if predictions.dtype != labels.dtype or predictions.shape != labels.shape:
        raise ValueError("predictions must be int64, one for each label")
    return (labels == predictions).double().mean().item()


def exam(draw: Draw):
    """Return the test images of clothes in a drawn order, with their labels, and a drawn order of the classes."""
    test = load_fashion_mnist("test")
    order, classes = draw.permutation(len(test.labels)), draw.permutation(10)
    return halved(test.normalised()[order]), test.labels[order], classes


def trained_members(draw: Draw):
    """Return members trained on 1,500 images of clothes, and 1,500 more with their labels."""
    training = load_fashion_mnist("train")
    images, labels = halved(training.normalised()), training.labels
    with draw.settings():
        members = members_of_three_kinds()
        for member in members:
            train(member, images[:1500], labels[:1500], 2, 5e-3)
    return members, images[1500:3000], labels[1500:3000]


def members_accuracies(outputs, labels) -> list:
    """Return each member's accuracy, or UNTRAINED for one with less, so that no member counts that learnt nothing."""
    return [max(accuracy(labels, member), UNTRAINED) for member in outputs["members' labels"]]


def gain_over_the_weakest_member(outputs, draw: Draw) -> float:
    """Return the ensemble's accuracy minus that of its weakest member."""
    _, labels, _ = exam(draw)
    return accuracy(labels, outputs["labels"]) - min(members_accuracies(outputs, labels))


def gain_over_the_best_member(outputs, draw: Draw) -> float:
    """Return the stacked ensemble's accuracy, which counts the classes in a drawn order, minus its best member's."""
    _, labels, classes = exam(draw)
    return accuracy(classes[labels], outputs["labels"]) - max(members_accuracies(outputs, labels))


@probe(
    "Ensemble of an Inception, a VGG and an AlexNet: its accuracy minus its weakest member's",
    calibrate=gain_over_the_weakest_member,
)
def ensemble_gain(ch, draw: Draw):
    images, _, _ = exam(draw)
    members, _, _ = trained_members(draw)
    with torch.no_grad():
        return {
            "members' labels": [member(images).argmax(dim=1) for member in members],
            "labels": ch.Ensemble(members).eval().predict(images),
        }


@probe(
    "StackedEnsemble of an Inception, a VGG and an AlexNet, its head trained for another order of the classes: its "
    "accuracy minus its best member's",
    calibrate=gain_over_the_best_member,
)
def stacked_gain(ch, draw: Draw):
    images, _, classes = exam(draw)
    members, head_images, head_labels = trained_members(draw)
    with torch.no_grad():
        alone = [member(images).argmax(dim=1) for member in members]
    ensemble = ch.StackedEnsemble(members, 10).to(images.dtype)
    train(ensemble, head_images, classes[head_labels], 2, 1e-2)
    with torch.no_grad():
        return {"members' labels": alone, "labels": ensemble(images).argmax(dim=1)}
