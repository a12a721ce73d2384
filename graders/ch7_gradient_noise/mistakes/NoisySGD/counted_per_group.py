"""t incremented once per group.

With two groups the noise fades too fast: t is incremented once for each of them. It counts calls of step().
"""

FAILS = ("one_count",)


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
                self.param_groups[0]["t"] += 1
                add_gradient_noise_(group["params"], std, self.generator)
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(p.grad, alpha=group["lr"])
        return loss
