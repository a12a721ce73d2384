"""The powers of beta are kept beside the means; no count is needed."""


class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        for name, value in (("lr", lr), ("eps", eps)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must both be in [0, 1), got {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, p.grad.detach(), group["lr"], *group["betas"], group["eps"])
        return loss

    @torch.no_grad()
    def update(self, p, grad, lr, beta1, beta2, eps):
        state = self.state[p]
        first = beta1 * state.get("first", 0.0) + (1 - beta1) * grad
        second = beta2 * state.get("second", 0.0) + (1 - beta2) * grad * grad
        powers = [beta * power for beta, power in zip((beta1, beta2), state.get("powers", (1.0, 1.0)), strict=True)]
        state.update(first=first, second=second, powers=powers)
        p.sub_(lr * (first / (1 - powers[0])) / (torch.sqrt(second / (1 - powers[1])) + eps))
