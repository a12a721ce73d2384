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
from torchdojo.probe import Draw, probe

MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)

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


def accuracy_of(outputs, draw: Draw) -> float:
    """Return the accuracy that a probe computed."""
    return outputs["accuracy"]


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
def transform_train(ch, draw: Draw, *, count=24):
    image = ramps()
    before = image.tobytes()
    ch.make_transform(train=False)(image)
    transform = ch.make_transform(train=True)
    ch.make_transform(train=False)(image)
    return {
        "tensors": torch.stack([transform(image) for _ in range(count)]),
        "the picture is unchanged": image.tobytes() == before,
    }


@probe("make_transform(train=True)(picture), {count} times: red and green near the centre")
def transform_places(ch, draw: Draw, *, count=4000):
    """Red and green say which row and which column of the picture ended up at (16, 16) and at (16, 17)."""
    transform, image = ch.make_transform(train=True), ramps()
    pixels = torch.stack([transform(image)[:2, 16, 16:18].flatten() for _ in range(count)])
    pixels = pixels.double().mul(1e4).round() / 1e4
    values, counts = torch.unique(pixels, dim=0, return_counts=True)
    mirrored = pixels[:, 2] > pixels[:, 3]
    return {
        "values": values[:400],
        "counts": counts[:400],
        "like the one before": int((pixels[1:] == pixels[:-1]).all(dim=1).sum()),
        "mirrored or not like the one before": int((mirrored[1:] == mirrored[:-1]).sum()),
    }


@probe("make_transform(train=True)(picture), 24 times after torch.manual_seed")
def transform_seeded(ch, draw: Draw):
    image = picture(draw)

    def pictures(transform):
        return torch.stack([transform(image) for _ in range(24)])

    seed, made_before = draw.integer(0, 2**31), ch.make_transform(train=True)
    later, made_later = [], []
    for number in (seed, seed, seed + 1):
        torch.manual_seed(number)
        later.append(pictures(made_before))
        torch.manual_seed(number)
        made_later.append(pictures(ch.make_transform(train=True)))
    return {
        "same seed, same pictures": torch.equal(later[0], later[1]),
        "other seed, same pictures": torch.equal(later[0], later[2]),
        "same seed before making it, same pictures": torch.equal(made_later[0], made_later[1]),
        "other seed before making it, same pictures": torch.equal(made_later[0], made_later[2]),
    }


# ---------------------------------------------------------------------------------------------------- load_cifar10

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
IMAGES_PER_BATCH = 6


class TinyCifar:
    """A folder in CIFAR-10's layout with a few drawn images; torchvision's own lists of files are restored at the end.

    The first training image is ramps().
    missing: the files that are absent until torchvision is asked to download: "", "some" or "all"
    downloads: how often torchvision was asked to download
    """

    def __init__(self, draw: Draw, *, missing: str = "") -> None:
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
        if name == "data_batch_1":
            pixels[0] = np.asarray(ramps()).transpose(2, 0, 1).reshape(-1)
        labels = self.draw.integers(0, 10, IMAGES_PER_BATCH).tolist()
        return [name, self._write(base / name, {"data": pixels, "labels": labels})]

    def _write(self, path: Path, content) -> str:
        path.write_bytes(pickle.dumps({"label_names": content} if isinstance(content, list) else content))
        return hashlib.md5(path.read_bytes()).hexdigest()


@probe("load_cifar10(root, train=True) and load_cifar10(root, train=False)")
def cifar_splits(ch, draw: Draw):
    with TinyCifar(draw) as tiny:
        splits = {f"train={train}": ch.load_cifar10(tiny.root, train=train) for train in (True, False)}
        return {
            "are a CIFAR10": [isinstance(dataset, datasets.CIFAR10) for dataset in splits.values()],
            "labels": {name: [dataset[i][1] for i in range(len(dataset))] for name, dataset in splits.items()},
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


def windows() -> torch.Tensor:
    """Return the 162 tensors that make_transform(True) may make of ramps(): first as they are, then mirrored."""
    picture = torch.from_numpy(np.array(ramps())).permute(2, 0, 1) / 255
    padded = nn.functional.pad(picture, (4, 4, 4, 4))
    crops = torch.stack([padded[:, i : i + 32, j : j + 32] for i in range(9) for j in range(9)])
    mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in (MEAN, STD))
    return (torch.cat([crops, crops.flip(3)]) - mean) / std


@probe("load_cifar10(root, True)[0], 24 times")
def cifar_train_items(ch, draw: Draw):
    with TinyCifar(draw) as tiny:
        _, dataset, _ = (ch.load_cifar10(tiny.root, train) for train in (False, True, False))
        items = [dataset[0][0] for _ in range(24)]
    tensors = [item for item in items if isinstance(item, torch.Tensor) and item.shape == (3, 32, 32)]
    with draw.settings():
        gaps = [(windows() - tensor.cpu()).abs().amax(dim=(1, 2, 3)) for tensor in tensors]
    places = [int(gap.argmin()) for gap in gaps if gap.min() < 1e-4]
    return {
        "kinds": [str(item.dtype) if isinstance(item, torch.Tensor) else f"a {type(item).__name__}" for item in items],
        "results of the random crop": len(places),
        "some are mirrored": any(place >= 81 for place in places),
        "some are not mirrored": any(place < 81 for place in places),
        "the window moves": len({place % 81 for place in places}) > 8,
    }


@probe("load_cifar10(root, train, download), with {missing} of the files missing and with the files present")
def cifar_download(ch, draw: Draw, *, missing="all"):
    with TinyCifar(draw, missing=missing) as tiny:
        errors = [
            how_it_ends(lambda: ch.load_cifar10(tiny.root, True)),
            how_it_ends(lambda: ch.load_cifar10(tiny.root, train=False, download=False)),
        ]
        asked = tiny.downloads
    lengths = []
    for train in (False, True):
        with TinyCifar(draw, missing=missing) as tiny:
            lengths.append(len(ch.load_cifar10(tiny.root, train=train, download=True)))
            lengths.append(len(ch.load_cifar10(tiny.root, train=train, download=True)))
    with TinyCifar(draw) as tiny:
        ch.load_cifar10(tiny.root, train=False, download=False)
        asked_again = tiny.downloads
    return {
        "files missing, no download": errors,
        "downloads asked for then": asked,
        "images after download=True, once and again": lengths,
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


def numbered(draw: Draw, count: int) -> TensorDataset:
    """Return a data set whose sample i is (i, −i). Like those of torchvision, it has a transform: here it is None."""
    with draw.settings():
        dataset = TensorDataset(torch.arange(count), -torch.arange(count))
    dataset.transform = dataset.target_transform = None
    return dataset


def attributes(dataset) -> dict:
    """Return what a data set consists of, such as a transform."""
    return {name: id(value) for name, value in vars(dataset).items()}


def passes(loader, count: int) -> list:
    return [[batch[0].tolist() for batch in loader] for _ in range(count)]


@probe("make_loader(dataset, batch_size={size}, train=False), two passes over {samples} samples")
def loader_in_order(ch, draw: Draw, *, samples=10, size=4):
    dataset = numbered(draw, samples)
    before = attributes(dataset)
    _, loader, other = (ch.make_loader(dataset, batch_size=size, train=train) for train in (True, False, True))
    passes(other, 1)
    return {
        "is a DataLoader": isinstance(loader, DataLoader),
        "passes": passes(loader, 2),
        "second tensors": [batch[1] for batch in loader],
        "the data set is unchanged": attributes(dataset) == before,
    }


@probe("make_loader(dataset, {size}, train=True), three passes over {samples} samples")
def loader_shuffled(ch, draw: Draw, *, samples=30, size=8):
    dataset = numbered(draw, samples)
    before = attributes(dataset)
    _, loader, _ = (ch.make_loader(dataset, size, train=train) for train in (False, True, False))
    orders = [[i for batch in batches for i in batch] for batches in passes(loader, 3)]
    return {
        "is a DataLoader": isinstance(loader, DataLoader),
        "batch sizes": [[len(batch) for batch in batches] for batches in passes(loader, 1)],
        "each sample once in each pass": [sorted(order) == list(range(samples)) for order in orders],
        "passes in the order of the data set": sum(order == list(range(samples)) for order in orders),
        "passes in the order of the first pass": sum(order == orders[0] for order in orders[1:]),
        "the parts of a sample stay together": all(torch.equal(batch[0], -batch[1]) for batch in loader),
        "the data set is unchanged": attributes(dataset) == before
        and [int(dataset[i][0]) for i in range(samples)] == list(range(samples)),
    }


@probe("make_loader(dataset, 8, train=True): the order after torch.manual_seed")
def loader_seeded(ch, draw: Draw):
    seed, dataset = draw.integer(0, 2**31), numbered(draw, 30)
    seeds = (seed, seed, seed + 1)
    made_before = [ch.make_loader(dataset, 8, True) for _ in seeds]
    later, made_later = [], []
    for number, loader in zip(seeds, made_before, strict=True):
        torch.manual_seed(number)
        later.append(passes(loader, 1))
        torch.manual_seed(number)
        made_later.append(passes(ch.make_loader(dataset, 8, True), 1))
    return {
        "same seed, same order": later[0] == later[1],
        "other seed, same order": later[0] == later[2],
        "same seed before making it, same order": made_later[0] == made_later[1],
        "other seed before making it, same order": made_later[0] == made_later[2],
    }


@probe("make_loader(dataset, 10, train=True): where each of 1,000 samples ends up")
def loader_mixing(ch, draw: Draw):
    loader = ch.make_loader(numbered(draw, 1000), 10, True)
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
        dtype = str(layer.weight.dtype).removeprefix("torch.")
        layers[name] = f"{kind}, weight {list(layer.weight.shape)}, bias {bias}, {dtype}"
    return {**layers, "number of parameters": sum(p.numel() for p in net.parameters())}


@probe("Net()(x), x of shape (2, 3, 32, 32), float32")
def net_defaults(ch, draw: Draw):
    logits = ch.Net()(draw.normal(2, 3, 32, 32, dtype=torch.float32).cpu())
    return {"logits.shape": list(logits.shape), "logits.dtype": str(logits.dtype)}


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


@probe(
    "fit(model, …, epochs=3, lr=0.02) on 2,000 images of clothes in batches of 20: accuracy on 1,000 other images",
    calibrate=accuracy_of,
)
def fitted_accuracy(ch, draw: Draw):
    """The model and the loaders are those that the chapter describes, whatever the submission's own are like."""
    train, test = load_fashion_mnist("train").first(2000), load_fashion_mnist("test")
    with draw.settings():
        net = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        ).to(draw.device)
        train_loader = DataLoader(TensorDataset(train.normalised(), train.labels), batch_size=20, shuffle=True)
        test_loader = DataLoader(TensorDataset(test.normalised(), test.labels), batch_size=250)
    history = ch.fit(net, train_loader, test_loader, epochs=3, lr=0.02, device=draw.device)
    return {"accuracy": float(history[-1][1])}
