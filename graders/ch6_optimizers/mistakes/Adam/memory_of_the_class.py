"""Two optimizers share their state.

Two optimizers disturb each other, and what they remember is not saved by state_dict(). Most often the means and counts
are kept in an attribute of the class, or in a module's global, which is the same for every optimizer of that class.
Use self.state, of which each optimizer has its own.
Read: Optimizer.state_dict · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.state_dict.html
"""

FAILS = ("several_optimizers", "resumed")


class Adam(Optimizer):
    memory = {}

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
        with torch.no_grad():
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.memory.setdefault(p, {})
                    if not state:
                        state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                    state["t"] += 1
                    state["m"] = beta1 * state["m"] + (1 - beta1) * p.grad
                    state["v"] = beta2 * state["v"] + (1 - beta2) * p.grad**2
                    m = state["m"] / (1 - beta1 ** state["t"])
                    v = state["v"] / (1 - beta2 ** state["t"])
                    p -= group["lr"] * m / (v.sqrt() + group["eps"])
        return loss
