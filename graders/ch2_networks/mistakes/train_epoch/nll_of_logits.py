"""F.nll_loss of the logits.

The loss is minus the logit of the right class. F.nll_loss takes logarithms of probabilities; F.cross_entropy takes the
logits themselves.
Read: F.cross_entropy · https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
"""

FAILS = (
    "one_pass",
    "train_mode",
)


def train_epoch(model, loader, optimizer, device):
    model.train()
    total, seen = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
    return total / seen
