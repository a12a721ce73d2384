"""The same noise in every run.

Every run gets the same noise, whatever `torch.manual_seed` says. Most often a seed is set inside, such as the number of
the step. Without a generator the numbers come from torch's global one, whose seed is for the caller to set.
"""

FAILS = ("generator",)


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        for name, value in (("lr", lr), ("eta", eta)):
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value}")
        super().__init__(params, {"lr": lr, "eta": eta, "gamma": gamma})
        self.generator = generator
        self.param_groups[0]["t"] = 0

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        t = self.param_groups[0]["t"]
        with torch.no_grad():
            for group in self.param_groups:
                std = noise_std(t, group["eta"], group["gamma"])
                if self.generator is None and group is self.param_groups[0]:
                    torch.manual_seed(t)
                add_gradient_noise_(group["params"], std, self.generator)
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(p.grad, alpha=group["lr"])
        self.param_groups[0]["t"] = t + 1
        return loss
