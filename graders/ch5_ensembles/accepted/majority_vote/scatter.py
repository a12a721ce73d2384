"""Votes added with scatter_add_."""


def majority_vote(predictions):
    n, classes = predictions.size(1), int(predictions.max()) + 1
    votes = torch.zeros(n, classes, dtype=torch.int64, device=predictions.device)
    votes.scatter_add_(1, predictions.t(), torch.ones_like(predictions.t()))
    return torch.max(votes, dim=1)[1]
