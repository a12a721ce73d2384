"""The closure's loss is not returned.

step(closure) returns None, though the closure gave a loss. Whoever calls step with a closure sees the loss only
through what step returns.
Keep what the closure returned, and return it at the very end.
Read: torch.optim · https://docs.pytorch.org/docs/stable/optim.html
"""

FAILS = ("closure",)


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
                    if p.grad is None:
                        continue
                    p *= 1 - group["lr"] * group["weight_decay"]
                    d = p.grad
                    if group["momentum"] != 0:
                        state = self.state[p]
                        state["buffer"] = group["momentum"] * state["buffer"] + d if "buffer" in state else d.clone()
                        d = state["buffer"]
                    p -= group["lr"] * d
