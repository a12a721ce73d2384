"""Probes of chapter 2."""

import hashlib
import pickle
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets

from torchdojo.data import load_fashion_mnist
from torchdojo.probe import Draw, probe, raised

# -------------------------------------------------------------------------------------------------- make_transform


def picture(draw: Draw) -> Image.Image:
    """Return a 32×32 RGB picture of drawn bytes."""
    return Image.fromarray(draw.integers(0, 256, 32, 32, 3).to(torch.uint8).cpu().numpy())


def ramps() -> Image.Image:
    """Return a picture whose pixels say where they were: red counts rows, green counts columns, blue is full."""
    rows, columns = np.mgrid[0:32, 0:32]
    return Image.fromarray(
        np.stack([7 * (rows + 1), 7 * (columns + 1), np.full_like(rows, 255)], axis=2).astype("uint8")
    )


@probe("make_transform(train=False)(picture), 41 times")
def transform_test(ch, draw: Draw):
    image = picture(draw)
    before = image.tobytes()
    transform = ch.make_transform(train=False)
    first, *others = (transform(image) for _ in range(41))
    return {
        "tensor": first,
        "later calls that differ": sum(not torch.equal(other, first) for other in others),
        "the picture is unchanged": image.tobytes() == before,
    }


@probe("make_transform(train=True)(picture), {count} times")
def transform_train(ch, draw: Draw, *, count=24):
    transform, image = ch.make_transform(train=True), ramps()
    return {"tensors": torch.stack([transform(image) for _ in range(count)])}


@probe("make_transform(train=True)(picture), {count} times: red and green near the centre")
def transform_places(ch, draw: Draw, *, count=2500):
    """Red and green say which row and which column of the picture ended up at (16, 16) and at (16, 17)."""
    transform, image = ch.make_transform(train=True), ramps()
    pixels = torch.stack([transform(image)[:2, 16, 16:18].flatten() for _ in range(count)])
    values, counts = torch.unique(pixels.double().mul(1e4).round() / 1e4, dim=0, return_counts=True)
    return {"values": values[:400], "counts": counts[:400]}


@probe("make_transform(train=True)(picture), 24 times after torch.manual_seed")
def transform_seeded(ch, draw: Draw):
    transform, image = ch.make_transform(train=True), picture(draw)

    def pictures(seed):
        torch.manual_seed(seed)
        return torch.stack([transform(image) for _ in range(24)])

    seed = draw.integer(0, 2**31)
    first, again, other = pictures(seed), pictures(seed), pictures(seed + 1)
    return {
        "same seed, same pictures": torch.equal(first, again),
        "other seed, same pictures": torch.equal(first, other),
    }


# ---------------------------------------------------------------------------------------------------- load_cifar10

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
IMAGES_PER_BATCH = 6


class TinyCifar:
    """A folder in CIFAR-10's layout with a few drawn images; torchvision's own lists of files are restored at the end.

    missing: the files are absent until torchvision is asked to download
    downloads: how often torchvision was asked to download
    """

    def __init__(self, draw: Draw, *, missing: bool = False) -> None:
        self.draw = draw
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
        if self.missing:
            base.rename(elsewhere)

        def download(dataset):
            self.downloads += 1
            if elsewhere.exists():
                elsewhere.rename(base)

        kind.train_list, kind.test_list, kind.meta, kind.download = train, test, meta, download
        return self

    def __exit__(self, *_):
        kind = datasets.CIFAR10
        kind.train_list, kind.test_list, kind.meta, kind.download = self.before
        self.folder.cleanup()

    def _batch(self, base: Path, name: str) -> list:
        pixels = self.draw.integers(0, 256, IMAGES_PER_BATCH, 3 * 32 * 32).to(torch.uint8).cpu().numpy()
        labels = self.draw.integers(0, 10, IMAGES_PER_BATCH).tolist()
        return [name, self._write(base / name, {"data": pixels, "labels": labels})]

    def _write(self, path: Path, content) -> str:
        path.write_bytes(pickle.dumps({"label_names": content} if isinstance(content, list) else content))
        return hashlib.md5(path.read_bytes()).hexdigest()


@probe("load_cifar10(root, train={train})")
def cifar_split(ch, draw: Draw, *, train=False):
    with TinyCifar(draw) as tiny:
        dataset = ch.load_cifar10(tiny.root, train=train)
        return {
            "is a CIFAR10": isinstance(dataset, datasets.CIFAR10),
            "length": len(dataset),
            "labels": [int(dataset[i][1]) for i in range(len(dataset))],
            "pixels": torch.from_numpy(np.array(dataset.data)),
            "downloads asked for": tiny.downloads,
        }


def image_or_type(item):
    return item if isinstance(item, torch.Tensor) else f"a {type(item).__name__}"


@probe("load_cifar10(str(root), False), its items")
def cifar_test_items(ch, draw: Draw):
    with TinyCifar(draw) as tiny:
        dataset = ch.load_cifar10(str(tiny.root), False)
        indices = {"first": 0, "first again": 0, "last": len(dataset) - 1}
        return {name: image_or_type(dataset[index][0]) for name, index in indices.items()}


@probe("load_cifar10(root, True)[0] and make_transform(True)(picture), 24 times, each after the same torch.manual_seed")
def cifar_train_items(ch, draw: Draw):
    with TinyCifar(draw) as tiny:
        dataset = ch.load_cifar10(tiny.root, True)
        transform, image = ch.make_transform(True), Image.fromarray(dataset.data[0])
        items, equal = [], 0
        for seed in range(24):
            torch.manual_seed(seed)
            items.append(image_or_type(dataset[0][0]))
            torch.manual_seed(seed)
            again = transform(image)
            equal += isinstance(items[-1], torch.Tensor) and torch.equal(items[-1], again)
        tensors = [item for item in items if isinstance(item, torch.Tensor)]
        return {
            "items equal to what make_transform(True) returns": equal,
            "versions differ": any(not torch.equal(item, tensors[0]) for item in tensors),
        }


@probe("load_cifar10(root, train, download), with the files missing and with the files present")
def cifar_download(ch, draw: Draw):
    with TinyCifar(draw, missing=True) as tiny:
        error = raised(lambda: ch.load_cifar10(tiny.root, True))["raised"]
        asked = tiny.downloads
    lengths = []
    for train in (False, True):
        with TinyCifar(draw, missing=True) as tiny:
            lengths.append(len(ch.load_cifar10(tiny.root, train=train, download=True)))
    with TinyCifar(draw) as tiny:
        ch.load_cifar10(tiny.root, train=False, download=False)
        asked_again = tiny.downloads
    return {
        "downloads asked for, files missing, download left out": asked,
        "an error is raised then": error is not None,
        "images after download=True": lengths,
        "downloads asked for, files present, download=False": asked_again,
    }


# ----------------------------------------------------------------------------------------------------- make_loader


def numbered(count: int) -> TensorDataset:
    """Return a data set whose sample i is (i, −i)."""
    return TensorDataset(torch.arange(count), -torch.arange(count))


def passes(loader, count: int) -> list:
    return [[batch[0].tolist() for batch in loader] for _ in range(count)]


@probe("make_loader(dataset, batch_size={size}, train=False), two passes over {samples} samples")
def loader_in_order(ch, draw: Draw, *, samples=10, size=4):
    loader = ch.make_loader(numbered(samples), batch_size=size, train=False)
    return {"is a DataLoader": isinstance(loader, DataLoader), "passes": passes(loader, 2)}


@probe("make_loader(dataset, {size}, train=True), three passes over {samples} samples")
def loader_shuffled(ch, draw: Draw, *, samples=30, size=8):
    loader = ch.make_loader(numbered(samples), size, train=True)
    orders = [[i for batch in batches for i in batch] for batches in passes(loader, 3)]
    return {
        "is a DataLoader": isinstance(loader, DataLoader),
        "batch sizes": [[len(batch) for batch in batches] for batches in passes(loader, 1)],
        "each sample once in each pass": [sorted(order) == list(range(samples)) for order in orders],
        "passes in the order of the data set": sum(order == list(range(samples)) for order in orders),
        "passes in the order of the first pass": sum(order == orders[0] for order in orders[1:]),
    }


@probe("make_loader(dataset, 8, train=True): the order after torch.manual_seed")
def loader_seeded(ch, draw: Draw):
    seed = draw.integer(0, 2**31)
    orders = []
    for number in (seed, seed, seed + 1):
        torch.manual_seed(number)
        orders.append(passes(ch.make_loader(numbered(30), 8, True), 1))
    return {"same seed, same order": orders[0] == orders[1], "other seed, same order": orders[0] == orders[2]}


@probe("make_loader(dataset, 10, train=True): where each of 1,000 samples ends up")
def loader_mixing(ch, draw: Draw):
    loader = ch.make_loader(numbered(1000), 10, True)
    batches = [batch[0].tolist() for batch in loader]
    pairs = sum((i ^ 1) in set(batch) for batch in batches for i in batch) // 2
    order = [i for batch in batches for i in batch]
    return {
        "neighbours in one batch": pairs,
        "samples of the first half among the first 100": sum(i < 500 for i in order[:100]),
        "even numbers among the first 100": sum(i % 2 == 0 for i in order[:100]),
    }


# ------------------------------------------------------------------------------------------------------------- Net

LAYERS = ("conv1", "conv2", "fc1", "fc2", "fc3")


def fill_layer(layer, draw: Draw) -> None:
    draw.fill_(layer.weight, scale=(3.0 / layer.weight[0].numel()) ** 0.5)
    draw.fill_(layer.bias, scale=0.5)


def filled_net(ch, draw: Draw, num_classes: int, dtype=torch.float64):
    net = ch.Net(num_classes).to(draw.device, dtype)
    for name in LAYERS:
        fill_layer(getattr(net, name), draw)
    return net


@probe("Net({num_classes})(x), x of shape ({samples}, 3, 32, 32)")
def net_values(ch, draw: Draw, *, num_classes=4, samples=3, mode="training", dtype="float64"):
    net = filled_net(ch, draw, num_classes, getattr(torch, dtype))
    net.train(mode == "training")
    x = draw.normal(samples, 3, 32, 32, dtype=getattr(torch, dtype), scale=8.0)
    return {"logits": net(x), "x afterwards": x}


@probe("Net(num_classes=7), its layers")
def net_parts(ch, draw: Draw):
    net = ch.Net(num_classes=7)
    layers = {}
    for name in LAYERS:
        layer = getattr(net, name)
        kind = (
            "Conv2d" if isinstance(layer, nn.Conv2d) else "Linear" if isinstance(layer, nn.Linear) else "another kind"
        )
        bias = None if layer.bias is None else list(layer.bias.shape)
        layers[name] = f"{kind}, weight {list(layer.weight.shape)}, bias {bias}"
    return {**layers, "number of parameters": sum(p.numel() for p in net.parameters())}


@probe("Net(), its last layer")
def net_defaults(ch, draw: Draw):
    return {"fc3.weight.shape": list(ch.Net().fc3.weight.shape)}


@probe("(Net(4)(x) · r).sum().backward()")
def net_gradients(ch, draw: Draw):
    net = filled_net(ch, draw, 4)
    x = draw.normal(2, 3, 32, 32, grad=True)
    (net(x) * draw.normal(2, 4)).sum().backward()
    return {"x.grad": x.grad, "grads": [getattr(net, name).weight.grad for name in LAYERS]}


# ------------------------------------------------------------------------------------------ train_epoch and evaluate


class Small(nn.Module):
    """A small net with batch norm, which tells the modes apart; it records how it was called."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, classes)
        self.modes, self.recorded, self.sizes = [], [], []

    def forward(self, x):
        self.modes.append(self.training and self.norm.training)
        self.sizes.append(len(x))
        hidden = torch.tanh(self.norm(self.first(x)))
        logits = self.last(hidden)
        self.recorded.append(logits.requires_grad)
        return logits


def small(draw: Draw, dtype=torch.float64) -> Small:
    """Return a Small with drawn parameters, and running averages that differ from any batch's."""
    net = Small().to(draw.device, dtype)
    for parameter in net.parameters():
        draw.fill_(parameter)
    draw.fill_(net.norm.running_mean)
    return net


def draw_batches(draw: Draw, sizes, dtype=torch.float64) -> list:
    """Return batches on the CPU, as a loader makes them."""
    return [(draw.normal(n, 4, dtype=dtype).cpu(), draw.integers(0, 3, n).cpu()) for n in sizes]


def results(net: Small, **more) -> dict:
    return {**more, "parameters": list(net.parameters()), "running mean": net.norm.running_mean}


@probe("train_epoch(model, loader, optimizer, device), batches of {sizes}")
def epoch(ch, draw: Draw, *, sizes=(4, 4, 4), momentum=0.9, start="training", dtype="float64"):
    net = small(draw, getattr(torch, dtype))
    net.train(start == "training")
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=momentum)
    steps = []
    optimizer.register_step_post_hook(lambda *_: steps.append(1))
    loss = ch.train_epoch(net, draw_batches(draw, sizes, getattr(torch, dtype)), optimizer, draw.device)
    return {"steps": len(steps), "loss": loss, **results(net)}


@probe("train_epoch(model, loader, optimizer, device), with gradients left over from before")
def epoch_stale(ch, draw: Draw):
    net = small(draw)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    inputs, labels = draw.normal(6, 4), draw.integers(0, 3, 6)
    nn.functional.cross_entropy(net(inputs), labels).backward()
    loss = ch.train_epoch(net, draw_batches(draw, (4, 4)), optimizer, draw.device)
    return {"loss": loss, **results(net)}


@probe("train_epoch(model, generator of batches, optimizer, device)")
def epoch_of_a_generator(ch, draw: Draw):
    net = small(draw)
    batches = draw_batches(draw, (4, 4, 4))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    loss = ch.train_epoch(net, (batch for batch in batches), optimizer, draw.device)
    return {"loss": loss, **results(net)}


@probe("train_epoch(model, DataLoader, optimizer, device)")
def epoch_of_a_loader(ch, draw: Draw):
    net = small(draw)
    data = TensorDataset(draw.normal(13, 4).cpu(), draw.integers(0, 3, 13).cpu())
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    loss = ch.train_epoch(net, DataLoader(data, batch_size=4, drop_last=True), optimizer, draw.device)
    return {"loss": loss, **results(net)}


def draw_loader(draw: Draw, count: int, size: int, dtype=torch.float64) -> DataLoader:
    data = TensorDataset(draw.normal(count, 4, dtype=dtype).cpu(), draw.integers(0, 3, count).cpu())
    return DataLoader(data, batch_size=size)


@probe("evaluate(model, loader, device), {count} samples in batches of {size}")
def evaluated(ch, draw: Draw, *, count=20, size=5, training=True, dtype="float64"):
    net = small(draw, getattr(torch, dtype)).train(training)
    accuracy = ch.evaluate(net, draw_loader(draw, count, size, getattr(torch, dtype)), draw.device)
    return {"accuracy": accuracy, "running mean": net.norm.running_mean}


@probe("evaluate(model, loader, device), and what has changed afterwards (model.training was {training})")
def evaluated_mode(ch, draw: Draw, *, training=True):
    net = small(draw).train(training)
    ch.evaluate(net, draw_loader(draw, 12, 4), draw.device)
    return {
        "forward passes that recorded a graph": sum(net.recorded),
        "model.training afterwards": net.training,
        "parameters that require grad afterwards": sum(p.requires_grad for p in net.parameters()),
        "gradients left behind": sum(p.grad is not None for p in net.parameters()),
        "autograd is on afterwards": torch.is_grad_enabled(),
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
        "always wrong": ch.evaluate(Certain(1), loader, draw.device),
    }


# ------------------------------------------------------------------------------------------------------------- fit


@probe("fit(model, train_loader, test_loader, epochs={epochs}, lr={lr})")
def fitted(ch, draw: Draw, *, epochs=3, lr=0.3, dtype="float64"):
    torch_dtype = getattr(torch, dtype)
    net = small(draw, torch_dtype).cpu()
    train, test = draw_loader(draw, 14, 4, torch_dtype), draw_loader(draw, 23, 6, torch_dtype)
    history = ch.fit(net, train, test, epochs=epochs, lr=lr, device=draw.device)
    return {
        "type": "list" if isinstance(history, list) else type(history).__name__,
        "history": [[float(loss), float(accuracy)] for loss, accuracy in history],
        **results(net),
    }


@probe("fit(model, train_loader, test_loader, {epochs})")
def fitted_by_default(ch, draw: Draw, *, epochs=2):
    net = small(draw)
    history = ch.fit(net, draw_loader(draw, 14, 4), draw_loader(draw, 23, 6), epochs)
    return {
        "history": [[loss, accuracy] for loss, accuracy in history],
        "types": [[type(value).__name__ for value in pair] for pair in history],
        **results(net),
    }


@probe("fit(model on the CPU, …, device=device), then the model's device")
def fitted_moved(ch, draw: Draw):
    net = small(draw).cpu()
    ch.fit(net, draw_loader(draw, 8, 4), draw_loader(draw, 6, 3), 1, device=draw.device)
    return {"parameters": list(net.parameters()), "running mean": net.norm.running_mean}


@probe(
    "fit(Net(10), …, epochs=3, lr=0.02) on 2,000 images of clothes in batches of 20: accuracy on 1,000 other images",
    calibrate="accuracy",
)
def fitted_accuracy(ch, draw: Draw):
    train, test = load_fashion_mnist("train").first(2000), load_fashion_mnist("test")
    net = ch.Net(10).to(draw.device)
    train_loader = ch.make_loader(TensorDataset(train.normalised(), train.labels), 20, True)
    test_loader = ch.make_loader(TensorDataset(test.normalised(), test.labels), 250, False)
    history = ch.fit(net, train_loader, test_loader, epochs=3, lr=0.02, device=draw.device)
    return {"accuracy": float(history[-1][1])}
