"""One draw, taken apart."""


def init_parameters():
    drawn = torch.normal(torch.zeros(3), torch.full((3,), 0.01))
    return drawn[:2].reshape(2, 1).clone(), drawn[2:].clone()
