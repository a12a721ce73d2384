"""An object that counts, registered as the hook."""


class Noise:
    def __init__(self, eta, gamma, generator):
        self.eta, self.gamma, self.generator, self.steps = eta, gamma, generator, 0

    def __call__(self, optimizer, *unused):
        params = (p for group in optimizer.param_groups for p in group["params"])
        add_gradient_noise_(params, noise_std(self.steps, self.eta, self.gamma), self.generator)
        self.steps += 1


def attach_gradient_noise(optimizer, eta=0.3, gamma=0.55, generator=None):
    if eta < 0:
        raise ValueError(f"eta = {eta} is negative")
    return optimizer.register_step_pre_hook(Noise(eta, gamma, generator))
