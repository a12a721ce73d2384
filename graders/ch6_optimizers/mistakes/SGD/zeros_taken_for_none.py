"""A gradient of zeros is treated as none.

A parameter whose gradient is zero is skipped. Only None means that there is no gradient. With zeros the step is taken,
and what the optimizer remembers is updated.
"""

FAILS = ("missing_gradients",)


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, defaults)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None and p.grad.any():
                        p.sub_(group["lr"] * self._direction(p, group))
        return loss

    def _direction(self, p, group):
        grad = p.grad + group["weight_decay"] * p
        momentum, state = (group["momentum"], self.state[p])
        if momentum == 0:
            return grad
        if "buffer" in state:
            state["buffer"].mul_(momentum).add_(grad, alpha=1 - group["dampening"])
        else:
            state["buffer"] = grad.clone()
        return grad + momentum * state["buffer"] if group["nesterov"] else state["buffer"]
