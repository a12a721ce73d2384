"""A parameter without a gradient decays.

A parameter whose grad is None shrinks all the same. A frozen layer would fade away, step by step. Such a parameter is
skipped altogether, its decay included.
Look for the gradient before you shrink anything.
"""

FAILS = ("missing_gradients",)


class SGDW(Optimizer):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p *= 1 - group["lr"] * group["weight_decay"]
                    if p.grad is None:
                        continue
                    d = p.grad
                    if group["momentum"] != 0:
                        state = self.state[p]
                        state["buffer"] = group["momentum"] * state["buffer"] + d if "buffer" in state else d.clone()
                        d = state["buffer"]
                    p -= group["lr"] * d
        return loss
