"""All parameters at once, with torch's operations on lists."""


@torch.no_grad()
def sgd_step(parameters, lr):
    moving = [p for p in parameters if p.grad is not None]
    if moving:
        torch._foreach_add_(moving, [p.grad for p in moving], alpha=-lr)
    for p in moving:
        p.grad = None
