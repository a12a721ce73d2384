"""It draws its noise itself, leaves the gradients alone, and its errors name no argument."""


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        for name, value in (("lr", lr), ("eta", eta)):
            if value < 0:
                raise ValueError("Negative!")
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
                for p in group["params"]:
                    if p.grad is not None:
                        noise = torch.empty_like(p).normal_(0, 1, generator=self.generator)
                        p -= group["lr"] * (p.grad + std * noise)
        self.param_groups[0]["t"] = t + 1
        return loss
