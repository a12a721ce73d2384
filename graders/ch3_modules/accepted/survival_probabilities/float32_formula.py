"""The formula on a tensor of layer numbers, in float32, then a list."""


def survival_probabilities(depth, final=0.5):
    layers = torch.arange(1, depth + 1)
    return (1 - layers / depth * (1 - final)).tolist()
