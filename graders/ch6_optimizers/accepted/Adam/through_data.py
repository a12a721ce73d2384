"""Through p.data, without no_grad; the state is read with get; both corrections are in the step size."""

import math


class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        if lr < 0 or eps < 0 or any(b < 0 or b >= 1 for b in betas):
            raise ValueError("Invalid hyper-parameter")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

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
                state, g = self.state[p], p.grad.data
                t = state.get("t", 0) + 1
                m = b1 * state.get("m", 0.0) + (1 - b1) * g
                v = b2 * state.get("v", 0.0) + (1 - b2) * g**2
                state["t"], state["m"], state["v"] = t, m, v
                scale = math.sqrt(1 - b2**t)
                p.data -= group["lr"] * scale / (1 - b1**t) * m / (torch.sqrt(v) + scale * group["eps"])
        return loss
