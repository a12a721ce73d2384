"""A decorator for inference mode; the mode restored at the end."""


@torch.inference_mode()
def evaluate(model, loader, device):
    mode = model.training
    try:
        model.eval()
        right = [model(x.to(device)).max(1).indices.eq(y.to(device)) for x, y in loader]
    finally:
        model.train(mode)
    return torch.cat(right).double().mean().item()
