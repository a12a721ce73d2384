"""normal_ into an empty tensor."""


@torch.no_grad()
def add_gradient_noise_(parameters, std, generator=None):
    for grad in [p.grad for p in parameters if p.grad is not None]:
        grad += torch.empty_like(grad).normal_(0.0, std, generator=generator) if std > 0 else 0.0
