"""The step replaced, and put back."""

import itertools


class Handle:
    def __init__(self, optimizer):
        self.optimizer, self.step = optimizer, optimizer.step

    def remove(self):
        self.optimizer.step = self.step


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError("eta < 0")
    handle, steps = Handle(optimizer), itertools.count()

    def noisy_step(*args, **kwargs):
        sigma = noise_std(next(steps), eta, gamma)
        for group in optimizer.param_groups:
            add_gradient_noise_(group["params"], sigma, generator)
        return handle.step(*args, **kwargs)

    optimizer.step = noisy_step
    return handle
