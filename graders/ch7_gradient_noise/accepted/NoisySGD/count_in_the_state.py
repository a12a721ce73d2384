"""The count kept in the state, noise added to the update."""


class NoisySGD(torch.optim.Optimizer):
    def __init__(self, params, lr, eta=0.3, gamma=0.55, generator=None):
        if lr < 0:
            raise ValueError(f"lr: {lr} is negative")
        if eta < 0:
            raise ValueError(f"eta: {eta} is negative")
        super().__init__(params, dict(lr=lr, eta=eta, gamma=gamma))
        self.generator = generator

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        memory = self.state[self.param_groups[0]["params"][0]]
        t = memory.setdefault("t", 0)
        for group in self.param_groups:
            sigma = noise_std(t, group["eta"], group["gamma"])
            for p in group["params"]:
                if p.grad is None:
                    continue
                noise = torch.empty_like(p).normal_(generator=self.generator)
                p -= group["lr"] * (p.grad + sigma * noise)
        memory["t"] = t + 1
        return loss
