"""The same noise in every group.

Each group starts again with the same random numbers, so groups are pushed in the same direction. Keep drawing from one
group to the next.
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

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        t = self.param_groups[0]["t"]
        with torch.no_grad():
            for group in self.param_groups:
                if group is self.param_groups[0]:
                    state = torch.get_rng_state()
                else:
                    torch.set_rng_state(state)
                std = noise_std(t, group["eta"], group["gamma"])
                add_gradient_noise_(group["params"], std, self.generator)
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(p.grad, alpha=group["lr"])
        self.param_groups[0]["t"] = t + 1
        return loss
