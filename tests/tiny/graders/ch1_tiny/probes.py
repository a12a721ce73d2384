import torch

from torchdojo.probe import Draw, probe, raised


@probe("double(x), x of shape {shape}")
def doubled(ch, draw: Draw, *, shape=(2, 3), dtype="float64"):
    x = draw.normal(*shape, dtype=getattr(torch, dtype), grad=True)
    y = ch.double(x)
    y.square().sum().backward()
    return {"y": y, "x": x, "x.grad": x.grad}


@probe("double(an empty tensor)")
def double_of_nothing(ch, draw: Draw):
    return raised(lambda: ch.double(torch.empty(0)))


@probe("Scale(3)(x)")
def scaled(ch, draw: Draw):
    return {"y": ch.Scale(3.0).to(draw.device)(draw.normal(2, 2, dtype=torch.float32))}
