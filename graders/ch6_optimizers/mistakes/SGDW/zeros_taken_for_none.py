"""A gradient of zeros is treated as none.

A parameter whose gradient is zero is skipped. Only None means that there is no gradient. With zeros the step is taken,
and what the optimizer remembers is updated.
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
                    if p.grad is not None and p.grad.any():
                        p.mul_(1 - group["lr"] * group["weight_decay"])
                        p.sub_(group["lr"] * self._direction(p, group["momentum"]))
        return loss

    def _direction(self, p, momentum):
        if momentum == 0:
            return p.grad
        state = self.state[p]
        if "buffer" in state:
            state["buffer"].mul_(momentum).add_(p.grad)
        else:
            state["buffer"] = p.grad.clone()
        return state["buffer"]
