"""Not set up as an optimizer.

The optimizer has no `param_groups` and no `state`, so it can neither be saved nor have groups.
`super().__init__(params, defaults)` makes them, where defaults is a dict of the options. Call it in `__init__`, after
the checks of the arguments.
Read: torch.optim.Optimizer · https://docs.pytorch.org/docs/stable/optim.html#torch.optim.Optimizer
"""

FAILS = ("plain_without_noise", "resumed", "groups")


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        for name, value in (("lr", lr), ("eta", eta)):
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value}")
        self.params = list(params)
        self.lr, self.eta, self.gamma, self.generator, self.t = lr, eta, gamma, generator, 0

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            add_gradient_noise_(self.params, noise_std(self.t, self.eta, self.gamma), self.generator)
            for p in self.params:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=self.lr)
        self.t += 1
        return loss
