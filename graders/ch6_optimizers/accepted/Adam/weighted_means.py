"""Each mean is kept with the sum of its weights, which is what the correction divides by."""


class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        for name, value in (("lr", lr), ("eps", eps)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must both be in [0, 1), got {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    means = []
                    for index, (beta, number) in enumerate(zip(group["betas"], (p.grad, p.grad.square()), strict=True)):
                        total, weight = self.state[p].get(index, (0.0, 0.0))
                        total, weight = beta * total + (1 - beta) * number, beta * weight + (1 - beta)
                        self.state[p][index] = (total, weight)
                        means.append(total / weight)
                    p.add_(means[0] / (means[1].sqrt() + group["eps"]), alpha=-group["lr"])
        return loss
