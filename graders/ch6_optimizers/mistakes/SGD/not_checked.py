"""Any number is accepted.

A negative option is accepted. With a negative lr the optimizer climbs where it should descend, and the first sign of
it is a loss that grows.
Check lr, momentum and weight_decay in the constructor, and raise a ValueError.
"""

FAILS = ("negative_options", "refused_first")


class SGD(Optimizer):
    def __init__(self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
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
