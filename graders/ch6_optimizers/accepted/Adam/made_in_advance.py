"""State is made when a group is added; the update goes through p.data in its own memory."""


class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        for name, value in {"lr": lr, "eps": eps}.items():
            if value < 0:
                raise ValueError(f"{name}={value} is negative")
        beta1, beta2 = betas
        if not (0 <= beta1 < 1 and 0 <= beta2 < 1):
            raise ValueError("betas lie outside [0, 1)")
        super().__init__(params, {"lr": lr, "betas": (beta1, beta2), "eps": eps})

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            self.state[p] = {"t": 0, "m": torch.zeros_like(p.data), "v": torch.zeros_like(p.data)}

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                s, g = self.state[p], p.grad.data
                s["t"] += 1
                s["m"].mul_(b1).add_(g, alpha=1 - b1)
                s["v"].mul_(b2).addcmul_(g, g, value=1 - b2)
                rate = group["lr"] / (1 - b1 ** s["t"])
                root = s["v"].sqrt() / (1 - b2 ** s["t"]) ** 0.5
                p.data.addcdiv_(s["m"], root + group["eps"], value=-rate)
        return loss
