"""Each noise followed by its negative.

Every second call gets the noise of the call before it with the sign changed, so the two cancel. Draw in each call.
"""

FAILS = ("fresh_noise",)


KEPT = {}


def add_gradient_noise_(parameters, std, generator=None):
    for index, p in enumerate(parameters):
        if p.grad is not None:
            key = index, p.grad.shape, p.grad.dtype, p.grad.device
            noise = KEPT.pop(key, None)
            if noise is None:
                noise = torch.randn(p.grad.shape, generator=generator, dtype=p.grad.dtype, device=p.grad.device)
                KEPT[key] = -noise
            with torch.no_grad():
                p.grad.add_(noise, alpha=std)
