"""Noise scaled first, drawn like the gradient."""


def add_gradient_noise_(parameters, std, generator=None):
    for p in filter(lambda q: q.grad is not None, parameters):
        with torch.no_grad():
            noise = p.grad.new_empty(p.grad.size())
            noise.normal_(generator=generator).mul_(std)
            torch.add(p.grad, noise, out=p.grad)
