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


@probe("make_transform(train=False)(picture), 41 times")
def transform_test(ch, draw: Draw):
    image = picture(draw)
    before = image.tobytes()
    ch.make_transform(train=True)(image)
    transform = ch.make_transform(train=False)
    ch.make_transform(train=True)(image)
    first, *others = (transform(image) for _ in range(41))
    return {
        "tensor": first,
        "later calls that differ": sum(not torch.equal(other, first) for other in others),
        "the picture is unchanged": image.tobytes() == before,
    }


@probe("make_transform(train=True)(picture), {count} times")
def transform_train(ch, draw: Draw, *, rows, columns, count=24):
    image = coded(rows, columns)
    before = image.tobytes()
    ch.make_transform(train=False)(image)
    transform = ch.make_transform(train=True)
    ch.make_transform(train=False)(image)
    return {
        "tensors": torch.stack([transform(image) for _ in range(count)]),
        "the picture is unchanged": image.tobytes() == before,
    }


def near_centre(transform, image: Image.Image, count: int) -> torch.Tensor:
    """Return red and green at (16, 16) and (16, 17) of `count` results, (count, 2, 2)."""
    return torch.stack([transform(image)[:2, 16, 16:18] for _ in range(count)])


def black_and_white(transform) -> torch.Tensor:
    """Return red and green near the centre of a black picture and of a white one, (2, 2, 2)."""
    return torch.cat([near_centre(transform, Image.new("RGB", (32, 32), name), 1) for name in ("black", "white")])


@probe("make_transform(train=True)(picture), {count} times: red and green near the centre")
def transform_places(ch, draw: Draw, *, rows, columns, count):
    transform = ch.make_transform(train=True)
    pixels = near_centre(transform, coded(rows, columns), count)
    return {"pixels": pixels, "black and white": black_and_white(transform)}


@probe("make_transform(train=True)(picture), 24 times after torch.manual_seed: red and green near the centre")
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
        "pixels": torch.stack([*later, *made_later]).flatten(0, 1),
        "black and white": black_and_white(made_before),
    }


# ---------------------------------------------------------------------------------------------------- load_cifar10

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
IMAGES_PER_BATCH = 6


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


def labels_of(dataset) -> list:
    return [dataset[i][1] for i in range(len(dataset))]


@probe("load_cifar10(root, train=True) and load_cifar10(root, train=False)")
def cifar_splits(ch, draw: Draw):
    with TinyCifar(draw) as tiny:
        splits = {f"train={train}": ch.load_cifar10(tiny.root, train=train) for train in (True, False)}
        return {
            "are a CIFAR10": [isinstance(dataset, datasets.CIFAR10) for dataset in splits.values()],
            "labels": {name: labels_of(dataset) for name, dataset in splits.items()},
            "downloads asked for": tiny.downloads,
        }


def image_or_type(item):
    return item if isinstance(item, torch.Tensor) else f"a {type(item).__name__}"


@probe("load_cifar10(str(root), False), its images")
def cifar_test_items(ch, draw: Draw):
    with TinyCifar(draw) as tiny:
        _, dataset, _ = (ch.load_cifar10(str(tiny.root), train) for train in (True, False, True))
        order = [*range(IMAGES_PER_BATCH), 0]
        return {"images": [image_or_type(dataset[index][0]) for index in order]}


@probe("load_cifar10(root, True)[0], {count} times")
def cifar_train_items(ch, draw: Draw, *, rows, columns, count=32):
    with TinyCifar(draw, first=coded(rows, columns)) as tiny:
        _, dataset, _ = (ch.load_cifar10(tiny.root, train) for train in (False, True, False))
        return {"images": [image_or_type(dataset[0][0]) for _ in range(count)]}


@probe("load_cifar10(root, train, download), with {missing} of the files missing and with the files present")
def cifar_download(ch, draw: Draw, *, missing="all"):
    with TinyCifar(draw, missing=missing) as tiny:
        errors = [
            how_it_ends(lambda: ch.load_cifar10(tiny.root, True)),
            how_it_ends(lambda: ch.load_cifar10(tiny.root, train=False, download=False)),
        ]
        asked = tiny.downloads
    labels = []
    for train in (False, True):
        with TinyCifar(draw, missing=missing) as tiny:
            labels.append(labels_of(ch.load_cifar10(tiny.root, train=train, download=True)))
            labels.append(labels_of(ch.load_cifar10(tiny.root, train=train, download=True)))
    with TinyCifar(draw) as tiny:
        ch.load_cifar10(tiny.root, train=False, download=False)
        asked_again = tiny.downloads
    return {
        "files missing, no download": errors,
        "downloads asked for then": asked,
        "labels after download=True, once and again": labels,
        "downloads asked for, files present, download=False": asked_again,
    }


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
    return {
        "is a DataLoader": isinstance(loader, DataLoader),
        "passes": passes(loader, 2),
        "the data set is unchanged": attributes(dataset) == before,
    }


@probe("make_loader(dataset, {size}, train=True), {count} passes")
def loader_shuffled(ch, draw: Draw, *, numbers, size, count=3):
    """numbers: what the data set holds."""
    dataset = numbered(numbers)
    before = attributes(dataset)
    _, loader, _ = (ch.make_loader(dataset, size, train=train) for train in (False, True, False))
    return {
        "is a DataLoader": isinstance(loader, DataLoader),
        "passes": passes(loader, count),
        "the data set is unchanged": attributes(dataset) == before and dataset.tensors[0].tolist() == list(numbers),
    }


@probe("make_loader(dataset, 8, train=True): the order after torch.manual_seed")
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


def fill_layer(layer, draw: Draw) -> None:
    draw.fill_(layer.weight, scale=(3.0 / layer.weight[0].numel()) ** 0.5)
    draw.fill_(layer.bias, scale=0.5)


def filled_net(ch, draw: Draw, num_classes: int, dtype=torch.float64):
    """Return a Net with drawn parameters; another is made and filled after it."""
    net, other = (ch.Net(num_classes).to(draw.device, dtype) for _ in range(2))
    for each in (net, other):
        for name in LAYERS:
            fill_layer(getattr(each, name), draw)
    return net


@probe("Net({num_classes})(x), x of shape ({samples}, 3, 32, 32)")
def net_values(ch, draw: Draw, *, num_classes=4, samples=3, mode="training", dtype="float64"):
    net = filled_net(ch, draw, num_classes, getattr(torch, dtype))
    net.train(mode == "training")
    x = draw.normal(samples, 3, 32, 32, dtype=getattr(torch, dtype), scale=8.0)
    return {"logits": net(x), "x afterwards": x}


@probe("Net(num_classes={classes}), its layers")
def net_parts(ch, draw: Draw, *, classes):
    net = ch.Net(num_classes=classes)
    layers = {}
    for name in LAYERS:
        layer = getattr(net, name)
        kind = (
            "Conv2d" if isinstance(layer, nn.Conv2d) else "Linear" if isinstance(layer, nn.Linear) else "another kind"
        )
        bias = None if layer.bias is None else list(layer.bias.shape)
        dtype = str(layer.weight.dtype).removeprefix("torch.")
        layers[name] = f"{kind}, weight {list(layer.weight.shape)}, bias {bias}, {dtype}"
    return {**layers, "number of parameters": sum(p.numel() for p in net.parameters())}


@probe("Net()(x), x of shape (2, 3, 32, 32), float32")
def net_defaults(ch, draw: Draw):
    net = ch.Net().cpu()
    for name in LAYERS:
        fill_layer(getattr(net, name), draw)
    return {"logits": net(draw.normal(2, 3, 32, 32, dtype=torch.float32).cpu())}


@probe("(Net(4)(x) · r).sum().backward(), in {mode}")
def net_gradients(ch, draw: Draw, *, mode="training"):
    net = filled_net(ch, draw, 4).train(mode == "training")
    x = draw.normal(2, 3, 32, 32, grad=True)
    (net(x) * draw.normal(2, 4)).sum().backward()
    layers = [getattr(net, name) for name in LAYERS]
    return {
        "x.grad": x.grad,
        "weights' grads": [layer.weight.grad for layer in layers],
        "biases' grads": [layer.bias.grad for layer in layers],
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


def results(net: Small, **more) -> dict:
    return {**more, "parameters": list(net.parameters()), "buffers": list(net.buffers())}


@probe("train_epoch(model, loader, optimizer, device), batches of {sizes}")
def epoch(ch, draw: Draw, *, sizes=(4, 4, 4), momentum=0.9, start="training", dtype="float64", batch_norm=True):
    net = small(draw, getattr(torch, dtype), batch_norm)
    net.train(start == "training")
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=momentum)
    steps = []
    optimizer.register_step_post_hook(lambda *_: steps.append(1))
    batches = draw_batches(draw, sizes, getattr(torch, dtype))
    loss = ch.train_epoch(net, batches, optimizer, draw.device)
    return {"steps": len(steps), "loss": loss, **results(net), "batches afterwards": batches}


@probe("train_epoch(model, loader, optimizer, device), with gradients left over from before")
def epoch_stale(ch, draw: Draw):
    net = small(draw)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    inputs, labels = draw.normal(6, 2, 2), draw.integers(0, 3, 6)
    with draw.settings():
        nn.functional.cross_entropy(net(inputs), labels).backward()
    loss = ch.train_epoch(net, draw_batches(draw, (4, 4)), optimizer, draw.device)
    return {"loss": loss, **results(net)}


@probe("train_epoch(model, generator of batches, optimizer, device)")
def epoch_of_a_generator(ch, draw: Draw):
    net = small(draw)
    batches = draw_batches(draw, (4, 4, 4))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    loss = ch.train_epoch(net, (batch for batch in batches), optimizer, str(draw.device))
    return {"loss": loss, **results(net)}


def draw_loader(draw: Draw, count: int, size: int, dtype=torch.float64, **options) -> DataLoader:
    """Return a loader whose batches are on the CPU."""
    data = TensorDataset(draw.normal(count, 2, 2, dtype=dtype).cpu(), draw.integers(0, 3, count).cpu())
    return DataLoader(data, batch_size=size, **options)


@probe("train_epoch(model, DataLoader, optimizer, device)")
def epoch_of_a_loader(ch, draw: Draw):
    net = small(draw)
    # Batch norm makes the gradient of the bias before it 0 but for rounding, which a small eps would make a whole step.
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05, eps=0.1)
    loss = ch.train_epoch(net, draw_loader(draw, 13, 4, drop_last=True), optimizer, draw.device)
    return {"loss": loss, **results(net)}


@probe('train_epoch(model, batches on an accelerator where there is one, optimizer, "cpu")')
def epoch_to_the_cpu(ch, draw: Draw):
    net = small(draw).cpu()
    batches = [tuple(part.to(draw.device) for part in batch) for batch in draw_batches(draw, (4, 4))]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    return {"loss": ch.train_epoch(net, batches, optimizer, "cpu"), **results(net)}


@probe("evaluate(model, loader, device), {count} samples in batches of {size}")
def evaluated(ch, draw: Draw, *, count=20, size=5, training=True, dtype="float64"):
    net = small(draw, getattr(torch, dtype)).train(training)
    accuracy = ch.evaluate(net, draw_loader(draw, count, size, getattr(torch, dtype)), draw.device)
    return {"accuracy": accuracy, "buffers": list(net.buffers())}


@probe("evaluate(model, loader, device), 20 samples, where the model is in {top} mode and a layer of it is not")
def evaluated_mixed(ch, draw: Draw, *, top="evaluation"):
    net = small(draw).train(top == "train")
    net.norm.train(top != "train")
    return {"accuracy": ch.evaluate(net, draw_loader(draw, 20, 5), draw.device), "buffers": list(net.buffers())}


@probe("evaluate(model, loader, device), and what has changed: train mode {training}, autograd on {autograd}")
def evaluated_mode(ch, draw: Draw, *, training=True, autograd=True):
    net = small(draw).train(training)
    for parameter in net.parameters():
        parameter.grad = draw.normal(*parameter.shape)
    loader = draw_loader(draw, 12, 4)
    with torch.set_grad_enabled(autograd):
        ch.evaluate(net, loader, draw.device)
        on = torch.is_grad_enabled()
    return {
        "forward passes that recorded a graph": sum(net.recorded),
        "model.training afterwards": net.training,
        "submodules in train mode afterwards": sum(module.training for module in net.children()),
        "parameters that require grad afterwards": sum(p.requires_grad for p in net.parameters()),
        "autograd is on afterwards": on,
        "gradients afterwards": [p.grad for p in net.parameters()],
        **results(net),
    }


class Certain(nn.Module):
    """A model that is right, or wrong, about every sample: each sample holds its class, and `shift` is added to it."""

    def __init__(self, shift: int) -> None:
        super().__init__()
        self.shift = shift

    def forward(self, x):
        return nn.functional.one_hot((x[:, 0].long() + self.shift) % 3, 3).to(x.dtype) - 2.0


@probe("evaluate(model, loader, device), for models that are always right and always wrong")
def evaluated_ends(ch, draw: Draw):
    labels = draw.integers(0, 3, 7).cpu()
    loader = DataLoader(TensorDataset(labels[:, None].double(), labels), batch_size=3)
    return {
        "always right": ch.evaluate(Certain(0), loader, draw.device),
        "always wrong": ch.evaluate(Certain(1), loader, str(draw.device)),
    }


@probe('evaluate(model, loader of batches on an accelerator where there is one, "cpu")')
def evaluated_on_the_cpu(ch, draw: Draw):
    net, data = small(draw).cpu(), TensorDataset(draw.normal(10, 2, 2), draw.integers(0, 3, 10))
    return {"accuracy": ch.evaluate(net, DataLoader(data, batch_size=5), "cpu"), "buffers": list(net.buffers())}


# ------------------------------------------------------------------------------------------------------------- fit


def described(history) -> dict:
    """Return a history with its types, which the comparison of lists with lists would not see."""
    return {
        "is a list": isinstance(history, list),
        "are tuples": [isinstance(pair, tuple) for pair in history],
        "history": [list(pair) for pair in history],
    }


@probe("fit(model, train_loader, test_loader, epochs={epochs}, lr={lr})")
def fitted(ch, draw: Draw, *, epochs=3, lr=0.3, dtype="float64"):
    torch_dtype = getattr(torch, dtype)
    net = small(draw, torch_dtype).cpu()
    train, test = draw_loader(draw, 14, 4, torch_dtype), draw_loader(draw, 23, 6, torch_dtype)
    history = ch.fit(net, train, test, epochs=epochs, lr=lr, device=draw.device)
    return {**described(history), **results(net)}


@probe("fit(model, train_loader, test_loader, {epochs})")
def fitted_by_default(ch, draw: Draw, *, epochs=2):
    net = small(draw)
    history = ch.fit(net, draw_loader(draw, 14, 4), draw_loader(draw, 23, 6), epochs)
    return {**described(history), **results(net)}


def accuracy(outputs, draw: Draw) -> float:
    """Return the share of the test images whose largest logit is that of their class."""
    labels = draw.permutation(10)[load_fashion_mnist("test").labels]
    logits = outputs["logits"]
    if (logits.shape, logits.dtype) != ((len(labels), 10), torch.float32):
        raise ValueError("not a row of logits for each image")
    return float((logits.argmax(dim=1) == labels).double().mean())


@probe(
    "fit(model, …, epochs=3, lr=0.02) on 2,000 images of clothes in batches of 20: accuracy on 1,000 other images",
    calibrate=accuracy,
)
def fitted_accuracy(ch, draw: Draw):
    """The model and the loaders are those that the chapter describes, whatever the submission's own are like.

    Which number each class has is drawn. fit measures on other images than those that decide.
    """
    classes, images, fresh = (
        draw.permutation(10).cpu(),
        load_fashion_mnist("train").first(2250),
        load_fashion_mnist("test"),
    )
    with draw.settings():
        net = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        ).to(draw.device)
        data = TensorDataset(images.normalised(), classes[images.labels])
        train_loader = DataLoader(Subset(data, range(2000)), batch_size=20, shuffle=True)
        test_loader = DataLoader(Subset(data, range(2000, 2250)), batch_size=250)
    ch.fit(net, train_loader, test_loader, epochs=3, lr=0.02, device=draw.device)
    with draw.settings(), torch.no_grad():
        return {"logits": net.eval()(fresh.normalised().to(draw.device))}
