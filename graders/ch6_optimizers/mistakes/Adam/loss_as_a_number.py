"""step() does not return the closure's own result.

step(closure) returns something that was made of the loss, and not the loss itself. The caller wants the very object
that the closure returned, with its graph. `.item()`, `float()` and `.detach()` each make a new one.
Return it as it is.
Read: torch.optim · https://docs.pytorch.org/docs/stable/optim.html
"""

FAILS = ("closure",)


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
        with torch.no_grad():
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    if not state:
                        state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                    state["t"] += 1
                    state["m"] = beta1 * state["m"] + (1 - beta1) * p.grad
                    state["v"] = beta2 * state["v"] + (1 - beta2) * p.grad**2
                    m = state["m"] / (1 - beta1 ** state["t"])
                    v = state["v"] / (1 - beta2 ** state["t"])
                    p -= group["lr"] * m / (v.sqrt() + group["eps"])
        return None if loss is None else float(loss)
