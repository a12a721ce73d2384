"""The dimension is moved to the end, and back."""


def softmax(x, dim):
    rows = x.movedim(dim, -1)
    largest, _ = rows.detach().max(dim=-1, keepdim=True)
    powers = (rows - largest).exp()
    return torch.div(powers, powers.sum(-1).unsqueeze(-1)).movedim(-1, dim)
