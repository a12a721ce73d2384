"""step() does not return the closure's own result.

step(closure) returns something that was made of the loss, and not the loss itself. The caller wants the very object
that the closure returned, with its graph. `.item()`, `float()` and `.detach()` each make a new one.
Return it as it is.
Read: torch.optim · https://docs.pytorch.org/docs/stable/optim.html
"""

FAILS = ("closure",)


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov})

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
                    d = p.grad + group["weight_decay"] * p
                    if group["momentum"] != 0:
                        state = self.state[p]
                        if "buffer" in state:
                            state["buffer"] = group["momentum"] * state["buffer"] + (1 - group["dampening"]) * d
                        else:
                            state["buffer"] = d.clone()
                        d = d + group["momentum"] * state["buffer"] if group["nesterov"] else state["buffer"]
                    p -= group["lr"] * d
        return loss.detach() if isinstance(loss, torch.Tensor) else loss
