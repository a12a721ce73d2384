"""The same noise, shuffled in each step.

Random numbers are drawn for the first step only; later steps use them in another order. Draw new ones in each step.
"""

FAILS = ("first_step",)


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        for name, value in (("lr", lr), ("eta", eta)):
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value}")
        super().__init__(params, {"lr": lr, "eta": eta, "gamma": gamma})
        self.generator = generator
        self.param_groups[0]["t"] = 0
        self.noise = {}

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        t = self.param_groups[0]["t"]
        with torch.no_grad():
            for group in self.param_groups:
                std = noise_std(t, group["eta"], group["gamma"])
                for p in group["params"]:
                    if p.grad is not None:
                        if id(p) not in self.noise:
                            self.noise[id(p)] = torch.randn(
                                p.shape, generator=self.generator, dtype=p.dtype, device=p.device
                            )
                        order = torch.randperm(p.numel(), generator=self.generator, device=p.device)
                        noise = self.noise[id(p)].flatten()[order].view(p.shape)
                        p.sub_(p.grad + std * noise, alpha=group["lr"])
        self.param_groups[0]["t"] = t + 1
        return loss
