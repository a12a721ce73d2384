"""One buffer for all parameters.

The buffer of one parameter is added to the gradient of another, whose shape is a different one. Each parameter needs a
buffer of its own.
Keep it in self.state[p], not in one attribute.
Read: Optimizer · https://docs.pytorch.org/docs/stable/optim.html#base-class
"""

FAILS = ("momentum",)


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov})
        self.buffer = None

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
                        if self.buffer is not None:
                            self.buffer = group["momentum"] * self.buffer + (1 - group["dampening"]) * d
                        else:
                            self.buffer = d.clone()
                        d = d + group["momentum"] * self.buffer if group["nesterov"] else self.buffer
                    p -= group["lr"] * d
        return loss
