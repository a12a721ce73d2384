"""eps inside the root.

eps is added to the corrected mean of the squares, before its root is taken. It belongs outside: √v̂ + eps.
"""

FAILS = ("eps",)


class AdamW(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state.update(count=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["count"] += 1
                state["m"].lerp_(p.grad, 1 - beta1)
                state["v"].lerp_(p.grad.square(), 1 - beta2)
                m = state["m"] / (1 - beta1 ** state["count"])
                v = state["v"] / (1 - beta2 ** state["count"])
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * m / (v + group["eps"]).sqrt())
