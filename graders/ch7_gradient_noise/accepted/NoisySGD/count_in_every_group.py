"""The same count in every group, formula written out."""


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        if not lr >= 0.0:
            raise ValueError(f"Invalid lr: {lr}")
        if not eta >= 0.0:
            raise ValueError(f"Invalid eta: {eta}")
        self.generator = generator
        super().__init__(params, {"lr": lr, "eta": eta, "gamma": gamma, "step": 0})

    def step(self, closure=None):
        loss = None if closure is None else torch.enable_grad()(closure)()
        t = max(group["step"] for group in self.param_groups)
        for group in self.param_groups:
            sigma = (group["eta"] / (1 + t) ** group["gamma"]) ** 0.5
            for p in group["params"]:
                if p.grad is not None:
                    step = p.grad + sigma * torch.randn(
                        p.shape, dtype=p.dtype, device=p.device, generator=self.generator
                    )
                    p.data.add_(step, alpha=-group["lr"])
            group["step"] = t + 1
        return loss
