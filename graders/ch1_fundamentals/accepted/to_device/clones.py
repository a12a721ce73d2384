"""Fresh copies under no_grad."""


def to_device(device, *tensors):
    moved = []
    with torch.no_grad():
        for t in tensors:
            copy = t.to(device, copy=True)
            copy.requires_grad_(t.requires_grad)
            moved.append(copy)
    return tuple(moved)
