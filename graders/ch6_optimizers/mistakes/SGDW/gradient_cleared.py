"""The gradient is cleared.

After step() the gradient is gone. Clearing it is the caller's business, with zero_grad(), at the time the caller
chooses: the gradients may still be needed, to look at their norm or to add to them.
Leave p.grad as you found it.
Read: Optimizer.zero_grad · https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

FAILS = ("gradients_are_kept",)


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
        self.zero_grad()
        return loss
