"""Only one parameter is updated per step.

step() ends after the first parameter that has a gradient, and the others keep their numbers. Most often the cause is a
`return` that is indented too far: inside the loop it ends the method.
Return the loss after both loops.
Read: torch.optim · https://docs.pytorch.org/docs/stable/optim.html
"""

FAILS = ("plain", "momentum")


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
                    return loss
        return loss
