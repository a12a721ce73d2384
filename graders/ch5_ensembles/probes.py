"""Probes of chapter 5."""

import torch
import torch.nn.functional as F
from torch import nn

from torchdojo.data import load_fashion_mnist
from torchdojo.probe import Draw, probe, raised


def keeps_grad_mode(call) -> bool:
    """Return whether gradients are on after the call where they were on before, and off where they were off."""
    kept = []
    for mode in (True, False):
        with torch.set_grad_enabled(mode):
            call()
            kept.append(torch.is_grad_enabled() == mode)
    return all(kept)


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


def vote(ch, predictions) -> dict:
    original = predictions.clone()
    return {"labels": ch.majority_vote(predictions), "predictions unchanged": torch.equal(predictions, original)}


def gain_of(outputs, draw: Draw) -> float:
    """Return the gain that a probe computed."""
    return outputs["gain"]


@probe("majority_vote(predictions), {members} members, {samples} samples, labels below {classes}, no ties")
def vote_drawn(ch, draw: Draw, *, members=5, samples=40, classes=4):
    return vote(ch, draw_votes(draw, members, samples, classes))


@probe("majority_vote(predictions), where in each column more than half of {members} members agree")
def vote_clear(ch, draw: Draw, *, members=5, samples=40):
    predictions = draw.integers(0, 10, members, samples)
    predictions[: members // 2 + 1] = draw.integers(0, 10, samples)
    # Shuffled column by column, so that no member agrees with the majority everywhere (0.64 ** 40 < 1e-7).
    order = draw.normal(members, samples).argsort(0)
    predictions = predictions.gather(0, order)
    result = vote(ch, predictions)
    return {**result, "grad mode unchanged": keeps_grad_mode(lambda: ch.majority_vote(predictions))}


@probe("majority_vote(predictions), {more} members of which give one label and {fewer} another, in each column")
def vote_of_many(ch, draw: Draw, *, more=270, fewer=30):
    # The label with fewer votes is the smaller one: a rounded count would be a tie, and let it win.
    label = draw.integers(0, 5, 3)
    predictions = torch.cat([(label + 1).expand(more, 3), label.expand(fewer, 3)])
    return vote(ch, predictions[draw.permutation(more + fewer)])


@probe("majority_vote({columns}, as columns)")
def vote_columns(ch, draw: Draw, *, columns=((0, 1), (1, 0))):
    return vote(ch, torch.tensor(columns, device=draw.device).T)


@probe("majority_vote(predictions) where every column is a tie of two labels")
def vote_ties(ch, draw: Draw, *, each=2, samples=30):
    low = draw.integers(0, 5, samples)
    high = low + 1 + draw.integers(0, 5, samples)
    rows = torch.stack([low] * each + [high] * each)
    return vote(ch, rows[draw.permutation(2 * each)])


@probe("majority_vote(predictions) of four different sizes, one after another")
def vote_again(ch, draw: Draw):
    sizes = ((3, 5, 3), (7, 2, 12), (1, 4, 900), (4, 9, 2))
    return {"labels": [ch.majority_vote(draw_votes(draw, *size)) for size in sizes]}


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


def to_float32(shares):
    """Return the shares in float32 if they are float64: counting in float32 and casting the result is right, too."""
    return shares.float() if shares.dtype == torch.float64 else shares


@probe("Ensemble(members)(x), {members} linear members, {samples} samples; then a second ensemble, and other samples")
def shares(ch, draw: Draw, *, members=3, samples=25, classes=3):
    ensemble = ch.Ensemble(linear_members(draw, members, classes=classes))
    other = ch.Ensemble(linear_members(draw, 2, classes=classes + 1))
    x, y = draw.normal(samples, 4), draw.normal(samples + 1, 4)
    return {
        "shares": [to_float32(e(samples)) for e, samples in ((ensemble, x), (other, x), (ensemble, y))],
        "x afterwards": x,
        "grad mode unchanged": keeps_grad_mode(lambda: ensemble(x)),
    }


@probe("Ensemble(members)(x), one loud member against two quiet ones")
def shares_loud(ch, draw: Draw):
    labels = draw.integers(0, 3, 12)
    members = [FixedVotes(labels, 5, 100.0), FixedVotes((labels + 1) % 5, 5, 0.1), FixedVotes((labels + 1) % 5, 5, 0.2)]
    return {"shares": to_float32(ch.Ensemble(members)(draw.normal(12, 4)))}


@probe("Ensemble([a, b, a])(x): a is a member twice, so it has two votes")
def shares_repeated(ch, draw: Draw):
    labels = draw.integers(0, 5, 12)
    a, b = FixedVotes(labels, 5), FixedVotes((labels + 1) % 5, 5)
    ensemble = ch.Ensemble([a, b, a])
    x = draw.normal(12, 4)
    return {"shares": to_float32(ensemble(x)), "labels": ensemble.predict(x)}


@probe("Ensemble([Identity(), linear, linear])(x) and predict(x): the first member returns x itself")
def shares_of_identity(ch, draw: Draw):
    ensemble = ch.Ensemble([nn.Identity(), *linear_members(draw, 2, 4, 4)])
    x = draw.normal(10, 4)
    return {"shares": to_float32(ensemble(x)), "labels": ensemble.predict(x), "x afterwards": x}


class Undecided(FixedVotes):
    """A member whose logits for class 0 and for each sample's label are equally large."""

    def forward(self, x):
        logits = super().forward(x)
        logits[:, 0] = logits.max(dim=1).values
        return logits


@probe("Ensemble(members)(x), where two classes share a member's largest logit: sums of the rows, largest shares")
def shares_of_equal_logits(ch, draw: Draw):
    labels = draw.integers(1, 4, 10)
    undecided, quiet = Undecided(labels, 4), FixedVotes(labels, 4)
    inner = ch.Ensemble([FixedVotes(labels - 1, 4), quiet])  # a tie for each sample
    x = draw.normal(10, 4)
    three, *alone = (ch.Ensemble(members) for members in ([undecided, quiet, undecided], [undecided], [inner]))
    return {
        "sums": to_float32(three(x).sum(dim=1)),
        "largest shares of one member": [to_float32(each(x).amax(dim=1)) for each in alone],
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
    return {"shares": to_float32(ensemble(x)), "labels": ensemble.predict(x)}


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
    return {"dtype": str(shares.dtype), "shares": shares.float(), "labels": ensemble.predict(x)}


@probe("Ensemble(members).predict(x), {members} linear members, {samples} samples")
def predicted(ch, draw: Draw, *, members=5, samples=25, classes=3):
    ensemble = ch.Ensemble(linear_members(draw, members, classes=classes))
    x, y = draw.normal(samples, 4), draw.normal(samples + 1, 4)
    return {
        "labels": [ensemble.predict(x), ensemble.predict(y)],
        "x afterwards": x,
        "grad mode unchanged": keeps_grad_mode(lambda: ensemble.predict(x)),
    }


@probe("Ensemble(members).predict(x), each sample a tie of two labels")
def predicted_ties(ch, draw: Draw, *, each=2):
    low = draw.integers(0, 3, 16)
    high = low + 1 + draw.integers(0, 3, 16)
    members = [FixedVotes(high if letter == "h" else low, 7) for letter in "hllhlh"[: 2 * each]]
    ensemble = ch.Ensemble(members).to(draw.device)
    return {"labels": ensemble.predict(draw.normal(16, 2))}


@probe("Ensemble(generator of members)(x)")
def shares_of_a_generator(ch, draw: Draw):
    members = linear_members(draw, 3)
    ensembles = [ch.Ensemble(member for member in members), ch.Ensemble(tuple(members)), ch.Ensemble(iter(members))]
    x = draw.normal(8, 4)
    return {
        "shares": [to_float32(e(x)) for e in ensembles],
        "parameters": [len(list(e.parameters())) for e in ensembles],
    }


@probe("Ensemble of modules with batch norm: to(), parameters(), state_dict(), train(), eval()")
def reached(ch, draw: Draw):
    members, others = [inner(draw) for _ in range(2)], [inner(draw) for _ in range(2)]
    ensemble, other = ch.Ensemble(members), ch.Ensemble(others)
    registered = {id(p) for p in ensemble.parameters()}
    other.load_state_dict(ensemble.state_dict())
    ensemble.to(torch.float32)
    modes = []
    for switch in (ensemble.eval, ensemble.train):
        switch()
        modes.append([any(training_modes(member)) for member in members])
    return {
        "parameters() has those of the members": all(
            id(p) in registered for member in members for p in member.parameters()
        ),
        "dtypes after to(float32)": [str(t.dtype) for member in members for t in member.state_dict().values()],
        "members' state after to(float32)": [list(member.state_dict().values()) for member in members],
        "others' state, loaded": [list(member.state_dict().values()) for member in others],
        "members in training after eval(), after train()": modes,
    }


@probe("Ensemble of ensembles: forward and predict")
def nested(ch, draw: Draw):
    # Two of three members agree, so that no inner row is a tie.
    votes = [draw.integers(0, 3, 30) for _ in range(4)]
    inner = [ch.Ensemble([FixedVotes(labels, 4) for labels in (a, b, a)]) for a, b in (votes[:2], votes[2:])]
    outer = ch.Ensemble([*inner, *linear_members(draw, 1, classes=4)])
    x = draw.normal(30, 4)
    with draw.settings():
        net = nn.Sequential(outer)
    return {
        "shares": to_float32(outer(x)),
        "labels": outer.predict(x),
        "in a Sequential": to_float32(net(x)),
        "labels of the inner ones": [each.predict(x) for each in inner],
    }


@probe("Ensemble({kind})")
def refused(ch, draw: Draw, *, kind="[]"):
    empty = {"[]": [], "()": (), "an empty generator": (m for m in ())}[kind]
    one = raised(lambda: ch.Ensemble([nn.Identity()]))["raised"]
    return {**raised(lambda: ch.Ensemble(empty)), "one member": one}


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


def parent_of(draw: Draw, *modules) -> nn.Sequential:
    with draw.settings():
        return nn.Sequential(*modules)


def training_modes(*modules) -> list:
    return [m.training for module in modules for m in module.modules()]


@probe("Frozen(module)(x), at once and three times after train(): y, and the module's buffers")
def frozen_output(ch, draw: Draw, *, dtype="float64", samples=6):
    module = inner(draw, getattr(torch, dtype)).train()
    frozen = ch.Frozen(module)
    x = draw.normal(samples, 4, dtype=getattr(torch, dtype))
    original = x.clone()
    ys = [frozen(x), frozen(x[:1] + 1)]
    parent = parent_of(draw, frozen)
    for _ in range(3):
        parent.train()
        frozen.train()
        ys.append(frozen(x))
    return {
        "y": ys,
        "buffers": list(module.buffers()),
        "x unchanged": torch.equal(x, original),
        "grad mode unchanged": keeps_grad_mode(lambda: frozen(x)),
    }


@probe("Frozen(module)(x) after train(): of a Dropout, of a module that returns a pair, and of a Frozen")
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
    return {"of a Dropout": dropout, "of a pair": pair, "of a Frozen": twice}


@probe("Frozen(module): does a parameter of the module require grad?")
def frozen_parameters(ch, draw: Draw):
    module = inner(draw)
    frozen = ch.Frozen(module)
    at_once = {name: p.requires_grad for name, p in module.named_parameters()}
    frozen.train()
    parent = parent_of(draw, frozen)
    parent.eval()
    parent.train()
    later = {name: p.requires_grad for name, p in module.named_parameters()}
    return {"require grad": at_once, "require grad after train()": later}


@probe("Frozen(module), whose parameters have old gradients, then a step of an optimizer that holds them")
def frozen_stale(ch, draw: Draw):
    module = inner(draw)
    with draw.settings():
        module(draw.normal(6, 4)).square().sum().backward()
    module.first.requires_grad_(False)  # already frozen, but its gradients are still there
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    before = [p.detach().clone() for p in module.parameters()]
    ch.Frozen(module)
    none = {name: p.grad is None for name, p in module.named_parameters()}
    optimizer.step()
    pairs = zip(module.parameters(), before, strict=True)
    return {"grad is None": none, "moved by the step": [not torch.equal(p.detach(), b) for p, b in pairs]}


@probe("Frozen(module): is anything inside in training, after train() and eval() on the wrapper and its parents?")
def frozen_mode(ch, draw: Draw):
    module = inner(draw).train()
    frozen = ch.Frozen(module)
    modes = {"after Frozen(module)": any(training_modes(module))}
    result = frozen.train()
    modes["after train()"] = any(training_modes(module))
    frozen.train(True)
    modes["after train(True)"] = any(training_modes(module))
    frozen.eval()
    modes["after eval()"] = any(training_modes(module))
    parent = parent_of(draw, *linear_members(draw, 1), parent_of(draw, frozen))
    parent.train()
    modes["after train() on a parent"] = any(training_modes(module))
    modes["the parent's other layer"] = parent[0].training
    parent.eval()
    parent.train(mode=True)
    modes["after train() on a parent, again"] = any(training_modes(module))
    modes["train() returns the wrapper"] = result is frozen
    return modes


@probe("Sequential(linear, Frozen(module), linear), then backward")
def frozen_gradients(ch, draw: Draw):
    module = inner(draw)
    before, after = linear_members(draw, 1, 4, 4)[0], linear_members(draw, 1, 3, 2)[0]
    net = parent_of(draw, before, ch.Frozen(module), after).train()
    x = draw.normal(6, 4, grad=True)
    net(x).square().sum().backward()
    return {
        "x.grad": x.grad,
        "gradient of the layer before": before.weight.grad,
        "gradient of the layer after": after.weight.grad,
    }


@probe("Frozen(module): do to(), parameters() and state_dict() reach the module, not a copy?")
def frozen_very_module(ch, draw: Draw):
    module, twin = inner(draw), inner(draw)
    frozen = ch.Frozen(module)
    x = draw.normal(5, 4)
    y = frozen(x)
    with torch.no_grad():
        module.first.weight.add_(1.0)
    follows = not torch.equal(frozen(x), y)
    ch.Frozen(twin).load_state_dict(frozen.state_dict())
    registered = {id(p) for p in frozen.parameters()}
    frozen.to(torch.float32)
    return {
        "y follows a change of the module": follows,
        "parameters() has those of the module": all(id(p) in registered for p in module.parameters()),
        "the module's state after to(float32)": list(module.state_dict().values()),
        "the state of a second module, loaded": list(twin.state_dict().values()),
    }


# ------------------------------------------------------------------------------------------------- StackedEnsemble


def stacked(ch, draw: Draw, count: int, classes=3, dtype=torch.float64):
    members = [inner(draw, dtype).train() for _ in range(count)]
    ensemble = ch.StackedEnsemble(members, classes)
    # Its own, before any conversion: that of every nn.Linear, or that of the members.
    usual_dtype = ensemble.head.weight.dtype in (torch.get_default_dtype(), dtype)
    ensemble.to(draw.device, dtype)
    draw.fill_(ensemble.head.weight)
    draw.fill_(ensemble.head.bias)
    return ensemble, members, usual_dtype


@probe("StackedEnsemble(members, 3)(x), {count} members, {mode}")
def stacked_values(ch, draw: Draw, *, count=3, mode="in training", samples=6, dtype="float64"):
    ensemble, _, usual_dtype = stacked(ch, draw, count, dtype=getattr(torch, dtype))
    if mode != "as it is built":
        ensemble.train(mode == "in training")
    x, y = (draw.normal(n, 4, dtype=getattr(torch, dtype)) for n in (samples, samples + 1))
    logits = [ensemble(x), ensemble(y)]
    return {
        "logits": logits,
        "x afterwards": x,
        "the head is made in the usual dtype": usual_dtype,
        "grad mode unchanged": keeps_grad_mode(lambda: ensemble(x)),
    }


@probe("StackedEnsemble([a, b, a], 3)(x), x of shape (5, 2, 3, 5)")
def stacked_values_of_images(ch, draw: Draw):
    a, b = ImageMember(draw), ImageMember(draw)
    ensemble = ch.StackedEnsemble([a, b, a], 3).to(draw.device, torch.float64)
    draw.fill_(ensemble.head.weight)
    draw.fill_(ensemble.head.bias)
    return {"logits": ensemble(draw.normal(5, 2, 3, 5))}


@probe("StackedEnsemble(members, 3), members a generator, a tuple, an iterator")
def stacked_any_iterable(ch, draw: Draw):
    members = linear_members(draw, 2)
    ensembles = [ch.StackedEnsemble(given, 3) for given in ((m for m in members), tuple(members), iter(members))]
    x = draw.normal(4, 4)
    return {
        "logits": [list(e.to(draw.device, torch.float64)(x).shape) for e in ensembles],
        "head.weight": [list(e.head.weight.shape) for e in ensembles],
    }


@probe("StackedEnsemble(members, num_classes={classes}).head, {count} members")
def stacked_head(ch, draw: Draw, *, count=2, classes=5):
    members = linear_members(draw, count, 4, classes)
    head = ch.StackedEnsemble(members, num_classes=classes).head
    return {
        "is an nn.Linear": isinstance(head, nn.Linear),
        "weight": list(head.weight.shape),
        "bias": None if head.bias is None else list(head.bias.shape),
        "requires grad": [p.requires_grad for p in head.parameters()],
    }


@probe("StackedEnsemble(members, 3), after train() and optimizer steps: what has changed")
def stacked_frozen(ch, draw: Draw):
    members = [inner(draw).train() for _ in range(2)]
    with draw.settings():
        for member in members:
            member(draw.normal(6, 4)).square().sum().backward()
    states = [member.state_dict() for member in members]
    states = [{name: value.clone() for name, value in state.items()} for state in states]
    ensemble = ch.StackedEnsemble(members, 3).to(draw.device, torch.float64)
    head = [p.detach().clone() for p in ensemble.head.parameters()]
    at_once = {
        "members' parameters require grad": [p.requires_grad for member in members for p in member.parameters()],
        "their grad is None": [p.grad is None for member in members for p in member.parameters()],
        "a member is in training at first": any(training_modes(*members)),
    }
    everything = {*ensemble.parameters(), *(p for member in members for p in member.parameters())}
    optimizer = torch.optim.SGD(list(everything), lr=0.5)
    parent = parent_of(draw, ensemble)
    x, labels = draw.normal(12, 4), draw.integers(0, 3, 12)
    for network in (ensemble, parent, ensemble):
        network.train()
        F.cross_entropy(network(x), labels).backward()
        optimizer.step()
    pairs = zip(members, states, strict=True)
    return {
        **at_once,
        "a member is in training": any(training_modes(*members)),
        "members changed": [
            name
            for member, old in pairs
            for name, value in member.state_dict().items()
            if not torch.equal(value, old[name])
        ],
        "the head moved": [not torch.equal(p, old) for p, old in zip(ensemble.head.parameters(), head, strict=True)],
    }


@probe("StackedEnsemble(members, 3)(x).square().sum().backward()")
def stacked_gradients(ch, draw: Draw):
    ensemble, _, _ = stacked(ch, draw, 2)
    x = draw.normal(6, 4, grad=True)
    ensemble(x).square().sum().backward()
    return {"x.grad": x.grad, "head.weight.grad": ensemble.head.weight.grad}


@probe("StackedEnsemble: parameters(), state_dict() and to() reach the members")
def stacked_reached(ch, draw: Draw):
    ensemble, members, _ = stacked(ch, draw, 2)
    other, others, _ = stacked(ch, draw, 2)
    x = draw.normal(5, 4)
    before = ensemble(x), other(x)
    other.load_state_dict(ensemble.state_dict())
    registered = {id(p) for p in ensemble.parameters()}
    after = other(x)
    ensemble.to(torch.float32)
    return {
        "parameters() has those of the members": all(
            id(p) in registered for member in members for p in member.parameters()
        ),
        "logits of two ensembles": before,
        "logits of the second one with the first one's state": after,
        "members' state after to(float32)": [list(member.state_dict().values()) for member in members],
        "others' state, loaded": [list(member.state_dict().values()) for member in others],
    }


# -------------------------------------------------------------------------------------------- trainable_parameters


def positions(net, listed) -> dict:
    """Return which of the net's parameters were listed, by name, sorted."""
    names = {id(p): name for name, p in net.named_parameters()}
    return {
        "type": "list" if isinstance(listed, list) else type(listed).__name__,
        "listed": sorted(names.get(id(p), f"another {type(p).__name__}") for p in listed),
    }


class Scaled(nn.Module):
    """A module that has layers, and a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.layers = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 2, bias=False))


def built(draw: Draw, make) -> nn.Module:
    """Return a network, made with torch's own settings, on the probe's device."""
    with draw.settings():
        return make().to(draw.device)


@probe("trainable_parameters(net), part of it frozen")
def trainable_some(ch, draw: Draw):
    net = built(draw, lambda: nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), Scaled()))
    net[0].weight.requires_grad_(False)
    net[2].layers[0].requires_grad_(False)
    return positions(net, ch.trainable_parameters(net))


@probe("trainable_parameters(net), all of it trainable, in evaluation mode")
def trainable_all(ch, draw: Draw):
    net = built(draw, Scaled).eval()
    return positions(net, ch.trainable_parameters(net))


@probe("trainable_parameters(net), none of it trainable")
def trainable_none(ch, draw: Draw):
    net = built(draw, lambda: nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))).requires_grad_(False)
    net[0].weight.grad = torch.zeros_like(net[0].weight)
    listed = positions(net, ch.trainable_parameters(net))
    return {**listed, "of a module without parameters": len(list(ch.trainable_parameters(nn.ReLU())))}


@probe("trainable_parameters(net), with a layer in it twice, a weight that two layers share, and two that are equal")
def trainable_shared(ch, draw: Draw):
    net = built(draw, lambda: nn.Sequential(*(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.BatchNorm1d(3), nn.Linear(3, 3))))
    layer, norm, other, tied = net
    tied.weight = layer.weight
    net = parent_of(draw, layer, norm, layer, other, tied)
    listed = ch.trainable_parameters(net)
    error = raised(lambda: torch.optim.SGD(listed, lr=0.1))["raised"]
    return {**positions(net, listed), "error of an optimizer given them": error}


@probe("trainable_parameters(net), before and after a parameter is frozen")
def trainable_changes(ch, draw: Draw):
    net = built(draw, lambda: nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))).eval()
    net[0].weight.grad = torch.ones_like(net[0].weight)
    old = {name: value.clone() for name, value in net.state_dict().items()}
    before = positions(net, ch.trainable_parameters(net))
    before_grad = [p.requires_grad for p in net.parameters()]
    net[0].bias.requires_grad_(False)
    net[1].weight.grad = torch.zeros_like(net[1].weight)
    after = positions(net, ch.trainable_parameters(net))
    net[0].bias.requires_grad_(True)
    return {
        "before": before,
        "requires grad": before_grad,
        "after": after,
        "later": positions(net, ch.trainable_parameters(net)),
        "net unchanged": all(torch.equal(value, old[name]) for name, value in net.state_dict().items()),
        "in training": any(training_modes(net)),
        "grad": net[0].weight.grad,
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
    return (labels == predictions).double().mean().item()


def trained_members(draw: Draw):
    """Return members trained on 1,500 images of clothes, then 1,500 more and the test images, each with labels."""
    training, test = load_fashion_mnist("train"), load_fashion_mnist("test")
    images, labels = halved(training.normalised()), training.labels
    with draw.settings():
        members = members_of_three_kinds()
        for member in members:
            train(member, images[:1500], labels[:1500], 2, 5e-3)
    return members, (images[1500:3000], labels[1500:3000]), (halved(test.normalised()), test.labels)


@probe("Ensemble of an Inception, a VGG and an AlexNet: its accuracy minus its weakest member's", calibrate=gain_of)
def ensemble_gain(ch, draw: Draw):
    members, _, (images, labels) = trained_members(draw)
    with torch.no_grad():
        alone = [accuracy(labels, member(images).argmax(dim=1)) for member in members]
        together = accuracy(labels, ch.Ensemble(members).eval().predict(images))
    return {"gain": together - min(alone)}


@probe("StackedEnsemble of an Inception, a VGG and an AlexNet: its accuracy minus its best member's", calibrate=gain_of)
def stacked_gain(ch, draw: Draw):
    members, (head_images, head_labels), (images, labels) = trained_members(draw)
    with torch.no_grad():
        alone = [accuracy(labels, member(images).argmax(dim=1)) for member in members]
    ensemble = ch.StackedEnsemble(members, 10).to(images.dtype)
    train(ensemble, head_images, head_labels, 2, 1e-2)
    with torch.no_grad():
        together = accuracy(labels, ensemble(images).argmax(dim=1))
    return {"gain": together - max(alone)}
