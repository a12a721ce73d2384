"""The closure is called after the update.

The parameters are updated first, and only then is the closure called. It is the closure that computes the gradients for
*this* step: at the first step there are none yet, and later each update uses old ones.
Call the closure before anything else in step().
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
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        return loss
