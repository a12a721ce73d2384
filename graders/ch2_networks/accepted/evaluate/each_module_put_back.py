"""Every submodule's mode restored, predictions moved to the CPU."""


def evaluate(model, loader, device):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    hits, count = 0, 0
    for batch in loader:
        with torch.no_grad():
            logits = model(batch[0].to(device)).cpu()
        _, guess = torch.topk(logits, 1)
        hits += int((guess[:, 0] == batch[1].cpu()).sum())
        count += batch[1].size(0)
    for module, mode in modes.items():
        module.training = mode
    return hits / count
