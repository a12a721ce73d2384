"""Decay added to the gradient.

That is Adam with L2 regularization. The decay goes through both means, and is divided by the root of the second one.
AdamW leaves the gradient alone, and shrinks the weight: p ← p − lr · weight_decay · p.
"""

FAILS = ("decay", "groups")


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
                gradient = p.grad + group["weight_decay"] * p
                state["m"].lerp_(gradient, 1 - beta1)
                state["v"].lerp_(gradient.square(), 1 - beta2)
                m = state["m"] / (1 - beta1 ** state["count"])
                v = state["v"] / (1 - beta2 ** state["count"])
                p.sub_(group["lr"] * m / (v.sqrt() + group["eps"]))
