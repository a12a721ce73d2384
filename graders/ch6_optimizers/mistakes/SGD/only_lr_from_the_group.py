"""Only lr is read from the groups.

lr comes from the group, and every other option stays what the constructor was given. A group that gives its own
momentum or weight decay, or a change of one in param_groups, has no effect.
Put all options into the dict of defaults, and read each from its group, at each step.
Read: per-parameter options · https://docs.pytorch.org/docs/stable/optim.html#per-parameter-options
"""

FAILS = ("groups", "changed_options")


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or greater, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening 0")
        super().__init__(params, {"lr": lr})
        self.momentum, self.dampening = momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov

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
                    d = p.grad + self.weight_decay * p
                    if self.momentum != 0:
                        state = self.state[p]
                        if "buffer" in state:
                            state["buffer"] = self.momentum * state["buffer"] + (1 - self.dampening) * d
                        else:
                            state["buffer"] = d.clone()
                        d = d + self.momentum * state["buffer"] if self.nesterov else state["buffer"]
                    p -= group["lr"] * d
        return loss
