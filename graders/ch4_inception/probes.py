"""Probes of chapter 4."""

import torch
from torch import nn

from torchdojo.probe import Draw, probe, raised


def fill_conv(conv, draw: Draw) -> None:
    """Set a convolution to drawn weights that keep the scale of its input; a bias to drawn numbers too."""
    fan_in = conv.weight[0].numel()
    draw.fill_(conv.weight, scale=(3.0 / fan_in) ** 0.5)
    if conv.bias is not None:
        draw.fill_(conv.bias, scale=0.5)


def fill_block(block, draw: Draw) -> None:
    """Set a ConvBlock's weights, and the scale, shift and running averages of its batch norm, to drawn numbers."""
    fan_in = block.conv.weight[0].numel()
    draw.fill_(block.conv.weight, scale=(3.0 / fan_in) ** 0.5)
    draw.fill_(block.bn.weight)
    draw.fill_(block.bn.bias)
    draw.fill_(block.bn.running_mean)
    draw.fill_(block.bn.running_var, scale=0.5)
    with torch.no_grad():
        block.bn.weight.add_(1.5)
        block.bn.running_var.add_(1.0)
        if block.conv.bias is not None:  # there should be none: any conspicuous numbers will do
            block.conv.bias.copy_(torch.linspace(0.5, 1.0, len(block.conv.bias)))


def inception_blocks(inception) -> list:
    """Return the six ConvBlocks of an Inception module, in the order of the table."""
    return [
        inception.branch1,
        inception.branch3[0],
        inception.branch3[1],
        inception.branch5[0],
        inception.branch5[1],
        inception.branch_pool[1],
    ]


def fill_linear(linear, draw: Draw) -> None:
    draw.fill_(linear.weight, scale=(3.0 / linear.weight.shape[1]) ** 0.5)
    draw.fill_(linear.bias)


def describe_conv(conv) -> str:
    """Describe a convolution by its channels, window and bias."""
    if not isinstance(conv, nn.Conv2d):
        return f"a {type(conv).__name__}, not an nn.Conv2d"
    sizes = f"{conv.in_channels} to {conv.out_channels} channels, window {tuple(conv.kernel_size)}"
    return f"{sizes}, {'no bias' if conv.bias is None else 'a bias'}"


def describe_linear(linear) -> str:
    if not isinstance(linear, nn.Linear):
        return f"a {type(linear).__name__}, not an nn.Linear"
    return f"{linear.in_features} to {linear.out_features}, {'no bias' if linear.bias is None else 'a bias'}"


def is_conv_block(block) -> bool:
    return hasattr(block, "conv") and hasattr(block, "bn")


def kinds_of(blocks: dict) -> dict:
    """Return the type of each block, which should be a ConvBlock."""
    return {name: "a ConvBlock" if is_conv_block(b) else f"of type {type(b).__name__}" for name, b in blocks.items()}


def lacking(module, parameters: dict) -> str:
    """Return the names of those parameters that a module's parameters() lacks."""
    registered = {id(p) for p in module.parameters()}
    return ", ".join(name for name, p in parameters.items() if id(p) not in registered) or "none"


def exception_of(call) -> str:
    """Return the type of the exception that a call raises; of a subclass of ValueError, that one."""
    result = raised(call)
    return "ValueError" if result["is_value_error"] else result["raised"] or "none"


def values_for(given) -> str:
    """Return the channel counts of an Inception module as they are written in a call."""
    return ", ".join(str(count) for count in given["counts"])


def count_parameters(module) -> int:
    return sum(p.numel() for p in module.parameters())


def as_built(draw: Draw, build, *shape) -> dict:
    """Return what a module makes of float32 images before anybody converts it, and whether another one shares with it.

    The reference's numbers are other ones: nothing says how parameters start.
    """
    module, other = build().to(draw.device), build()
    y = module(draw.normal(*shape, dtype=torch.float32))
    came_out = f"shape {tuple(y.shape)}, {str(y.dtype).removeprefix('torch.')}, on {y.device.type}"
    own = {id(p) for p in module.parameters()}
    return {
        f"output of a new module for float32 images of shape {shape}": came_out,
        "parameters shared by two new modules": sum(id(p) in own for p in other.parameters()),
    }


def another_image(draw: Draw, shape, dtype) -> torch.Tensor:
    """Return a batch of one image that is larger than those of this shape."""
    _, channels, height, width = shape
    return draw.normal(1, channels, height + 5, width + 2, dtype=dtype)


# ------------------------------------------------------------------------------------------------------- ConvBlock


def conv_block(ch, draw: Draw, dtype=torch.float64, *arguments, **options):
    block = ch.ConvBlock(*arguments, **options).to(draw.device, dtype)
    fill_block(block, draw)
    return block


@probe(
    "ConvBlock(3, {width}, {kernel_size}, stride={stride}, padding={padding})(x) in {mode}, x of shape {shape}, {dtype}"
)
def block_values(
    ch,
    draw: Draw,
    *,
    width=4,
    kernel_size=3,
    stride=1,
    padding=1,
    shape=(2, 3, 6, 5),
    mode="evaluation",
    dtype="float64",
):
    block = conv_block(ch, draw, getattr(torch, dtype), 3, width, kernel_size, stride=stride, padding=padding)
    block.train(mode == "training")
    x = draw.normal(*shape, dtype=getattr(torch, dtype))
    y = block(x)
    return {
        "y": y,
        "x after the call": x,
        "bn.running_mean after the call": block.bn.running_mean.clone(),
        "bn.running_var after the call": block.bn.running_var.clone(),
        "y of one larger image": block(another_image(draw, shape, x.dtype)),
    }


@probe("ConvBlock(in_channels=2, out_channels=3, kernel_size=3)(x) in evaluation, x of shape (2, 2, 5, 6)")
def block_defaults(ch, draw: Draw):
    block = conv_block(ch, draw, torch.float64, in_channels=2, out_channels=3, kernel_size=3).eval()
    return {"y": block(draw.normal(2, 2, 5, 6))}


OPTIONS_OF_NORM = ("eps", "momentum", "affine", "track_running_stats")


@probe("ConvBlock({inputs}, {outputs}, {kernel_size}), its conv and its bn")
def block_parts(ch, draw: Draw, *, inputs=3, outputs=5, kernel_size=3):
    block = ch.ConvBlock(inputs, outputs, kernel_size)
    named = {f"{name}.{key}": p for name in ("conv", "bn") for key, p in getattr(block, name).named_parameters()}
    is_norm = isinstance(block.bn, nn.BatchNorm2d)
    return {
        "conv": describe_conv(block.conv),
        "bn": f"nn.BatchNorm2d({block.bn.num_features})" if is_norm else f"a {type(block.bn).__name__}",
        **{f"bn.{option}": getattr(block.bn, option, None) for option in OPTIONS_OF_NORM},
        "number of parameters": count_parameters(block),
        "missing from block.parameters()": lacking(block, named),
    }


@probe("ConvBlock({inputs}, {outputs}, {kernel_size}), as it is built, called on float32 images")
def block_as_built(ch, draw: Draw, *, inputs=3, outputs=5, kernel_size=3):
    return as_built(draw, lambda: ch.ConvBlock(inputs, outputs, kernel_size), 2, inputs, 9, 8)


@probe(
    "(ConvBlock(3, 4, 3, stride=2, padding=1)(x) * r).sum().backward() in {mode}, x of shape (3, 3, 6, 5), r of the "
    "same shape as the output"
)
def block_gradients(ch, draw: Draw, *, mode="training"):
    block = conv_block(ch, draw, torch.float64, 3, 4, 3, stride=2, padding=1)
    block.train(mode == "training")
    x = draw.normal(3, 3, 6, 5, grad=True)
    (block(x) * draw.normal(3, 4, 3, 3)).sum().backward()
    return {
        "x.grad": x.grad,
        "conv.weight.grad": block.conv.weight.grad,
        "bn.weight.grad": block.bn.weight.grad,
        "bn.bias.grad": block.bn.bias.grad,
    }


# ------------------------------------------------------------------------------------------------------- Inception

COUNTS = (2, 3, 5, 4, 1, 6)
BLOCKS = (
    "branch1",
    "the first block of branch3",
    "the second block of branch3",
    "the first block of branch5",
    "the second block of branch5",
    "the block of branch_pool",
)


def inception(ch, draw: Draw, counts, dtype=torch.float64):
    """Return an Inception module with drawn numbers, and its six blocks by name: some may not be ConvBlocks."""
    module = ch.Inception(3, *counts).to(draw.device, dtype)
    blocks = dict(zip(BLOCKS, inception_blocks(module), strict=True))
    for block in blocks.values():
        if is_conv_block(block):
            fill_block(block, draw)
    return module, blocks


def of_each(blocks: dict, get) -> dict:
    """Return something of each block, None where it is not a ConvBlock."""
    return {name: get(block) if is_conv_block(block) else None for name, block in blocks.items()}


@probe("Inception(3, {values})(x) in {mode}, x of shape {shape}, {dtype}", values=values_for)
def inception_values(ch, draw: Draw, *, counts=COUNTS, shape=(2, 3, 6, 5), mode="evaluation", dtype="float64"):
    module, blocks = inception(ch, draw, counts, getattr(torch, dtype))
    module.train(mode == "training")
    x = draw.normal(*shape, dtype=getattr(torch, dtype))
    y = module(x)
    means = of_each(blocks, lambda block: block.bn.running_mean.clone())
    averages = {f"bn.running_mean of {name} after the call": mean for name, mean in means.items()}
    larger = module(another_image(draw, shape, x.dtype))
    return {**kinds_of(blocks), "y": y, "x after the call": x, **averages, "y of one larger image": larger}


@probe("each branch of Inception(3, {values}) in evaluation, on x of shape (2, 3, 6, 5)", values=values_for)
def inception_branches(ch, draw: Draw, *, counts=COUNTS):
    module, blocks = inception(ch, draw, counts)
    module.eval()
    x = draw.normal(2, 3, 6, 5)
    ys = {f"{name}(x)": getattr(module, name)(x) for name in ("branch1", "branch3", "branch5", "branch_pool")}
    return {**kinds_of(blocks), **ys}


@probe("Inception({inputs}, {values}), its convolutions", values=values_for)
def inception_parts(ch, draw: Draw, *, inputs=3, counts=COUNTS):
    names = ("c1", "c3_reduce", "c3", "c5_reduce", "c5", "pool_proj")
    module = ch.Inception(in_channels=inputs, **dict(zip(names, counts, strict=True)))
    blocks = dict(zip(BLOCKS, inception_blocks(module), strict=True))
    found = of_each(blocks, lambda block: describe_conv(block.conv))
    convolutions = {f"conv of {name}": described for name, described in found.items()}
    built = as_built(draw, lambda: ch.Inception(inputs, *counts), 2, inputs, 6, 5)
    return {**kinds_of(blocks), **convolutions, "number of parameters": count_parameters(module), **built}


@probe(
    "(Inception(3, {values})(x) * r).sum().backward() in {mode}, x of shape (2, 3, 6, 5), r of the "
    "same shape as the output",
    values=lambda given: values_for({"counts": COUNTS}),
)
def inception_gradients(ch, draw: Draw, *, mode="training"):
    module, blocks = inception(ch, draw, COUNTS)
    module.train(mode == "training")
    x = draw.normal(2, 3, 6, 5, grad=True)
    y = module(x)
    (y * draw.normal(2, 14, 6, 5)).sum().backward()
    grads = of_each(blocks, lambda block: block.conv.weight.grad)
    named = {f"conv.weight.grad of {name}": grad for name, grad in grads.items()}
    return {**kinds_of(blocks), "x.grad": x.grad, **named}


# ---------------------------------------------------------------------------------------------------- InceptionNet


def net_blocks(net) -> dict:
    """Return the ConvBlocks of an InceptionNet by name."""
    blocks = {"stem": net.stem}
    for part in ("inception1", "inception2"):
        for name, block in zip(BLOCKS, inception_blocks(getattr(net, part)), strict=True):
            blocks[f"{part}, {name}"] = block
    return blocks


def inception_net(ch, draw: Draw, num_classes: int, width: int, dtype=torch.float64):
    net = ch.InceptionNet(num_classes, width).to(draw.device, dtype)
    for block in net_blocks(net).values():
        fill_block(block, draw)
    fill_linear(net.head, draw)
    return net


@probe("InceptionNet({num_classes}, {width})(x) in {mode}, x of shape {shape}, {dtype}")
def net_values(ch, draw: Draw, *, num_classes=3, width=8, shape=(2, 3, 32, 32), mode="evaluation", dtype="float64"):
    net = inception_net(ch, draw, num_classes, width, getattr(torch, dtype))
    net.train(mode == "training")
    x = draw.normal(*shape, dtype=getattr(torch, dtype))
    return {
        "logits": net(x),
        "x after the call": x,
        "stem.bn.running_mean after the call": net.stem.bn.running_mean.clone(),
    }


@probe("InceptionNet(3, 8)(x) in evaluation, x of shape {shape}, and then on one larger image")
def net_sizes(ch, draw: Draw, *, shape=(2, 3, 8, 8)):
    net = inception_net(ch, draw, 3, 8).eval()
    return {
        "logits": net(draw.normal(*shape)),
        "logits of one larger image": net(another_image(draw, shape, torch.float64)),
    }


@probe("InceptionNet(num_classes={num_classes}, width={width}), its parts")
def net_parts(ch, draw: Draw, *, num_classes=5, width=16):
    net = ch.InceptionNet(num_classes=num_classes, width=width)
    parts = {f"conv of {name}": describe_conv(block.conv) for name, block in net_blocks(net).items()}
    built = as_built(draw, lambda: ch.InceptionNet(num_classes, 8), 2, 3, 32, 32)
    return {**parts, "head": describe_linear(net.head), "number of parameters": count_parameters(net), **built}


@probe("InceptionNet({num_classes}) and InceptionNet(width={width}), their sizes")
def net_defaults(ch, draw: Draw, *, num_classes=5, width=16):
    sizes = {}
    for name, net in {"width": ch.InceptionNet(num_classes), "num_classes": ch.InceptionNet(width=width)}.items():
        sizes[f"stem, with the default {name}"] = describe_conv(net.stem.conv)
        sizes[f"head, with the default {name}"] = describe_linear(net.head)
        sizes[f"number of parameters, with the default {name}"] = count_parameters(net)
    return sizes


@probe(
    "(InceptionNet(3, 8)(x) * r).sum().backward() in {mode}, x of shape (2, 3, 32, 32), r of the "
    "same shape as the output"
)
def net_gradients(ch, draw: Draw, *, mode="evaluation"):
    net = inception_net(ch, draw, 3, 8)
    net.train(mode == "training")
    x = draw.normal(2, 3, 32, 32, grad=True)
    (net(x) * draw.normal(2, 3)).sum().backward()
    return {
        "x.grad": x.grad,
        **{f"conv.weight.grad of {name}": block.conv.weight.grad for name, block in net_blocks(net).items()},
        "head.weight.grad": net.head.weight.grad,
    }


@probe("InceptionNet(2, {first}), then other widths, some of them valid")
def net_refused(ch, draw: Draw, *, first=12):
    def build(width):
        return ch.InceptionNet(2, width)

    multiple = 8 * draw.integer(3, 20)
    others = (0, -8, 4, 1, 20, -12, -multiple, multiple + draw.integer(1, 8))
    return {
        **raised(lambda: build(first)),
        **{f"exception of InceptionNet(2, {w})": exception_of(lambda w=w: build(w)) for w in others},
        **{f"exception of InceptionNet(2, {w})": exception_of(lambda w=w: build(w)) for w in (8, 16, multiple)},
    }


# --------------------------------------------------------------------------------------------------------- AlexNet


def modules_of(part) -> list:
    """Return the modules of a part of a network; of a Python list, say, there are none."""
    return list(part.modules()) if isinstance(part, nn.Module) else []


def find_convs(part) -> list:
    return [m for m in modules_of(part) if isinstance(m, nn.Conv2d)]


def find_linears(part) -> list:
    return [m for m in modules_of(part) if isinstance(m, nn.Linear)]


def scaled(given) -> str:
    return "x" if given["scale"] == 1 else f"{given['scale']} * x"


def alex_net(ch, draw: Draw, num_classes: int, width: int, dtype=torch.float64):
    net = ch.AlexNet(num_classes, width).to(draw.device, dtype)
    for conv in find_convs(net.features):
        fill_conv(conv, draw)
    for linear in find_linears(net.classifier):
        fill_linear(linear, draw)
    return net


@probe("AlexNet({num_classes}, {width})(x) in evaluation, x of shape {shape}, {dtype}")
def alex_values(ch, draw: Draw, *, num_classes=3, width=4, shape=(2, 3, 32, 32), dtype="float64"):
    net = alex_net(ch, draw, num_classes, width, getattr(torch, dtype)).eval()
    x = draw.normal(*shape, dtype=getattr(torch, dtype))
    one = draw.normal(1, *shape[1:], dtype=x.dtype)
    return {"logits": net(x), "x after the call": x, "logits of another image": net(one)}


@probe("AlexNet(3, 4).features({scaled}) in {mode}, x of shape (2, 3, 32, 32)", scaled=scaled)
def alex_features(ch, draw: Draw, *, mode="evaluation", scale=1):
    net = alex_net(ch, draw, 3, 4).train(mode == "training")
    return {"features of each image, flattened": net.features(scale * draw.normal(2, 3, 32, 32)).flatten(1)}


@probe("AlexNet(num_classes={num_classes}, width={width}), its parts")
def alex_parts(ch, draw: Draw, *, num_classes=5, width=4):
    net = ch.AlexNet(num_classes=num_classes, width=width)
    return {
        "convolutions of features": [describe_conv(conv) for conv in find_convs(net.features)],
        "linear layers of classifier": [describe_linear(linear) for linear in find_linears(net.classifier)],
        "number of parameters": count_parameters(net),
        **as_built(draw, lambda: ch.AlexNet(num_classes, 2), 2, 3, 32, 32),
    }


@probe("AlexNet({num_classes}) and AlexNet(width={width}), their sizes")
def alex_defaults(ch, draw: Draw, *, num_classes=5, width=4):
    sizes = {}
    for name, net in {"width": ch.AlexNet(num_classes), "num_classes": ch.AlexNet(width=width)}.items():
        convs, linears = find_convs(net.features), find_linears(net.classifier)
        sizes[f"first convolution, with the default {name}"] = describe_conv(convs[0]) if convs else "none"
        sizes[f"last linear layer, with the default {name}"] = describe_linear(linears[-1]) if linears else "none"
        sizes[f"number of parameters, with the default {name}"] = count_parameters(net)
    return sizes


@probe(
    "(AlexNet(3, 4)(x) * r).sum().backward() in evaluation, x of shape (2, 3, 32, 32), r of the "
    "same shape as the output"
)
def alex_gradients(ch, draw: Draw):
    net = alex_net(ch, draw, 3, 4).eval()
    x = draw.normal(2, 3, 32, 32, grad=True)
    (net(x) * draw.normal(2, 3)).sum().backward()
    convs, linears = find_convs(net.features), find_linears(net.classifier)
    return {
        "x.grad": x.grad,
        "weight.grad of the convolutions": [conv.weight.grad for conv in convs],
        "bias.grad of the convolutions": [conv.bias.grad for conv in convs],
        "weight.grad of the linear layers": [linear.weight.grad for linear in linears],
    }


@probe(
    "(AlexNet(64, 4)(x) * r).sum().backward() in training, after torch.manual_seed, x of shape (4, 3, 32, 32), r of "
    "the same shape as the output"
)
def alex_training_gradients(ch, draw: Draw):
    """Dropout makes the numbers random, so the gradient is compared with differences, after the same seed.

    The network is piecewise linear in each argument. A step of 1e-9 rounds to 1e-7, and seldom crosses a corner.
    """
    net = alex_net(ch, draw, 64, 4).train()
    x, weights = draw.normal(4, 3, 32, 32, grad=True), draw.normal(4, 64)
    groups = {
        "input": [x],
        "convolutions": [p for conv in find_convs(net.features) for p in (conv.weight, conv.bias)],
        "linear layers": [p for linear in find_linears(net.classifier) for p in (linear.weight, linear.bias)],
    }
    seed = draw.integer(0, 2**31)

    def total():
        torch.manual_seed(seed)
        return (net(x) * weights).sum()

    total().backward()
    slopes = {}
    for name, tensors in groups.items():
        ways = [draw.normal(*tensor.shape) for tensor in tensors]
        grads = [torch.zeros_like(tensor) if tensor.grad is None else tensor.grad for tensor in tensors]
        slopes[f"{name}: by gradient"] = sum((g * way).sum().item() for g, way in zip(grads, ways, strict=True))
        with torch.no_grad():
            originals = [tensor.clone() for tensor in tensors]
            ends = []
            for step in (1e-9, -1e-9):
                for tensor, original, way in zip(tensors, originals, ways, strict=True):
                    tensor.copy_(original + step * way)
                ends.append(total().item())
            for tensor, original in zip(tensors, originals, strict=True):
                tensor.copy_(original)
        slopes[f"{name}: by differences"] = (ends[0] - ends[1]) / 2e-9
    return slopes


@probe(
    "AlexNet(48, width=3)(x) in {mode}, {passes} times, with weights that show what each dropout kept, x of shape "
    "({images}, 3, 32, 32)"
)
def alex_dropout(ch, draw: Draw, *, mode="training", passes=40, images=8, scale=1.0):
    """Return the logits of each pass, and of one more that is seeded like the first.

    The 48 features are all 1. Each unit of the first linear layer adds them up with weights 1, 2, 4 …, the other two
    layers pass on what they get, and the last one multiplies by the scale. So a unit that the second dropout dropped
    shows 0, and the binary digits of any other one show which features the first dropout kept.
    """
    net = ch.AlexNet(48, width=3).to(draw.device, torch.float64)
    convs, linears = find_convs(net.features), find_linears(net.classifier)
    with torch.no_grad():
        for conv in convs:
            conv.weight.zero_()
            conv.bias.fill_(1.0)
        linears[0].weight.copy_(2.0 ** torch.arange(48, dtype=torch.float64))
        linears[1].weight.zero_().fill_diagonal_(1.0)
        linears[2].weight.zero_().fill_diagonal_(scale)
        for linear in linears:
            linear.bias.zero_()
        net.train(mode == "training")
        x = torch.zeros(images, 3, 32, 32, dtype=torch.float64, device=draw.device)
        first, second = draw.integer(0, 2**31), draw.integer(0, 2**31)
        logits = []
        for index in range(passes + 1):
            if index in (0, passes // 2, passes):
                torch.manual_seed(second if index == passes // 2 else first)
            logits.append(net(x))
    return {"logits": torch.stack(logits[:-1]), "logits after the first seed again": logits[-1]}


# ------------------------------------------------------------------------------------------------------------- VGG

CONFIG = (4, "M", 6, 3, "M")


def written(config) -> str:
    """Return the entries of a config as they are written in a call."""
    return ", ".join(repr(entry) for entry in config)


def vgg(ch, draw: Draw, config, num_classes: int, dtype=torch.float64):
    net = ch.VGG(config, num_classes).to(draw.device, dtype)
    for conv in find_convs(net.features):
        fill_conv(conv, draw)
    fill_linear(net.classifier, draw)
    return net


@probe("VGG({config}, {num_classes})(x) in {mode}, x of shape {shape}, {dtype}")
def vgg_values(ch, draw: Draw, *, config=CONFIG, num_classes=3, shape=(2, 3, 8, 8), mode="training", dtype="float64"):
    net = vgg(ch, draw, tuple(config), num_classes, getattr(torch, dtype))
    net.train(mode == "training")
    x = draw.normal(*shape, dtype=getattr(torch, dtype))
    larger = another_image(draw, shape, x.dtype)
    return {"logits": net(x), "x after the call": x, "logits of one larger image": net(larger)}


@probe("VGG({config}, 3).features({scaled}), x of shape (2, 3, 8, 8)", scaled=scaled)
def vgg_features(ch, draw: Draw, *, config=CONFIG, scale=1):
    net = vgg(ch, draw, tuple(config), 3)
    return {"features": net.features(scale * draw.normal(2, 3, 8, 8))}


@probe("VGG(config={config}, num_classes={num_classes}), its parts")
def vgg_parts(ch, draw: Draw, *, config=CONFIG, num_classes=5):
    net = ch.VGG(config=tuple(config), num_classes=num_classes)
    is_sequential = isinstance(net.features, nn.Sequential)
    return {
        "features": "an nn.Sequential" if is_sequential else f"of type {type(net.features).__name__}",
        "convolutions of features": [describe_conv(conv) for conv in find_convs(net.features)],
        "classifier": describe_linear(net.classifier),
        "number of parameters": count_parameters(net),
        **as_built(draw, lambda: ch.VGG((4, "M", 3), num_classes), 2, 3, 8, 8),
    }


@probe("VGG({config}), its classifier")
def vgg_defaults(ch, draw: Draw, *, config=(4,)):
    return {"classifier": describe_linear(ch.VGG(tuple(config)).classifier)}


@probe("VGG(config, 3) twice, where config is the list [{entries}]", entries=lambda given: written(given["config"]))
def vgg_config_kept(ch, draw: Draw, *, config=CONFIG):
    config_list = list(config)
    networks = [ch.VGG(config_list, 3)]
    left = written(config_list) or "none"
    error = exception_of(lambda: networks.append(ch.VGG(config_list, 3)))
    return {
        "entries of config after the first call": left,
        "exception of the second call": error,
        "entries of config after both calls": written(config_list) or "none",
        "parameters of the first network": count_parameters(networks[0]),
        "parameters of the second network": count_parameters(networks[-1]),
    }


@probe(
    "(VGG({config}, 3)(x) * r).sum().backward() in {mode}, x of shape (2, 3, 8, 8), r of the same shape as the output"
)
def vgg_gradients(ch, draw: Draw, *, config=CONFIG, mode="training"):
    net = vgg(ch, draw, tuple(config), 3).train(mode == "training")
    x = draw.normal(2, 3, 8, 8, grad=True)
    (net(x) * draw.normal(2, 3)).sum().backward()
    convs = find_convs(net.features)
    return {
        "x.grad": x.grad,
        "weight.grad of the convolutions": [conv.weight.grad for conv in convs],
        "bias.grad of the convolutions": [conv.bias.grad for conv in convs],
        "classifier.weight.grad": net.classifier.weight.grad,
    }


@probe("VGG({first}, 2), then other configs, some of them valid")
def vgg_refused(ch, draw: Draw, *, first=(8, "m")):
    def build(config):
        built = []
        result = raised(lambda: built.append(ch.VGG(config, 2)))
        return {**result, "modules in features": [len(modules_of(net.features)) for net in built]}

    def outcome(config):
        return exception_of(lambda: ch.VGG(config, 2))

    n = draw.integer(10, 1000)
    invalid = [(n, "P"), (0, "M"), (-n,), (8, 4.0), (n, None), ("8",), (8, "MM"), (), ("M", "M"), ("M",), (8, "")]
    legal = [(n,), [8, "M"], ("M", 4), (4, "M", "M", 4, "M")]
    return {
        **build(first),
        **{f"exception of VGG({config}, 2)": outcome(config) for config in invalid + legal},
    }
