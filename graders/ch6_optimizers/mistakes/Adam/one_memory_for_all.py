"""One mean for all parameters.

The running mean of one parameter is added to the gradient of another, whose shape is a different one. Each parameter
needs means of its own.
Keep them in self.state[p], not in attributes.
Read: Optimizer · https://docs.pytorch.org/docs/stable/optim.html#base-class
"""

FAILS = ("first_step", "running_means")


class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        for name, value in (("lr", lr), ("eps", eps)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must both be in [0, 1), got {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})
        self.t, self.m, self.v = 0, 0, 0

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    self.t += 1
                    self.m = beta1 * self.m + (1 - beta1) * p.grad
                    self.v = beta2 * self.v + (1 - beta2) * p.grad**2
                    m = self.m / (1 - beta1**self.t)
                    v = self.v / (1 - beta2**self.t)
                    p -= group["lr"] * m / (v.sqrt() + group["eps"])
        return loss
