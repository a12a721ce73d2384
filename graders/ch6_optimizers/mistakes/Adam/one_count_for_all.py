"""One count for all parameters.

There is one count of steps for the whole optimizer. A parameter that gets its first gradient at step 1000, or is
added then, is new: its means are still zero and need the full correction of t = 1. With t = 1000 they get none, and
its first steps have the wrong length.
Keep the count in self.state[p], and count up only when p takes a step.
"""

FAILS = ("missing_gradients", "groups")


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
            everything = self.param_groups[0]
            everything["t"] = everything.get("t", 0) + 1
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    if not state:
                        state.update(m=torch.zeros_like(p), v=torch.zeros_like(p))
                    state["m"] = beta1 * state["m"] + (1 - beta1) * p.grad
                    state["v"] = beta2 * state["v"] + (1 - beta2) * p.grad**2
                    m = state["m"] / (1 - beta1 ** everything["t"])
                    v = state["v"] / (1 - beta2 ** everything["t"])
                    p -= group["lr"] * m / (v.sqrt() + group["eps"])
        return loss
