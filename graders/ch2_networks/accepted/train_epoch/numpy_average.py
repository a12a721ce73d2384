"""The weighted mean by numpy, which returns its own kind of float."""

import numpy as np


def train_epoch(model, loader, optimizer, device):
    model.train()
    losses, sizes = [], []
    for inputs, labels in loader:
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(inputs.to(device)), labels.to(device))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sizes.append(len(inputs))
    return np.average(losses, weights=sizes)
