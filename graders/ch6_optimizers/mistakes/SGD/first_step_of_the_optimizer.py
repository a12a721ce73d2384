"""The first step of the optimizer, not of the parameter.

Whether a buffer is new is decided once, for the whole optimizer. But a parameter may be without a gradient for a while,
or be added later. Its own first step is then a later step of the optimizer, and its buffer should be a copy of its
gradient then, undampened.
Check for each parameter whether it has a buffer yet.
"""

FAILS = ("missing_gradients",)


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
        started = len(self.state) > 0
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    d = p.grad + group["weight_decay"] * p
                    if group["momentum"] != 0:
                        state = self.state[p]
                        old = state.get("buffer", torch.zeros_like(p))
                        share = 1 - group["dampening"] if started else 1
                        state["buffer"] = group["momentum"] * old + share * d
                        d = d + group["momentum"] * state["buffer"] if group["nesterov"] else state["buffer"]
                    p -= group["lr"] * d
        return loss
