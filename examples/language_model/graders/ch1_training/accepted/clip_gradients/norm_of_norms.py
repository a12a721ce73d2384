"""The norm of the norms."""


def clip_gradients(parameters, max_norm=1.0):
    kept = [p for p in parameters if p.grad is not None]
    length = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(p.grad) for p in kept]))
    if float(length) > max_norm:
        for p in kept:
            p.grad.copy_(p.grad * max_norm / length)
    return length
