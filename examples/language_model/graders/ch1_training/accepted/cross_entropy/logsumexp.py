"""With torch.logsumexp, on flat tensors."""


def cross_entropy(logits, targets):
    rows, words = logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)
    return (torch.logsumexp(rows, dim=1) - rows[torch.arange(len(rows), device=rows.device), words]).mean()
