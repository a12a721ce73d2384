"""Probes of chapter 2."""

import hashlib
import pickle
import random
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset
from torchvision import datasets

from torchdojo.data import load_fashion_mnist
from torchdojo.probe import Draw, probe

# -------------------------------------------------------------------------------------------------- make_transform


def picture(draw: Draw) -> Image.Image:
    """Return a 32×32 RGB picture of drawn bytes."""
    return Image.fromarray(draw.integers(0, 256, 32, 32, 3).to(torch.uint8).cpu().numpy())


def coded(rows, columns) -> Image.Image:
    """Return a picture whose pixels say where they were: red is a code of the row, green of the column; blue is full.

    rows, columns: 32 different bytes each
    """
    parts = np.broadcast_arrays(np.array(rows)[:, None], np.array(columns), 255)
    return Image.fromarray(np.stack(parts, axis=2).astype("uint8"))


def seed_the_others(draw: Draw) -> None:
    """Seed the generators that should not be used: so a known mistake that draws from them is recognised."""
    random.seed(draw.integer(0, 2**31))
    np.random.seed(draw.integer(0, 2**31))


@probe("make_transform(train=False)(picture), 41 times with one 32×32 picture")
def transform_test(ch, draw: Draw):
    image = picture(draw)
    before = image.tobytes()
    ch.make_transform(train=True)(image)
    transform = ch.make_transform(train=False)
    ch.make_transform(train=True)(image)
    first, *others = (transform(image) for _ in range(41))
    return {
        "first result": first,
        "how many of the 40 later results differ from it": sum(differ(other, first) for other in others),
        "picture unchanged": image.tobytes() == before,
    }


def differ(one, other) -> bool:
    """Return whether two results differ, even if they are not tensors, as they should be."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return not torch.equal(one, other)
    return type(one) is not type(other)


@probe("make_transform(train=True)(picture), {count} times with one 32×32 picture")
def transform_train(ch, draw: Draw, *, rows, columns, count=24):
    image = coded(rows, columns)
    before = image.tobytes()
    ch.make_transform(train=False)(image)
    transform = ch.make_transform(train=True)
    ch.make_transform(train=False)(image)
    return {
        "results": [transform(image) for _ in range(count)],
        "picture unchanged": image.tobytes() == before,
    }


def near_centre(transform, image: Image.Image, count: int) -> torch.Tensor:
    """Return red and green at (16, 16) and (16, 17) of `count` results, (count, 2, 2)."""
    return torch.stack([transform(image)[:2, 16, 16:18] for _ in range(count)])


def black_and_white(transform) -> torch.Tensor:
    """Return red and green near the centre of a black picture and of a white one, (2, 2, 2)."""
    return torch.cat([near_centre(transform, Image.new("RGB", (32, 32), name), 1) for name in ("black", "white")])


@probe(
    "make_transform(train=True)(picture), {count} times with one 32×32 picture, and once with a black and a white one"
)
def transform_places(ch, draw: Draw, *, rows, columns, count):
    transform = ch.make_transform(train=True)
    pixels = near_centre(transform, coded(rows, columns), count)
    return {"pixels near the centre": pixels, "pixels of black and of white": black_and_white(transform)}


@probe("make_transform(train=True)(picture), 24 times with one 32×32 picture after torch.manual_seed(seed)")
def transform_seeded(ch, draw: Draw, *, rows, columns):
    image, seed = coded(rows, columns), draw.integer(0, 2**31)
    made_before = ch.make_transform(train=True)
    seed_the_others(draw)
    later, made_later = [], []
    for number in (seed, seed, seed + 1):
        torch.manual_seed(number)
        later.append(near_centre(made_before, image, 24))
        torch.manual_seed(number)
        made_later.append(near_centre(ch.make_transform(train=True), image, 24))
    return {
        "pixels near the centre": torch.stack([*later, *made_later]).flatten(0, 1),
        "pixels of black and of white": black_and_white(made_before),
    }


# ---------------------------------------------------------------------------------------------------- load_cifar10

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
IMAGES_PER_BATCH = 3


class TinyCifar:
    """A folder in CIFAR-10's layout with a few drawn images; torchvision's own lists of files are restored at the end.

    first: the first training image, if it is not drawn too
    missing: the files that are absent until torchvision is asked to download: "", "some" or "all"
    downloads: how often torchvision was asked to download
    """

    def __init__(self, draw: Draw, *, first: Image.Image | None = None, missing: str = "") -> None:
        self.draw = draw
        self.first = first
        self.missing = missing
        self.downloads = 0

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        base = self.root / "cifar-10-batches-py"
        base.mkdir()
        train = [self._batch(base, f"data_batch_{number}") for number in range(1, 6)]
        test = [self._batch(base, "test_batch")]
        meta = {"filename": "batches.meta", "key": "label_names", "md5": self._write(base / "batches.meta", CLASSES)}
        kind = datasets.CIFAR10
        self.before = (kind.train_list, kind.test_list, kind.meta, kind.download)
        elsewhere = self.root / "elsewhere"
        absent = {"": (), "some": ("data_batch_3", "test_batch"), "all": [path.name for path in base.iterdir()]}
        elsewhere.mkdir()
        for name in absent[self.missing]:
            (base / name).rename(elsewhere / name)
        if self.missing == "all":
            base.rmdir()

        def download(dataset):
            self.downloads += 1
            base.mkdir(exist_ok=True)
            for path in list(elsewhere.iterdir()):
                path.rename(base / path.name)

        kind.train_list, kind.test_list, kind.meta, kind.download = train, test, meta, download
        return self

    def __exit__(self, *_):
        kind = datasets.CIFAR10
        kind.train_list, kind.test_list, kind.meta, kind.download = self.before
        self.folder.cleanup()

    def _batch(self, base: Path, name: str) -> list:
        pixels = self.draw.integers(0, 256, IMAGES_PER_BATCH, 3 * 32 * 32).to(torch.uint8).cpu().numpy()
        if self.first and name == "data_batch_1":
            pixels[0] = np.asarray(self.first).transpose(2, 0, 1).reshape(-1)
        labels = self.draw.integers(0, 10, IMAGES_PER_BATCH).tolist()
        return [name, self._write(base / name, {"data": pixels, "labels": labels})]

    def _write(self, path: Path, content) -> str:
        path.write_bytes(pickle.dumps({"label_names": content} if isinstance(content, list) else content))
        return hashlib.md5(path.read_bytes()).hexdigest()


def labels_of(dataset) -> list | None:
    """Return the labels of a data set, or None where something else was returned, which has no items."""
    return [dataset[i][1] for i in range(len(dataset))] if hasattr(dataset, "__getitem__") else None


SMALL = f"a small CIFAR-10 of {5 * IMAGES_PER_BATCH} training and {IMAGES_PER_BATCH} test images"


@probe(f"load_cifar10(root, train=True) and load_cifar10(root, train=False), root holds {SMALL}")
def cifar_splits(ch, draw: Draw):
    with TinyCifar(draw) as tiny:
        found = {}
        for train in (True, False):
            dataset = ch.load_cifar10(tiny.root, train=train)
            found[f"load_cifar10(root, train={train}) is a datasets.CIFAR10"] = isinstance(dataset, datasets.CIFAR10)
            found[f"labels of load_cifar10(root, train={train})"] = labels_of(dataset)
        return {**found, "how often torchvision is asked to download": tiny.downloads}


@probe(f"load_cifar10(str(root), False), its images; root holds {SMALL}")
def cifar_test_items(ch, draw: Draw):
    with TinyCifar(draw) as tiny:
        _, dataset, _ = (ch.load_cifar10(str(tiny.root), train) for train in (True, False, True))
        images = {f"image {index}": dataset[index][0] for index in range(IMAGES_PER_BATCH)}
        images["image 0 again"] = dataset[0][0]
        return {
            "types of the images": ", ".join(sorted({type_of(image) for image in images.values()})),
            **{name: image if type_of(image) == "Tensor" else None for name, image in images.items()},
        }


def type_of(image) -> str:
    """Return the type of an image, "Tensor" for a subclass, too."""
    return "Tensor" if isinstance(image, torch.Tensor) else type(image).__name__


@probe("load_cifar10(root, True), its first image at {count} visits")
def cifar_train_items(ch, draw: Draw, *, rows, columns, count=32):
    with TinyCifar(draw, first=coded(rows, columns)) as tiny:
        _, dataset, _ = (ch.load_cifar10(tiny.root, train) for train in (False, True, False))
        return {"first image": [dataset[0][0] for _ in range(count)]}


@probe(f"load_cifar10(root, train, download), with {{missing}} of the files missing, and with all there: {SMALL}")
def cifar_download(ch, draw: Draw, *, missing="all"):
    found = {}
    with TinyCifar(draw, missing=missing) as tiny:
        found["files missing, train=True"] = how_it_ends(lambda: ch.load_cifar10(tiny.root, True))
        found["files missing, train=False, download=False"] = how_it_ends(
            lambda: ch.load_cifar10(tiny.root, train=False, download=False)
        )
        found["how often torchvision is asked to download by these two calls"] = tiny.downloads
    for train in (False, True):
        with TinyCifar(draw, missing=missing) as tiny:
            for when in ("files missing", "once they are there"):
                call, dataset = f"{when}, train={train}, download=True", None
                try:
                    dataset = ch.load_cifar10(tiny.root, train=train, download=True)
                    found[call] = "no exception"
                except RuntimeError:  # as torchvision raises it where files are missing
                    found[call] = "RuntimeError"
                found[f"{call}: labels"] = labels_of(dataset)
    with TinyCifar(draw) as tiny:
        ch.load_cifar10(tiny.root, train=False, download=False)
        return {**found, "how often torchvision is asked to download, download=False, all files there": tiny.downloads}


def how_it_ends(load) -> str:
    try:
        load()
    except RuntimeError:
        return "RuntimeError"
    except Exception as error:
        return type(error).__name__
    return "no exception"


# ----------------------------------------------------------------------------------------------------- make_loader


def numbered(numbers) -> TensorDataset:
    """Return a data set whose sample i is (numbers[i], −numbers[i]).

    Like those of torchvision, it has a transform: here it is None.
    """
    column = torch.tensor(numbers, device="cpu")
    dataset = TensorDataset(column, -column)
    dataset.transform = dataset.target_transform = None
    return dataset


def attributes(dataset) -> dict:
    """Return what a data set consists of, such as a transform."""
    return {name: id(value) for name, value in vars(dataset).items()}


def passes(loader, count: int) -> list:
    """Return the batches of each pass, each batch as the lists of its two parts."""
    return [[[list(map(int, part)) for part in (x, y)] for x, y in loader] for _ in range(count)]


@probe("make_loader(dataset, batch_size={size}, train=False), two passes over {samples} samples")
def loader_in_order(ch, draw: Draw, *, samples=10, size=4):
    dataset = numbered(draw.permutation(10_000)[:samples].tolist())
    before = attributes(dataset)
    _, loader, other = (ch.make_loader(dataset, batch_size=size, train=train) for train in (True, False, True))
    passes(other, 1)
    found = {"is a DataLoader": isinstance(loader, DataLoader)}
    for name, batches in zip(("first pass", "second pass"), passes(loader, 2), strict=True):
        found[f"{name}: sizes of the first 8 batches"] = [len(x) for x, _ in batches[:8]]
        found[f"{name}: number of batches"] = len(batches)
        for place, part in enumerate(("samples", "labels")):
            found[f"{name}: {part} in their order"] = [number for batch in batches for number in batch[place]]
    changed = [name for name, value in attributes(dataset).items() if before.get(name) != value]
    return {**found, "what was changed in the data set": ", ".join(changed) or "nothing"}


@probe(
    "make_loader(dataset, {size}, train=True), {count} passes over its {samples} samples",
    samples=lambda given: len(given["numbers"]),
)
def loader_shuffled(ch, draw: Draw, *, numbers, size, count=3):
    """numbers: what the data set holds."""
    dataset = numbered(numbers)
    before = attributes(dataset)
    _, loader, _ = (ch.make_loader(dataset, size, train=train) for train in (False, True, False))
    return {
        "is a DataLoader": isinstance(loader, DataLoader),
        "passes": passes(loader, count),
        "data set unchanged": attributes(dataset) == before and dataset.tensors[0].tolist() == list(numbers),
    }


@probe("make_loader(dataset, 8, True), a pass over its 32 samples after torch.manual_seed(seed)")
def loader_seeded(ch, draw: Draw, *, numbers):
    seed, dataset = draw.integer(0, 2**31), numbered(numbers)
    seeds = (seed, seed, seed + 1)
    made_before = [ch.make_loader(dataset, 8, True) for _ in seeds]
    seed_the_others(draw)
    later, made_later = [], []
    for number, loader in zip(seeds, made_before, strict=True):
        torch.manual_seed(number)
        later += passes(loader, 1)
        torch.manual_seed(number)
        made_later += passes(ch.make_loader(dataset, 8, True), 1)
    return {"passes": [*later, *made_later]}


# ------------------------------------------------------------------------------------------------------------- Net

LAYERS = ("conv1", "conv2", "fc1", "fc2", "fc3")


def fill_layers(net, draw: Draw) -> None:
    for name in LAYERS:
        layer = getattr(net, name)
        draw.fill_(layer.weight, scale=(3.0 / layer.weight[0].numel()) ** 0.5)
        if layer.bias is not None:
            draw.fill_(layer.bias, scale=0.5)


def filled_net(ch, draw: Draw, num_classes: int, dtype=torch.float64):
    """Return a Net with drawn parameters; another is made and filled after it."""
    net, other = (ch.Net(num_classes).to(draw.device, dtype) for _ in range(2))
    for each in (net, other):
        fill_layers(each, draw)
    return net


@probe("Net({num_classes})(x) in {mode} mode, x of shape ({samples}, 3, 32, 32), {dtype}")
def net_values(ch, draw: Draw, *, num_classes=4, samples=3, mode="training", dtype="float64"):
    net = filled_net(ch, draw, num_classes, getattr(torch, dtype))
    net.train(mode == "training")
    x = draw.normal(samples, 3, 32, 32, dtype=getattr(torch, dtype), scale=8.0)
    without = [name for name in LAYERS if getattr(net, name).bias is None]
    return {"layers without a bias": ", ".join(without) or "none", "logits": net(x), "x after the call": x}


@probe("Net(num_classes={classes}), its layers")
def net_parts(ch, draw: Draw, *, classes):
    net = ch.Net(num_classes=classes)
    found = {}
    for name in LAYERS:
        layer = getattr(net, name, None)
        kinds = [kind.__name__ for kind in (nn.Conv2d, nn.Linear) if isinstance(layer, kind)]
        found[f"kind of {name}"] = kinds[0] if kinds else "missing" if layer is None else "another"
        for part in ("weight", "bias"):
            found[f"{name}.{part}"] = form_of(getattr(layer, part, None))
    return {**found, "number of parameters": sum(p.numel() for p in net.parameters())}


def form_of(tensor) -> torch.Tensor | None:
    """Return zeros of a tensor's shape and dtype: they are asked for, not its numbers, which are random."""
    return None if tensor is None else torch.zeros(tensor.shape, dtype=tensor.dtype, device="cpu")


@probe("Net()(x), x of shape (2, 3, 32, 32), float32")
def net_defaults(ch, draw: Draw):
    net = ch.Net().cpu()
    fill_layers(net, draw)
    return {"logits": net(draw.normal(2, 3, 32, 32, dtype=torch.float32).cpu())}


@probe("(Net(4)(x) * r).sum().backward() in {mode} mode, x of shape (2, 3, 32, 32), r of random numbers")
def net_gradients(ch, draw: Draw, *, mode="training"):
    net = filled_net(ch, draw, 4).train(mode == "training")
    x = draw.normal(2, 3, 32, 32, grad=True)
    (net(x) * draw.normal(2, 4)).sum().backward()
    layers = {name: getattr(net, name) for name in LAYERS}
    return {
        "x.grad": x.grad,
        **{f"{name}.weight.grad": layer.weight.grad for name, layer in layers.items()},
        **{f"{name}.bias.grad": getattr(layer.bias, "grad", None) for name, layer in layers.items()},
    }


# ------------------------------------------------------------------------------------------ train_epoch and evaluate


class Small(nn.Module):
    """A small net with batch norm, which tells the modes apart; it maps (N, 2, 2), and nothing else, to (N, classes).

    recorded: for each call, whether its graph was recorded
    """

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(2, 3), nn.BatchNorm1d(6), nn.Linear(6, classes)
        self.recorded: list[bool] = []

    def forward(self, x):
        hidden = torch.tanh(self.norm(self.first(x).flatten(1)))
        logits = self.last(hidden)
        self.recorded.append(logits.requires_grad)
        return logits


def small(draw: Draw, dtype=torch.float64, batch_norm=True) -> Small:
    """Return a Small with drawn parameters, and running averages that differ from any batch's.

    batch_norm: without it, a batch of one sample can be trained on, too
    """
    with draw.settings():
        net = Small().to(draw.device, dtype)
    for parameter in net.parameters():
        draw.fill_(parameter)
    draw.fill_(net.norm.running_mean)
    if not batch_norm:
        net.norm = nn.Identity()
    return net


def draw_batches(draw: Draw, sizes, dtype=torch.float64) -> list:
    """Return batches on the CPU, as a loader makes them."""
    return [(draw.normal(n, 2, 2, dtype=dtype).cpu(), draw.integers(0, 3, n).cpu()) for n in sizes]


def afterwards(net: nn.Module) -> dict:
    """Return the parameters and buffers of a model, by name."""
    return {f"{name} after the call": value for name, value in (*net.named_parameters(), *net.named_buffers())}


@probe(
    "train_epoch(model, batches, torch.optim.SGD(model.parameters(), lr=0.3, momentum={momentum}), device), "
    "the model in {start} mode, batches of {listed} samples",
    listed=lambda given: ", ".join(map(str, given["sizes"])),
)
def epoch(ch, draw: Draw, *, sizes=(4, 4, 4), momentum=0.9, start="training", dtype="float64", batch_norm=True):
    net = small(draw, getattr(torch, dtype), batch_norm)
    net.train(start == "training")
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=momentum)
    steps = []
    optimizer.register_step_post_hook(lambda *_: steps.append(1))
    batches = draw_batches(draw, sizes, getattr(torch, dtype))
    loss = ch.train_epoch(net, batches, optimizer, draw.device)
    parts = [
        (f"{part} of batch {number} after the call", tensor)
        for number, batch in enumerate(batches, 1)
        for part, tensor in zip(("inputs", "labels"), batch, strict=True)
    ]
    return {"number of steps": len(steps), "loss": loss, **afterwards(net), **dict(parts)}


@probe(
    "train_epoch(model, batches, torch.optim.SGD(model.parameters(), lr=0.3), device), two batches of 4 samples, "
    "with gradients left over from before"
)
def epoch_stale(ch, draw: Draw):
    net = small(draw)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    inputs, labels = draw.normal(6, 2, 2), draw.integers(0, 3, 6)
    with draw.settings():
        nn.functional.cross_entropy(net(inputs), labels).backward()
    loss = ch.train_epoch(net, draw_batches(draw, (4, 4)), optimizer, draw.device)
    return {"loss": loss, **afterwards(net)}


@probe(
    "train_epoch(model, generator, torch.optim.SGD(model.parameters(), lr=0.3), device), "
    "a generator of three batches of 4 samples"
)
def epoch_of_a_generator(ch, draw: Draw):
    net = small(draw)
    batches = draw_batches(draw, (4, 4, 4))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    loss = ch.train_epoch(net, (batch for batch in batches), optimizer, str(draw.device))
    return {"loss": loss, **afterwards(net)}


def draw_loader(draw: Draw, count: int, size: int, dtype=torch.float64, **options) -> DataLoader:
    """Return a loader whose batches are on the CPU."""
    data = TensorDataset(draw.normal(count, 2, 2, dtype=dtype).cpu(), draw.integers(0, 3, count).cpu())
    return DataLoader(data, batch_size=size, **options)


@probe(
    "train_epoch(model, loader, torch.optim.Adam(model.parameters(), lr=0.05, eps=0.1), device), "
    "a DataLoader of 13 samples in batches of 4 that drops the last one"
)
def epoch_of_a_loader(ch, draw: Draw):
    net = small(draw)
    # Batch norm makes the gradient of the bias before it 0 but for rounding, which a small eps would make a whole step.
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05, eps=0.1)
    loss = ch.train_epoch(net, draw_loader(draw, 13, 4, drop_last=True), optimizer, draw.device)
    return {"loss": loss, **afterwards(net)}


@probe(
    'train_epoch(model, batches, torch.optim.SGD(model.parameters(), lr=0.3), "cpu") with the model on the CPU, '
    "and the batches"
)
def epoch_to_the_cpu(ch, draw: Draw):
    net = small(draw).cpu()
    batches = [tuple(part.to(draw.device) for part in batch) for batch in draw_batches(draw, (4, 4))]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    return {"loss": ch.train_epoch(net, batches, optimizer, "cpu"), **afterwards(net)}


@probe("evaluate(model, loader, device), the model in {start} mode, {count} samples in batches of {size}")
def evaluated(ch, draw: Draw, *, count=20, size=5, start="training", dtype="float64"):
    net = small(draw, getattr(torch, dtype)).train(start == "training")
    accuracy = ch.evaluate(net, draw_loader(draw, count, size, getattr(torch, dtype)), draw.device)
    return {"accuracy": accuracy, **buffers_afterwards(net)}


def buffers_afterwards(net: nn.Module) -> dict:
    return {f"{name} after the call": value for name, value in net.named_buffers()}


@probe(
    "evaluate(model, loader, device), the model in {start} mode, but its batch norm in {other} mode, "
    "20 samples in batches of 5",
    other=lambda given: "evaluation" if given["start"] == "training" else "training",
)
def evaluated_mixed(ch, draw: Draw, *, start="evaluation"):
    net = small(draw).train(start == "training")
    net.norm.train(start != "training")
    return {"accuracy": ch.evaluate(net, draw_loader(draw, 20, 5), draw.device), **buffers_afterwards(net)}


@probe("evaluate(model, loader, device), the model in {start} mode, autograd {autograd}, 12 samples in batches of 4")
def evaluated_mode(ch, draw: Draw, *, start="training", autograd="on"):
    net = small(draw).train(start == "training")
    for parameter in net.parameters():
        parameter.grad = draw.normal(*parameter.shape)
    loader = draw_loader(draw, 12, 4)
    with torch.set_grad_enabled(autograd == "on"):
        ch.evaluate(net, loader, draw.device)
        on = torch.is_grad_enabled()
    return {
        "forward passes that recorded a graph": sum(net.recorded),
        "model.training after the call": net.training,
        "layers of the model in training mode after the call": sum(module.training for module in net.children()),
        "parameters that require grad after the call": sum(p.requires_grad for p in net.parameters()),
        "torch.is_grad_enabled() after the call": on,
        **{f"{name}.grad after the call": p.grad for name, p in net.named_parameters()},
        **afterwards(net),
    }


class Certain(nn.Module):
    """A model that is right, or wrong, about every sample: each sample holds its class, and `shift` is added to it."""

    def __init__(self, shift: int) -> None:
        super().__init__()
        self.shift = shift

    def forward(self, x):
        return nn.functional.one_hot((x[:, 0].long() + self.shift) % 3, 3).to(x.dtype) - 2.0


@probe("evaluate(model, loader, device), for a model that is always right and one that is always wrong, 7 samples")
def evaluated_ends(ch, draw: Draw):
    labels = draw.integers(0, 3, 7).cpu()
    loader = DataLoader(TensorDataset(labels[:, None].double(), labels), batch_size=3)
    return {
        "accuracy of the one that is always right": ch.evaluate(Certain(0), loader, draw.device),
        "accuracy of the one that is always wrong": ch.evaluate(Certain(1), loader, str(draw.device)),
    }


@probe('evaluate(model, loader, "cpu") with the model on the CPU, and the batches')
def evaluated_on_the_cpu(ch, draw: Draw):
    net, data = small(draw).cpu(), TensorDataset(draw.normal(10, 2, 2), draw.integers(0, 3, 10))
    return {"accuracy": ch.evaluate(net, DataLoader(data, batch_size=5), "cpu"), **buffers_afterwards(net)}


# ------------------------------------------------------------------------------------------------------------- fit


def described(history) -> dict:
    """Return a history with its types, which the comparison of lists with lists would not see."""
    pairs = [pair if isinstance(pair, tuple | list) else (pair,) for pair in history]
    return {
        "type of what is returned": type(history).__name__,
        "length of the returned list": len(history),
        "types of the items": [type(pair).__name__ for pair in history],
        "mean loss of each epoch": [pair[0] if pair else None for pair in pairs],
        "test accuracy of each epoch": [pair[1] if len(pair) == 2 else None for pair in pairs],
    }


@probe(
    "fit(model, train_loader, test_loader, epochs={epochs}, lr={lr}, device=device), batches of 4, 4, 4 and 2 samples"
)
def fitted(ch, draw: Draw, *, epochs=3, lr=0.3, dtype="float64"):
    torch_dtype = getattr(torch, dtype)
    net = small(draw, torch_dtype).cpu()
    train, test = draw_loader(draw, 14, 4, torch_dtype), draw_loader(draw, 23, 6, torch_dtype)
    history = ch.fit(net, train, test, epochs=epochs, lr=lr, device=draw.device)
    return {**described(history), **afterwards(net)}


@probe("fit(model, train_loader, test_loader, {epochs}), batches of 4, 4, 4 and 2 samples")
def fitted_by_default(ch, draw: Draw, *, epochs=2):
    net = small(draw)
    history = ch.fit(net, draw_loader(draw, 14, 4), draw_loader(draw, 23, 6), epochs)
    return {**described(history), **afterwards(net)}


def accuracy(outputs, draw: Draw) -> float:
    """Return the share of the test images whose largest logit is that of their class."""
    labels = draw.permutation(10)[load_fashion_mnist("test").labels]
    logits = outputs["logits"]
    if (logits.shape, logits.dtype) != ((len(labels), 10), torch.float32):
        raise ValueError("not a row of logits for each image")
    return float((logits.argmax(dim=1) == labels).double().mean())


def halved(images) -> torch.Tensor:
    """Return normalised images at half their size, (n, 3, 16, 16): what they show can be learnt in half the time."""
    return nn.functional.avg_pool2d(images.normalised(), 2)


@probe(
    "fit(model, …, epochs=3, lr=0.02) on 2,000 images of clothes in batches of 20: accuracy on 1,000 other images",
    calibrate=accuracy,
)
def fitted_accuracy(ch, draw: Draw):
    """The model is like the chapter's, for smaller images, and so are the loaders, whatever the submission's are like.

    Which number each class has is drawn. fit measures on other images than those that decide.
    """
    classes, images, fresh = (
        draw.permutation(10).cpu(),
        load_fashion_mnist("train").first(2250),
        load_fashion_mnist("test"),
    )
    with draw.settings():
        net = nn.Sequential(
            *(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(144, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        ).to(draw.device)
        data = TensorDataset(halved(images), classes[images.labels])
        train_loader = DataLoader(Subset(data, range(2000)), batch_size=20, shuffle=True)
        test_loader = DataLoader(Subset(data, range(2000, 2250)), batch_size=250)
    ch.fit(net, train_loader, test_loader, epochs=3, lr=0.02, device=draw.device)
    with draw.settings(), torch.no_grad():
        return {"logits": net.eval()(halved(fresh).to(draw.device))}
