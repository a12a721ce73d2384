"""A state_dict of its own."""


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        for name, value in {"lr": lr, "eta": eta}.items():
            if value < 0:
                raise ValueError(f"{name} is negative")
        super().__init__(params, {"lr": lr, "eta": eta, "gamma": gamma})
        self.generator, self.t = generator, 0

    def state_dict(self):
        return {**super().state_dict(), "t": self.t}

    def load_state_dict(self, state_dict):
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "t"})
        self.t = state_dict["t"]

    def step(self, closure=None):
        loss = None
        if closure:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                add_gradient_noise_(group["params"], noise_std(self.t, group["eta"], group["gamma"]), self.generator)
                for p in (p for p in group["params"] if p.grad is not None):
                    p.copy_(p - group["lr"] * p.grad)
        self.t += 1
        return loss
