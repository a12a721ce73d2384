"""A new group has a count of its own.

Each group counts for itself, so the noise of a group that is added later starts at full size. There is one t for the
whole optimizer.
"""

FAILS = ("one_count",)


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        for name, value in (("lr", lr), ("eta", eta)):
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value}")
        super().__init__(params, {"lr": lr, "eta": eta, "gamma": gamma, "t": 0})
        self.generator = generator
        pass

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                std = noise_std(group["t"], group["eta"], group["gamma"])
                add_gradient_noise_(group["params"], std, self.generator)
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(p.grad, alpha=group["lr"])
        for group in self.param_groups:
            group["t"] += 1
        return loss
