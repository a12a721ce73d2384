"""The length of one long vector, and a factor that is at most 1."""


def clip_gradients(parameters, max_norm=1.0):
    gradients = [p.grad for p in list(parameters) if p.grad is not None]
    length = torch.cat([gradient.flatten() for gradient in gradients]).norm()
    factor = torch.clamp(max_norm / length, max=1.0)
    for gradient in gradients:
        gradient *= factor
    return length
