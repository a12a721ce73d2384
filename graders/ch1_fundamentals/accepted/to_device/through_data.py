"""Through .data."""


def to_device(device, *tensors):
    def move(t):
        new = t.data.to(torch.device(device))
        new.requires_grad = t.requires_grad
        return new

    return tuple(map(move, tensors))
